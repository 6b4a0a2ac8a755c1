/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/worker_image.h"

#include "audit/image_parts.h"
#include "audit/image_sbom.h"
#include "core/jail.h"
#include "image/ages.h"
#include "image/config.h"
#include "image/facts.h"
#include "image/limits.h"
#include "image/scan.h"
#include "image/tree.h"
#include "model/wire.h"
#include "package/catalog.h"
#include "package/copyright.h"
#include "package/language.h"
#include "package/limits.h"
#include "package/owners.h"
#include "package/sbom.h"
#include "package/unknown_programs.h"
#include "redact/redact.h"

#include <string.h>

enum {
    RECORD_BUDGET = 80 << 20,
    BATCH = 64 << 10, /* bytes of package records in one frame */
    BATCH_BUDGET = 16 << 20,
    MESSAGE = 480,
};

struct scan {
    const pl_image_job *job;
    pl_arena *a;
    pl_problems problems;
    pl_image_readers readers;
    pl_image_parts from;
    pl_tree *tree;
    pl_catalog catalog;
    pl_owners *owners;
    pl_language_owners *languages;
    pl_redactor *redactor; /* NULL: nothing is redacted */
    pl_record *image;
    const char *missing; /* reason code; NULL: every layer was read whole */
};

/* What only the description needed. */
static void free_layers(struct scan *s)
{
    pl_owners_free(PL_TAKE(s->owners, NULL));
    pl_language_owners_free(PL_TAKE(s->languages, NULL));
    pl_tree_free(PL_TAKE(s->tree, NULL));
    pl_archive_free(PL_TAKE(s->from.archive, NULL));
    pl_image_readers_free_layers(&s->readers);
}

static void scan_done(struct scan *s)
{
    free_layers(s);
    pl_redactor_free(s->redactor);
    pl_image_readers_done(&s->readers);
    pl_arena_free(s->a);
}

static pl_rc no_room(pl_err *err)
{
    return pl_fail(err, PL_LIMIT, "image record does not fit its budget");
}

/* ---- reading and joining ---- */

static pl_rc merge(struct scan *s, pl_err *err)
{
    s->tree = pl_tree_new(s->readers.layers);
    if (!s->tree)
        return pl_fail(err, PL_NOMEM, "tree");
    for (size_t i = 0; i < s->from.parts.n_layers; i++) {
        const pl_image_layer *l = &s->from.parts.layers[i];
        pl_rc rc = l->layer < 0 ? PL_OK : pl_tree_lay(s->tree, (size_t)l->layer, err);
        if (rc)
            return rc;
        pl_rc why = l->layer < 0 ? l->why : pl_layers_at(s->readers.layers, (size_t)l->layer)->why;
        if (why)
            s->missing = pl_rc_reason(why);
    }
    pl_tree_seal(s->tree);
    return PL_OK;
}

/* ---- fields ---- */

static void set_text(pl_record *r, int field, pl_str v)
{
    if (v.n)
        pl_set_str(r, field, v);
    else
        pl_set_absent(r, field);
}

static pl_rc set_layers(struct scan *s, pl_err *err)
{
    size_t n = s->from.parts.n_layers;
    size_t base = pl_image_base_layers(s->image);
    pl_record **list = pl_arena_calloc(s->a, n ? n : 1, sizeof(pl_record *));
    int64_t total = 0;

    for (size_t i = 0; list && i < n; i++) {
        const pl_image_layer *l = &s->from.parts.layers[i];
        list[i] = pl_record_new(s->a, &pl_layer_kind);
        if (!list[i])
            return no_room(err);
        set_text(list[i], PL_F_LAYER_DIFF_ID, l->diff_id);
        set_text(list[i], PL_F_LAYER_DIGEST, l->blob);
        pl_set_int(list[i], PL_F_LAYER_INDEX, (int64_t)i);
        pl_set_bool(list[i], PL_F_LAYER_IS_BASE, i < base);
        if (l->layer >= 0) {
            int64_t bytes = (int64_t)pl_layers_at(s->readers.layers, (size_t)l->layer)->bytes;
            pl_set_int(list[i], PL_F_LAYER_SIZE, bytes);
            total += bytes;
        }
    }
    if (!list)
        return no_room(err);
    pl_set_recs(s->image, PL_F_IMAGE_LAYERS, list, n);
    if (!s->missing)
        pl_set_int(s->image, PL_F_IMAGE_SIZE, total);
    return PL_OK;
}

