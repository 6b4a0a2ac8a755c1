/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/worker_engine.h"

#include "engine/destinations.h"
#include "engine/fields.h"
#include "engine/worker.h"
#include "model/common.h"
#include "redact/redact.h"
#include "secrets/limits.h"

#include <string.h>

_Static_assert((int)PL_F_ENV_NAME == (int)PL_F_SWARM_VALUE_NAME &&
                   (int)PL_F_ENV_VALUE == (int)PL_F_SWARM_VALUE_VALUE &&
                   (int)PL_F_ENV_SECRET == (int)PL_F_SWARM_VALUE_SECRET,
               "the two kinds are judged alike");

/* Says of each variable (env, or swarm_value) whether a secret stands in it, before the value goes.
 */
static pl_rc judge_values(const pl_value *list, pl_redactor *redactor, pl_arena *a, pl_err *err)
{
    for (size_t i = 0; list->state == PL_PRESENT && i < list->n; i++) {
        pl_record *env = list->u.recs[i];
        const pl_value *name = pl_get(env, PL_F_ENV_NAME);
        const pl_value *value = pl_get(env, PL_F_ENV_VALUE);
        pl_redaction found;
        if (name->state != PL_PRESENT || value->state != PL_PRESENT)
            continue;
        pl_rc rc = pl_redact_pair(redactor, name->u.s, value->u.s, &found, err);
        if (rc)
            return rc;
        if (!found.is_redacted) {
            pl_set_absent(env, PL_F_ENV_SECRET);
            continue;
        }
        pl_str kind = pl_arena_str(a, found.kind);
        if (!kind.p)
            return pl_fail(err, PL_LIMIT, "values do not fit their budget");
        pl_set_str(env, PL_F_ENV_SECRET, kind);
    }
    return PL_OK;
}

/* A config may be a whole file: of a swarm's values only what was found in them leaves. */
static pl_rc judge_swarm(const pl_record *engine, pl_redactor *redactor, pl_arena *a, pl_err *err)
{
    const pl_value *list = pl_get(engine, PL_F_ENGINE_SWARM_VALUES);
    pl_rc rc = judge_values(list, redactor, a, err);

    for (size_t i = 0; list->state == PL_PRESENT && i < list->n; i++)
        pl_set_absent(list->u.recs[i], PL_F_SWARM_VALUE_VALUE);
    return rc;
}

static pl_rc redact_record(pl_record *r, pl_arena *a, void *arg, pl_err *err)
{
    pl_record *clean = NULL;
    pl_rc rc = PL_OK;

    if (r->kind == &pl_kind_container)
        rc = pl_destinations_fill(r, a, err);
    if (!rc && r->kind == &pl_kind_container)
        rc = judge_values(pl_get(r, PL_F_CONTAINER_ENV), arg, a, err);
    else if (r->kind == &pl_kind_engine)
        rc = judge_swarm(r, arg, a, err);
    if (!rc)
        rc = pl_redact_record(arg, r, a, &clean, err);
    if (!rc)
        r->v = clean->v;
    return rc;
}

/* The redactor's marks as it writes them: text from outside cannot hold the first, whose quotation
 * marks it would have to escape, and may hold the second, which costs its original. */
static bool holds_pan(pl_str redacted)
{
    return pl_str_has(redacted, PL_S("\"redacted\":\"pan\"")) ||
           pl_str_has(redacted, PL_S("[redacted:pan]"));
}

static pl_rc redact_document(json_t *doc, pl_engine_redaction *ret, void *arg, pl_err *err)
{
    json_auto_t *before = json_deep_copy(doc);
    if (!before)
        return pl_fail(err, PL_NOMEM, "document");

    pl_rc rc = pl_redact_tree(arg, doc, err);
    if (rc || json_equal(before, doc))
        return rc;
    PL_AUTO_FREE char *text = json_dumps(doc, JSON_COMPACT);
    if (!text)
        return pl_fail(err, PL_NOMEM, "document");
    *ret = holds_pan(pl_str_c(text)) ? PL_REDACTION_PAN : PL_REDACTION_SECRET;
    return PL_OK;
}

pl_rc pl_worker_redactor(pl_str key_bytes, pl_redactor **ret, pl_engine_hooks *ret_hooks,
                         pl_err *err)
{
    PL_AUTO_BUF pl_buf patterns = {0};
    unsigned char key[PL_REDACT_KEY];

    if (key_bytes.n != sizeof(key))
        return pl_fail(err, PL_USAGE, "worker: no key to recognise secrets by");
    memcpy(key, key_bytes.p, sizeof(key));
    pl_rc rc = pl_read_all(PL_ENGINE_HOOK_FD, PL_SECRETS_BLOB, &patterns, err);
    if (!rc)
        rc = pl_redactor_read(pl_buf_view(&patterns), key, ret, err);
    explicit_bzero(key, sizeof(key));
    *ret_hooks =
        (pl_engine_hooks){.record = redact_record, .document = redact_document, .arg = *ret};
    return rc;
}

pl_rc pl_worker_engine(int in_fd, int out_fd, pl_str args, pl_err *err)
{
    PL_AUTO_REDACTOR pl_redactor *redactor = NULL;
    pl_engine_hooks hooks;
    pl_rc rc = pl_worker_redactor(args, &redactor, &hooks, err);

    return rc ? rc : pl_engine_work(in_fd, out_fd, &hooks, err);
}
