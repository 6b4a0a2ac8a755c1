/* SPDX-License-Identifier: Apache-2.0 */
/* plimsoll remedy: what to set where so that a check passes. It is printed and never carried out.
 */
#include "cli/json_head.h"
#include "cli/outputs.h"
#include "cli/past.h"
#include "cli/verbs.h"
#include "core/json_put.h"
#include "remedy/limits.h"
#include "remedy/remedy.h"

#include <string.h>

enum { REPORTS = 20 }; /* that are looked through for a finding */

static const pl_opt opts[] = {
    {"format", "FORMAT", "text (default), json, sh, ansible, compose or k8s", false},
    {"template", NULL, "k8s: a patch of what has a pod template (Deployment, Job), not of a pod",
     false},
    {"list", NULL, "every check that judges: the forms of its remedy, or why it has none", false},
    {0},
};

/* ---- whom it is for ---- */

/* What a terminal or a reader could not be shown, or the report has cut, is not filled in. */
static bool is_printable(pl_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
            return false;
    return s.n > 0 && s.n < 1000;
}

static bool is_path(const pl_evidence *e)
{
    static const char *const fields[] = {"file.path", "audit_target.path"};

    for (size_t i = 0; i < PL_COUNT(fields); i++)
        if (strcmp(e->field, fields[i]) == 0)
            return is_printable(e->value) && e->value.p[0] == '/';
    return false;
}

static pl_rc take_paths(const pl_finding *f, pl_arena *a, pl_remedy_for *to, pl_err *err)
{
    pl_str *paths = pl_arena_calloc(a, PL_REMEDY_PATHS, sizeof(*paths));

    if (!paths)
        return pl_fail(err, PL_LIMIT, "paths of %s", f->id);
    to->paths = paths;
    for (size_t i = 0; i < f->n_evidence && to->n_paths < PL_REMEDY_PATHS; i++)
        if (is_path(&f->evidence[i]))
            paths[to->n_paths++] = f->evidence[i].value;
    return PL_OK;
}

static pl_str last_part(pl_str name)
{
    const char *slash = name.n ? memrchr(name.p, '/', name.n) : NULL;
    return slash ? pl_str_sub(name, (size_t)(slash - name.p) + 1, name.n) : name;
}

/* PROJECT/SERVICE of a container of Compose, FILE#SERVICE of one that is declared. */
static pl_str service_of(const pl_subject *s, pl_str container)
{
    bool is_known = is_printable(s->klass) && !pl_str_ends(s->klass, container);

    return is_known ? last_part(s->klass) : container;
}

static pl_rc take_subject(const pl_finding *f, pl_arena *a, pl_remedy_for *to, pl_err *err)
{
    bool is_container = pl_str_eq(f->subject->kind, PL_S("container"));

    to->finding = pl_str_c(f->id);
    if (is_container && is_printable(f->subject->name)) {
        to->container = last_part(f->subject->name);
        to->service = service_of(f->subject, to->container);
    }
    return take_paths(f, a, to, err);
}

/* Once it passes its evidence no longer names what was at fault. */
static bool is_open(const pl_finding *f, const char *id)
{
    return strcmp(f->id, id) == 0 && f->check &&
           (f->verdict == PL_FAIL || f->verdict == PL_UNKNOWN);
}

/* In the newest report in which it is open. */
static pl_rc find(pl_past *p, const char *id, const pl_finding **ret, pl_err *err)
{
    for (int n = 0; n < REPORTS; n++) {
        pl_rc rc = pl_past_next(p, err);
        if (rc == PL_NOTFOUND)
            break;
        if (rc)
            return rc;
        for (size_t i = 0; i < p->a.n_findings; i++)
            if (is_open(p->a.findings[i], id)) {
                *ret = p->a.findings[i];
                return PL_OK;
            }
    }
    return pl_fail(err, PL_USAGE,
                   "remedy: in none of the last %d reports a finding %s of a check is open",
                   REPORTS, id);
}

/* ---- formats ---- */

static void text_form(const pl_remedy *r, int form, const char *what, pl_buf *out)
{
    if (!r->forms[form])
        return;
    pl_buf_fmt(out, "\n%s (%s)", pl_remedy_keys[form], what);
    if (r->forms[form]->type == PL_YAML_MAPPING) {
        pl_remedy_block(r->forms[form], 1, false, out);
        return;
    }
    pl_buf_ch(out, '\n');
    for (size_t i = 0; i < r->forms[form]->n; i++)
        pl_buf_fmt(out, "  %.*s\n", PL_F(r->forms[form]->items[i].text));
}

