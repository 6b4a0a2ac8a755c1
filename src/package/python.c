/* SPDX-License-Identifier: Apache-2.0 */
#include "package/python.h"

#include "core/json_rd.h"
#include "image/limits.h"
#include "image/zip.h"
#include "package/file_list.h"
#include "package/limits.h"

#include <string.h>

enum { SHORT_LICENCE = 80 }; /* some put the whole text into the field */

/* ---- METADATA ---- */

struct metadata {
    pl_str name, version, licence, expression, classifier;
};

static void take_header(struct metadata *m, pl_str key, pl_str value)
{
    const struct {
        const char *key;
        pl_str *to;
    } fields[] = {{"Name", &m->name},
                  {"Version", &m->version},
                  {"License", &m->licence},
                  {"License-Expression", &m->expression}};
    static const char mark[] = "License :: ";

    for (size_t i = 0; i < PL_COUNT(fields); i++)
        if (pl_str_eq_nocase(key, pl_str_c(fields[i].key)) && !fields[i].to->n)
            *fields[i].to = value;
    if (!pl_str_eq_nocase(key, PL_S("Classifier")) || !pl_str_starts(value, PL_S(mark)))
        return;
    /* "License :: OSI Approved :: MIT License": the last part says it. */
    for (size_t i = value.n; i-- > 1;)
        if (value.p[i] == ':' && value.p[i - 1] == ':') {
            m->classifier = pl_str_trim(pl_str_sub(value, i + 1, value.n));
            break;
        }
}

static pl_str licence_of(const struct metadata *m)
{
    if (m->expression.n)
        return m->expression;
    bool is_said = m->licence.n && m->licence.n <= SHORT_LICENCE &&
                   !pl_str_eq_nocase(m->licence, PL_S("UNKNOWN"));
    return is_said ? m->licence : m->classifier;
}

pl_rc pl_python_metadata(pl_str text, pl_arena *a, pl_found_each each, void *arg, pl_err *err)
{
    struct metadata m = {0};
    pl_str line;

    (void)a;
    if (pl_str_starts(text, PL_S("\xEF\xBB\xBF")))
        text = pl_str_sub(text, 3, text.n);
    /* Headers end at the first empty line; continuation lines belong to fields not needed here. */
    while (pl_str_cut(&text, '\n', &line) && pl_str_trim(line).n) {
        pl_str rest = line;
        pl_str key;
        if (line.p[0] == ' ' || line.p[0] == '\t' || !pl_str_cut(&rest, ':', &key))
            continue;
        take_header(&m, pl_str_trim(key), pl_str_trim(rest));
    }
    pl_found f = {.kind = PL_FOUND_INSTALLED,
                  .lang = PL_LANG_PYPI,
                  .name = m.name,
                  .version = m.version,
                  .licence = licence_of(&m)};
    if (!pl_found_is_whole(&f))
        return pl_fail(err, PL_FORMAT, "names no package or no version");
    return each(&f, arg, err);
}

/* ---- JSON beside it ---- */

static pl_rc end_json(pl_json_rd *r, const pl_found *f, bool is_told, pl_found_each each, void *arg,
                      pl_err *err)
{
    if (!pl_json_done(r))
        return pl_fail(err, PL_FORMAT, "no JSON: %s at byte %zu", r->why,
                       (size_t)(r->p - r->start));
    return is_told ? each(f, arg, err) : PL_OK;
}

/* vcs_info or archive_info. */
static void read_info(pl_json_rd *r, pl_arena *a, pl_str *vcs, pl_str *commit, pl_str *hash)
{
    pl_json_slot slots[] = {{"vcs", vcs}, {"commit_id", commit}, {"hash", hash}};

    if (!pl_json_enter_object(r))
        return;
    for (pl_str key; pl_json_key(r, &key);)
        if (!pl_json_pick(r, a, key, slots, PL_COUNT(slots), PL_FOUND_TEXT_MAX))
            pl_json_skip(r);
}

