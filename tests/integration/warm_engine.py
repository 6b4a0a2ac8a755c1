#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An image of a real engine whose layers are all known is not exported again, and says the same as if it were."""
import json
import os
import sqlite3
import subprocess
import sys
import tempfile

if os.environ.get('PL_INSIDE') != '1':  # an own network namespace for the engine
    os.environ['PL_INSIDE'] = '1'
    os.execvp('unshare', ['unshare', '-n', sys.executable] + sys.argv)

from engine_maker import Engine  # pylint: disable=wrong-import-position
from image_maker import save, status, tar  # pylint: disable=wrong-import-position

PLIMSOLL = os.environ['PLIMSOLL']
TIMES = {'generated_at', 'started_at', 'collected_at', 'first_seen', 'ledger_index', 'number', 'sha256', 'places',
         'evidence', 'ledger', 'first_run'}
STEPS = ['ADD base', 'COPY app']
NAME = 'corp/warm:1'
KNOWN = 'is known as a whole'
tests = []


def ok(good, sentence, detail=''):
    tests.append(bool(good))
    print(f"{'ok' if good else 'not ok'} {len(tests)} - {sentence}", flush=True)
    if not good:
        print('# ' + str(detail)[:3000].replace('\n', '\n# '), flush=True)


def stripped(doc):
    """Without times."""
    if isinstance(doc, dict):
        if doc.get('field') in ('image.scanned_at', 'image.scan_age_days'):
            return None
        return {k: stripped(v) for k, v in doc.items() if k not in TIMES}
    return [stripped(v) for v in doc] if isinstance(doc, list) else doc


class Exports:
    """How often the engine wrote an image since it was asked last: its own log tells each call."""

    def __init__(self, engine):
        self.log = engine.dir + '/log'
        self.seen = self.total()

    def total(self):
        with open(self.log, encoding='utf-8', errors='replace') as f:
            return sum('Calling GET' in line and '/get' in line for line in f)

    def new(self):
        before, self.seen = self.seen, self.total()
        return self.seen - before


def scan(what, state, *words):
    done = subprocess.run([PLIMSOLL, 'scan', what, '--state-dir', state, '--format', 'json', *words],
                          capture_output=True, timeout=120, check=False, stdin=subprocess.DEVNULL, text=True)
    return stripped(json.loads(done.stdout)) if done.stdout else {'failed': done.returncode}, done.stderr


def load(e, top, reference, app):
    path = os.path.join(top, 'image.tar')
    ground = tar({'etc/os-release': b'ID=debian\nVERSION_ID="12"\n',
                  'var/lib/dpkg/status': status(('openssl', '3.0.1-1')), 'etc/passwd': b'root:x:0:0::/root:/bin/sh\n'})
    save(path, reference, [ground, tar({'srv/app': app})], STEPS, {'Cmd': ['/srv/app'], 'User': 'nobody'})
    with open(path, 'rb') as f:
        code, text = e.call('POST', '/images/load', f.read(), 'application/x-tar')
    assert code == 200, text


def check_scan(e, top, exports):
    state = top + '/state'
    load(e, top, NAME, b'one')
    cold, said = scan(NAME, state)
    ok(exports.new() == 1 and KNOWN not in said and cold.get('findings'), 'an image is exported', said)
    warm, said = scan(NAME, state)
    ok(exports.new() == 0 and KNOWN in said and '2 of 2 layers are known' in said, 'once', said)
    ok(warm == cold, 'what is kept says the same as the export', [x for x in cold if cold[x] != warm.get(x)])
    again, said = scan(NAME, state, '--no-cache')
    ok(exports.new() == 1 and KNOWN not in said and again == cold, '--no-cache exports it', said)
    return state, cold


def check_names(e, state, exports):
    image = json.loads(e.call('GET', f'/images/{NAME}/json')[1])['Id']
    cold, _ = scan(image, state)
    ok(exports.new() == 1, 'by its id it is another export, without names')
    warm, said = scan(image, state)
    ok(exports.new() == 0 and KNOWN in said and warm == cold, 'that is kept as well', said)
    e.call('POST', f'/images/{NAME}/tag?repo=corp/warm&tag=2')
    tagged, said = scan(NAME, state)
    ok(exports.new() == 1 and KNOWN not in said and tagged.get('findings'), 'a new tag of the image has it exported', said)


def check_moved(e, top, state, exports, cold):
    load(e, top, NAME, b'two')
    moved, said = scan(NAME, state)
    ok(exports.new() == 1 and KNOWN not in said and moved != cold, 'a tag that moved leads to the new image', said)
    ok(scan(NAME, state)[0] == moved and exports.new() == 0, 'which is known then')
    return moved


def check_gone(state, exports, moved):
    def change(sql):
        db = sqlite3.connect(f'{state}/cache/layers.db')
        db.execute(sql)
        db.commit()
        db.close()

    change('DELETE FROM layer WHERE bytes > 0')
    doc, said = scan(NAME, state)
    ok(exports.new() == 0 and doc == moved, 'what the image was described as is enough', said)
    change('DELETE FROM layer WHERE blob_bytes > 0')
    doc, said = scan(NAME, state)
    ok(exports.new() == 1 and 'exported again' in said and doc == moved, 'without its layers it is exported', said)
    change('UPDATE layer SET packed = zeroblob(length(packed)) WHERE bytes = 0')
    doc, said = scan(NAME, state)
    ok(exports.new() == 1 and 'damaged entry' in said and doc == moved, 'and when the documents are damaged', said)
    doc, said = scan(NAME, state)
    ok(exports.new() == 0 and KNOWN in said and doc == moved, 'and is known again', said)


def check_audit(e, top, exports):
    state = top + '/audited'
    code, text = e.call('POST', '/containers/create?name=web',
                        json.dumps({'Image': NAME, 'HostConfig': {'NetworkMode': 'none'}}).encode())
    assert code == 201, text

    def audit():
        done = subprocess.run([PLIMSOLL, 'audit', '--engine', e.address, '--no-probes', '--state-dir', state,
                               '--format', 'json'], capture_output=True, timeout=120, check=False, text=True)
        doc = stripped(json.loads(done.stdout))
        return [f for f in doc['findings'] if 'corp/warm' in json.dumps(f)], done.stderr

    cold, said = audit()
    ok(exports.new() == 1 and cold, 'an audit has the image of a container exported', said)
    warm, said = audit()
    ok(exports.new() == 0 and KNOWN in said and warm == cold, 'once', said)


def main():
    with tempfile.TemporaryDirectory(prefix='plimsoll-warm.') as top, Engine('--debug') as e:
        os.environ['DOCKER_HOST'] = e.address
        exports = Exports(e)
        state, cold = check_scan(e, top, exports)
        check_names(e, state, exports)
        moved = check_moved(e, top, state, exports, cold)
        check_gone(state, exports, moved)
        check_audit(e, top, exports)
    print(f'1..{len(tests)}')
    return 0 if all(tests) else 1


sys.exit(main())
