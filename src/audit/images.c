/* SPDX-License-Identifier: Apache-2.0 */
/* Images: read by a jailed worker, then the packages matched. */
#include "audit/owners.h"
#include "audit/run_private.h"

#include "engine/client.h"
#include "image/scan.h"
#include "image/source.h"

#include <fcntl.h>
#include <malloc.h>

/* ---- from a record to a subject ---- */

static pl_str text_field(const pl_record *r, int field)
{
    const pl_value *v = pl_get(r, field);
    return v->state == PL_PRESENT ? v->u.s : (pl_str){"", 0};
}

static pl_subject *subject_of(pl_run *r, pl_record *image, pl_str reference)
{
    pl_subject *s = PL_NEW(r->arena, pl_subject);
    pl_str repository = text_field(image, PL_F_IMAGE_REPOSITORY);

    if (!s)
        return NULL;
    *s = (pl_subject){.rec = image,
                      .kind = PL_S("image"),
                      .key = text_field(image, PL_F_IMAGE_ID),
                      .name = reference.n ? reference : text_field(image, PL_F_IMAGE_REFERENCE),
                      .klass = repository.n ? repository : reference,
                      .of = r->engine};
    /* Files of a system without a name are another image with each change, and the same place. */
    if (!s->klass.n && pl_get(image, PL_F_IMAGE_CONFIG_DIGEST)->state == PL_ABSENT)
        s->klass = r->place;
    if (!s->klass.n)
        s->klass = s->key;
    return s;
}

static pl_rc keep_problems(pl_run *r, pl_str name, const pl_image_result *res, pl_err *err)
{
    pl_rc rc = PL_OK;
    for (size_t i = 0; !rc && i < res->n_problems; i++)
        rc = pl_run_add_gap(
            r, pl_run_text(r, "image %.*s: %.*s", PL_F(name), PL_F(res->problems[i].text)),
            pl_rc_reason(res->problems[i].rc), (pl_str){"", 0}, NULL, err);
    return rc;
}

/* How old the advisories are that its packages were matched with. */
static void set_advisory_age(const pl_run *r, pl_record *image)
{
    const int64_t day_us = INT64_C(86400) * 1000000;

    if (r->as.advisories.present)
        pl_set_int(image, PL_F_IMAGE_ADVISORY_AGE_DAYS,
                   (pl_now_us(r->o.clock) - r->as.advisories.imported_us) / day_us);
    else
        pl_set_unreadable(image, PL_F_IMAGE_ADVISORY_AGE_DAYS, "feed-missing");
}

/* What is recorded with this reading; half a list is no bill of materials. */
static void set_bill(const pl_run *r, pl_record *image)
{
    const pl_value *packages = pl_get(image, PL_F_IMAGE_PACKAGES);
    const char *reason = packages->state == PL_UNREADABLE ? packages->reason : NULL;

    for (size_t i = 0; packages->state == PL_PRESENT && i < packages->n; i++) {
        const pl_value *first = pl_get(packages->u.recs[i], 0);
        if (first->state == PL_UNREADABLE)
            reason = first->reason;
    }
    if (reason)
        pl_set_unreadable(image, PL_F_IMAGE_BILL_RECORDED, reason);
    else
        pl_set_bool(image, PL_F_IMAGE_BILL_RECORDED, r->rec.log != NULL);
}

