/* SPDX-License-Identifier: Apache-2.0 */
#include "package/rpm.h"

#include "core/hash.h"
#include "package/limits.h"

#include <string.h>
#include <sys/stat.h>

/* ---- a package ---- */

static bool fits(pl_str s)
{
    return s.n <= PL_PACKAGE_FIELD_MAX;
}

/* Cuts off what follows the last SEP. False: there is none. */
static bool cut_last(pl_str *s, char sep, pl_str *ret_tail)
{
    const char *at = s->n ? memrchr(s->p, sep, s->n) : NULL;

    if (!at)
        return false;
    size_t n = (size_t)(at - s->p);
    *ret_tail = pl_str_sub(*s, n + 1, s->n);
    *s = pl_str_sub(*s, 0, n);
    return true;
}

bool pl_rpm_cut_source(pl_str file, pl_str *ret_name, pl_str *ret_version)
{
    pl_str release, version, suffix;

    if (!pl_str_ends(file, PL_S(".rpm")))
        return false;
    file = pl_str_sub(file, 0, file.n - 4);
    if (!cut_last(&file, '.', &suffix)) /* src or nosrc */
        return false;
    pl_str whole = file;
    if (!cut_last(&file, '-', &release) || !cut_last(&file, '-', &version) || !file.n ||
        !version.n || !release.n)
        return false;
    *ret_name = file;
    *ret_version = pl_str_sub(whole, file.n + 1, whole.n);
    return true;
}

static void print_epoch(const pl_rpm_header *h, pl_buf *text)
{
    uint32_t epoch = 0;

    if (pl_rpm_number(h, PL_RPM_EPOCH, 0, &epoch))
        pl_buf_fmt(text, "%u:", epoch);
}

/* Both versions are written before either is looked at, for the buffer moves as it grows. */
static bool set_versions(const pl_rpm_header *h, pl_str source_version, pl_buf *text,
                         pl_package *ret)
{
    pl_str version = pl_rpm_string(h, PL_RPM_VERSION);
    pl_str release = pl_rpm_string(h, PL_RPM_RELEASE);

    if (!version.n || !release.n || !fits(version) || !fits(release))
        return false;
    pl_buf_reset(text);
    print_epoch(h, text);
    pl_buf_str(text, version);
    pl_buf_ch(text, '-');
    pl_buf_str(text, release);
    size_t end = text->n;
    if (source_version.n) {
        print_epoch(h, text);
        pl_buf_str(text, source_version);
    }
    if (!pl_buf_ok(text))
        return false;
    pl_str all = pl_buf_view(text);
    ret->version = pl_str_sub(all, 0, end);
    ret->source_version = source_version.n ? pl_str_sub(all, end, all.n) : ret->version;
    return fits(ret->version);
}

static pl_str text_of(const pl_rpm_header *h, pl_rpm_tag tag)
{
    pl_str s = pl_str_sub(pl_rpm_string(h, tag), 0, PL_PACKAGE_TEXT_MAX);

    return pl_str_eq(s, PL_S("(none)")) ? (pl_str){"", 0} : s;
}

bool pl_rpm_package(const pl_rpm_header *h, pl_buf *text, pl_package *ret)
{
    pl_package p = {.type = PL_S("rpm"),
                    .name = pl_rpm_string(h, PL_RPM_NAME),
                    .arch = pl_rpm_string(h, PL_RPM_ARCH),
                    .vendor = text_of(h, PL_RPM_VENDOR),
                    .license = text_of(h, PL_RPM_LICENSE),
                    .module = text_of(h, PL_RPM_MODULARITY_LABEL)};
    pl_str file = pl_rpm_string(h, PL_RPM_SOURCE_RPM);
    pl_str source_version = {"", 0};

    p.source = p.name;
    if (!fits(file) || !pl_rpm_cut_source(file, &p.source, &source_version))
        p.source = p.name;
    if (!p.name.n || !fits(p.name) || !fits(p.arch) || !set_versions(h, source_version, text, &p))
        return false;
    *ret = p;
    return true;
}

bool pl_rpm_is_key(const pl_package *p)
{
    return pl_str_eq(p->name, PL_S("gpg-pubkey"));
}

/* ---- a database ---- */

pl_rc pl_rpm_headers(pl_rpm_kind kind, const pl_pagefile *db, const pl_pagefile *wal,
                     pl_rpm_each each, void *arg, pl_err *err)
{
    switch (kind) {
    case PL_RPM_SQLITE:
        return pl_rpm_sqlite(db, wal, each, arg, err);
    case PL_RPM_NDB:
        return pl_rpm_ndb(db, each, arg, err);
    case PL_RPM_BDB:
        break;
    }
    return pl_rpm_bdb(db, each, arg, err);
}

struct parse {
    pl_package_each each;
    void *arg;
    pl_package_damage *damage;
    pl_buf text;
    pl_rc own; /* what the callback returned */
};