/* One that stands for all that could not be read. */
static pl_record *unread_package(pl_arena *a, const char *reason)
{
    pl_record *r = pl_record_new(a, &pl_package_kind);

    for (size_t i = 0; r && i < pl_package_kind.n; i++)
        pl_set_unreadable(r, (int)i, reason);
    return r;
}

static const char *packages_missing(const struct scan *s)
{
    return s->catalog.reason ? s->catalog.reason : s->missing;
}

/* The packages themselves go behind the image. */
static void set_packages(struct scan *s)
{
    const pl_catalog *c = &s->catalog;
    const char *reason = packages_missing(s);

    if (reason && !c->n_system)
        pl_set_unreadable(s->image, PL_F_IMAGE_SYSTEM_PACKAGES, reason);
    else
        pl_set_int(s->image, PL_F_IMAGE_SYSTEM_PACKAGES, (int64_t)c->n_system);
    set_text(s->image, PL_F_IMAGE_OS_ID, c->os.id);
    set_text(s->image, PL_F_IMAGE_OS_VERSION, c->os.version);
    set_text(s->image, PL_F_IMAGE_OS_NAME, c->os.name);
}

static pl_language_job language_job(const struct scan *s)
{
    return (pl_language_job){.tree = s->tree,
                             .analysis = s->readers.analysis,
                             .owners = s->owners,
                             .programs = pl_program_watch_watcher(s->readers.programs),
                             .is_folder = s->job->form == PL_IMAGE_ROOTFS};
}

/* What is installed on another system, nobody here can tell: that must not look like nothing. */
static void tell_system(struct scan *s)
{
    const pl_value *os = pl_get(s->image, PL_F_IMAGE_PLATFORM_OS);

    if (os->state != PL_PRESENT || !os->u.s.n || pl_str_eq_nocase(os->u.s, PL_S("linux")))
        return;
    pl_problems_add(&s->problems, PL_UNSUPPORTED, PL_NO_LAYER,
                    "is made for %.*s: what is installed there is not read",
                    PL_F(pl_str_sub(os->u.s, 0, 40)));
    s->catalog.reason = pl_rc_reason(PL_UNSUPPORTED);
}

/* Packages of the system, what they own, and then those of programming languages. */
static pl_rc read_packages(struct scan *s, pl_err *err)
{
    pl_rc rc = pl_catalog_read(s->tree, s->a, &s->catalog, err);

    if (!rc)
        tell_system(s);
    if (!rc)
        rc = pl_owners_read(s->tree, s->a, &s->owners, err);
    pl_language_job job = language_job(s);
    if (!rc)
        rc = pl_language_read(&job, s->a, &s->catalog, err);
    if (!rc)
        rc = pl_language_owners_read(&job, &s->catalog, &s->languages, err);
    if (!rc)
        pl_language_owners_apply(s->languages, &s->catalog);
    if (!rc)
        rc = pl_copyright_fill(s->tree, s->readers.analysis, s->a, &s->catalog, err);
    if (!rc)
        set_packages(s);
    return rc;
}

