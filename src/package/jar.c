/* SPDX-License-Identifier: Apache-2.0 */
#include "package/jar.h"

#include "core/char.h"
#include "image/limits.h"
#include "image/zip.h"
#include "package/limits.h"

#include <string.h>

enum { TEXT_MAX = 256 << 10 /* a manifest with digests of every class can be long */ };

struct pom {
    pl_str group, artifact, version;
};

struct manifest {
    pl_str title, version, vendor_id, symbolic_name, bundle_version, spec_version, licence;
};

/* What is common to a file and all that it holds. */
struct jar_job {
    pl_found_each each;
    void *arg;
    uint64_t budget; /* bytes that may still be unpacked */
    pl_members *m;   /* sees all that is in it; NULL: nobody does */
};

struct level {
    struct jar_job *job;
    pl_arena *a;
    pl_str name; /* of the archive: "x-1.0.jar" */
    pl_str at;   /* its place in the file, empty: the file itself */
    unsigned depth;
    struct pom *poms; /* in the arena */
    size_t n_poms, room_poms;
    struct manifest manifest;
};

/* ---- names ---- */

bool pl_jar_is_name(pl_str name)
{
    static const char *const ends[] = {".jar", ".war", ".ear", ".par", ".sar", ".nar",
                                       ".jpi", ".hpi", ".kar", ".rar", ".lpkg"};

    for (size_t i = 0; i < PL_COUNT(ends); i++)
        if (pl_str_ends(name, pl_str_c(ends[i])))
            return true;
    return false;
}

static pl_str base_of(pl_str path)
{
    pl_str name = path;
    pl_str part;

    while (pl_str_cut(&path, '/', &part))
        name = part;
    return name;
}

static pl_str without_extension(pl_str name)
{
    const char *dot = name.n ? memrchr(name.p, '.', name.n) : NULL;
    return dot ? pl_str_sub(name, 0, (size_t)(dot - name.p)) : name;
}

bool pl_jar_file_name(pl_str name, pl_str *ret_artifact, pl_str *ret_version)
{
    pl_str stem = without_extension(name);

    for (size_t i = 1; i + 1 < stem.n; i++) {
        char next = stem.p[i + 1];
        bool has_v = next == 'v' && i + 2 < stem.n && pl_is_digit(stem.p[i + 2]);
        if (stem.p[i] != '-' || !(pl_is_digit(next) || has_v))
            continue;
        *ret_artifact = pl_str_sub(stem, 0, i);
        *ret_version = pl_str_sub(stem, i + 1 + has_v, stem.n);
        return true;
    }
    *ret_artifact = stem;
    *ret_version = (pl_str){"", 0};
    return false;
}

/* ---- pom.properties ---- */

static void read_pom(pl_str text, struct pom *p)
{
    const struct {
        const char *key;
        pl_str *to;
    } keys[] = {{"groupId", &p->group}, {"artifactId", &p->artifact}, {"version", &p->version}};
    pl_str line;

    *p = (struct pom){0};
    while (pl_str_cut(&text, '\n', &line)) {
        pl_str rest = pl_str_trim(line);
        pl_str key;
        if (!rest.n || rest.p[0] == '#' || !pl_str_cut(&rest, '=', &key))
            continue;
        for (size_t i = 0; i < PL_COUNT(keys); i++)
            if (pl_str_eq(pl_str_trim(key), pl_str_c(keys[i].key)))
                *keys[i].to = pl_str_trim(rest);
    }
}

static pl_rc tell(const struct jar_job *job, pl_str group, pl_str artifact, pl_found *f,
                  pl_err *err)
{
    PL_AUTO_BUF pl_buf name = {0};

    pl_buf_fmt(&name, "%.*s:%.*s", PL_F(group), PL_F(artifact));
    if (!pl_buf_ok(&name))
        return pl_fail(err, PL_NOMEM, "jar");
    f->kind = PL_FOUND_INSTALLED;
    f->lang = PL_LANG_MAVEN;
    f->name = pl_buf_view(&name);
    return group.n && artifact.n && pl_found_is_whole(f) ? job->each(f, job->arg, err) : PL_OK;
}

pl_rc pl_pom_properties(pl_str text, pl_arena *a, pl_found_each each, void *arg, pl_err *err)
{
    struct jar_job job = {.each = each, .arg = arg};
    struct pom p;

    (void)a;
    read_pom(text, &p);
    return tell(&job, p.group, p.artifact, &(pl_found){.version = p.version}, err);
}

