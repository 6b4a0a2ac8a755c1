/* SPDX-License-Identifier: Apache-2.0 */
/* Owners by the databases that list the files of all packages. */
#include "package/apk.h"
#include "package/chisel.h"
#include "package/databases.h"
#include "package/owners_priv.h"
#include "package/rpm.h"

/* What is wrong with a database was told when its packages were listed. */
struct walk {
    pl_owners *o;
    pl_rc own; /* what is wrong with us */
};

/* ---- apk ---- */

static pl_rc take_apk_file(const pl_apk_file *f, void *arg, pl_err *err)
{
    pl_owners *o = arg;
    PL_AUTO_BUF pl_buf path = {0};
    pl_rc rc = pl_owners_package(o, f->package, err);

    if (rc)
        return rc;
    pl_buf_str(&path, f->folder);
    pl_buf_ch(&path, '/');
    pl_buf_str(&path, f->name);
    if (!pl_buf_ok(&path))
        return pl_fail(err, PL_NOMEM, "packages");
    /* apk keeps the administrator's changes below etc, so a difference there is none. */
    bool is_config = pl_str_eq(f->folder, PL_S("etc")) || pl_str_starts(f->folder, PL_S("etc/"));
    return pl_owners_claim(o, pl_buf_view(&path),
                           f->has_sha1 && !is_config ? PL_DIGEST_SHA1 : PL_DIGEST_NONE, f->sha1,
                           err);
}

static pl_rc read_apk(pl_owners *o, const pl_database *db, pl_err *err)
{
    return pl_apk_files(db->text, take_apk_file, o, err);
}

/* ---- chisel ---- */

static pl_rc take_chisel_file(pl_str package, pl_str path, void *arg, pl_err *err)
{
    struct walk *w = arg;

    if (pl_str_ends(path, PL_S("/")))
        return PL_OK;
    w->own = pl_owners_package(w->o, package, err);
    if (!w->own)
        w->own = pl_owners_claim(w->o, path, PL_DIGEST_NONE, NULL, err);
    return w->own;
}

static pl_rc read_chisel(pl_owners *o, const pl_database *db, pl_err *err)
{
    struct walk w = {.o = o};

    return pl_chisel_files(db->text, take_chisel_file, &w, err) ? w.own : PL_OK;
}

/* ---- rpm ---- */

static pl_owner_digest digest_of(const pl_rpm_file *f)
{
    if (!f->digest_bytes)
        return PL_DIGEST_NONE;
    return f->digest_bytes == sizeof(f->digest) ? PL_DIGEST_SHA256 : PL_DIGEST_MD5;
}

static pl_rc claim_rpm_file(pl_owners *o, const pl_rpm_file *f, pl_buf *path, pl_err *err)
{
    pl_buf_reset(path);
    pl_buf_str(path, f->folder);
    pl_buf_str(path, f->name);
    if (!pl_buf_ok(path))
        return pl_fail(err, PL_NOMEM, "packages");
    if (f->is_ghost)
        return PL_OK; /* nothing came with the package */
    return f->is_link ? pl_owners_claim_link(o, pl_buf_view(path), err)
                      : pl_owners_claim(o, pl_buf_view(path), digest_of(f), f->digest, err);
}

static pl_rc claim_rpm_files(pl_owners *o, const pl_rpm_header *h, pl_err *err)
{
    PL_AUTO_BUF pl_buf path = {0};
    pl_rpm_files files;
    pl_rpm_file f;
    pl_rc rc = pl_rpm_files_open(h, &files, err);

    while (!rc && pl_rpm_next_file(&files, &f))
        rc = claim_rpm_file(o, &f, &path, err);
    pl_rpm_files_done(&files);
    return rc;
}

/* A header that cannot be read was told when the packages were listed. */
static pl_rc take_header(pl_str blob, void *arg, pl_err *err)
{
    struct walk *w = arg;
    pl_rpm_header h;

    if (pl_rpm_header_open(blob, &h, NULL))
        return PL_OK;
    w->own = pl_owners_package(w->o, pl_rpm_string(&h, PL_RPM_NAME), err);
    if (!w->own)
        w->own = claim_rpm_files(w->o, &h, err);
    return w->own;
}

static pl_rc read_rpm(pl_owners *o, pl_rpm_kind kind, const pl_database *db, pl_err *err)
{
    struct walk w = {.o = o};

    return pl_rpm_headers(kind, &db->file, db->log.size ? &db->log : NULL, take_header, &w, err)
               ? w.own
               : PL_OK;
}

static pl_rc read_sqlite(pl_owners *o, const pl_database *db, pl_err *err)
{
    return read_rpm(o, PL_RPM_SQLITE, db, err);
}

static pl_rc read_ndb(pl_owners *o, const pl_database *db, pl_err *err)
{
    return read_rpm(o, PL_RPM_NDB, db, err);
}

static pl_rc read_bdb(pl_owners *o, const pl_database *db, pl_err *err)
{
    return read_rpm(o, PL_RPM_BDB, db, err);
}

/* ---- all of them ---- */

pl_rc pl_owners_databases(pl_owners *o, pl_err *err)
{
    /* dpkg and opkg keep their lists beside the database. */
    static pl_rc (*const readers[])(pl_owners * o, const pl_database *db, pl_err *err) = {
        [PL_DATABASE_APK] = read_apk,           [PL_DATABASE_CHISEL] = read_chisel,
        [PL_DATABASE_RPM_SQLITE] = read_sqlite, [PL_DATABASE_RPM_NDB] = read_ndb,
        [PL_DATABASE_RPM_BDB] = read_bdb,
    };
    pl_database_place places[PL_DATABASES_MAX];
    size_t n = pl_databases_find(o->t, places);
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < n; i++) {
        pl_database db;
        if (!readers[places[i].kind])
            continue;
        /* What cannot be read was told when the packages were listed. */
        if (pl_database_open(places[i].kind, pl_tree_set(o->t), places[i].file.e,
                             places[i].has_beside ? places[i].beside.e : NULL, &db, NULL) == PL_OK)
            rc = pl_wrap(err, readers[places[i].kind](o, &db, err), "%.*s", PL_F(places[i].path));
        pl_database_close(&db);
    }
    return rc;
}
