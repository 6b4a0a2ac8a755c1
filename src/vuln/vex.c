/* SPDX-License-Identifier: Apache-2.0 */
#include "vuln/vex.h"

#include "core/rd.h"
#include "vuln/char.h"
#include "vuln/limits.h"
#include "vuln/osv_range.h"
#include "vuln/vex_private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static const struct status_row {
    const char *word;
    bool is_settled;
} statuses[] = {
#define X(sym, word, is_settled) [PL_VEX_##sym] = {(word), (is_settled)},
    PL_VEX_STATUS_LIST(X)
#undef X
};

const char *pl_vex_status_word(pl_vex_status s)
{
    return statuses[s].word;
}

bool pl_vex_settles(pl_vex_status s)
{
    return statuses[s].is_settled;
}

pl_vex_status pl_vex_status_at(const pl_vex_statement *s, int64_t now_us)
{
    return s->until_us && now_us >= s->until_us ? PL_VEX_EXPIRED : s->status;
}

/* ---- reading ---- */

struct read {
    pl_arena *a;
    pl_vex *vex;
    pl_str source;
};

static pl_rc lied(pl_err *err)
{
    return pl_fail(err, PL_WORKER, "worker sent a malformed statement");
}

static bool grow(pl_arena *a, pl_vex *vex)
{
    enum { FIRST = 64 };

    if (vex->n < vex->room)
        return true;
    size_t room = vex->room ? 2 * vex->room : FIRST;
    pl_vex_statement *v = pl_arena_calloc(a, room, sizeof(*v));
    if (!v)
        return false;
    if (vex->n)
        memcpy(v, vex->v, vex->n * sizeof(*v));
    vex->v = v;
    vex->room = room;
    return true;
}

static bool take_copy(pl_arena *a, pl_str *s)
{
    *s = pl_arena_str(a, *s);
    return s->p != NULL;
}

static pl_rc take_statement(struct read *r, pl_rd *in, pl_err *err)
{
    pl_vex_statement s = {.source = r->source};

    s.id = pl_rd_lstr(in);
    s.product = pl_rd_lstr(in);
    s.component = pl_rd_lstr(in);
    s.reason = pl_rd_lstr(in);
    s.approver = pl_rd_lstr(in);
    uint8_t status = pl_rd_u8(in);
    uint64_t time_us = pl_rd_u64le(in), until_us = pl_rd_u64le(in);
    if (!pl_rd_ok(in) || status > PL_VEX_IGNORED || time_us > INT64_MAX || until_us > INT64_MAX ||
        !pl_osv_is_word(s.id, PL_VULN_ID_MAX) || s.product.n > PL_VEX_PURL_MAX ||
        s.component.n > PL_VEX_PURL_MAX || s.reason.n > PL_VEX_REASON_MAX ||
        s.approver.n > PL_VEX_REASON_MAX || !pl_osv_is_line(s.product) ||
        !pl_osv_is_line(s.component) || !pl_osv_is_line(s.reason) || !pl_osv_is_line(s.approver))
        return lied(err);
    s.status = (pl_vex_status)status;
    s.time_us = (int64_t)time_us;
    s.until_us = (int64_t)until_us;
    if (!take_copy(r->a, &s.id) || !take_copy(r->a, &s.product) || !take_copy(r->a, &s.component) ||
        !take_copy(r->a, &s.reason) || !take_copy(r->a, &s.approver) || !grow(r->a, r->vex))
        return pl_fail(err, PL_LIMIT, "too many statements");
    r->vex->v[r->vex->n++] = s;
    return PL_OK;
}

static pl_rc take_frame(uint32_t type, pl_str payload, void *arg, pl_err *err)
{
    struct read *r = arg;
    pl_rd in = pl_rd_of(payload.p, payload.n);
    pl_rc rc = PL_OK;

    if (type == PL_FRAME_VEX_UNCLEAR) {
        r->vex->n_unclear += pl_rd_u32le(&in);
        return pl_rd_done(&in) ? PL_OK : lied(err);
    }
    if (type != PL_FRAME_VEX)
        return lied(err);
    while (rc == PL_OK && in.n)
        rc = take_statement(r, &in, err);
    return rc;
}

