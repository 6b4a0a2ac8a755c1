/* SPDX-License-Identifier: Apache-2.0 */
/* yarn.lock of yarn 1 and berry, pnpm-lock.yaml: read by lines, as their tools write them. */
#include "core/buf.h"
#include "package/limits.h"
#include "package/lines.h"
#include "package/lock_graph.h"
#include "package/locks.h"

#include <string.h>

/* ---- yarn ---- */

/* "@s/name" of "@s/name@npm:^1.0": the '@' behind the first byte ends it. */
static pl_str name_of_spec(pl_str spec)
{
    const char *at = spec.n > 1 ? memchr(spec.p + 1, '@', spec.n - 1) : NULL;
    return at ? pl_str_sub(spec, 0, (size_t)(at - spec.p)) : spec;
}

/* What an alias stands for: "x@npm:real@^1" is real. Berry writes npm: in front of every range. */
static pl_str real_name(pl_str spec)
{
    pl_str name = name_of_spec(spec);
    pl_str range = pl_str_sub(spec, name.n + 1, spec.n);

    if (!pl_str_starts(range, PL_S("npm:")))
        return name;
    range = pl_str_sub(range, 4, range.n);
    return range.n > 1 && memchr(range.p + 1, '@', range.n - 1) ? name_of_spec(range) : name;
}

/* The first of the ranges that an entry stands for; those with an odd character are in quotes. */
static pl_str first_spec(pl_str head)
{
    if (pl_str_starts(head, PL_S("\"")))
        return pl_before(pl_str_sub(head, 1, head.n), '"');
    head = pl_str_trim(pl_before(head, ','));
    return pl_str_ends(head, PL_S(":")) ? pl_str_sub(head, 0, head.n - 1) : head;
}

static void take_yarn(pl_found *f, pl_str line, bool *is_local)
{
    pl_str rest = pl_str_trim(line);
    pl_str key = pl_before(pl_before(rest, ' '), ':');
    pl_str value = pl_str_sub(rest, key.n, rest.n);

    if (pl_str_starts(value, PL_S(":")))
        value = pl_str_sub(value, 1, value.n);
    value = pl_bare(value);
    if (pl_str_eq(key, PL_S("version"))) {
        f->version = value;
    } else if (pl_str_eq(key, PL_S("resolved"))) {
        f->provenance = pl_before(value, '#');
    } else if (pl_str_eq(key, PL_S("integrity")) || pl_str_eq(key, PL_S("checksum"))) {
        f->integrity = value;
    } else if (pl_str_eq(key, PL_S("resolution"))) {
        *is_local = pl_str_has(value, PL_S("@workspace:")) || pl_str_has(value, PL_S("@link:"));
        f->name = name_of_spec(value);
        if (!pl_str_has(value, PL_S("@npm:")))
            f->provenance = pl_str_sub(value, f->name.n + 1, value.n);
    }
}

pl_rc pl_yarn_lock(pl_str text, pl_arena *a, pl_found_each each, void *arg, pl_err *err)
{
    pl_found f = {.kind = PL_FOUND_LOCKED, .lang = PL_LANG_NPM};
    const pl_found none = f;
    bool is_local = false;
    pl_str line;
    pl_rc rc = PL_OK;

    (void)a;
    for (bool more = true; !rc && more;) {
        more = pl_next_line(&text, &line);
        bool is_head = more && line.n && line.p[0] != ' ' && line.p[0] != '#';
        if (!more || is_head) {
            if (!is_local && pl_found_is_whole(&f))
                rc = each(&f, arg, err);
            f = none;
            is_local = false;
        }
        if (is_head)
            f.name = real_name(first_spec(line));
        else if (more && pl_indent(line) == 2)
            take_yarn(&f, line, &is_local);
        if (is_head && pl_str_eq(f.name, PL_S("__metadata")))
            f.name.n = 0; /* of the file itself */
    }
    return rc;
}

/* ---- pnpm ---- */

static size_t count(pl_str s, char c)
{
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++)
        n += s.p[i] == c;
    return n;
}

/* "/@s/n/1.0.0_peer@1", "/@s/n@1.0.0(peer)", "@s/n@1.0.0": old keys have a slash more than the
 * name needs. Of "n@https://..." the version follows. */
static void split_pnpm_key(pl_str key, pl_found *f)
{
    key = pl_before(key, '(');
    if (pl_str_starts(key, PL_S("/")))
        key = pl_str_sub(key, 1, key.n);
    size_t of_name = pl_str_starts(key, PL_S("@"));
    pl_str plain = pl_before(key, '_');
    if (!pl_str_has(key, PL_S("://")) && count(plain, '/') > of_name) {
        f->version = pl_after_last(plain, '/');
        f->name = pl_str_sub(plain, 0, plain.n - f->version.n - 1);
    } else {
        f->name = name_of_spec(key);
        f->version = pl_str_sub(key, f->name.n + 1, key.n);
    }
}

static void take_pnpm(pl_found *f, pl_str line)
{
    static const char mark[] = "integrity: ";
    pl_str t = pl_str_trim(line);

    if (pl_str_eq(t, PL_S("dev: true"))) {
        f->scope = PL_SCOPE_DEVELOPMENT;
    } else if (pl_str_starts(t, PL_S("resolution:"))) {
        const char *at = memmem(t.p, t.n, mark, sizeof(mark) - 1);
        if (at)
            f->integrity = pl_before(
                pl_before(pl_str_sub(t, (size_t)(at - t.p) + sizeof(mark) - 1, t.n), '}'), ',');
    } else if (pl_str_starts(t, PL_S("version:"))) {
        f->version = pl_bare(pl_str_sub(t, 8, t.n));
    } else if (pl_str_starts(t, PL_S("name:"))) {
        f->name = pl_bare(pl_str_sub(t, 5, t.n));
    }
}

