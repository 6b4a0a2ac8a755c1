/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apt's sources (sources.list(5)): one-line files and deb822 stanzas, and options of apt.conf that
 * switch signature checks off. User and password of a URI are not kept.
 */
#include "host/facts.h"
#include "host/glob.h"

#include <string.h>

struct apt {
    pl_host_reading *f;
    pl_host_recs list;
    pl_host_strs insecure; /* options */
    bool is_waiting;
    const char *reason;
};

static pl_str without_user(pl_str uri, pl_host_reading *f)
{
    pl_str rest = uri, scheme;
    const char *at;

    if (!pl_str_cut(&rest, ':', &scheme) || !pl_str_starts(rest, PL_S("//")))
        return uri;
    rest = pl_str_sub(rest, 2, rest.n);
    const char *slash = rest.n ? memchr(rest.p, '/', rest.n) : NULL;
    size_t host_n = slash ? (size_t)(slash - rest.p) : rest.n;
    at = host_n ? memrchr(rest.p, '@', host_n) : NULL;
    if (!at)
        return uri;
    return pl_host_fmt(f->a, "%.*s://%.*s", PL_F(scheme),
                       PL_F(pl_str_sub(rest, (size_t)(at - rest.p) + 1, rest.n)));
}

static pl_str host_of(pl_str uri)
{
    pl_str scheme, host;
    if (!pl_str_cut(&uri, ':', &scheme) || !pl_str_starts(uri, PL_S("//")))
        return (pl_str){"", 0};
    uri = pl_str_sub(uri, 2, uri.n);
    return pl_str_cut(&uri, '/', &host) ? host : (pl_str){"", 0};
}

static bool is_yes(pl_str v)
{
    return pl_str_eq_nocase(v, PL_S("yes")) || pl_str_eq_nocase(v, PL_S("true")) ||
           pl_str_eq(v, PL_S("1"));
}

typedef struct source {
    pl_str uri, suite, signed_by, file;
    bool skips;
} source;

static void add(struct apt *s, const source *v)
{
    pl_record *r = pl_host_recs_new(&s->list, PL_HE_PACKAGE_SOURCE);
    pl_str uri = without_user(v->uri, s->f);

    pl_set_str(r, PL_F_SOURCE_ENTRY, pl_host_fmt(s->f->a, "%.*s %.*s", PL_F(uri), PL_F(v->suite)));
    pl_set_str(r, PL_F_SOURCE_URI, uri);
    pl_set_str(r, PL_F_SOURCE_HOST, host_of(uri));
    pl_set_str(r, PL_F_SOURCE_SUITE, v->suite);
    pl_set_str(r, PL_F_SOURCE_FILE, v->file);
    pl_set_bool(r, PL_F_SOURCE_TRUSTED, v->skips);
    if (v->signed_by.n)
        pl_set_str(r, PL_F_SOURCE_SIGNED_BY, v->signed_by);
    else
        pl_set_absent(r, PL_F_SOURCE_SIGNED_BY);
}

/* ---- one-line form: "deb [trusted=yes signed-by=/x] URI SUITE COMPONENTS" ---- */

static void take_options(pl_str options, source *v)
{
    pl_str one, key, value;

    while (pl_host_word(&options, &one)) {
        if (!pl_host_key_value(one, &key, &value))
            continue;
        if (pl_str_eq(key, PL_S("signed-by")))
            v->signed_by = value;
        else if (pl_str_eq(key, PL_S("trusted")) || pl_str_eq(key, PL_S("allow-insecure")))
            v->skips |= is_yes(value);
    }
}

static void take_one_line(struct apt *s, pl_str line, pl_str file)
{
    source v = {.file = file};
    pl_str type, options;

    if (!pl_host_word(&line, &type) ||
        (!pl_str_eq(type, PL_S("deb")) && !pl_str_eq(type, PL_S("deb-src"))))
        return;
    line = pl_str_trim(line);
    if (pl_str_starts(line, PL_S("["))) {
        line = pl_str_sub(line, 1, line.n);
        if (!pl_str_cut(&line, ']', &options))
            return;
        take_options(options, &v);
    }
    if (pl_host_word(&line, &v.uri) && pl_host_word(&line, &v.suite))
        add(s, &v);
}

/* ---- deb822 ---- */

struct stanza {
    pl_str uris, suites, signed_by;
    bool skips, is_off, in_key; /* in_key: the lines of an embedded key follow */
};