/* As pip writes it in a list of requirements: git+https://...@COMMIT. */
pl_rc pl_python_direct_url(pl_str json, pl_str path, pl_arena *a, pl_found_each each, void *arg,
                           pl_err *err)
{
    static const char name[] = "direct_url.json";
    PL_AUTO_BUF pl_buf at = {0};
    PL_AUTO_BUF pl_buf from = {0};
    PL_AUTO_BUF pl_buf digest = {0};
    pl_json_rd r = pl_json_rd_of(json);
    pl_str url = {"", 0};
    pl_str vcs = {"", 0};
    pl_str commit = {"", 0};
    pl_str hash = {"", 0};
    pl_json_slot slots[] = {{"url", &url}};

    if (pl_json_enter_object(&r))
        for (pl_str key; pl_json_key(&r, &key);) {
            if (pl_str_eq(key, PL_S("vcs_info")) || pl_str_eq(key, PL_S("archive_info")))
                read_info(&r, a, &vcs, &commit, &hash);
            else if (!pl_json_pick(&r, a, key, slots, PL_COUNT(slots), PL_FOUND_TEXT_MAX))
                pl_json_skip(&r);
        }
    if (pl_str_ends(path, PL_S(name)))
        path.n -= sizeof(name) - 1;
    pl_buf_fmt(&at, "%.*sMETADATA", PL_F(path));
    pl_buf_fmt(&from, "%.*s%s%.*s%s%.*s", PL_F(vcs), vcs.n ? "+" : "", PL_F(url),
               commit.n ? "@" : "", PL_F(commit));
    pl_str sum = hash; /* "sha256=..." */
    pl_str algorithm;
    if (pl_str_cut(&sum, '=', &algorithm) && sum.n)
        pl_buf_fmt(&digest, "%.*s:%.*s", PL_F(algorithm), PL_F(sum));
    if (!pl_buf_ok(&at) || !pl_buf_ok(&from) || !pl_buf_ok(&digest))
        return pl_fail(err, PL_NOMEM, "direct_url.json");
    pl_found f = {.kind = PL_FOUND_HINT,
                  .lang = PL_LANG_PYPI,
                  .provenance = pl_buf_view(&from),
                  .integrity = pl_buf_view(&digest),
                  .at = pl_buf_view(&at)};
    return end_json(&r, &f, url.n > 0, each, arg, err);
}

/* Paths below the environment; one with an escape in it is left out. */
static void read_files(pl_json_rd *r, pl_buf *list)
{
    pl_str path;

    if (!pl_json_enter_array(r))
        return;
    while (pl_json_item(r))
        if (pl_json_raw(r, &path) && !(path.n && memchr(path.p, '\\', path.n)))
            pl_file_list_add(list, path);
}

pl_rc pl_conda_meta(pl_str json, pl_arena *a, pl_found_each each, void *arg, pl_err *err)
{
    pl_found f = {.kind = PL_FOUND_INSTALLED, .lang = PL_LANG_CONDA};
    pl_str sha256 = {"", 0};
    pl_str channel = {"", 0};
    pl_json_slot slots[] = {{"name", &f.name},       {"version", &f.version},
                            {"license", &f.licence}, {"url", &f.provenance},
                            {"channel", &channel},   {"sha256", &sha256}};
    PL_AUTO_BUF pl_buf digest = {0};
    PL_AUTO_BUF pl_buf files = {0};
    pl_json_rd r = pl_json_rd_of(json);

    if (pl_json_enter_object(&r))
        for (pl_str key; pl_json_key(&r, &key);) {
            if (pl_str_eq(key, PL_S("files")))
                read_files(&r, &files);
            else if (!pl_json_pick(&r, a, key, slots, PL_COUNT(slots), PL_FOUND_TEXT_MAX))
                pl_json_skip(&r);
        }
    if (sha256.n)
        pl_buf_fmt(&digest, "sha256:%.*s", PL_F(sha256));
    f.integrity = pl_buf_view(&digest);
    f.provenance = f.provenance.n ? f.provenance : channel;
    bool is_told = pl_found_is_whole(&f);
    pl_rc rc = end_json(&r, &f, is_told, each, arg, err);
    return rc || !is_told ? rc : pl_file_list_tell(PL_LANG_CONDA, &files, each, arg, err);
}

/* ---- zipped eggs ---- */

#define EGG_INFO "EGG-INFO/PKG-INFO"

static pl_rc read_egg_info(pl_zip *z, pl_members *m, pl_found_each each, void *arg, pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {0};
    pl_rc rc = pl_zip_text(z, PL_MANIFEST_MAX, &text, err);

    if (!rc)
        rc = pl_members_text(m, PL_S(EGG_INFO), pl_buf_view(&text), err);
    return rc ? rc : pl_python_metadata(pl_buf_view(&text), NULL, each, arg, err);
}

pl_rc pl_python_egg(pl_in *in, pl_members *m, pl_found_each each, void *arg, pl_err *err)
{
    uint64_t budget = PL_ZIP_UNPACKED_MAX;
    uint64_t unlimited = UINT64_MAX; /* members have limits of their own */
    PL_AUTO_ZIP pl_zip *z = pl_zip_new(in, &budget);
    bool is_end = false;
    bool is_known = false;
    pl_rc rc = z ? PL_OK : pl_fail(err, PL_NOMEM, "egg");

    while (!rc && !is_end && !(is_known && !m)) {
        pl_str name;
        rc = pl_zip_next(z, &name, &is_end, err);
        if (rc || is_end)
            break;
        bool is_info = pl_str_eq(name, PL_S(EGG_INFO)) && !is_known;
        is_known |= is_info;
        pl_zip_charge(z, is_info ? &budget : &unlimited);
        rc = is_info ? read_egg_info(z, m, each, arg, err)
                     : pl_members_take(m, name, pl_zip_data(z), err);
    }
    if (rc)
        pl_members_broken(m, rc, err ? err->text : "");
    return rc;
}