static pl_rc set_facts(struct scan *s, pl_err *err)
{
    pl_facts f = {.tree = s->tree,
                  .parts = &s->from.parts,
                  .a = s->a,
                  .image = s->image,
                  .missing = s->missing,
                  .owner = pl_owners_of,
                  .owner_arg = s->owners};
    pl_language_job job = language_job(s);
    pl_rc rc = pl_facts_fill(&f, err);

    if (!rc)
        rc = pl_owners_fill(s->owners, &s->catalog, &f, err);
    if (!rc)
        rc = pl_unknown_programs_fill(&job, s->languages, &s->catalog, &f, err);
    if (!rc && s->readers.secrets)
        rc = pl_image_secrets_fill(s->readers.secrets, s->readers.analysis, &f, err);
    if (!rc && s->readers.protected)
        rc = pl_image_protected_fill(s->readers.protected, s->readers.analysis, &f, err);
    if (!rc && s->readers.hosts)
        rc = pl_image_hosts_fill(s->readers.hosts, s->readers.analysis, &f, err);
    if (!s->readers.hosts)
        pl_set_unreadable(s->image, PL_F_IMAGE_HOSTS, "needs:policy");
    if (s->readers.skips_secrets)
        pl_set_unreadable(s->image, PL_F_IMAGE_FILE_SECRETS, "not-observed");
    if (!s->readers.protected)
        pl_set_unreadable(s->image, PL_F_IMAGE_PROTECTED_DATA, "not-observed");
    return rc ? rc : pl_malware_fill(s->readers.malware, s->readers.analysis, &f, err);
}

static pl_rc describe(struct scan *s, pl_err *err)
{
    s->image = pl_record_new(s->a, &pl_image_kind);
    if (!s->image)
        return no_room(err);
    pl_rc rc = pl_image_config(&s->from.parts, &s->problems, s->a, s->image, err);
    if (!rc)
        rc = set_layers(s, err);
    if (!rc)
        rc = read_packages(s, err);
    if (!rc)
        rc = set_facts(s, err);
    if (rc)
        return rc;
    pl_set_bool(s->image, PL_F_IMAGE_IS_COMPLETE, !s->missing);
    pl_image_set_ages(s->image, s->job->now_us);
    if (pl_get(s->image, PL_F_IMAGE_REFERENCE)->state != PL_PRESENT)
        set_text(s->image, PL_F_IMAGE_REFERENCE, s->job->name);
    return PL_OK;
}

/* ---- answering ---- */

/* Which layers of the set the image has; what others of the archive did wrong is not told. */
static bool is_of_image(const struct scan *s, int layer)
{
    for (size_t i = 0; i < s->from.parts.n_layers; i++)
        if (s->from.parts.layers[i].found == layer)
            return true;
    return false;
}

static bool is_told(const struct scan *s, const pl_problem *p)
{
    if (p->layer == PL_NO_LAYER || s->from.parts.n_images <= 1)
        return true;
    return is_of_image(s, p->layer);
}

static pl_rc send_problem(const struct scan *s, int fd, const pl_problem *p, pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {0};
    PL_AUTO_BUF pl_buf clean = {0};
    PL_AUTO_BUF pl_buf frame = {0};

    if (p->layer != PL_NO_LAYER) {
        const pl_layer *l = pl_layers_at(s->readers.layers, (size_t)p->layer);
        pl_buf_fmt(&text, "layer %.*s", PL_F(pl_str_sub(l->name, 0, 100)));
        /* The digest of half a layer names nothing. */
        if (!l->is_damaged)
            pl_buf_fmt(&text, " (sha256:%.12s)", l->diff_id);
        pl_buf_c(&text, ": ");
    }
    pl_buf_str(&text, p->text);
    /* It names files, and a file's name can be a password as any other text can. */
    pl_rc rc = s->redactor ? pl_redact_text(s->redactor, pl_buf_view(&text), &clean, err) : PL_OK;
    if (rc)
        return rc;
    pl_buf_u32le(&frame, (uint32_t)p->rc);
    pl_buf_lstr(&frame, pl_str_sub(pl_buf_view(s->redactor ? &clean : &text), 0, MESSAGE));
    if (!pl_buf_ok(&text) || !pl_buf_ok(&clean) || !pl_buf_ok(&frame))
        return pl_fail(err, PL_NOMEM, "problem");
    return pl_jail_send(fd, PL_FRAME_PROBLEM, pl_buf_view(&frame), err);
}

