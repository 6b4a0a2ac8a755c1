/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a header of rpm. */
#include "rpm_look.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pl_str blob = {(const char *)data, size};
    PL_AUTO_BUF pl_buf text = {0};
    pl_rpm_header h;
    pl_package p;

    (void)pl_look_at_header(blob, NULL, NULL);
    if (pl_rpm_header_open(blob, &h, NULL) == PL_OK && pl_rpm_package(&h, &text, &p))
        (void)pl_look_at_package(&p, NULL, NULL);
    return 0;
}
