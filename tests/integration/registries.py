#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Images in registries: Debian's docker-registry with TLS and users, filled by skopeo, and one that
lies, breaks off, redirects and never ends. Runs in a network namespace of its own where it can."""
import base64
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

from image_maker import config, layout, save, status, tar
from tap import end, ok, skip
import odd_registry

PLIMSOLL = os.environ['PLIMSOLL']
HASH = '$2y$04$abcdefghijklmnopqrstuuFmEfrkTQnczNzw475xE2VhDrK1uwJiC'  # of "right"
REAL = '127.0.0.1:15446'
RELEASE = b'ID=debian\nVERSION_ID="12"\n'


class Work:
    """A folder with certificates, images and credentials, and plimsoll run from it."""

    def __init__(self, top):
        self.top = top
        self.program = PLIMSOLL
        self.env = {'PATH': os.environ['PATH'], 'HOME': top + '/nobody-home',
                    'ASAN_OPTIONS': os.environ.get('ASAN_OPTIONS', '')}
        self.who = {}

    def path(self, name):
        return os.path.join(self.top, name)

    def write(self, name, text, mode=0o644):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), 'wb') as f:
            f.write(text if isinstance(text, bytes) else text.encode())
        os.chmod(self.path(name), mode)
        return self.path(name)

    def scan(self, target, *args, ca=True, auth='auth.json', **env):
        more = (['--registry-ca', self.path('ca.crt')] if ca else []) + (['--auth-file', self.path(auth)] if auth else [])
        return subprocess.run([self.program, 'scan', target, '--state-dir', 'none', '--format', 'json', '--no-malware', *more,
                               *args],
                              capture_output=True, timeout=120, check=False, stdin=subprocess.DEVNULL,
                              env={**self.env, **env}, cwd=self.top, **self.who)


def images(done):
    return [s['name'] for s in json.loads(done.stdout)['scope']['subjects']] if done.returncode == 0 else done


def packages(done):
    return sorted((p['name'], p['version']) for p in json.loads(done.stdout)['packages']) if done.returncode == 0 else done


def fails(done, *words):
    text = done.stderr.decode()
    return done.returncode == 4 and all(w in text for w in words)


def openssl(*args, cwd):
    subprocess.run(['openssl', *args], cwd=cwd, check=True, capture_output=True)


def certificates(work):
    key = ('-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes')
    openssl('req', '-x509', *key, '-keyout', 'ca.key', '-out', 'ca.crt', '-days', '30', '-subj', '/CN=authority', cwd=work.top)
    openssl('req', *key, '-keyout', 's.key', '-out', 's.csr', '-subj', '/CN=registry', cwd=work.top)
    work.write('ext', 'subjectAltName=IP:127.0.0.1,IP:192.0.2.1,DNS:registry.test')
    openssl('x509', '-req', '-in', 's.csr', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '30',
            '-out', 's.crt', '-extfile', 'ext', cwd=work.top)


def auths(host, user='u', password='right'):
    return {host: {'auth': base64.b64encode(f'{user}:{password}'.encode()).decode()}}


def app(version, machine='amd64'):
    """Layers and history of an image whose one package says which it is."""
    return [tar({'etc/os-release': RELEASE, 'var/lib/dpkg/status': status((f'on-{machine}', version))}),
            tar({'srv/app': os.urandom(90000)})], ['ADD file:1 in /', 'COPY app']


def multi_arch(work):
    """A folder with an OCI layout of one image for two machines."""
    files, entries = {}, []
    for machine in ('amd64', 'arm64'):
        layers, history = app('1.0', machine)
        mine, digest = layout(layers, history)
        names = {'sha256:' + n.rsplit('/', 1)[1]: n for n in mine if 'blobs/' in n}
        manifest = json.loads(mine[names[digest]])
        text = config(layers, history).replace(b'amd64', machine.encode())
        manifest['config'].update(digest=odd_registry.digest(text), size=len(text))
        made = json.dumps(manifest).encode()
        for data in (text, made):
            mine['blobs/sha256/' + odd_registry.digest(data)[7:]] = data
        files.update(mine)
        entries.append({'mediaType': odd_registry.MANIFEST, 'digest': odd_registry.digest(made), 'size': len(made),
                        'platform': {'os': 'linux', 'architecture': machine}})
    index = json.dumps({'schemaVersion': 2, 'mediaType': odd_registry.INDEX, 'manifests': entries}).encode()
    files['blobs/sha256/' + odd_registry.digest(index)[7:]] = index
    files['index.json'] = json.dumps({'schemaVersion': 2, 'manifests': [
        {'mediaType': odd_registry.INDEX, 'digest': odd_registry.digest(index), 'size': len(index)}]}).encode()
    for name, data in files.items():
        work.write('multi/' + name, data)


def push(work, source, target, *more):
    subprocess.run(['skopeo', 'copy', '-q', '--insecure-policy', '--dest-cert-dir', work.path('certs'), '--dest-creds', 'u:right',
                    *more, source, f'docker://{REAL}/{target}'], check=True, capture_output=True)


def start_real(work):
    work.write('htpasswd', f'u:{HASH}\n')
    work.write('registry.yml', json.dumps({
        'version': '0.1', 'log': {'level': 'error'}, 'storage': {'filesystem': {'rootdirectory': work.path('data')}},
        'http': {'addr': REAL if not os.environ.get('PL_REGISTRIES') else '0.0.0.0:' + REAL.split(':')[1], 'tls': {'certificate': work.path('s.crt'), 'key': work.path('s.key')}},
        'auth': {'htpasswd': {'realm': 'test', 'path': work.path('htpasswd')}}}))
    with open(work.path('registry.log'), 'wb') as log:
        server = subprocess.Popen(['docker-registry', 'serve', work.path('registry.yml')], stdout=log, stderr=log)
    for _ in range(200):
        if subprocess.run(['curl', '-s', '--cacert', work.path('ca.crt'), f'https://{REAL}/v2/'], capture_output=True,
                          check=False).returncode == 0:
            break
        time.sleep(0.05)
    return server


def fill_real(work):
    work.write('certs/ca.crt', open(work.path('ca.crt'), 'rb').read())
    for tag in ('1', '2'):
        save(work.path(f'app{tag}.tar'), f'team/app:{tag}', *app(tag))
        push(work, f'docker-archive:{work.path(f"app{tag}.tar")}', f'team/app:{tag}')
    push(work, f'docker-archive:{work.path("app2.tar")}', 'team/app:latest')
    push(work, f'docker-archive:{work.path("app1.tar")}', 'library/app:1')
    multi_arch(work)
    push(work, f'oci:{work.path("multi")}', 'team/multi:1', '--all')
    work.write('auth.json', json.dumps({'auths': auths(REAL)}))


# ---- the real one ----


def real_images(work):
    file = subprocess.run([PLIMSOLL, 'scan', work.path('app1.tar'), '--state-dir', 'none', '--format', 'json'],
                          capture_output=True, check=False, env=work.env)
    done = work.scan(f'registry:{REAL}/team/app:1')
    ok(packages(done) == packages(file) == [('on-amd64', '1')], 'the registry image and the file have the same packages', done)
    ok(images(done) == [f'{REAL}/team/app:1'], 'it is called as it was asked for', done)
    again = work.scan(f'registry://{REAL}/team/app:1')
    ok(packages(again) == packages(done), 'registry:// with a name behind the host is that image', again)
    digest = odd_registry.digest(subprocess.run(
        ['curl', '-sf', '--cacert', work.path('ca.crt'), '-u', 'u:right', '-H', 'Accept: ' + odd_registry.MANIFEST, '-H',
         'Accept: application/vnd.docker.distribution.manifest.v2+json', f'https://{REAL}/v2/team/app/manifests/1'],
        capture_output=True, check=True).stdout)
    ok(packages(work.scan(f'registry:{REAL}/team/app@{digest}')) == packages(done), 'a digest names it, too')
    ok(fails(work.scan(f'registry:{REAL}/team/app:9'), 'team/app:9', '404'), 'a tag that is not there is an error')
    ok(fails(work.scan(f'registry:{REAL}/team/app:1', auth=None), 'docker login'), 'without credentials the error says what to do')
    work.write('wrong.json', json.dumps({'auths': auths(REAL, password='wrong')}))
    ok(fails(work.scan(f'registry:{REAL}/team/app:1', auth='wrong.json'), 'refuses the credentials'), 'a wrong password is told')
    ok(fails(work.scan(f'registry:{REAL}/team/app:1', ca=False), 'certificate'), 'an unknown authority is refused')
    work.write(f'certs.d/{REAL}/ca.crt', open(work.path('ca.crt'), 'rb').read())
    ok(packages(work.scan(f'registry:{REAL}/team/app:1', '--certs-dir', work.path('certs.d'), ca=False)) == packages(done),
       "a registry's folder of certs.d has its authority")


def real_platforms(work):
    target = f'registry:{REAL}/team/multi:1'
    ok(packages(work.scan(target, '--platform', 'linux/arm64')) == [('on-arm64', '1.0')], '--platform chooses')
    ok(packages(work.scan(target, '--platform', 'linux/amd64')) == [('on-amd64', '1.0')], 'and the other one')
    ok(fails(work.scan(target, '--platform', 'linux/s390x'), 'linux/s390x', 'linux/amd64 linux/arm64'),
       'a platform that is not there is an error that names those that are')
    ok(fails(work.scan(f'registry:{REAL}/team/app:1', '--platform', 'linux/arm64'), 'it is there for: linux/amd64'),
       'so it is for an image of one platform')


def real_many(work):
    forms = ('cyclonedx', 'sarif', 'spdx', 'csv')
    done = work.scan(f'{REAL}/team/app', '--all-tags', *[w for f in forms for w in ('--output', f'{f}={work.path("out." + f)}')])
    ok(images(done) == [f'{REAL}/team/app:{t}' for t in ('1', '2')], 'all tags of a repository are read, each image once', done)
    left = json.loads(done.stdout)['scope']['exclusions'] if done.returncode == 0 else done
    ok(any('team/app:latest' in x['what'] for x in left), 'what has the same manifest is listed', left)
    for form in forms:
        out = work.path('out.' + form)
        text = open(out, encoding='utf-8').read() if os.path.exists(out) else ''
        ok(f'{REAL}/team/app:1' in text and f'{REAL}/team/app:2' in text, f'{form} has both images in one document', text)
    done = work.scan(f'registry://{REAL}', '--at-once', '4', '--platform', 'linux/amd64')
    ok(images(done) == [f'{REAL}/library/app:1', f'{REAL}/team/app:1', f'{REAL}/team/app:2', f'{REAL}/team/multi:1'],
       'a whole registry is one document, in the order of names', done)
    ok(work.scan(f'registry://{REAL}', '--at-once', '17').returncode == 2, 'how many at once is bounded')


def real_base(work):
    state = ('--state-dir', work.path('state'))
    done = subprocess.run([PLIMSOLL, 'base', 'add', f'registry:{REAL}/team/app:1', '--registry-ca', work.path('ca.crt'), '--auth-file',
                           work.path('auth.json'), *state], capture_output=True, check=False, env=work.env)
    listed = subprocess.run([PLIMSOLL, 'base', 'list', *state], capture_output=True, check=False, env=work.env)
    ok(f'{REAL}/team/app:1' in listed.stdout.decode(), 'an image in a registry becomes a base', (done, listed))


def real_proxy(work):
    """Through a real proxy, to an address of this namespace that is no loopback."""
    if not os.environ.get('PL_REGISTRIES') or not shutil.which('tinyproxy'):
        skip('', 'a proxy needs tinyproxy, and root for a network of its own')
        return
    port, host = 15448, '192.0.2.1:' + REAL.split(':')[1]
    log = work.path('proxy.log')
    work.write('proxy.conf', f'Port {port}\nListen 127.0.0.1\nTimeout 60\nLogLevel Connect\nMaxClients 20\n'
               f'BasicAuth user pass-word\nConnectPort {REAL.split(":")[1]}\n')
    work.write('proxy-auth.json', json.dumps({'auths': auths(host)}))
    with open(log, 'wb') as out:
        proxy = subprocess.Popen(['tinyproxy', '-d', '-c', work.path('proxy.conf')], stdout=out, stderr=out)
    try:
        for _ in range(200):
            with socket.socket() as s:
                if s.connect_ex(('127.0.0.1', port)) == 0:
                    break
            time.sleep(0.05)

        def connects():
            with open(log, encoding='utf-8', errors='replace') as f:
                return f.read().count(f'CONNECT {host}')

        at = f'http://user:pass%2Dword@127.0.0.1:{port}'
        done = work.scan(f'registry:{host}/team/app:1', auth='proxy-auth.json', HTTPS_PROXY=at)
        seen = connects()
        ok(packages(done) == [('on-amd64', '1')] and seen > 0, 'an image comes through a proxy by CONNECT', (done, seen))
        ok(b'pass-word' not in done.stderr + done.stdout, 'and its password is nowhere to be read', done.stderr)
        done = work.scan(f'registry:{host}/team/app:1', auth='proxy-auth.json', HTTPS_PROXY=at, NO_PROXY='192.0.2.0/24')
        ok(packages(done) == [('on-amd64', '1')] and connects() == seen, 'NO_PROXY is asked straight', (done, connects(), seen))
        done = work.scan(f'registry:{REAL}/team/app:1', HTTPS_PROXY=at)
        ok(packages(done) == [('on-amd64', '1')] and connects() == seen, 'so is loopback', done)
        done = work.scan(f'registry:{host}/team/app:1', auth='proxy-auth.json',
                         https_proxy=f'http://user:wrong-secret@127.0.0.1:{port}')
        ok(fails(done, f'proxy 127.0.0.1:{port} refuses: HTTP status 40') and b'wrong-secret' not in done.stderr, 'a proxy that refuses is told, without the password', done)
        done = work.scan(f'registry:{host}/team/app:1', HTTPS_PROXY='gopher://user:secret@x')
        ok(done.returncode == 2 and b'HTTPS_PROXY' in done.stderr and b'secret' not in done.stderr,
           'what is no proxy is told by the name of its variable', done)
        done = subprocess.run([PLIMSOLL, 'db', 'update', '--source', f'https://{host}/none', '--advisories', work.path('adv'),
                               '--ca', work.path('ca.crt')], env={**work.env, 'HTTPS_PROXY': at}, capture_output=True, check=False)
        ok(connects() > seen and b'pass-word' not in done.stderr, 'advisories are fetched through it too', (done, connects(), seen))
    finally:
        proxy.terminate()
        proxy.wait()


def real_mirrors(work):
    work.write('mirror.json', json.dumps({'auths': {**auths(REAL), **auths('https://index.docker.io/v1/', password='other')}}))
    done = work.scan('registry:app:1', '--mirror', f'docker.io={REAL}', auth='mirror.json')
    ok(images(done) == ['app:1'], 'a mirror is asked first, with its own credentials; a short name is library/', done)
    done = work.scan(f'registry:{REAL}/team/app:1', '--mirror', f'{REAL}=127.0.0.1:9')
    ok(packages(done) == [('on-amd64', '1')], 'a mirror that is down is passed over', done)


def sources(work):
    empty = work.path('nothing.sock')
    done = work.scan(f'{REAL}/team/app:1', '--engine', f'unix://{empty}')
    ok(done.returncode != 0 and b'nothing.sock' in done.stderr, 'a bare name is asked of the engine')
    done = work.scan(f'{REAL}/team/app:1')
    ok(fails(done, f'registry:{REAL}/team/app:1') or done.returncode == 4, 'and never of the registry by itself', done)
    ok(packages(work.scan(f'{REAL}/team/app:1', '--registry')) == [('on-amd64', '1')], 'unless --registry says so')
    ok(packages(work.scan('file:app1.tar')) == [('on-amd64', '1')], 'file: is a file')
    ok(fails(work.scan('file:team/app:1'), 'no such file'), 'and nothing else')
    ok(work.scan('registry:Bad/Name').returncode == 2, 'a malformed reference is a mistake of the caller')


HELPER = '''#!/bin/sh
read -r server
env >>"{top}/helper.env"
id -u >>"{top}/helper.uid"
[ "$1" = get ] || exit 1
case "$server" in
{real}) echo '{{"ServerURL":"{real}","Username":"u","Secret":"right"}}' ;;
*) echo 'credentials not found in native keychain'; exit 1 ;;
esac
'''


def helpers(work):
    if os.geteuid() != 0:
        print('# not root: who a helper runs as is not looked at')
    target = f'registry:{REAL}/team/app:1'
    os.chmod(work.top, 0o755)
    work.write('bin/docker-credential-test', HELPER.format(top=work.path('said'), real=REAL), 0o755)
    work.write('bin/docker-credential-flood', '#!/bin/sh\nexec yes\n', 0o755)
    work.write('said/helper.env', '', 0o666)
    work.write('said/helper.uid', '', 0o666)
    os.chmod(work.path('said'), 0o777)
    work.write('nobody-home/.docker/config.json', json.dumps({'credHelpers': {REAL: 'test'}}))
    work.write('store.json', json.dumps({'credsStore': 'test', 'auths': {REAL: {}}}))
    work.write('flood.json', json.dumps({'credsStore': 'flood'}))
    work.write('evil.json', json.dumps({'credsStore': '../../bin/sh'}))
    path = work.path('bin') + ':/usr/bin:/bin'
    if os.geteuid() == 0:
        done = work.scan(target, auth='store.json', PATH=path)
        ok(fails(done, 'not run as root', '--auth-file'), 'root runs no credential helper, and says so', done)
        subprocess.run(['chown', '-R', '65534:65534', work.path('nobody-home')], check=True)
        work.program = shutil.copy(PLIMSOLL, work.path('plimsoll'))
        work.who = {'user': 65534, 'group': 65534, 'extra_groups': []}
    done = work.scan(target, auth=None, PATH=path, SECRET='s3cret')
    ok(packages(done) == [('on-amd64', '1')], 'a credential helper of the own home is asked', done)
    said = set(x.split('=')[0] for x in open(work.path('said/helper.env'), encoding='utf-8').read().split())
    ok(said and said <= {'PATH', 'HOME', 'PWD', 'SHLVL', '_', 'OLDPWD'}, 'with PATH and HOME alone', said)
    ok(packages(work.scan(target, auth='store.json', PATH=path)) == [('on-amd64', '1')], 'credsStore is asked for all')
    ok(fails(work.scan(target, auth='flood.json', PATH=path), 'docker-credential-flood'), 'a flood of output ends it')
    ok(fails(work.scan(target, auth='evil.json', PATH=path), 'no such name'), 'a helper is a name, never a path')
    ok(fails(work.scan(target, auth='store.json', PATH='/nowhere'), 'no such program'), 'one that is not there is told')
    work.program, work.who, work.env['HOME'] = PLIMSOLL, {}, work.path('root-home')


def sudo(work):
    """Root on behalf of somebody: his home, his rights, and a helper as he."""
    if os.geteuid() != 0:
        return
    work.write('passwd', 'root:x:0:0::/root:/bin/sh\nsomebody:x:65533:65533::' + work.path('some-home') + ':/bin/sh\n')
    work.write('some-home/.docker/config.json', json.dumps({'credHelpers': {REAL: 'test'}}), 0o600)
    subprocess.run(['chown', '-R', '65533:65533', work.path('some-home')], check=True)
    work.write('said/helper.uid', '', 0o666)
    script = f'mount --bind {work.path("passwd")} /etc/passwd && exec "$@"'
    done = subprocess.run(['unshare', '-m', 'sh', '-c', script, 'sh', PLIMSOLL, 'scan', f'registry:{REAL}/team/app:1',
                           '--state-dir', 'none', '--format', 'json', '--registry-ca', work.path('ca.crt')],
                          env={**work.env, 'SUDO_UID': '65533', 'PATH': work.path('bin') + ':/usr/bin:/bin'},
                          capture_output=True, check=False)
    ok(packages(done) == [('on-amd64', '1')], "under sudo the caller's home is looked into", done)
    ok(open(work.path('said/helper.uid'), encoding='utf-8').read() == '65533\n', 'and the helper runs as the caller')


# ---- the odd one ----


GOOD = {'token': 'a token of the token server opens the repository',
        'busy': '429 with Retry-After is waited out',
        'down': 'so is 503',
        'cut': 'a download that is cut off twice is whole in the end',
        'cutall': 'so it is where the server begins anew',
        'redirect': 'a redirect to a blob store is followed'}
BAD = {'other': ('digest', 'a layer with other bytes is no layer of the image'),
       'short': ('bytes, and the manifest says', 'nor is one that stays short'),
       'long': ('as the manifest says', 'or is longer than the manifest says'),
       'round': ('over 5 redirects', 'a redirect in a circle comes to an end'),
       'downgrade': ('192.0.2.9: plain HTTP', 'a redirect to plain HTTP is refused'),
       'never': ('86400', 'a registry that wants a day to pass is told, not waited for'),
       'huge': ('longer than', 'a manifest above its limit is refused'),
       'garbage': ('manifest', 'a manifest that is no JSON is an error')}


def odd_many(work, odd):
    """One scan of a registry where each repository has its own way to behave."""
    at = f'127.0.0.1:{odd.ports["many"]}'
    odd.repositories = [f'team/{how}' for how in (*GOOD, *BAD, 'signature')]
    work.write('many.json', json.dumps({'auths': auths(at)}))
    done = work.scan(f'registry://{at}', auth='many.json')
    document = json.loads(done.stdout) if done.returncode == 0 else {'gaps': [], 'scope': {'subjects': [], 'exclusions': []}}
    whole = {s['name'].split('/')[-1][:-2] for s in document['scope']['subjects']}
    gaps = [g['what'] + ': ' + (g['detail'] or '') for g in document['gaps']]
    for how, sentence in GOOD.items():
        ok(how in whole and not any(f'/{how}:1' in g for g in gaps), sentence, (done.stderr, gaps))
    for how, (words, sentence) in BAD.items():
        ok(any(f'/{how}:1' in g and words in g for g in gaps), sentence, (done.stderr, gaps))
    ok(any('team/signature:1' in x['what'] for x in document['scope']['exclusions']), 'what is no image is left out, and said')
    ranges = [s[4] for s in odd.seen if '/team/cut/' in s[2] and s[4]]
    ok(len(ranges) >= 2 and all(r.startswith('bytes=') for r in ranges), 'a cut download goes on by Range', ranges)


def odd_tokens(work, odd, at):
    target = f'registry:{at}/team/'
    odd.seen.clear()
    done = work.scan(target + 'greedy:1', auth='odd.json')
    asked = [s[2] for s in odd.seen if s[0] == 'token']
    ok(packages(done) == [('on-amd64', '7')] and asked and not any('push' in a or 'other' in a for a in asked),
       'no wider scope is asked for than to pull', asked)
    ok(any(s[3].startswith('Basic ') for s in odd.seen if s[0] == 'token'), 'user and password go to the token server')
    ok(not any(s[3].startswith('Basic ') for s in odd.seen if s[0] == 'registry'), 'and not to the registry')
    work.write('identity.json', json.dumps({'auths': {at: {'auth': '', 'identitytoken': 'refresh-me'}}}))
    odd.seen.clear()
    done = work.scan(target + 'refresh:1', auth='identity.json')
    ok(packages(done) == [('on-amd64', '7')] and ('token', 'POST') in [s[:2] for s in odd.seen],
       'an identity token is exchanged for one', done)
    done = work.scan(target + 'token:1', auth=None)
    ok(packages(done) == [('on-amd64', '7')], 'without credentials a token is asked for by nobody', done)
    odd.seen.clear()
    work.write('bearer.json', json.dumps({'auths': {at: {'registrytoken': 'bearer-of-the-registry'}}}))
    done = work.scan(target + 'redirect:1', auth='bearer.json')
    home = [s[3] for s in odd.seen if s[0] == 'registry']
    store = [s[3] for s in odd.seen if s[0] == 'store']
    ok(home and all(h == 'Bearer bearer-of-the-registry' for h in home), 'a registry token is sent as it is', (home, done))
    ok(store and not any(store), 'and never to where it is redirected', store)


def odd_lies(work, at, manifest):
    done = work.scan(f'registry:{at}/team/liar@{manifest}')
    ok(fails(done, 'its bytes have the digest'), 'a manifest that is not what its digest says is an error', done)
    ok(fails(work.scan(f'registry:{at}/team/signature:1'), 'is none'), 'what is no image is an error where it was asked for')
    done = work.scan(f'registry://{at}')
    gaps = json.loads(done.stdout)['gaps'] if done.returncode == 0 else []
    ok(images(done) == [f'{at}/team/plain:1'] and 'limit:names' in [g['reason'] for g in gaps],
       'a catalog without an end is cut, and that is a gap with the name of its limit', (done, gaps))


def known_layers(work, odd, at, layers):
    """What an earlier scan learned of a layer is not fetched again."""
    args = [PLIMSOLL, 'scan', f'registry:{at}/team/plain:1', '--state-dir', work.path('kept'), '--format', 'json', '--no-malware',
            '--registry-ca', work.path('ca.crt'), '--auth-file', work.path('auth.json')]
    asked = []
    for _ in range(2):
        odd.seen.clear()
        done = subprocess.run(args, capture_output=True, check=False, env=work.env)
        asked.append([s[2] for s in odd.seen if any(odd_registry.digest(x) in s[2] for x in layers)])
    ok(packages(done) == [('on-amd64', '7')] and len(asked[0]) == 2 and not asked[1], 'a known layer is not fetched again', asked)


def fetchers():
    """Status of the processes that have become the fetcher."""
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            if open(f'/proc/{pid}/cmdline', 'rb').read() == b'plimsoll\0fetcher\0' and \
                    os.readlink(f'/proc/{pid}/ns/net') == os.readlink('/proc/self/ns/net'):
                yield dict(line.split(':\t', 1) for line in open(f'/proc/{pid}/status', encoding='utf-8').read().splitlines()
                           if ':\t' in line)
        except OSError:
            continue


def confinement(work, odd, at):
    found = []
    odd.at_blob = lambda: found.extend(fetchers())
    work.scan(f'registry:{at}/team/plain:1')
    odd.at_blob = lambda: None
    good = [f for f in found if f['Seccomp'] == '2' and f['NoNewPrivs'] == '1' and f['CapEff'].strip('0') == '' and
            (os.geteuid() != 0 or f['Uid'].split() == ['65534'] * 4)]
    ok(found and (is_sanitized() or len(good) == len(found)),
       'the fetcher is nobody, without capabilities and behind a filter', found)


def plain(work, odd):
    odd_registry.start(odd, 'loopback')
    at = f'127.0.0.1:{odd.ports["loopback"]}'
    done = work.scan(f'registry:{at}/team/plain:1', auth=None)
    left = json.loads(done.stdout)['scope']['exclusions'] if done.returncode == 0 else done
    ok(packages(done) == [('on-amd64', '7')] and any('plain HTTP' in x['reason'] for x in left),
       'plain HTTP on loopback works, and is said', (done, left))
    if os.environ.get('PL_REGISTRIES') != 'inside':
        return
    odd_registry.start(odd, 'far', '192.0.2.1')
    at = f'192.0.2.1:{odd.ports["far"]}'
    ok(done.returncode == 0 and work.scan(f'registry:{at}/team/plain:1', auth=None).returncode == 4,
       'plain HTTP elsewhere is refused')
    done = work.scan(f'registry:{at}/team/plain:1', '--insecure', f'other.example,{at}', auth=None)
    ok(packages(done) == [('on-amd64', '7')] and b'plain HTTP' in done.stderr, 'unless --insecure names it', done)


def answer_names(sock):
    """A server of names that has one address for every name."""
    while True:
        query, who = sock.recvfrom(512)
        end = query.index(b'\0', 12) + 5
        is_a = query[end - 4:end - 2] == b'\0\1'
        head = query[:2] + b'\x81\x80' + b'\0\1' + (b'\0\1' if is_a else b'\0\0') + b'\0' * 4
        record = b'\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4' + socket.inet_aton('127.0.0.1')
        sock.sendto(head + query[12:end] + (record if is_a else b''), who)


def names(work, odd):
    """The confined fetcher asks a server of names."""
    if os.environ.get('PL_REGISTRIES') != 'inside':
        return
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(('127.0.0.1', 53))
    threading.Thread(target=answer_names, args=(sock,), daemon=True).start()
    work.write('resolv.conf', 'nameserver 127.0.0.1\n')
    done = subprocess.run(['unshare', '-m', 'sh', '-c', f'mount --bind {work.path("resolv.conf")} /etc/resolv.conf && exec "$@"',
                           'sh', PLIMSOLL, 'scan', f'registry:registry.test:{odd.ports["registry"]}/team/plain:1', '--state-dir',
                           'none', '--format', 'json', '--registry-ca', work.path('ca.crt')],
                          env=work.env, capture_output=True, check=False)
    ok(packages(done) == [('on-amd64', '7')], 'a name is looked up at the server of names', done)


def run_odd(work):
    layers, history = app('7')
    files, manifest = layout(layers, history)
    odd = odd_registry.Odd(files, manifest)
    for name in ('registry', 'token', 'store', 'many'):
        odd_registry.start(odd, name, pem=(work.path('s.crt'), work.path('s.key')))
    at = f'127.0.0.1:{odd.ports["registry"]}'
    work.write('odd.json', json.dumps({'auths': auths(at)}))
    odd_many(work, odd)
    odd_tokens(work, odd, at)
    odd_lies(work, at, manifest)
    known_layers(work, odd, at, layers)
    confinement(work, odd, at)
    plain(work, odd)
    names(work, odd)


def own_network():
    """Again, in a network namespace with a loopback and an address that is none."""
    if os.environ.get('PL_REGISTRIES') or os.geteuid() != 0:
        return
    script = 'ip link set lo up && ip addr add 192.0.2.1/32 dev lo && PL_REGISTRIES=inside exec "$@"'
    if subprocess.run(['unshare', '-n', 'true'], check=False, capture_output=True).returncode == 0:
        os.execvp('unshare', ['unshare', '-n', 'sh', '-c', script, 'sh', sys.executable, os.path.abspath(__file__)])


def is_sanitized():
    """Each start of a program with sanitizers takes a second: what is about names alone is left out."""
    return b'__asan_init' in open(PLIMSOLL, 'rb').read()


def main():
    own_network()
    with tempfile.TemporaryDirectory(prefix='plimsoll-registries.') as top:
        work = Work(top)
        work.write('nobody-home/.empty', '')
        certificates(work)
        server = start_real(work)
        try:
            fill_real(work)
            for part in (real_images, real_many, real_base, real_proxy, real_mirrors, helpers, sudo, *([] if is_sanitized() else [real_platforms, sources])):
                part(work)
        finally:
            server.terminate()
            server.wait()
        run_odd(work)
    return end()


sys.exit(main())
