# SPDX-License-Identifier: Apache-2.0
"""A small API server: recorded objects over HTTPS, page by page, as Kubernetes hands them out; and one that lies."""
import base64
import glob
import json
import os
import ssl
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

FIXTURES = os.path.join(os.environ['PL_SOURCE_ROOT'], 'tests/fixtures/cluster')
TOKEN = 'sha256~' + 'auditor' * 4

# plural name -> group and version, kind
RESOURCES = {
    'namespaces': ('v1', 'Namespace'), 'nodes': ('v1', 'Node'), 'pods': ('v1', 'Pod'),
    'serviceaccounts': ('v1', 'ServiceAccount'), 'services': ('v1', 'Service'), 'secrets': ('v1', 'Secret'),
    'replicationcontrollers': ('v1', 'ReplicationController'),
    'deployments': ('apps/v1', 'Deployment'), 'replicasets': ('apps/v1', 'ReplicaSet'),
    'statefulsets': ('apps/v1', 'StatefulSet'), 'daemonsets': ('apps/v1', 'DaemonSet'),
    'jobs': ('batch/v1', 'Job'), 'cronjobs': ('batch/v1', 'CronJob'),
    'roles': ('rbac.authorization.k8s.io/v1', 'Role'),
    'clusterroles': ('rbac.authorization.k8s.io/v1', 'ClusterRole'),
    'rolebindings': ('rbac.authorization.k8s.io/v1', 'RoleBinding'),
    'clusterrolebindings': ('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding'),
    'networkpolicies': ('networking.k8s.io/v1', 'NetworkPolicy'),
    'ingresses': ('networking.k8s.io/v1', 'Ingress'),
    'validatingwebhookconfigurations': ('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration'),
    'mutatingwebhookconfigurations': ('admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration'),
}
PLURAL = {kind: plural for plural, (_, kind) in RESOURCES.items()}


def recorded(*names):
    """The objects of fixtures, by plural name. Lists leave an object's kind out; its file says it then."""
    kinds = {'deployments': 'Deployment', 'statefulsets': 'StatefulSet', 'jobs': 'Job', 'nodes': 'Node'}
    found = {plural: [] for plural in RESOURCES}
    for name in names or [os.path.basename(f)[:-5] for f in sorted(glob.glob(FIXTURES + '/*.json'))]:
        with open(f'{FIXTURES}/{name}.json', encoding='utf-8') as f:
            items = json.loads(''.join(line for line in f if not line.startswith('#')))
        usual = next((kind for word, kind in kinds.items() if f'-{word}' in name), None)
        for item in items:
            plural = PLURAL.get(item.get('kind') or usual)
            if plural:
                found[plural].append(item)
    return found


