#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is asked of an image's configuration, its build steps, its package sources and what was left inside:
one image in which everything is wrong, and the same image mended."""
import json
import os
import subprocess
import sys
import tempfile

from image_maker import save, status, tar
from tap import end, ok

PLIMSOLL = os.environ['PLIMSOLL']
TOKEN = 'ghp_' + 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hI6'


GROUND = {'etc/os-release': b'ID=debian\nVERSION_ID="12"\n', 'etc/passwd': b'root:*:0:0::/root:/bin/sh\napp:*:10001:10001::/:\n',
          'var/lib/dpkg/status': status(('base-files', '12'))}
BAD = {
    'usr/bin/apt-get': (b'#!', 0o755), 'usr/bin/sudo': (b'#!', 0o4755), 'usr/sbin/sshd': (b'#!', 0o755),
    'etc/apt/sources.list': b'deb [trusted=yes] http://e.example/ x main\n',
    'etc/apt/apt.conf.d/9': b'Acquire::AllowInsecureRepositories "true";\n',
    'etc/pip.conf': b'[global]\ntrusted-host = e.example\nextra-index-url = https://u:p@pypi.example.com/x\n',
    'root/.npmrc': b'strict-ssl=false\nregistry=https://npm.example.com/\n', 'root/.gemrc': b':sources:\n- http://rubygems.org/\n',
    'root/.config/go/env': b'GOFLAGS=-insecure\n', 'app/composer.json': b'{"config": {"secure-http": false}}\n',
    'app/.git/HEAD': b'ref: refs/heads/main\n', 'app/.git/objects/pack/p.pack': b'P' * 3000,
    'app/src/main.ts': b'let x: number\n', 'app/dist/main.js': b'let x\n', 'app/Dockerfile': b'FROM x\n',
    'root/.m2/repository/a.jar': b'j' * 500, 'var/lib/apt/lists/e_Packages': b'p' * 700,
    'app/node_modules/.cache/b': b'c' * 90, 'app/tests/data.json': b'{}',
}
GONE = {'app/.git': None, 'root/.m2': None}
GOOD = {'usr/bin/app': (b'#!', 0o755)}
BAD_STEPS = ['ADD file:1 in /', '/bin/sh -c #(nop)  CMD ["bash"]', 'COPY a b # buildkit',
             f'|1 DB_PASSWORD=Tr0ub4dor&3 /bin/sh -c make', 'ADD https://e.example/x.tgz /x # buildkit',
             '/bin/sh -c apt-get update', 'RUN /bin/sh -c pip install --trusted-host h.example z # buildkit',
             'RUN /bin/sh -c apk add --allow-untrusted x.apk # buildkit', f'ENV API_TOKEN={TOKEN}', 'ENV GONOSUMDB=*',
             'ENV DOCKER_CONTENT_TRUST=0']
BAD_SETTINGS = {'Env': [f'API_TOKEN={TOKEN}', 'GONOSUMDB=*', 'DOCKER_CONTENT_TRUST=0'], 'ExposedPorts': {'22/tcp': {}}}
GOOD_SETTINGS = {'User': '10001:10001', 'Healthcheck': {'Test': ['CMD', '/usr/bin/app', 'health']},
                 'ExposedPorts': {'8080/tcp': {}}}
# Of each check: what its evidence must hold in the bad image.
WANTED = {
    'IMG-001': [], 'IMG-002': [], 'IMG-006': [], 'IMG-007': ['5'], 'IMG-008': ['/usr/bin/sudo', 'setuid'], 'IMG-009': ['remote'],
    'IMG-010': ['history step 3', 'environment API_TOKEN'],
    'IMG-011': ['trusted', 'AllowInsecureRepositories', 'trusted-host', 'pypi.example.com', 'npm.example.com', 'strict-ssl', 'sources',
                'GOFLAGS', 'secure-http', 'GONOSUMDB', 'DOCKER_CONTENT_TRUST', 'history step 6', '--allow-untrusted'],
    'IMG-012': ['4'], 'IMG-013': ['/app/.git', 'version-control', '3021', 'source-beside-product', '/app/Dockerfile',
                                  '/root/.m2/repository', '/var/lib/apt/lists', '/app/node_modules/.cache', '/app/tests'],
    'IMG-019': ['/usr/sbin/sshd'], 'IMG-024': ['[22/tcp]'], 'IMG-030': ['GOFLAGS', 'trusted-host'], 'IMG-031': ['[shop:latest]'],
    'IMG-032': ['/usr/bin/sudo'],
}


def scan(top, name, reference, layers, steps, settings):
    path = os.path.join(top, name)
    save(path, reference, layers, steps, settings)
    config = os.path.join(top, 'plimsoll.yaml')
    with open(config, 'w', encoding='utf-8') as f:
        f.write('policy:\n  approved_base_chains: ["sha256:0"]\n  declared_image_ports: [8080/tcp]\n')
    done = subprocess.run([PLIMSOLL, 'scan', path, '--config', config, '--format', 'json', '--state-dir', top + '/state'],
                          capture_output=True, timeout=120, check=False, stdin=subprocess.DEVNULL)
    ok(done.returncode == 0, f'{name} is scanned', done.stderr.decode())
    doc = json.loads(done.stdout)
    ok(TOKEN.encode() not in done.stdout and b'Tr0ub4dor' not in done.stdout and b'u:p@' not in done.stdout,
       f'{name}: no secret is shown')
    return {f['check']: f for f in doc['findings'] if f.get('check')}


def main():
    with tempfile.TemporaryDirectory() as top:
        bad = scan(top, 'bad.tar', 'shop:latest', [tar(GROUND), tar(BAD), tar(GONE)], BAD_STEPS, BAD_SETTINGS)
        for check, want in WANTED.items():
            found = bad.get(check, {})
            values = [e['value'] for e in found.get('evidence', [])]
            missing = [w for w in want if w not in values]
            ok(found.get('verdict') == 'fail' and not missing, f'{check} fails and says why', (missing, found))
        gone = [e['value'] for e in bad['IMG-013']['evidence'] if e['field'] == 'image_file.is_deleted']
        ok(gone.count('true') == 2, 'what an upper layer deletes is told as deleted', gone)
        good = scan(top, 'good.tar', 'shop:1', [tar(GROUND), tar(GOOD)],
                    ['ADD file:1 in /', '/bin/sh -c #(nop)  CMD ["bash"]', 'COPY app /usr/bin # buildkit'], GOOD_SETTINGS)
        for check in WANTED:
            verdict = good.get(check, {}).get('verdict', 'pass')
            ok(check == 'IMG-002' or verdict != 'fail', f'{check} does not fail in the mended image', good.get(check))
    return end()


if __name__ == '__main__':
    sys.exit(main())