static void print_text(const pl_check *check, const pl_remedy *r, const pl_remedy_for *to,
                       pl_buf *out)
{
    pl_buf_fmt(out, "%.*s  %.*s\n\n%.*s\n", PL_F(check->id), PL_F(check->title),
               PL_F(check->remedy));
    if (to->container.n)
        pl_buf_fmt(out, "for container %.*s\n", PL_F(to->container));
    for (size_t i = 0; i < to->n_paths; i++)
        pl_buf_fmt(out, "for %.*s\n", PL_F(to->paths[i]));
#define X(sym, key, type, help) text_form(r, PL_REMEDY_##sym, help, out);
    PL_REMEDY_FORMS(X)
#undef X
    if (r->note.n)
        pl_buf_fmt(out, "\nNot known here: %.*s\n", PL_F(r->note));
    if (r->none.n)
        pl_buf_fmt(out, "\nNo machine form: %.*s\n", PL_F(r->none));
}

static void put_or_null(pl_jw *w, const char *key, pl_str s)
{
    pl_jw_key(w, key);
    if (s.n)
        pl_jw_str(w, s);
    else
        pl_jw_null(w);
}

static void put_forms(pl_jw *w, const pl_remedy *r)
{
    PL_AUTO_BUF pl_buf json = {0};

    pl_jw_key(w, "forms");
    pl_jw_object(w);
    for (int i = 0; i < PL_REMEDY_N; i++) {
        if (!r->forms[i])
            continue;
        pl_buf_reset(&json);
        pl_remedy_flow(r->forms[i], &json);
        pl_jw_key(w, pl_remedy_keys[i]);
        pl_jw_raw(w, pl_buf_view(&json));
    }
    pl_jw_end(w);
}

static void print_json(pl_cli *cli, const pl_remedy *r, const pl_remedy_for *to, pl_buf *out)
{
    pl_jw w = {.out = out, .pretty = true};

    pl_cli_json_head(&w, cli, "plimsoll.remedy/1");
    put_or_null(&w, "check", to->check);
    put_or_null(&w, "title", to->title);
    put_or_null(&w, "finding", to->finding);
    put_or_null(&w, "container", to->container);
    put_or_null(&w, "service", to->service);
    pl_jw_key(&w, "paths");
    pl_jw_array(&w);
    for (size_t i = 0; i < to->n_paths; i++)
        pl_jw_str(&w, to->paths[i]);
    pl_jw_end(&w);
    put_forms(&w, r);
    put_or_null(&w, "not_known", r->note);
    put_or_null(&w, "none", r->none);
    pl_jw_end(&w);
    pl_buf_ch(out, '\n');
}

static const struct format {
    const char *name;
    void (*print)(const pl_remedy *r, const pl_remedy_for *to, pl_buf *out);
} formats[] = {
    {"sh", pl_remedy_sh},
    {"ansible", pl_remedy_ansible},
    {"compose", pl_remedy_compose},
    {"k8s", pl_remedy_kubernetes},
};

static bool has_format(const pl_remedy *r, const char *name)
{
    if (strcmp(name, "sh") == 0)
        return pl_remedy_has_sh(r);
    if (strcmp(name, "ansible") == 0)
        return pl_remedy_has_ansible(r);
    if (strcmp(name, "compose") == 0)
        return r->forms[PL_REMEDY_COMPOSE];
    return r->forms[PL_REMEDY_CONTAINER] || r->forms[PL_REMEDY_POD];
}

static void name_formats(const pl_remedy *r, pl_buf *out)
{
    pl_buf_c(out, "text, json");
    for (size_t i = 0; i < PL_COUNT(formats); i++)
        if (has_format(r, formats[i].name))
            pl_buf_fmt(out, ", %s", formats[i].name);
}

static pl_rc print_format(const char *name, const pl_remedy *r, const pl_remedy_for *to,
                          pl_buf *out, pl_err *err)
{
    PL_AUTO_BUF pl_buf has = {0};

    for (size_t i = 0; i < PL_COUNT(formats); i++) {
        if (strcmp(formats[i].name, name) != 0)
            continue;
        if (has_format(r, name)) {
            formats[i].print(r, to, out);
            return PL_OK;
        }
        name_formats(r, &has);
        return pl_fail(err, PL_USAGE, "%.*s: its remedy has no form for %s; it has %.*s%s%.*s",
                       PL_F(to->check), name, PL_F(pl_buf_view(&has)), r->none.n ? ": " : "",
                       PL_F(r->none));
    }
    return pl_fail(err, PL_USAGE, "--format %s: it is one of text, json, sh, ansible, compose, k8s",
                   name);
}

/* ---- the list ---- */

static bool judges(const pl_check *c)
{
    return !c->needs.n;
}

