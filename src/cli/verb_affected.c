/* SPDX-License-Identifier: Apache-2.0 */
/* plimsoll affected: who has it, and what to rebuild in which order. */
#include "audit/affected.h"
#include "cli/json_head.h"
#include "cli/outputs.h"
#include "cli/state.h"
#include "cli/state_dir.h"
#include "cli/verbs.h"
#include "core/json_put.h"
#include "core/log.h"
#include "core/text.h"

#include <string.h>

static const pl_opt opts[] = {
    {"format", "FORMAT", "text, json, dot (the plan as a graph) or sh (the plan as a script)",
     false},
    PL_ADVISORIES_OPT,
    {"verify", NULL, "exit code 1 when something that is current is still exposed", false},
    {"allow-incomplete", NULL, "with --verify: what could not be judged does not make exit 3",
     false},
    {0},
};

static bool is_host(const pl_affected_row *r)
{
    return r->is_current && pl_str_eq(r->subject->kind, PL_S("host"));
}

/* Its name; the key of one that was never looked at itself. */
static pl_str host_name(const pl_affected *x, pl_str key)
{
    const pl_inventory_subject *s = pl_inventory_find(&x->inventory, key);

    return s && s->name.n ? s->name : key;
}

/* ---- text ---- */

static pl_str state_of(const pl_affected *x, pl_str container)
{
    for (size_t i = 0; i < x->inventory.n_containers; i++)
        if (pl_str_eq(x->inventory.containers[i].key, container))
            return x->inventory.containers[i].state;
    return (pl_str){"", 0};
}

static void text_row(const pl_affected *x, const pl_affected_row *r, pl_grid *g)
{
    const pl_inventory_subject *s = r->subject;
    PL_AUTO_BUF pl_buf name = {0};

    pl_buf_str(&name, r->package.name);
    pl_buf_c(&name, r->package.confidence.n ? " (guessed)" : "");
    pl_grid_add(g, s->name.n ? s->name : s->key);
    pl_grid_add(g, pl_buf_view(&name));
    pl_grid_add(g, r->package.version);
    pl_grid_add(g, r->fixed_version.n ? r->fixed_version : PL_S("-"));
    pl_grid_add(g, r->package.owner);
    pl_grid_add(g, pl_affected_runs(&x->inventory, s->key)            ? PL_S("runs")
                   : pl_affected_has_container(&x->inventory, s->key) ? PL_S("stopped")
                   : r->is_current                                    ? PL_S("newest")
                                                                      : PL_S("older"));
}

static void text_rows(const pl_affected *x, const pl_cli *cli, pl_buf *out)
{
    static const pl_str heads[] = {{"WHERE", 5}, {"PACKAGE", 7}, {"INSTALLED", 9},
                                   {"FIXED", 5}, {"OWNER", 5},   {"STATE", 5}};
    pl_grid g = pl_cli_grid(cli, PL_COUNT(heads));

    for (size_t i = 0; i < PL_COUNT(heads); i++)
        pl_grid_add(&g, heads[i]);
    for (size_t i = 0; i < x->n_rows; i++)
        text_row(x, &x->rows[i], &g);
    pl_grid_print(&g, out);
}

/* What runs now, and what would when somebody starts it. */
static void text_containers(const pl_affected *x, const pl_cli *cli, pl_buf *out)
{
    pl_grid g = pl_cli_grid(cli, 4);

    for (size_t i = 0; i < x->plan.n_containers; i++) {
        const pl_plan_container *c = &x->plan.containers[i];
        PL_AUTO_BUF pl_buf first = {0}, last = {0};
        pl_buf_fmt(&first, "  %.*s", PL_F(c->name));
        pl_buf_fmt(&last, "on %.*s", PL_F(host_name(x, c->host)));
        pl_grid_add(&g, pl_buf_view(&first));
        pl_grid_add(&g, x->plan.images[c->image].name);
        pl_grid_add(&g, state_of(x, c->key));
        pl_grid_add(&g, pl_buf_view(&last));
    }
    if (x->plan.n_containers)
        pl_buf_c(out, "\nContainers:\n");
    pl_grid_print(&g, out);
}

static void text_hosts(const pl_affected *x, pl_buf *out)
{
    size_t n = 0;

    for (size_t i = 0; i < x->n_rows; i++) {
        const pl_affected_row *r = &x->rows[i];
        if (!is_host(r))
            continue;
        pl_buf_c(out, n++ ? "" : "\nHosts to update:\n");
        pl_buf_c(out, "  ");
        pl_text_visible(out, r->subject->name, PL_TEXT_ALL);
        pl_buf_c(out, ": ");
        pl_text_visible(out, r->package.name, PL_TEXT_ALL);
        pl_buf_c(out, r->fixed_version.n ? " to " : ", no fixed version is known");
        pl_text_visible(out, r->fixed_version, PL_TEXT_ALL);
        pl_buf_ch(out, '\n');
    }
}

