/* SPDX-License-Identifier: Apache-2.0 */
/* A user's own folder over content of ours: files, each behind a line "=== NAME". */
#include "../unit/model/fixture.h"

#include "core/buf.h"
#include "model/content.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FILES = 8, NAME = 60 };

#define CHECK                                                                                      \
    "- policy: rooms\n  default: null\n  help: h\n"                                                \
    "- check: T-1\n  title: t\n  kind: thing\n  severity: low\n  owner: host\n  method: m\n"       \
    "  rationale: r\n  evidence: [thing.open]\n  remedy: {text: x, steps: {a: b}}\n"               \
    "  pass: thing.open = false\n"                                                                 \
    "  tests:\n    - {name: good, fields: {thing.open: false}, verdict: pass}\n"                   \
    "    - {name: bad, fields: {thing.open: true}, verdict: fail}\n"
#define FRAMEWORK "framework: fw\nname: F\nrequirements:\n  - {id: \"1.1\", title: one}\n"
#define PROFILE "profile: p\nname: P\nframeworks: {fw: all}\npolicy: {rooms: [a]}\n"

static pl_content_file file_of(const char *name, const char *text)
{
    return (pl_content_file){name, (const unsigned char *)text, strlen(text), NULL};
}

/* Files of the input; what does not begin with a name is one of checks. */
static size_t split(pl_str in, char names[][NAME + 1], pl_content_file files[FILES + 1])
{
    size_t n = 0;

    while (in.n && n < FILES) {
        pl_str rest = in, line;
        (void)pl_str_cut(&rest, '\n', &line);
        bool is_named = pl_str_starts(line, PL_S("=== ")) && line.n <= NAME + 4;
        pl_str text = is_named ? rest : in;
        size_t end = 0;
        while (end < text.n && !((end == 0 || text.p[end - 1] == '\n') && text.n - end > 4 &&
                                 memcmp(text.p + end, "=== ", 4) == 0 && (is_named || end > 0)))
            end++;
        if (!is_named || !pl_str_to_c(pl_str_sub(line, 4, line.n), names[n], NAME + 1))
            (void)memcpy(names[n], "checks/x.yaml", sizeof("checks/x.yaml"));
        files[n] = (pl_content_file){names[n], (const unsigned char *)text.p, end, NULL};
        n++;
        in = pl_str_sub(text, end, text.n);
    }
    return n;
}

/* Whatever a folder says, what stood in ours is there, in ours or in its own form. */
static void look_at(pl_content *c)
{
    pl_err err;

    assert(pl_content_check(c, PL_S("T-1")));
    assert(strlen(c->digest) == PL_HASH_HEX - 1);
    for (size_t i = 0; i < c->n_changes; i++)
        assert(c->changes[i].what.n && c->changes[i].how.n && c->changes[i].where.n);
    for (size_t i = 0; i < c->n_profiles; i++)
        assert(pl_content_use_profile(c, c->profiles[i].id, &err) == PL_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const pl_content_file ours[] = {file_of("checks/t.yaml", CHECK),
                                    file_of("frameworks/f.yaml", FRAMEWORK),
                                    file_of("profiles/p.yaml", PROFILE),
                                    {0}};
    PL_AUTO_SCHEMA pl_schema *schema = thing_schema();
    pl_content base = {0}, own = {0};
    pl_content_file files[FILES + 1] = {0};
    char names[FILES][NAME + 1];
    pl_err err;

    assert(pl_content_load(schema, ours, NULL, 0, &base, &err) == PL_OK);
    (void)split((pl_str){(const char *)data, size}, names, files);
    if (pl_content_load_over(schema, &base, files, NULL, 0, &own, &err) == PL_OK)
        look_at(&own);
    pl_content_done(&own);
    pl_content_done(&base);
    return 0;
}
