#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""runc for a machine that lacks some capabilities: takes those from the bundle's lists that the
machine does not have, then becomes runc. Used by scripts/demo and the integration tests only."""
import json
import os
import sys

NAMES = ('CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE '
         'NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO '
         'SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME '
         'SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG '
         'WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE').split()


def bounding_set():
    with open('/proc/self/status', encoding='ascii') as f:
        bits = next(int(line.split()[1], 16) for line in f if line.startswith('CapBnd'))
    return {'CAP_' + name for i, name in enumerate(NAMES) if bits >> i & 1}


def fit(bundle):
    path = os.path.join(bundle, 'config.json')
    with open(path, encoding='utf-8') as f:
        config = json.load(f)
    have = bounding_set()
    sets = config.get('process', {}).get('capabilities') or {}
    for name, wanted in sets.items():
        sets[name] = [c for c in wanted if c in have]
    with open(path, 'w', encoding='utf-8') as f:
        json.dump(config, f)


args = sys.argv[1:]
for i, arg in enumerate(args):
    if arg == '--bundle' and i + 1 < len(args):
        fit(args[i + 1])
    elif arg.startswith('--bundle='):
        fit(arg.split('=', 1)[1])
os.execvp('runc', ['runc'] + args)
