#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What people say beside what is judged, on a real engine: attestations, waivers, troubleshooting windows."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

if os.environ.get('PL_INSIDE') != '1':  # an own network namespace for the engine
    os.environ['PL_INSIDE'] = '1'
    os.execvp('unshare', ['unshare', '-n', sys.executable] + sys.argv)

from engine_maker import Engine, until  # pylint: disable=wrong-import-position
from tap import end, ok  # pylint: disable=wrong-import-position

PLIMSOLL = os.environ['PLIMSOLL']
CARD = '5425233430109903'
HOSTILE = 'he said "no" \\ \n</td><script>x</script>\x1b[31m\u202e =1+1'
state = tempfile.mkdtemp(prefix='plimsoll-statements-')


def run(*words):
    env = {k: v for k, v in os.environ.items() if not k.startswith(('PLIMSOLL_', 'DOCKER_'))}
    return subprocess.run([PLIMSOLL, *words, '--state-dir', state + '/s'], env=env, capture_output=True, text=True,
                          check=False)


def audit(engine, *words):
    got = run('audit', '--engine', engine.address, '--no-images', '--no-probes', '--format', 'json', '-q', *words)
    return json.loads(got.stdout), got.returncode


def finding(doc, check, name):
    return [f for f in doc['findings'] if f.get('check') == check and f['subject']['name'] == name][0]


def number(text):
    return re.search(r'#(\d+)', text).group(1)


def waive(check, expires, rationale='x'):
    return run('waive', check, '--scope', 'container:web', '--approver', 'C. "Iso"', '--rationale', rationale,
               '--compensating', 'CTR-043', '--expires', expires)


def policy(engine, name):
    """The evidence of CTR-015 is the restart policy, which an update changes in place."""
    body = {'RestartPolicy': {'Name': name, 'MaximumRetryCount': 0}}
    engine.call('POST', '/containers/web/update', json.dumps(body).encode())


def statement(doc, n):
    return [s for s in doc['statements'] if s['number'] == n][0]


def said(first):
    """Everything that is recorded before the second audit; the numbers of what is looked at later."""
    with open(state + '/plan "4".txt', 'w', encoding='utf-8') as f:
        f.write('the plan')
    got = run('attest', 'ADM-010', '--by', 'A. "Op"', '--statement', HOSTILE, '--file', state + '/plan "4".txt')
    ok(got.returncode == 0 and 'holds until' in got.stdout, 'a statement is recorded', got.stderr)
    shown = run('ledger', 'show', number(got.stdout), '--blob', 'file_1').stdout
    ok(shown == 'the plan', 'its document lies in the log', shown)
    card = run('attest', 'ADM-011', '--by', 'A', '--statement', 'card 5425 2334 3010 9903 was seen')
    leaf = run('ledger', 'show', number(card.stdout)).stdout
    ok(card.returncode == 0 and '5425' not in leaf and 'redacted' in leaf, 'a card number does not reach the log', leaf)
    due = run('due', '--all', '--format', 'json')
    rows = {r['control']: r for r in json.loads(due.stdout)['controls']}
    ok(due.returncode == 0 and rows['ADM-010']['state'] == 'later' and rows['ADM-001']['state'] == 'never',
       'what is owed is listed', due.stdout[:300])
    for words, why in ((['CTR-001'], 'judged by facts'), (['ADM-003'], '--expires'), (['ADM-999'], 'no such'),
                       (['ADM-001', '--expires', '90d'], 'daily'),
                       (['ADM-063', '--requirement', '1.2.7'], 'does not bear on it'),
                       (['ADM-041'], '--decision'),
                       (['ADM-041', '--requirement', '164.312(b)', '--decision', 'neither'], 'required')):
        got = run('attest', *words, '--by', 'A', '--statement', 'x')
        ok(got.returncode == 2 and why in got.stderr, f'attest {" ".join(words)} is refused', got.stderr)
    got = run('attest', 'ADM-063', '--requirement', '1.1.1', '--by', 'A', '--statement', 'procedure N-1')
    ok(got.returncode == 0, 'a statement names the requirement that it counts for', got.stderr)
    row = [r for r in json.loads(run('due', '--format', 'json').stdout)['controls'] if r['control'] == 'ADM-063'][0]
    ids = [x['id'] for x in row['open']]
    ok(row['state'] == 'never' and '1.1.1' not in ids and '2.1.1' in ids, 'due names the ones that have none', row)
    numbers = {}
    for name, check, expires in (('root', finding(first, 'CTR-013', 'web')['id'], '90d'), ('restart', 'CTR-015', '9d'),
                                 ('memory', 'CTR-011', '1s')):
        got = waive(check, expires, HOSTILE)
        ok(got.returncode == 0, f'a finding is waived ({name})', got.stderr)
        numbers[name] = int(number(got.stdout))
    gone = waive('CTR-005', '1d')
    ok(gone.returncode == 2 and 'none of the last' in gone.stderr, 'what did not fail cannot be waived', gone.stderr)
    got = run('attest', 'ADM-012', '--by', 'A', '--statement', 'for a moment', '--expires', '1s')
    ok(got.returncode == 0, 'a statement may hold for less than its period', got.stderr)
    time.sleep(1.1)
    return numbers


