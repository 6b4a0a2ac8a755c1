#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A cluster through its API: recorded objects behind a server that pages, forbids, forgets, lies and never ends; the same
server answers kubectl."""
import copy
import json
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
import time
import traceback

import tap
from cluster_server import RESOURCES, TOKEN, ApiServer, Certificates, endless, event, lying, once, recorded, status, stream, when

PLIMSOLL = os.environ['PLIMSOLL']
CASES = []


class Skipped(Exception):
    """Why a case cannot be had here."""


def test(function):
    CASES.append(function)
    return function


class Work:
    def __init__(self, folder):
        self.folder = folder
        os.makedirs(f'{folder}/host')
        self.certificates = Certificates(folder)

    def server(self, *names, **options):
        return ApiServer(self.certificates, recorded(*names), **options)

    def audit(self, config, *args, env=None, user=None):
        run = subprocess.run([PLIMSOLL, 'audit', '--root', f'{self.folder}/host', '--state-dir', 'none', '--kubeconfig', config,
                              '--format', 'json', *args], capture_output=True, text=True, check=False, timeout=120,
                             env={**os.environ, **(env or {})}, user=user)
        run.report = json.loads(run.stdout) if run.stdout.startswith('{') else None
        return run


def names(report, kind):
    return sorted(s['name'] for s in report['scope']['subjects'] if s['kind'] == kind)


def gaps(report):
    """What is missing of the cluster, and why."""
    return {g['what'].rsplit(': ', 1)[-1]: g['reason'] for g in report['gaps'] if g['what'].startswith('https://')}


def verdicts(report, check):
    return {f['subject']['name']: f['verdict'] for f in report['findings'] if f.get('check') == check}


@test
def workloads_are_judged_by_the_checks_of_containers(work):
    server = work.server()
    run = work.audit(server.kubeconfig(f'{work.folder}/config'))
    containers = names(run.report, 'container')
    assert run.returncode == 0 and gaps(run.report) == {}, run.stderr
    assert names(run.report, 'cluster') == ['prod']
    # The pod stands for its deployment, whose own list does not have it.
    assert 'Deployment/default/random-pod/random-pod' in containers
    assert 'StatefulSet/default/kotsadm-postgres/kotsadm-postgres' in containers
    assert 'DaemonSet/kube-system/fluentd-gcp-v3.2.0/fluentd-gcp' in containers
    # The job of a cron job has its template.
    assert 'CronJob/default/hello/c1' in containers and not any(c.startswith('Job/default/hello') for c in containers)
    assert verdicts(run.report, 'CTR-021')['DaemonSet/kube-system/fluentd-gcp-v3.2.0/fluentd-gcp'] == 'fail'
    assert verdicts(run.report, 'CTR-012')['Deployment/default/random-pod/random-pod'] == 'fail'


@test
def pods_meet_a_pod_security_level(work):
    run = work.audit(work.server().kubeconfig(f'{work.folder}/config'))
    levels = {s['name']: a['value'] for s in run.report['scope']['subjects'] if s['kind'] == 'container'
              for a in s['attributes'] if a['name'] == 'pod security'}
    # It mounts folders of its node; the other one only does not say what restricted asks for.
    assert levels['DaemonSet/kube-system/fluentd-gcp-v3.2.0/fluentd-gcp'] == 'privileged', levels
    assert levels['Deployment/default/random-pod/random-pod'] == 'baseline', levels


def who_runs_it(work, version, labels, faults=None):
    """Of a cluster with these labels on its recorded node: how the API server's rows are judged on the auditor's host."""
    server = work.server(version=version)
    server.faults = faults or {}
    for node in server.objects['nodes']:
        node['metadata']['labels'].update(labels)
    report = work.audit(server.kubeconfig(f'{work.folder}/config')).report
    found = [f for f in report['findings'] if f.get('check') in ('K8S-006', 'K8S-024', 'K8S-027', 'K8S-059')]
    assert len(found) == 4, found
    return {(f['verdict'], f['reason']) for f in found}


@test
def the_control_plane_of_a_provider_is_inherited_and_never_passes(work):
    inherited = {('not-applicable', 'inherited')}
    for version, labels in (('v1.29.3-eks-adc7111', {}), ('v1.29.4-gke.1043002', {}),
                            ('v1.29.3', {'eks.amazonaws.com/nodegroup': 'workers'}),
                            ('v1.29.4', {'cloud.google.com/gke-nodepool': 'pool-1'}),
                            ('v1.29.4', {'kubernetes.azure.com/cluster': 'MC_shop'})):
        assert who_runs_it(work, version, labels) == inherited, (version, labels)
    # The same builds and labels where the control plane is one's own: EKS Anywhere, aks-engine; nothing is inherited, nor
    # where nodes were not seen.
    for version, labels in (('v1.32.4', {}), ('v1.29.3-eks-adc7111', {'node-role.kubernetes.io/control-plane': ''}),
                            ('v1.18.1', {'kubernetes.azure.com/cluster': 'shop', 'kubernetes.azure.com/role': 'master'})):
        assert not who_runs_it(work, version, labels) & inherited, (version, labels)
    assert not who_runs_it(work, 'v1.29.3-eks-adc7111', {}, {'nodes': status(403)}) & inherited


@test
def every_recommendation_of_the_benchmark_is_judged_or_attested(_):
    content = os.environ['PL_SOURCE_ROOT'] + '/content'
    with open(content + '/frameworks/cis_kubernetes_1_12.yaml', encoding='utf-8') as f:
        numbers = re.findall(r'- {id: "([0-9.]+)"', f.read())
    judged = set()
    for name in os.listdir(content + '/checks'):
        with open(f'{content}/checks/{name}', encoding='utf-8') as f:
            checks = re.split(r'(?m)^- ', f.read())
        for check in checks:
            if check.startswith('check: ') and re.search(r'(?m)^  (pass:|needs: attest$)', check):
                for mapped in re.findall(r'cis_kubernetes_1_12: \[(.*?)\]', check, re.S):
                    judged.update(re.findall(r'"([0-9.]+)"', mapped))
    assert len(numbers) == 131 and not set(numbers) - judged, sorted(set(numbers) - judged)


def evidence(report, check, field):
    return {e['value'] for f in report['findings'] if f.get('check') == check for e in f['evidence'] if e['field'] == field}


@test
def the_cluster_itself_is_judged(work):
    server = work.server()
    config = server.kubeconfig(f'{work.folder}/config')
    report = work.audit(config).report
    of = {check: verdicts(report, check).get('prod') for check in
          ('K8S-008', 'K8S-040', 'K8S-041', 'K8S-042', 'K8S-043', 'K8S-044', 'K8S-045', 'K8S-046', 'K8S-050', 'K8S-053', 'K8S-062',
           'K8S-068')}
    assert of == {'K8S-008': 'pass', 'K8S-040': 'pass', 'K8S-041': 'pass', 'K8S-042': 'pass', 'K8S-043': 'fail', 'K8S-044': 'pass',
                  'K8S-045': 'pass', 'K8S-046': 'fail', 'K8S-050': 'fail', 'K8S-053': 'fail', 'K8S-062': 'pass', 'K8S-068': 'pass'}, of
    account = 'ServiceAccount:local-path-storage/local-path-provisioner-service-account'
    assert account in evidence(report, 'K8S-043', 'grant.subject')
    assert 'local-path-storage' in evidence(report, 'K8S-046', 'namespace.name')
    assert 'kube-system' not in evidence(report, 'K8S-046', 'namespace.name')
    assert verdicts(report, 'K8S-047')['Deployment/default/random-pod/random-pod'] == 'pass'
    assert verdicts(report, 'K8S-049')['DaemonSet/kube-system/fluentd-gcp-v3.2.0/fluentd-gcp'] == 'fail'
    assert verdicts(report, 'K8S-064')['DaemonSet/kube-system/fluentd-gcp-v3.2.0/fluentd-gcp'] == 'fail'
    assert verdicts(report, 'K8S-054')['Deployment/kube-system/coredns/coredns'] == 'pass'
    # What may not be listed passes nothing; what is bad in the rest still fails.
    server.faults = {p: status(403) for p in ('clusterroles', 'secrets', 'networkpolicies', 'clusterrolebindings', 'pods')}
    report = work.audit(config).report
    of = {check: verdicts(report, check).get('prod') for check in of}
    assert of['K8S-040'] == of['K8S-041'] == of['K8S-045'] == of['K8S-062'] == of['K8S-068'] == 'unknown', of
    assert of['K8S-043'] == 'fail' and of['K8S-053'] == 'fail', of


@test
def nothing_but_get_is_asked_and_no_secret(work):
    server = work.server()
    work.audit(server.kubeconfig(f'{work.folder}/config'))
    asked = {path for path, _, _ in server.asked}
    assert not any('proxy' in path or 'configz' in path for path in asked)
    secrets = [(q, accept) for path, q, accept in server.asked if path == '/api/v1/secrets']
    assert len(secrets) == 2 and all('fieldSelector' in q and 'as=PartialObjectMetadata' in accept for q, accept in secrets)


@test
def small_pages_give_the_same_cluster(work):
    whole, paged = work.server(), work.server(page=1)
    one = work.audit(whole.kubeconfig(f'{work.folder}/config'))
    many = work.audit(paged.kubeconfig(f'{work.folder}/config'))
    assert len(paged.asked) > len(whole.asked) + 10
    assert names(one.report, 'container') == names(many.report, 'container')
    tallies = [[(f['check'], f['subject']['name'], f['verdict']) for f in r.report['findings'] if f.get('check')]
               for r in (one, many)]
    assert sorted(tallies[0]) == sorted(tallies[1])


@test
def a_list_that_ends_badly_is_a_gap_and_the_rest_goes_on(work):
    server = work.server()
    server.faults = {'services': lying, 'ingresses': endless, 'networkpolicies': status(403), 'cronjobs': status(404),
                     'clusterroles': status(500), 'daemonsets': lambda h, q: h.say(200, b'{"kind":"Status"}') or True,
                     'jobs': lambda h, q: h.say(200, b'[' * 100000) or True}
    run = work.audit(server.kubeconfig(f'{work.folder}/config'))
    assert run.returncode == 0, run.stderr
    found = gaps(run.report)
    assert found.pop('cluster roles') == 'unreadable'
    assert found == {'services': 'unreadable', 'ingresses': 'limit:size', 'network policies': 'denied',
                     'cron jobs': 'unsupported', 'daemon sets': 'unreadable', 'jobs': 'unreadable'}, found
    assert 'Deployment/kube-system/coredns/coredns' in names(run.report, 'container')


@test
def what_expired_begins_again_and_what_is_busy_is_asked_again(work):
    server = work.server(page=1)

    def gone(handler, query):
        if 'continue' not in query:
            return False
        handler.refuse(410, 'Expired')
        return True
    server.faults = {'nodes': when(lambda q: 'continue' in q, once(gone)), 'pods': once(status(429, ('Retry-After', '1')))}
    config = server.kubeconfig(f'{work.folder}/config')
    run = work.audit(config)
    assert gaps(run.report) == {}, gaps(run.report)
    firsts = [q for path, q, _ in server.asked if path == '/api/v1/nodes' and not {'continue', 'watch'} & set(q)]
    assert len(firsts) == 2
    server.faults = {'nodes': gone}
    assert gaps(work.audit(config).report) == {'nodes': 'unreadable'}


def judged(run):
    return sorted((f['check'], f['subject']['name'], f['verdict']) for f in run.report['findings'] if f.get('check'))


def changed(old):
    """A cluster some minutes later, and what a watch tells of the way there."""
    new, events = copy.deepcopy(old), {}

    def tell(plural, what, item):
        events.setdefault(plural, []).append((what, copy.deepcopy(item)))
    fresh = {'metadata': {'name': 'intruder', 'namespace': 'default', 'uid': 'u-1'},
             'spec': {'hostPID': True, 'containers': [{'name': 'c', 'image': 'x', 'securityContext': {'privileged': True}}]}}
    passing = {**fresh, 'metadata': {'name': 'passing', 'namespace': 'default', 'uid': 'u-2'}}
    tell('pods', 'ADDED', {**fresh, 'spec': {'containers': [{'name': 'other', 'image': 'x'}]}})
    tell('pods', 'ADDED', passing)
    tell('pods', 'MODIFIED', fresh)
    tell('pods', 'DELETED', passing)
    new['pods'].append(fresh)
    gone = next(s for s in new['statefulsets'] if s['metadata']['name'] == 'kotsadm-postgres')
    new['statefulsets'].remove(gone)
    tell('statefulsets', 'DELETED', gone)
    for pod in [p for p in new['pods'] if p['metadata']['name'].startswith('kotsadm-postgres')]:
        new['pods'].remove(pod)
        tell('pods', 'DELETED', pod)
    for space in [n for n in new['namespaces'] if n['metadata']['name'] == 'local-path-storage']:
        space['metadata'].setdefault('labels', {})['pod-security.kubernetes.io/enforce'] = 'restricted'
        tell('namespaces', 'MODIFIED', space)
    token = {'metadata': {'name': 'old-token', 'namespace': 'default'}, 'type': 'kubernetes.io/service-account-token', 'data': {}}
    new['secrets'].append(token)
    tell('secrets', 'ADDED', token)
    for binding in new['clusterrolebindings'][:1]:
        new['clusterrolebindings'].remove(binding)
        tell('clusterrolebindings', 'DELETED', binding)
    return new, events


@test
def what_changes_while_it_is_read_is_judged_as_it_is_then(work):
    old = work.server()
    new = work.server()
    new.objects, old.events = changed(old.objects)
    one = work.audit(old.kubeconfig(f'{work.folder}/config'))
    other = work.audit(new.kubeconfig(f'{work.folder}/config'))
    assert gaps(one.report) == gaps(other.report) == {}, (gaps(one.report), gaps(other.report))
    assert 'Pod/default/intruder/c' in names(one.report, 'container')
    assert not any('passing' in c or c.startswith('StatefulSet/default/kotsadm-postgres/') for c in names(one.report, 'container'))
    assert verdicts(one.report, 'K8S-068')['prod'] == 'fail'
    assert names(one.report, 'container') == names(other.report, 'container')
    assert judged(one) == judged(other)
    old.events = {}
    assert judged(work.audit(old.kubeconfig(f'{work.folder}/config'))) != judged(other)


def watched(fault):
    return when(lambda q: 'watch' in q, fault)


def says(*pieces, wait=0.0):
    """A watch of these bytes, which stays open or ends."""
    def fault(handler, _query):
        stream(handler, *pieces)
        if wait:
            time.sleep(wait)
        else:
            handler.wfile.write(b'0\r\n\r\n')
        handler.close_connection = True
        return True
    return fault


GONE = json.dumps({'type': 'ERROR', 'object': {'kind': 'Status', 'code': 410, 'message': 'too old resource version'}}).encode() + b'\n'


@test
def a_list_whose_changes_are_forgotten_is_read_again_once(work):
    server = work.server()
    config = server.kubeconfig(f'{work.folder}/config')
    server.faults = {'nodes': watched(once(says(GONE))), 'pods': watched(once(status(410)))}
    assert gaps(work.audit(config).report) == {}
    for path in ('/api/v1/nodes', '/api/v1/pods'):
        assert [q.get('watch') for p, q, _ in server.asked if p == path] == [None, '1', None, '1'], server.asked
    assert sum(p == '/api/v1/services' for p, _, _ in server.asked) == 2
    server.asked.clear()
    server.faults = {'nodes': watched(says(GONE)), 'pods': watched(status(410))}
    found = gaps(work.audit(config).report)
    assert found == {'changes of nodes': 'unreadable', 'changes of pods': 'unreadable'}, found
    assert sum(p == '/api/v1/nodes' for p, _, _ in server.asked) == 4


def dripping(handler, _query):
    """A byte now and then, for ever."""
    stream(handler)
    try:
        for _ in range(200):
            handler.wfile.write(b'1\r\n{\r\n')
            time.sleep(0.1)
    except OSError:
        pass
    handler.close_connection = True
    return True


def wrong_chunks(handler, _query):
    stream(handler)
    handler.wfile.write(b'ffffffffffffffffff\r\n{"type"\r\nzz\r\n')
    handler.close_connection = True
    return True


@test
def a_watch_that_lies_is_a_gap_and_the_verdicts_of_its_list_stay(work):
    server = work.server()
    config = server.kubeconfig(f'{work.folder}/config')
    before = judged(work.audit(config))
    pod = {'metadata': {'name': 'never-seen', 'namespace': 'default'}, 'spec': {'containers': []}}
    server.faults = {
        'services': watched(lying), 'ingresses': watched(endless), 'networkpolicies': watched(dripping), 'cronjobs': watched(wrong_chunks),
        'clusterroles': watched(says(b'{"type":"BOOKMARK"}\n' * 2001)), 'pods': watched(says(event('DELETED', 'Pod', 'v1', pod), wait=3.0)),
        'nodes': watched(says(event('ADDED', 'Secret', 'v1', pod))), 'jobs': watched(says(b'{"type": "ADDED", "obj')),
        'daemonsets': watched(says(b'{"kind": "DaemonSetList", "items": []}\n')), 'roles': watched(says(b'[' * 100000 + b'\n')),
        'namespaces': watched(says(b'{"type":"ADDED","object":{"kind":"Namespace"}}\n')),
        'deployments': watched(lambda h, q: h.connection.shutdown(2) or True), 'replicasets': watched(status(500))}
    run = work.audit(config)
    # Lists that failed alike stand in one.
    found = {'changes of ' + name: reason for what, reason in gaps(run.report).items() for name in what[len('changes of '):].split(', ')}
    assert run.returncode == 0, run.stderr
    assert found.pop('changes of ingresses') == 'limit:size' and found.pop('changes of cluster roles') == 'limit:events'
    assert found == {'changes of ' + what: 'unreadable' for what in (
        'services', 'network policies', 'cron jobs', 'pods', 'nodes', 'jobs', 'daemon sets', 'roles', 'namespaces', 'deployments',
        'replica sets')}, found
    assert judged(run) == before


@test
def who_may_list_and_not_watch_is_told_so_once(work):
    server = work.server()
    server.faults = {path.rsplit('/', 1)[-1]: watched(status(403)) for path in RESOURCES}
    run = work.audit(server.kubeconfig(f'{work.folder}/config'))
    told = [g for g in run.report['gaps'] if g['what'].startswith('https://')]
    assert len(told) == 1 and told[0]['reason'] == 'denied', told
    assert 'changes of namespaces, nodes, pods, ' in told[0]['what'] and '403' in told[0]['detail'], told
    assert verdicts(run.report, 'K8S-040') == {'prod': 'pass'}


@test
def a_list_without_end_is_given_up(work):
    server = work.server()
    server.faults = {'roles': lambda h, q: h.say(200, {'kind': 'RoleList', 'metadata': {'continue': 'again'}, 'items': []}) or True}
    assert gaps(work.audit(server.kubeconfig(f'{work.folder}/config')).report) == {'roles': 'limit:pages'}


@test
def who_is_not_known_and_who_is_not_there_end_the_audit(work):
    server = work.server()
    config = f'{work.folder}/config'
    run = work.audit(server.kubeconfig(config, {'token': 'another'}))
    assert run.returncode == 4 and 'does not accept the token' in run.stderr, run.stderr
    run = work.audit(server.kubeconfig(config), '--context', 'nobody')
    assert run.returncode == 2 and 'has no context "nobody"' in run.stderr, run.stderr
    run = work.audit(server.kubeconfig(config, cluster={'server': 'http://127.0.0.1:1'}))
    assert run.returncode == 4 and 'https' in run.stderr, run.stderr
    run = work.audit(server.kubeconfig(config, cluster={'server': 'https://127.0.0.1:1'}))
    assert run.returncode == 4 and '127.0.0.1:1' in run.stderr, run.stderr
    run = work.audit(server.kubeconfig(config, cluster={'certificate-authority-data': None}))
    assert run.returncode == 4 and 'certificate' in run.stderr, run.stderr
    run = work.audit(f'{work.folder}/none')
    assert run.returncode == 4 and 'kubeconfig' in run.stderr, run.stderr


@test
def every_way_to_say_who_we_are_works(work):
    server = work.server('troubleshoot-namespaces')
    folder = work.folder
    with open(f'{folder}/token', 'w', encoding='utf-8') as f:
        f.write(TOKEN + '\n')
    os.chmod(f'{folder}/token', 0o644)
    ways = {'client certificate': {'client-certificate': 'client.pem', 'client-key': 'client.key'},
            'token': {'tokenFile': 'token', 'token': 'an older one'}}
    inline = {'client-certificate-data': work.certificates.data('client.pem'), 'client-key-data': work.certificates.data('client.key')}
    for means, user in [*ways.items(), ('client certificate', inline)]:
        config = server.kubeconfig(f'{folder}/config', user)
        run = work.audit(config)
        assert run.returncode == 0 and f', {means})' in run.stderr, run.stderr
    config = server.kubeconfig(f'{folder}/config', cluster={'certificate-authority-data': None, 'certificate-authority': 'ca.pem',
                                                            'tls-server-name': 'kubernetes.default'})
    assert work.audit(config).returncode == 0
    config = server.kubeconfig(f'{folder}/config', cluster={'certificate-authority-data': None, 'insecure-skip-tls-verify': True})
    run = work.audit(config)
    assert run.returncode == 0 and 'NOT checked' in run.stderr, run.stderr


@test
def an_exec_plugin_runs_as_its_user_and_never_as_root(work):
    server = work.server('troubleshoot-namespaces')
    folder = work.folder
    with open(f'{folder}/plugin', 'w', encoding='utf-8') as f:
        f.write(f'''#!/bin/sh
id -u >"$OUT/uid"
env | sort >"$OUT/env"
echo '{{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{{"token":"{TOKEN}"}}}}'
''')
    os.chmod(f'{folder}/plugin', 0o755)
    os.makedirs(f'{folder}/out', exist_ok=True)
    os.chmod(f'{folder}/out', 0o777)
    user = {'exec': {'apiVersion': 'client.authentication.k8s.io/v1', 'command': './plugin', 'args': ['get-token'],
                     'env': [{'name': 'OUT', 'value': f'{folder}/out'}], 'provideClusterInfo': True, 'interactiveMode': 'Never'}}
    config = server.kubeconfig(f'{folder}/config', user)
    if os.geteuid() != 0:
        run = work.audit(config)
        assert run.returncode == 0, run.stderr
        return
    run = work.audit(config, env={'SUDO_UID': '0'})
    assert run.returncode == 4 and 'is not run as root' in run.stderr and not os.listdir(f'{folder}/out'), run.stderr
    nobody = pwd.getpwnam('nobody').pw_uid
    run = work.audit(config, env={'SUDO_UID': str(nobody), 'SECRET_OF_ROOT': '1'})
    assert run.returncode == 0 and ', exec plugin)' in run.stderr, run.stderr
    with open(f'{folder}/out/uid', encoding='utf-8') as f:
        assert f.read().strip() == str(nobody)
    with open(f'{folder}/out/env', encoding='utf-8') as f:
        env = f.read()
    assert 'SECRET_OF_ROOT' not in env and '"interactive":false' in env and f':{server.port}' in env, env


@test
def a_pod_asks_with_its_own_account(work):
    if os.geteuid() != 0 or subprocess.run(['unshare', '-m', 'true'], check=False).returncode != 0:
        raise Skipped('needs root, and a mount namespace of its own')
    server = work.server('troubleshoot-namespaces')
    with open(f'{work.folder}/token', 'w', encoding='utf-8') as f:
        f.write(TOKEN + '\n')
    # The files of the account stand where a pod has them, in a file system that only this process sees.
    script = '''set -e
mount -t tmpfs none /run
account=/run/secrets/kubernetes.io/serviceaccount
mkdir -p "$account"
cp "$1/token" "$1/ca.pem" "$account"
mv "$account/ca.pem" "$account/ca.crt"
exec "$2" audit --root "$1/host" --state-dir none --kubernetes --format json'''
    env = {'PATH': os.environ['PATH'], 'HOME': f'{work.folder}/nobody', 'KUBERNETES_SERVICE_HOST': '127.0.0.1',
           'KUBERNETES_SERVICE_PORT': str(server.port), 'ASAN_OPTIONS': 'detect_leaks=0'}
    run = subprocess.run(['unshare', '-m', 'sh', '-c', script, 'sh', work.folder, PLIMSOLL], capture_output=True, text=True,
                         check=False, timeout=120, env=env)
    assert run.returncode == 0 and '(context in-cluster, service account of this pod)' in run.stderr, run.stderr


@test
def kubectl_sees_the_same_workloads(work):
    kubectl = shutil.which('kubectl')
    assert kubectl, 'package kubernetes-client is not installed'
    server = work.server()
    config = server.kubeconfig(f'{work.folder}/config')
    report = work.audit(config).report
    seen = subprocess.run([kubectl, '--kubeconfig', config, 'get', 'deployments,statefulsets,daemonsets', '-A', '-o', 'json'],
                          capture_output=True, text=True, check=True, timeout=60, env={**os.environ, 'HOME': work.folder})
    for item in json.loads(seen.stdout)['items']:
        for container in item['spec']['template']['spec']['containers']:
            name = '/'.join([item['kind'], item['metadata']['namespace'], item['metadata']['name'], container['name']])
            assert name in names(report, 'container'), name


@test
def a_node_is_judged_by_its_own_files(work):
    tree = f'{work.folder}/node'
    shutil.copytree(os.path.join(os.environ['PL_SOURCE_ROOT'], 'tests/fixtures/host/kubeadm'), tree)
    manifest = f'{tree}/etc/kubernetes/manifests/kube-apiserver.yaml'
    os.makedirs(f'{tree}/etc/kubernetes/pki')
    for name, mode in (('ca.crt', 0o644), ('ca.key', 0o640)):
        with open(f'{tree}/etc/kubernetes/pki/{name}', 'w', encoding='utf-8') as f:
            f.write('not read\n')
        os.chmod(f'{tree}/etc/kubernetes/pki/{name}', mode)
    os.chmod(manifest, 0o600)
    run = subprocess.run([PLIMSOLL, 'audit', '--root', tree, '--state-dir', 'none', '--format', 'json'], capture_output=True,
                         text=True, check=False, timeout=120)
    report = json.loads(run.stdout)
    wanted = {'K8S-006': 'fail', 'K8S-007': 'pass', 'K8S-009': 'fail', 'K8S-010': 'pass', 'K8S-011': 'fail', 'K8S-012': 'pass',
              'K8S-014': 'pass', 'K8S-019': 'pass', 'K8S-020': 'fail', 'K8S-021': 'pass', 'K8S-022': 'fail', 'K8S-023': 'fail',
              'K8S-024': 'unknown', 'K8S-027': 'unknown', 'K8S-032': 'unknown', 'K8S-005': 'fail'}
    if os.geteuid() == 0:
        wanted['K8S-001'] = 'pass'
    of = {check: list(verdicts(report, check).values()) for check in wanted}
    assert of == {check: [verdict] for check, verdict in wanted.items()}, of
    # A node is here and its cluster was not asked.
    assert 'Kubernetes API' in [g['what'] for g in report['gaps']]


def main():
    for case in CASES:
        name = case.__name__.replace('_', ' ')
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            try:
                case(Work(folder))
                tap.ok(True, name)
            except Skipped as why:
                tap.skip(name, why)
            except Exception:  # pylint: disable=broad-except
                tap.ok(False, name, traceback.format_exc())
    return tap.end()


if __name__ == '__main__':
    sys.exit(main())
