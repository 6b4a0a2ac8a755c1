/* SPDX-License-Identifier: Apache-2.0 */
/* Compiling checks. */
#include "rules/rule.h"

#include "core/json_write.h"
#include "core/yaml_tree.h"

#include <string.h>

static pl_rc no_room(pl_err *err)
{
    return pl_fail(err, PL_LIMIT, "checks do not fit their memory");
}

/* ---- the fields that conditions name ---- */

enum { NAMED_MAX = 256 };

struct named {
    pl_field_ref refs[NAMED_MAX];
    size_t n;
};

enum { SOMES_MAX = 32 };

static int by_name(const void *a, const void *b)
{
    return strcmp(((const pl_field_ref *)a)->name, ((const pl_field_ref *)b)->name);
}

static pl_rc add_named(struct named *named, const pl_field_ref *f, pl_err *err)
{
    for (size_t i = 0; i < named->n; i++)
        if (strcmp(named->refs[i].name, f->name) == 0)
            return PL_OK;
    if (named->n == NAMED_MAX)
        return pl_fail(err, PL_LIMIT, "more than %d fields in one check", NAMED_MAX);
    named->refs[named->n++] = *f;
    return PL_OK;
}

static pl_rc quoted_key(pl_buf *text, pl_str name, pl_arena *a, pl_str *ret, pl_err *err)
{
    pl_buf_reset(text);
    pl_json_quote(text, name);
    pl_buf_ch(text, ':');
    *ret = pl_arena_str(a, pl_buf_view(text));
    return ret->p && pl_buf_ok(text) ? PL_OK : no_room(err);
}

static pl_rc keep_named(struct named *named, pl_arena *a, const pl_named **ret, size_t *ret_n,
                        pl_err *err)
{
    pl_named *list = pl_arena_calloc(a, named->n + 1, sizeof(*list));
    PL_AUTO_BUF pl_buf key = {0};

    if (!list)
        return no_room(err);
    qsort(named->refs, named->n, sizeof(pl_field_ref), by_name);
    for (size_t i = 0; i < named->n; i++) {
        list[i].field = named->refs[i];
        pl_rc rc = quoted_key(&key, pl_str_c(named->refs[i].name), a, &list[i].key, err);
        if (rc)
            return rc;
    }
    *ret = list;
    *ret_n = named->n;
    return PL_OK;
}

/* ---- conditions ---- */

/* What all conditions of one check share while it is compiled. */
struct builder {
    pl_rules *all;
    const pl_check *check;
    pl_compiler compiler;
    struct named named;
    struct named items; /* of the some() that is being compiled */
    pl_some somes[SOMES_MAX];
    size_t n_somes;
    pl_buf canon; /* the text that the revision is made of */
};

static pl_rc note_field(const pl_field_ref *f, void *arg, pl_err *err)
{
    struct builder *b = arg;

    return add_named(f->is_item ? &b->items : &b->named, f, err);
}

static bool has_some(const struct builder *b, pl_str key)
{
    for (size_t i = 0; i < b->n_somes; i++)
        if (pl_str_eq(b->somes[i].key, key))
            return true;
    return false;
}

static pl_rc note_some(const pl_ast *tree, const pl_code *code, void *arg, pl_err *err)
{
    struct builder *b = arg;
    PL_AUTO_BUF pl_buf text = {.max = PL_RULES_TEXT};
    PL_AUTO_BUF pl_buf key = {.max = PL_RULES_TEXT};
    pl_some s = {.code = code};

    pl_ast_print(tree, &text);
    pl_rc rc = quoted_key(&key, pl_buf_view(&text), b->all->arena, &s.key, err);
    if (!rc)
        rc = keep_named(&b->items, b->all->arena, &s.named, &s.n_named, err);
    b->items.n = 0;
    if (rc || has_some(b, s.key))
        return rc;
    if (b->n_somes == SOMES_MAX)
        return pl_fail(err, PL_LIMIT, "more than %d some() in one check", SOMES_MAX);
    b->somes[b->n_somes++] = s;
    return PL_OK;
}

static pl_rc keep_somes(struct builder *b, pl_rule *ret, pl_err *err)
{
    pl_some *list = pl_arena_calloc(b->all->arena, b->n_somes + 1, sizeof(*list));

    if (!list)
        return no_room(err);
    memcpy(list, b->somes, b->n_somes * sizeof(*list));
    ret->somes = list;
    ret->n_somes = b->n_somes;
    return PL_OK;
}

