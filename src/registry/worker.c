/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/worker.h"

#include "core/jail.h"
#include "core/rd.h"
#include "registry/limits.h"
#include "registry/reference.h"
#include "registry/signature_key.h"

enum { FRAME = PL_FRAME_USER };

typedef enum job {
    JOB_MANIFEST = 1,
    JOB_CONFIG,
    JOB_NAMES,
    JOB_AUTHS,
    JOB_HELPER,
    JOB_ATTACHED,
    JOB_CLAIM,
    JOB_STATEMENT,
    JOB_BUNDLE,
    JOB_SIGNATURE
} job;

/* ---- the worker's side ---- */

static void put_descriptor(pl_buf *out, const pl_descriptor *d)
{
    pl_buf_lstr(out, d->type);
    pl_buf_lstr(out, d->digest);
    pl_buf_u64le(out, d->size);
}

static pl_rc do_manifest(pl_str json, pl_str platform, pl_arena *a, pl_buf *out, pl_err *err)
{
    pl_manifest m;
    pl_rc rc = pl_manifest_read(json, platform, a, &m, err);

    if (rc)
        return rc;
    pl_buf_u32le(out, m.is_index);
    put_descriptor(out, &m.chosen);
    pl_buf_lstr(out, m.platforms);
    put_descriptor(out, &m.config);
    pl_buf_u32le(out, (uint32_t)m.n_layers);
    for (size_t i = 0; i < m.n_layers; i++)
        put_descriptor(out, &m.layers[i]);
    return PL_OK;
}

static void put_list(pl_buf *out, const pl_str *items, size_t n)
{
    pl_buf_u32le(out, (uint32_t)n);
    for (size_t i = 0; i < n; i++)
        pl_buf_lstr(out, items[i]);
}

static pl_rc do_config(pl_str json, pl_arena *a, pl_buf *out, pl_err *err)
{
    pl_image_config_head c;
    pl_rc rc = pl_config_read(json, a, &c, err);

    if (rc)
        return rc;
    pl_buf_lstr(out, c.platform);
    put_list(out, c.diff_ids, c.n_diff_ids);
    return PL_OK;
}

static pl_rc do_names(pl_str json, pl_str key, pl_arena *a, pl_buf *out, pl_err *err)
{
    pl_names names;
    char key_c[32];

    if (!pl_str_to_c(key, key_c, sizeof(key_c)))
        return pl_fail(err, PL_USAGE, "name of a list");
    pl_rc rc = pl_names_read(json, key_c, a, &names, err);
    if (!rc)
        put_list(out, names.items, names.n);
    return rc;
}

static void put_auth(pl_buf *out, const pl_auth_entry *e)
{
    pl_buf_u32le(out, e->is_found);
    pl_buf_lstr(out, e->user);
    pl_buf_lstr(out, e->password);
    pl_buf_lstr(out, e->identity);
    pl_buf_lstr(out, e->bearer);
    pl_buf_lstr(out, e->helper);
    pl_buf_lstr(out, e->server);
}

static pl_rc do_auth(job what, pl_str json, pl_str host, pl_str repository, pl_arena *a,
                     pl_buf *out, pl_err *err)
{
    pl_auth_entry e = {0};
    pl_rc rc = what == JOB_AUTHS ? pl_auths_read(json, host, repository, a, &e, err)
                                 : pl_helper_answer_read(json, a, &e, err);

    if (!rc)
        put_auth(out, &e);
    return rc;
}

static pl_rc do_attached(pl_str json, pl_arena *a, pl_buf *out, pl_err *err)
{
    pl_attached m;
    pl_rc rc = pl_attached_read(json, a, &m, err);

    if (rc)
        return rc;
    pl_buf_u32le(out, m.is_index);
    pl_buf_u32le(out, m.is_cut);
    pl_buf_lstr(out, m.type);
    pl_buf_u32le(out, (uint32_t)m.n);
    for (size_t i = 0; i < m.n; i++) {
        const pl_attached_part *p = &m.parts[i];
        put_descriptor(out, &(pl_descriptor){p->type, p->digest, p->size});
        pl_buf_lstr(out, p->signature);
        pl_buf_lstr(out, p->name);
    }
    return PL_OK;
}

static pl_rc do_claim(job what, pl_str json, pl_arena *a, pl_buf *out, pl_err *err)
{
    pl_signed_claim c;
    pl_rc rc = what == JOB_CLAIM ? pl_signed_claim_read(json, a, &c, err)
                                 : pl_signed_statement_read(json, a, &c, err);

    if (rc)
        return rc;
    pl_buf_lstr(out, c.type);
    pl_buf_lstr(out, c.reference);
    pl_buf_lstr(out, c.digest);
    return PL_OK;
}

