/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of layers between runs, for the scans of this one. */
#include "audit/image_readers.h"
#include "audit/layer_cache.h"
#include "audit/run_private.h"
#include "core/hash.h"
#include "core/late.h"

#include <string.h>

static void say(void *arg, const char *text)
{
    pl_run_say(arg, "%s", text);
}

/* A scan goes on without it. */
static void open_cache(pl_run *r)
{
    pl_layer_cache_options o = {.state_fd = r->state_fd,
                                .max_bytes =
                                    r->o.cache.max_bytes ? r->o.cache.max_bytes : PL_CACHE_BYTES,
                                .clock = r->o.clock,
                                .tell = say,
                                .arg = r};
    pl_err why = {0};

    memcpy(o.key, r->cache_key, sizeof(o.key));
    if (pl_layer_cache_open(&o, true, &r->cache, &why))
        pl_run_say(r, "layer cache: not used: %s", why.text);
    explicit_bzero(o.key, sizeof(o.key));
}

static bool has_cache(pl_run *r)
{
    if (!r->has_asked_cache && !r->o.cache.is_off && r->state_fd >= 0)
        open_cache(r);
    r->has_asked_cache = true;
    return r->cache != NULL;
}

pl_rc pl_run_open_cache(pl_run *r, pl_image_options *to, pl_err *err)
{
    unsigned char fingerprint[PL_FINGERPRINT];

    if (!has_cache(r))
        return PL_OK;
    pl_layer_cache_store *s = PL_NEW(r->arena, pl_layer_cache_store);
    if (!s)
        return pl_fail(err, PL_LIMIT, "layer cache");
    pl_image_readers_fingerprint(to, fingerprint);
    pl_layer_cache_store_init(s, r->cache, fingerprint);
    to->store = &s->store;
    to->fingerprint = (pl_str){(const char *)s->fingerprint, PL_FINGERPRINT};
    return PL_OK;
}

/* ---- descriptions of whole images ---- */

struct descriptions {
    pl_image_store store;
    pl_layer_cache_store rows;
};

static bool get(void *arg, const unsigned char digest[PL_SHA256], pl_buf *ret)
{
    const struct descriptions *d = arg;
    pl_layer_frames kept = {.has_end = false};
    bool is_there = d->rows.store.get(d->rows.store.arg, digest, &kept);

    *ret = kept.packed;
    return is_there;
}

/* No bytes of a layer, as documents of an export have none, but bytes of its own: that is what
 * tells these rows apart. */
static void put(void *arg, const unsigned char digest[PL_SHA256], pl_str description)
{
    const struct descriptions *d = arg;
    pl_layer_frames to = {.is_whole = true, .has_end = true};

    memcpy(to.facts.diff_id, digest, PL_SHA256);
    to.facts.blob_bytes = description.n;
    pl_buf_str(&to.packed, description);
    if (pl_buf_ok(&to.packed))
        d->rows.store.put(d->rows.store.arg, &to);
    pl_buf_done(&to.packed);
}

/*
 * What describes an image is this very program with this content and these libraries that search,
 * asked in this way. Its parts have no versions of their own, so another build finds nothing.
 */
static pl_rc fingerprint_of(const pl_run *r, unsigned char ret[PL_FINGERPRINT], pl_err *err)
{
    PL_AUTO_BUF pl_buf all = {0};
    unsigned char sum[PL_SHA256];

    pl_buf_c(&all, "description of an image, form 2");
    pl_late_identity(PL_LATE_HS, &all);
    pl_buf_lstr(&all, PL_S("libyara"));
    pl_late_identity(PL_LATE_YARA, &all);
    pl_hmac_sha256(r->redact_key, PL_S("description of an image"), sum);
    pl_buf_add(&all, sum, sizeof(sum));
    pl_buf_lstr(&all, r->as.tool_build);
    pl_buf_lstr(&all, pl_str_c(r->o.content->digest));
    pl_buf_ch(&all, r->o.no_secrets);
    pl_buf_ch(&all, r->o.no_protected);
    pl_buf_ch(&all, r->o.malware.is_off);
    pl_buf_lstr(&all, r->vendor_domains);
    if (!pl_buf_ok(&all))
        return pl_fail(err, PL_NOMEM, "layer cache");
    pl_sha256_of(pl_buf_view(&all), ret);
    return PL_OK;
}

/* Rules and hashes of others, and ClamAV's database, would have to be read first. */
static bool has_guests(const pl_malware_options *o)
{
    return !o->is_off && (o->n_rules || o->n_hashes || o->clamd);
}

pl_rc pl_run_open_descriptions(pl_run *r, pl_image_options *to, pl_err *err)
{
    unsigned char fingerprint[PL_FINGERPRINT];

    if (has_guests(&r->o.malware) || !r->as.tool_build.n || !has_cache(r))
        return PL_OK;
    struct descriptions *d = PL_NEW(r->arena, struct descriptions);
    if (!d)
        return pl_fail(err, PL_LIMIT, "layer cache");
    pl_rc rc = fingerprint_of(r, fingerprint, err);
    if (rc)
        return rc;
    pl_layer_cache_store_init(&d->rows, r->cache, fingerprint);
    d->store = (pl_image_store){get, put, d};
    to->images = &d->store;
    return PL_OK;
}

void pl_run_close_cache(pl_run *r)
{
    pl_layer_cache_close(PL_TAKE(r->cache, NULL));
}
