#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One hostile image and one hostile container on a real engine: names, labels, environment and
paths with markup, escape sequences, bidi marks, a megabyte, newlines and formulas. Every output is
looked at: the terminal, the page, JSON and the evidence."""
import html.parser
import io
import json
import os
import re
import subprocess
import sys
import tarfile

if os.environ.get('PL_INSIDE') != '1':  # an own network namespace for the engine
    os.environ['PL_INSIDE'] = '1'
    os.execvp('unshare', ['unshare', '-n', sys.executable] + sys.argv)

from engine_maker import Engine  # noqa: E402
from tap import end, ok

PROGRAM = os.environ['PLIMSOLL']
EVIL = ['</script><script>alert(1)</script>', '"><img src=x onerror=alert(1)>', '\x1b]0;owned\x07\x1b[2J',
        '\u202egnp.exe\u2066', 'line\nbreak\r\nand', "=cmd|' /C calc'!A0", '\u200b\u2028', '%s%n%x', '../../etc',
        'x' * 1000000]


def evil_image():
    """A tar of files with hostile names, busybox among them."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w', format=tarfile.PAX_FORMAT) as tar:
        tar.add('/bin/busybox', 'bin/busybox')
        for i, name in enumerate(EVIL[:-1] + ['y' * 200]):
            info = tarfile.TarInfo('srv/' + name.replace('/', '_'))
            info.size, info.mode = 2, 0o4755
            tar.addfile(info, io.BytesIO(b'hi'))
        status = ''.join(f'Package: evil{i}\nStatus: install ok installed\nVersion: 1.0-{i}\n'
                         f'Maintainer: {e[:200]!r}\nArchitecture: all\n\n' for i, e in enumerate(EVIL))
        status += f'Package: {EVIL[0]}\nStatus: install ok installed\nVersion: {EVIL[5]}\n\n'
        for name, text in (('var/lib/dpkg/status', status), ('etc/os-release', 'ID=debian\nVERSION_ID="12"\n')):
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            tar.addfile(info, io.BytesIO(text.encode()))
    return out.getvalue()


def make_container(engine):
    code, text = engine.call('POST', '/images/create?fromSrc=-&repo=evil&tag=1', evil_image(), 'application/x-tar')
    assert code == 200, text
    config = {
        'Image': 'evil:1', 'Cmd': ['/bin/busybox', 'sleep', '1000'],
        'Labels': {f'l{i}{e[:100]}': e for i, e in enumerate(EVIL)},
        'Env': [f'E{i}={e[:100000]}' for i, e in enumerate(EVIL)] + [EVIL[0] + '=1', 'PASSWORD=' + EVIL[2] + 'hunter2hunter2'],
        'User': '0',
        'HostConfig': {'NetworkMode': 'none', 'Binds': ['/tmp:/mnt/' + EVIL[0].replace('/', '').replace(':', '')],
                       'SecurityOpt': ['label=' + 'disable']},
    }
    code, text = engine.call('POST', '/containers/create?name=evil.one', json.dumps(config).encode())
    assert code == 201, text
    engine.call('POST', f"/containers/{json.loads(text)['Id']}/start")


class Page(html.parser.HTMLParser):
    """Which elements and attributes the page really has."""

    def __init__(self):
        super().__init__()
        self.bad = []

    def handle_starttag(self, tag, attrs):
        if tag in ('script', 'img', 'iframe', 'object', 'embed', 'form', 'base'):
            self.bad.append(tag)
        self.bad += [name for name, _ in attrs if name.startswith('on') or name in ('src', 'srcdoc')]


def tame(text, colour=False):
    """No control characters but line feeds, no marks that turn or hide text."""
    if colour:
        text = re.sub('\x1b\\[[0-9;]*m', '', text)
    return not re.search('[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]', text)


def run(*args):
    return subprocess.run([PROGRAM, *args], capture_output=True, timeout=300, check=False, stdin=subprocess.DEVNULL)


def main():
    subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=True)
    with Engine() as engine:
        make_container(engine)
        state = engine.dir + '/state'
        page, data = engine.dir + '/r.html', engine.dir + '/r.json'
        done = run('audit', '--state-dir', state, '--engine', 'unix://' + engine.socket, '--output', 'html=' + page,
                   '--output', 'json=' + data)
        said = done.stdout.decode() + done.stderr.decode()
        ok(done.returncode == 0, 'an audit of hostile things ends well', said[-1500:])
        ok(tame(said), 'the terminal gets no control characters and no bidi marks',
           [hex(ord(c)) for c in said if not tame(c)][:20])
        ok(len(done.stdout.decode().rstrip('\n').split('\n')) <= 24, 'the summary has at most 24 lines', said)
        with open(data, encoding='utf-8') as f:
            report = json.load(f)
        kinds = {s['kind'] for s in report['scope']['subjects']}
        ok({'host', 'engine', 'container', 'image'} <= kinds, 'host, engine, container and image were judged', kinds)
        with open(page, encoding='utf-8') as f:
            text = f.read()
        parser = Page()
        parser.feed(text)
        ok(not parser.bad, 'the page has no element or attribute of theirs', parser.bad)
        ok(tame(text), 'the page has no control characters and no bidi marks',
           [hex(ord(c)) for c in text if not tame(c)][:20])
        ok(len(text) < 20_000_000, 'a megabyte of label does not make a page of megabytes', len(text))
        ok('hunter2hunter2' not in text and 'hunter2hunter2' not in json.dumps(report),
           'the password is in no report')
        scan = run('scan', 'evil:1', '--engine', 'unix://' + engine.socket, '--state-dir', state)
        said = scan.stdout.decode() + scan.stderr.decode()
        ok(scan.returncode == 0 and tame(said), 'a scan of the image neither', said[-1500:])
        done = run('report', '--state-dir', state, '--format', 'summary')
        ok(done.returncode == 0 and tame(done.stdout.decode()), 'nor the report from the evidence', done.stderr)
        done = run('ledger', 'verify', '--state-dir', state)
        ok(done.returncode == 0, 'the evidence verifies', done.stdout + done.stderr)
        for i in range(4):
            shown = run('ledger', 'show', '--state-dir', state, str(i))
            ok(shown.returncode == 0 and tame(shown.stdout.decode()), f'entry {i} is shown safely', shown.stderr)
    return end()


sys.exit(main())
