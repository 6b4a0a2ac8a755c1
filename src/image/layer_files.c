/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a layer as they pass: who wants to see them, and how much of them. */
#include "image/layers_private.h"

#include "image/limits.h"
#include "image/members.h"

#include <string.h>

enum { KEPT_ROOM = 2 << 20 }; /* what a large file took is given back */

/* ---- which files ---- */

/* Part by part, where a part of the pattern is the very one or "*". */
static bool path_fits(pl_str path, pl_str pattern)
{
    pl_str want, part;
    bool has_part = true;
    char last = pattern.p[pattern.n - 1];

    if (last != '*' && (!path.n || last != path.p[path.n - 1]))
        return false;
    while (has_part && pl_str_cut(&pattern, '/', &want)) {
        has_part = pl_str_cut(&path, '/', &part);
        if (!pl_str_eq(want, PL_S("*")) && !pl_str_eq(want, part))
            return false;
    }
    return has_part && path.n == 0;
}

/* Asked of every file with every row: the first byte that differs says no. */
bool pl_want_matches(const pl_want *w, pl_str path, pl_str name)
{
    const char *want = w->path;
    size_t n = 0; /* bytes that are the same */

    if (*want != '/')
        return pl_str_fits(name, want) && (!w->suffix || pl_str_ends(name, pl_str_c(w->suffix)));
    while (n < path.n && want[n] == path.p[n])
        n++;
    if (want[n] != '\0' && want[n] != '*')
        return false;
    if (w->suffix && !pl_str_ends(name, pl_str_c(w->suffix)))
        return false;
    if (want[n] == '*')
        return path_fits(path, pl_str_c(want));
    return n == path.n || (want[n - 1] == '/' && n + name.n == path.n);
}

/* Wants that a name with another last byte cannot match stand in a chain for that byte. */
static size_t chain_of(const pl_want *w)
{
    pl_str end = pl_str_c(w->suffix ? w->suffix : w->path);

    if (!end.n || end.p[end.n - 1] == '/' || end.p[end.n - 1] == '*')
        return PL_ANY_BYTE;
    return (unsigned char)end.p[end.n - 1];
}

bool pl_layers_chain_wants(pl_layers *ls)
{
    size_t n = 0;

    for (const pl_want *w = ls->wants; w && w->path; w++)
        n++;
    ls->chain_next = calloc(n + 1, sizeof(*ls->chain_next));
    if (!ls->chain_next)
        return false;
    for (; n; n--) {
        uint16_t *head = &ls->chain[chain_of(&ls->wants[n - 1])];
        ls->chain_next[n] = *head;
        *head = (uint16_t)n;
    }
    return true;
}

static bool is_in_chain(const pl_layers *ls, size_t chain, pl_str path, pl_str name)
{
    for (size_t i = ls->chain[chain]; i; i = ls->chain_next[i])
        if (pl_want_matches(&ls->wants[i - 1], path, name))
            return true;
    return false;
}

static bool is_asked_for(const pl_layers *ls, pl_str path, pl_str name)
{
    return (name.n && is_in_chain(ls, (unsigned char)name.p[name.n - 1], path, name)) ||
           is_in_chain(ls, PL_ANY_BYTE, path, name);
}

/* For tables that every path is compared with: the first byte that differs says no. */
static bool starts_with(pl_str path, const char *start)
{
    size_t n = 0;

    while (n < path.n && start[n] == path.p[n] && start[n] != '\0')
        n++;
    return start[n] == '\0';
}

/* Files that package databases have digests of and that can be run or loaded. */
static bool is_program(const pl_tar_entry *e, pl_str name)
{
    return (e->mode & 0111) || pl_str_ends(name, PL_S(".so")) || pl_str_has(name, PL_S(".so."));
}

/*
 * Which package manager made the image shows before the programs come: folders and release files
 * of etc stand in front of usr in the layer of a base image. What each one's database holds of a
 * file: rpm SHA-256, apk SHA-1, dpkg and Portage MD5.
 */
