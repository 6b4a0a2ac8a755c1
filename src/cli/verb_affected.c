/* SPDX-License-Identifier: Apache-2.0 */
/* plimsoll affected: who has it, and what to rebuild in which order. */
#include "audit/affected.h"
#include "cli/json_head.h"
#include "cli/state.h"
#include "cli/state_dir.h"
#include "cli/verbs.h"
#include "core/log.h"
#include "core/text.h"

#include <string.h>

static const pl_opt opts[] = {
    {"format", "FORMAT", "text, json, dot (the plan as a graph) or sh (the plan as a script)",
     false},
    PL_ADVISORIES_OPT,
    {"verify", NULL, "exit code 1 when something that is current is still exposed", false},
    {0},
};

enum { NAME_COLUMNS = 34, PACKAGE_COLUMNS = 20, VERSION_COLUMNS = 20 };

/* ---- text ---- */

static void cell(pl_buf *out, pl_str s, size_t columns)
{
    pl_text_column(out, s, columns);
    pl_buf_c(out, "  ");
}

static void text_row(const pl_affected *x, const pl_affected_row *r, pl_buf *out)
{
    const pl_inventory_subject *s = r->subject;
    bool runs = pl_affected_runs(&x->inventory, s->key);

    cell(out, s->name.n ? s->name : s->key, NAME_COLUMNS);
    cell(out, r->package.name, PACKAGE_COLUMNS);
    cell(out, r->package.version, VERSION_COLUMNS);
    cell(out, r->fixed_version.n ? r->fixed_version : PL_S("-"), VERSION_COLUMNS);
    cell(out, r->package.owner, sizeof("base-image") - 1);
    pl_buf_c(out, runs ? "runs" : r->is_current ? "newest" : "older");
    pl_buf_ch(out, '\n');
}

static void text_gaps(const pl_affected *x, pl_buf *out)
{
    if (x->n_unmatched)
        pl_buf_fmt(out,
                   "%zu packages could not be matched: no advisories of their ecosystem here.\n",
                   x->n_unmatched);
    for (size_t i = 0; i < x->inventory.n_subjects; i++) {
        if (x->inventory.subjects[i].is_complete)
            continue;
        pl_buf_c(out, "Not read whole, so not known: ");
        pl_text_visible(out, x->inventory.subjects[i].name, PL_TEXT_ALL);
        pl_buf_ch(out, '\n');
    }
}

static void text_answer(const pl_affected *x, const char *asked, pl_buf *out)
{
    if (!x->n_rows) {
        pl_buf_fmt(out, "Nothing that was scanned here (%zu images and hosts) has ",
                   x->inventory.n_subjects);
        pl_text_visible(out, pl_str_c(asked), PL_TEXT_ALL);
        pl_buf_c(out, ".\n");
        text_gaps(x, out);
        return;
    }
    cell(out, PL_S("WHERE"), NAME_COLUMNS);
    cell(out, PL_S("PACKAGE"), PACKAGE_COLUMNS);
    cell(out, PL_S("INSTALLED"), VERSION_COLUMNS);
    cell(out, PL_S("FIXED"), VERSION_COLUMNS);
    cell(out, PL_S("OWNER"), sizeof("base-image") - 1);
    pl_buf_ch(out, '\n');
    for (size_t i = 0; i < x->n_rows; i++)
        text_row(x, &x->rows[i], out);
    if (x->plan.n_steps) {
        pl_buf_c(out, "\nRebuild plan:\n");
        pl_plan_text(&x->plan, out);
    }
    text_gaps(x, out);
}

/* ---- JSON ---- */

static void json_str(pl_jw *w, const char *key, pl_str s)
{
    pl_jw_key(w, key);
    if (s.n)
        pl_jw_str(w, s);
    else
        pl_jw_null(w);
}

static void json_bool(pl_jw *w, const char *key, bool b)
{
    pl_jw_key(w, key);
    pl_jw_bool(w, b);
}

static void json_row(pl_jw *w, const pl_affected *x, const pl_affected_row *r)
{
    pl_jw_object(w);
    json_str(w, "kind", r->subject->kind);
    json_str(w, "id", r->subject->key);
    json_str(w, "name", r->subject->name);
    json_str(w, "advisory", r->advisory);
    json_str(w, "package", r->package.name);
    json_str(w, "version", r->package.version);
    json_str(w, "fixed_version", r->fixed_version);
    json_str(w, "purl", r->package.purl);
    json_str(w, "path", r->package.path);
    json_str(w, "layer", r->package.layer);
    json_str(w, "owner", r->package.owner);
    json_bool(w, "current", r->is_current);
    pl_jw_key(w, "containers");
    pl_jw_array(w);
    for (size_t i = 0; i < x->inventory.n_containers; i++)
        if (pl_str_eq(x->inventory.containers[i].image, r->subject->key))
            pl_jw_str(w, x->inventory.containers[i].name);
    pl_jw_end(w);
    pl_jw_end(w);
}

