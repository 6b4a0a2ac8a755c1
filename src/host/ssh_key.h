/* SPDX-License-Identifier: Apache-2.0 */
/* Host keys by their public files: "TYPE BASE64 COMMENT", the blob as RFC 4253 section 6.6. */
#pragma once

#include "host/facts.h"

/* paths: HostKey settings; none: the usual three files. Sets host.ssh_weak_host_keys. */
void pl_host_set_weak_keys(pl_host_reading *f, const pl_host_strs *paths);

/* True for a DSA key, or an RSA key below 2048 bits. False in *ret_ok: not a public key. */
bool pl_ssh_key_is_weak(pl_str line, bool *ret_ok);
