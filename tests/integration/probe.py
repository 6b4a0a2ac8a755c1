#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""plimsoll probe against openssl's own server with every version and several certificates, and against servers that
lie, drip and never end. Runs in a network namespace of its own."""
import base64
import html
import http.server
import json
import os
import socket
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.parse

import jsonschema

if os.environ.get('PL_INSIDE') != '1':
    os.environ['PL_INSIDE'] = '1'
    os.execvp('unshare', ['unshare', '-n', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', sys.executable] + sys.argv)

from tap import end, ok  # pylint: disable=wrong-import-position

PLIMSOLL = os.environ['PLIMSOLL']
STOP = []


def openssl(*words, **more):
    return subprocess.run(['openssl', *words], check=True, capture_output=True, text=True, **more).stdout


def make_authority(work):
    openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', work + '/ca.key', '-out', work + '/ca.pem',
            '-days', '900', '-subj', '/CN=Test authority')


def make_certificate(work, name, *, key='rsa:2048', days='90', san='IP:127.0.0.1,DNS:localhost', own=False, digest='sha256'):
    """One of the authority's, or with `own` signed by itself."""
    base = f'{work}/{name}'
    algorithm = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:' + key[3:]] if key.startswith('ec:') else ['-newkey', key]
    if own:
        openssl('req', '-x509', *algorithm, '-nodes', '-keyout', base + '.key', '-out', base + '.pem', '-days', days,
                '-' + digest, '-subj', '/CN=' + name, '-addext', 'subjectAltName=' + san)
        return
    openssl('req', *algorithm, '-nodes', '-keyout', base + '.key', '-out', base + '.csr', '-subj', '/CN=' + name)
    with open(base + '.ext', 'w', encoding='utf-8') as f:
        f.write('subjectAltName=' + san + '\n')
    openssl('x509', '-req', '-in', base + '.csr', '-CA', work + '/ca.pem', '-CAkey', work + '/ca.key', '-CAcreateserial',
            '-days', days, '-' + digest, '-extfile', base + '.ext', '-out', base + '.pem')


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def wait_for(port):
    for _ in range(200):
        with socket.socket() as s:
            if s.connect_ex(('127.0.0.1', port)) == 0:
                return
        time.sleep(0.02)