static void text_gaps(const pl_affected *x, pl_buf *out)
{
    if (x->n_unmatched)
        pl_buf_fmt(out,
                   "%zu packages could not be matched: no advisories of their ecosystem here.\n",
                   x->n_unmatched);
    if (x->n_guessed)
        pl_buf_fmt(out, "%zu packages may be meant, too: part of their name is a guess.\n",
                   x->n_guessed);
    if (x->n_stale)
        pl_buf_fmt(out,
                   "%zu packages were matched with old advisories; plimsoll db update gets newer "
                   "ones.\n",
                   x->n_stale);
    for (size_t i = 0; i < x->inventory.n_subjects; i++) {
        if (x->inventory.subjects[i].is_complete)
            continue;
        pl_buf_c(out, "Not read whole, so not known: ");
        pl_text_visible(out, x->inventory.subjects[i].name, PL_TEXT_ALL);
        pl_buf_ch(out, '\n');
    }
}

static void text_answer(const pl_affected *x, const char *asked, const pl_cli *cli, pl_buf *out)
{
    if (x->is_unheard_of) {
        pl_buf_c(out, "No advisory here is called ");
        pl_text_visible(out, pl_str_c(asked), PL_TEXT_ALL);
        pl_buf_c(out, ", so nobody knows who has it; plimsoll db update gets newer ones.\n");
        return;
    }
    if (!x->n_rows) {
        pl_buf_fmt(out, "Nothing that was scanned here (%zu images and hosts) has ",
                   x->inventory.n_subjects);
        pl_text_visible(out, pl_str_c(asked), PL_TEXT_ALL);
        pl_buf_c(out, ".\n");
        text_gaps(x, out);
        return;
    }
    text_rows(x, cli, out);
    text_containers(x, cli, out);
    if (x->plan.n_steps) {
        pl_buf_c(out, "\nRebuild plan:\n");
        pl_plan_text(&x->plan, out);
    }
    text_hosts(x, out);
    text_gaps(x, out);
}

/* ---- JSON ---- */

static void json_container(pl_jw *w, const pl_affected *x, const pl_inventory_container *c)
{
    pl_jw_object(w);
    pl_jput_str(w, "name", c->name);
    pl_jput_str(w, "id", c->key);
    pl_jput_str(w, "state", c->state);
    pl_jput_str(w, "host", host_name(x, c->host));
    pl_jw_end(w);
}

static void json_row(pl_jw *w, const pl_affected *x, const pl_affected_row *r)
{
    pl_jw_object(w);
    pl_jput_str(w, "kind", r->subject->kind);
    pl_jput_str(w, "id", r->subject->key);
    pl_jput_str(w, "name", r->subject->name);
    pl_jput_str(w, "advisory", r->advisory);
    pl_jput_str(w, "package", r->package.name);
    pl_jput_str(w, "version", r->package.version);
    pl_jput_str(w, "fixed_version", r->fixed_version);
    pl_jput_str(w, "purl", r->package.purl);
    pl_jput_str(w, "path", r->package.path);
    pl_jput_str(w, "layer", r->package.layer);
    pl_jput_str(w, "owner", r->package.owner);
    pl_jput_str(w, "confidence", r->package.confidence);
    pl_jput_bool(w, "current", r->is_current);
    pl_jput_bool(w, "runs", pl_affected_runs(&x->inventory, r->subject->key));
    pl_jopen_array(w, "containers");
    for (size_t i = 0; i < x->inventory.n_containers; i++)
        if (pl_str_eq(x->inventory.containers[i].image, r->subject->key))
            json_container(w, x, &x->inventory.containers[i]);
    pl_jw_end(w);
    pl_jw_end(w);
}

static void json_step(pl_jw *w, const pl_plan *p, const pl_plan_step *s)
{
    const pl_plan_image *i = &p->images[s->image];

    pl_jw_object(w);
    pl_jput_str(w, "image", i->name);
    pl_jput_str(w, "id", i->key);
    pl_jput_str(w, "base", s->parent == PL_PLAN_NONE ? i->base : p->images[s->parent].name);
    pl_jput_bool(w, "after_base", s->follows);
    pl_jput_str(w, "update", s->updates ? i->update : (pl_str){"", 0});
    pl_jput_str(w, "owner", i->owner);
    pl_jw_end(w);
}