static void canon_line(struct builder *b, const char *key, pl_str value)
{
    pl_buf_c(&b->canon, key);
    pl_buf_c(&b->canon, ": ");
    pl_buf_str(&b->canon, value);
    pl_buf_ch(&b->canon, '\n');
}

/* KEY NULL leaves the condition out of the revision. */
static pl_rc build_condition(struct builder *b, const char *key, pl_str text, const pl_code **ret,
                             pl_err *err)
{
    pl_ast *tree = NULL;

    if (text.n == 0)
        return PL_OK;
    pl_rc rc = pl_names_parse(b->all->names, text, b->compiler.is_group, b->all->arena, &tree, err);
    if (!rc)
        rc = pl_compile(&b->compiler, tree, ret, err);
    if (rc)
        return pl_wrap(err, rc, "%s", key ? key : "severity_when");
    if (key) {
        pl_buf_fmt(&b->canon, "%s: ", key);
        pl_ast_print(tree, &b->canon);
        pl_buf_ch(&b->canon, '\n');
    }
    return PL_OK;
}

static pl_rc build_when(struct builder *b, pl_rule *ret, pl_err *err)
{
    const pl_check *c = b->check;
    pl_rule_when *when = pl_arena_calloc(b->all->arena, c->n_severity_when + 1, sizeof(*when));

    if (!when)
        return no_room(err);
    for (size_t i = 0; i < c->n_severity_when; i++) {
        pl_rc rc = build_condition(b, NULL, c->severity_when[i].when, &when[i].code, err);
        if (rc)
            return rc;
        when[i].severity = c->severity_when[i].severity;
    }
    ret->when = when;
    return PL_OK;
}

/* ---- single fields: each, group, evidence ---- */

/* NAME or NAME[KEY]. */
static pl_rc build_field(struct builder *b, pl_str text, pl_field_ref *ret, pl_err *err)
{
    pl_str arg = text;
    pl_str name;
    bool has_arg = pl_str_has(text, PL_S("[")) && pl_str_ends(text, PL_S("]"));

    if (!has_arg)
        return pl_field_resolve(&b->compiler.scope, text, false, text, b->all->arena, ret, err);
    (void)pl_str_cut(&arg, '[', &name);
    arg.n--;
    return pl_field_resolve(&b->compiler.scope, name, true, arg, b->all->arena, ret, err);
}

static pl_rc new_field(struct builder *b, const char *key, pl_str text, const pl_field_ref **ret,
                       pl_err *err)
{
    pl_field_ref *f = PL_NEW(b->all->arena, pl_field_ref);
    if (!f)
        return no_room(err);
    pl_rc rc = build_field(b, text, f, err);
    if (rc)
        return pl_wrap(err, rc, "%s", key);
    *ret = f;
    canon_line(b, key, text);
    return PL_OK;
}

static pl_rc build_each(struct builder *b, pl_rule *ret, pl_err *err)
{
    pl_str text = b->check->each;

    if (text.n == 0 && b->check->where.n == 0)
        return PL_OK;
    if (text.n == 0)
        return pl_fail(err, PL_FORMAT, "where is for a check with each");
    if (b->check->group.n)
        return pl_fail(err, PL_FORMAT, "each and group cannot stand together");
    pl_rc rc = new_field(b, "each", text, &ret->each, err);
    if (rc)
        return rc;
    const pl_field *row = ret->each->row;
    if (ret->each->type != PL_T_RECS)
        return pl_fail(err, PL_FORMAT, "each: %s is %s, not a list of records", ret->each->name,
                       pl_type_name(ret->each->type));
    b->compiler.scope.element = pl_schema_kind(b->compiler.scope.schema, pl_str_c(row->of));
    if (!b->compiler.scope.element)
        return pl_fail(err, PL_FORMAT, "each: %s is of kind %s, which is not known", row->name,
                       row->of);
    canon_line(b, "empty", b->check->empty_passes ? PL_S("pass") : PL_S("not-applicable"));
    return PL_OK;
}

