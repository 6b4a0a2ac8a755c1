/* SPDX-License-Identifier: Apache-2.0 */
/* A file of checks: load, compile, run the test cases beside the checks. */
#include "../unit/rules/kinds.h"

#include "core/buf.h"
#include "rules/judge.h"

#include <assert.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const pl_kind *const kinds[] = {&kind_t, &kind_e, &kind_r, &kind_x, &kind_kv, &kind_kn};
    const pl_content_file files[] = {{"checks/fuzz.yaml", data, size}, {0}};
    PL_AUTO_SCHEMA pl_schema *schema = pl_schema_new();
    PL_AUTO_RULES pl_rules *rules = NULL;
    PL_AUTO_BUF pl_buf out = {.max = 1 << 20};
    pl_content content = {0};
    pl_rules_test_result result;
    pl_err err;

    assert(schema);
    for (size_t i = 0; i < PL_COUNT(kinds); i++)
        pl_schema_add(schema, kinds[i]);
    if (pl_content_load(schema, files, NULL, 0, &content, &err) == PL_OK &&
        pl_rules_compile(schema, &content, &rules, &err) == PL_OK)
        (void)!pl_rules_test(rules, &out, &result, &err);
    pl_content_done(&content);
    return 0;
}
