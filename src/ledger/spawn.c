/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/spawn.h"

#include "core/role.h"

enum { SOCKET_BYTES = 4 << 20 }; /* a batch of the usual size fits */

pl_rc pl_signer_spawn(int state_fd, int *ret_socket, pid_t *ret_pid, pl_err *err)
{
    const pl_role_start signer = {.word = "signer",
                                  .fds = &state_fd,
                                  .n_fds = 1,
                                  .send_bytes = SOCKET_BYTES,
                                  .has_stderr = true};

    return pl_role_spawn(&signer, ret_socket, ret_pid, err);
}
