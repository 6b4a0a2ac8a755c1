#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Documents as they came (evidence.keep_originals) and patterns of a content folder, on an engine of a
few lines: a secret is nowhere in clear below the state directory, whoever has the key gets the exact
bytes, a flipped byte is found, and nothing of that happens without being asked for."""
import base64
import gzip
import http.server
import json
import os
import re
import shutil
import socketserver
import subprocess
import sys
import tempfile
import threading
import zlib

from clear_text import files_with
from tap import end, ok

PROGRAM = os.environ['PLIMSOLL']
SOURCE = os.environ['PL_SOURCE_ROOT']
SECRET = 'AKIA' + 'Q3EGRZ7M5WUXB2LN'  # has the form, opens nothing
HOUSE = 'house-key-' + '7f3a9c20d5'    # a secret for a content folder of this test only
CARD = '4556' + '7375' + '8689' + '9855'  # passes the check digit


def container(number, env):
    with open(SOURCE + '/tests/fixtures/engine/container-plain.json', encoding='utf-8') as f:
        doc = json.load(f)
    doc['Id'] = f'{number:064x}'
    doc['Name'] = f'/c{number}'
    doc['Config']['Env'] = env
    return doc


# Odd spacing and order, so that only the exact bytes compare equal.
DOCUMENTS = {d['Id']: json.dumps(d, indent=3, sort_keys=number == 2).encode() for number, d in enumerate([
    container(1, ['AWS_ACCESS_KEY_ID=' + SECRET, 'DB_PASSWORD=correct-horse-9']),
    container(2, ['PATH=/bin', 'NOTE=' + HOUSE]),
    container(3, ['AWS_ACCESS_KEY_ID=' + SECRET, 'PAID_WITH=' + CARD]),
])}


class Engine(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def do_GET(self):
        path = re.sub(r'^/v1\.[0-9]+', '', self.path.split('?')[0])
        lists = {'/_ping': b'OK', '/networks': b'[]', '/volumes': b'{"Volumes":[]}', '/plugins': b'[]',
                 '/images/json': b'[]', '/version': b'{"Version":"26.0","ApiVersion":"1.45","MinAPIVersion":"1.24"}',
                 '/info': b'{"ID":"orig","ServerVersion":"26.0","OSType":"linux","Containers":3}',
                 '/containers/json': json.dumps([{'Id': i} for i in DOCUMENTS]).encode()}
        match = re.fullmatch('/containers/([0-9a-f]{64})/json', path)
        body = lists.get(path) or (match and DOCUMENTS.get(match[1]))
        self.send_response(200 if body else 404)
        body = body or b'{"message":"no"}'
        self.send_header('Api-Version', '1.45')
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_HEAD = do_GET

    def log_message(self, *_):
        pass

    def address_string(self):
        return 'unix'


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


def run(*args):
    env = {k: v for k, v in os.environ.items() if not k.startswith(('PLIMSOLL_', 'DOCKER'))}
    return subprocess.run([PROGRAM, *args], capture_output=True, timeout=120, check=False, stdin=subprocess.DEVNULL,
                          env=env)


def audit(work, name, *args):
    state = f'{work}/{name}'
    done = run('audit', '--state-dir', state, '--engine', f'unix://{work}/engine.sock', '--no-images', '--no-probes',
               '--output', f'json={work}/{name}.json', *args)
    with open(f'{work}/{name}.json', encoding='utf-8') as f:
        return state, done, json.load(f)


def entries(state, report):
    """Numbers of the entries of the containers' documents."""
    return {e['subject']: e['ledger_index'] for e in report['evidence']
            if e['role'] == 'inspect' and e['subject'] in DOCUMENTS}


def search_finds(work):
    """A search that could not find anything would prove nothing."""
    os.mkdir(work + '/planted')
    planted = {'raw': SECRET.encode(), 'base64': base64.b64encode(b'ab' + SECRET.encode() + b'cd'),
               'gzip': gzip.compress(SECRET.encode()), 'zlib': b'..' + zlib.compress(SECRET.encode()),
               'zstd': subprocess.run(['zstd', '-cq'], input=SECRET.encode(), capture_output=True, check=True).stdout}
    for name, data in planted.items():
        with open(f'{work}/planted/{name}', 'wb') as f:
            f.write(data)
    found = {os.path.basename(path) for path in files_with(SECRET, work + '/planted')}
    ok(found == set(planted), 'the search finds what is planted', found)


