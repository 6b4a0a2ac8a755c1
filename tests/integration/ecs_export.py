#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is exported of ECS is judged as one: what one document says of what another names."""
import json
import os
import subprocess
import sys
import tempfile

from tap import end, ok

PLIMSOLL = os.environ['PLIMSOLL']
ROOT = os.environ['PL_SOURCE_ROOT']
ROWS = ['ECS-007', 'ECS-008', 'ECS-009', 'ECS-011', 'ECS-012', 'ECS-013', 'ECS-015']
CLUSTER = 'arn:aws:ecs:eu-west-1:123456789012:cluster/shop'


def scan(text, *more):
    return subprocess.run([PLIMSOLL, 'scan', 'declared:-', '--state-dir', 'none', *more], input=text, text=True,
                          capture_output=True, timeout=60, check=False)


def verdicts(text):
    done = scan(text, '--format', 'json')
    doc = json.loads(done.stdout) if done.stdout else {'findings': []}
    return {f['check']: f for f in doc['findings'] if f['kind'] == 'check' and f['subject']['kind'] == 'ecs'}


def export(is_good):
    yes, no = is_good, not is_good
    service = {'clusterArn': CLUSTER, 'serviceName': 'web', 'status': 'ACTIVE',
               'taskDefinition': 'arn:aws:ecs:eu-west-1:123456789012:task-definition/web:3',
               'platformVersion': 'LATEST' if yes else '1.3.0', 'platformFamily': 'Linux', 'enableExecuteCommand': True,
               'networkConfiguration': {'awsvpcConfiguration': {'assignPublicIp': 'ENABLED' if no else 'DISABLED'}},
               'deployments': [{'id': 'ecs-svc/1', 'serviceConnectConfiguration': {
                   'enabled': True, 'services': [{'portName': 'http', **({'tls': {'issuerCertificateAuthority': {
                       'awsPcaAuthorityArn': 'arn:aws:acm-pca:eu-west-1:123456789012:certificate-authority/1'}}}
                                                                        if yes else {})}]}}]}
    cluster = {'clusterArn': CLUSTER, 'clusterName': 'shop', 'activeServicesCount': 1,
               'settings': [{'name': 'containerInsights', 'value': 'enhanced' if yes else 'disabled'}],
               'configuration': {'executeCommandConfiguration': {
                   'logging': 'OVERRIDE', 'kmsKeyId': 'key' if yes else '',
                   'logConfiguration': {'cloudWatchLogGroupName': '/shop/exec'}}}}
    task = {'family': 'web', 'revision': 3, 'taskRoleArn': 'arn:aws:iam::123456789012:role/web',
            'executionRoleArn': 'arn:aws:iam::123456789012:role/start', 'containerDefinitions': [
                {'name': 'web', 'image': 'web:1'}],
            'volumes': [{'name': 'data', 'efsVolumeConfiguration': {'fileSystemId': 'fs-1',
                                                                    'transitEncryption': 'ENABLED'}}]}
    role = {'RoleName': 'web', 'AttachedManagedPolicies': [], 'RolePolicyList': [{'PolicyName': 'p', 'PolicyDocument': {
        'Statement': [{'Effect': 'Allow', 'Action': 's3:GetObject' if yes else 's3:*', 'Resource': '*'}]}}],
            'AssumeRolePolicyDocument': {'Statement': [{
                'Effect': 'Allow', 'Principal': {'Service': 'ecs-tasks.amazonaws.com'}, 'Action': 'sts:AssumeRole',
                'Condition': {'StringEquals': {'aws:SourceAccount': '123456789012'}}}]}}
    documents = [{'services': [service], 'failures': []}, {'clusters': [cluster], 'failures': []},
                 {'taskDefinition': task}, {'FileSystems': [{'FileSystemId': 'fs-1', 'Encrypted': yes}]},
                 {'RoleDetailList': [role], 'Policies': []}]
    return '\n---\n'.join(json.dumps(d, indent=1) for d in documents)


def line_of(text, word):
    return next(i + 1 for i, line in enumerate(text.splitlines()) if word in line)


def main():
    good, bad = export(True), export(False)
    found = verdicts(good)
    ok(all(found.get(row, {}).get('verdict') == 'pass' for row in ROWS), 'an export without faults passes each row',
       {row: found.get(row, {}).get('verdict') for row in ROWS})
    found = verdicts(bad)
    ok(all(found.get(row, {}).get('verdict') == 'fail' for row in ROWS), 'an export with each fault fails each row',
       {row: found.get(row, {}).get('verdict') for row in ROWS})
    place = found.get('ECS-007', {}).get('declared_at') or {}
    ok(place.get('line') == line_of(bad, '"awsvpcConfiguration"'), 'a fault is shown where it stands in the file',
       found.get('ECS-007'))
    services = good.split('\n---\n', 1)[0]
    found = {row: f['verdict'] for row, f in verdicts(services).items()}
    ok(found.get('ECS-011') == 'unknown' and found.get('ECS-015') == 'unknown' and found.get('ECS-009') == 'unknown',
       'what the other documents would say is unknown', found)
    with open(ROOT + '/tests/fixtures/ecs/aws-cli-examples.yaml', encoding='utf-8') as f:
        found = {row: f['verdict'] for row, f in verdicts(f.read()).items()}
    ok(found == {'ECS-007': 'pass', 'ECS-008': 'fail', 'ECS-009': 'unknown', 'ECS-011': 'unknown',
                 'ECS-012': 'not-applicable', 'ECS-013': 'unknown', 'ECS-015': 'unknown'},
       'recorded documents are judged by what they say', found)
    with tempfile.TemporaryDirectory() as work:
        path = work + '/ecs.json'
        with open(path, 'w', encoding='utf-8') as f:
            f.write(bad)
        done = subprocess.run([PLIMSOLL, 'scan', 'declared:' + path, '--state-dir', 'none', '--fail-on', 'high'],
                              capture_output=True, text=True, timeout=60, check=False)
        ok(done.returncode == 1 and 'ECS-011' in done.stdout, 'a file of documents is scanned for CI',
           (done.returncode, done.stdout[-400:], done.stderr))
    return end()


sys.exit(main())
