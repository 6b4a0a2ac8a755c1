/* SPDX-License-Identifier: Apache-2.0 */
#include "package/owners_priv.h"

#include "image/limits.h"
#include "package/dpkg.h"
#include "package/limits.h"

#include <string.h>

const pl_want pl_owner_wants[] = {
    {"/var/lib/dpkg/info/", ".md5sums"},     {"/var/lib/dpkg/diversions", NULL},
    {"/usr/lib/opkg/info/", ".list"},        {"/var/lib/opkg/info/", ".list"},
    {"/var/lib/pacman/local/*/files", NULL}, {NULL, NULL},
};
_Static_assert(PL_COUNT(pl_owner_wants) == PL_OWNER_WANTS, "count in the header");

enum { UNSEEN, DIFFERS, EQUAL };
enum { UNLISTED_TOLD = 5 }; /* by name; the others are counted */

struct pl_diversion {
    pl_str from, to, package; /* package ":" or empty: the administrator's own */
};

void pl_owners_free(pl_owners *o)
{
    if (!o)
        return;
    free(o->owner);
    free(o->state);
    free(o->packages);
    free(o->diversions);
    free(o);
}

pl_rc pl_owners_package(pl_owners *o, pl_str name, pl_err *err)
{
    if (o->n && pl_str_eq(o->packages[o->n - 1], name))
        return PL_OK;
    if (o->n == o->room) {
        size_t room = o->room ? o->room * 2 : 256;
        pl_str *packages = reallocarray(o->packages, room, sizeof(*packages));
        if (!packages)
            return pl_fail(err, PL_NOMEM, "packages");
        o->packages = packages;
        o->room = room;
    }
    o->packages[o->n] = pl_arena_str(o->a, name);
    if (!o->packages[o->n].p)
        return pl_fail(err, PL_LIMIT, "package list does not fit its budget");
    o->n++;
    return PL_OK;
}

static bool has_digest(const pl_file_digests *d, pl_owner_digest digest,
                       const unsigned char *expected)
{
    if (digest == PL_DIGEST_SHA256)
        return memcmp(d->sha256, expected, sizeof(d->sha256)) == 0;
    return digest == PL_DIGEST_SHA1 ? memcmp(d->sha1, expected, sizeof(d->sha1)) == 0
                                    : memcmp(d->md5, expected, sizeof(d->md5)) == 0;
}

static void note(pl_owners *o, uint32_t node, bool is_equal)
{
    if (o->state[node] == UNSEEN)
        o->compared++;
    if (is_equal || o->state[node] == UNSEEN)
        o->state[node] = is_equal ? EQUAL : DIFFERS;
}

static void compare(pl_owners *o, const pl_file *f, pl_owner_digest digest,
                    const unsigned char *expected)
{
    pl_file_digests d;

    if (digest == PL_DIGEST_NONE)
        return;
    /* apk has digests of links, too; those of others are of files. */
    if (f->e->type == PL_ENTRY_SYMLINK && digest != PL_DIGEST_SHA1)
        note(o, f->node, false);
    else if (!pl_layers_digests(pl_tree_set(o->t), f->e, &d))
        return;
    else if (!(d.has & digest))
        o->n_uncompared++;
    else
        note(o, f->node, has_digest(&d, digest, expected));
}

pl_rc pl_owners_claim(pl_owners *o, pl_str path, pl_owner_digest digest,
                      const unsigned char *expected, pl_err *err)
{
    pl_file f;

    if (o->claims == PL_PACKAGE_DIGESTS_MAX)
        return pl_fail(err, PL_LIMIT, "more than PL_PACKAGE_DIGESTS_MAX (%d) files of packages",
                       PL_PACKAGE_DIGESTS_MAX);
    o->claims++;
    if (!pl_tree_find(o->t, path, false, &f))
        return PL_OK; /* left out of the image, as documentation often is */
    if (!o->owner[f.node])
        o->owner[f.node] = (uint32_t)o->n;
    compare(o, &f, digest, expected);
    return PL_OK;
}

pl_rc pl_owners_claim_link(pl_owners *o, pl_str path, pl_err *err)
{
    pl_file_digests d;
    pl_file f;
    pl_rc rc = pl_owners_claim(o, path, PL_DIGEST_NONE, NULL, err);

    if (!rc && pl_tree_find(o->t, path, false, &f) && pl_layers_digests(pl_tree_set(o->t), f.e, &d))
        note(o, f.node, false);
    return rc;
}

void pl_owners_complain(pl_owners *o, pl_str path, pl_rc rc, const char *what)
{
    pl_problems_add(pl_layers_problems(pl_tree_set(o->t)), rc, PL_NO_LAYER, "%.*s: %s", PL_F(path),
                    what);
    o->reason = pl_rc_reason(rc);
}

