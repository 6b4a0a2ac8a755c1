/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pom.xml (Maven's POM reference): the dependencies that it names with a version, with its own
 * properties put in. Versions that a parent or a bill of materials sets are not in the file.
 */
#include "package/lines.h"
#include "package/locks.h"

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

/* The text of /project/properties/NAME, or of /project/version for project.version. */
static pl_str property(pl_str text, pl_str name)
{
    struct xml x = {.rest = text};
    bool is_own = pl_str_eq(name, PL_S("project.version"));

    while (next_tag(&x)) {
        if (!x.closed.n)
            continue;
        if (is_own ? x.depth == 1 && pl_str_eq(x.closed, PL_S("version"))
                   : x.depth == 2 && is_in(&x, 1, "properties") && pl_str_eq(x.closed, name))
            return pl_str_trim(x.text);
    }
    return (pl_str){"", 0};
}

/* "${name}" by the file's own properties; empty when it does not say. */
static pl_str resolve(pl_str text, pl_str value)
{
    for (int i = 0; i < 4 && pl_str_starts(value, PL_S("${")) && pl_str_ends(value, PL_S("}")); i++)
        value = property(text, pl_str_sub(value, 2, value.n - 3));
    return pl_str_has(value, PL_S("${")) ? (pl_str){"", 0} : value;
}

struct dependency {
    pl_str group, artifact, version, scope;
};

static pl_rc tell(pl_str text, struct dependency *d, pl_found_each each, void *arg, pl_err *err)
{
    PL_AUTO_BUF pl_buf name = {0};

    pl_buf_fmt(&name, "%.*s:%.*s", PL_F(resolve(text, d->group)), PL_F(resolve(text, d->artifact)));
    pl_found f = {.kind = PL_FOUND_LOCKED,
                  .lang = PL_LANG_MAVEN,
                  .name = pl_buf_view(&name),
                  .version = resolve(text, d->version),
                  .scope =
                      pl_str_eq(d->scope, PL_S("test")) ? PL_SCOPE_DEVELOPMENT : PL_SCOPE_NONE};
    if (!pl_buf_ok(&name))
        return pl_fail(err, PL_NOMEM, "pom.xml");
    bool is_range = pl_str_starts(f.version, PL_S("[")) || pl_str_starts(f.version, PL_S("("));
    return !is_range && d->group.n && d->artifact.n && pl_found_is_whole(&f) ? each(&f, arg, err)
                                                                             : PL_OK;
}

pl_rc pl_pom_xml(pl_str text, pl_arena *a, pl_found_each each, void *arg, pl_err *err)
{
    struct xml x = {.rest = text};
    struct dependency d = {0};
    pl_rc rc = PL_OK;

    (void)a;
    while (!rc && next_tag(&x)) {
        bool in_list = is_in(&x, 0, "project") && is_in(&x, 1, "dependencies");
        if (!in_list)
            continue;
        const struct {
            const char *name;
            pl_str *to;
        } parts[] = {{"groupId", &d.group},
                     {"artifactId", &d.artifact},
                     {"version", &d.version},
                     {"scope", &d.scope}};
        for (size_t i = 0; x.depth == 3 && i < PL_COUNT(parts); i++)
            if (pl_str_eq(x.closed, pl_str_c(parts[i].name)))
                *parts[i].to = pl_str_trim(x.text);
        if (x.depth != 2 || !pl_str_eq(x.closed, PL_S("dependency")))
            continue;
        rc = tell(text, &d, each, arg, err);
        d = (struct dependency){0};
    }
    return rc;
}
