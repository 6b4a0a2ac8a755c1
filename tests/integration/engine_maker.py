# SPDX-License-Identifier: Apache-2.0
"""A throw-away dockerd for tests, which run in a network namespace of their own."""
import json
import os
import subprocess
import tempfile
import time


def until(happens, seconds=120):
    """Waits for it, and goes on when it does not come: what is looked at next tells."""
    end = time.monotonic() + seconds
    while not happens() and time.monotonic() < end:
        time.sleep(0.05)


class Engine:
    """A throw-away dockerd with these options."""

    def __init__(self, *options, config=None, command=('dockerd',), says_host=True):
        self.command = command
        self.says_host = says_host  # else the configuration does
        self.dir = tempfile.mkdtemp(prefix='plimsoll-engines.')
        self.socket = self.dir + '/docker.sock'
        self.address = 'unix://' + self.socket
        self.options = list(options)
        if config is not None:
            with open(self.dir + '/daemon.json', 'w', encoding='utf-8') as f:
                json.dump(config, f)
            self.options += ['--config-file', self.dir + '/daemon.json']

    def __enter__(self):
        # A containerd that does not end in time, as on a busy machine, leaves a dump in TMPDIR.
        with open(self.dir + '/log', 'wb') as log:
            self.process = subprocess.Popen(
                [*self.command, '--data-root', self.dir + '/data', '--exec-root', self.dir + '/exec', '--pidfile',
                 self.dir + '/pid', *(['-H', self.address] if self.says_host else []), *self.options], stdout=log, stderr=log,
                stdin=subprocess.DEVNULL, env={**os.environ, 'TMPDIR': self.dir})
        for _ in range(1200):
            if self.call('GET', '/_ping')[0] == 200:
                return self
            time.sleep(0.1)
        with open(self.dir + '/log', encoding='utf-8') as log:
            raise RuntimeError('dockerd does not answer: ' + log.read()[-2000:])

    def __exit__(self, *_):
        for c in json.loads(self.call('GET', '/containers/json?all=1')[1] or '[]'):
            self.call('DELETE', f"/containers/{c['Id']}?force=1")
        self.process.terminate()
        self.process.wait(180)
        # Where the engine may not share mounts it binds its data folder on itself.
        for place in ('/data', '/exec/netns/default'):  # the second is there once a container had the host's network
            subprocess.run(['umount', '-l', self.dir + place], check=False, capture_output=True)
        subprocess.run(['rm', '-rf', '--one-file-system', self.dir], check=False)

    def call(self, method, path, body=b'', kind='application/json'):
        done = subprocess.run(['curl', '-s', '-m', '60', '--unix-socket', self.socket, '-X', method, '-H',
                               'Content-Type: ' + kind, '--data-binary', '@-', '-w', '\n%{http_code}',
                               'http://d/v1.41' + path], input=body, capture_output=True, check=False)
        text, _, code = done.stdout.rpartition(b'\n')
        return int(code or 0), text

    def has_started(self, name, processes=1):
        """Waits until so many processes of busybox run in a container."""
        until(lambda: self.call('GET', f'/containers/{name}/top')[1].count(b'/bin/busybox') >= processes)

    def busybox(self):
        tar = subprocess.run(['tar', '-C', '/', '-c', 'bin/busybox'], capture_output=True, check=True).stdout
        assert self.call('POST', '/images/create?fromSrc=-&repo=busy&tag=1', tar, 'application/x-tar')[0] == 200

    def run(self, name, **host):
        config = {'Image': 'busy:1', 'Cmd': ['/bin/busybox', 'sleep', '1000'], **host.pop('config', {}),
                  'HostConfig': {'NetworkMode': 'none', **host}}
        code, text = self.call('POST', '/containers/create?name=' + name, json.dumps(config).encode())
        assert code == 201, text
        code, text = self.call('POST', f'/containers/{name}/start')
        assert code == 204, text