/* ---- the manifest: "Key: value", continued on lines that begin with a blank ---- */

static void take_attribute(struct manifest *m, pl_str line)
{
    const struct {
        const char *key;
        pl_str *to;
    } keys[] = {{"Implementation-Title", &m->title},
                {"Implementation-Version", &m->version},
                {"Implementation-Vendor-Id", &m->vendor_id},
                {"Group-Id", &m->vendor_id}, /* of plugins of Jenkins */
                {"Bundle-SymbolicName", &m->symbolic_name},
                {"Bundle-Version", &m->bundle_version},
                {"Specification-Version", &m->spec_version},
                {"Bundle-License", &m->licence}};
    pl_str rest = line;
    pl_str key;

    if (!pl_str_cut(&rest, ':', &key))
        return;
    for (size_t i = 0; i < PL_COUNT(keys); i++)
        if (pl_str_eq_nocase(key, pl_str_c(keys[i].key)) && !keys[i].to->n)
            *keys[i].to = pl_str_trim(rest);
}

/* Lines are joined in place: text is the arena's own copy. Only the first section is about the
 * archive itself. */
static void read_manifest(char *text, size_t n, struct manifest *m)
{
    pl_str rest = {text, n};
    pl_str line;
    char *joined = text;
    size_t length = 0;

    while (pl_str_cut(&rest, '\n', &line)) {
        if (line.n && line.p[line.n - 1] == '\r')
            line.n--;
        if (line.n == 0)
            break;
        bool is_more = line.p[0] == ' ';
        if (!is_more) {
            take_attribute(m, (pl_str){joined, length});
            joined += length;
            length = 0;
        }
        memmove(joined + length, line.p + is_more, line.n - is_more);
        length += line.n - is_more;
    }
    take_attribute(m, (pl_str){joined, length});
}

/* ---- what an archive is, by all that was seen in it ---- */

/* "org.apache.commons.lang3;singleton:=true" */
static pl_str symbolic_name(const struct manifest *m)
{
    pl_str rest = m->symbolic_name;
    pl_str name;
    return pl_str_cut(&rest, ';', &name) ? pl_str_trim(name) : (pl_str){"", 0};
}

static bool has_blank(pl_str s)
{
    return s.n && memchr(s.p, ' ', s.n);
}

static pl_str guess_group(const struct manifest *m, pl_str artifact)
{
    pl_str symbol = symbolic_name(m);
    pl_str dotted = symbol;

    if (m->vendor_id.n && !has_blank(m->vendor_id))
        return m->vendor_id;
    if (!symbol.n || has_blank(symbol) || !memchr(symbol.p, '.', symbol.n))
        return artifact;
    if (pl_str_ends(symbol, artifact) && symbol.n > artifact.n + 1)
        dotted.n = symbol.n - artifact.n - 1;
    return dotted;
}

static pl_str first_of(pl_str a, pl_str b, pl_str c)
{
    return a.n ? a : b.n ? b : c;
}

/* No pom.properties: the name of the file, then the manifest. */
static pl_rc tell_by_manifest(const struct level *l, pl_err *err)
{
    const struct manifest *m = &l->manifest;
    pl_str artifact;
    pl_str version;
    pl_str said = first_of(m->version, m->bundle_version, m->spec_version);
    pl_str stem = without_extension(l->name);
    bool by_name = pl_jar_file_name(l->name, &artifact, &version);

    if (by_name && said.n && stem.n > said.n + 1 && pl_str_ends(stem, said) &&
        stem.p[stem.n - said.n - 1] == '-') {
        version = said; /* "log4j-1.2-1.2.17.jar" has two numbers, and the manifest knows which */
        artifact = pl_str_sub(stem, 0, stem.n - said.n - 1);
    }
    if (!by_name)
        version = said;
    if (!by_name && m->title.n && !has_blank(m->title))
        artifact = m->title;
    pl_found f = {.version = version, .licence = m->licence, .at = l->at, .is_guessed = true};
    return tell(l->job, guess_group(m, artifact), artifact, &f, err);
}

/* How much of the file's name the artifact explains; 0: it is not named after it. */
static size_t named_after(pl_str stem, const struct pom *p)
{
    if (!p->artifact.n || !pl_str_starts(stem, p->artifact))
        return 0;
    char next = stem.n > p->artifact.n ? stem.p[p->artifact.n] : '-';
    return next == '-' || next == '_' || next == '.' ? p->artifact.n : 0;
}

