/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers of the running kernel and of the name service, as text lines in the snapshot:
 *
 *   @passwd, @group    what NSS lists (LDAP and SSSD included), in the form of the files
 *   @adjtimex          "state N", "status N", "maxerror N" (microseconds)
 *   @processes         "PID <tab> COMM <tab> CGROUP <tab> EXE", one line a process; a further
 *                      "<tab> denied" where its program is not ours to know
 *   @programs/PID,...  "PID <tab> STATE <tab> MD5 <tab> SHA256 <tab> PACKAGE" of the file that
 * runs; STATE: read, self, or a reason code; PACKAGE "?": no lists of dpkg
 *   @sockets           "INODE <tab> PID": who holds which socket; INODE "?": not ours to see
 *   @audit-status      "enabled N", "pid N", "lost N", "failure N", "backlog_limit N"
 *   @audit-rules       the loaded rules as auditctl -l prints them
 *   @nft               the nf_tables rule set as netlink messages (host/nft.h)
 *   @nft/PID           the same in the network namespace of that process
 *   @xtables, @xtables/PID  the filter tables of legacy iptables (host/live_xtables.c)
 *   @user/UID/GID/PATH a file below a user's home, read as that user
 */
#pragma once

#include "core/buf.h"
#include "core/err.h"

/* PL_UNSUPPORTED: this kernel has no such thing. PL_DENIED: not ours to ask. */
pl_rc pl_host_live_answer(const char *name, pl_buf *out, pl_err *err) PL_MUST_USE;

/* One function an answer; the rows of the table in live.c. */
pl_rc pl_live_passwd(pl_buf *out, pl_err *err) PL_MUST_USE;
pl_rc pl_live_group(pl_buf *out, pl_err *err) PL_MUST_USE;
pl_rc pl_live_adjtimex(pl_buf *out, pl_err *err) PL_MUST_USE;
pl_rc pl_live_processes(pl_buf *out, pl_err *err) PL_MUST_USE;
pl_rc pl_live_sockets(pl_buf *out, pl_err *err) PL_MUST_USE;
pl_rc pl_live_audit_status(pl_buf *out, pl_err *err) PL_MUST_USE;
pl_rc pl_live_audit_rules(pl_buf *out, pl_err *err) PL_MUST_USE;
pl_rc pl_live_nft(pl_buf *out, pl_err *err) PL_MUST_USE;
pl_rc pl_live_nft_of(const char *pid, pl_buf *out, pl_err *err) PL_MUST_USE;
pl_rc pl_live_xtables(pl_buf *out, pl_err *err) PL_MUST_USE;
pl_rc pl_live_xtables_of(const char *pid, pl_buf *out, pl_err *err) PL_MUST_USE;
pl_rc pl_live_programs(const char *pids, pl_buf *out, pl_err *err) PL_MUST_USE;
pl_rc pl_live_user_file(const char *spec, pl_buf *out, pl_err *err) PL_MUST_USE;
