/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pom.xml (Maven's POM reference): the dependencies that it names with a version, with its own
 * properties and its own dependencyManagement put in. Versions that a parent or a bill of materials
 * sets are not in the file.
 */
#include "package/limits.h"
#include "package/lines.h"
#include "package/locks.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH = 32, NAME = 64 };

/* Elements that are open, and the text behind the last tag. */
struct xml {
    pl_str rest;
    pl_str open[DEPTH];
    size_t depth;
    pl_str text;
    pl_str closed; /* name of the element that just ended; empty: one began */
};

static pl_str tag_name(pl_str tag)
{
    size_t n = 0;

    while (n < tag.n && !strchr(" \t\r\n/", tag.p[n] ? tag.p[n] : ' '))
        n++;
    return pl_str_sub(tag, 0, n);
}

/* Comments, declarations and CDATA are passed over. */
static bool skip_markup(struct xml *x)
{
    static const struct {
        const char *open, *close;
    } kinds[] = {{"!--", "-->"}, {"?", "?>"}, {"![CDATA[", "]]>"}, {"!", ">"}};

    for (size_t i = 0; i < PL_COUNT(kinds); i++) {
        if (!pl_str_starts(x->rest, pl_str_c(kinds[i].open)))
            continue;
        const char *end = memmem(x->rest.p, x->rest.n, kinds[i].close, strlen(kinds[i].close));
        size_t at = end ? (size_t)(end - x->rest.p) + strlen(kinds[i].close) : x->rest.n;
        x->rest = pl_str_sub(x->rest, at, x->rest.n);
        return true;
    }
    return false;
}

/* To the next tag. False: the end, or too deep. */
static bool next_tag(struct xml *x)
{
    pl_str tag;

    while (pl_str_cut(&x->rest, '<', &x->text)) {
        if (skip_markup(x))
            continue;
        if (!x->rest.n || !pl_str_cut(&x->rest, '>', &tag))
            return false;
        x->closed = (pl_str){"", 0};
        if (pl_str_starts(tag, PL_S("/"))) {
            if (x->depth)
                x->closed = x->open[--x->depth];
        } else if (pl_str_ends(tag, PL_S("/"))) {
            x->closed = tag_name(tag);
        } else if (x->depth == DEPTH) {
            return false;
        } else {
            x->open[x->depth++] = tag_name(tag);
        }
        return true;
    }
    return false;
}

static bool is_in(const struct xml *x, size_t from, const char *name)
{
    return x->depth > from && pl_str_eq(x->open[from], pl_str_c(name));
}

/* ---- what the file says of versions, before its dependencies are told ---- */

/* A property (no group) or a row of dependencyManagement. */
struct known {
    pl_str group, name, value, scope;
};

struct dependency {
    pl_str group, artifact, version, scope;
};

struct pom {
    struct known *items; /* sorted; owned */
    size_t n, room;
    pl_str version, group, parent_version, parent_group;
};

static int compare_known(const void *x, const void *y)
{
    const struct known *a = x;
    const struct known *b = y;
    int by = pl_str_cmp(a->group, b->group);

    return by ? by : pl_str_cmp(a->name, b->name);
}

static const struct known *find_known(const struct pom *p, pl_str group, pl_str name)
{
    const struct known key = {.group = group, .name = name};
    return p->n ? bsearch(&key, p->items, p->n, sizeof(key), compare_known) : NULL;
}

static bool add_known(struct pom *p, const struct known *k)
{
    if (p->n == p->room) {
        size_t room = p->room ? p->room * 2 : 64;
        struct known *items = reallocarray(p->items, room, sizeof(*items));
        if (!items)
            return false;
        p->items = items;
        p->room = room;
    }
    p->items[p->n++] = *k;
    return true;
}

/* Takes what closed at `depth` into d; true when a whole dependency did. */
static bool take_dependency(const struct xml *x, size_t depth, struct dependency *d)
{
    const struct {
        const char *name;
        pl_str *to;
    } parts[] = {{"groupId", &d->group},
                 {"artifactId", &d->artifact},
                 {"version", &d->version},
                 {"scope", &d->scope}};

    for (size_t i = 0; x->depth == depth + 1 && i < PL_COUNT(parts); i++)
        if (pl_str_eq(x->closed, pl_str_c(parts[i].name)))
            *parts[i].to = pl_str_trim(x->text);
    return x->depth == depth && pl_str_eq(x->closed, PL_S("dependency"));
}

/* The project's own numbers and its parent's. */
static void take_own(struct pom *p, const struct xml *x)
{
    pl_str value = pl_str_trim(x->text);
    bool is_version = pl_str_eq(x->closed, PL_S("version"));
    bool is_parent = x->depth == 2 && is_in(x, 1, "parent");

    if ((x->depth != 1 && !is_parent) || (!is_version && !pl_str_eq(x->closed, PL_S("groupId"))))
        return;
    if (is_parent)
        *(is_version ? &p->parent_version : &p->parent_group) = value;
    else
        *(is_version ? &p->version : &p->group) = value;
}

static pl_rc collect(pl_str text, struct pom *p, pl_err *err)
{
    struct xml x = {.rest = text};
    struct dependency d = {0};
    bool is_kept = true;

    while (is_kept && next_tag(&x)) {
        if (!x.closed.n || !is_in(&x, 0, "project"))
            continue;
        take_own(p, &x);
        if (x.depth == 2 && is_in(&x, 1, "properties")) {
            is_kept = add_known(p, &(struct known){.name = x.closed, .value = pl_str_trim(x.text)});
        } else if (is_in(&x, 1, "dependencyManagement") && is_in(&x, 2, "dependencies") &&
                   take_dependency(&x, 3, &d)) {
            is_kept = add_known(p, &(struct known){d.group, d.artifact, d.version, d.scope});
            d = (struct dependency){0};
        }
    }
    if (p->n)
        qsort(p->items, p->n, sizeof(*p->items), compare_known);
    return is_kept ? PL_OK : pl_fail(err, PL_NOMEM, "pom.xml");
}

/* ---- ${name} ---- */

static pl_str property(const struct pom *p, pl_str name)
{
    const struct {
        const char *name;
        pl_str value;
    } own[] = {{"project.version", p->version.n ? p->version : p->parent_version},
               {"project.groupId", p->group.n ? p->group : p->parent_group},
               {"project.parent.version", p->parent_version},
               {"project.parent.groupId", p->parent_group}};
    const struct known *k;

    for (size_t i = 0; i < PL_COUNT(own); i++)
        if (pl_str_eq(name, pl_str_c(own[i].name)))
            return own[i].value;
    k = find_known(p, (pl_str){"", 0}, name);
    return k ? k->value : (pl_str){"", 0};
}

/* Every ${name} by its value, once. False: there was none, or one that the file does not know. */
static bool expand(const struct pom *p, pl_str value, pl_buf *out)
{
    bool any = false;

    while (value.n) {
        const char *at = memmem(value.p, value.n, "${", 2);
        size_t n = at ? (size_t)(at - value.p) : value.n;
        pl_buf_str(out, pl_str_sub(value, 0, n));
        value = pl_str_sub(value, n, value.n);
        if (!at)
            break;
        pl_str rest = pl_str_sub(value, 2, value.n);
        pl_str name;
        if (!pl_str_has(rest, PL_S("}")) || !pl_str_cut(&rest, '}', &name))
            return false;
        pl_str said = property(p, name);
        if (!said.n)
            return false;
        pl_buf_str(out, said);
        value = rest;
        any = true;
    }
    return any && pl_buf_ok(out);
}

/* With the file's own values put in; empty when it does not say them. */
static void resolve(const struct pom *p, pl_str value, pl_buf *out)
{
    enum { ROUNDS = 4 };

    pl_buf_reset(out);
    pl_buf_str(out, value);
    for (int i = 0; i < ROUNDS && pl_buf_ok(out) && pl_str_has(pl_buf_view(out), PL_S("${")); i++) {
        PL_AUTO_BUF pl_buf next = {.max = PL_PACKAGE_FIELD_MAX};
        bool is_known = expand(p, pl_buf_view(out), &next);
        pl_buf_reset(out);
        if (!is_known)
            return;
        pl_buf_str(out, pl_buf_view(&next));
    }
    if (pl_buf_ok(out) && pl_str_has(pl_buf_view(out), PL_S("${")))
        pl_buf_reset(out);
}

/* ---- dependencies ---- */

static bool is_range(pl_str version)
{
    return pl_str_starts(version, PL_S("[")) || pl_str_starts(version, PL_S("("));
}

static pl_rc tell(const struct pom *p, struct dependency *d, pl_found_each each, void *arg,
                  pl_err *err)
{
    PL_AUTO_BUF pl_buf group = {.max = PL_PACKAGE_FIELD_MAX};
    PL_AUTO_BUF pl_buf artifact = {.max = PL_PACKAGE_FIELD_MAX};
    PL_AUTO_BUF pl_buf version = {.max = PL_PACKAGE_FIELD_MAX};
    PL_AUTO_BUF pl_buf name = {0};
    const struct known *managed = d->group.n ? find_known(p, d->group, d->artifact) : NULL;

    if (!d->version.n && managed)
        d->version = managed->value;
    if (!d->scope.n && managed)
        d->scope = managed->scope;
    resolve(p, d->group, &group);
    resolve(p, d->artifact, &artifact);
    resolve(p, d->version, &version);
    if (!pl_buf_ok(&group) || !pl_buf_ok(&artifact) || !pl_buf_ok(&version) || !group.n ||
        !artifact.n)
        return PL_OK;
    pl_buf_fmt(&name, "%.*s:%.*s", PL_F(pl_buf_view(&group)), PL_F(pl_buf_view(&artifact)));
    if (!pl_buf_ok(&name))
        return pl_fail(err, PL_NOMEM, "pom.xml");
    bool is_test = pl_str_eq(d->scope, PL_S("test"));
    pl_found f = {.kind = PL_FOUND_LOCKED,
                  .lang = PL_LANG_MAVEN,
                  .name = pl_buf_view(&name),
                  .version = pl_buf_view(&version),
                  .scope = is_test ? PL_SCOPE_DEVELOPMENT : PL_SCOPE_NONE};
    if (!pl_found_is_whole(&f) || is_range(f.version))
        f = (pl_found){.kind = PL_FOUND_UNPINNED, .lang = PL_LANG_MAVEN, .name = f.name};
    return each(&f, arg, err);
}

pl_rc pl_pom_xml(pl_str text, pl_arena *a, pl_found_each each, void *arg, pl_err *err)
{
    struct xml x = {.rest = text};
    struct dependency d = {0};
    struct pom p = {0};
    pl_rc rc = collect(text, &p, err);

    (void)a;
    while (!rc && next_tag(&x)) {
        if (!is_in(&x, 0, "project") || !is_in(&x, 1, "dependencies") ||
            !take_dependency(&x, 2, &d))
            continue;
        rc = tell(&p, &d, each, arg, err);
        d = (struct dependency){0};
    }
    free(p.items);
    return rc;
}
