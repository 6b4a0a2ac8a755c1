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
import re
import shutil
import subprocess
import sys
import tempfile
import time

INSIDE = os.environ.get('PL_INSIDE') == '1'
if not INSIDE:  # namespaces of their own: the script takes the newest dockerd of the machine for that of the containers
    os.environ['PL_INSIDE'] = '1'
    os.execvp('unshare', ['unshare', '-n', '-m', '-p', '--fork', '--mount-proc', 'sh', '-c', 'ip link set lo up && "$@"', 'sh',
                          sys.executable] + sys.argv)

import authz  # pylint: disable=wrong-import-position
from engine_maker import Engine, until  # pylint: disable=wrong-import-position
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
    'low': {'NetworkMode': 'bridge', 'PortBindings': {'80/tcp': [{'HostIp': '127.0.0.1', 'HostPort': '1024'}]},
            'config': {'ExposedPorts': {'80/tcp': {}}}},
    'forever': {'RestartPolicy': {'Name': 'always'}},
    'quota': {'CpuQuota': 50000, 'CpuPeriod': 100000},
    'sick': {'config': {'Healthcheck': {'Test': ['CMD', '/bin/busybox', 'false'], 'Interval': 10**9, 'Timeout': 5 * 10**9,
                                        'Retries': 1}}},
}
# Two further engines, whose settings stand in /etc/docker/daemon.json: one over several lines, the other in one.
LINES = '''{
 "hosts": [
  "unix://SOCKET",
  "tcp://127.0.0.1:2375"
 ],
 "tls": false
}
'''
WORDS = ('{"hosts":["unix://SOCKET"],"log-driver":"gelf","log-opts":{"gelf-address":"tcp://127.0.0.1:12201"},'
         '"default-ulimits":{"nofile":{"Name":"nofile","Hard":4096,"Soft":1024}},"authorization-plugins":["guard"]}')
# What it says wrongly: number, recording, its result, container or None for the engine, our check, our verdict, and why.
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
    ('3.15', 'bash', 'INFO', None, 'ENG-033', 'pass', 'the socket is where the engine listens, not where it usually is'),
    ('3.16', 'bash', 'INFO', None, 'ENG-034', 'pass', 'the same of its mode'),
    ('3.23', 'bash', 'INFO', None, 'ENG-041', 'pass', "and of containerd's"),
    ('3.24', 'bash', 'INFO', None, 'ENG-042', 'pass', 'and of its mode'),
    ('5.8', 'bash', 'WARN', 'low', 'CTR-008', 'pass', 'the last port that only root may open is 1023'),
    ('5.12', 'bash', 'WARN', 'quota', 'CTR-012', 'pass', 'a quota of the processor is a bound'),
    ('5.15', 'bash', 'PASS', 'forever', 'CTR-015', 'fail', 'the policy "always" restarts more often than five times'),
    ('5.9', 'bash', 'PASS', 'six', 'CTR-009', 'unknown', 'a port of every IPv6 address is published, and nobody has said that it may'),
    ('5.27', 'bash', 'PASS', 'sick', 'CTR-027', 'fail', 'a health that was tested may be bad'),
    ('7.1', 'bash', 'PASS', None, 'SWM-001', 'not-applicable', 'in no swarm there is nothing to pass'),
    ('7.5', 'bash', 'PASS', None, 'SWM-005', 'not-applicable', 'the same'),
    ('1.2.2', 'lines: screen', 'PASS', None, 'HOST-020', 'fail', 'a program that no package brought is supported by nobody'),
    ('2.7', 'lines: bash', 'INFO', None, 'ENG-007', 'fail', 'an address that stands on a line of its own is listened on'),
    ('3.18', 'lines: bash', 'PASS', None, 'ENG-036', 'fail', 'mode 0626 lets others write; 626 is less than 644 only as a number'),
    ('2.7', 'words: bash', 'WARN', None, 'ENG-007', 'pass', 'the address of a log is not one that is listened on'),
    ('2.8', 'words: sh', 'INFO', None, 'ENG-008', 'pass', 'a limit is set, which dash does not see'),
    ('2.12', 'words: sh', 'WARN', None, 'ENG-012', 'unknown', 'a plugin is there, which dash does not see; whether it refuses is not known'),
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


@contextlib.contextmanager
def further(text):
    """One whose program no package brought, with this daemon.json of mode 0626, and a plugin."""
    subprocess.run(['mount', '-t', 'tmpfs', '-o', 'mode=0755', 'none', '/etc/docker'], check=True)
    subprocess.run(['mount', '-t', 'tmpfs', '-o', 'mode=0755', 'none', '/run'], check=True)
    os.makedirs('/run/docker/plugins')
    guard = authz.start('/run/docker/plugins/guard.sock')
    until(lambda: os.path.exists('/run/docker/plugins/guard.sock'))
    with tempfile.TemporaryDirectory(prefix='plimsoll-bench-') as work:
        dockerd = shutil.copy(shutil.which('dockerd'), work)
        e = Engine(command=(dockerd,), says_host=False)
        with open('/etc/docker/daemon.json', 'w', encoding='utf-8') as f:
            f.write(text.replace('SOCKET', e.socket))
        os.chmod('/etc/docker/daemon.json', 0o626)
        try:
            with e:
                yield e
        finally:
            guard.kill()
            guard.wait()
            subprocess.run(['umount', '/run', '/etc/docker'], check=True)


