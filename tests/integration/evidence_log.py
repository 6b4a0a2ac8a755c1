#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""LOG-005, LOG-016: an audit says whether the log that it writes into is still what was signed, and whether its verdicts name
what they come from."""
import glob
import json
import os
import subprocess
import sys
import tempfile

from tap import end, ok

PLIMSOLL = os.environ['PLIMSOLL']


def audit(state, check='LOG-005'):
    done = subprocess.run([PLIMSOLL, 'audit', '--no-engine', '--no-images', '--state-dir', state, '--format', 'json'],
                          capture_output=True, text=True, timeout=120, check=False)
    doc = json.loads(done.stdout) if done.stdout.startswith('{') else {'findings': []}
    found = [f for f in doc['findings'] if f['kind'] == 'check' and f['check'] == check]
    return (found[0]['verdict'], found[0]['reason']) if found else (done.returncode, done.stderr[-500:])


def change_byte(path):
    os.chmod(path, 0o600)
    with open(path, 'r+b') as f:
        byte = f.read(1)
        f.seek(0)
        f.write(bytes([byte[0] ^ 1]))


def main():
    with tempfile.TemporaryDirectory() as work:
        state = work + '/state'
        first, second = audit(state), audit(state)
        ok(first == second == ('pass', None), 'a log that nobody touched is proved', (first, second))
        blobs = sorted(p for p in glob.glob(state + '/ledger/blobs/**/*', recursive=True) if os.path.isfile(p))
        found = audit(state, 'LOG-016')
        ok(found == ('pass', None), 'verdicts of the audit before name what they come from', found)
        found = audit(work + '/new', 'LOG-016')
        ok(found == ('unknown', 'not-observed'), 'a first audit has no verdicts to look at', found)
        # Each of them: also what the next run reads itself keeps it from nothing.
        found = {}
        for blob in blobs:
            change_byte(blob)
            found[blob] = audit(state)
            change_byte(blob)
        ok(set(found.values()) == {('fail', None)}, 'evidence that was changed fails', found)
        os.unlink(blobs[0])
        found = audit(state)
        ok(found == ('fail', None), 'evidence that is missing fails', found)
        found = audit(state, 'LOG-016')
        ok(found == ('fail', None), 'and so do the verdicts whose evidence may be gone', found)
        found = audit('none')
        ok(found == ('unknown', 'not-observed'), 'a run that records nothing says nothing of a log', found)
        found = audit('none', 'LOG-016')
        ok(found == ('unknown', 'not-observed'), 'nor of its verdicts', found)
    return end()


sys.exit(main())
