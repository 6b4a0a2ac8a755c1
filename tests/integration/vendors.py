#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Where declared containers point to, against the agreements with vendors."""
import json
import os
import shutil
import subprocess
import sys
import tempfile

from tap import end, ok

PLIMSOLL = os.environ['PLIMSOLL']
EXAMPLE = os.environ['PL_SOURCE_ROOT'] + '/docs/formats/vendors.example.yaml'
work = tempfile.mkdtemp(prefix='plimsoll-vendors-')
URL = 'postgres://app:Tr0ub4dor-zz@orders.db.cloud.example:5432/app'

COMPOSE = f'services:\n  web:\n    image: nginx:1\n    environment:\n      DATABASE_URL: {URL}\n'
POD = ('apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n  - name: web\n    image: nginx:1\n'
       f'    env:\n    - {{name: DATABASE_URL, value: "{URL}"}}\n')
SECRET = POD.replace(f'value: "{URL}"', 'valueFrom: {secretKeyRef: {name: s, key: k}}')
TASK = json.dumps({'family': 'web', 'containerDefinitions': [
    {'name': 'web', 'image': 'nginx:1', 'environment': [{'name': 'DATABASE_URL', 'value': URL}]}]})


def scan(name, text, *words):
    path = f'{work}/{name}'
    with open(path, 'w', encoding='utf-8') as f:
        f.write(text)
    env = {k: v for k, v in os.environ.items() if not k.startswith('PLIMSOLL_')}
    got = subprocess.run([PLIMSOLL, 'scan', 'declared:' + path, '--state-dir', 'none', '--format', 'json', '-q', *words], env=env,
                         capture_output=True, text=True, check=False)
    return got


def verdict(got, check='SUP-013'):
    found = [f for f in json.loads(got.stdout)['findings'] if f.get('check') == check]
    return [(f['verdict'], f['reason']) for f in found]


try:
    for name, text in (('compose.yaml', COMPOSE), ('pod.yaml', POD), ('task-definition.json', TASK)):
        got = scan(name, text, '--vendors', EXAMPLE)
        ok(verdict(got) == [('fail', None)] and 'orders.db.cloud.example' in got.stdout and 'Tr0ub' not in got.stdout,
           f'a database outside the agreement is found in {name}, and nothing else of its address is told',
           got.stdout[-2000:] + got.stderr)
    host = '--db-host=orders.db.cloud.example'
    for name, text in (('compose.yaml', f'services:\n  web:\n    image: nginx:1\n    command: ["serve", "{host}"]\n'),
                       ('compose.yaml', f'services:\n  web:\n    image: nginx:1\n    entrypoint: serve {host}\n'),
                       ('pod.yaml', POD.split('    env:')[0] + f'    args: ["serve", "{host}"]\n'),
                       ('task-definition.json', json.dumps({'family': 'w', 'containerDefinitions': [
                           {'name': 'w', 'image': 'nginx:1', 'command': ['serve', host]}]})),
                       ('run.sh', f'docker run -d --name web nginx:1 serve {host} --password Tr0ub4dor-zz\n')):
        got = scan(name, text, '--vendors', EXAMPLE)
        ok(verdict(got) == [('fail', None)] and 'orders.db.cloud.example' in got.stdout and 'argument db_host' in got.stdout and
           'Tr0ub' not in got.stdout, f'arguments in {name} are read as well', got.stdout[-2000:] + got.stderr)
    got = scan('compose.yaml', 'services:\n  web:\n    image: nginx:1\n    command: ["serve", "--db-host=${DB}"]\n', '--vendors', EXAMPLE)
    ok(verdict(got)[0][0] == 'unknown', 'an argument that a variable fills later is unknown', verdict(got))
    good = COMPOSE.replace('orders.db.', 'files.storage.')
    ok(verdict(scan('compose.yaml', good, '--vendors', EXAMPLE)) == [('pass', None)], 'a covered service passes')
    ended = f'{work}/ended.yaml'
    with open(EXAMPLE, encoding='utf-8') as f:
        old = f.read().replace('2027-12-31', '2025-12-31')
    with open(ended, 'w', encoding='utf-8') as f:
        f.write(old)
    ok(verdict(scan('compose.yaml', good, '--vendors', ended)) == [('fail', None)], 'not after the agreement has ended')
    ok(verdict(scan('compose.yaml', COMPOSE)) == [('unknown', 'needs:policy')], 'without the file it is unknown')
    ok(verdict(scan('pod.yaml', SECRET, '--vendors', EXAMPLE))[0][0] == 'unknown', 'what a secret holds is unknown')
    many = COMPOSE + ''.join(f'      A{i}_URL: https://h{i}.a.example/\n' for i in range(300))
    ok(verdict(scan('compose.yaml', many, '--vendors', EXAMPLE)) == [('unknown', 'limit:destinations')],
       'a container with more of them than are kept is unknown, and everything else of it is judged')
    local = COMPOSE.replace('orders.db.cloud.example', 'db')
    ok(verdict(scan('compose.yaml', local, '--vendors', EXAMPLE))[0][0] == 'not-applicable',
       'a service of the same network is nobody else\'s')
    for text, want in (('vendors: 7\n', ':1:'), ('vendors:\n- {vendor: x}\n', ':2:')):
        with open(ended, 'w', encoding='utf-8') as f:
            f.write(text)
        got = scan('compose.yaml', COMPOSE, '--vendors', ended)
        ok(got.returncode == 2 and want in got.stderr, 'a wrong file is told with its line', got.stderr)
    got = scan('compose.yaml', COMPOSE, '--vendors', work + '/none')
    ok(got.returncode == 2, 'so is one that is not there', got.stderr)
    root = f'{work}/root'
    os.makedirs(root + '/etc')
    with open(ended, 'w', encoding='utf-8') as f:
        f.write(old)
    env = {k: v for k, v in os.environ.items() if not k.startswith('PLIMSOLL_')}
    env['PLIMSOLL_VENDORS'] = ended
    got = subprocess.run([PLIMSOLL, 'audit', '--root', root, '--no-engine', '--no-probes', '--state-dir', 'none',
                          '--format', 'json', '-q'], env=env, capture_output=True, text=True, check=False)
    ok(verdict(got, 'SUP-014') == [('fail', None)] and 'BAA-2025-014' in got.stdout, 'an agreement that ended is a finding',
       got.stderr)
finally:
    shutil.rmtree(work, ignore_errors=True)
sys.exit(end())