def forms():
    page = run('report', '--format', 'html').stdout
    ok('<script>' not in page and '\x1b' not in page and 'Signed by people' in page,
       'its words become no markup on the page')
    for form in 'sarif', 'junit', 'csv', 'table', 'gitlab', 'cyclonedx', 'spdx', 'openvex':
        text = run('report', '--format', form).stdout
        bad = re.findall('.{20}[\x00-\x08\x0b\x0c\x0e-\x1f\x7f].{20}', text)
        ok(text and not bad, f'nor control characters in {form}', bad)


def held(doc, first, numbers):
    f = [f for f in doc['findings'] if f.get('check') == 'ADM-010'][0]
    s = doc['statements'][f['statement']]
    ok(f['verdict'] == 'attested' and f['judged'] == 'unknown' and s['text'] == HOSTILE and s['files'][0]['bytes'] == 8,
       'a statement is a verdict of its own kind, and no pass', [f, s])
    f = [f for f in doc['findings'] if f.get('check') == 'ADM-063'][0]
    ok((f['verdict'], f['reason']) == ('unknown', 'attestation-partial'), 'one group of requirements is not all', f)
    rows = [r for w in doc['frameworks'] if w['id'] == 'pci_dss_4_0_1' for r in w['requirements']]
    got = {r['id']: r.get('status', r.get('support')) for r in rows}
    ok((got['1.1.1'], got['2.1.1']) == ('attested', 'by-attestation'), 'nor is another group attested by it', got)
    f = [f for f in doc['findings'] if f.get('check') == 'ADM-012'][0]
    ok((f['verdict'], f['reason']) == ('unknown', 'attestation-expired'), 'when it has run out it is unknown, and why', f)
    f, other, was = finding(doc, 'CTR-013', 'web'), finding(doc, 'CTR-013', 'job'), finding(first, 'CTR-013', 'web')
    ok((f['verdict'], f['judged'], other['verdict']) == ('waived', 'fail', 'fail'),
       'a finding reads waived with the fail under it, and others do not', [f, other])
    ok(f['first_seen'] == was['first_seen'], 'and it is as old as before')
    leaf = [e for e in doc['evidence'] if e['type'] == 'check.result' and e['subject'] == f['subject']['id']][0]
    lines = [json.loads(line) for line in
             run('ledger', 'show', str(leaf['ledger_index']), '--blob', 'verdicts').stdout.splitlines()]
    line = [x for x in lines if x.get('check') == 'CTR-013'][0]
    ok((line['verdict'], line['judged'], line['statement']) == ('waived', 'fail', numbers['root']),
       'the recorded verdict names the entry', line)
    sarif = json.loads(run('report', '--format', 'sarif').stdout)
    why = [x['justification'] for r in sarif['runs'][0]['results'] for x in r.get('suppressions', [])]
    ok(len(why) == 2 and all(HOSTILE in w for w in why), 'SARIF has it as a suppression with the words', why)
    f = finding(doc, 'CTR-011', 'web')
    ok(f['verdict'] == 'fail' and doc['statements'][f['statement']]['state'] == 'expired',
       'a waiver that has run out waives nothing, and is told', f)
    ok(run('due').returncode == 1, 'and due answers 1')
    ok(finding(doc, 'CTR-015', 'web')['verdict'] == 'waived', 'the evidence is what it was')


def inside(engine, script):
    code, text = engine.call('POST', '/containers/web/exec',
                             json.dumps({'Cmd': ['/bin/busybox', 'sh', '-c', script]}).encode())
    engine.call('POST', f"/exec/{json.loads(text)['Id']}/start", b'{"Detach":true}')
    return code


