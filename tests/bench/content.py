#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""All checks over 500 containers that a file declares, and loading all content. Rows: name|value|unit|bound|ratio."""
import json
import os
import statistics
import tempfile

PLIMSOLL = os.environ['PLIMSOLL']
CONTAINERS, RUNS = 500, 7
JUDGED_MS, LOADED_MS, MEMORY_MIB = 500, 20, 64


def row(name, value, unit, bound):
    print(f'{name}|{value:.1f}|{unit}|under {bound} {unit}|{value / bound:.2f}', flush=True)


def compose(path):
    """Services that differ in what is judged, as those of a real system do; YAML takes JSON."""
    services = {}
    for i in range(CONTAINERS):
        careful = i % 3
        services[f's{i}'] = {
            'image': f'registry.example/team/app{i % 20}:1.{i}', 'restart': 'on-failure:3', 'volumes': [f'data{i % 7}:/data'],
            'environment': {'LOG_LEVEL': 'info', 'PEER': f's{(i + 1) % CONTAINERS}'},
            **({'user': '1000:1000', 'read_only': True, 'cap_drop': ['ALL'], 'mem_limit': '256m'} if careful else
               {'ports': [f'{10000 + i}:80'], 'privileged': i % 2 == 0})}
    with open(path, 'w', encoding='utf-8') as f:
        json.dump({'services': services, 'volumes': {f'data{i}': {} for i in range(7)}}, f)


def used(*words):
    """CPU time in ms and the peak of one process in MiB."""
    out = os.open('/dev/null', os.O_WRONLY)
    pid = os.posix_spawn(PLIMSOLL, [PLIMSOLL, *words], os.environ,
                         file_actions=[(os.POSIX_SPAWN_DUP2, out, 1), (os.POSIX_SPAWN_DUP2, out, 2)])
    os.close(out)
    _, status, u = os.wait4(pid, 0)
    if status:
        raise RuntimeError(f'{" ".join(words)}: status {status}')
    return (u.ru_utime + u.ru_stime) * 1000, u.ru_maxrss / 1024


def main():
    with tempfile.TemporaryDirectory(prefix='plimsoll-bench.') as folder:
        compose(folder + '/compose.yaml')
        runs = [used('scan', folder + '/compose.yaml', '--state-dir', 'none', '--format', 'summary') for _ in range(RUNS)]
        row('all checks over 500 declared containers: CPU time', statistics.median(r[0] for r in runs), 'ms', JUDGED_MS)
        row('the same: peak memory', max(r[1] for r in runs), 'MiB', MEMORY_MIB)
    runs = [used('checks', 'CTR-005') for _ in range(RUNS)]
    row('all content loaded: CPU time', statistics.median(r[0] for r in runs), 'ms', LOADED_MS)


if __name__ == '__main__':
    main()
