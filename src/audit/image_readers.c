/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/image_readers.h"

#include "core/io.h"
#include "core/late.h"
#include "image/facts.h"
#include "package/analysers.h"
#include "package/limits.h"
#include "redact/redact.h"
#include "secrets/limits.h"

static const pl_want *const wanted[] = {pl_package_wants, pl_owner_wants, pl_image_wants};

static pl_rc open_secrets(pl_image_readers *r, const pl_image_needs *needs, pl_err *err)
{
    pl_str key = pl_redact_has_refs(needs->redact_key) ? needs->redact_key : (pl_str){"", 0};
    pl_rc rc = pl_read_all(PL_READERS_FD, PL_SECRETS_BLOB, &r->patterns, err);

    return rc ? rc : pl_image_secrets_open(pl_buf_view(&r->patterns), key, &r->secrets, err);
}

/* Descriptors follow each other in the order of image/scan.h. */
static pl_rc open_malware(pl_image_readers *r, const pl_image_needs *needs, pl_err *err)
{
    int fd = PL_READERS_FD + needs->has_secrets;
    const pl_malware_given given = {.form_fd = needs->has_malware ? fd : -1,
                                    .clamd_fd = needs->has_clamd ? fd + needs->has_malware : -1,
                                    .clamd = needs->clamd,
                                    .misses_clamd = needs->misses_clamd};

    return needs->has_malware || needs->has_clamd || needs->misses_clamd
               ? pl_malware_watch_open(&given, &r->malware, err)
               : PL_OK;
}

/* The table comes last. Without one, programs still say what the linker wrote into them. */
static pl_rc open_programs(pl_image_readers *r, const pl_image_needs *needs, pl_err *err)
{
    static const pl_content_file none = {0};
    PL_AUTO_BUF pl_buf bytes = {0};
    pl_rc rc = PL_OK;

    if (needs->has_classifiers) {
        int fd = PL_READERS_FD + pl_image_readers_fds(needs) - 1;
        rc = pl_read_all(fd, PL_CLASSIFIERS_BYTES_MAX, &bytes, err);
        if (!rc)
            rc = pl_classifiers_read(pl_buf_view(&bytes), &r->classifiers, err);
    } else {
        rc = pl_classifiers_new(&none, &r->classifiers, err);
    }
    return rc ? rc : pl_program_watch_open(r->classifiers, &r->programs, err);
}

void pl_image_readers_prepare(const pl_image_needs *needs)
{
    if (needs->has_secrets || needs->has_malware)
        (void)!pl_late_hs();
    if (needs->has_malware)
        (void)!pl_malware_prepare();
}

pl_rc pl_image_readers_open(pl_image_readers *r, const pl_image_needs *needs, pl_err *err)
{
    r->skips_secrets = needs->skips_secrets;
    pl_rc rc = needs->has_secrets ? open_secrets(r, needs, err) : PL_OK;

    if (!rc)
        rc = open_programs(r, needs, err);
    if (!rc && needs->protected.n)
        rc = pl_image_protected_open(needs->protected, &r->protected, err);
    if (!rc && needs->domains.n)
        rc = pl_image_hosts_open(needs->domains, &r->hosts, err);
    if (!rc)
        rc = open_malware(r, needs, err);
    return rc;
}

/* Those that see every file of every layer. */
static pl_rc add_watchers(pl_image_readers *r, pl_err *err)
{
    pl_rc rc = pl_analysis_watch(r->analysis, pl_program_watch_watcher(r->programs), err);

    if (!rc && r->secrets && !r->skips_secrets)
        rc = pl_analysis_watch(r->analysis, pl_image_secrets_watcher(r->secrets), err);
    if (!rc && r->protected)
        rc = pl_analysis_watch(r->analysis, pl_image_protected_watcher(r->protected), err);
    if (!rc && r->hosts)
        rc = pl_analysis_watch(r->analysis, pl_image_hosts_watcher(r->hosts), err);
    if (!rc && r->malware)
        rc = pl_analysis_watch(r->analysis, pl_malware_watch_watcher(r->malware), err);
    return rc;
}

pl_rc pl_image_readers_layers(pl_image_readers *r, pl_problems *problems, pl_err *err)
{
    size_t n = 0;

    for (size_t i = 0; i < PL_COUNT(wanted); i++)
        for (const pl_want *w = wanted[i]; w->path; w++)
            r->wants[n++] = *w;
    r->layers = pl_layers_new(r->wants, problems);
    r->analysis = pl_analysis_new(pl_package_analysers);
    if (!r->layers || !r->analysis)
        return pl_fail(err, PL_NOMEM, "layers");
    pl_layers_analyse(r->layers, r->analysis);
    return add_watchers(r, err);
}

void pl_image_readers_free_layers(pl_image_readers *r)
{
    pl_layers_free(PL_TAKE(r->layers, NULL));
    pl_analysis_free(PL_TAKE(r->analysis, NULL));
}

void pl_image_readers_done(pl_image_readers *r)
{
    pl_image_readers_free_layers(r);
    pl_malware_watch_close(PL_TAKE(r->malware, NULL));
    pl_program_watch_close(PL_TAKE(r->programs, NULL));
    pl_classifiers_free(PL_TAKE(r->classifiers, NULL));
    pl_image_hosts_close(PL_TAKE(r->hosts, NULL));
    pl_image_protected_close(PL_TAKE(r->protected, NULL));
    pl_image_secrets_close(PL_TAKE(r->secrets, NULL));
    pl_buf_done(&r->patterns);
}

/* Of the key, which is a secret, only that it is the same one. */
void pl_image_readers_fingerprint(const pl_image_options *o, unsigned char ret[PL_FINGERPRINT])
{
    unsigned char more[7][PL_SHA256] = {0};
    const pl_str given[] = {o->secrets, o->protected, o->malware,
                            o->clamd ? o->clamd->version : (pl_str){"", 0}, o->classifiers};

    for (size_t i = 0; i < PL_COUNT(given); i++)
        if (given[i].n)
            pl_sha256_of(given[i], more[i]);
    more[3][0] ^= o->clamd && o->clamd->is_missing;
    more[0][0] ^= o->skips_secrets;
    if (o->domains.n)
        pl_sha256_of(o->domains, more[6]);
    if (o->redact_key.n)
        pl_hmac_sha256(o->redact_key, PL_S("layer cache"), more[5]);
    pl_layers_fingerprint(wanted, PL_COUNT(wanted), pl_package_analysers,
                          (pl_str){(char *)more, sizeof(more)}, ret);
}