static pl_rc read_in_folder(pl_owners *o, uint32_t node, const pl_file *f, pl_owners_read_file read,
                            pl_err *err)
{
    PL_AUTO_BUF pl_buf path = {0};
    PL_AUTO_BUF pl_buf text = {0};
    pl_err why = {0};

    pl_paths_print(pl_layers_paths(pl_tree_set(o->t)), node, &path);
    if (!pl_buf_ok(&path))
        return pl_fail(err, PL_NOMEM, "packages");
    pl_rc rc = pl_layers_content(pl_tree_set(o->t), f->e, &text, &why);
    if (!rc)
        return read(o, pl_buf_view(&path), pl_buf_view(&text), err);
    pl_owners_complain(o, pl_buf_view(&path), rc, why.text);
    return PL_OK;
}

pl_rc pl_owners_folder(pl_owners *o, const char *folder, const char *suffix,
                       pl_owners_read_file read, pl_err *err)
{
    const pl_paths *paths = pl_layers_paths(pl_tree_set(o->t));
    uint32_t at = pl_tree_folder(o->t, pl_str_c(folder));
    pl_file f;
    pl_rc rc = PL_OK;

    for (uint32_t node = 1; at != PL_PATH_NONE && !rc && node < o->nodes; node++)
        if (pl_paths_parent(paths, node) == at &&
            pl_str_ends(pl_paths_name(paths, node), pl_str_c(suffix)) &&
            pl_tree_at(o->t, node, &f) && f.e->type == PL_ENTRY_FILE)
            rc = read_in_folder(o, node, &f, read, err);
    return rc;
}

/* ---- dpkg ---- */

static pl_rc add_diversion(pl_owners *o, const struct pl_diversion *d, pl_err *err)
{
    if (o->n_diversions == PL_DIVERSIONS_MAX)
        return pl_fail(err, PL_LIMIT, "more than %d diversions", PL_DIVERSIONS_MAX);
    if (o->n_diversions == o->room_diversions) {
        size_t room = o->room_diversions ? o->room_diversions * 2 : 16;
        struct pl_diversion *list = reallocarray(o->diversions, room, sizeof(*list));
        if (!list)
            return pl_fail(err, PL_NOMEM, "diversions");
        o->diversions = list;
        o->room_diversions = room;
    }
    struct pl_diversion kept = {pl_arena_str(o->a, d->from), pl_arena_str(o->a, d->to),
                                pl_arena_str(o->a, d->package)};
    if (!kept.from.p || !kept.to.p || !kept.package.p)
        return pl_fail(err, PL_LIMIT, "package list does not fit its budget");
    o->diversions[o->n_diversions++] = kept;
    return PL_OK;
}

/* Three lines each: the path, where it goes instead, the package that diverts. */
static pl_rc read_diversions(pl_owners *o, pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {0};
    struct pl_diversion d;
    pl_file f;
    pl_rc rc = PL_OK;

    if (pl_tree_content(o->t, PL_S("/var/lib/dpkg/diversions"), &text, &f, NULL))
        return PL_OK;
    pl_str rest = pl_buf_view(&text);
    while (!rc && pl_str_cut(&rest, '\n', &d.from) && pl_str_cut(&rest, '\n', &d.to) &&
           pl_str_cut(&rest, '\n', &d.package))
        rc = add_diversion(o, &d, err);
    return rc;
}

/* Where a path of this package really lies. path has no leading slash. */
static pl_str diverted(const pl_owners *o, pl_str path, pl_str package)
{
    for (size_t i = 0; i < o->n_diversions; i++) {
        const struct pl_diversion *d = &o->diversions[i];
        if (pl_str_eq(pl_str_sub(d->from, 1, d->from.n), path) && !pl_str_eq(d->package, package))
            return d->to;
    }
    return path;
}

static pl_rc read_md5sums(pl_owners *o, pl_str path, pl_str text, pl_err *err)
{
    pl_dpkg_digest d;
    pl_str package = pl_dpkg_digests_package(path);
    pl_rc rc = pl_owners_package(o, package, err);

    while (!rc && pl_dpkg_next_digest(&text, &d))
        rc = pl_owners_claim(o, diverted(o, d.path, package), PL_DIGEST_MD5, d.md5, err);
    return rc;
}

/* ---- all of it ---- */

pl_rc pl_owners_read(const pl_tree *t, pl_arena *a, pl_owners **ret, pl_err *err)
{
    PL_AUTO_OWNERS pl_owners *o = calloc(1, sizeof(*o));

    if (!o)
        return pl_fail(err, PL_NOMEM, "packages");
    *o = (pl_owners){.t = t, .a = a, .nodes = pl_tree_size(t)};
    o->owner = calloc(o->nodes ? o->nodes : 1, sizeof(*o->owner));
    o->state = calloc(o->nodes ? o->nodes : 1, sizeof(*o->state));
    if (!o->owner || !o->state)
        return pl_fail(err, PL_NOMEM, "packages");
    pl_rc rc = read_diversions(o, err);
    if (!rc)
        rc = pl_owners_folder(o, "/var/lib/dpkg/info", ".md5sums", read_md5sums, err);
    if (!rc)
        rc = pl_owners_folder(o, "/var/lib/dpkg/status.d", ".md5sums", read_md5sums, err);
    if (!rc)
        rc = pl_owners_databases(o, err);
    if (!rc)
        rc = pl_owners_folders(o, err);
    if (rc && rc != PL_LIMIT)
        return rc;
    if (rc)
        pl_owners_complain(o, PL_S("files of packages"), rc, err ? err->text : "");
    *ret = PL_TAKE(o, NULL);
    return PL_OK;
}