static size_t main_pom(const struct level *l)
{
    pl_str stem = without_extension(l->name);
    size_t best = 0;
    size_t at = l->n_poms;

    for (size_t i = 0; i < l->n_poms; i++) {
        size_t is = named_after(stem, &l->poms[i]);
        if (is > best) {
            best = is;
            at = i;
        }
    }
    return l->n_poms == 1 ? 0 : at;
}

static pl_rc tell_level(const struct level *l, pl_err *err)
{
    size_t self = main_pom(l);
    pl_rc rc = self == l->n_poms ? tell_by_manifest(l, err) : PL_OK;

    for (size_t i = 0; !rc && i < l->n_poms; i++) {
        const struct pom *p = &l->poms[i];
        pl_found f = {.version = p->version,
                      .at = l->at,
                      .licence = i == self ? l->manifest.licence : (pl_str){"", 0},
                      .scope = i == self ? PL_SCOPE_NONE : PL_SCOPE_BUNDLED};
        rc = tell(l->job, p->group, p->artifact, &f, err);
    }
    return rc;
}

/* ---- entries ---- */

static pl_rc no_room(pl_err *err)
{
    return pl_fail(err, PL_LIMIT, "jar: what it says of itself takes more than PL_FOUND_SCRATCH");
}

/* What was read of an entry, and what was not, as a member. */
static pl_rc show_text(const struct level *l, pl_zip *z, pl_str name, pl_str text, pl_err *err)
{
    uint64_t unlimited = UINT64_MAX; /* members have limits of their own */
    pl_in_after all = pl_in_of_both(text, pl_zip_data(z));

    pl_zip_charge(z, &unlimited);
    pl_rc rc = pl_members_take(l->job->m, name, &all.in, err);
    pl_zip_charge(z, &l->job->budget);
    return rc;
}

/* A whole small entry into the arena. */
static pl_rc read_text(struct level *l, pl_zip *z, pl_str entry, char **ret, size_t *ret_n,
                       pl_err *err)
{
    PL_AUTO_BUF pl_buf name = {0}; /* the zip forgets it when it reads on */
    PL_AUTO_BUF pl_buf text = {0};
    char piece[4096];
    size_t got = 0;
    pl_rc rc;

    pl_buf_str(&name, entry);
    do {
        rc = pl_in_read(pl_zip_data(z), piece, sizeof(piece), &got, err);
        if (!rc)
            pl_buf_add(&text, piece, got);
    } while (!rc && got && text.n < TEXT_MAX);
    if (!rc)
        rc = show_text(l, z, pl_buf_view(&name), pl_buf_view(&text), err);
    if (rc)
        return rc;
    pl_str kept = pl_arena_str(l->a, pl_buf_view(&text));
    if (!pl_buf_ok(&text) || !kept.p)
        return no_room(err);
    *ret = (char *)(uintptr_t)kept.p;
    *ret_n = kept.n;
    return PL_OK;
}

static pl_rc add_pom(struct level *l, pl_zip *z, pl_str entry, pl_err *err)
{
    char *text = NULL;
    size_t n = 0;
    pl_rc rc = read_text(l, z, entry, &text, &n, err);

    if (rc)
        return rc;
    if (l->n_poms == PL_JAR_POMS_MAX)
        return pl_fail(err, PL_LIMIT, "jar: more than PL_JAR_POMS_MAX (%d) pom.properties",
                       PL_JAR_POMS_MAX);
    if (l->n_poms == l->room_poms) {
        size_t room = l->room_poms ? 2 * l->room_poms : 16;
        struct pom *poms = pl_arena_calloc(l->a, room, sizeof(*poms));
        if (!poms)
            return no_room(err);
        if (l->n_poms)
            memcpy(poms, l->poms, l->n_poms * sizeof(*poms));
        l->poms = poms;
        l->room_poms = room;
    }
    read_pom((pl_str){text, n}, &l->poms[l->n_poms++]);
    return PL_OK;
}

static pl_rc add_manifest(struct level *l, pl_zip *z, pl_str entry, pl_err *err)
{
    char *text = NULL;
    size_t n = 0;
    pl_rc rc = read_text(l, z, entry, &text, &n, err);

    if (!rc)
        read_manifest(text, n, &l->manifest);
    return rc;
}

static pl_rc read_level(struct jar_job *job, pl_in *in, pl_str name, pl_str at, unsigned depth,
                        pl_err *err);

