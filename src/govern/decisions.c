/* SPDX-License-Identifier: Apache-2.0 */
#include "govern/decisions.h"

#include "core/hash.h"
#include "core/io.h"
#include "core/yaml_tree.h"
#include "govern/limits.h"
#include "model/bind.h"
#include "model/period.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- one file ---- */

struct head {
    pl_str date, author, what, why;
    const pl_yaml *requirements;
    pl_strs changes;
};

static const pl_binding keys[] = {
    {"date", PL_BIND_STR, true, offsetof(struct head, date)},
    {"author", PL_BIND_STR, true, offsetof(struct head, author)},
    {"what", PL_BIND_STR, true, offsetof(struct head, what)},
    {"why", PL_BIND_STR, true, offsetof(struct head, why)},
    {"requirements", PL_BIND_NODE, false, offsetof(struct head, requirements)},
    {"changes", PL_BIND_STRS, false, offsetof(struct head, changes)},
    {0},
};

/* What stands between the first line "---" and the next. */
static pl_rc cut_head(pl_str name, pl_str text, pl_str *ret, pl_err *err)
{
    pl_str rest = text, line;

    if (!pl_str_cut(&rest, '\n', &line) || !pl_str_eq(pl_str_trim(line), PL_S("---")))
        return pl_fail(err, PL_FORMAT, "%.*s:1: begins with no head (a line ---)", PL_F(name));
    const char *from = rest.p;
    while (rest.n) {
        const char *at = rest.p;
        if (pl_str_cut(&rest, '\n', &line) && pl_str_eq(pl_str_trim(line), PL_S("---"))) {
            *ret = (pl_str){from, (size_t)(at - from)};
            return PL_OK;
        }
    }
    return pl_fail(err, PL_FORMAT, "%.*s:1: its head has no end (a second line ---)", PL_F(name));
}

static bool has_requirement(const pl_framework *f, pl_str id)
{
    for (size_t i = 0; i < f->n; i++)
        if (pl_str_eq(f->requirements[i].id, id))
            return true;
    return false;
}

static pl_rc bad_line(pl_str name, const pl_yaml *at, pl_err *err, const char *what, pl_str word)
{
    return pl_fail(err, PL_FORMAT, "%.*s:%d: %s \"%.*s\"", PL_F(name), at->line, what,
                   PL_F(pl_str_sub(word, 0, PL_GOVERN_NAME)));
}

static pl_rc add_requirements(pl_str name, const pl_framework *f, const pl_yaml *list,
                              pl_requirement_id *to, size_t *n, pl_err *err)
{
    bool is_one = list->type == PL_YAML_SCALAR;
    size_t n_items = is_one ? 1 : list->n;

    if (list->type == PL_YAML_MAPPING)
        return bad_line(name, list, err, "is no list of requirements:", f->id);
    for (size_t i = 0; i < n_items; i++) {
        const pl_yaml *item = is_one ? list : &list->items[i];
        if (item->type != PL_YAML_SCALAR || !has_requirement(f, item->text))
            return bad_line(name, item, err, "unknown requirement", item->text);
        to[(*n)++] = (pl_requirement_id){f->id, item->text};
    }
    return PL_OK;
}

static pl_rc take_requirements(pl_str name, const pl_yaml *map, const pl_content *content,
                               pl_arena *a, pl_decision *d, pl_err *err)
{
    size_t room = 0, n = 0;

    if (!map)
        return PL_OK;
    if (map->type != PL_YAML_MAPPING)
        return bad_line(name, map, err, "requirements must name frameworks, not", map->text);
    for (size_t i = 0; i < map->n; i++)
        room += map->items[2 * i + 1].n + 1;
    pl_requirement_id *v = pl_arena_calloc(a, room, sizeof(*v));
    if (!v)
        return pl_fail(err, PL_LIMIT, "%.*s: too many requirements", PL_F(name));
    for (size_t i = 0; i < map->n; i++) {
        const pl_framework *f = pl_content_framework(content, map->items[2 * i].text);
        if (!f)
            return bad_line(name, &map->items[2 * i], err, "unknown framework",
                            map->items[2 * i].text);
        pl_rc rc = add_requirements(name, f, &map->items[2 * i + 1], v, &n, err);
        if (rc)
            return rc;
    }
    d->requirements = v;
    d->n_requirements = n;
    return PL_OK;
}

static pl_rc hash_text(pl_str text, pl_arena *a, pl_str *ret, pl_err *err)
{
    unsigned char sum[PL_SHA256];
    char hex[PL_SHA256_HEX];

    pl_sha256_of(text, sum);
    pl_hex(sum, sizeof(sum), hex);
    *ret = pl_arena_str(a, pl_str_c(hex));
    return ret->p ? PL_OK : pl_fail(err, PL_LIMIT, "decisions");
}