static pl_rc do_bundle(pl_str json, pl_arena *a, pl_buf *out, pl_err *err)
{
    pl_signature_bundle b;
    pl_rc rc = pl_signature_bundle_read(json, a, &b, err);

    if (rc)
        return rc;
    pl_buf_lstr(out, b.payload_type);
    pl_buf_lstr(out, b.payload);
    put_list(out, b.signatures, b.n);
    return PL_OK;
}

static pl_rc work(job what, pl_str first, pl_str second, pl_str json, pl_buf *out, pl_err *err)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(PL_REGISTRY_DOC_BUDGET);

    if (!a)
        return pl_fail(err, PL_NOMEM, "document");
    switch (what) {
    case JOB_MANIFEST:
        return do_manifest(json, first, a, out, err);
    case JOB_CONFIG:
        return do_config(json, a, out, err);
    case JOB_NAMES:
        return do_names(json, first, a, out, err);
    case JOB_AUTHS:
    case JOB_HELPER:
        return do_auth(what, json, first, second, a, out, err);
    case JOB_ATTACHED:
        return do_attached(json, a, out, err);
    case JOB_CLAIM:
    case JOB_STATEMENT:
        return do_claim(what, json, a, out, err);
    case JOB_BUNDLE:
        return do_bundle(json, a, out, err);
    case JOB_SIGNATURE:
        pl_buf_u32le(out, pl_signature_holds(first, second, json));
        return PL_OK;
    }
    return pl_fail(err, PL_USAGE, "registry worker: job %u", (unsigned)what);
}

pl_rc pl_registry_worker(int in_fd, int out_fd, pl_str args, pl_err *err)
{
    PL_AUTO_BUF pl_buf in = {0}, out = {0};
    pl_rd r = pl_rd_of(args.p, args.n);
    uint32_t what = pl_rd_u32le(&r);
    pl_str first = pl_rd_lstr(&r), second = pl_rd_lstr(&r);

    if (!pl_rd_done(&r))
        return pl_fail(err, PL_USAGE, "registry worker: arguments");
    pl_rc rc = pl_read_all(in_fd, PL_REGISTRY_DOC_MAX, &in, err);
    if (!rc)
        rc = work((job)what, first, second, pl_buf_view(&in), &out, err);
    if (!rc && !pl_buf_ok(&out))
        rc = pl_fail(err, PL_NOMEM, "answer");
    return rc ? rc : pl_jail_send(out_fd, FRAME, pl_buf_view(&out), err);
}

/* ---- the parent's side ---- */

struct answer {
    pl_arena *a;
    pl_str bytes;
    size_t n;
};

static pl_rc take_frame(uint32_t type, pl_str payload, void *arg, pl_err *err)
{
    struct answer *to = arg;

    if (type != FRAME || to->n++)
        return pl_fail(err, PL_WORKER, "worker sent another frame than asked for");
    to->bytes = pl_arena_str(to->a, payload);
    return to->bytes.p ? PL_OK : pl_fail(err, PL_LIMIT, "document does not fit its budget");
}

static pl_rc ask(job what, pl_str first, pl_str second, pl_str json, pl_arena *a, pl_rd *ret,
                 pl_err *err)
{
    PL_AUTO_BUF pl_buf args = {0};
    struct answer answer = {.a = a};
    pl_jail_job j = {.kind = PL_REGISTRY_WORKER,
                     .limits = &pl_jail_document,
                     .frame = take_frame,
                     .frame_arg = &answer};

    pl_buf_u32le(&args, what);
    pl_buf_lstr(&args, first);
    pl_buf_lstr(&args, second);
    j.args = pl_buf_view(&args);
    if (!pl_buf_ok(&args))
        return pl_fail(err, PL_NOMEM, "document");
    pl_rc rc = pl_jail_run_bytes(&j, json, err);
    if (!rc && !answer.n)
        rc = pl_fail(err, PL_WORKER, "worker sent nothing");
    *ret = pl_rd_of(answer.bytes.p, answer.bytes.n);
    return rc;
}

static pl_rc lied(pl_err *err)
{
    return pl_fail(err, PL_WORKER, "worker sent a malformed answer");
}