/* A damaged header is one package less; the others are still to be had. */
static pl_rc take_header(pl_str blob, void *arg, pl_err *err)
{
    struct parse *w = arg;
    pl_rpm_header h;
    pl_package p;

    if (pl_rpm_header_open(blob, &h, NULL) || !pl_rpm_package(&h, &w->text, &p)) {
        w->damage->nameless++;
        return PL_OK;
    }
    if (pl_rpm_is_key(&p))
        return PL_OK;
    w->own = w->each(&p, w->arg, err);
    return w->own;
}

pl_rc pl_rpm_parse(pl_rpm_kind kind, const pl_pagefile *db, const pl_pagefile *wal,
                   pl_package_each each, void *arg, pl_package_damage *ret_damage, pl_err *err)
{
    pl_package_damage damage = {0};
    pl_err why = {0};
    struct parse w = {.each = each, .arg = arg, .damage = &damage};
    pl_rc rc = pl_rpm_headers(kind, db, wal, take_header, &w, &why);

    pl_buf_done(&w.text);
    if (w.own) {
        if (err)
            *err = why;
        return w.own;
    }
    if (rc)
        damage.why = why;
    *ret_damage = damage;
    return PL_OK;
}

/* ---- files ---- */

/* Files name their folder by its place in a list of strings, and not in rising order. */
static pl_rc find_folders(pl_rpm_files *w, pl_rpm_array list, pl_err *err)
{
    pl_str name;

    if (list.n > PL_RPM_FOLDERS_MAX)
        return pl_fail(err, PL_LIMIT,
                       "rpm header with %u folders, more than PL_RPM_FOLDERS_MAX (%d)", list.n,
                       PL_RPM_FOLDERS_MAX);
    w->folder_names = list.left;
    w->starts = calloc(list.n ? list.n : 1, sizeof(*w->starts));
    if (!w->starts)
        return pl_fail(err, PL_NOMEM, "rpm header");
    while (pl_rpm_next_string(&list, &name))
        w->starts[w->n_folders++] = (uint32_t)(name.p - w->folder_names.p);
    return PL_OK;
}

pl_rc pl_rpm_files_open(const pl_rpm_header *h, pl_rpm_files *ret, pl_err *err)
{
    *ret = (pl_rpm_files){.names = pl_rpm_array_of(h, PL_RPM_BASE_NAMES),
                          .folders = pl_rpm_array_of(h, PL_RPM_DIR_INDEXES),
                          .states = pl_rpm_array_of(h, PL_RPM_FILE_STATES),
                          .modes = pl_rpm_array_of(h, PL_RPM_FILE_MODES),
                          .digests = pl_rpm_array_of(h, PL_RPM_FILE_DIGESTS),
                          .flags = pl_rpm_array_of(h, PL_RPM_FILE_FLAGS)};
    if (!ret->names.n) {
        ret->names = pl_rpm_array_of(h, PL_RPM_OLD_FILE_NAMES);
        ret->folders.n = 0;
    }
    return find_folders(ret, pl_rpm_array_of(h, PL_RPM_DIR_NAMES), err);
}

void pl_rpm_files_done(pl_rpm_files *w)
{
    free(w->starts);
    *w = (pl_rpm_files){0};
}

/* False: there is none, or it is longer than any path can be. */
static bool folder_at(const pl_rpm_files *w, uint32_t index, pl_str *ret)
{
    if (index >= w->n_folders)
        return false;
    pl_str rest = pl_str_sub(w->folder_names, w->starts[index], PL_RPM_FOLDER_MAX + 1);
    return pl_str_cut(&rest, '\0', ret) && ret->n <= PL_RPM_FOLDER_MAX;
}

/* The length says which digest it is: 16 bytes are MD5, 32 SHA-256; others are not known here. */
static void read_digest(pl_rpm_files *w, pl_rpm_file *f)
{
    enum { MD5 = 16, SHA256 = 32, CONFIG = 1, GHOST = 64 };
    uint32_t flags = 0;
    uint32_t mode = S_IFREG;
    pl_str hex;

    (void)pl_rpm_next_number(&w->flags, &flags);
    (void)pl_rpm_next_number(&w->modes, &mode);
    f->is_link = S_ISLNK(mode);
    f->is_ghost = flags & GHOST;
    if (!pl_rpm_next_string(&w->digests, &hex) || (flags & (CONFIG | GHOST)) ||
        (hex.n != 2 * (size_t)MD5 && hex.n != 2 * (size_t)SHA256) ||
        !pl_unhex(hex, f->digest, hex.n / 2))
        return;
    f->digest_bytes = hex.n / 2;
}

bool pl_rpm_next_file(pl_rpm_files *w, pl_rpm_file *ret)
{
    enum { NORMAL = 0 };
    pl_str name;

    while (pl_rpm_next_string(&w->names, &name)) {
        uint32_t index = 0;
        uint32_t state = NORMAL;
        bool has_folder = pl_rpm_next_number(&w->folders, &index);
        (void)pl_rpm_next_number(&w->states, &state);
        pl_rpm_file f = {.name = name};
        read_digest(w, &f);
        f.folder = (pl_str){"", 0};
        if (state != NORMAL || (has_folder && !folder_at(w, index, &f.folder)))
            continue;
        *ret = f;
        return true;
    }
    return false;
}
