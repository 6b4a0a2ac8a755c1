/* SPDX-License-Identifier: Apache-2.0 */
/* Containers that no engine told of: bundles and notes of runtimes on this host. */
#include "audit/run_private.h"

#include "core/jail.h"
#include "declared/declared.h"
#include "declared/oci.h"
#include "engine/bundles.h"
#include "engine/running.h"

#include <string.h>

enum { BATCH_MAX = 12 << 20 }; /* bytes of documents for one worker */

struct bundling {
    pl_run *run;
    pl_root root;
    pl_bundles found;
    pl_record **records; /* of each that was found; NULL: not read, or known already */
    pl_str *documents;   /* likewise */
    pl_str worker_bytes;
};

/* ---- asking the worker ---- */

static pl_rc ask(struct bundling *b, const char *form, const pl_buf *bytes, pl_declared_facts *ret,
                 pl_err *err)
{
    PL_AUTO_FD int fd = -1;
    const pl_declared_job job = {.name = "containers of runtimes",
                                 .path = pl_str_c(form),
                                 .worker = "declared",
                                 .redact_key = b->run->redact_key,
                                 .worker_bytes = b->worker_bytes,
                                 .now_us = pl_now_us(b->run->o.clock)};

    pl_rc rc = pl_buf_ok(bytes) ? pl_jail_memfd(pl_buf_view(bytes), &fd, err)
                                : pl_fail(err, PL_NOMEM, "%s", form);
    return rc ? rc : pl_declared_read(&job, fd, b->run->o.schema, b->run->arena, ret, err);
}

/* One that cannot be read hides a container. */
static pl_rc tell(struct bundling *b, const pl_bundle *one, pl_rc why_rc, const char *why,
                  pl_err *err)
{
    return pl_run_add_gap(b->run,
                          pl_run_text(b->run, "container %.*s of %s", PL_F(one->id), one->runtime),
                          pl_rc_reason(why_rc), pl_str_c(why), "container", err);
}

/* ---- notes ---- */

static pl_rc take_states(struct bundling *b, const size_t *which, size_t n, const pl_buf *bytes,
                         pl_err *err)
{
    pl_declared_facts f;
    pl_rc rc = n ? ask(b, PL_DECLARED_STATES, bytes, &f, err) : PL_OK;

    if (rc || !n)
        return rc;
    if (f.n_states != n)
        return pl_fail(err, PL_WORKER, "worker: answers do not match what was asked");
    for (size_t i = 0; i < n; i++)
        pl_bundle_state(b->run->arena, &b->found.v[which[i]], f.states[i].bundle, f.states[i].pid,
                        f.states[i].start_ticks);
    return PL_OK;
}

static pl_rc read_notes(struct bundling *b, pl_err *err)
{
    PL_AUTO_BUF pl_buf batch = {0};
    size_t *which = pl_arena_calloc(b->run->arena, b->found.n + 1, sizeof(*which)), n = 0;
    pl_rc rc = PL_OK;

    if (!which)
        return pl_fail(err, PL_LIMIT, "containers of runtimes");
    for (size_t i = 0; !rc && i < b->found.n; i++) {
        PL_AUTO_BUF pl_buf one = {0};
        pl_err why = {0};
        if (!b->found.v[i].note.n ||
            pl_bundle_read(&b->root, b->found.v[i].note, &one, &why) != PL_OK)
            continue; /* without its bundle it is told as a gap, below */
        if (batch.n + one.n > BATCH_MAX) {
            rc = take_states(b, which, n, &batch, err);
            n = batch.n = 0;
        }
        which[n++] = i;
        pl_buf_lstr(&batch, pl_buf_view(&one));
    }
    return rc ? rc : take_states(b, which, n, &batch, err);
}

/* ---- configurations ---- */

static size_t index_of(const struct bundling *b, pl_str id)
{
    size_t i = 0;
    while (i < b->found.n && !pl_str_eq(b->found.v[i].id, id))
        i++;
    return i;
}

static pl_rc take_batch(struct bundling *b, const pl_buf *batch, pl_err *err)
{
    pl_declared_facts f;
    pl_rc rc = batch->n ? ask(b, PL_DECLARED_BUNDLES, batch, &f, err) : PL_OK;

    if (rc || !batch->n)
        return rc;
    for (size_t i = 0; i < f.n_subjects; i++) {
        pl_record *r = f.subjects[i].rec;
        size_t at = index_of(b, pl_record_text(r, PL_F_CONTAINER_FULL_ID));
        if (r->kind != &pl_kind_container || at == b->found.n || i >= f.n_documents)
            return pl_fail(err, PL_WORKER, "worker: answers do not match what was asked");
        b->records[at] = r;
        b->documents[at] = f.documents[i];
    }
    for (size_t i = 0; !rc && i < f.n_gaps; i++)
        rc = pl_run_add_gap(b->run, f.gaps[i].what, f.gaps[i].reason, f.gaps[i].detail, "container",
                            err);
    return rc;
}