pl_rc pl_run_add_image(pl_run *r, const pl_image_result *res, pl_str reference, pl_subject **ret,
                       pl_err *err)
{
    pl_subject *s = subject_of(r, res->image, reference);
    if (!s)
        return pl_fail(err, PL_LIMIT, "image %.*s", PL_F(reference));

    set_advisory_age(r, res->image);
    set_bill(r, res->image);
    pl_run_fill_malware_age(r, res->image);
    pl_run_fill_image_vendors(r, res->image);
    pl_rc rc = pl_owners_mark(&r->known, r->arena, res->image, err);
    if (!rc)
        rc = keep_problems(r, s->name, res, err);
    if (!rc)
        rc = pl_run_add_subject(r, s, err);
    if (!rc)
        rc = pl_run_match(r, s, PL_F_IMAGE_PACKAGES, PL_F_IMAGE_FINDINGS, err);
    if (!rc)
        rc = pl_run_fill_newer_base(r, s->rec, err);
    if (!rc)
        rc = pl_run_record_subject(r, s, "scan.result", "image", err);
    /* The next image may take long, and this audit may not live to see it. */
    if (!rc && !r->has_one_image)
        rc = pl_run_store(r, s->name, err);
    if (!rc)
        *ret = s;
    return rc;
}

/* What readers of layers are given. */
static pl_rc prepare(void *arg, pl_image_options *o, pl_err *err)
{
    pl_run *r = arg;
    pl_rc rc = pl_run_patterns(r, &o->secrets, err);

    if (!rc)
        rc = pl_run_classifiers(r, &o->classifiers, err);
    if (!rc && !r->o.no_secrets && !r->o.no_protected)
        rc = pl_run_protected(r, &o->protected, err);
    if (!rc)
        rc = pl_run_open_malware(r, o, err);
    if (!rc)
        rc = pl_run_open_cache(r, o, err);
    /* Compiling patterns and rules leaves tens of MiB of free heap, for as long as the workers
     * work. */
    (void)mallopt(M_MMAP_THRESHOLD, 1 << 20);
    (void)mallopt(M_TRIM_THRESHOLD, 2 << 20);
    (void)mallopt(M_TOP_PAD, 128 << 10);
    (void)malloc_trim(0);
    return rc;
}

/* An image that is known as a whole needs no more. */
static pl_rc few_options(pl_run *r, pl_str select, pl_image_options *ret, pl_err *err)
{
    *ret = (pl_image_options){.select = select,
                              .now_us = pl_now_us(r->o.clock),
                              .skips_secrets = r->o.no_secrets,
                              .redact_key = r->redact_key,
                              .domains = r->vendor_domains,
                              .prepare = prepare,
                              .prepare_arg = r};
    return pl_run_open_descriptions(r, ret, err);
}

pl_rc pl_run_image_options(pl_run *r, pl_str select, pl_image_options *ret, pl_err *err)
{
    pl_rc rc = few_options(r, select, ret, err);

    ret->prepare = NULL;
    return rc ? rc : prepare(r, ret, err);
}

struct layers_read {
    const pl_run *r;
    const char *name;
};

static void tell_layers(void *arg, size_t done, size_t n)
{
    const struct layers_read *l = arg;
    PL_AUTO_BUF pl_buf text = {0};

    pl_buf_fmt(&text, "%zu of %zu layers of %s", done, n, l->name);
    if (pl_buf_ok(&text))
        l->r->o.progress(pl_buf_view(&text));
}

pl_rc pl_run_scan_source(const pl_run *r, pl_image_source *src, const pl_image_options *o,
                         pl_arena *a, pl_image_result *ret, pl_err *err)
{
    pl_run_say(r, "image: reading %s", src->name);
    uint64_t since = pl_mono_ns(r->o.clock);
    struct layers_read layers = {r, src->name};
    pl_image_options told = *o;
    if (r->o.progress)
        told.progress = (pl_image_progress){tell_layers, &layers};
    pl_rc rc = pl_image_scan(src, &told, r->o.schema, a, ret, err);
    if (r->o.progress)
        r->o.progress((pl_str){"", 0});
    pl_run_took(r, "image.read", pl_str_c(src->name), since);
    if (!rc && ret->n_known)
        pl_run_say(r, "image: %zu of %zu layers are known from earlier scans", ret->n_known,
                   ret->n_known + ret->n_read);
    return rc;
}