static void take_field(struct stanza *z, pl_str key, pl_str value)
{
    z->in_key = false;
    if (pl_str_eq_nocase(key, PL_S("URIs")))
        z->uris = value;
    else if (pl_str_eq_nocase(key, PL_S("Suites")))
        z->suites = value;
    else if (pl_str_eq_nocase(key, PL_S("Signed-By")))
        z->signed_by = value.n ? value : PL_S("embedded key");
    else if (pl_str_eq_nocase(key, PL_S("Trusted")) ||
             pl_str_eq_nocase(key, PL_S("Allow-Insecure")))
        z->skips |= is_yes(value);
    else if (pl_str_eq_nocase(key, PL_S("Enabled")))
        z->is_off = !is_yes(value);
}

static void end_stanza(struct apt *s, struct stanza *z, pl_str file)
{
    pl_str uris = z->uris, uri, suite;

    while (!z->is_off && pl_host_word(&uris, &uri))
        for (pl_str suites = z->suites; pl_host_word(&suites, &suite);)
            add(s, &(source){uri, suite, z->signed_by, file, z->skips});
    *z = (struct stanza){0};
}

static void take_deb822(struct apt *s, pl_str text, pl_str file)
{
    struct stanza z = {0};
    pl_str line, key;

    while (pl_host_line(&text, &line)) {
        if (pl_str_trim(line).n == 0)
            end_stanza(s, &z, file);
        else if (line.p[0] != '#' && line.p[0] != ' ' && line.p[0] != '\t' &&
                 pl_str_cut(&line, ':', &key))
            take_field(&z, key, pl_str_trim(line));
    }
    end_stanza(s, &z, file);
}

/* ---- files ---- */

static void each_file(struct apt *s, const char *pattern,
                      void (*take)(struct apt *s, pl_str text, pl_str path))
{
    pl_host_strs paths = {.arena = s->f->a};
    pl_str text;

    if (!pl_host_glob(s->f, pl_str_c(pattern), &paths, &s->reason) && !s->reason)
        s->is_waiting = true;
    for (size_t i = 0; i < paths.n; i++)
        if (pl_host_text_of(s->f, paths.v[i], &s->is_waiting, &s->reason, &text))
            take(s, text, paths.v[i]);
}

static void take_list(struct apt *s, pl_str text, pl_str path)
{
    pl_str line;
    while (pl_host_setting_line(&text, "#", &line))
        take_one_line(s, line, path);
}

void pl_host_facts_apt(pl_host_reading *f)
{
    struct apt s = {.f = f, .list = {.arena = f->a}};
    const pl_snap_entry *dir = pl_snap_stat(f->snap, PL_S("/etc/apt"));

    if (dir && !pl_snap_has_meta(dir)) {
        pl_host_missing(f->host, PL_F_HOST_PACKAGE_SOURCES, dir);
        return;
    }
    each_file(&s, "/etc/apt/sources.list", take_list);
    each_file(&s, "/etc/apt/sources.list.d/*.list", take_list);
    each_file(&s, "/etc/apt/sources.list.d/*.sources", take_deb822);
    if (s.is_waiting || !dir)
        return;
    if (s.reason)
        pl_set_unreadable(f->host, PL_F_HOST_PACKAGE_SOURCES, s.reason);
    else
        pl_host_recs_set(&s.list, f->host, PL_F_HOST_PACKAGE_SOURCES);
}

/* ---- apt.conf ---- */

static void take_conf(struct apt *s, pl_str text, pl_str path)
{
    static const char *const options[] = {"AllowUnauthenticated", "AllowInsecureRepositories",
                                          "AllowWeakRepositories",
                                          "AllowDowngradeToInsecureRepositories"};
    pl_str line;

    while (pl_host_setting_line(&text, "#", &line)) {
        if (pl_str_starts(line, PL_S("//")))
            continue;
        for (size_t k = 0; k < PL_COUNT(options); k++)
            if (pl_str_has(line, pl_str_c(options[k])) &&
                (pl_str_has(line, PL_S("true")) || pl_str_has(line, PL_S("yes")) ||
                 pl_str_has(line, PL_S("\"1\""))))
                pl_host_strs_add(&s->insecure,
                                 pl_host_fmt(s->f->a, "%s (%.*s)", options[k], PL_F(path)));
    }
}

void pl_host_facts_apt_options(pl_host_reading *f)
{
    struct apt s = {.f = f, .insecure = {.arena = f->a}};

    each_file(&s, "/etc/apt/apt.conf", take_conf);
    each_file(&s, "/etc/apt/apt.conf.d/*", take_conf);
    if (s.is_waiting)
        return;
    if (s.reason)
        pl_set_unreadable(f->host, PL_F_HOST_APT_INSECURE, s.reason);
    else
        pl_host_strs_set(&s.insecure, f->host, PL_F_HOST_APT_INSECURE);
}
