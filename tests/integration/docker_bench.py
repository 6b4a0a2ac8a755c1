#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Side by side with docker-bench-security on a real engine: the containers and settings here make it judge wrongly, as
tests/fixtures/docker_bench/results.json recorded it; our verdicts about the same are right. Every number that it judges, we
judge or leave to people, with a reason.

usage: docker_bench.py                     the test
       docker_bench.py --record CHECKOUT   runs the script of a checkout against the same and writes the recording"""
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time

INSIDE = os.environ.get('PL_INSIDE') == '1'
if not INSIDE:  # namespaces of their own: the script takes the newest dockerd of the machine for that of the containers
    os.environ['PL_INSIDE'] = '1'
    os.execvp('unshare', ['unshare', '-n', '-m', '-p', '--fork', '--mount-proc', sys.executable] + sys.argv)

from engine_maker import Engine  # pylint: disable=wrong-import-position
from tap import end, ok  # pylint: disable=wrong-import-position

PLIMSOLL = os.environ.get('PLIMSOLL', 'plimsoll')
SOURCE = os.environ.get('PL_SOURCE_ROOT', os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
RECORDING = SOURCE + '/tests/fixtures/docker_bench/results.json'
CONFIG = {'log-driver': 'none', 'insecure-registries': ['10.0.0.0/8'], 'icc': False, 'live-restore': True}
CONTAINERS = {
    'good': {},
    'zero': {'config': {'User': '0:0'}},
    'shadow': {'Binds': ['/etc/shadow:/of-the-host']},
    'run': {'Binds': ['ENGINE:/of-the-host']},  # the folder of its socket
    'remote': {'config': {'Cmd': ['/bin/busybox', 'nc', '-ll', '-p', '22', '-e', '/bin/busybox', 'true']}},
    'six': {'NetworkMode': 'bridge', 'PortBindings': {'80/tcp': [{'HostIp': '::', 'HostPort': '8080'}]},
            'config': {'ExposedPorts': {'80/tcp': {}}}},
}
# What it says wrongly: number, shell, its result, container or None for the engine, our check, our verdict, and why.
WRONG = (
    ('4.1', 'bash', 'PASS', 'zero', 'CTR-037', 'fail', 'the user 0:0 is root'),
    ('5.6', 'bash', 'PASS', 'shadow', 'CTR-006', 'fail', 'a file below /etc is a sensitive path'),
    ('5.7', 'bash', 'PASS', 'remote', 'CTR-007', 'fail', 'a container without ps may still listen on port 22'),
    ('5.14', 'bash', 'PASS', 'six', 'CTR-014', 'fail', 'a port of every IPv6 address is bound to every address'),
    ('5.32', 'bash', 'PASS', 'run', 'CTR-032', 'fail', 'the socket is reached through a folder above it'),
    ('2.13', 'bash', 'PASS', None, 'ENG-013', 'fail', 'with the driver "none" nothing is kept at all'),
    ('3.18', 'bash', 'INFO', None, 'ENG-036', 'fail', 'the file that --config-file names has mode 0626'),
    ('2.2', 'sh', 'WARN', None, 'ENG-002', 'pass', 'icc is false, which dash does not see'),
    ('2.5', 'sh', 'PASS', None, 'ENG-005', 'fail', 'an insecure registry is allowed, which dash does not see'),
    ('5.2', 'bash', 'WARN', 'good', 'CTR-002', 'not-applicable', 'a host without AppArmor cannot be asked for a profile'),
    ('5.3', 'bash', 'WARN', 'good', 'CTR-003', 'not-applicable', 'a host without SELinux cannot be asked for labels'),
)


@contextlib.contextmanager
def engine():
    """One with the containers. The script knows the option's file only behind an equals sign."""
    with tempfile.TemporaryDirectory(prefix='plimsoll-bench-') as work:
        with open(work + '/daemon.json', 'w', encoding='utf-8') as f:
            json.dump(CONFIG, f, indent=1)
        os.chmod(work + '/daemon.json', 0o626)
        with Engine(f'--config-file={work}/daemon.json') as e:
            e.busybox()
            for name, options in CONTAINERS.items():
                e.run(name, **json.loads(json.dumps(options).replace('ENGINE', e.dir)))
            yield e


# ---- the recording ----