def s_server(work, name, *words):
    """openssl's server; port."""
    port = free_port()
    # pylint: disable=consider-using-with
    p = subprocess.Popen(['openssl', 's_server', '-accept', f'127.0.0.1:{port}', '-cert', f'{work}/{name}.pem', '-key',
                          f'{work}/{name}.key', '-www', '-quiet', *words], stdin=subprocess.DEVNULL,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    STOP.append(p)
    wait_for(port)
    return port


def serve(what):
    """A server of our own: what(connection) in a thread a connection; port."""
    listener = socket.create_server(('127.0.0.1', 0))

    def one(c):
        with c:
            try:
                what(c)
            except OSError:
                pass

    def loop():
        while True:
            threading.Thread(target=one, args=(listener.accept()[0],), daemon=True).start()
    threading.Thread(target=loop, daemon=True).start()
    return listener.getsockname()[1]


def probe(target, *words, work=None):
    """Facts of the endpoint as they were recorded, verdicts by check, and the run."""
    state = tempfile.mkdtemp(dir=work)
    got = subprocess.run([PLIMSOLL, 'probe', target, '--state-dir', state, '--format', 'json', *words],
                         capture_output=True, text=True, check=False, timeout=120)
    if not got.stdout:
        return {}, {}, got
    doc = json.loads(got.stdout)
    entry = next(e for e in doc['evidence'] if e['type'] == 'endpoint.facts')
    facts = subprocess.run([PLIMSOLL, 'ledger', 'show', str(entry['ledger_index']), '--blob', 'facts', '--state-dir', state],
                           capture_output=True, text=True, check=True).stdout
    verdicts = {f['check']: f['verdict'] for f in doc['findings'] if f.get('check')}
    return json.loads(facts), verdicts, got


def unreadable(value):
    return isinstance(value, dict) and value.get('unreadable') or None


def versions(work):
    rows = [('-tls1', 'tls_1_0'), ('-tls1_1', 'tls_1_1'), ('-tls1_2', 'tls_1_2'), ('-tls1_3', 'tls_1_3')]
    for word, field in rows:
        port = s_server(work, 'good', word, '-cipher', 'ALL:@SECLEVEL=0')
        f, verdicts, got = probe(f'https://127.0.0.1:{port}', '--ca', work + '/ca.pem', work=work)
        seen = {k: f.get('endpoint.' + k) for k in ('ssl_3_0', 'tls_1_0', 'tls_1_1', 'tls_1_2', 'tls_1_3')}
        ok(seen == {k: k == field for k in seen}, f'a server of {field} alone accepts that and refuses the others',
           (seen, got.stderr))
        ok(verdicts.get('NET-013') == 'fail' if field in ('tls_1_0', 'tls_1_1', 'tls_1_2') else
           verdicts.get('NET-013') == 'pass', f'NET-013 of a server of {field} with all its suites', (verdicts, f))


def leaf(f):
    return {k.split('.')[1]: v for k, v in f['endpoint.certificates'][0].items()}


def fingerprint(path):
    return openssl('x509', '-in', path, '-noout', '-fingerprint', '-sha256').strip().split('=')[1]


def certificates(work):
    make_certificate(work, 'own', own=True)
    make_certificate(work, 'short', days='10')
    make_certificate(work, 'weak', key='rsa:1024', digest='sha1')
    make_certificate(work, 'curve', key='ec:prime256v1', san='DNS:elsewhere.example')
    f, verdicts, _ = probe(f"https://127.0.0.1:{s_server(work, 'good')}", '--ca-fingerprint',
                           fingerprint(work + '/ca.pem'), '--ca', work + '/ca.pem', work=work)
    ok(f['endpoint.trust'] == 'pinned' and f['endpoint.name_matches'] is True and verdicts['NET-011'] == 'pass',
       'an authority that the configuration names by its fingerprint stands for a certificate', (f, verdicts))
    f, verdicts, _ = probe(f"https://127.0.0.1:{s_server(work, 'good')}", '--ca', work + '/ca.pem', work=work)
    ok(f['endpoint.trust'] == 'authority' and verdicts['NET-011'] == 'unknown',
       'one that is trusted but not named is a matter of policy', (f, verdicts))
    port = s_server(work, 'good')
    f, verdicts, _ = probe(f'https://127.0.0.1:{port}', '--ca-fingerprint', fingerprint(work + '/good.pem'), work=work)
    ok(f['endpoint.trust'] == 'nobody' and verdicts['NET-011'] == 'fail',
       'the fingerprint of the server itself makes no authority of it', (f, verdicts))
    f, verdicts, _ = probe(f"https://127.0.0.1:{s_server(work, 'own')}", work=work)
    ok(f['endpoint.trust'] == 'self-signed' and leaf(f)['is_self_signed'] is True and verdicts['NET-011'] == 'fail',
       'a certificate that signed itself is told', (f, verdicts))
    f, verdicts, _ = probe(f"https://127.0.0.1:{s_server(work, 'short')}", work=work)
    ok(f['endpoint.days_left'] == 9 and verdicts['NET-012'] == 'fail', 'one that ends in ten days is told', (f, verdicts))
    f, verdicts, _ = probe(f"https://127.0.0.1:{s_server(work, 'weak', '-cipher', 'ALL:@SECLEVEL=0')}", work=work)
    ok(leaf(f)['key_bits'] == 1024 and leaf(f)['signature'] == 'SHA1' and leaf(f)['key_type'] == 'RSA' and
       verdicts['NET-026'] == 'fail',
       'size and type of the key and the digest of the signature are read', f)
    f, verdicts, _ = probe(f"https://127.0.0.1:{s_server(work, 'curve')}", work=work)
    ok(leaf(f)['key_type'] == 'EC' and f['endpoint.name_matches'] is False and
       leaf(f)['names'] == ['elsewhere.example'], 'a certificate for another name does not match', f)


def expired(work):
    """A certificate of the past: faketime is not needed, openssl ca sets both ends."""
    with open(work + '/ca.cnf', 'w', encoding='utf-8') as f:
        f.write(f"[ca]\ndefault_ca=d\n[d]\ndatabase={work}/index\nnew_certs_dir={work}\nserial={work}/serial\n"
                "policy=p\ndefault_md=sha256\n[p]\ncommonName=supplied\n")
    with open(work + '/index', 'w', encoding='utf-8'):
        pass
    with open(work + '/serial', 'w', encoding='utf-8') as f:
        f.write('01\n')
    openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', work + '/old.key', '-out', work + '/old.csr', '-subj', '/CN=old')
    openssl('ca', '-batch', '-config', work + '/ca.cnf', '-in', work + '/old.csr', '-cert', work + '/ca.pem', '-keyfile',
            work + '/ca.key', '-startdate', '20200101000000Z', '-enddate', '20210101000000Z', '-out', work + '/old.pem')
    f, verdicts, _ = probe(f"https://127.0.0.1:{s_server(work, 'old')}", '--ca', work + '/ca.pem', work=work)
    ok(f['endpoint.days_left'] < -1000 and f['endpoint.trust'] == 'authority' and verdicts['NET-012'] == 'fail',
       'an expired certificate is expired, and still of its authority', (f, verdicts))


def client_certificates(work):
    rows = [('-Verify', 'demanded'), ('-verify', 'requested')]
    for word, expected in rows:
        for version in ('-tls1_2', '-tls1_3'):
            more = ['-verify_return_error'] if word == '-Verify' else []
            port = s_server(work, 'good', word, '1', '-CAfile', work + '/ca.pem', *more, version)
            f, _, _ = probe(f'https://127.0.0.1:{port}', work=work)
            ok(f['endpoint.client_certificate'] == expected, f'a client certificate is {expected} with {version}', f)
            ok(f['endpoint.trust'] == 'nobody', f'its own certificate is shown before that ({expected}, {version})', f)


class Drip:
    """Servers that do not behave."""
    @staticmethod
    def silent(c):
        while c.recv(4096):
            pass

    @staticmethod
    def endless_handshake(c):
        c.recv(4096)
        record = b'\x16\x03\x03\x40\x00' + b'\x02\xff\xff\xff' + b'\0' * 0x3ffc
        while True:
            c.sendall(record)

    @staticmethod
    def drip(c):
        c.recv(4096)
        for byte in b'\x16\x03\x03\x40\x00' + b'\x02' * 1000:
            c.sendall(bytes([byte]))
            time.sleep(0.2)

    @staticmethod
    def endless_headers(c):
        c.recv(4096)
        c.sendall(b'HTTP/1.1 200 OK\r\n')
        while True:
            c.sendall(b'X-More: ' + b'a' * 1000 + b'\r\n')

    @staticmethod
    def many_headers(c):
        c.recv(4096)
        c.sendall(b'HTTP/1.1 200 OK\r\n' + b''.join(b'A%d: b\r\n' % i for i in range(400)) + b'\r\n')

    @staticmethod
    def away(c):
        c.recv(4096)
        c.sendall(f'HTTP/1.1 302 Found\r\nLocation: {AWAY[0]}\r\nServer: nginx/1.0\r\n'
                  'Set-Cookie: id=secret-value; Path=/; HttpOnly\r\n\r\n'.encode())

    @staticmethod
    def counted(c):
        ASKED.append(c.recv(4096))

    @staticmethod
    def large_body(c):
        c.recv(4096)
        c.sendall(b'HTTP/1.1 200 OK\r\n\r\n' + b'a' * 300000)

    @staticmethod
    def careless(c):
        c.recv(4096)
        c.sendall(b'HTTP/1.1 200 OK\r\nServer: nginx/1.0\r\nSet-Cookie: id=1\r\n\r\n')

    @staticmethod
    def ssh(c):
        c.sendall(b'SSH-2.0-OpenSSH_9.2\r\n')
        time.sleep(0.5)

    @staticmethod
    def reset(c):
        c.recv(10)
        c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\1\0\0\0\0\0\0\0')


AWAY = ['']
ASKED = []


def hostile(work):
    began = time.monotonic()
    results = {}

    def one(name):
        results[name] = probe(f'127.0.0.1:{serve(getattr(Drip, name))}', work=work)
    AWAY[0] = f'http://127.0.0.1:{serve(Drip.counted)}/'
    threads = [threading.Thread(target=one, args=(n,)) for n in
               ('silent', 'endless_handshake', 'drip', 'endless_headers', 'many_headers', 'away', 'ssh', 'reset')]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    f, verdicts, _ = results['silent']
    ok(unreadable(f['endpoint.tls']) and verdicts['NET-013'] == 'unknown', 'a server that never answers is unknown', (f, verdicts))
    f, verdicts, _ = results['endless_handshake']
    ok(verdicts.get('NET-013') != 'pass' and verdicts.get('NET-011') != 'pass',
       'a handshake without end comes to an end, and passes nothing', (f, verdicts))
    f, verdicts, _ = results['drip']
    ok(verdicts.get('NET-013') == 'unknown', 'a server that drips is unknown', (f, verdicts))
    f, _, _ = results['endless_headers']
    ok(unreadable(f['endpoint.server']) == 'limit:answer', 'headers without end meet a limit that is named', f)
    f, _, _ = results['many_headers']
    ok(unreadable(f['endpoint.server']) == 'limit:headers', 'more headers than are read leave what is missing unknown', f)
    f, _, _ = results['away']
    ok(f['endpoint.redirect'] == AWAY[0] and f['endpoint.http_status'] == 302 and not ASKED,
       'a redirect is told and not followed', (f, ASKED))
    ok(f['endpoint.tells_version'] is True and f['endpoint.cookies'] == [
        {'cookie.name': 'id', 'cookie.is_secure': False, 'cookie.is_http_only': True, 'cookie.same_site': None}] and
       'secret-value' not in json.dumps(f), 'cookies are told without their value', f)
    f, _, _ = results['ssh']
    ok(f['endpoint.protocol'] == 'ssh' and f['endpoint.tls'] is False, 'what speaks first is named and asked nothing more', f)
    f, verdicts, _ = results['reset']
    ok(verdicts.get('NET-013') != 'pass', 'a server that breaks off has not refused anything', (f, verdicts))
    for more in ([], ['--fail-on', 'high', '--allow-incomplete']):
        port = free_port()
        f, _, got = probe(f'http://127.0.0.1:{port}', *more, work=work)
        ok(got.returncode == 4 and f['endpoint.is_open'] is False and f'127.0.0.1:{port}: connection refused' in got.stderr and
           'see whether its service runs' in got.stderr,
           'a port that nobody listens on is closed, told with what to do next, and could not be probed', (more, f, got.stderr))
        ok([g['detail'] for g in json.loads(got.stdout)['gaps']] == ['connection refused: nothing listens there'],
           'and stands among what was not read', got.stdout[:500])
    _, _, got = probe('http://192.0.2.1:81', work=work)
    ok(got.returncode == 4 and '192.0.2.1:81: no way there' in got.stderr, 'so does an address without a way to it', got.stderr)


class Shop(http.server.BaseHTTPRequestHandler):
    """A shop with every mistake that the table looks for, or with none: its database and its files are real."""
    def log_message(self, *args):
        pass

    def answer(self, status, body, **headers):
        self.send_response(status)
        for k, v in headers.items():
            self.send_header(k.replace('_', '-'), v)
        self.end_headers()
        self.wfile.write(body.encode())

    def do_GET(self):  # pylint: disable=invalid-name
        if self.command != 'GET':
            return self.answer(405, '')
        self.server.asked.append((self.requestline, self.headers.get('Authorization')))
        if self.server.is_safe:
            return self.answer(200, '<p>' + html.escape(self.path) + '</p>')
        query = {k: v[0] for k, v in urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query).items()}
        if self.path.startswith('/login'):
            good = self.headers.get('Authorization') == 'Basic ' + base64.b64encode(b'admin:admin').decode()
            return self.answer(200, 'welcome') if good else self.answer(401, 'no', WWW_Authenticate='Basic realm=x')
        if 'next' in query:
            return self.answer(302, '', Location=query['next'])
        if 'file' in query:
            with open('/srv/' + query['file'], encoding='utf-8') as f:
                return self.answer(200, f.read())
        if 'id' in query:
            try:
                sqlite3.connect(':memory:').execute("select " + query['id'])
            except sqlite3.Error as e:
                return self.answer(500, str(e))
        return self.answer(200, 'You looked for ' + query.get('q', 'nothing'))