static pl_descriptor get_descriptor(pl_rd *r)
{
    pl_str type = pl_rd_lstr(r), digest = pl_rd_lstr(r);

    return (pl_descriptor){type, digest, pl_rd_u64le(r)};
}

static pl_rc check(const pl_descriptor *d, const char *what, uint64_t most, pl_err *err)
{
    if (!pl_registry_is_digest(d->digest))
        return pl_fail(err, PL_UNSUPPORTED, "%s: digest \"%.*s\" is not sha256", what,
                       PL_F(pl_str_sub(d->digest, 0, 100)));
    if (d->size > most)
        return pl_fail(err, PL_LIMIT, "%s %.*s: %llu bytes, over %llu", what, PL_F(d->digest),
                       (unsigned long long)d->size, (unsigned long long)most);
    return PL_OK;
}

static pl_rc get_layers(pl_rd *r, pl_arena *a, pl_manifest *m, pl_err *err)
{
    uint32_t n = pl_rd_u32le(r);
    pl_rc rc = PL_OK;

    if (n > PL_REGISTRY_LAYERS)
        return lied(err);
    m->n_layers = n;
    m->layers = pl_arena_calloc(a, n ? n : 1, sizeof(*m->layers));
    if (!m->layers)
        return pl_fail(err, PL_LIMIT, "manifest does not fit its budget");
    for (size_t i = 0; !rc && i < n; i++) {
        m->layers[i] = get_descriptor(r);
        rc = pl_rd_ok(r) ? check(&m->layers[i], "layer", PL_REGISTRY_LAYER_MAX, err) : lied(err);
    }
    return rc;
}

pl_rc pl_jailed_manifest(pl_str json, pl_str platform, pl_arena *a, pl_manifest *ret, pl_err *err)
{
    pl_manifest m = {0};
    pl_rd r;
    pl_rc rc = ask(JOB_MANIFEST, platform, (pl_str){"", 0}, json, a, &r, err);

    if (rc)
        return rc;
    m.is_index = pl_rd_u32le(&r) != 0;
    m.chosen = get_descriptor(&r);
    m.platforms = pl_rd_lstr(&r);
    m.config = get_descriptor(&r);
    rc = get_layers(&r, a, &m, err);
    if (!rc && !pl_rd_done(&r))
        rc = lied(err);
    if (!rc && m.is_index && m.chosen.digest.n)
        rc = check(&m.chosen, "manifest", PL_REGISTRY_DOC_MAX, err);
    if (!rc && !m.is_index)
        rc = check(&m.config, "config", PL_REGISTRY_DOC_MAX, err);
    if (!rc)
        *ret = m;
    return rc;
}

static pl_rc get_list(pl_rd *r, pl_arena *a, uint32_t most, pl_str **ret, size_t *ret_n,
                      pl_err *err)
{
    uint32_t n = pl_rd_u32le(r);

    if (n > most)
        return lied(err);
    pl_str *items = pl_arena_calloc(a, n ? n : 1, sizeof(*items));
    if (!items)
        return pl_fail(err, PL_LIMIT, "list does not fit its budget");
    for (size_t i = 0; i < n; i++)
        items[i] = pl_rd_lstr(r);
    if (!pl_rd_done(r))
        return lied(err);
    *ret = items;
    *ret_n = n;
    return PL_OK;
}

pl_rc pl_jailed_config(pl_str json, pl_arena *a, pl_image_config_head *ret, pl_err *err)
{
    pl_rd r;
    pl_rc rc = ask(JOB_CONFIG, (pl_str){"", 0}, (pl_str){"", 0}, json, a, &r, err);

    if (rc)
        return rc;
    pl_str platform = pl_rd_lstr(&r);
    rc = get_list(&r, a, PL_REGISTRY_LAYERS, &ret->diff_ids, &ret->n_diff_ids, err);
    ret->platform = platform;
    return rc;
}

pl_rc pl_jailed_names(pl_str json, const char *key, pl_arena *a, pl_names *ret, pl_err *err)
{
    pl_rd r;
    pl_rc rc = ask(JOB_NAMES, pl_str_c(key), (pl_str){"", 0}, json, a, &r, err);

    return rc ? rc : get_list(&r, a, PL_REGISTRY_NAMES, &ret->items, &ret->n, err);
}

static pl_rc get_auth(pl_rd *r, pl_auth_entry *ret, pl_err *err)
{
    pl_auth_entry e = {.is_found = pl_rd_u32le(r) != 0};

    e.user = pl_rd_lstr(r);
    e.password = pl_rd_lstr(r);
    e.identity = pl_rd_lstr(r);
    e.bearer = pl_rd_lstr(r);
    e.helper = pl_rd_lstr(r);
    e.server = pl_rd_lstr(r);
    if (!pl_rd_done(r))
        return lied(err);
    *ret = e;
    return PL_OK;
}

