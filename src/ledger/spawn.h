/* SPDX-License-Identifier: Apache-2.0 */
/* Starts the signer with nothing but a socket, the state directory and stderr. Any thread. */
#pragma once

#include "core/err.h"

#include <sys/types.h>

/* The caller owns the socket and reaps the process. */
pl_rc pl_signer_spawn(int state_fd, int *ret_socket, pid_t *ret_pid, pl_err *err) PL_MUST_USE;
