#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Apps, groups and pods of Marathon are judged before they run, each value at its line; the documents are those of its
own manual, the odd ones are made here."""
import json
import os
import subprocess
import sys
import tempfile

from tap import end, ok

PLIMSOLL = os.environ['PLIMSOLL']
FIXTURES = os.path.join(os.environ['PL_SOURCE_ROOT'], 'tests/fixtures/marathon')


def scan(what, text=None):
    return subprocess.run([PLIMSOLL, 'scan', what, '--state-dir', 'none', '--format', 'json'], input=text, text=True,
                          capture_output=True, timeout=60, check=False)


def judged(what, text=None):
    """By container and check: verdict, line and column; and the gaps."""
    done = scan(what, text)
    doc = json.loads(done.stdout) if done.stdout else {'findings': [], 'gaps': []}
    found = {}
    for f in doc['findings']:
        if f['kind'] != 'check' or f['subject']['kind'] != 'container':
            continue
        at = f['declared_at'] or {}
        rank = ['pass', 'not-applicable', 'unknown', 'fail']
        key = (f['subject']['name'], f['check'])
        if key not in found or rank.index(f['verdict']) > rank.index(found[key][0]):
            found[key] = (f['verdict'], at.get('line'), at.get('column'))
    return found, doc['gaps'], done


def line_of(path, word, nth=1):
    with open(path, encoding='utf-8') as f:
        lines = [i for i, line in enumerate(f, 1) if word in line]
    return lines[nth - 1]


# A group, as /v2/groups prints it: three apps, one of them two groups deep.
group = os.path.join(FIXTURES, 'group.json')
found, gaps, done = judged(group)
names = {name for name, _ in found}
ok(names == {'tools/oauth-server', 'tools/datadog-agent', 'tools/docker/registry'} and not gaps,
   'every app of a group is a container, by its path', (names, gaps, done.stderr))
agent = {check: v for (name, check), v in found.items() if name == 'tools/datadog-agent'}
ok(agent['CTR-005'] == ('fail', line_of(group, '"privileged": true'), 29), 'a privileged app fails, at the line and '
   'column where it says so', agent.get('CTR-005'))
ok(agent['CTR-006'][:2] == ('fail', line_of(group, '"containerPath": "/var/run/docker.sock"') - 1),
   'the socket of the engine in an app fails at its volume', agent.get('CTR-006'))
server = {check: v for (name, check), v in found.items() if name == 'tools/oauth-server'}
ok(server['CTR-010'][:2] == ('fail', line_of(group, '"network": "HOST"')) and server['CTR-005'][0] == 'pass',
   'the host network fails, and what is not privileged passes', server)
registry = {check: v for (name, check), v in found.items() if name == 'tools/docker/registry'}
ok(registry['CTR-010'][0] == 'pass' and registry['CTR-014'][:2] == (
    'fail', line_of(group, '"containerPort": 5000') - 1),
   'an app on the bridge passes, and its port on every address fails', registry)
ok(server['CTR-011'][0] == 'pass' and server['CTR-012'][0] == 'fail' and registry['CTR-012'][0] == 'pass',
   'memory is a limit, and one processor is what everybody has', (server['CTR-012'], registry['CTR-012']))

# The app of the manual: a secret is no value, a parameter is an option of docker run.
found, gaps, done = judged(os.path.join(FIXTURES, 'app.json'))
ok({name for name, _ in found} == {'foo'} and not gaps, 'an app alone is a container', (done.stderr, gaps))

# A pod: Mesos' own containerizer runs it, so nothing passes that nobody wrote.
found, gaps, done = judged(os.path.join(FIXTURES, 'pod.json'))
pod = {check: v[0] for (name, check), v in found.items() if name == 'foo/container1'}
ok(pod and pod['CTR-005'] == 'unknown' and pod['CTR-007'] == 'unknown' and
   [g['reason'] for g in gaps] == ['not-observed'],
   'a pod passes nothing that Mesos decides, and that is told', (pod, gaps))

# A file that is JSON may be something else.
with tempfile.TemporaryDirectory() as folder:
    other = os.path.join(folder, 'app.json')
    with open(other, 'w', encoding='utf-8') as f:
        json.dump({'bomFormat': 'CycloneDX', 'specVersion': '1.6', 'version': 1, 'components': [
            {'type': 'library', 'name': 'docker', 'version': '1', 'purl': 'pkg:pypi/docker@1'}]}, f)
    done = scan(other)
    ok(done.returncode == 0 and len(json.loads(done.stdout)['packages']) == 1,
       'a bill of materials is no declaration, whatever it is called', done.stderr)

# Made here: what parameters say, with and without an option that nobody knows.
APP = {'id': 'web', 'cpus': 1, 'mem': 64, 'container': {'type': 'DOCKER', 'docker': {
    'image': 'shop/web:1', 'network': 'BRIDGE', 'parameters': [
        {'key': 'cap-add', 'value': 'SYS_ADMIN'}, {'key': 'pid', 'value': 'host'},
        {'key': 'read-only', 'value': 'true'}, {'key': 'user', 'value': '1000:1000'}]}}}


def with_parameters(*more):
    app = json.loads(json.dumps(APP))
    app['container']['docker']['parameters'] += list(more)
    return json.dumps(app)


found, gaps, done = judged('declared:-', with_parameters())
web = {check: v[0] for (name, check), v in found.items()}
ok(web.get('CTR-004') == 'fail' and web.get('CTR-016') == 'fail' and web.get('CTR-013') == 'pass' and not gaps,
   'parameters are judged as options of docker run', ({k: v for k, v in web.items() if v == 'fail'}, gaps))
passed = {check for check, verdict in web.items() if verdict == 'pass'}
found, gaps, done = judged('declared:-', with_parameters({'key': 'no-such-option', 'value': '1'}))
odd = {check: v[0] for (name, check), v in found.items()}
ok(odd.get('CTR-005') == 'unknown' and [g['reason'] for g in gaps] == ['not-observed'],
   'a parameter that nobody knows leaves open what it could say', (odd, gaps))
ok(odd.get('CTR-016') == 'fail', 'and what was written fails all the same', odd.get('CTR-016'))
ok(not {c for c, v in odd.items() if v == 'pass'} - passed, 'nothing passes because of it', passed)

# Where its arguments point to.
for how in ({'cmd': 'serve --login-word hunter2 --db-host orders.db.cloud.example'}, {'args': ['--db-host', 'orders.db.cloud.example']}):
    done = scan('declared:-', json.dumps({**APP, **how}))
    said = {f['check']: f['verdict'] for f in json.loads(done.stdout)['findings'] if f['kind'] == 'check'}
    ok(said['SUP-013'] == 'unknown' and 'orders.db.cloud.example' in done.stdout and 'hunter2' not in done.stdout,
       'what its arguments name is a service that needs an agreement', (said['SUP-013'], done.stderr))

# An app without an image, and what is no app at all.
found, gaps, done = judged('declared:-', json.dumps([{'id': '/x', 'cmd': 'sleep 1', 'mem': 1}]))
ok(not found and [g['reason'] for g in gaps] == ['unsupported'], 'an app without an image is a gap', gaps)
done = scan('declared:-', json.dumps({'id': '/x', 'apps': [], 'name': 'no app'}))
ok(done.returncode == 4 and 'Marathon' in done.stderr, 'what is no app is refused', (done.returncode, done.stderr))
found, gaps, done = judged('declared:-', json.dumps(
    {'apps': [APP, {'id': 'half'}, 7, {**APP, 'id': 'big', 'mem': 1e300, 'cpus': -1}]}))
ok({n for n, _ in found} == {'web', 'big'} and len(gaps) == 2, 'items that are no apps are told, and the rest goes on',
   (done.stderr, gaps))
big = {check: v[0] for (name, check), v in found.items() if name == 'big'}
ok(big['CTR-011'] == 'unknown' and big['CTR-012'] == 'unknown', 'sizes that are none are not known', big)
deep = APP
for i in range(100):
    deep = {'id': f'g{i}', 'groups': [deep] if i else [], 'apps': [] if i else [deep]}
done = scan('declared:-', json.dumps(deep))
ok(done.returncode == 4 and 'deep' in done.stderr, 'groups that are too deep are refused', (done.returncode, done.stderr))

sys.exit(end())
