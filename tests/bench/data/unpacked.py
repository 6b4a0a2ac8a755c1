#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes out the program that a UPX-packed x86-64 one unpacks into memory, so that a bench of it does
not measure the unpacking. The packed program is started under ptrace, stopped at the first
instruction of the unpacked one, and its segments are read before any of them was written to.

usage: unpacked.py PACKED OUT
"""
import ctypes
import os
import re
import struct
import sys

TRACEME, POKEUSER, CONT, KILL, SYSCALL = 0, 6, 7, 8, 24
DEBUG_REGISTER = 848  # offsetof(struct user, u_debugreg) on x86-64
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.restype = ctypes.c_long
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]


def start(program):
    pid = os.fork()
    if pid == 0:
        libc.ptrace(TRACEME, 0, None, None)
        os.execve(program, [program, '--version'], {'PATH': '/usr/bin:/bin', 'HOME': '/nonexistent'})
    os.waitpid(pid, 0)
    return pid


def main_program(pid):
    """Base and program headers of the executable that is mapped lowest besides the packed one."""
    with open(f'/proc/{pid}/maps', encoding='ascii') as f:
        starts = [int(m.group(1), 16) for m in re.finditer(r'^([0-9a-f]+)-', f.read(), re.M)]
    with open(f'/proc/{pid}/mem', 'rb') as mem:
        for at in starts:
            try:
                mem.seek(at)
                head = mem.read(4096)
            except (OSError, ValueError):
                continue
            if head[:4] != b'\x7fELF' or head[16:18] != b'\x02\x00':
                continue
            entry, phoff = struct.unpack_from('<QQ', head, 24)
            n = struct.unpack_from('<H', head, 56)[0]
            rows = [struct.unpack_from('<IIQQQQQQ', head, phoff + 56 * i) for i in range(n)]
            loads = [r for r in rows if r[0] == 1]
            # A packed program has its stub as its only code; the real one begins where it says.
            if loads and loads[0][3] == at and len(loads) > 2:
                return entry, loads
    return None


def step(pid, how):
    libc.ptrace(how, pid, None, None)
    return os.waitpid(pid, 0)[1]


def run_to_entry(pid):
    while True:
        status = step(pid, SYSCALL)
        if os.WIFEXITED(status):
            sys.exit('unpacked: the program ended before it was unpacked')
        found = main_program(pid)
        if found:
            break
    entry, loads = found
    # A breakpoint of the processor: one in the text would be overwritten by the unpacking.
    if libc.ptrace(POKEUSER, pid, DEBUG_REGISTER, entry) or libc.ptrace(POKEUSER, pid, DEBUG_REGISTER + 7 * 8, 1):
        sys.exit('unpacked: the processor lends no breakpoint')
    status = step(pid, CONT)
    if not os.WIFSTOPPED(status) or os.WSTOPSIG(status) != 5:
        sys.exit('unpacked: the program did not come to its entry')
    return loads


def main(packed, out):
    pid = start(packed)
    loads = run_to_entry(pid)
    with open(f'/proc/{pid}/mem', 'rb') as mem, open(out + '.new', 'wb') as f:
        for row in loads:
            mem.seek(row[3])
            f.seek(row[2])
            left = row[5]
            while left:
                data = mem.read(min(left, 1 << 20))
                f.write(data)
                left -= len(data)
        f.seek(40)
        f.write(bytes(8))   # no section headers
        f.seek(58)
        f.write(bytes(6))
    libc.ptrace(KILL, pid, None, None)
    os.waitpid(pid, 0)
    os.chmod(out + '.new', 0o755)
    os.rename(out + '.new', out)


if __name__ == '__main__':
    main(*sys.argv[1:3])