def shop(is_safe):
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Shop)
    server.is_safe = is_safe
    server.asked = []
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f'http://127.0.0.1:{server.server_port}'


class Careful(http.server.BaseHTTPRequestHandler):
    """Says all that protects a browser."""
    server_version, sys_version = 'shop', ''

    def log_message(self, *args):
        pass

    def do_GET(self):  # pylint: disable=invalid-name
        self.send_response(200)
        for name, value in (('Strict-Transport-Security', 'max-age=31536000'), ('X-Content-Type-Options', 'nosniff'),
                            ('Content-Security-Policy', "default-src 'self'; frame-ancestors 'none'"),
                            ('Set-Cookie', 'id=1; Secure; HttpOnly; SameSite=Lax')):
            self.send_header(name, value)
        self.end_headers()


def browsers(work):
    rows = ['WEB-001', 'WEB-002', 'WEB-003', 'WEB-004', 'WEB-005']
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Careful)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(work + '/good.pem', work + '/good.key')
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    f, verdicts, _ = probe(f'https://127.0.0.1:{server.server_port}', work=work)
    ok([verdicts.get(r) for r in rows] == ['pass'] * 5, 'a careful web service passes what is asked for browsers', (verdicts, f))
    port = serve(Drip.careless)
    f, verdicts, _ = probe(f'http://127.0.0.1:{port}', work=work)
    ok([verdicts.get(r) for r in rows] == ['fail', 'not-applicable', 'fail', 'fail', 'fail'],
       'a careless one fails it', (verdicts, f))