static void look_for_managers(pl_layers *ls, pl_str path)
{
    static const struct {
        const char *start;
        unsigned digests;
    } signs[] = {
        {"/etc/redhat-release", PL_HAS_SHA256},
        {"/etc/system-release", PL_HAS_SHA256},
        {"/etc/yum.repos.d/", PL_HAS_SHA256},
        {"/etc/zypp/", PL_HAS_SHA256},
        {"/etc/dnf/", PL_HAS_SHA256},
        {"/etc/tdnf/", PL_HAS_SHA256},
        {"/etc/rpm/", PL_HAS_SHA256},
        {"/etc/pki/rpm-gpg/", PL_HAS_SHA256},
        {"/usr/lib/rpm/", PL_HAS_SHA256},
        {"/usr/lib/sysimage/rpm/", PL_HAS_SHA256},
        {"/var/lib/rpm/", PL_HAS_SHA256},
        {"/etc/debian_version", PL_HAS_MD5},
        {"/etc/apt/", PL_HAS_MD5},
        {"/var/lib/dpkg/", PL_HAS_MD5},
        /* What perl, Python and locales put there on Debian (perl on Gentoo, too): in layers of
         * programs it is all that stands in front of them. */
        {"/etc/perl/", PL_HAS_MD5},
        {"/etc/python3/debian_config", PL_HAS_MD5},
        {"/etc/default/locale", PL_HAS_MD5},
        {"/etc/apk/", PL_HAS_SHA1},
        {"/lib/apk/", PL_HAS_SHA1},
        {"/usr/lib/apk/", PL_HAS_SHA1},
        {"/etc/portage/", PL_HAS_MD5},
        {"/var/db/pkg/", PL_HAS_MD5},
        /* Folders of Debian's multiarch, whose names have no maker in them as others have. */
        {"/usr/include/x86_64-linux-gnu/", PL_HAS_MD5},
        {"/usr/include/aarch64-linux-gnu/", PL_HAS_MD5},
        {"/usr/lib/gcc/x86_64-linux-gnu/", PL_HAS_MD5},
        {"/usr/lib/gcc/aarch64-linux-gnu/", PL_HAS_MD5},
        {"/usr/lib/x86_64-linux-gnu/", PL_HAS_MD5},
        {"/usr/lib/aarch64-linux-gnu/", PL_HAS_MD5},
    };

    for (size_t i = 0; i < PL_COUNT(signs); i++)
        if (!(ls->managers & signs[i].digests) && starts_with(path, signs[i].start))
            ls->managers |= signs[i].digests;
}

/* Where no package manager puts a file (Filesystem Hierarchy Standard 3.0). Should one have done
 * so, the digest is missing and what needs it is unknown. */
static bool is_local(pl_str path)
{
    static const char *const folders[] = {"/usr/local/", "/srv/", "/home/",
                                          "/root/",      "/tmp/", "/app/"};

    for (size_t i = 0; i < PL_COUNT(folders); i++)
        if (starts_with(path, folders[i]))
            return true;
    return false;
}

/* Nothing is made for nobody. A layer in which no manager has shown itself may lie on any base:
 * what a layer gives must not hang on the layers below it. */
static unsigned digest_kinds(const pl_layers *ls, pl_str path)
{
    if (is_local(path))
        return 0;
    return ls->managers ? ls->managers : PL_HAS_MD5 | PL_HAS_SHA1 | PL_HAS_SHA256;
}

/* ---- contents ---- */

/* The file that passes: what is read of it goes to the digests, to the watchers, and to what is
 * kept as well. */
struct passing {
    pl_in in;
    pl_layers *ls;
    pl_tar *tar;
    size_t head;  /* bytes that are kept */
    int by;       /* which analyser has it, by its name alone */
    bool has_row; /* of digests, be it an empty one */
    bool digest;
    bool is_kept;    /* all of it */
    bool is_watched; /* to its end */
    pl_rc rc;        /* of the archive itself */
    pl_err *err;
};