pl_rc pl_run_read_image(pl_run *r, pl_image_source *src, pl_str select, pl_str reference,
                        pl_subject **ret, pl_err *err)
{
    pl_image_result res = {0};
    pl_image_options o = {0};
    const bool is_folder = src->form == PL_IMAGE_BLOBS && src->has_local_blobs;
    const bool can_look = is_folder || (src->form == PL_IMAGE_ARCHIVE && src->is_file);
    /* For a second look: the source is closed when the image was read. */
    PL_AUTO_FD int again = can_look ? fcntl(src->fd, F_DUPFD_CLOEXEC, 3) : -1;
    const pl_layout_look look = {again, is_folder, src->name};
    pl_rc rc = few_options(r, select, &o, err);

    if (!rc)
        rc = pl_run_scan_source(r, src, &o, r->arena, &res, err);
    if (!rc)
        rc = pl_run_layout_signatures(r, &look, r->arena, res.image, err);
    r->has_one_image = true;
    return rc ? rc : pl_run_add_image(r, &res, reference, ret, err);
}

static pl_rc read_exported(pl_run *r, pl_engine_client *c, const char *id, pl_str select,
                           pl_str reference, pl_subject **ret, pl_err *err)
{
    pl_image_result res = {0};
    pl_image_options o = {0};
    pl_rc rc = pl_run_image_options(r, select, &o, err);

    if (!rc)
        rc = pl_run_scan_exported(r, c, id, reference.n ? reference : pl_str_c(id), &o, &res, err);
    return rc ? rc : pl_run_add_image(r, &res, reference, ret, err);
}

/* One that hangs costs its deadline once, not for each image. */
static bool is_answering(pl_engine_client *c)
{
    pl_engine_ask ask = {.kind = PL_DOC_VERSION};

    pl_engine_get(c, &ask, 1);
    pl_rc rc = ask.rc;
    pl_engine_ask_done(&ask);
    return rc != PL_TIMEOUT && rc != PL_WORKER;
}

pl_rc pl_run_engine_image(pl_run *r, pl_engine_client *c, pl_str id, pl_str reference,
                          pl_subject **ret, pl_err *err)
{
    char id_c[256];
    pl_err why = {0};

    if (!pl_str_to_c(id, id_c, sizeof(id_c)))
        return pl_run_add_gap(r, pl_run_text(r, "image %.*s", PL_F(reference)), "unreadable",
                              PL_S("its id is none"), "image", err);
    if (r->is_engine_silent)
        return pl_run_add_gap(r, pl_run_text(r, "image %.*s", PL_F(reference)), "timeout",
                              PL_S("not asked for: the engine does not answer any more"), "image",
                              err);
    pl_rc rc = read_exported(r, c, id_c, (pl_str){"", 0}, reference, ret, &why);
    if (rc)
        r->is_engine_silent = !is_answering(c);
    if (rc)
        rc = pl_run_add_gap(r, pl_run_text(r, "image %.*s", PL_F(reference)), pl_rc_reason(rc),
                            pl_str_c(why.text), "image", err);
    return rc;
}

pl_rc pl_run_scan_at_engine(pl_run *r, const pl_scan_scope *scope, const char *name, pl_err *err)
{
    PL_AUTO_ENGINE_CLIENT pl_engine_client *client = NULL;
    const pl_audit_scope where = {
        .engine = scope->engine, .ca = scope->ca, .cert = scope->cert, .key = scope->key};
    const char *origin = NULL;
    pl_subject *image = NULL;
    pl_rc rc = pl_run_find_engine(r, &where, &client, &origin, err);
    if (rc)
        return rc;
    if (!client)
        return pl_fail(err, PL_NOTFOUND, "no engine to ask");
    rc = read_exported(r, client, name, pl_str_c(scope->select), pl_str_c(name), &image, err);
    if (rc == PL_NOTFOUND)
        return pl_fail(err, rc, "the engine has no such image");
    return rc;
}