static pl_rc open_file(const char *path, int *ret, pl_err *err)
{
    PL_AUTO_FD int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    struct stat st;

    if (fd < 0 && errno == ENOENT)
        return pl_fail(err, PL_NOTFOUND, "no such file");
    if (fd < 0 || fstat(fd, &st) != 0)
        return pl_fail_sys(err, errno, "open");
    if (!S_ISREG(st.st_mode))
        return pl_fail(err, PL_FORMAT, "not a regular file");
    if (st.st_size > PL_VEX_DOCUMENT_MAX)
        return pl_fail(err, PL_LIMIT, "larger than %d bytes", PL_VEX_DOCUMENT_MAX);
    *ret = PL_TAKE(fd, -1);
    return PL_OK;
}

pl_rc pl_vex_read(const char *path, bool is_ignore_file, pl_arena *a, pl_vex *vex, pl_err *err)
{
    static const pl_jail_limits limits = {
        .ms = 60 * 1000, .cpu_s = 60, .memory = (size_t)1 << 30, .output = (size_t)1 << 30};
    struct read r = {.a = a, .vex = vex, .source = pl_arena_str(a, pl_str_c(path))};
    PL_AUTO_FD int fd = -1;
    pl_vex before = *vex;

    pl_rc rc = r.source.p ? open_file(path, &fd, err) : pl_fail(err, PL_LIMIT, "too many files");
    if (rc == PL_OK) {
        const pl_jail_job job = {.kind = PL_VEX_WORKER,
                                 .args = is_ignore_file ? PL_S("ignore") : PL_S("vex"),
                                 .in_fd = fd,
                                 .limits = &limits,
                                 .frame = take_frame,
                                 .frame_arg = &r};
        rc = pl_jail_run(&job, err);
    }
    if (rc == PL_OK)
        return rc;
    *vex = before;
    return pl_wrap(err, rc, "%s", path);
}

/* ---- matching ---- */

/* "pkg:type/namespace/name@version?qualifiers#subpath" in its parts; names stay escaped. */
struct purl {
    pl_str name; /* type, namespace and name */
    pl_str version, qualifiers;
};

static bool is_purl(pl_str s)
{
    return pl_str_starts(s, PL_S("pkg:"));
}

static struct purl cut_purl(pl_str s)
{
    struct purl p = {.version = {"", 0}};
    pl_str rest = s, head;

    (void)pl_str_cut(&rest, '#', &head);
    rest = head;
    (void)pl_str_cut(&rest, '?', &p.name);
    p.qualifiers = rest;
    /* the '@' of an npm scope may stand unescaped in front of a '/' */
    const char *at = p.name.n ? memrchr(p.name.p, '@', p.name.n) : NULL;
    if (at && !memchr(at, '/', p.name.n - (size_t)(at - p.name.p))) {
        size_t n = (size_t)(at - p.name.p);
        p.version = pl_skip(p.name, n + 1);
        p.name.n = n;
    }
    return p;
}