/* Shows a piece to everybody who wants it. */
static pl_rc show(struct passing *p, pl_str piece, pl_err *err)
{
    pl_layers *ls = p->ls;
    pl_buf *kept = &ls->kept;

    if (p->digest && piece.n)
        pl_filehash_add(ls->hash, piece);
    if (p->is_kept && (p->rc = pl_captures_write(&ls->captures, piece.p, piece.n, p->err)))
        return err == p->err ? p->rc : pl_fail(err, p->rc, "kept file");
    if (p->is_watched && piece.n && (p->rc = pl_analysis_watch_bytes(ls->analysis, piece, p->err)))
        return err == p->err ? p->rc : pl_fail(err, p->rc, "watched file");
    if (kept->n < p->head)
        pl_buf_str(kept, pl_str_sub(piece, 0, p->head - kept->n));
    return pl_buf_ok(kept) ? PL_OK : pl_fail(err, PL_NOMEM, "file contents");
}

static pl_rc passing_read(pl_in *in, void *buf, size_t n, size_t *ret_n, pl_err *err)
{
    struct passing *p = (struct passing *)in;
    pl_str piece = {"", 0};

    p->rc = pl_tar_lend(p->tar, n, &piece, p->err);
    if (p->rc)
        return err == p->err ? p->rc : pl_fail(err, p->rc, "the archive ends here");
    if (piece.n)
        memcpy(buf, piece.p, piece.n);
    *ret_n = piece.n;
    return show(p, piece, err);
}

static bool is_needed(const struct passing *p)
{
    return p->digest || p->is_kept || p->ls->kept.n < p->head ||
           (p->is_watched && pl_analysis_is_watching(p->ls->analysis));
}

/* On as far as somebody needs, from the buffer of the tar reader itself. */
static pl_rc read_on(struct passing *p, pl_err *err)
{
    pl_str piece = {"", 1};

    while (!p->rc && piece.n && is_needed(p)) {
        p->rc = pl_tar_lend(p->tar, PIECE, &piece, p->err);
        if (p->rc)
            return err == p->err ? p->rc : pl_fail(err, p->rc, "the archive ends here");
        pl_rc rc = show(p, piece, err);
        if (rc)
            return rc;
    }
    return p->rc;
}

static pl_passing_file passing_file(const pl_layers *ls, const pl_tar_entry *t, const pl_entry *e)
{
    pl_entry_owner who = pl_layers_owner(ls, e);

    return (pl_passing_file){.path = pl_buf_view(&ls->path),
                             .layer = ls->n_layers - 1,
                             .mode = e->mode,
                             .uid = who.uid,
                             .gid = who.gid,
                             .size = t->size};
}

static pl_rc analyse(struct passing *p, const pl_passing_file *f, int by, pl_in *in, pl_entry *e,
                     pl_err *err)
{
    pl_layers *ls = p->ls;
    bool whole = pl_analysis_at(ls->analysis, (size_t)by)->whole != NULL;
    size_t was = p->head;
    pl_rc told = PL_OK;
    pl_err why = {0};
    pl_rc rc = PL_OK;

    if (whole && f->size <= pl_analysis_at(ls->analysis, (size_t)by)->max &&
        f->size <= PL_IMAGE_WHOLE_MAX) {
        p->head = f->size > p->head ? (size_t)f->size : p->head;
        rc = read_on(p, err);
    }
    if (rc)
        return rc;
    rc = pl_analysis_run(ls->analysis, by, (uint32_t)ls->entries.n, f, pl_buf_view(&ls->kept), in,
                         &told, &why);
    p->head = was;
    if (p->rc)
        return p->rc; /* the archive's own fault */
    if (told)
        pl_problems_add(ls->problems, told, (int)ls->n_layers - 1, "%.*s: %s",
                        PL_F(pl_str_sub(f->path, 0, 200)), why.text);
    if (pl_analysis_has(ls->analysis, (uint32_t)ls->entries.n, false))
        e->flags |= PL_ENTRY_NOTED;
    return rc ? pl_fail(err, rc, "%s", why.text) : PL_OK;
}