pl_rc pl_jailed_auths(pl_str json, pl_str host, pl_str repository, pl_arena *a, pl_auth_entry *ret,
                      pl_err *err)
{
    pl_rd r;
    pl_rc rc = ask(JOB_AUTHS, host, repository, json, a, &r, err);

    return rc ? rc : get_auth(&r, ret, err);
}

pl_rc pl_jailed_helper_answer(pl_str json, pl_arena *a, pl_auth_entry *ret, pl_err *err)
{
    pl_rd r;
    pl_rc rc = ask(JOB_HELPER, (pl_str){"", 0}, (pl_str){"", 0}, json, a, &r, err);

    return rc ? rc : get_auth(&r, ret, err);
}

/* ---- signatures ---- */

static void get_part(pl_rd *r, pl_attached *m)
{
    const pl_descriptor d = get_descriptor(r);
    pl_attached_part part = {.digest = d.digest, .size = d.size, .type = d.type};

    part.signature = pl_rd_lstr(r);
    part.name = pl_rd_lstr(r);
    if (pl_registry_is_digest(part.digest))
        m->parts[m->n++] = part;
}

pl_rc pl_jailed_attached(pl_str json, pl_arena *a, pl_attached *ret, pl_err *err)
{
    pl_attached m = {0};
    pl_rd r;
    pl_rc rc = ask(JOB_ATTACHED, (pl_str){"", 0}, (pl_str){"", 0}, json, a, &r, err);

    if (rc)
        return rc;
    m.is_index = pl_rd_u32le(&r) != 0;
    m.is_cut = pl_rd_u32le(&r) != 0;
    m.type = pl_rd_lstr(&r);
    uint32_t n = pl_rd_u32le(&r);
    if (n > PL_REGISTRY_ATTACHED)
        return lied(err);
    m.parts = pl_arena_calloc(a, n ? n : 1, sizeof(*m.parts));
    if (!m.parts)
        return pl_fail(err, PL_LIMIT, "manifest does not fit its budget");
    for (size_t i = 0; i < n; i++)
        get_part(&r, &m);
    if (!pl_rd_done(&r))
        return lied(err);
    *ret = m;
    return PL_OK;
}

pl_rc pl_jailed_claim(pl_str json, bool is_statement, pl_arena *a, pl_signed_claim *ret,
                      pl_err *err)
{
    pl_signed_claim c;
    pl_rd r;
    pl_rc rc = ask(is_statement ? JOB_STATEMENT : JOB_CLAIM, (pl_str){"", 0}, (pl_str){"", 0}, json,
                   a, &r, err);

    if (rc)
        return rc;
    c.type = pl_rd_lstr(&r);
    c.reference = pl_rd_lstr(&r);
    c.digest = pl_rd_lstr(&r);
    if (!pl_rd_done(&r))
        return lied(err);
    *ret = c;
    return PL_OK;
}

pl_rc pl_jailed_bundle(pl_str json, pl_arena *a, pl_signature_bundle *ret, pl_err *err)
{
    pl_signature_bundle b = {0};
    pl_str *list = NULL;
    pl_rd r;
    pl_rc rc = ask(JOB_BUNDLE, (pl_str){"", 0}, (pl_str){"", 0}, json, a, &r, err);

    if (rc)
        return rc;
    b.payload_type = pl_rd_lstr(&r);
    b.payload = pl_rd_lstr(&r);
    rc = get_list(&r, a, PL_BUNDLE_SIGNATURES, &list, &b.n, err);
    for (size_t i = 0; !rc && i < b.n; i++)
        b.signatures[i] = list[i];
    if (!rc)
        *ret = b;
    return rc;
}

pl_rc pl_jailed_signature(pl_str der, pl_str signature, pl_str bytes, bool *ret, pl_err *err)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 16);
    pl_rd r;

    if (!a)
        return pl_fail(err, PL_NOMEM, "signature");
    pl_rc rc = ask(JOB_SIGNATURE, der, signature, bytes, a, &r, err);
    if (rc)
        return rc;
    uint32_t said = pl_rd_u32le(&r);
    if (!pl_rd_done(&r) || said > 1)
        return lied(err);
    *ret = said == 1;
    return PL_OK;
}
