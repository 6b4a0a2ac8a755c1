/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/format.h"

#include "core/attr.h"

const pl_ingest_format pl_ingest_formats[] = {
    {"sarif", "SARIF 2.1.0", pl_ingest_sarif},
    {"trivy", "Trivy's JSON", pl_ingest_trivy},
    {0},
};

const pl_ingest_format *pl_ingest_format_named(pl_str name)
{
    for (const pl_ingest_format *f = pl_ingest_formats; f->name; f++)
        if (pl_str_eq(name, pl_str_c(f->name)))
            return f;
    return NULL;
}

/* ---- JSON: by the names of the members on top ---- */

static const struct sign {
    const char *format;
    const char *keys[2]; /* both; NULL: one is enough */
} signs[] = {
    {"sarif", {"runs", NULL}},
    {"trivy", {"SchemaVersion", "ArtifactName"}},
    {"trivy", {"SchemaVersion", "Results"}},
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

const pl_ingest_format *pl_ingest_format_of(pl_str text)
{
    pl_json_rd r = pl_json_rd_of(text);

    return pl_json_peek(&r) == '{' ? of_object(r) : NULL;
}