static void list_row(pl_grid *g, const pl_check *check, const pl_remedies *all)
{
    PL_AUTO_BUF pl_buf has = {0};
    pl_remedy r;

    bool is_there = pl_remedy_of(all, check->id, &r);
    for (int i = 0; i < PL_REMEDY_N; i++)
        if (r.forms[i])
            pl_buf_fmt(&has, "%s%s", has.n ? ", " : "", pl_remedy_keys[i]);
    if (r.none.n)
        pl_buf_fmt(&has, "none: %.*s", PL_F(r.none));
    if (!is_there)
        pl_buf_c(&has, "not said");
    pl_grid_add(g, check->id);
    pl_grid_add(g, pl_arena_str(g->a, pl_buf_view(&has)));
}

static void print_list(pl_cli *cli, const pl_content *c, const pl_remedies *all, pl_buf *out)
{
    pl_grid g = pl_cli_grid(cli, 2);

    pl_grid_add(&g, PL_S("CHECK"));
    pl_grid_add(&g, PL_S("REMEDY"));
    for (size_t i = 0; i < c->n_checks; i++)
        if (judges(&c->checks[i]))
            list_row(&g, &c->checks[i], all);
    pl_grid_print(&g, out);
}

/* ---- the verb ---- */

static pl_rc print_one(pl_cli *cli, const pl_check *check, const pl_remedies *all,
                       const struct pl_args *args, pl_remedy_for *to, pl_buf *out, pl_err *err)
{
    const char *format = pl_opt_value(args, "format");
    pl_remedy r;

    to->check = check->id;
    to->title = check->title;
    to->is_template = pl_opt_on(args, "template");
    if (!pl_remedy_of(all, check->id, &r))
        r.none = PL_S("nobody has written one yet; what to do stands above in words");
    if (!format || strcmp(format, "text") == 0)
        print_text(check, &r, to, out);
    else if (strcmp(format, "json") == 0)
        print_json(cli, &r, to, out);
    else
        return print_format(format, &r, to, out, err);
    return PL_OK;
}

static pl_rc look_up(pl_cli *cli, const pl_content *c, const char *what, pl_past *past,
                     pl_remedy_for *to, const pl_check **ret, pl_err *err)
{
    const pl_finding *f = NULL;
    pl_rc rc = PL_OK;
    pl_str id = pl_str_c(what);

    if (pl_str_starts(id, PL_S("F-"))) {
        rc = pl_past_open(cli, past, err);
        if (!rc)
            rc = find(past, what, &f, err);
        if (!rc)
            rc = take_subject(f, cli->arena, to, err);
        if (rc)
            return rc;
        id = f->check->id;
    }
    *ret = pl_content_check(c, id);
    return *ret ? PL_OK
                : pl_fail(err, PL_USAGE,
                          "remedy: there is no check \"%.*s\"; plimsoll checks lists them",
                          PL_F(id));
}

static pl_rc run(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err)
{
    PL_AUTO_PAST pl_past past = {0};
    PL_AUTO_BUF pl_buf out = {0};
    const pl_content_file *files = NULL;
    const pl_content *c = NULL;
    const pl_check *check = NULL;
    pl_remedy_for to = {0};
    pl_remedies all;

    (void)ret_status;
    pl_rc rc = pl_cli_content(cli, &c, err);
    if (!rc)
        rc = pl_cli_content_files(cli, &files, err);
    if (!rc)
        rc = pl_remedies_load(files, cli->arena, &all, err);
    if (rc)
        return rc;
    if (pl_opt_on(args, "list")) {
        print_list(cli, c, &all, &out);
    } else if (pl_arg_count(args) != 1) {
        return pl_fail(err, PL_USAGE, "remedy: name one check or finding, as CTR-005");
    } else {
        rc = look_up(cli, c, pl_arg(args, 0), &past, &to, &check, err);
        if (!rc)
            rc = print_one(cli, check, &all, args, &to, &out, err);
    }
    if (rc)
        return rc;
    if (!pl_buf_ok(&out))
        return pl_fail(err, PL_NOMEM, "remedy");
    (void)fwrite(out.p ? out.p : "", 1, out.n, cli->out);
    return PL_OK;
}

const pl_verb pl_verb_remedy = {
    .name = "remedy",
    .operands = "CHECK|FINDING",
    .summary = "what to set where so that a check passes, for machines; printed, never carried out",
    .help = "With the id of a finding of a recorded audit the names of its subject are filled in,\n"
            "each quoted for where it stands. What nobody but you can know is said beside it.",
    .examples = "  plimsoll remedy CTR-005\n"
                "  plimsoll remedy F-3KFEGFPSFLXPF2RL --format sh\n"
                "  plimsoll remedy CTR-029 --format compose >override.yaml\n"
                "  plimsoll remedy --list",
    .opts = opts,
    .run = run,
};
