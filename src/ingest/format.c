/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/format.h"

#include "core/attr.h"
#include "ingest/lines.h"

const pl_ingest_format pl_ingest_formats[] = {
    {"sarif", "SARIF 2.1.0", pl_ingest_sarif},
    {"trivy", "Trivy's JSON", pl_ingest_trivy},
    {"grype", "Grype's JSON", pl_ingest_grype},
    {"junit", "JUnit XML", pl_ingest_junit},
    {"xccdf", "XCCDF results", pl_ingest_xccdf},
    {"falco", "Falco's events", pl_ingest_falco},
    {"kube-bench", "kube-bench's JSON", pl_ingest_kube_bench},
    {"docker-bench", "docker-bench's JSON", pl_ingest_docker_bench},
    {"clamav", "a log of ClamAV", pl_ingest_clamav},
    {"yara", "a log of yara", pl_ingest_yara},
    {0},
};

const pl_ingest_format *pl_ingest_format_named(pl_str name)
{
    for (const pl_ingest_format *f = pl_ingest_formats; f->name; f++)
        if (pl_str_eq(name, pl_str_c(f->name)))
            return f;
    return NULL;
}

void pl_ingest_format_names(pl_buf *out)
{
    for (const pl_ingest_format *f = pl_ingest_formats; f->name; f++)
        pl_buf_fmt(out, "%s%s", f == pl_ingest_formats ? "" : ", ", f->name);
}

/* ---- JSON: by the names of the members on top ---- */

static const struct sign {
    const char *format;
    const char *keys[2]; /* both; NULL: one is enough */
} signs[] = {
    {"trivy", {"SchemaVersion", "ArtifactName"}},
    {"trivy", {"SchemaVersion", "Results"}},
    {"kube-bench", {"Controls", NULL}},
    {"kube-bench", {"node_type", "tests"}},
    {"docker-bench", {"dockerbenchsecurity", NULL}},
    {"falco", {"rule", "priority"}},
    {"grype", {"matches", "source"}},
    {"grype", {"matches", "ignoredMatches"}},
    {"sarif", {"runs", NULL}},
};

static const pl_ingest_format *of_object(pl_json_rd r)
{
    unsigned seen[PL_COUNT(signs)] = {0};

    (void)pl_json_enter_object(&r);
    for (pl_str key; pl_json_key(&r, &key);) {
        for (size_t i = 0; i < PL_COUNT(signs); i++)
            for (unsigned k = 0; k < 2; k++)
                if (!signs[i].keys[k] || pl_str_eq(key, pl_str_c(signs[i].keys[k])))
                    seen[i] |= 1U << k;
        for (size_t i = 0; i < PL_COUNT(signs); i++)
            if (seen[i] == 3)
                return pl_ingest_format_named(pl_str_c(signs[i].format));
        pl_json_skip(&r);
    }
    return NULL;
}

/* ---- XML: by the name of the first element ---- */

/* The name behind the first "<" that opens an element, without its prefix. */
static pl_str first_element(pl_str text)
{
    pl_str rest = text, before, prefix;
    size_t n = 0;

    while (pl_str_cut(&rest, '<', &before) && rest.n && (rest.p[0] == '?' || rest.p[0] == '!'))
        continue;
    while (n < rest.n && rest.p[n] != '>' && rest.p[n] != '/' && (unsigned char)rest.p[n] > ' ')
        n++;
    pl_str name = pl_str_sub(rest, 0, n);
    if (pl_str_has(name, PL_S(":")))
        (void)pl_str_cut(&name, ':', &prefix);
    return name;
}

static const pl_ingest_format *of_xml(pl_str text)
{
    static const struct {
        const char *element, *format;
    } names[] = {{"testsuites", "junit"},
                 {"testsuite", "junit"},
                 {"Benchmark", "xccdf"},
                 {"TestResult", "xccdf"},
                 {"asset-report-collection", "xccdf"}};
    pl_str name = first_element(text);

    for (size_t i = 0; i < PL_COUNT(names); i++)
        if (pl_str_eq(name, pl_str_c(names[i].element)))
            return pl_ingest_format_named(pl_str_c(names[i].format));
    return NULL;
}

/* ---- lines ---- */

static bool is_clamav_line(pl_str line)
{
    return pl_str_has(line, PL_S("- SCAN SUMMARY -")) || pl_str_ends(line, PL_S(" FOUND")) ||
           pl_str_ends(line, PL_S(": OK"));
}

/* By the first line that can only be one of them. */
static const pl_ingest_format *of_lines(pl_str text)
{
    enum { LOOKED_AT = 200 };
    pl_ingest_lines lines = {.rest = text};
    pl_str rule, path;

    for (pl_str line; lines.number < LOOKED_AT && pl_ingest_line(&lines, &line);) {
        if (pl_str_has(line, PL_S(": Falco version: ")))
            return pl_ingest_format_named(PL_S("falco"));
        if (is_clamav_line(line))
            return pl_ingest_format_named(PL_S("clamav"));
        if (pl_ingest_yara_line(line, &rule, &path) && pl_str_has(path, PL_S("/")))
            return pl_ingest_format_named(PL_S("yara"));
    }
    return NULL;
}

const pl_ingest_format *pl_ingest_format_of(pl_str text)
{
    pl_json_rd r = pl_json_rd_of(text);
    char first = pl_json_peek(&r);

    if (first == '[') { /* kube-bench without totals */
        (void)pl_json_enter_array(&r);
        first = pl_json_item(&r) ? pl_json_peek(&r) : 0;
    }
    if (first == '{')
        return of_object(r);
    return first == '<' ? of_xml(text) : of_lines(text);
}
