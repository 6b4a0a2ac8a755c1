/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signer: the only process that holds the log key. It appends, signs and refuses a head that
 * conflicts with one it signed.
 *
 * Started by pl_ledger_open as "/proc/self/exe signer" with descriptor 3, its first producer's
 * socket, and 4, the state directory. It becomes the owner of the state directory when root
 * started it, has no network, no files but the log's (Landlock) and few system calls (seccomp).
 */
#pragma once

/* First thing in main(): when argv says "signer", becomes the signer and never returns. */
void pl_signer_main(int argc, char **argv);