def run_script(checkout, shell, address):
    """{number: result} and the named items of one run."""
    with tempfile.TemporaryDirectory(prefix='plimsoll-bench-') as work:
        subprocess.run([shell, 'docker-bench-security.sh', '-b', '-l', work + '/log'], cwd=checkout, check=False, capture_output=True,
                       env={**os.environ, 'DOCKER_HOST': address})
        with open(work + '/log.json', encoding='utf-8') as f:
            doc = json.load(f)
    return {r['id']: [r['result'], sorted(r.get('items', []))] for t in doc['tests'] for r in t['results']}


def record(checkout):
    commit = subprocess.run(['git', '-C', checkout, 'rev-parse', 'HEAD'], capture_output=True, text=True, check=True).stdout.strip()
    with engine() as e:
        version = json.loads(e.call('GET', '/version')[1])['Version']
        runs = {shell: run_script(checkout, shell, e.address) for shell in ('bash', 'dash')}
    doc = {'origin': 'https://github.com/docker/docker-bench-security, numbers and results of its JSON log, without its texts',
           'commit': commit, 'version': '1.6.0', 'engine': version, 'recorded': time.strftime('%Y-%m-%d'),
           'made_by': 'tests/integration/docker_bench.py --record CHECKOUT',
           'bash': runs['bash'], 'sh': runs['dash']}
    with open(RECORDING, 'w', encoding='utf-8') as f:
        f.write('{\n' + ',\n'.join(
            f' {json.dumps(k)}: ' + (json.dumps(v) if isinstance(v, str) else '{\n' + ',\n'.join(
                f'  {json.dumps(i)}: {json.dumps(r)}' for i, r in v.items()) + '\n }') for k, v in doc.items()) + '\n}\n')


# ---- the test ----

def verdicts(report):
    """{(container or None, check): verdict}"""
    return {(f['subject']['name'] if f['subject']['kind'] == 'container' else None, f['check']): f['verdict']
            for f in report['findings'] if f['kind'] == 'check'}


def modules():
    try:
        with open('/sys/kernel/security/lsm', encoding='ascii') as f:
            return f.read()
    except OSError:
        return ''


def check_wrong(recording, found):
    for number, shell, theirs, name, check, ours, why in WRONG:
        if {'CTR-002': 'apparmor', 'CTR-003': 'selinux'}.get(check, '-') in modules():
            ours = 'pass' if check == 'CTR-002' else ours
        recorded = recording[shell].get(number, [None, []])
        # A number of containers is a warning as soon as one is named; the others passed.
        good = (recorded[0] == theirs or (theirs == 'PASS' and name and recorded[1])) and (theirs != 'PASS' or name not in recorded[1])
        ok(good and found.get((name, check)) == ours, f'{number} ({shell}) is {theirs} there; {check} says {ours}: {why}',
           (recorded, found.get((name, check))))


def check_list(recording):
    framework = json.loads(subprocess.run([PLIMSOLL, 'checks', '--coverage', '--framework', 'cis_docker_1_6', '--format', 'json'],
                                          capture_output=True, check=True).stdout)['frameworks'][0]
    rows = {r['id']: r for r in framework['rows']}
    theirs = {i for i in recording['bash'] if i.replace('.', '').isdigit()}
    ok(theirs == set(rows) and len(rows) == 117, 'each number that it judges is a requirement here, all 117', theirs ^ set(rows))
    judged = {i for i, r in rows.items() if any(not c['needs'] for c in r['checks'])}
    people = {i for i, r in rows.items() if i not in judged and any(c['needs'] == 'attest' for c in r['checks'])}
    with open(SOURCE + '/tests/fixtures/docker_bench/left_to_people.json', encoding='utf-8') as f:
        reasons = json.load(f)
    ok(judged | people == set(rows), 'each is judged, or left to people', sorted(set(rows) - judged - people))
    ok(people == set(reasons) and all(len(r) > 40 for r in reasons.values()), 'what is left to people has a reason, and nothing else has',
       people ^ set(reasons))
    ok(not framework['blank']['ids'], 'none is blank')


def main():
    if len(sys.argv) == 3 and sys.argv[1] == '--record':
        return record(os.path.abspath(sys.argv[2]))
    with open(RECORDING, encoding='utf-8') as f:
        recording = json.load(f)
    with engine() as e:
        done = subprocess.run([PLIMSOLL, 'audit', '--engine', e.address, '--no-images', '--no-probes', '--state-dir', 'none', '--format',
                               'json'], capture_output=True, check=False)
    found = verdicts(json.loads(done.stdout))
    check_wrong(recording, found)
    check_list(recording)
    return end()


if __name__ == '__main__':
    sys.exit(main())
