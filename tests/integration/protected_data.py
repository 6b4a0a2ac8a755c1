#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Card numbers and numbers of people in the layers of an image: found with kind, layer and line, in every
format, and none of them in what is printed, stored or recorded."""
import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import tempfile

from image_maker import diff_id, save, status, tar
from tap import end, ok

PLIMSOLL = os.environ['PLIMSOLL']
FORMATS = ('json', 'sarif', 'cyclonedx', 'spdx', 'gitlab', 'junit', 'csv', 'html', 'table')
CARDS = ('4539148803436467', '5425233430109903', '374245455400126', '6011000180331112')
SSN = '536-22-1234'
MRNS = ('A4829150', 'A4829163')


def database(top):
    """Values stand side by side in its pages; the card number is an integer."""
    path = os.path.join(top, 'p.db')
    with sqlite3.connect(path) as c:
        c.execute('CREATE TABLE patients (id INTEGER PRIMARY KEY, name TEXT, mrn TEXT, card INTEGER)')
        c.executemany('INSERT INTO patients(name, mrn, card) VALUES (?, ?, ?)',
                      [(f'Name{i}', MRNS[i % 2], int(CARDS[i % 2])) for i in range(50)])
    with open(path, 'rb') as f:
        return f.read()


def layers(top):
    csv = 'id;Social_Security_Number;x\n' + ''.join(f'{i};53622{i:04d};y\n' for i in range(1, 400))
    sql = ('-- dump\nCREATE TABLE payments (\n  id int,\n  card_number varchar(19),\n  cvv char(3)\n);\n'
           f"INSERT INTO payments VALUES (1,'{CARDS[0]}','123'),(2,'{CARDS[1]}','456');\n")
    log = 'started\n' * 9000 + f'charge card {CARDS[2][:4]} {CARDS[2][4:10]} {CARDS[2][10:]} ok\n'
    noise = ''.join(f'order {4539148803436000 + i}\n' for i in range(500))
    docs = f'ssn: {SSN}\n'.encode()
    ground = tar({'etc/os-release': b'ID=debian\nVERSION_ID="12"\n',
                  'var/lib/dpkg/status': status(('docs', '1.0')),
                  'var/lib/dpkg/info/docs.md5sums': hashlib.md5(docs).hexdigest().encode() + b'  usr/share/docs.txt\n',
                  'usr/share/docs.txt': docs})
    data = tar({'srv/people.csv': csv.encode(), 'srv/dump.sql': sql.encode(), 'srv/app.log': log.encode(),
                'srv/gone.txt': f'%B{CARDS[3]}^HOLDER/CARD^25121010000000?\n'.encode(),
                'srv/p.db': database(top), 'srv/orders.txt': noise.encode(),
                'srv/tests.txt': b'card 4242 4242 4242 4242\nssn 078-05-1120\n',
                'app/node_modules/x/test/a.txt': f'ssn {SSN}\n'.encode()})
    return [ground, data, tar({'srv/gone.txt': None})]


def everything(folder):
    for root, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(root, name), 'rb') as f:
                yield name, f.read()


def forms(number):
    return {number, number.replace('-', ''), ' '.join(number[i:i + 4] for i in range(0, 16, 4))}


def holds_a_number(data):
    return [n for n in (*CARDS, SSN, *MRNS) for form in forms(n) if form.encode() in data]


def rows_of(finding):
    """Evidence as one mapping an element."""
    rows = []
    for e in finding['evidence']:
        if e['field'] == 'image_data.where':
            rows.append({})
        rows[-1][e['field'].partition('.')[2]] = e['value']
    return rows


def main():
    with tempfile.TemporaryDirectory() as top:
        path, state = os.path.join(top, 'app.tar'), os.path.join(top, 'state')
        made = layers(top)
        save(path, 'shop:1', made, ['ADD file:1 in /', 'COPY data /srv', f'RUN pay --card {CARDS[0]} && rm /srv/gone.txt'],
             {'Env': [f'CUSTOMER_SSN={SSN}', 'TEST_CARD=4242424242424242']})
        outputs = [x for f in FORMATS for x in ('--output', f'{f}={top}/out.{f}')]
        done = subprocess.run([PLIMSOLL, 'scan', path, '--state-dir', state, *outputs], capture_output=True,
                              timeout=120, check=False, stdin=subprocess.DEVNULL)
        ok(done.returncode == 0, 'the image is scanned', done.stderr.decode())
        with open(f'{top}/out.json', 'rb') as f:
            doc = json.load(f)
        found = [x for x in doc['findings'] if x.get('check') == 'IMG-027']
        ok(len(found) == 1 and found[0]['verdict'] == 'fail' and found[0]['severity'] == 'critical',
           'the check fails, as badly as its worst element', found)
        rows = {(r['where'], r['kind']): r for r in rows_of(found[0])}
        want = {('/srv/people.csv', 'us-ssn'): ('399', '2'), ('/srv/dump.sql', 'card-number'): ('2', '7'),
                ('/srv/dump.sql', 'card-verification-code'): ('2', '7'),
                ('/srv/app.log', 'card-number'): ('1', '9001'), ('/srv/gone.txt', 'card-number'): ('1', '1'),
                ('/srv/gone.txt', 'card-track'): ('1', '1'), ('/srv/p.db', 'card-number'): ('50', 'absent'),
                ('/srv/p.db', 'medical-record-number'): ('50', 'absent'),
                ('environment CUSTOMER_SSN', 'us-ssn'): ('1', 'absent'), ('history step 2', 'card-number'): ('1', 'absent')}
        ok({k: (r['count'], r['line']) for k, r in rows.items()} == want,
           'just these numbers are told, with their count and the line of the first', rows)
        ok(all(r['layer'] == (diff_id(made[1]) if k[0][0] == '/' else 'absent') and
               r['is_deleted'] == (str(k[0] == '/srv/gone.txt').lower() if k[0][0] == '/' else 'absent')
               for k, r in rows.items()), 'each with its layer, and whether the file is deleted above', rows)
        told = [x for x in doc['findings'] if x.get('check') == 'IMG-033']
        ok(len(told) == 1 and told[0]['severity'] == 'info' and
           {r['where'] for r in rows_of(told[0])} == {'/srv/tests.txt', 'environment TEST_CARD'},
           'published card numbers are told for themselves, as information', told)
        for name in FORMATS:
            with open(f'{top}/out.{name}', 'rb') as f:
                data = f.read()
            ok(b'IMG-027' in data and not holds_a_number(data), f'{name} tells it without a number',
               holds_a_number(data))
        bad = [(name, holds_a_number(data)) for name, data in everything(state) if holds_a_number(data)]
        ok(not bad, 'no number is in the state directory', bad)
        ok(not holds_a_number(done.stdout + done.stderr), 'nor on the terminal')
    return end()


if __name__ == '__main__':
    sys.exit(main())
