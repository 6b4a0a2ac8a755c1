# SPDX-License-Identifier: Apache-2.0
"""A registry that behaves as its repository's name says, with its token server and a blob store on
another port. It speaks the OCI distribution protocol as docker-registry was recorded to speak it."""
import base64
import hashlib
import http.server
import json
import ssl
import threading
import urllib.parse

INDEX = 'application/vnd.oci.image.index.v1+json'
MANIFEST = 'application/vnd.oci.image.manifest.v1+json'


def digest(data):
    return 'sha256:' + hashlib.sha256(data).hexdigest()


class Odd:
    """What the servers know and have seen. files: those of an OCI layout (image_maker.layout)."""

    def __init__(self, files, manifest):
        self.blobs = {'sha256:' + name.rsplit('/', 1)[1]: data for name, data in files.items() if 'blobs/' in name}
        self.manifest = manifest
        self.seen = []     # (server, method, path, authorization, range)
        self.asked = {}    # how often a path was asked for
        self.at_blob = lambda: None
        self.ports = {}
        self.repositories = []
        self.lock = threading.Lock()

    def times(self, key):
        with self.lock:
            self.asked[key] = self.asked.get(key, 0) + 1
            return self.asked[key]

    def layer(self, reference):
        return reference in [x['digest'] for x in json.loads(self.blobs[self.manifest])['layers']]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    odd = None
    name = ''

    def log_message(self, *args):
        pass

    def answer(self, status, body=b'', **headers):
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key.replace('_', '-'), value)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def note(self):
        self.odd.seen.append((self.name, self.command, self.path, self.headers.get('Authorization', ''),
                              self.headers.get('Range', '')))

    def do_POST(self):
        self.note()
        form = urllib.parse.parse_qs(self.rfile.read(int(self.headers['Content-Length'])).decode())
        good = form.get('refresh_token') == ['refresh-me'] and form.get('grant_type') == ['refresh_token']
        self.answer(200 if good else 401, json.dumps({'access_token': 'T-' + form['scope'][0]}).encode())

    def do_GET(self):
        self.note()
        url = urllib.parse.urlsplit(self.path)
        if url.path == '/token':
            self.token(urllib.parse.parse_qs(url.query))
        elif self.name == 'store':
            self.answer(200, self.odd.blobs[url.path[1:]])
        elif url.path == '/v2/_catalog':
            self.catalog()
        else:
            repository, kind, reference = url.path[len('/v2/'):].rsplit('/', 2)
            self.ask(repository, kind, reference)

    def token(self, query):
        authorization = self.headers.get('Authorization', '')
        user = base64.b64decode(authorization[6:]).decode() if authorization.startswith('Basic ') else ''
        if user not in ('', 'u:right'):
            self.answer(401, b'{}')
            return
        self.answer(200, json.dumps({'token': 'T-' + query['scope'][0], 'expires_in': 60}).encode())

    def catalog(self):
        if self.name == 'many':
            self.answer(200, json.dumps({'repositories': self.odd.repositories}).encode())
            return
        names = ['team/plain'] * 200
        self.answer(200, json.dumps({'repositories': names}).encode(),
                    Link=f'</v2/_catalog?last={self.odd.times("catalog")}&n=200>; rel="next"')

    def ask(self, repository, kind, reference):
        how = repository.split('/')[-1]
        if how in ('token', 'greedy', 'refresh') and \
                self.headers.get('Authorization') != f'Bearer T-repository:{repository}:pull':
            wide = f'repository:{repository}:pull,push repository:other/x:pull'
            scope = wide if how == 'greedy' else f'repository:{repository}:pull'
            self.answer(401, b'{}', WWW_Authenticate=f'Bearer realm="https://127.0.0.1:{self.odd.ports["token"]}/token",'
                                                     f'service="odd",scope="{scope}"')
        elif kind == 'tags' and reference == 'list':
            self.answer(200, json.dumps({'name': repository, 'tags': ['1']}).encode())
        elif kind == 'manifests':
            self.manifests(how, reference)
        else:
            self.blob(how, reference)

    def manifests(self, how, reference):
        body = self.odd.blobs[self.odd.manifest]
        if how in ('busy', 'down') and self.odd.times(how) <= 2:
            self.answer(429 if how == 'busy' else 503, b'slow down', Retry_After='0')
        elif how == 'never':
            self.answer(429, b'come again tomorrow', Retry_After='86400')
        elif how == 'huge':
            self.answer(200, b'{"a":"' + b'x' * (5 << 20) + b'"}', Content_Type=MANIFEST)
        elif how == 'liar' and reference.startswith('sha256:'):
            self.answer(200, body + b' ', Content_Type=MANIFEST)
        elif how == 'garbage':
            self.answer(200, b'{"layers":[[[[', Content_Type=MANIFEST)
        elif how == 'signature':
            empty = {'mediaType': 'application/vnd.oci.image.config.v1+json', 'digest': digest(b'{}'), 'size': 2}
            layer = {'mediaType': 'application/vnd.dev.cosign.simplesigning.v1+json', 'digest': digest(b'{}'), 'size': 2}
            self.answer(200, json.dumps({'schemaVersion': 2, 'config': empty, 'layers': [layer]}).encode())
        else:
            self.answer(200, body, Content_Type=MANIFEST)

    def blob(self, how, reference):
        data = self.odd.blobs[reference]
        if not self.odd.layer(reference):
            self.answer(200, data)
        elif how in ('cut', 'cutall'):
            self.cut(how, reference, data)
        elif how == 'redirect':
            self.answer(307, b'', Location=f'https://127.0.0.1:{self.odd.ports["store"]}/{reference}?signature=s3cret')
        elif how == 'downgrade':
            self.answer(307, b'', Location=f'http://192.0.2.9/{reference}')
        elif how == 'round':
            self.answer(302, b'', Location=self.path)
        elif how == 'other':
            self.answer(200, data[:-1] + b'!')
        elif how == 'short':
            self.answer(200, data[:-1])
        elif how == 'long':
            self.answer(200, data + b'!')
        else:
            self.odd.at_blob()
            self.answer(200, data)

    def cut(self, how, reference, data):
        """Three pieces, each cut off; `cutall` does not know ranges."""
        start = int(self.headers['Range'][6:].split('-')[0]) if self.headers.get('Range') and how == 'cut' else 0
        many = self.odd.times(how + reference)
        self.send_response(206 if start else 200)
        if start:
            self.send_header('Content-Range', f'bytes {start}-{len(data) - 1}/{len(data)}')
        self.send_header('Content-Length', str(len(data) - start))
        self.end_headers()
        end = len(data) * many // 3 if many < 3 else len(data)
        self.wfile.write(data[start:end])
        if end < len(data):
            self.close_connection = True


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that hangs up early is what some tests want."""


def start(odd, name, address='127.0.0.1', pem=None):
    handler = type('Named', (Handler,), {'odd': odd, 'name': name})
    server = Server((address, 0), handler)
    if pem:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*pem)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    odd.ports[name] = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