static void json_replace(pl_jw *w, const pl_affected *x, const pl_plan_container *c)
{
    pl_jw_object(w);
    pl_jput_str(w, "container", c->name);
    pl_jput_str(w, "id", c->key);
    pl_jput_str(w, "host", host_name(x, c->host));
    pl_jput_str(w, "image", x->plan.images[c->image].name);
    pl_jw_end(w);
}

static void json_host(pl_jw *w, const pl_affected_row *r)
{
    pl_jw_object(w);
    pl_jput_str(w, "host", r->subject->name);
    pl_jput_str(w, "id", r->subject->key);
    pl_jput_str(w, "package", r->package.name);
    pl_jput_str(w, "fixed_version", r->fixed_version);
    pl_jw_end(w);
}

static void json_answer(const pl_affected *x, const pl_cli *cli, const char *asked, pl_buf *out)
{
    pl_jw w = {.out = out, .pretty = true};

    pl_cli_json_head(&w, cli, "plimsoll.affected/1");
    pl_jput_str(&w, "asked", pl_str_c(asked));
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
        json_replace(&w, x, &x->plan.containers[i]);
    pl_jw_end(&w);
    pl_jopen_array(&w, "update_hosts");
    for (size_t i = 0; i < x->n_rows; i++)
        if (is_host(&x->rows[i]))
            json_host(&w, &x->rows[i]);
    pl_jw_end(&w);
    pl_jput_bool(&w, "unheard_of", x->is_unheard_of);
    pl_jput_int(&w, "unmatched_packages", (int64_t)x->n_unmatched);
    pl_jput_int(&w, "guessed_packages", (int64_t)x->n_guessed);
    pl_jput_int(&w, "stale_packages", (int64_t)x->n_stale);
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

/* Nothing that could not be looked at is taken for clean. */
static int verify(const pl_affected *x, bool allow_incomplete)
{
    bool is_whole = pl_affected_is_whole(x);

    pl_log_say(PL_LOG_INFO, "exposure.remains", "verify: %zu current places are still exposed%s",
               x->n_current, is_whole ? "" : "; not everything could be judged");
    if (x->n_current)
        return 1;
    return is_whole || allow_incomplete ? 0 : 3;
}

static pl_rc ask_for(pl_cli *cli, const char *what, pl_freshness *fresh, pl_affected_ask *ret,
                     pl_err *err)
{
    const pl_content *content = NULL;
    pl_rc rc = pl_affected_parse(pl_str_c(what), cli->arena, ret, err);

    if (!rc)
        rc = pl_cli_content(cli, &content, err);
    if (!rc)
        rc = pl_freshness_of(content, fresh, err);
    ret->fresh = fresh;
    ret->now_us = pl_now_us(cli->clock);
    return rc;
}

static pl_rc print(pl_cli *cli, const char *format, const pl_affected *x, const char *asked,
                   pl_err *err)
{
    PL_AUTO_BUF pl_buf out = {0};

    if (!format || strcmp(format, "text") == 0)
        text_answer(x, asked, cli, &out);
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
    pl_freshness fresh;
    pl_affected_ask ask;
    pl_affected x;

    if (pl_arg_count(args) != 1)
        return pl_fail(err, PL_USAGE,
                       "affected: name one vulnerability or package, as CVE-2014-0160 or openssl");
    pl_rc rc = ask_for(cli, pl_arg(args, 0), &fresh, &ask, err);
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
        *ret_status = verify(&x, pl_opt_on(args, "allow-incomplete"));
    }
    return rc;
}

const pl_verb pl_verb_affected = {
    .name = "affected",
    .operands = "CVE|PACKAGE[@RANGE]",
    .summary = "who has this vulnerability or package, and what to rebuild first",
    .help =
        "Asks everything that was ever scanned or audited here, and what runs now, by today's\n"
        "advisories; no image is read again. A rebuild plan follows: bases first, then the\n"
        "images that stand on them, then the containers. An id that no advisory here knows, and\n"
        "whatever was not read whole, is told, and --verify answers 3 for it.",
    .examples = "  plimsoll affected CVE-2014-0160\n"
                "  plimsoll affected 'openssl@<3.0.15-1~deb12u1' --format json\n"
                "  plimsoll affected pkg:maven/org.apache.logging.log4j/log4j-core\n"
                "  plimsoll affected CVE-2024-3094 --format sh >rebuild.sh\n"
                "  plimsoll affected CVE-2024-3094 --verify",
    .opts = opts,
    .run = run,
};