/* Records of a batch that is sent when it is large enough. */
struct batch {
    struct scan *s;
    int fd;
    pl_arena *a;
    pl_buf frame;
};

static pl_rc flush(struct batch *b, pl_err *err)
{
    pl_rc rc = PL_OK;

    if (!pl_buf_ok(&b->frame))
        return pl_fail(err, PL_NOMEM, "package records");
    if (b->frame.n)
        rc = pl_jail_send(b->fd, PL_FRAME_PACKAGES, pl_buf_view(&b->frame), err);
    pl_buf_reset(&b->frame);
    pl_arena_reset(b->a);
    return rc;
}

static pl_rc add_to_batch(struct batch *b, pl_record *r, pl_err *err)
{
    pl_rc rc = r ? PL_OK : no_room(err);

    if (!rc && b->s->redactor)
        rc = pl_redact_record(b->s->redactor, r, b->a, &r, err);
    if (rc)
        return rc;
    pl_record_encode(r, &b->frame);
    return b->frame.n > BATCH ? flush(b, err) : PL_OK;
}

static pl_rc send_packages(struct scan *s, int fd, pl_err *err)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(BATCH_BUDGET);
    struct batch b = {.s = s, .fd = fd, .a = a};
    const char *reason = packages_missing(s);
    pl_rc rc = a ? PL_OK : pl_fail(err, PL_NOMEM, "package records");

    for (size_t i = 0; !rc && i < s->catalog.n; i++)
        rc = add_to_batch(&b, pl_package_record(a, &s->catalog.items[i]), err);
    if (!rc && reason)
        rc = add_to_batch(&b, unread_package(a, reason), err);
    if (!rc)
        rc = flush(&b, err);
    pl_buf_done(&b.frame);
    return rc;
}

static pl_rc send_problems(const struct scan *s, int layer, int fd, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < s->problems.n; i++)
        if (s->problems.items[i].layer == layer && is_told(s, &s->problems.items[i]))
            rc = send_problem(s, fd, &s->problems.items[i], err);
    return rc;
}

/* Layer by layer, then the others: who found them first may differ from scan to scan. */
static pl_rc send_all(struct scan *s, int fd, pl_err *err)
{
    PL_AUTO_BUF pl_buf frame = {0};
    int n = s->readers.layers ? (int)pl_layers_count(s->readers.layers) : 0;
    pl_rc rc = PL_OK;

    if (s->problems.dropped)
        s->problems.items[s->problems.n - 1].text = PL_S("there are more problems than are told");
    for (int layer = 0; !rc && s->problems.n && layer < n; layer++)
        rc = send_problems(s, layer, fd, err);
    if (!rc)
        rc = send_problems(s, PL_NO_LAYER, fd, err);
    if (rc)
        return rc;
    pl_record_encode(s->image, &frame);
    if (!pl_buf_ok(&frame))
        return pl_fail(err, PL_NOMEM, "image record");
    rc = pl_jail_send(fd, PL_FRAME_IMAGE, pl_buf_view(&frame), err);
    if (rc)
        return rc;
    free_layers(s);
    return send_packages(s, fd, err);
}

static pl_rc open_redactor(struct scan *s, pl_err *err)
{
    if (!s->job->needs.redact_key.n)
        return PL_OK;
    if (s->job->needs.redact_key.n != PL_REDACT_KEY || !s->readers.secrets)
        return pl_fail(err, PL_USAGE, "image worker: a key needs patterns, and %d bytes",
                       PL_REDACT_KEY);
    return pl_redactor_read(pl_buf_view(&s->readers.patterns),
                            (const unsigned char *)s->job->needs.redact_key.p, &s->redactor, err);
}