static pl_rc build_group(struct builder *b, pl_rule *ret, pl_err *err)
{
    if (b->check->group.n == 0)
        return PL_OK;
    pl_rc rc = new_field(b, "group", b->check->group, &ret->group, err);
    if (rc)
        return rc;
    if (ret->group->type > PL_T_IP)
        return pl_fail(err, PL_FORMAT, "group: %s is %s, not one value", ret->group->name,
                       pl_type_name(ret->group->type));
    return note_field(ret->group, b, err);
}

static pl_rc build_evidence(struct builder *b, pl_rule *ret, pl_err *err)
{
    const pl_check *c = b->check;
    pl_field_ref *refs = pl_arena_calloc(b->all->arena, c->n_evidence + 1, sizeof(*refs));

    if (!refs)
        return no_room(err);
    for (size_t i = 0; i < c->n_evidence; i++) {
        pl_rc rc = build_field(b, c->evidence[i], &refs[i], err);
        if (rc)
            return pl_wrap(err, rc, "evidence");
    }
    ret->evidence = refs;
    ret->n_evidence = c->n_evidence;
    return PL_OK;
}

/* ---- one check ---- */

static void set_revision(struct builder *b, pl_rule *ret)
{
    unsigned char hash[PL_SHA256];
    char hex[PL_SHA256_HEX];

    pl_sha256_of(pl_buf_view(&b->canon), hash);
    pl_hex(hash, PL_SHA256, hex);
    memcpy(ret->revision, hex, sizeof(ret->revision) - 1);
}

static pl_rc keep_reason(struct builder *b, const char *before, pl_str code, const char **ret,
                         pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {0};

    pl_buf_c(&text, before);
    pl_buf_str(&text, code);
    pl_buf_ch(&text, '\0');
    *ret = pl_arena_str(b->all->arena, pl_buf_view(&text)).p;
    return *ret ? PL_OK : no_room(err);
}

static pl_rc build_kind(struct builder *b, pl_rule *ret, pl_err *err)
{
    const pl_schema *s = b->compiler.scope.schema;
    const char *words[PL_RULES_KINDS + 1] = {NULL};
    size_t n = 0;

    ret->kind = pl_schema_kind(s, b->check->kind);
    if (ret->kind && ret->kind->is_subject)
        return PL_OK;
    for (size_t i = 0; i < pl_schema_count(s) && n < PL_RULES_KINDS; i++)
        if (pl_schema_at(s, i)->is_subject)
            words[n++] = pl_schema_at(s, i)->name;
    const char *near = pl_nearest_word(b->check->kind, words);
    return pl_fail(err, PL_FORMAT, "kind %.*s is no kind of subject%s%s", PL_F(b->check->kind),
                   near ? "; the nearest is " : "", near ? near : "");
}

static pl_rc build_applies(struct builder *b, pl_rule *ret, pl_err *err)
{
    const pl_check *c = b->check;

    b->compiler.scope.subject = ret->kind;
    ret->otherwise = "condition";
    pl_rc rc = c->otherwise.n ? keep_reason(b, "", c->otherwise, &ret->otherwise, err) : PL_OK;
    if (!rc)
        rc = build_condition(b, "applies", c->applies, &ret->applies, err);
    if (rc || !c->inherited.n)
        return rc;
    return build_condition(b, "inherited", c->inherited, &ret->inherited, err);
}

/* A check whose part is not there: all it can say is whether it would apply. */
static pl_rc build_needs(struct builder *b, pl_rule *ret, pl_err *err)
{
    canon_line(b, "needs", b->check->needs);
    pl_rc rc = keep_reason(b, "needs:", b->check->needs, &ret->needs, err);
    if (rc || !b->check->applies.n)
        return rc;
    rc = build_kind(b, ret, err);
    return rc ? rc : build_applies(b, ret, err);
}

static pl_rc build_conditions(struct builder *b, pl_rule *ret, pl_err *err)
{
    const pl_check *c = b->check;

    pl_rc rc = build_applies(b, ret, err);
    if (!rc)
        rc = build_each(b, ret, err);
    if (!rc)
        rc = build_condition(b, "where", c->where, &ret->where, err);
    if (!rc)
        rc = build_group(b, ret, err);
    if (rc)
        return rc;
    if (c->pass.n == 0)
        return pl_fail(err, PL_FORMAT, "has no pass");
    b->compiler.is_group = ret->group != NULL;
    rc = build_condition(b, "pass", c->pass, &ret->pass, err);
    b->compiler.is_group = false;
    return rc ? rc : build_when(b, ret, err);
}