/* Whose the path is, whatever lies there. */
static pl_str claimed_by(void *arg, uint32_t node)
{
    const pl_owners *o = arg;

    if (node >= o->nodes || !o->owner[node])
        return (pl_str){"", 0};
    return o->packages[o->owner[node] - 1];
}

pl_str pl_owners_of(void *arg, uint32_t node)
{
    const pl_owners *o = arg;

    return node < o->nodes && o->state[node] == DIFFERS ? (pl_str){"", 0} : claimed_by(arg, node);
}

static int by_name(const void *a, const void *b)
{
    return pl_str_cmp(*(const pl_str *)a, *(const pl_str *)b);
}

/* dpkg itself can make a package without digests, and an upper layer can delete them: its programs
 * are then compared with nothing. */
static pl_rc count_unlisted(const pl_owners *o, const pl_catalog *c, size_t *ret, pl_buf *names,
                            pl_err *err)
{
    pl_str *sorted = calloc(o->n + 1, sizeof(*sorted));

    if (!sorted)
        return pl_fail(err, PL_NOMEM, "packages");
    if (o->n)
        memcpy(sorted, o->packages, o->n * sizeof(*sorted));
    qsort(sorted, o->n, sizeof(*sorted), by_name);
    for (size_t i = 0; i < c->n_system; i++) {
        pl_str name = c->items[i].name;
        if (!pl_str_eq(c->items[i].type, PL_S("deb")) ||
            bsearch(&name, sorted, o->n, sizeof(*sorted), by_name))
            continue;
        if ((*ret)++ < UNLISTED_TOLD)
            pl_buf_fmt(names, "%s%.*s", names->n ? ", " : "", PL_F(pl_str_sub(name, 0, 60)));
    }
    free(sorted);
    return pl_buf_ok(names) ? PL_OK : pl_fail(err, PL_NOMEM, "packages");
}

/* Where no package has any, nothing was compared, and that is told as a whole. */
static pl_rc tell_unlisted(const pl_owners *o, const pl_catalog *c, bool *ret_any, pl_err *err)
{
    PL_AUTO_BUF pl_buf names = {0};
    size_t n = 0;
    pl_rc rc = o->compared ? count_unlisted(o, c, &n, &names, err) : PL_OK;

    *ret_any = n > 0;
    if (!rc && n)
        pl_problems_add(pl_layers_problems(pl_tree_set(o->t)), PL_UNSUPPORTED, PL_NO_LAYER,
                        "%zu packages have no list of digests (md5sums), so their programs are "
                        "compared with nothing: %.*s%s",
                        n, PL_F(pl_buf_view(&names)), n > UNLISTED_TOLD ? ", ..." : "");
    return rc;
}

pl_rc pl_owners_fill(const pl_owners *o, const pl_catalog *c, pl_facts *f, pl_err *err)
{
    pl_fact_list list;
    pl_file file;
    const char *missing = f->missing ? f->missing : o->reason ? o->reason : c->reason;
    bool has_unlisted = false;
    pl_rc rc = pl_fact_list_init(f, &list, PL_IMAGE_LIST_MAX, err);

    if (!rc)
        rc = tell_unlisted(o, c, &has_unlisted, err);
    if (rc)
        return rc;
    pl_str (*shipped)(void *, uint32_t) = f->owner;
    f->owner = claimed_by;
    for (uint32_t node = 1; node < o->nodes; node++)
        if (o->state[node] == DIFFERS && pl_tree_at(o->t, node, &file) &&
            !pl_fact_list_add(&list, pl_fact_file(f, &file, "changed")))
            break;
    f->owner = shipped;
    /* Programs that came before it was seen which digests they need. */
    if (!missing && (o->n_uncompared || has_unlisted))
        missing = "unsupported";
    /* Packages without a single digest: nothing was compared, so nothing can be said. */
    if (!missing && c->n_system && !o->compared)
        missing = "unsupported";
    if (missing && !o->compared)
        pl_set_unreadable(f->image, PL_F_IMAGE_PACKAGE_DIGESTS, missing);
    else
        pl_set_int(f->image, PL_F_IMAGE_PACKAGE_DIGESTS, (int64_t)o->compared);
    return pl_fact_list_set(f, &list, PL_F_IMAGE_CHANGED_FILES, &pl_image_file_kind, missing, err);
}