/* Members of a file that no analyser wants, or that is one's whole input. */
static pl_rc look_inside(struct passing *p, pl_members *m, pl_in *in, pl_err *err)
{
    pl_err why = {0};
    pl_rc rc = pl_members_file(m, in, &why);

    if (p->rc)
        return p->rc; /* the archive's own fault */
    return rc ? pl_fail(err, rc, "%s", why.text) : PL_OK;
}

/* Its first piece is looked at where it lies in the buffer of the tar reader. */
static pl_rc open_archive(struct passing *p, pl_members *m, pl_err *err)
{
    pl_str piece = {"", 0};
    pl_in_peek peek;
    pl_rc rc = p->rc = pl_tar_lend(p->tar, PIECE, &piece, p->err);

    if (!rc)
        rc = show(p, piece, err);
    if (rc)
        return rc;
    pl_in_after all = pl_in_of_both(piece, &p->in);
    if (piece.n >= sizeof(peek.head))
        return pl_members_is_archive(piece) ? look_inside(p, m, &all.in, err) : PL_OK;
    rc = pl_in_peek_open(&peek, &all.in, err);
    if (rc || !pl_members_is_archive(pl_in_peek_head(&peek)))
        return p->rc ? p->rc : rc;
    return look_inside(p, m, &peek.in, err);
}

/* What an analyser got whole is opened behind it; one that reads a stream shows its members
 * itself, for it knows archives. */
static pl_rc analyse_and_open(struct passing *p, const pl_passing_file *f, int by, pl_in *in,
                              pl_entry *e, pl_members *m, pl_err *err)
{
    pl_rc rc = analyse(p, f, by, in, e, err);
    pl_str kept = pl_buf_view(&p->ls->kept);

    if (rc || !m || kept.n < f->size || !pl_analysis_at(p->ls->analysis, (size_t)by)->whole ||
        !pl_members_is_archive(kept))
        return rc;
    pl_in_mem mem = pl_in_of_str(kept);
    return look_inside(p, m, &mem.in, err);
}

/* Some choices depend on the first bytes. */
static pl_rc pick_and_analyse(struct passing *p, const pl_passing_file *f, pl_str name, pl_entry *e,
                              pl_members *m, pl_err *err)
{
    pl_layers *ls = p->ls;
    pl_in_peek peek;
    int by = p->by;

    if (by >= 0)
        return analyse_and_open(p, f, by, &p->in, e, m, err);
    if (by == PL_PICK_NONE)
        return m ? open_archive(p, m, err) : PL_OK;
    if (p->head < sizeof(peek.head))
        p->head = sizeof(peek.head); /* what is looked at here is part of the whole file */
    pl_rc rc = pl_in_peek_open(&peek, &p->in, err);
    if (rc)
        return rc;
    pl_str head = pl_in_peek_head(&peek);
    by = pl_analysis_pick(ls->analysis, f->path, name, f->mode, &head);
    if (by >= 0)
        return analyse_and_open(p, f, by, &peek.in, e, m, err);
    return m && pl_members_is_archive(head) ? look_inside(p, m, &peek.in, err) : PL_OK;
}

/* Everything that reads it but what takes its bytes as they pass. */
static pl_rc read_file(struct passing *p, const pl_passing_file *f, bool is_hole, pl_str name,
                       pl_entry *e, pl_err *err)
{
    pl_analysis *a = p->ls->analysis;
    pl_members *m = a && p->is_watched && !is_hole ? pl_analysis_members_begin(a, f) : NULL;
    pl_rc rc = pick_and_analyse(p, f, name, e, m, err);

    return !rc && m ? pl_analysis_members_end(a, err) : rc;
}

/* Files that are nothing but holes would take for ever. A digest that is missing concerns what is
 * said of the layer; the watchers' notes say themselves what they have not seen. */