class Certificates:
    """A CA of its own, a server and a client, made by openssl in a folder."""

    def __init__(self, folder):
        self.folder = folder
        self.run('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', 'ca.key',
                 '-out', 'ca.pem', '-days', '2', '-subj', '/CN=test authority')
        self.issue('server', '/CN=kube-apiserver', 'subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:kubernetes.default')
        self.issue('client', '/O=auditors/CN=jane', 'extendedKeyUsage=clientAuth')

    def run(self, *args):
        subprocess.run(['openssl', *args], cwd=self.folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def issue(self, name, subject, extension):
        with open(f'{self.folder}/{name}.ext', 'w', encoding='utf-8') as f:
            f.write(extension + '\n')
        self.run('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', f'{name}.key', '-out',
                 f'{name}.csr', '-subj', subject)
        self.run('x509', '-req', '-in', f'{name}.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2',
                 '-out', f'{name}.pem', '-extfile', f'{name}.ext')

    def data(self, name):
        with open(f'{self.folder}/{name}', 'rb') as f:
            return base64.b64encode(f.read()).decode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *args):  # pylint: disable=arguments-differ
        pass

    def say(self, status, body, headers=()):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(data)))
        for key, value in headers:
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(data)

    def refuse(self, status, message, headers=()):
        self.say(status, {'kind': 'Status', 'apiVersion': 'v1', 'status': 'Failure', 'message': message, 'code': status}, headers)

    def may(self):
        if self.connection.getpeercert():
            return True
        return self.headers.get('Authorization') == 'Bearer ' + TOKEN

    def do_GET(self):  # pylint: disable=invalid-name
        url = urlsplit(self.path)
        query = {k: v[0] for k, v in parse_qs(url.query).items()}
        server = self.server.api
        server.asked.append((url.path, query, self.headers.get('Accept', '')))
        if not self.may():
            self.refuse(401, 'Unauthorized')
            return
        plural = url.path.rsplit('/', 1)[-1]
        if plural in server.faults:
            if server.faults[plural](self, query):
                return
        if url.path == '/version':
            self.say(200, {'major': '1', 'minor': '32', 'gitVersion': server.version, 'platform': 'linux/amd64'})
        elif url.path in ('/api', '/apis') or plural in ('v1',) and len(url.path.split('/')) <= 4:
            self.discover(url.path)
        elif plural in RESOURCES and 'watch' in query:
            self.watch(plural, query)
        elif plural in RESOURCES:
            self.list(plural, query)
        else:
            self.refuse(404, 'the server could not find the requested resource')

    def discover(self, path):
        """Enough for kubectl to find the resources."""
        groups = sorted({g for g, _ in RESOURCES.values() if '/' in g})
        if path == '/api':
            self.say(200, {'kind': 'APIVersions', 'versions': ['v1'], 'serverAddressByClientCIDRs': []})
        elif path == '/apis':
            self.say(200, {'kind': 'APIGroupList', 'apiVersion': 'v1', 'groups': [
                {'name': g.split('/')[0], 'versions': [{'groupVersion': g, 'version': 'v1'}],
                 'preferredVersion': {'groupVersion': g, 'version': 'v1'}} for g in groups]})
        else:
            group = path.split('/', 2)[2]
            everywhere = ('Namespace', 'Node', 'ClusterRole', 'ClusterRoleBinding', 'ValidatingWebhookConfiguration',
                          'MutatingWebhookConfiguration')
            self.say(200, {'kind': 'APIResourceList', 'apiVersion': 'v1', 'groupVersion': group, 'resources': [
                {'name': plural, 'singularName': '', 'namespaced': kind not in everywhere, 'kind': kind, 'verbs': ['get', 'list']}
                for plural, (g, kind) in RESOURCES.items() if g == group]})

    def list(self, plural, query):
        server = self.server.api
        items = server.objects[plural]
        if plural == 'secrets':
            assert 'as=PartialObjectMetadataList' in self.headers['Accept'], 'asks for the bytes of secrets'
            wanted = query['fieldSelector'].split('=', 1)[1]
            items = [{'metadata': s['metadata']} for s in items if s.get('type') == wanted]
        start = int(query.get('continue', '0').split('/')[-1] or 0)
        size = min(int(query.get('limit', 0)) or len(items) or 1, server.page)
        group, kind = RESOURCES[plural]
        meta = {'resourceVersion': '10270'}
        if start + size < len(items):
            meta['continue'] = f'token+{plural}/{start + size}'
            meta['remainingItemCount'] = len(items) - start - size
        page = [{k: v for k, v in item.items() if k not in ('kind', 'apiVersion')} for item in items[start:start + size]]
        self.say(200, {'kind': kind + 'List', 'apiVersion': group, 'metadata': meta, 'items': page})


    def watch(self, plural, query):
        """What has changed since; then the connection stays open, as a real server's does."""
        assert query['resourceVersion'] == '10270' and query['allowWatchBookmarks'] == 'true', query
        if plural == 'secrets':
            assert 'as=PartialObjectMetadata;' in self.headers['Accept'], 'asks for the bytes of secrets'
        group, kind = RESOURCES[plural]
        told = []
        for what, item in self.server.api.events.get(plural, []):
            if plural == 'secrets':
                told.append(event(what, 'PartialObjectMetadata', 'meta.k8s.io/v1', {'metadata': item['metadata']}))
            else:
                told.append(event(what, kind, group, item))
        stream(self, *told, event('BOOKMARK', kind, group, {'metadata': {'resourceVersion': '10300'}}))
        time.sleep(float(query['timeoutSeconds']))
        self.close_connection = True


