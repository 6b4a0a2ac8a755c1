/* SPDX-License-Identifier: Apache-2.0 */
/* A file of the folder with decisions; and settings of an earlier audit, as the log keeps them. */
#include "govern/changes.h"
#include "govern/decisions.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { BUDGET = 16 << 20 };
    static const pl_requirement requirements[] = {{.id = {"1", 1}}};
    static const pl_framework framework = {.id = {"pci", 3}, .requirements = requirements, .n = 1};
    static const pl_content content = {.frameworks = &framework, .n_frameworks = 1};
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(BUDGET);
    const pl_str text = {(const char *)data, size};
    pl_settings settings;
    pl_decision d = {0};
    pl_err err = {0};

    /* What was read names only requirements that exist. */
    if (a && pl_decision_parse(PL_S("1.md"), text, &content, a, &d, &err) == PL_OK)
        for (size_t i = 0; i < d.n_requirements; i++)
            if (!pl_str_eq(d.requirements[i].id, requirements[0].id))
                abort();
    if (a)
        (void)!pl_settings_read(text, a, &settings, &err);
    return 0;
}
