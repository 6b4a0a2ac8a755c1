#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `plimsoll remedy` prints is applied, and the check that failed passes: containers of a real engine, its
daemon.json, Compose files, pods through kubectl, a recorded tree; and names that a shell would take apart."""
import concurrent.futures
import copy
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

if os.environ.get('PL_INSIDE') != '1':  # an own network namespace for the engine
    os.environ['PL_INSIDE'] = '1'
    os.execvp('unshare', ['unshare', '-n', sys.executable] + sys.argv)

import yaml  # pylint: disable=wrong-import-position

from engine_maker import Engine  # pylint: disable=wrong-import-position
from tap import end, ok  # pylint: disable=wrong-import-position

PLIMSOLL = os.environ['PLIMSOLL']
SWITCHES = ('--privileged', '--read-only', '--oom-kill-disable')

# the flags that make a check fail
RUN = {
    'CTR-004': ['--cap-add', 'NET_ADMIN'],
    'CTR-005': ['--privileged'], 'CTR-010': ['--network', 'host'], 'CTR-011': [],
    'CTR-013': [], 'CTR-015': ['--restart', 'always'], 'CTR-016': ['--pid', 'host'],
    'CTR-017': ['--ipc', 'host'], 'CTR-018': ['--device', '/dev/fuse'],
    'CTR-022': ['--security-opt', 'seccomp=unconfined'], 'CTR-025': ['--cgroup-parent', '/elsewhere'], 'CTR-026': [],
    'CTR-029': [], 'CTR-030': ['--network', 'bridge'],
    'CTR-032': ['-v', '/var/run/docker.sock:/var/run/docker.sock'], 'CTR-037': [], 'CTR-040': ['--log-driver', 'none'],
    'CTR-041': ['--sysctl', 'kernel.msgmax=65536'], 'CTR-048': ['--security-opt', 'systempaths=unconfined'],
    'CTR-050': ['--tmpfs', '/run:rw,exec'],
    'CTR-054': ['--pid', 'container:other'], 'CTR-055': ['--group-add', '0'],
    'CMB-006': ['--privileged', '-e', 'DB_PASSWORD=correct-horse-9Xq'],
    'CMB-007': ['--network', 'host', '--security-opt', 'seccomp=unconfined'],
}
COMPOSE = {
    'CTR-004': {'cap_add': ['NET_ADMIN']}, 'CTR-005': {'privileged': True}, 'CTR-010': {'network_mode': 'host'},
    'CTR-011': {}, 'CTR-012': {}, 'CTR-013': {}, 'CTR-015': {'restart': 'always'}, 'CTR-016': {'pid': 'host'},
    'CTR-017': {'ipc': 'host'}, 'CTR-018': {'devices': ['/dev/fuse:/dev/fuse']},
    'CTR-021': {'uts': 'host'}, 'CTR-029': {}, 'CTR-038': {}, 'CTR-025': {'cgroup_parent': '/elsewhere'},
    'CTR-041': {'sysctls': {'kernel.msgmax': 65536}}, 'CTR-055': {'group_add': ['0']},
    'CTR-050': {'tmpfs': ['/run:rw,exec']},
    'CMB-006': {'privileged': True, 'environment': {'DB_PASSWORD': 'correct-horse-9Xq'}},
    'CMB-007': {'network_mode': 'host', 'security_opt': ['seccomp=unconfined']},
}
PODS = {
    'K8S-047': ({}, {'securityContext': {'privileged': True}}), 'K8S-048': ({}, {}), 'K8S-054': ({}, {}), 'K8S-055': ({}, {}),
    'K8S-064': ({'hostNetwork': True, 'hostPID': True}, {}), 'CTR-005': ({}, {'securityContext': {'privileged': True}}),
    'CTR-016': ({'hostPID': True}, {}), 'CTR-017': ({'hostIPC': True}, {}), 'CTR-013': ({}, {}), 'CTR-010': ({'hostNetwork': True}, {}),
    'CTR-004': ({}, {'securityContext': {'capabilities': {'add': ['NET_ADMIN']}}}), 'CTR-038': ({}, {}),
}
DAEMON = {
    'ENG-002': {}, 'ENG-003': {'log-level': 'debug', 'debug': True}, 'ENG-006': {'storage-driver': 'vfs'}, 'ENG-008': {},
    'ENG-010': {'cgroup-parent': '/elsewhere'}, 'ENG-014': {},
    'ENG-017': {'seccomp-profile': 'unconfined'}, 'ENG-018': {'experimental': True}, 'ENG-047': {},
    'ENG-048': {'metrics-addr': '0.0.0.0:9323', 'experimental': True}, 'ENG-049': {},
    'ENG-056': {'registry-mirrors': ['http://m.example']},
}
# what a real engine is started with, once before and once after
LIVE = {**{c: DAEMON[c] for c in ('ENG-002', 'ENG-003', 'ENG-014', 'ENG-018', 'ENG-047', 'ENG-008')},
        'ENG-005': {'insecure-registries': ['r.example:5000']}, 'ENG-015': {}, 'ENG-016': {}}

AUDIT = ('HOST-003', 'HOST-004', 'HOST-005', 'HOST-006', 'HOST-007', 'HOST-008', 'HOST-009', 'HOST-010', 'HOST-011', 'HOST-012',
         'HOST-014', 'HOST-017', 'HOST-018', 'HOST-048', 'LOG-022')
INCLUDES = 'Include /etc/ssh/sshd_config.d/*.conf\n'

# what each format needs one of
FORMS = {'sh': ('docker.run', 'daemon.json', 'sysctl', 'files', 'audit.rules', 'dockerfile', 'sshd'), 'compose': ('compose',),
         'ansible': ('daemon.json', 'sysctl', 'files', 'audit.rules', 'sshd'), 'k8s': ('kubernetes',)}


class Reset:
    """Compose: takes away what the file below says."""


class Override(list):
    """Compose: takes the place of the list below."""


class Loader(yaml.SafeLoader):  # pylint: disable=too-many-ancestors
    pass


Loader.add_constructor('!reset', lambda *_: Reset())
Loader.add_constructor('!override', lambda l, n: Override(l.construct_sequence(n, True)))
Loader.add_constructor('!unsafe', lambda l, n: l.construct_scalar(n))


def plimsoll(*words, state='none'):
    done = subprocess.run([PLIMSOLL, *words, '--state-dir', state], capture_output=True, timeout=120, check=False,
                          stdin=subprocess.DEVNULL, text=True)
    assert done.returncode == 0, (words, done.stderr)
    return done.stdout


def remedy(what, form, **more):
    return plimsoll('remedy', what, '--format', form, **more)


def verdicts(text, name=None):
    return {f['check']: f['verdict'] for f in json.loads(text)['findings']
            if f['kind'] == 'check' and (name is None or f['subject']['name'] == name)}


def judge(pairs, sentence):
    """pairs: check -> what was judged before and after."""
    for check, (before, after) in pairs.items():
        ok(before.get(check) == 'fail' and after.get(check) in ('pass', 'not-applicable'), f'{check}: {sentence}',
           (before.get(check), after.get(check)))


def many(of, each):
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return dict(zip(of, pool.map(each, of)))


# ---- docker run ----

def changed(flags, run):
    """The command line with what the remedy says."""
    words, out = list(flags), []
    drop = run.get('drop', [])
    while words:
        n = 1 if words[0] in SWITCHES else 2
        flag, words = words[:n], words[n:]
        if flag[0] not in drop and ' '.join(flag) not in drop:
            out += flag
    return out + [w for line in run.get('add', []) for w in line.split(' ')]


def containers(e):
    docker = shutil.which('docker')
    assert docker, 'package docker.io is not installed'

    def make(name, flags):
        done = subprocess.run([docker, '-H', e.address, 'create', '--name', name, *flags, 'busy:1', '/bin/busybox', 'sleep', '9'],
                              capture_output=True, check=False)
        assert done.returncode == 0, (name, flags, done.stderr)

    subprocess.run([docker, '-H', e.address, 'network', 'create', 'plimsoll-own'], check=True, capture_output=True)
    make('other', [])
    for check, flags in RUN.items():
        run = json.loads(remedy(check, 'json'))['forms']['docker.run']
        make('bad-' + check, flags)
        make('good-' + check, [w.replace('LOGHOST', 'localhost') for w in changed(flags, run)])
    found = plimsoll('audit', '--engine', e.address, '--no-probes', '--no-images', '--format', 'json')
    judge({c: (verdicts(found, 'bad-' + c), verdicts(found, 'good-' + c)) for c in RUN}, 'flags of docker run')
    return docker


def updates(e, docker, top):
    """docker update changes the one that is there."""
    folder = top + '/path'
    os.makedirs(folder)
    os.symlink(docker, folder + '/docker')
    env = {**os.environ, 'DOCKER_HOST': e.address, 'PATH': folder + ':' + os.environ['PATH']}
    for check in ('CTR-029', 'CTR-015'):
        subprocess.run(['sh', '-s', 'bad-' + check], input=remedy(check, 'sh').encode(), env=env, check=True, capture_output=True)
    found = plimsoll('audit', '--engine', e.address, '--no-probes', '--no-images', '--format', 'json')
    for check in ('CTR-029', 'CTR-015'):
        got = verdicts(found, 'bad-' + check)[check]
        ok(got == 'pass', f'{check}: docker update of the container', got)


# ---- daemon.json ----

def apply(script, root, *words, env=None):
    done = subprocess.run(['sh', '-s', *words], input=script.encode(), env={**os.environ, 'ROOT': root, **(env or {})},
                          capture_output=True, check=False, cwd=root)
    assert done.returncode == 0, (script, done.stderr)
    return done.stdout


def daemon(top):
    """All of them in one file, and the remedies one after another."""
    root = top + '/daemon'
    os.makedirs(root + '/etc/docker')
    path = root + '/etc/docker/daemon.json'
    with open(path, 'w', encoding='utf-8') as f:
        json.dump({k: v for settings in DAEMON.values() for k, v in settings.items()}, f)
    os.chmod(path, 0o600)
    before = verdicts(plimsoll('scan', path, '--format', 'json'))
    for check in DAEMON:
        apply(remedy(check, 'sh'), root)
    after = verdicts(plimsoll('scan', path, '--format', 'json'))
    judge({c: (before, after) for c in DAEMON}, 'daemon.json')
    ok(os.stat(path).st_mode & 0o777 == 0o600, 'and it is shown to nobody else than before', oct(os.stat(path).st_mode))


def live_daemon(top):
    root = top + '/live'
    os.makedirs(root + '/etc/docker')
    path = root + '/etc/docker/daemon.json'
    config = {k: v for settings in LIVE.values() for k, v in settings.items()}
    seen = []
    for turn in range(2):
        with Engine(config=config) as e:
            seen.append(verdicts(plimsoll('audit', '--engine', e.address, '--no-probes', '--no-images', '--format', 'json')))
        if turn == 0:
            with open(path, 'w', encoding='utf-8') as f:
                json.dump(config, f)
            for check in LIVE:
                apply(remedy(check, 'sh'), root)
            with open(path, encoding='utf-8') as f:
                config = json.load(f)
    judge({c: (seen[0], seen[1]) for c in LIVE}, 'an engine that was started anew')


# ---- Compose and Kubernetes ----

def merged(base, over):
    out = copy.deepcopy(base)
    for key, value in over.items():
        if isinstance(value, Reset):
            out.pop(key, None)
        elif isinstance(value, dict) and isinstance(out.get(key), dict):
            out[key] = merged(out[key], value)
        elif isinstance(value, list) and not isinstance(value, Override):
            out[key] = out.get(key, []) + value
        else:
            out[key] = list(value) if isinstance(value, Override) else value
    return out


def compose(top):
    path = top + '/compose.yaml'
    doc = {'services': {c.lower(): {'image': 'busy:1', **settings} for c, settings in COMPOSE.items()}}
    seen = []
    for turn in range(2):
        with open(path, 'w', encoding='utf-8') as f:
            yaml.safe_dump(doc, f)
        seen.append(plimsoll('scan', 'declared:' + path, '--format', 'json'))
        for check in COMPOSE if turn == 0 else ():
            over = yaml.load(remedy(check, 'compose'), Loader)
            doc = merged(doc, {'services': {check.lower(): over['services']['SERVICE']}})
    judge({c: [verdicts(x, c.lower()) for x in seen] for c in COMPOSE}, 'Compose')


def manifest(check, template):
    pod, container = PODS[check]
    spec = {**pod, 'containers': [{'name': 'CONTAINER', 'image': 'busy:1', 'ports': [{'containerPort': 80}], **container}]}
    meta = {'name': check.lower(), 'namespace': 'shop'}
    if not template:
        return {'apiVersion': 'v1', 'kind': 'Pod', 'metadata': meta, 'spec': spec}
    return {'apiVersion': 'apps/v1', 'kind': 'Deployment', 'metadata': meta,
            'spec': {'selector': {'matchLabels': {'a': 'b'}}, 'template': {'metadata': {'labels': {'a': 'b'}}, 'spec': spec}}}


def patched(top, check, template):
    """As kubectl merges the patch."""
    kubectl = shutil.which('kubectl')
    assert kubectl, 'package kubernetes-client is not installed'
    path, patch = f'{top}/pod-{check}.yaml', f'{top}/patch-{check}.yaml'
    with open(path, 'w', encoding='utf-8') as f:
        yaml.safe_dump(manifest(check, template), f)
    with open(patch, 'w', encoding='utf-8') as f:
        f.write(plimsoll('remedy', check, '--format', 'k8s', *(['--template'] if template else [])))
    done = subprocess.run([kubectl, 'patch', '--local', '-f', path, '--type', 'strategic', '--patch-file', patch, '-o', 'yaml'],
                          capture_output=True, check=False)
    assert done.returncode == 0, (check, done.stderr)
    return yaml.safe_load(done.stdout)


def pods(top):
    path, seen = top + '/pods.yaml', []
    for turn in range(2):
        with open(path, 'w', encoding='utf-8') as f:
            yaml.safe_dump_all([patched(top, c, c == 'K8S-048') if turn else manifest(c, c == 'K8S-048') for c in PODS], f)
        found = json.loads(plimsoll('scan', 'declared:' + path, '--format', 'json'))['findings']
        seen.append({c: {f['check']: f['verdict'] for f in found if f['kind'] == 'check' and c.lower() in f['subject']['name']}
                     for c in PODS})
    judge({c: (seen[0][c], seen[1][c]) for c in PODS}, 'a pod or deployment, patched by kubectl')


# ---- findings ----

TAKES = re.compile(r'chmod ([ugoa]+(-[rwxs]+|=)[, ])+-- ')  # no right is given that was not there


def finding_of(text, check):
    return next(f['id'] for f in json.loads(text)['findings'] if f['kind'] == 'check' and f['check'] == check
                and f['verdict'] == 'fail')


def hostile(top):
    """The name of a service is what somebody wrote."""
    state, work = top + '/state-h', top + '/work'
    name = "$(touch x)'`touch y`\";touch z {{ 7*7 }} #"
    os.makedirs(work + '/bin')
    with open(work + '/bin/docker', 'w', encoding='utf-8') as f:
        f.write('#!/bin/sh\nfor w in "$@"; do printf "%s\\n" "$w"; done\n')
    os.chmod(work + '/bin/docker', 0o755)
    with open(work + '/compose.yaml', 'w', encoding='utf-8') as f:
        yaml.safe_dump({'services': {name: {'image': 'busy:1'}}}, f)
    found = plimsoll('scan', 'declared:' + work + '/compose.yaml', '--format', 'json', state=state)
    finding = finding_of(found, 'CTR-029')
    said = apply(remedy(finding, 'sh', state=state), work, env={'PATH': work + '/bin:' + os.environ['PATH']}).decode()
    ok(name in said.splitlines() and not {'x', 'y', 'z'} & set(os.listdir(work)), 'a hostile name is one word of shell',
       (said, os.listdir(work)))
    doc = yaml.load(remedy(finding, 'compose', state=state), Loader)
    ok(list(doc['services']) == [name], 'and one key of YAML', doc)
    doc = yaml.load(remedy(finding_of(found, 'CTR-013'), 'k8s', state=state), Loader)
    ok(doc['spec']['containers'][0]['name'] == name, 'and one name of a container', doc)
    ok(json.loads(remedy(finding, 'json', state=state))['service'] == name, 'and one text of JSON')


def recorded(top):
    """Modes of files, whose paths come from the finding."""
    root, state = top + '/tree', top + '/state-r'
    odd = "a b'$(touch x).yaml"
    os.makedirs(root + '/etc/kubernetes/manifests')
    for name, mode in (('kube-apiserver.yaml', 0o666), (odd, 0o466)):
        with open(f'{root}/etc/kubernetes/manifests/{name}', 'w', encoding='utf-8') as f:
            f.write('apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: a, command: [kube-apiserver]}]}\n')
        os.chmod(f'{root}/etc/kubernetes/manifests/{name}', mode)
    with open(root + '/etc/machine-id', 'w', encoding='utf-8') as f:
        f.write('0123456789abcdef0123456789abcdef\n')
    before = plimsoll('audit', '--root', root, '--no-engine', '--format', 'json', state=state)
    finding = finding_of(before, 'K8S-001')
    apply(remedy(finding, 'sh', state=state), root)
    after = verdicts(plimsoll('audit', '--root', root, '--no-engine', '--format', 'json', state=state))
    ok(after['K8S-001'] == 'pass' and not os.path.exists(root + '/x'), 'files of a recorded tree get their modes', after['K8S-001'])
    modes = [os.stat(f'{root}/etc/kubernetes/manifests/{name}').st_mode & 0o7777 for name in ('kube-apiserver.yaml', odd)]
    ok(modes == [0o600, 0o400], 'and none gets a right that it had not', [oct(m) for m in modes])
    doc = yaml.load(remedy(finding, 'ansible', state=state), Loader)
    ok(any(t.get('ansible.builtin.file', {}).get('path', '').endswith(odd) for t in doc[0]['tasks']),
       'the same as a task of Ansible', doc)


def written(top):
    """Files of settings: what is in them is what the check reads."""
    for check, path, line in (('HOST-028', 'etc/sysctl.d/zz-plimsoll-HOST-028.conf', 'net.ipv4.conf.all.send_redirects = 0'),
                              ('HOST-048', 'etc/audit/rules.d/60-plimsoll-HOST-048.rules', '-w /etc/shadow -p wa -k identity'),
                              ('HOST-026', 'etc/ssh/sshd_config.d/00-plimsoll-HOST-026.conf', 'PermitRootLogin no')):
        root = f'{top}/written-{check}'
        os.makedirs(root + '/etc/ssh')
        with open(root + '/etc/ssh/sshd_config', 'w', encoding='utf-8') as f:
            f.write(INCLUDES)
        apply(remedy(check, 'sh'), root)
        with open(f'{root}/{path}', encoding='utf-8') as f:
            ok(line in f.read().splitlines(), f'{check} writes {path}')


def refused(what, root, words, *args):
    done = subprocess.run(['sh', '-s', *args], input=remedy(what, 'sh').encode(), env={**os.environ, 'ROOT': root}, capture_output=True,
                          check=False)
    ok(done.returncode == 1 and all(w in done.stderr.decode() for w in words), f'{what}: says {" ".join(words)}', done.stderr)


def host(top, name):
    """A recorded host, and its verdicts with the findings that are open."""
    root = shutil.copytree(f"{os.environ['PL_SOURCE_ROOT']}/tests/fixtures/host/{name}", f'{top}/host-{name}', symlinks=True)
    return root, lambda: plimsoll('audit', '--root', root, '--format', 'json', state=f'{top}/state-{name}')


def server(top):
    """Settings of sshd: the first counts, wherever it stands."""
    refused('HOST-026', host(top, 'poor')[0], ['sshd_config has to include'])
    root, seen = host(top, 'debian')
    with open(root + '/etc/ssh/sshd_config', encoding='utf-8') as f:
        old = f.read().split('Match ')[0]  # such a block goes before what is set for all
    with open(root + '/etc/ssh/sshd_config', 'w', encoding='utf-8') as f:
        f.write(INCLUDES + old)
    with open(root + '/etc/ssh/sshd_config.d/05-image.conf', 'w', encoding='utf-8') as f:
        f.write('PasswordAuthentication yes\nPermitRootLogin yes\nMACs hmac-md5\n')
    before = verdicts(seen())
    for check in ('HOST-026', 'HOST-045'):
        apply(remedy(check, 'sh'), root)
    judge({c: (before, verdicts(seen())) for c in ('HOST-026', 'HOST-045')}, 'settings of sshd, before those that others dropped in')


def watched(top):
    """Rules of the kernel's audit, for the paths that each finding names; they are loaded as auditctl would list them."""
    root, seen = host(top, 'hardened')
    loaded = root + '/.recorded/audit-rules'
    with open(loaded, encoding='utf-8') as f:
        kept = [line for line in f if not line.startswith('-w ')]
    with open(loaded, 'w', encoding='utf-8') as f:
        f.writelines(kept)
    text = seen()
    before = verdicts(text)
    checks = [c for c in AUDIT if before[c] == 'fail']
    with open(loaded, 'a', encoding='utf-8') as f:
        for check in checks:
            apply(remedy(finding_of(text, check), 'sh', state=f'{top}/state-hardened'), root)
            with open(f'{root}/etc/audit/rules.d/60-plimsoll-{check}.rules', encoding='utf-8') as rules:
                f.write(rules.read())
    after = verdicts(seen())
    ok(len(checks) > 12, 'most rows of the audit fail without rules', checks)
    judge({c: (before, after) for c in checks}, 'audit rules')
    refused('HOST-003', root, ['/opt/my engine/dockerd: no rule can name it'], '/opt/my engine/dockerd')