static pl_rc refuse_holes(struct passing *p, pl_err *err)
{
    pl_layers *ls = p->ls;
    pl_layer *l = &ls->layers[ls->n_layers - 1];
    pl_rc rc = p->is_watched ? pl_analysis_watch_refuse(ls->analysis, PL_LIMIT, err) : PL_OK;

    if (p->digest) {
        l->unread++;
        l->why = PL_LIMIT;
    }
    pl_problems_add(ls->problems, PL_LIMIT, (int)ls->n_layers - 1,
                    "%.*s: %s, sparse files have more than %d MiB of holes",
                    PL_F(pl_str_sub(pl_buf_view(&ls->path), 0, 200)),
                    p->digest ? "no digest" : "not searched", PL_TAR_HOLES_MAX >> 20);
    p->digest = false;
    p->is_watched = false;
    return rc;
}

/* Whether it passes by in full: for its digests, and for the watchers. */
static pl_rc begin_passing(struct passing *p, const pl_tar_entry *t, const pl_passing_file *f,
                           pl_str name, pl_err *err)
{
    pl_layers *ls = p->ls;
    const pl_watch_place at = {(uint32_t)ls->entries.n, (int)ls->n_layers - 1, ls->problems};
    pl_rc rc = PL_OK;

    unsigned kinds = digest_kinds(ls, f->path);
    p->by =
        ls->analysis ? pl_analysis_pick(ls->analysis, f->path, name, f->mode, NULL) : PL_PICK_NONE;
    /* What names a package is the system's only as the system's package shipped it. */
    p->has_row = ls->hash && (is_program(t, name) || (p->by >= 0 && kinds));
    p->digest = p->has_row && kinds;
    p->is_watched = ls->analysis && !t->is_hole && pl_analysis_watch_begin(ls->analysis, f, &at);
    if (t->holes > ls->holes_left && (p->digest || p->is_watched))
        rc = refuse_holes(p, err);
    if (p->digest) {
        pl_filehash_settle(ls->hash, &ls->entries, false);
        pl_filehash_begin(ls->hash, kinds);
    }
    return rc;
}

static pl_rc end_passing(struct passing *p, pl_entry *e, pl_err *err)
{
    pl_layers *ls = p->ls;
    pl_rc rc = PL_OK;

    if (p->has_row) {
        const pl_file_digests none = {0};
        rc = p->digest ? pl_filehash_end(ls->hash, &ls->entries, &e->ref, err)
                       : pl_entries_digests(&ls->entries, &none, &e->ref, err);
    }
    if (!rc && p->is_watched)
        rc = pl_analysis_watch_end(ls->analysis, err);
    if (ls->analysis && pl_analysis_has(ls->analysis, (uint32_t)ls->entries.n, true))
        e->flags |= PL_ENTRY_WATCHED;
    return rc;
}

pl_rc pl_layers_take(pl_layers *ls, pl_tar *tar, const pl_tar_entry *t, pl_entry *e, pl_err *err)
{
    pl_buf_reset(&ls->path);
    pl_buf_reset(&ls->kept);
    if (ls->kept.room > KEPT_ROOM)
        pl_buf_done(&ls->kept);
    pl_paths_print(ls->paths, e->node, &ls->path);
    pl_str name = pl_paths_name(ls->paths, e->node);
    pl_passing_file f = passing_file(ls, t, e);
    bool is_wanted = is_asked_for(ls, f.path, name); /* and told when it is too large */
    struct passing p = {.in = {passing_read},
                        .ls = ls,
                        .tar = tar,
                        .is_kept = is_wanted && t->size <= PL_IMAGE_CAPTURE_MAX,
                        .err = err};

    look_for_managers(ls, f.path);
    pl_rc rc = begin_passing(&p, t, &f, name, err);
    if (!rc && is_wanted)
        rc = pl_captures_begin(&ls->captures, (uint32_t)ls->entries.n, t->size, err);
    if (!rc)
        rc = read_file(&p, &f, t->is_hole, name, e, err);
    if (!rc)
        rc = read_on(&p, err);
    if (!rc)
        rc = end_passing(&p, e, err);
    if (rc) {
        pl_captures_drop(&ls->captures, (uint32_t)ls->entries.n);
        return rc;
    }
    return is_wanted ? pl_captures_end(&ls->captures, err) : PL_OK;
}
