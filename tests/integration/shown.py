# SPDX-License-Identifier: Apache-2.0
"""Which checks a script shows: it names them, and a report of the program that it read had such a verdict of them.

content/coverage/shown.yaml says so of each check (scripts/shown writes it anew), and `plimsoll checks --coverage` counts by
it. So that it is never a mere claim, each script proves at its end what the file says of it."""
import json
import os
import re
import sys
import threading

NAME = os.path.basename(sys.argv[0])
LIST = os.path.join(os.environ.get('PL_SOURCE_ROOT', ''), 'content/coverage/shown.yaml')
ROW = re.compile(r'^- \{check: ([A-Z0-9-]+)((?:, (?:pass|fail): "[^"]*")+)\}$', re.M)
seen, confirmed = set(), set()
one_at_a_time = threading.Lock()
parse = json.loads


def loads(text, *args, **more):
    """json.loads that notes the verdicts of reports."""
    doc = parse(text, *args, **more)
    if isinstance(doc, dict) and str(doc.get('schema', '')).startswith('plimsoll.audit/'):
        with one_at_a_time:
            seen.update((f['check'], f['verdict']) for f in doc['findings']
                        if f.get('kind') == 'check' and f['verdict'] in ('pass', 'fail'))
    return doc


json.loads = loads


def confirm(check, verdict):
    """A verdict that the script holds against another source, without naming the check."""
    if verdict in ('pass', 'fail'):
        confirmed.add((check, verdict))


def shown():
    with open(sys.argv[0], encoding='utf-8') as f:
        text = f.read()
    return confirmed | {(check, verdict) for check, verdict in seen if check in text}


def rows(text):
    """(check, verdict, script) of the list."""
    return {(check, verdict, script) for check, rest in ROW.findall(text)
            for verdict, scripts in re.findall(r'(pass|fail): "([^"]*)"', rest) for script in scripts.split(', ')}


def missing():
    """What the list says of this script and it did not show. Leaves beside that what it did show, where that is wanted."""
    folder = os.environ.get('PL_SHOWN_DIR')
    if folder:
        with open(os.path.join(folder, NAME), 'w', encoding='utf-8') as f:
            json.dump(sorted(shown()), f)
        return []
    with open(LIST, encoding='utf-8') as f:
        claimed = {(check, verdict) for check, verdict, script in rows(f.read()) if script == NAME}
    return sorted(claimed - shown())