def parameters(top):
    """Kernel parameters of a network namespace of its own."""
    root = top + '/parameters'
    os.makedirs(root + '/etc')
    with open(root + '/etc/sysctl.conf', 'w', encoding='utf-8') as f:
        f.write('net/ipv4/tcp_syncookies = 0\n')
    refused('HOST-028', root, ['is read last', 'net.ipv4.tcp_syncookies'])
    os.unlink(root + '/etc/sysctl.conf')
    apply(remedy('HOST-028', 'sh'), root)
    with open(root + '/etc/sysctl.d/zz-plimsoll-HOST-028.conf', encoding='utf-8') as f:
        values = dict(line.split(' = ') for line in f)
    seen = []
    for turn in range(2):
        seen.append(verdicts(plimsoll('audit', '--no-engine', '--no-images', '--no-probes', '--format', 'json')))
        for name, value in values.items() if turn == 0 else ():
            # interfaces that exist keep values of their own, as the remedy says
            family = name.split('.')[1]
            links = os.listdir(f'/proc/sys/net/{family}/conf') if '.conf.' in name else ['']
            for place in {name.replace('.all.', f'.{link}.').replace('.default.', f'.{link}.') for link in links}:
                with open('/proc/sys/' + place.replace('.', '/'), 'w', encoding='ascii') as f:
                    f.write(value)
    judge({'HOST-028': seen}, 'parameters of this network namespace')