static pl_rc build(struct builder *b, pl_rule *ret, pl_err *err)
{
    canon_line(b, "kind", b->check->kind);
    if (b->check->needs.n) {
        pl_rc rc = build_needs(b, ret, err);
        if (!rc)
            set_revision(b, ret);
        return rc;
    }
    pl_rc rc = build_kind(b, ret, err);
    if (rc)
        return rc;
    rc = build_conditions(b, ret, err);
    if (!rc)
        rc = build_evidence(b, ret, err);
    if (!rc)
        rc = keep_named(&b->named, b->all->arena, &ret->named, &ret->n_named, err);
    if (!rc)
        rc = keep_somes(b, ret, err);
    if (!rc && !pl_buf_ok(&b->canon))
        rc = no_room(err);
    if (!rc)
        set_revision(b, ret);
    return rc;
}

pl_rc pl_rule_compile(pl_rules *all, const pl_schema *schema, const pl_check *check, pl_rule *ret,
                      pl_err *err)
{
    PL_AUTO_FREE struct builder *b = calloc(1, sizeof(*b));

    if (!b)
        return pl_fail(err, PL_NOMEM, "check %.*s", PL_F(check->id));
    b->all = all;
    b->check = check;
    b->compiler = (pl_compiler){
        .scope = {.schema = schema},
        .arena = all->arena,
        .regexes = &all->regexes,
        .is_proved = all->is_proved,
        .field = note_field,
        .field_arg = b,
        .some = note_some,
    };
    *ret = (pl_rule){.check = check};
    pl_rc rc = build(b, ret, err);
    pl_buf_done(&b->canon);
    return rc ? pl_wrap(err, rc, "%.*s:%d: check %.*s", PL_F(check->file), check->line,
                        PL_F(check->id))
              : PL_OK;
}

/* ---- all of them ---- */

/* Every rule has its check; what it judges by comes when it is compiled. */
static pl_rc start_rules(pl_rules *r, pl_err *err)
{
    const pl_content *c = r->content;

    pl_rc rc = pl_names_new(c, r->arena, &r->names, err);
    if (rc)
        return rc;
    r->rules = pl_arena_calloc(r->arena, c->n_checks + 1, sizeof(*r->rules));
    if (!r->rules)
        return no_room(err);
    for (; r->n < c->n_checks; r->n++)
        r->rules[r->n].check = &c->checks[r->n];
    return PL_OK;
}

static pl_rc compile_one(pl_rules *r, pl_rule *rule, pl_err *err)
{
    pl_rc rc = rule->is_compiled ? PL_OK : pl_rule_compile(r, r->schema, rule->check, rule, err);

    rule->is_compiled = !rc;
    return rc;
}

pl_rc pl_rules_compile_kind(pl_rules *r, pl_str kind, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < r->n; i++)
        if (pl_str_eq(r->rules[i].check->kind, kind))
            rc = compile_one(r, &r->rules[i], err);
    return rc;
}

pl_rc pl_rules_compile_later(const pl_schema *schema, const pl_content *content, pl_rules **ret,
                             pl_err *err)
{
    PL_AUTO_RULES pl_rules *r = calloc(1, sizeof(*r));

    if (!r || !(r->arena = pl_arena_new(PL_RULES_MEMORY)))
        return pl_fail(err, PL_NOMEM, "checks");
    r->schema = schema;
    r->content = content;
    r->is_proved = true;
    pl_rc rc = start_rules(r, err);
    if (!rc)
        *ret = PL_TAKE(r, NULL);
    return rc;
}

pl_rc pl_rules_compile(const pl_schema *schema, const pl_content *content, pl_rules **ret,
                       pl_err *err)
{
    PL_AUTO_RULES pl_rules *r = NULL;
    pl_rc rc = pl_rules_compile_later(schema, content, &r, err);

    if (!rc)
        r->is_proved = false;
    for (size_t i = 0; !rc && i < r->n; i++)
        rc = compile_one(r, &r->rules[i], err);
    if (!rc)
        *ret = PL_TAKE(r, NULL);
    return rc;
}

void pl_rules_free(pl_rules *r)
{
    if (!r)
        return;
    for (pl_regex *re = r->regexes; re; re = re->next)
        pl_regex_done(re);
    pl_arena_free(r->arena);
    free(r);
}
