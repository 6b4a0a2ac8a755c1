#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Where declared containers and files of images point to, against the agreements with vendors."""
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile

from image_maker import save, status, tar
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


def image(name, files, above=None):
    """A Debian whose package "docs" owns etc/docs.conf, and a layer with these files."""
    owned = b'host = orders.db.cloud.example\n'
    ground = tar({'etc/os-release': b'ID=debian\nVERSION_ID="12"\n', 'var/lib/dpkg/status': status(('docs', '1.0')),
                  'var/lib/dpkg/info/docs.list': b'/etc/docs.conf\n', 'etc/docs.conf': owned,
                  'var/lib/dpkg/info/docs.md5sums': hashlib.md5(owned).hexdigest().encode() + b'  etc/docs.conf\n'})
    layers = [ground, tar(files)] + ([tar(above)] if above else [])
    save(f'{work}/{name}.tar', f'{name}:1', layers, ['RUN x'] * len(layers))
    return f'{work}/{name}.tar'


def scan_image(path, *words, state='none'):
    env = {k: v for k, v in os.environ.items() if not k.startswith('PLIMSOLL_')}
    return subprocess.run([PLIMSOLL, 'scan', path, '--state-dir', state, '--format', 'json', '-q', *words],
                          env=env, capture_output=True, text=True, check=False)


def told(got):
    """Verdict, and the values of the evidence of those that do not pass."""
    return [(f['verdict'], f['reason'], [e['value'] for e in f['evidence']])
            for f in json.loads(got.stdout)['findings'] if f.get('check') == 'SUP-015']


def images():
    covered = b'bucket: https://files.storage.cloud.example/a\n'
    bad = image('bad', {'app/.env': f'DEBUG=1\nDATABASE_URL={URL}\n'.encode(), 'app/app.yaml': covered})
    got = scan_image(bad, '--vendors', EXAMPLE)
    values = [str(x) for f in told(got) for x in f[2]]
    ok([f[0] for f in told(got)] == ['fail'] and {'/app/.env', '2', 'orders.db.cloud.example', 'not-covered'} <= set(values) and
       '/etc/docs.conf' not in got.stdout and 'Tr0ub' not in got.stdout,
       'a database outside the agreement is found in a file of an image, and nothing else of the file is told', values)
    good = image('good', {'app/app.yaml': covered})
    ok([f[:2] for f in told(scan_image(good, '--vendors', EXAMPLE))] == [('pass', None)], 'a covered service in a file passes')
    gone = image('gone', {'app/.env': f'DATABASE_URL={URL}\n'.encode()}, {'app/.env': None})
    ok([f[0] for f in told(scan_image(gone, '--vendors', EXAMPLE))] == ['not-applicable'], 'a file that is deleted points nowhere')
    cloud = image('cloud', {'app/app.json': b'{"db": "orders.abc.eu-central-1.rds.amazonaws.com"}'})
    got = told(scan_image(cloud, '--vendors', EXAMPLE))
    ok(got[0][0] == 'fail' and 'none' in [str(x) for x in got[0][2]], 'so is a provider with whom nothing is agreed', got)
    other = image('other', {'app/node_modules/x/a.json': cloud_table(3), 'usr/share/doc/x.yaml': cloud_table(2),
                            'app/notes.txt': cloud_table(1), 'app/a.conf': b'see https://www.vendor.example/\n# ' + cloud_table(1)})
    ok([f[0] for f in told(scan_image(other, '--vendors', EXAMPLE))] == ['not-applicable'],
       'libraries, manuals, comments and hosts of nobody point nowhere')
    table = image('table', {'app/endpoints.json': cloud_table(40), 'app/app.yaml': covered})
    got = scan_image(table, '--vendors', EXAMPLE)
    ok([f[:2] for f in told(got)] == [('unknown', 'limit:hosts-of-file')] and 'h7.cloud' not in got.stdout and
       '/app/endpoints.json' in got.stdout, 'a table of places is told once and not judged', told(got))
    large = image('large', {'app/app.yaml': covered, 'app/big.conf': b'# x\n' * 20000 + cloud_table(1), 'app/big.json': b' ' * 70000})
    got = scan_image(large, '--vendors', EXAMPLE)
    ok([f[:2] for f in told(got)] == [('unknown', 'limit:hosts-file')] and 'big.json' not in got.stdout,
       'of a file that is too large nothing is known', told(got))
    state = f'{work}/state'
    ok([f[:2] for f in told(scan_image(bad, state=state))] == [('unknown', 'needs:policy')], 'without the file it is unknown, too')
    ok([f[0] for f in told(scan_image(bad, '--vendors', EXAMPLE, state=state))] == ['fail'],
       'what was kept without the file is not the answer with it')
    more = f'{work}/more.yaml'
    with open(EXAMPLE, encoding='utf-8') as f:
        text = f.read()
    with open(more, 'w', encoding='utf-8') as f:
        f.write(text.replace('own: [', 'own: [orders.db.cloud.example, '))
    ok([f[0] for f in told(scan_image(bad, '--vendors', more, state=state))] == ['pass'], 'nor is it with another one')
    with open(more, 'w', encoding='utf-8') as f:
        f.write(text.replace('domains: ["*.db', 'domains: [' + ''.join(f'n{i}.long.name.example, ' for i in range(2000)) + '"*.db'))
    ok([f[:2] for f in told(scan_image(bad, '--vendors', more))] == [('unknown', 'limit:host-domains')],
       'with more domains than files are searched for it is unknown')


def cloud_table(n):
    return ''.join(f'h{i}.cloud.rds.amazonaws.com\n' for i in range(n)).encode()


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
    images()
finally:
    shutil.rmtree(work, ignore_errors=True)
sys.exit(end())