def originals(work):
    state, done, report = audit(work, 'on', '--keep-originals')
    ok(done.returncode == 0, 'an audit that keeps originals ends well', done.stderr.decode())
    at = entries(state, report)
    first, second, third = (at.get(i) for i in DOCUMENTS)
    ok(None not in (first, second, third), 'the documents have entries', report['evidence'])
    for secret, what in ((SECRET, 'key'), ('correct-horse-9', 'password'), (CARD, 'card number')):
        ok(not files_with(secret, state), f'the {what} is nowhere in clear below the state directory',
           files_with(secret, state))
        ok(secret.encode() not in done.stdout + done.stderr + json.dumps(report).encode(),
           f'the {what} is neither in the report nor on the terminal')

    def show(index, *args):
        return run('ledger', 'show', str(index), '--state-dir', state, *args)

    shown = show(first)
    ok(b'"original": "encrypted"' in shown.stdout and b'"role": "original"' in shown.stdout and
       b'--blob original' in shown.stderr, 'an entry says that its original is there, and how to get it',
       shown.stdout + shown.stderr)
    got = show(first, '--blob', 'original').stdout
    ok(got == DOCUMENTS[f'{1:064x}'], 'whoever has the key gets the document byte for byte', got[:300])
    redacted = show(first, '--blob', 'inspect').stdout
    ok(SECRET.encode() not in redacted and json.loads(redacted)['Id'] == f'{1:064x}',
       'the redacted document stands beside it', redacted[:300])
    ok(b'"redacted": false' in show(second).stdout and show(second, '--blob', 'original').returncode != 0,
       'a document that nothing was taken out of has no second copy', show(second).stdout)
    ok(b'"original": "withheld: card numbers"' in show(third).stdout and
       show(third, '--blob', 'original').returncode != 0, 'no original with a card number is kept in any form',
       show(third).stdout)

    # An auditor's copy, with the key brought separately.
    copy = work + '/copy'
    shutil.copytree(state + '/ledger', copy)
    shutil.copy(state + '/keys/class-default', work + '/class-key')
    without = run('ledger', 'show', str(first), '--dir', copy, '--blob', 'original')
    ok(without.returncode != 0 and not without.stdout, 'without the key a copy tells nothing', without.stderr)
    brought = run('ledger', 'show', str(first), '--dir', copy, '--blob', 'original', '--class-key', work + '/class-key')
    ok(brought.stdout == DOCUMENTS[f'{1:064x}'], 'with the key a copy is opened elsewhere', brought.stderr)
    with open(work + '/wrong-key', 'w', encoding='ascii') as f:
        f.write('00' * 32 + '\n')
    wrong = run('ledger', 'show', str(first), '--dir', copy, '--blob', 'original', '--class-key', work + '/wrong-key')
    ok(wrong.returncode != 0 and not wrong.stdout, 'another key opens nothing', wrong.stderr)

    ok(run('ledger', 'verify', '--state-dir', state).returncode == 0, 'the log is proved')
    row = next(b for b in json.loads(show(first).stdout)['blobs'] if b['role'] == 'original')
    path = f"{state}/ledger/blobs/{row['sha256'][:2]}/{row['sha256']}"
    with open(path, 'rb') as f:
        good = f.read()
    for place in (0, len(good) // 2, len(good) - 1):
        with open(path, 'wb') as f:
            f.write(good[:place] + bytes([good[place] ^ 1]) + good[place + 1:])
        flipped = run('ledger', 'verify', '--state-dir', state)
        ok(flipped.returncode == 1 and row['sha256'].encode() in flipped.stdout,
           f'a flipped byte of an original is found (byte {place})', flipped.stdout)
    with open(path, 'wb') as f:
        f.write(good)


def by_default(work):
    state, done, report = audit(work, 'off')
    at = entries(state, report)
    shown = run('ledger', 'show', str(at[f'{1:064x}']), '--state-dir', state)
    ok(done.returncode == 0 and b'"original": "not kept"' in shown.stdout and b'"role": "original"' not in shown.stdout,
       'without being asked for no original is kept', shown.stdout)
    ok(not files_with(SECRET, state), 'and nothing stands in clear either')
    with open(work + '/plimsoll.yaml', 'w', encoding='utf-8') as f:
        f.write('evidence:\n  keep_originals: true\n')
    state, done, report = audit(work, 'file', '--config', work + '/plimsoll.yaml')
    shown = run('ledger', 'show', str(entries(state, report)[f'{1:064x}']), '--state-dir', state)
    ok(b'"original": "encrypted"' in shown.stdout, 'the configuration can ask for it', done.stderr + shown.stdout)


def patterns(work):
    folder = work + '/content'
    shutil.copytree(SOURCE + '/content', folder)
    with open(folder + '/secrets/house.yaml', 'w', encoding='utf-8') as f:
        f.write("- secret: house-key\n  title: Key of the house\n  severity: critical\n"
                "  find: 'house-key-[0-9a-f]{10}'\n  finds: ['house-key-0123456789']\n  passes: ['house-key-']\n")
    state, done, report = audit(work, 'plain')
    ok(in_clear_blob(state, report), 'a word that no pattern knows stays in the evidence', done.stderr)
    state, done, report = audit(work, 'house', '--content', folder)
    ok(done.returncode == 0 and not in_clear_blob(state, report),
       'a pattern of a content folder redacts what an engine says', done.stderr)
    shown = run('ledger', 'show', str(entries(state, report)[f'{2:064x}']), '--state-dir', state, '--blob', 'inspect')
    ok(b'house-key:' in shown.stdout or b'"house-key"' in shown.stdout, 'and its kind is told', shown.stdout[:500])
    shutil.rmtree(folder + '/secrets')
    state, done, report = audit(work, 'bare', '--content', folder)
    shown = run('ledger', 'show', str(entries(state, report)[f'{1:064x}']), '--state-dir', state, '--blob', 'inspect')
    ok(done.returncode == 0 and SECRET.encode() not in shown.stdout,
       'a content folder without patterns does not switch redaction off', done.stderr)


def in_clear_blob(state, report):
    shown = run('ledger', 'show', str(entries(state, report)[f'{2:064x}']), '--state-dir', state, '--blob', 'inspect')
    return HOUSE.encode() in shown.stdout


def main():
    with tempfile.TemporaryDirectory(prefix='plimsoll-originals-') as work:
        server = Server(work + '/engine.sock', Engine)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for part in (search_finds, originals, by_default, patterns):
            part(work)
        server.shutdown()
    return end()


if __name__ == '__main__':
    sys.exit(main())