def attacks(work):
    rows = ['DYN-001', 'DYN-002', 'DYN-003', 'DYN-004']
    server, url = shop(False)
    f, verdicts, got = probe(url + '/search?token=s3cret', '--attack', work=work)
    ok('s3cret' not in got.stdout, 'what stands in a query is not told', got.stdout[:300])
    ok([verdicts.get(r) for r in rows] == ['fail'] * 4, 'each mistake of a shop is found', (f.get('endpoint.dynamic'), got.stderr))
    ok(all(line.startswith('GET ') and line.endswith(' HTTP/1.0') for line, _ in server.asked if '/search' in line) and
       not [a for _, a in server.asked if a], 'nothing but GET was sent, and no password', server.asked)
    ok(verdicts.get('DYN-005') == 'not-applicable', 'passwords are a matter of their own', verdicts)
    ok('PRETTY_NAME=' in json.dumps(f) and 'bookworm' not in json.dumps(f), 'of what was found only the sign is kept', f)
    f, verdicts, _ = probe(url + '/login', '--attack', '--default-credentials', work=work)
    hits = [d['dynamic_test.name'] for d in f['endpoint.dynamic'] if d['dynamic_test.is_hit'] is True]
    ok(verdicts.get('DYN-005') == 'fail' and hits == ['credentials-admin-admin'], 'a password that everybody knows is found', f)
    server, url = shop(True)
    f, verdicts, _ = probe(url, '--attack', work=work)
    ok([verdicts.get(r) for r in rows] == ['pass'] * 4, 'a shop without them passes', f.get('endpoint.dynamic'))
    f, verdicts, _ = probe(url, work=work)
    ok(f['endpoint.dynamic'] is None and verdicts.get('DYN-001') == 'not-applicable', 'without --attack none is sent', f)
    f, verdicts, _ = probe(f'127.0.0.1:{serve(Drip.large_body)}', '--attack', work=work)
    ok('pass' not in [verdicts.get(r) for r in rows] and 'limit:body' in json.dumps(f['endpoint.dynamic']),
       'an answer that is larger than is read shows no absence', (verdicts, f))


