/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Role processes: this program started again as something that lives beside a command and does
 * one thing for it (the signer, the engine client). Parsers of hostile bytes are no roles but
 * workers (jail.h).
 *
 * A role gets argv[1], one end of a SOCK_SEQPACKET pair (packet.h) as descriptor 3, what its
 * starter names as 4 and up, /dev/null as 0 and 1, and nothing else: no environment (a sanitizer's
 * options excepted), no other descriptor. It ends when the other end of the pair is closed. How it
 * confines itself is its own business (cage.h).
 */
#pragma once

#include "core/err.h"

#include <stdbool.h>
#include <sys/types.h>

enum { PL_ROLE_SOCKET = 3, PL_ROLE_FIRST_FD = 4, PL_ROLE_FDS = 4 };

typedef struct pl_role_start {
    const char *word; /* argv[1] */
    const int *fds;
    size_t n_fds;    /* at most PL_ROLE_FDS */
    int send_bytes;  /* room of the socket for what we send; 0: as the system has it */
    bool has_stderr; /* else /dev/null, for who could be made to write there */
} pl_role_start;

/* The caller owns the socket and reaps the process. Any thread. */
pl_rc pl_role_spawn(const pl_role_start *r, int *ret_socket, pid_t *ret_pid,
                    pl_err *err) PL_MUST_USE;

/*
 * For main(): true when argv says that this process is the role. Then all but its descriptors are
 * closed, and the signals of a terminal, which reach a whole group, do not end it: the end of its
 * starter does. A role that a person started by hand ends here.
 */
bool pl_role_is(int argc, char **argv, const char *word, size_t n_fds);

/*
 * How the role ended, within ms, as of waitpid(); 0 when that is not to be had. One that the kernel
 * cannot end (a dead file server) is left to init. *pid is then 0.
 */
int pl_role_reap(pid_t *pid, unsigned ms);
/* The same with SIGKILL first. Accepts a *pid of 0. */
void pl_role_end(pid_t *pid, unsigned ms);
/* "the fetcher died: Killed", PL_WORKER, of a status. */
pl_rc pl_role_death(int status, const char *name, pl_err *err) PL_MUST_USE;