def led_out(top):
    """A tree that somebody else made has a link to a file of this machine."""
    for number, (check, link) in enumerate((('ENG-036', 'etc/docker/daemon.json'), ('ENG-002', 'etc/docker'), ('HOST-028', 'etc/sysctl.d'))):
        root, away = f'{top}/led-{number}', f'{top}/away-{number}'
        os.makedirs(f'{root}/{os.path.dirname(link)}')
        if link.endswith('json'):
            with open(away, 'w', encoding='utf-8') as f:
                f.write('{}')
            os.chmod(away, 0o666)
        else:
            os.makedirs(away)
        os.symlink(away, f'{root}/{link}')
        done = subprocess.run(['sh', '-s'], input=remedy(check, 'sh').encode(), env={**os.environ, 'ROOT': root}, capture_output=True,
                              check=False)
        is_same = os.stat(away).st_mode & 0o777 == 0o666 if os.path.isfile(away) else not os.listdir(away)
        ok(done.returncode == 1 and b'leads out of' in done.stderr and is_same, f'{check} does not follow a link out of ROOT', done.stderr)


def built(e, docker, top):
    """A line at the end of a Dockerfile, as the engine builds it."""
    root, seen = top + '/dockerfile', []
    os.makedirs(root)
    with open(root + '/Dockerfile', 'w', encoding='utf-8') as f:
        f.write('FROM busy:1\nLABEL a=b\n')
    for turn in range(2):
        done = subprocess.run([docker, '-H', e.address, 'build', '-q', '-t', f'built:{turn}', root], check=False, capture_output=True,
                              env={**os.environ, 'DOCKER_BUILDKIT': '0'})
        assert done.returncode == 0, done.stderr
        seen.append(verdicts(plimsoll('scan', f'built:{turn}', '--engine', e.address, '--format', 'json')))
        if turn == 0:
            apply(remedy('IMG-001', 'sh'), root)
    judge({'IMG-001': seen}, 'a line of the Dockerfile')