def in_the_window(engine, numbers):
    got = run('waive', 'revoke', f'#{numbers["root"]}', '--by', 'D', '--reason', 'mended')
    ok(got.returncode == 0, 'a waiver is revoked', got.stderr)
    policy(engine, 'unless-stopped')
    inside(engine, '/bin/busybox mkdir "/x\nA "; /bin/busybox touch "/x\nA /forged"')
    until(lambda: b'/forged' in engine.call('GET', '/containers/web/changes')[1])
    got = run('window', 'open', 'web', '--for', '2h', '--reason', HOSTILE, '--by', 'E', '--engine', engine.address)
    ok(got.returncode == 0, 'a window is opened', got.stderr)
    n = int(number(got.stdout))
    doc, _ = audit(engine)
    f = finding(doc, 'CTR-015', 'web')
    s = doc['statements'][f['statement']]
    ok(f['verdict'] == 'fail' and s['state'] == 'lapsed' and 'was always, is unless-stopped' in s['why'],
       'other evidence lets a waiver lapse, and it is told why', s)
    f = finding(doc, 'CTR-013', 'web')
    ok(f['verdict'] == 'waived' and doc['statements'][f['statement']]['number'] == n
       and finding(doc, 'CTR-057', 'web')['verdict'] == 'pass' and finding(doc, 'CTR-057', 'job')['verdict'] ==
       'not-applicable' and finding(doc, 'CTR-013', 'job')['verdict'] == 'fail',
       'meanwhile the checks that the window names are waived for that container alone', f)
    code = inside(engine, f'/bin/busybox touch "/tmp-x\x1b[31m" /forged; /bin/busybox sleep 501 {CARD}')
    # Whether the shell stays beside its last command is its own affair.
    until(lambda: b'"/bin/busybox sleep 501 ' in engine.call('GET', '/containers/web/top')[1])
    got = run('window', 'close', str(n), '--by', 'E', '--engine', engine.address)
    ok(code == 201 and got.returncode == 0, 'it is closed', got.stderr)
    entry = re.search(r'entry (\d+)', got.stdout).group(1)
    whole = ''.join(run('ledger', 'show', entry, *words).stdout for words in ([], ['--blob', 'executed']))
    ok(whole.count('sleep 501') >= 2 and CARD not in whole,
       'a card number of a command line is in no part of the entry', whole)
    again = run('window', 'close', str(n), '--by', 'E', '--engine', engine.address)
    ok(again.returncode == 2 and 'closed already' in again.stderr, 'it cannot be closed twice', again.stderr)
    ok('\x1b' not in run('window', 'list').stdout, 'the list moves no cursor')
    return n


def afterwards(engine, numbers, closed):
    policy(engine, 'no')
    got = run('window', 'open', 'web', '--for', '1s', '--reason', 'x', '--by', 'E', '--engine', engine.address)
    time.sleep(1.1)
    doc, code = audit(engine, '--fail-on', 'medium')
    s = statement(doc, closed)
    ok(s['state'] == 'closed' and s['written'] == ['A /forged', 'A /tmp-x\x1b[31m']
       and any('sleep 501' in x for x in s['executed']),
       'what was written and what ran stands in the report', s)
    ok(statement(doc, numbers['restart'])['state'] == 'unmatched', 'a waiver of what fails no more matches nothing')
    listed = run('waive', 'list').stdout
    ok(re.search(rf"#{numbers['restart']} +unmatched", listed) and re.search(rf"#{numbers['root']} +revoked", listed),
       'waive list says so', listed)
    ok(finding(doc, 'CTR-057', 'web')['verdict'] == 'fail' and finding(doc, 'CTR-013', 'web')['verdict'] == 'fail'
       and code == 1, 'a window that is open too long is a finding, and waives nothing')
    ok(run('window', 'list').returncode == 1, 'and window list answers 1')
    for words in (['nobody', '--for', '2h'], ['web', '--for', '30d'], ['web', '--for', '2h', '--checks', 'CTR-005']):
        bad = run('window', 'open', *words, '--reason', 'x', '--by', 'E', '--engine', engine.address)
        ok(bad.returncode == 2, f'window open {" ".join(words)} is refused', bad.stderr)
    got = run('window', 'close', number(got.stdout), '--by', 'E', '--engine', engine.address)
    ok('late' in got.stdout, 'closing it late is told', got.stdout + got.stderr)
    empty = run('window', 'open', 'web', '--for', '2h', '--checks', '', '--reason', 'x', '--by', 'E', '--engine',
                engine.address)
    ok(empty.returncode == 2 and '--checks' in empty.stderr, 'an empty list of checks is not all of them', empty.stdout)
    engine.run('claims', config={'Labels': {'com.docker.swarm.service.name': 'web'}})
    got = run('window', 'open', 'web', '--for', '2h', '--reason', 'x', '--by', 'E', '--engine', engine.address)
    ok(got.stdout.count('window #') == 1 and ' of web (' in got.stdout,
       'a container that claims the name as its service gets no window', got.stdout + got.stderr)