static void json_step(pl_jw *w, const pl_plan *p, const pl_plan_step *s)
{
    const pl_plan_image *i = &p->images[s->image];

    pl_jw_object(w);
    json_str(w, "image", i->name);
    json_str(w, "id", i->key);
    json_str(w, "base", s->parent == PL_PLAN_NONE ? i->base : p->images[s->parent].name);
    json_bool(w, "after_base", s->follows);
    json_str(w, "update", s->updates ? i->update : (pl_str){"", 0});
    json_str(w, "owner", i->owner);
    pl_jw_end(w);
}

static void json_answer(const pl_affected *x, const pl_cli *cli, const char *asked, pl_buf *out)
{
    pl_jw w = {.out = out, .pretty = true};

    pl_cli_json_head(&w, cli, "plimsoll.affected/1");
    json_str(&w, "asked", pl_str_c(asked));
    pl_jw_key(&w, "affected");
    pl_jw_array(&w);
    for (size_t i = 0; i < x->n_rows; i++)
        json_row(&w, x, &x->rows[i]);
    pl_jw_end(&w);
    pl_jw_key(&w, "rebuild");
    pl_jw_array(&w);
    for (size_t i = 0; i < x->plan.n_steps; i++)
        json_step(&w, &x->plan, &x->plan.steps[i]);
    pl_jw_end(&w);
    pl_jw_key(&w, "replace");
    pl_jw_array(&w);
    for (size_t i = 0; i < x->plan.n_containers; i++)
        pl_jw_str(&w, x->plan.containers[i].name);
    pl_jw_end(&w);
    pl_jw_key(&w, "unmatched_packages");
    pl_jw_int(&w, (int64_t)x->n_unmatched);
    pl_jw_key(&w, "incomplete");
    pl_jw_array(&w);
    for (size_t i = 0; i < x->inventory.n_subjects; i++)
        if (!x->inventory.subjects[i].is_complete)
            pl_jw_str(&w, x->inventory.subjects[i].name);
    pl_jw_end(&w);
    pl_jw_end(&w);
    pl_buf_ch(out, '\n');
}

/* ---- the verb ---- */

static pl_rc print(pl_cli *cli, const char *format, const pl_affected *x, const char *asked,
                   pl_err *err)
{
    PL_AUTO_BUF pl_buf out = {0};

    if (!format || strcmp(format, "text") == 0)
        text_answer(x, asked, &out);
    else if (strcmp(format, "json") == 0)
        json_answer(x, cli, asked, &out);
    else if (strcmp(format, "dot") == 0)
        pl_plan_dot(&x->plan, &out);
    else if (strcmp(format, "sh") == 0)
        pl_plan_sh(&x->plan, &out);
    else
        return pl_fail(err, PL_USAGE, "--format %s: it is one of text, json, dot, sh", format);
    if (!pl_buf_ok(&out))
        return pl_fail(err, PL_NOMEM, "affected");
    (void)fwrite(out.p ? out.p : "", 1, out.n, cli->out);
    return PL_OK;
}

static pl_rc run(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err)
{
    PL_AUTO_STATE_DB pl_state_db *d = NULL;
    pl_advisories *db = NULL;
    pl_affected_ask ask;
    pl_affected x;

    if (pl_arg_count(args) != 1)
        return pl_fail(err, PL_USAGE, "affected: name one vulnerability or package");
    pl_rc rc = pl_affected_parse(pl_str_c(pl_arg(args, 0)), &ask, err);
    if (!rc)
        rc = pl_cli_state_db(cli, &d, err);
    if (!rc)
        rc = pl_cli_advisories(cli, args, &db, err);
    if (!rc && !db && ask.advisory.n)
        rc = pl_fail(err, PL_NOTFOUND,
                     "no advisories are installed, so nobody knows who has %s; plimsoll db update "
                     "gets them",
                     pl_arg(args, 0));
    if (!rc)
        rc = pl_affected_find(d, db, &ask, cli->arena, &x, err);
    if (!rc)
        rc = print(cli, pl_opt_value(args, "format"), &x, pl_arg(args, 0), err);
    pl_advisories_close(db);
    if (!rc && pl_opt_on(args, "verify")) {
        *ret_status = x.n_current > 0;
        pl_log_say(PL_LOG_INFO, "exposure.remains", "verify: %zu current places are still exposed",
                   x.n_current);
    }
    return rc;
}

const pl_verb pl_verb_affected = {
    .name = "affected",
    .operands = "CVE|PACKAGE[@RANGE]",
    .summary = "who has this vulnerability or package, and what to rebuild first",
    .help = "Asks everything that was ever scanned or audited here, and what runs now, by today's\n"
            "advisories; no image is read again. A rebuild plan follows: bases first, then the\n"
            "images that stand on them, then the containers.\n\n"
            "Examples:\n"
            "  plimsoll affected CVE-2014-0160\n"
            "  plimsoll affected 'openssl@<3.0.15-1~deb12u1' --format json\n"
            "  plimsoll affected CVE-2024-3094 --format sh >rebuild.sh\n"
            "  plimsoll affected CVE-2024-3094 --verify",
    .opts = opts,
    .run = run,
};