/* Why an image cannot be read may quote it, too. */
static pl_rc tell_redacted(struct scan *s, pl_rc rc, pl_err *err)
{
    PL_AUTO_BUF pl_buf clean = {0};
    pl_err why = {0};

    if (!rc || !s->redactor)
        return rc;
    if (pl_redact_text(s->redactor, pl_str_c(err->text), &clean, &why) || !pl_buf_ok(&clean))
        return pl_fail(err, rc, "what went wrong cannot be told: %s", why.text);
    err->len = clean.n < sizeof(err->text) ? clean.n : sizeof(err->text) - 1;
    memcpy(err->text, clean.p, err->len);
    err->text[err->len] = '\0';
    return rc;
}

static pl_rc read_image(struct scan *s, pl_in *in, pl_err *err)
{
    pl_rc rc = pl_image_readers_layers(&s->readers, &s->problems, err);

    if (!rc)
        rc = pl_image_parts_read(&s->from, in, err);
    if (!rc && s->job->wants_layers)
        rc = pl_image_parts_send(&s->from, err);
    if (!rc && s->job->wants_documents)
        rc = pl_image_parts_send_documents(&s->from, err);
    if (!rc)
        rc = merge(s, err);
    if (!rc)
        rc = describe(s, err);
    return rc;
}

/* Nobody looks at a file: nothing is wanted and nothing watches. */
static pl_rc identify(struct scan *s, pl_in *in, pl_err *err)
{
    static const pl_want none = {0};

    s->readers.layers = pl_layers_new(&none, &s->problems);
    return s->readers.layers ? pl_image_parts_identify(&s->from, in, err)
                             : pl_fail(err, PL_NOMEM, "layers");
}

static pl_rc read_sbom(struct scan *s, pl_in *in, pl_err *err)
{
    pl_rc rc = pl_image_sbom_read(in, s->job, s->a, &s->problems, &s->catalog, &s->image, err);

    if (!rc)
        set_packages(s);
    return rc;
}

static pl_rc read_and_send(struct scan *s, pl_in_peek *peek, int out_fd, pl_err *err)
{
    bool is_bill = s->job->form == PL_IMAGE_ARCHIVE && pl_image_sbom_is(pl_in_peek_head(peek));
    pl_rc rc;

    if (s->job->only_identity)
        return is_bill ? PL_OK : identify(s, &peek->in, err);
    rc = is_bill ? read_sbom(s, &peek->in, err) : read_image(s, &peek->in, err);
    /* Commands, labels, history: what is secret in them goes before the record does. */
    if (!rc && s->redactor)
        rc = pl_redact_record(s->redactor, s->image, s->a, &s->image, err);
    return tell_redacted(s, rc ? rc : send_all(s, out_fd, err), err);
}

static pl_rc run(struct scan *s, int in_fd, int out_fd, pl_err *err)
{
    pl_in_fd in = pl_in_of_fd(in_fd);
    pl_in_peek peek;

    s->problems.arena = s->a;
    s->from = (pl_image_parts){
        .job = s->job, .readers = &s->readers, .in_fd = in_fd, .out_fd = out_fd, .answers_fd = -1};
    if (s->job->has_answers)
        s->from.answers_fd = PL_READERS_FD + pl_image_readers_fds(&s->job->needs);
    pl_rc rc =
        s->job->only_identity ? PL_OK : pl_image_readers_open(&s->readers, &s->job->needs, err);
    if (!rc)
        rc = open_redactor(s, err);
    if (!rc)
        rc = pl_in_peek_open(&peek, &in.in, err);
    return rc ? rc : read_and_send(s, &peek, out_fd, err);
}

pl_rc pl_worker_image(int in_fd, int out_fd, pl_str args, pl_err *err)
{
    pl_image_job job;
    struct scan s = {.job = &job, .a = pl_arena_new(RECORD_BUDGET)};

    if (!s.a)
        return pl_fail(err, PL_NOMEM, "image");
    pl_rc rc = pl_image_job_decode(args, &job) ? run(&s, in_fd, out_fd, err)
                                               : pl_fail(err, PL_FORMAT, "image job");
    scan_done(&s);
    return rc;
}

void pl_worker_image_prepare(pl_str args)
{
    pl_image_job job;

    if (pl_image_job_decode(args, &job))
        pl_image_readers_prepare(&job.needs);
}