static int hex_of(char c)
{
    if (pl_is_digit(c))
        return c - '0';
    c = pl_to_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The next byte with its escape undone. */
static int next_byte(pl_str *s)
{
    if (!s->n)
        return -1;
    if (*s->p == '%' && s->n > 2 && hex_of(s->p[1]) >= 0 && hex_of(s->p[2]) >= 0) {
        int c = hex_of(s->p[1]) * 16 + hex_of(s->p[2]);
        *s = pl_skip(*s, 3);
        return c;
    }
    int c = (unsigned char)*s->p;
    *s = pl_skip(*s, 1);
    return c;
}

static bool is_same_text(pl_str a, pl_str b)
{
    for (;;) {
        int x = next_byte(&a), y = next_byte(&b);
        if (x != y)
            return false;
        if (x < 0)
            return true;
    }
}

static bool get_qualifier(pl_str qualifiers, pl_str key, pl_str *ret)
{
    pl_str one, name;

    while (pl_str_cut(&qualifiers, '&', &one)) {
        (void)pl_str_cut(&one, '=', &name);
        if (!pl_str_eq(name, key))
            continue;
        *ret = one;
        return true;
    }
    return false;
}

/* Architecture and release have to be the same where both name them. */
static bool do_qualifiers_agree(pl_str a, pl_str b)
{
    static const pl_str keys[] = {{"arch", 4}, {"distro", 6}, {"epoch", 5}};
    pl_str x, y;

    for (size_t i = 0; i < PL_COUNT(keys); i++)
        if (get_qualifier(a, keys[i], &x) && get_qualifier(b, keys[i], &y) && !is_same_text(x, y))
            return false;
    return true;
}

static bool is_purl_of(pl_str pattern, pl_str purl)
{
    struct purl p = cut_purl(pattern), q = cut_purl(purl);

    return is_same_text(p.name, q.name) && (!p.version.n || is_same_text(p.version, q.version)) &&
           do_qualifiers_agree(p.qualifiers, q.qualifiers);
}

/*
 * The same package URL with the source package's name and version. One that names an architecture
 * is of the binary package of that name alone.
 */
static bool is_source_of(pl_str pattern, const pl_vuln_facts *f)
{
    struct purl p = cut_purl(pattern), q = cut_purl(f->purl);
    const char *slash = q.name.n ? memrchr(q.name.p, '/', q.name.n) : NULL;
    pl_str arch, release, own;

    if (!slash || !f->source.n ||
        (get_qualifier(p.qualifiers, PL_S("arch"), &arch) && !pl_str_eq(arch, PL_S("source"))))
        return false;
    if (get_qualifier(p.qualifiers, PL_S("distro"), &release) &&
        get_qualifier(q.qualifiers, PL_S("distro"), &own) && !is_same_text(release, own))
        return false;
    size_t head = (size_t)(slash - q.name.p) + 1;
    return is_same_text(pl_str_sub(p.name, 0, head), pl_str_sub(q.name, 0, head)) &&
           is_same_text(pl_str_sub(p.name, head, p.name.n), f->source) &&
           (!p.version.n || is_same_text(p.version, f->source_version));
}

static bool is_package(pl_str product, const pl_vuln_facts *f)
{
    if (is_purl(product))
        return f->purl.n && (is_purl_of(product, f->purl) || is_source_of(product, f));
    return pl_str_eq(product, f->package) || pl_str_eq(product, f->source);
}

static pl_str last_part(pl_str path)
{
    const char *slash = path.n ? memrchr(path.p, '/', path.n) : NULL;
    return slash ? pl_skip(path, (size_t)(slash - path.p) + 1) : path;
}

/* A subject by its name; an image by its repository too, and by a digest that is its own. */
static bool is_subject(pl_str product, const pl_subject *s)
{
    if (!is_purl(product))
        return pl_str_eq(product, s->name) || pl_str_eq(product, s->klass);
    if (!pl_str_eq(s->kind, PL_S("image")) ||
        (!pl_str_starts(product, PL_S("pkg:oci/")) && !pl_str_starts(product, PL_S("pkg:docker/"))))
        return false;
    struct purl p = cut_purl(product);
    pl_str tag;
    return is_same_text(last_part(p.name), last_part(s->klass)) &&
           (!p.version.n || is_same_text(p.version, s->key) ||
            (pl_str_ends(s->name, p.version) && p.version.n)) &&
           (!get_qualifier(p.qualifiers, PL_S("tag"), &tag) || pl_str_ends(s->name, tag));
}

static bool names_vulnerability(const pl_vex_statement *s, const pl_vuln_facts *f)
{
    if (pl_str_eq(s->id, f->advisory))
        return true;
    for (size_t i = 0; i < f->n_aliases; i++)
        if (pl_str_eq(s->id, f->aliases[i]))
            return true;
    return false;
}

static bool speaks_of(const pl_vex_statement *s, const pl_vuln_facts *f, const pl_subject *subject)
{
    if (!names_vulnerability(s, f))
        return false;
    if (s->component.n)
        return is_subject(s->product, subject) && is_package(s->component, f);
    return !s->product.n || is_package(s->product, f) || is_subject(s->product, subject);
}

static int weight_of(const pl_vex_statement *s, int64_t now_us)
{
    pl_vex_status status = pl_vex_status_at(s, now_us);
    return status == PL_VEX_IGNORED ? 2 : status != PL_VEX_EXPIRED;
}

const pl_vex_statement *pl_vex_find(const pl_vex *vex, const pl_vuln_facts *f,
                                    const pl_subject *subject, int64_t now_us)
{
    const pl_vex_statement *best = NULL;
    int weight = 0;

    for (size_t i = 0; i < vex->n; i++) {
        const pl_vex_statement *s = &vex->v[i];
        if (!speaks_of(s, f, subject))
            continue;
        int w = weight_of(s, now_us);
        if (best && (w < weight || (w == weight && s->time_us < best->time_us)))
            continue;
        best = s;
        weight = w;
    }
    return best;
}