// NOLINTNEXTLINE(misc-no-recursion)
static pl_rc add_nested(const struct level *l, pl_zip *z, pl_str name, pl_err *err)
{
    PL_AUTO_BUF pl_buf at = {0};

    if (l->depth == PL_JAR_DEPTH_MAX)
        return pl_fail(err, PL_LIMIT, "jar: archives nested more than PL_JAR_DEPTH_MAX (%d) deep",
                       PL_JAR_DEPTH_MAX);
    pl_buf_fmt(&at, "%.*s%s%.*s", PL_F(l->at), l->at.n ? "!/" : "", PL_F(name));
    if (!pl_buf_ok(&at))
        return pl_fail(err, PL_NOMEM, "jar");
    pl_str place = pl_buf_view(&at);
    size_t was = pl_members_enter(l->job->m, name);
    pl_rc rc = read_level(l->job, pl_zip_data(z), base_of(place), place, l->depth + 1, err);
    pl_members_leave(l->job->m, was);
    /* An entry that is only called like an archive is no reason to stop. */
    return rc == PL_FORMAT ? PL_OK : rc;
}

// NOLINTNEXTLINE(misc-no-recursion)
static pl_rc read_entry(struct level *l, pl_zip *z, pl_str name, pl_err *err)
{
    if (pl_str_starts(name, PL_S("META-INF/maven/")) && pl_str_ends(name, PL_S("/pom.properties")))
        return add_pom(l, z, name, err);
    if (pl_str_eq_nocase(name, PL_S("META-INF/MANIFEST.MF")))
        return add_manifest(l, z, name, err);
    if (pl_jar_is_name(name))
        return add_nested(l, z, name, err);
    return show_text(l, z, name, (pl_str){"", 0}, err);
}

static pl_rc take_prefix(void *arg, pl_str bytes, pl_err *err)
{
    return pl_members_prefix(arg, bytes, err);
}

/* The next entry. What is in front of a nested archive nobody else sees. */
static pl_rc next_entry(const struct level *l, pl_zip *z, pl_str *ret, bool *ret_end, pl_err *err)
{
    pl_members *m = l->depth ? l->job->m : NULL;

    pl_zip_on_prefix(z, m ? take_prefix : NULL, m);
    pl_rc rc = pl_zip_next(z, ret, ret_end, err);
    pl_rc ended = pl_members_prefix_end(m, err);
    return rc ? rc : ended;
}

/* An entry that is damaged is told, and those behind it count all the same. */
// NOLINTNEXTLINE(misc-no-recursion)
static pl_rc read_entries(struct level *l, pl_zip *z, pl_err *err)
{
    bool is_end = false;
    pl_rc bad = PL_OK;
    pl_rc rc = PL_OK;

    while (!rc) {
        pl_err why = {0};
        pl_str entry;
        rc = next_entry(l, z, &entry, &is_end, &why);
        if (!rc && is_end)
            return bad;
        bool is_entry = !rc;
        if (!rc)
            rc = read_entry(l, z, entry, &why);
        if (rc && !bad)
            bad = pl_fail(err, rc, "%s", why.text);
        if (rc)
            pl_members_broken(l->job->m, rc, why.text);
        if (is_entry && rc == PL_FORMAT)
            rc = PL_OK;
    }
    return bad;
}

// NOLINTNEXTLINE(misc-no-recursion)
static pl_rc read_level(struct jar_job *job, pl_in *in, pl_str name, pl_str at, unsigned depth,
                        pl_err *err)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(PL_FOUND_SCRATCH);
    PL_AUTO_ZIP pl_zip *z = pl_zip_new(in, &job->budget);
    struct level l = {.job = job, .a = a, .name = name, .at = at, .depth = depth};
    pl_err why = {0};
    pl_rc rc = a && z ? read_entries(&l, z, &why) : pl_fail(&why, PL_NOMEM, "jar");
    /* What was seen before it broke is told too. */
    pl_rc told = rc == PL_NOMEM || (rc == PL_FORMAT && !l.n_poms) ? PL_OK : tell_level(&l, err);
    return told ? told : rc ? pl_fail(err, rc, "%s", why.text) : PL_OK;
}

pl_rc pl_jar_read(pl_in *in, pl_str name, pl_members *m, pl_found_each each, void *arg, pl_err *err)
{
    struct jar_job job = {.each = each, .arg = arg, .budget = PL_ZIP_UNPACKED_MAX, .m = m};

    return read_level(&job, in, name, (pl_str){"", 0}, 0, err);
}