def document(work):
    state = tempfile.mkdtemp(dir=work)
    got = subprocess.run([PLIMSOLL, 'probe', f"https://127.0.0.1:{s_server(work, 'good')}", '--state-dir', state, '--format', 'json'],
                         capture_output=True, text=True, check=False)
    with open(os.environ['PL_SOURCE_ROOT'] + '/docs/schema/audit-1.json', encoding='utf-8') as f:
        errors = [e.message for e in jsonschema.Draft202012Validator(json.load(f)).iter_errors(json.loads(got.stdout))]
    ok(not errors, 'its JSON keeps to the schema', errors[:3])


def words():
    got = subprocess.run([PLIMSOLL, 'probe', 'https://127.0.0.1:1', '--default-credentials', '--state-dir', 'none'],
                         capture_output=True, text=True, check=False)
    ok(got.returncode == 2 and 'only with --attack' in got.stderr, 'passwords alone are refused', got.stderr)
    got = subprocess.run([PLIMSOLL, 'probe', 'https://127.0.0.1:1/a\r\nX: y', '--attack', '--state-dir', 'none'],
                         capture_output=True, text=True, check=False)
    ok(got.returncode == 2 and 'has to be encoded' in got.stderr, 'a path cannot add lines to a request', got.stderr)
    for target in ('https://', 'https://a b/', 'ftp://x:1', 'https://x:0', 'https://x:70000', 'https://-x:1',
                   'https://user:s3cret@x:1', ''):
        got = subprocess.run([PLIMSOLL, 'probe', target, '--state-dir', 'none'], capture_output=True, text=True, check=False)
        ok(got.returncode == 2 and 'an endpoint is' in got.stderr and 's3cret' not in got.stderr,
           f'"{target}" is refused before anything is done', got.stderr)
    got = subprocess.run([PLIMSOLL, 'probe', 'https://127.0.0.1:1', '--ca-fingerprint', 'abc', '--state-dir', 'none'],
                         capture_output=True, text=True, check=False)
    ok(got.returncode == 2 and '64 hexadecimal digits' in got.stderr, 'a fingerprint that is none is refused', got.stderr)


def together(*parts, work):
    """Most of the time is waiting for servers that say nothing."""
    failed = []

    def one(part):
        try:
            part(work)
        except Exception:  # pylint: disable=broad-exception-caught
            failed.append(traceback.format_exc())
    threads = [threading.Thread(target=one, args=(p,)) for p in parts]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    ok(not failed, 'every part came to its end', '\n'.join(failed))


def main():
    with tempfile.TemporaryDirectory(prefix='plimsoll-probe-') as work:
        make_authority(work)
        make_certificate(work, 'good')
        try:
            words()
            together(hostile, attacks, browsers, document, versions, certificates, expired, client_certificates, work=work)
        finally:
            for p in STOP:
                p.kill()
                p.wait()
    return end()


if __name__ == '__main__':
    sys.exit(main())