# ---- the recording ----

def run_script(checkout, shell, address):
    """{number: result} and the named items of one run; and what it showed where that differs."""
    with tempfile.TemporaryDirectory(prefix='plimsoll-bench-') as work:
        done = subprocess.run([shell, 'docker-bench-security.sh', '-b', '-l', work + '/log'], cwd=checkout, check=False,
                              capture_output=True, text=True, env={**os.environ, 'DOCKER_HOST': address})
        with open(work + '/log.json', encoding='utf-8') as f:
            doc = json.load(f)
    results = {r['id']: [r['result'], sorted(r.get('items', []))] for t in doc['tests'] for r in t['results']}
    seen = dict(reversed(found) for found in re.findall(r'^\[(PASS|WARN|INFO|NOTE)\] ([0-9.]+) +- ', done.stdout, re.M))
    return results, {i: [word, []] for i, word in seen.items() if i in results and results[i][0] != word}


def record_further(checkout, runs):
    """Only the numbers that are wrong there."""
    with further(LINES) as e:
        runs['lines: bash'], runs['lines: screen'] = run_script(checkout, 'bash', e.address)
    with further(WORDS) as e:
        runs['words: bash'] = run_script(checkout, 'bash', e.address)[0]
        runs['words: sh'] = run_script(checkout, 'dash', e.address)[0]
    for name in runs:
        if ':' in name:
            runs[name] = {n: runs[name].get(n) for n, recording, *_ in WRONG if recording == name}


def record(checkout):
    commit = subprocess.run(['git', '-C', checkout, 'rev-parse', 'HEAD'], capture_output=True, text=True, check=True).stdout.strip()
    with engine() as e:
        version = json.loads(e.call('GET', '/version')[1])['Version']
        runs = {name: run_script(checkout, shell, e.address)[0] for name, shell in (('bash', 'bash'), ('sh', 'dash'))}
    record_further(checkout, runs)
    doc = {'origin': 'https://github.com/docker/docker-bench-security, numbers and results of its JSON log, without its texts',
           'commit': commit, 'version': '1.6.0', 'engine': version, 'recorded': time.strftime('%Y-%m-%d'),
           'made_by': 'tests/integration/docker_bench.py --record CHECKOUT',
           **runs}
    with open(RECORDING, 'w', encoding='utf-8') as f:
        f.write('{\n' + ',\n'.join(
            f' {json.dumps(k)}: ' + (json.dumps(v) if isinstance(v, str) else '{\n' + ',\n'.join(
                f'  {json.dumps(i)}: {json.dumps(r)}' for i, r in v.items()) + '\n }') for k, v in doc.items()) + '\n}\n')


# ---- the test ----

def verdicts(report):
    """{(container or None, check): verdict}"""
    return {(f['subject']['name'] if f['subject']['kind'] == 'container' else None, f['check']): f['verdict']
            for f in report['findings'] if f['kind'] == 'check'}


def audit(e):
    with tempfile.NamedTemporaryFile('w', suffix='.yaml') as policy:
        policy.write('policy: {authorization_plugins: [guard]}\n')
        policy.flush()
        done = subprocess.run([PLIMSOLL, 'audit', '--engine', e.address, '--no-images', '--state-dir', 'none', '--format', 'json',
                               '--config', policy.name], capture_output=True, check=False)
    return verdicts(json.loads(done.stdout))


def modules():
    try:
        with open('/sys/kernel/security/lsm', encoding='ascii') as f:
            return f.read()
    except OSError:
        return ''


def check_wrong(recording, found):
    """`found` by the engine's name in the recordings: '' for the first one."""
    for number, kind, theirs, name, check, ours, why in WRONG:
        if {'CTR-002': 'apparmor', 'CTR-003': 'selinux'}.get(check, '-') in modules():
            ours = 'pass' if check == 'CTR-002' else ours
        recorded = recording[kind].get(number, [None, []])
        verdict = found[kind.split(':')[0] if ':' in kind else ''].get((name, check))
        # A number of containers is a warning as soon as one is named; the others passed.
        good = (recorded[0] == theirs or (theirs == 'PASS' and name and recorded[1])) and (theirs != 'PASS' or not is_named(name, recorded))
        ok(good and verdict == ours, f'{number} ({kind}) is {theirs} there; {check} says {ours}: {why}', (recorded, verdict))


def is_named(name, recorded):
    return any(item == name or item.startswith(f'{name}:') for item in recorded[1])


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
    found = {}
    with engine() as e:
        until(lambda: b'"unhealthy"' in e.call('GET', '/containers/sick/json')[1], 30)
        found[''] = audit(e)
    for name, text in (('lines', LINES), ('words', WORDS)):
        with further(text) as e:
            found[name] = audit(e)
    check_wrong(recording, found)
    check_list(recording)
    return end()


if __name__ == '__main__':
    sys.exit(main())
