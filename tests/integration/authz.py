# SPDX-License-Identifier: Apache-2.0
"""An authorization plugin of an engine that lets everything through. usage: authz.py SOCKET"""
import http.server
import socketserver
import subprocess
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def do_POST(self):  # pylint: disable=invalid-name
        self.rfile.read(int(self.headers.get('Content-Length') or 0))
        text = b'{"Implements": ["authz"]}' if self.path == '/Plugin.Activate' else b'{"Allow": true}'
        self.send_response(200)
        self.send_header('Content-Type', 'application/vnd.docker.plugins.v1.2+json')
        self.send_header('Content-Length', str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def address_string(self):
        return 'engine'

    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


def start(path):
    """The process; the socket is there soon."""
    return subprocess.Popen([sys.executable, __file__, path], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)


if __name__ == '__main__':
    Server(sys.argv[1], Handler).serve_forever()
