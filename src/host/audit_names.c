/* SPDX-License-Identifier: Apache-2.0 */
#include "host/audit_names.h"

#include "core/attr.h"

/* The numbers of arm64 are those of the generic table; 32 bit there is the ARM table. */
const pl_kaudit_syscall pl_kaudit_syscalls[] = {
#if defined(__x86_64__)
    {"adjtimex", 159, 124},
    {"settimeofday", 164, 79},
    {"clock_settime", 227, 264},
    {"clock_adjtime", 305, 343},
#elif defined(__aarch64__)
    {"adjtimex", 171, 124},
    {"settimeofday", 170, 79},
    {"clock_settime", 112, 262},
    {"clock_adjtime", 266, 372},
#else
#error "system call numbers of this architecture are missing"
#endif
};
const size_t pl_kaudit_syscall_count = PL_COUNT(pl_kaudit_syscalls);