pl_rc pl_decision_parse(pl_str name, pl_str text, const pl_content *content, pl_arena *a,
                        pl_decision *ret, pl_err *err)
{
    char c_name[PL_GOVERN_NAME + 1];
    struct head h = {0};
    pl_yaml *tree = NULL;
    pl_str head;
    int64_t day = 0;
    pl_err why = {0};

    if (!pl_str_to_c(name, c_name, sizeof(c_name)))
        return pl_fail(err, PL_FORMAT, "%.60s: is no name of a file", name.p);
    const pl_bind_file file = {c_name, a};
    pl_rc rc = cut_head(name, text, &head, err);
    if (rc)
        return rc;
    /* A line in front of the head, so that lines of errors are those of the file. */
    PL_AUTO_BUF pl_buf padded = {0};
    pl_buf_ch(&padded, '\n');
    pl_buf_str(&padded, head);
    rc = pl_yaml_parse(a, pl_arena_str(a, pl_buf_view(&padded)), &tree, &why);
    if (rc)
        return pl_fail(err, PL_FORMAT, "%.*s: %s", PL_F(name), why.text);
    rc = pl_bind(&file, tree, keys, &h, err);
    if (!rc && !pl_day_parse(h.date, &day))
        rc = pl_fail(err, PL_FORMAT, "%.*s:%d: date \"%.*s\" is no day as 2026-11-22", PL_F(name),
                     pl_yaml_get(tree, "date")->line, PL_F(h.date));
    if (rc)
        return rc;
    *ret = (pl_decision){.file = name,
                         .date = h.date,
                         .author = h.author,
                         .what = h.what,
                         .why = h.why,
                         .changes = h.changes.v,
                         .n_changes = h.changes.n};
    rc = take_requirements(name, h.requirements, content, a, ret, err);
    return rc ? rc : hash_text(text, a, &ret->sha256, err);
}

/* ---- the folder ---- */

struct names {
    pl_str *v;
    size_t n;
};

static int by_text(const void *pa, const void *pb)
{
    const pl_str *a = pa, *b = pb;

    return pl_str_cmp(*a, *b);
}

static pl_rc list_names(DIR *d, const char *dir, pl_arena *a, struct names *ret, pl_err *err)
{
    const struct dirent *e;

    ret->v = pl_arena_calloc(a, PL_GOVERN_DECISIONS, sizeof(*ret->v));
    if (!ret->v)
        return pl_fail(err, PL_LIMIT, "%s: decisions", dir);
    while ((e = readdir(d))) {
        pl_str name = pl_str_c(e->d_name);
        if (!pl_str_ends(name, PL_S(".md")) || pl_str_starts(name, PL_S(".")) ||
            pl_str_eq(name, PL_S("README.md")))
            continue;
        if (ret->n == PL_GOVERN_DECISIONS)
            return pl_fail(err, PL_LIMIT, "%s: more than %d decisions", dir, PL_GOVERN_DECISIONS);
        ret->v[ret->n] = pl_arena_str(a, name);
        if (!ret->v[ret->n++].p)
            return pl_fail(err, PL_LIMIT, "%s: decisions", dir);
    }
    qsort(ret->v, ret->n, sizeof(*ret->v), by_text);
    return PL_OK;
}

static pl_rc read_text(int dir_fd, pl_str name, pl_arena *a, pl_str *ret, pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {0};
    char c_name[PL_GOVERN_NAME + 1];
    struct stat st;

    if (!pl_str_to_c(name, c_name, sizeof(c_name)))
        return pl_fail(err, PL_FORMAT, "%.60s: its name is too long", name.p);
    PL_AUTO_FD int fd =
        openat(dir_fd, c_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, &st) < 0)
        return pl_fail(err, PL_SYS, "%s: %s", c_name, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return pl_fail(err, PL_FORMAT, "%s: is no file", c_name);
    pl_rc rc = pl_read_all(fd, PL_GOVERN_DECISION, &text, err);
    if (rc)
        return pl_fail(err, rc, "%s: has more than %d bytes, or cannot be read", c_name,
                       PL_GOVERN_DECISION);
    *ret = pl_arena_str(a, pl_buf_view(&text));
    return ret->p ? PL_OK : pl_fail(err, PL_LIMIT, "%s: decisions", c_name);
}

pl_rc pl_decisions_read(const char *dir, const pl_content *content, pl_arena *a, pl_decisions *ret,
                        pl_err *err)
{
    struct names names = {0};

    *ret = (pl_decisions){0};
    DIR *d = opendir(dir);
    if (!d)
        return pl_fail(err, errno == ENOENT ? PL_NOTFOUND : PL_DENIED,
                       "folder %s: %s; plimsoll decisions new makes it, --decisions DIR names "
                       "another",
                       dir, strerror(errno));
    pl_rc rc = list_names(d, dir, a, &names, err);
    ret->v = pl_arena_calloc(a, names.n + 1, sizeof(*ret->v));
    ret->problems = pl_arena_calloc(a, names.n + 1, sizeof(*ret->problems));
    if (!rc && (!ret->v || !ret->problems))
        rc = pl_fail(err, PL_LIMIT, "%s: decisions", dir);
    for (size_t i = 0; !rc && i < names.n; i++) {
        pl_err why = {0};
        pl_str text = {0};
        pl_rc one = read_text(dirfd(d), names.v[i], a, &text, &why);
        if (!one)
            one = pl_decision_parse(names.v[i], text, content, a, &ret->v[ret->n], &why);
        if (!one)
            ret->n++;
        else
            ret->problems[ret->n_problems++] = pl_arena_str(a, pl_str_c(why.text));
    }
    (void)closedir(d);
    return rc;
}

/* ---- changes ---- */

const pl_decision *pl_decision_of(const pl_decision *v, size_t n, const pl_change *c)
{
    const int64_t month_us = INT64_C(31) * 86400 * 1000000;

    for (size_t i = n; i-- > 0;) {
        int64_t day = 0;
        if (!pl_day_parse(v[i].date, &day) || day < pl_day_start(c->seen_us) - month_us)
            continue;
        for (size_t k = 0; k < v[i].n_changes; k++)
            if (pl_str_eq(v[i].changes[k], c->name))
                return &v[i];
    }
    return NULL;
}
