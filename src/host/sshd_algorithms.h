/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of algorithms: what sshd offers when the configuration says nothing, "+more", "-less" or
 * "^first". The built-in lists are those of OpenSSH 8.8 to 9.8; newer ones only add strong ones.
 */
#pragma once

#include "host/sshd_config.h"

/* value p NULL: the built-in list. False: the built-in list of this version is not known. */
bool pl_ssh_algorithms(pl_host_reading *f, pl_ssh_key key, pl_str value, bool knows_defaults,
                       pl_host_strs *ret);