/* ---- pnpm 9 tells who needs whom in place of "dev: true" ---- */

/* "1.0.0", "https://...", "file:..." stand behind the name; "n@1.0.0" is another name. */
static pl_str pnpm_target(pl_str name, pl_str value, pl_buf *room)
{
    value = pl_before(value, '(');
    bool is_place = pl_str_has(value, PL_S(":"));
    pl_str behind = pl_str_sub(value, 1, value.n);

    if (!is_place && memchr(behind.p, '@', behind.n))
        return value;
    pl_buf_reset(room);
    pl_buf_fmt(room, "%.*s@%.*s", PL_F(name), PL_F(value));
    return pl_buf_view(room);
}

struct pnpm_reading {
    pl_lock_graph *graph;
    enum { OTHER, IMPORTERS, SNAPSHOTS } section;
    bool has_dependencies; /* the lines that follow are some */
    bool is_for_development;
    pl_str name;
    pl_buf room;
};

static void take_importer(struct pnpm_reading *r, size_t indent, pl_str key, pl_str value)
{
    if (indent == 4) {
        r->is_for_development = pl_str_eq(key, PL_S("devDependencies"));
        r->has_dependencies = r->is_for_development || pl_str_eq(key, PL_S("dependencies")) ||
                              pl_str_eq(key, PL_S("optionalDependencies"));
    } else if (indent == 6) {
        r->name = key;
    } else if (indent == 8 && r->has_dependencies && pl_str_eq(key, PL_S("version"))) {
        pl_lock_graph_root(r->graph, pnpm_target(r->name, value, &r->room),
                           r->is_for_development ? PL_LOCK_DEVELOPMENT : PL_LOCK_NEEDED);
    }
}

static void take_snapshot(struct pnpm_reading *r, size_t indent, pl_str key, pl_str value)
{
    if (indent == 2)
        pl_lock_graph_node(r->graph, pl_before(key, '('));
    else if (indent == 4)
        r->has_dependencies =
            pl_str_eq(key, PL_S("dependencies")) || pl_str_eq(key, PL_S("optionalDependencies"));
    else if (indent == 6 && r->has_dependencies && value.n)
        pl_lock_graph_edge(r->graph, pnpm_target(key, value, &r->room));
}

/* The colon that ends a key is the first one with a blank or nothing behind it: keys hold URLs. */
static bool split_yaml(pl_str line, pl_str *key, pl_str *value)
{
    for (size_t i = 0; i < line.n; i++)
        if (line.p[i] == ':' && (i + 1 == line.n || line.p[i + 1] == ' ')) {
            *key = pl_bare(pl_str_sub(line, 0, i));
            *value = pl_bare(pl_str_sub(line, i + 1, line.n));
            return key->n > 0;
        }
    return false;
}

static bool read_pnpm_graph(pl_str text, pl_lock_graph *g)
{
    struct pnpm_reading r = {.graph = g};
    pl_str line, key, value;

    while (pl_next_line(&text, &line)) {
        size_t indent = pl_indent(line);
        if (!split_yaml(pl_str_trim(line), &key, &value))
            continue;
        if (indent == 0)
            r.section = pl_str_eq(key, PL_S("importers"))   ? IMPORTERS
                        : pl_str_eq(key, PL_S("snapshots")) ? SNAPSHOTS
                                                            : OTHER;
        else if (r.section == IMPORTERS)
            take_importer(&r, indent, key, value);
        else if (r.section == SNAPSHOTS)
            take_snapshot(&r, indent, key, value);
    }
    bool is_whole = pl_buf_ok(&r.room);
    pl_buf_done(&r.room);
    return pl_lock_graph_walk(g) && is_whole;
}

static void take_pnpm_key(pl_found *f, pl_str line, const pl_lock_graph *g)
{
    pl_str key = pl_bare(pl_str_sub(line, 0, line.n - 1));

    split_pnpm_key(key, f);
    if (pl_lock_graph_is_development(g, pl_before(key, '(')))
        f->scope = PL_SCOPE_DEVELOPMENT;
}

pl_rc pl_pnpm_lock(pl_str text, pl_arena *a, pl_found_each each, void *arg, pl_err *err)
{
    PL_AUTO_LOCK_GRAPH pl_lock_graph *graph = pl_lock_graph_new();
    pl_found f = {.kind = PL_FOUND_LOCKED, .lang = PL_LANG_NPM};
    const pl_found none = f;
    bool in_packages = false;
    pl_str line;
    pl_rc rc = PL_OK;

    (void)a;
    if (!graph)
        return pl_fail(err, PL_NOMEM, "pnpm-lock.yaml");
    if (!read_pnpm_graph(text, graph))
        return pl_fail(err, PL_LIMIT, "pnpm-lock.yaml: who needs whom is over %d bytes",
                       PL_LOCK_GRAPH);
    for (bool more = true; !rc && more;) {
        more = pl_next_line(&text, &line);
        size_t indent = more ? pl_indent(line) : 0;
        bool is_blank = more && indent == line.n;
        if ((!more || (indent <= 2 && !is_blank)) && in_packages) {
            if (pl_found_is_whole(&f))
                rc = each(&f, arg, err);
            f = none;
        }
        if (!more || is_blank)
            continue;
        if (indent == 0)
            in_packages = pl_str_eq(pl_str_trim(line), PL_S("packages:"));
        else if (in_packages && indent == 2 && pl_str_ends(pl_str_trim(line), PL_S(":")))
            take_pnpm_key(&f, pl_str_trim(line), graph);
        else if (in_packages && indent == 4)
            take_pnpm(&f, line);
    }
    return rc;
}
