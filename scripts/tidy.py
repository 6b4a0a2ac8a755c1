#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""clang-tidy over every file of src/, one process a file, as many at once as there are processors.

A file that was found clean is passed over until something changes that its result hangs on: clang-tidy
itself, .clang-tidy, the compile command, or a byte of the file or of a header that it includes, as ninja
recorded them when it compiled. What is clean is remembered by the digest of all this, as an empty file
in $XDG_CACHE_HOME/plimsoll-tidy (else ~/.cache), for a month after its last use. A complaint is never
remembered.

usage: tidy.py BUILD_DIR      a built folder with compile_commands.json
"""
import concurrent.futures
import functools
import hashlib
import json
import os
import subprocess
import sys
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CACHE = os.path.join(os.environ.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache'), 'plimsoll-tidy')
MONTH = 30 * 24 * 3600


def told(*command):
    return subprocess.run(command, cwd=TOP, capture_output=True, check=True).stdout


@functools.lru_cache(maxsize=None)
def digest(path):
    with open(path, 'rb') as f:
        return hashlib.sha256(f.read()).digest()


def included(build):
    """{object file: files that it was made from}; what ninja has no valid record of is not there."""
    found, files = {}, []
    for line in told('ninja', '-C', build, '-t', 'deps').decode().splitlines():
        if line.startswith('    '):
            files.append(os.path.normpath(os.path.join(build, line.strip())))
        elif ': #deps' in line:
            files = []
            if '(VALID)' in line:
                found[line.split(':')[0]] = files
    return found


def key(entry, files, tool):
    """What the result of one file hangs on. Neither the compiler's name nor the folder's, so that clones agree."""
    h = hashlib.sha256(tool)
    h.update(entry['command'].split(' ', entry['command'].count('ccache') + 1)[-1].replace(TOP, '').encode())
    for name, path in sorted((os.path.relpath(p, TOP) if p.startswith(TOP + '/') else p, p) for p in files):
        h.update(name.encode() + b'\0' + digest(path))
    return h.hexdigest()


def look(path, build):
    done = subprocess.run(['clang-tidy', '--quiet', '-p', build, path], cwd=TOP, capture_output=True, check=False)
    return done.returncode, done.stdout + (done.stderr if done.returncode else b'')


def main():
    build = os.path.join(TOP, sys.argv[1])
    with open(os.path.join(build, 'compile_commands.json'), encoding='utf-8') as f:
        commands = {os.path.normpath(os.path.join(e['directory'], e['file'])): e for e in json.load(f)}
    deps = included(build)
    tool = told('clang-tidy', '--version') + digest(os.path.join(TOP, '.clang-tidy'))
    os.makedirs(CACHE, exist_ok=True)
    started, waiting, known = time.time(), [], 0
    for name in told('git', 'ls-files', 'src/*.c').decode().split():
        path = os.path.join(TOP, name)
        entry = commands.get(path)
        files = deps.get(entry['output']) if entry else None
        mark = os.path.join(CACHE, key(entry, files, tool)) if files else None
        if mark and os.path.exists(mark):
            os.utime(mark)
            known += 1
        else:
            waiting.append((os.path.getsize(path), path, mark, files))
    waiting.sort(reverse=True)  # the longest first, so that both ends meet
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for (_, _, mark, files), (status, text) in zip(waiting, pool.map(lambda w: look(w[1], build), waiting)):
            if status:
                bad += 1
                sys.stdout.write(text.decode(errors='replace'))
            elif mark and max(map(os.path.getmtime, files)) < started:  # not edited meanwhile
                with open(mark, 'wb'):
                    pass
    for entry in os.scandir(CACHE):
        if entry.stat().st_mtime < time.time() - MONTH:
            os.unlink(entry.path)
    print(f'clang-tidy: {len(waiting)} files looked at, {known} unchanged since they were found clean, {bad} with complaints')
    sys.exit(1 if bad else 0)


main()