def event(what, kind, group, item):
    """A line of a watch."""
    return json.dumps({'type': what, 'object': {**item, 'kind': kind, 'apiVersion': group}}).encode() + b'\n'


def stream(handler, *pieces):
    """An answer without an end, so far; in one go, for silence may count as its end."""
    head = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n'
    handler.wfile.write(head + b''.join(f'{len(piece):x}\r\n'.encode() + piece + b'\r\n' for piece in pieces))


class Quiet(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64  # every list is watched at once

    def handle_error(self, request, client_address):  # who breaks off is what some tests are about
        pass


class ApiServer:
    """page: most objects of one answer. events: plural name -> [(type, object)] that a watch tells. faults: plural name -> function(handler, query), true when it has answered."""

    def __init__(self, certificates, objects, page=500, version='v1.32.4'):
        self.objects, self.page, self.version = objects, page, version
        self.certificates = certificates
        self.faults, self.asked, self.events = {}, [], {}
        self.http = Quiet(('127.0.0.1', 0), Handler)
        self.http.api = self
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f'{certificates.folder}/server.pem', f'{certificates.folder}/server.key')
        context.load_verify_locations(f'{certificates.folder}/ca.pem')
        context.verify_mode = ssl.CERT_OPTIONAL
        self.http.socket = context.wrap_socket(self.http.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.http.server_address[1]
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def close(self):
        self.http.shutdown()
        self.http.server_close()

    def kubeconfig(self, path, user=None, cluster=None):
        """Writes one. user: what stands there for the user; else the token."""
        of = {'server': f'https://127.0.0.1:{self.port}', 'certificate-authority-data': self.certificates.data('ca.pem')}
        of.update(cluster or {})
        config = {'apiVersion': 'v1', 'kind': 'Config', 'current-context': 'auditor@prod',
                  'clusters': [{'name': 'prod', 'cluster': {k: v for k, v in of.items() if v is not None}}],
                  'contexts': [{'name': 'auditor@prod', 'context': {'cluster': 'prod', 'user': 'auditor'}}],
                  'users': [{'name': 'auditor', 'user': {'token': TOKEN} if user is None else user}]}
        with open(path, 'w', encoding='utf-8') as f:
            json.dump(config, f)
        os.chmod(path, 0o644)
        return path


def endless(handler, _query):
    """Never says that it is done, and never ends."""
    handler.send_response(200)
    handler.send_header('Transfer-Encoding', 'chunked')
    handler.end_headers()
    piece = b'10000\r\n' + b' ' * 65536 + b'\r\n'
    try:
        for _ in range(4096):
            handler.wfile.write(piece)
    except OSError:
        pass
    handler.close_connection = True
    return True


def lying(handler, _query):
    """Says that more comes than does."""
    handler.send_response(200)
    handler.send_header('Content-Length', '5000000')
    handler.end_headers()
    handler.wfile.write(b'{"kind":"ServiceList","items":[')
    handler.close_connection = True
    return True


def status(code, *headers):
    def fault(handler, _query):
        handler.refuse(code, 'as the test wants it', headers)
        return True
    return fault


def once(fault):
    """The first time alone."""
    state = {'left': 1}

    def first(handler, query):
        state['left'] -= 1
        return state['left'] >= 0 and fault(handler, query)
    return first


def when(is_so, fault):
    """For some requests alone."""
    return lambda handler, query: is_so(query) and fault(handler, query)