static bool is_told(const pl_run *r, pl_str id)
{
    for (size_t i = 0; i < r->n_subjects; i++)
        if (pl_str_eq(r->subjects[i]->kind, PL_S("container")) &&
            pl_str_eq(r->subjects[i]->key, id))
            return true;
    return false;
}

static pl_rc read_configuration(struct bundling *b, const pl_bundle *one, pl_buf *batch,
                                pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {0};
    pl_err why = {0};
    pl_rc rc = one->config.n
                   ? pl_bundle_read(&b->root, one->config, &text, &why)
                   : pl_fail(&why, PL_FORMAT, "its runtime does not say where its bundle is");

    if (rc)
        return tell(b, one, rc, why.text, err);
    if (batch->n + text.n > BATCH_MAX) {
        rc = take_batch(b, batch, err);
        batch->n = 0;
    }
    pl_buf_lstr(batch, one->id);
    pl_buf_lstr(batch, pl_buf_view(&text));
    return rc;
}

static pl_rc read_configurations(struct bundling *b, pl_err *err)
{
    PL_AUTO_BUF pl_buf batch = {0};
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < b->found.n; i++)
        if (!is_told(b->run, b->found.v[i].id))
            rc = read_configuration(b, &b->found.v[i], &batch, err);
    return rc ? rc : take_batch(b, &batch, err);
}

/* ---- subjects ---- */

static pl_rc add_one(struct bundling *b, size_t at, pl_record *host, pl_err *err)
{
    pl_run *r = b->run;
    pl_subject *s = PL_NEW(r->arena, pl_subject);
    pl_record *rec = b->records[at];

    if (!s)
        return pl_fail(err, PL_LIMIT, "containers of runtimes");
    *s = (pl_subject){.rec = rec,
                      .kind = PL_S("container"),
                      .key = b->found.v[at].id,
                      .name = pl_record_text(rec, PL_F_CONTAINER_NAME),
                      .klass = pl_record_text(rec, PL_F_CONTAINER_SERVICE)};
    if (host)
        pl_set_rec(rec, PL_F_CONTAINER_HOST, host);
    pl_rc rc = pl_run_add_subject(r, s, err);
    return rc ? rc
              : pl_record_document(&r->rec,
                                   &(pl_record_doc){.type = "runtime.container",
                                                    .collector = "bundles",
                                                    .role = "container",
                                                    .subject = s,
                                                    .bytes = b->documents[at]},
                                   err);
}

/* Places of an engine that answered have been told by it. */
static pl_rc add_gaps(struct bundling *b, bool has_engine, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < b->found.n_gaps; i++)
        if (!has_engine || !b->found.gaps[i].manager)
            rc = pl_run_add_gap(b->run, b->found.gaps[i].what, b->found.gaps[i].reason,
                                (pl_str){"", 0}, has_engine ? NULL : "container", err);
    return rc;
}

static pl_rc read_all(struct bundling *b, bool has_engine, pl_record *host, pl_err *err)
{
    pl_run *r = b->run;
    pl_rc rc = pl_bundles_find(&b->root, r->arena, &b->found, err);

    if (rc || (!b->found.n && !b->found.n_gaps))
        return rc;
    b->records = pl_arena_calloc(r->arena, b->found.n + 1, sizeof(pl_record *));
    b->documents = pl_arena_calloc(r->arena, b->found.n + 1, sizeof(pl_str));
    if (!b->records || !b->documents)
        return pl_fail(err, PL_LIMIT, "containers of runtimes");
    rc = pl_run_patterns(r, &b->worker_bytes, err);
    if (!rc)
        rc = read_notes(b, err);
    if (!rc)
        rc = read_configurations(b, err);
    if (!rc)
        rc = pl_bundles_live(&b->root, &b->found, b->records, r->arena, pl_now_us(r->o.clock), err);
    for (size_t i = 0; !rc && i < b->found.n; i++)
        if (b->records[i])
            rc = add_one(b, i, host, err);
    if (!rc)
        rc = add_gaps(b, has_engine, err);
    return rc ? rc : pl_run_store(r, PL_S("containers of runtimes"), err);
}

pl_rc pl_run_audit_bundles(pl_run *r, const pl_audit_scope *scope, bool has_engine, pl_record *host,
                           pl_err *err)
{
    struct bundling b = {.run = r, .root = {.fd = -1}};

    pl_rc rc = pl_root_open(scope->root ? scope->root : "/", &b.root, err);
    if (!rc)
        rc = read_all(&b, has_engine, host, err);
    pl_root_close(&b.root);
    return rc;
}