def every():
    rows = [r.split(None, 1) for r in plimsoll('remedy', '--list').splitlines()[1:]]
    bad = [c for c, r in rows if 'not said' in r and c.split('-')[0] in
           ('CTR', 'CMB', 'HOST', 'IMG')]
    ok(not bad and len(rows) > 200, 'every check that judges has a machine form, or says why it has none', bad)
    forms = {c: r for c, r in rows if 'none:' not in r and 'not said' not in r}
    broken = []

    def each(check):
        for form, keys in FORMS.items():
            if not any(k in forms[check] for k in keys):
                continue
            done = subprocess.run([PLIMSOLL, 'remedy', check, '--format', form, '--state-dir', 'none'], capture_output=True,
                                  check=False, text=True)
            if form == 'sh':
                broken.extend((check, line) for line in done.stdout.splitlines()
                              if line.startswith('chmod ') and not TAKES.match(line))
                good = subprocess.run(['sh', '-n'], input=done.stdout, text=True, capture_output=True, check=False).returncode == 0
            else:
                good = bool(yaml.load(done.stdout, Loader))
            if done.returncode or not done.stdout or not good:
                broken.append((check, form, done.stderr))
    many(forms, each)
    none = subprocess.run([PLIMSOLL, 'remedy', 'CTR-006', '--format', 'sh'], capture_output=True, check=False, text=True)
    ok(none.returncode == 2 and 'has no form for sh' in none.stderr and 'owner alone' in none.stderr,
       'a form that is not there is an error that says why', none.stderr)
    ok(not broken, f'what is printed of {len(forms)} checks is shell and YAML', broken)


def main():
    subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=True)
    with tempfile.TemporaryDirectory(prefix='plimsoll-remedies.') as top:
        every()
        with Engine() as e:
            e.busybox()
            docker = containers(e)
            updates(e, docker, top)
            built(e, docker, top)
        daemon(top)
        live_daemon(top)
        compose(top)
        pods(top)
        hostile(top)
        recorded(top)
        written(top)
        led_out(top)
        server(top)
        watched(top)
        parameters(top)
    return end()


if __name__ == '__main__':
    sys.exit(main())