def chosen_ports(engine):
    """A number that the engine chooses anew at each start is no change of what was waived; another port inside is one."""
    with open(state + '/plimsoll.yaml', 'w', encoding='utf-8') as f:
        f.write('policy:\n  declared_ports: ["127.0.0.1:8443/tcp"]\n')
    subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=True)  # of this script's own network
    words = ('--config', state + '/plimsoll.yaml')
    asked = {'NetworkMode': 'bridge', 'PortBindings': {'80/tcp': [{'HostIp': '127.0.0.1', 'HostPort': ''}]}}

    def seen():
        port = json.loads(engine.call('GET', '/containers/ports/json')[1])['NetworkSettings']['Ports']
        return finding(audit(engine, *words)[0], 'CTR-009', 'ports'), next(iter(port.values()))[0]['HostPort']

    def again(**host):
        engine.call('DELETE', '/containers/ports?force=1')
        engine.run('ports', config={'ExposedPorts': {k: {} for k in host['PortBindings']}}, **host)

    again(**asked)
    first, port = seen()
    got = run('waive', first['id'], '--approver', 'C', '--rationale', 'x', '--expires', '9d')
    ok(first['verdict'] == 'fail' and got.returncode == 0, 'a port that nobody declared is waived', [first, got.stderr])
    numbers = {port}
    for _ in range(4):  # the engine may give the same number once more
        again(**asked)
        then, port = seen()
        numbers.add(port)
        if len(numbers) > 1:
            break
    ok(len(numbers) > 1 and then['verdict'] == 'waived' and then['evidence_sha256'] == first['evidence_sha256'],
       'the waiver outlives another number of the engine\'s choice', [numbers, then])
    again(**{**asked, 'PortBindings': {'22/tcp': asked['PortBindings']['80/tcp']}})
    ok(seen()[0]['verdict'] == 'fail', 'and lapses with another port inside')
    again(**{**asked, 'PortBindings': {'80/tcp': [{'HostIp': '127.0.0.1', 'HostPort': '18081'}]}})
    ok(seen()[0]['verdict'] == 'fail', 'or with a number that somebody chose')
    engine.call('DELETE', '/containers/ports?force=1')


def where(engine, doc):
    """Where a running container belongs, as the report and the log tell of it."""
    subjects = {s['name']: s for s in doc['scope']['subjects']}
    host = next(s for s in doc['scope']['subjects'] if s['kind'] == 'host')
    web = subjects['web']
    inspected = json.loads(engine.call('GET', '/containers/web/json')[1])
    info = json.loads(engine.call('GET', '/info')[1])
    ok(web['context'] == {'host': host['name'], 'engine': engine.address, 'engine_id': info['ID'], 'container': 'web',
                          'container_id': inspected['Id'], 'image': 'busy:1', 'image_id': inspected['Image'], 'service': 'web'},
       'a running container has its host, engine and image beside it', [web, info['ID']])
    n = next(f['ledger_index'] for f in doc['findings'] if f['subject']['id'] == web['id'])
    ok(json.loads(run('ledger', 'show', str(n)).stdout)['body']['context'] == web['context'], 'and in the log\'s entry of its verdicts')


def proved():
    got = run('ledger', 'verify')
    ok(got.returncode == 0 and 'proved' in got.stdout, 'the log with all of it is proved', got.stdout + got.stderr)


try:
    with Engine() as the_engine:
        the_engine.busybox()
        the_engine.run('web', RestartPolicy={'Name': 'always'})
        the_engine.run('job')
        before = audit(the_engine)[0]
        where(the_engine, before)
        their = said(before)
        held(audit(the_engine)[0], before, their)
        forms()
        afterwards(the_engine, their, in_the_window(the_engine, their))
        chosen_ports(the_engine)
        proved()
finally:
    shutil.rmtree(state, ignore_errors=True)
sys.exit(end())
