# SPDX-License-Identifier: Apache-2.0
"""Headless Chromium, driven over its debugging pipe (Chrome DevTools Protocol): one page at a time."""
import base64
import json
import os
import shutil
import subprocess
import tempfile

FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
         '--disable-background-networking', '--disable-component-update', '--disable-sync',
         '--disable-dev-shm-usage', '--hide-scrollbars', '--remote-debugging-pipe']


class Browser:
    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix='plimsoll-chromium-')
        from_us, self.out = os.pipe()
        self.inn, to_us = os.pipe()

        def wire():  # Chromium reads commands at 3 and answers at 4
            a, b = os.dup(from_us), os.dup(to_us)
            os.dup2(a, 3)
            os.dup2(b, 4)

        self.process = subprocess.Popen(['chromium', *FLAGS, '--user-data-dir=' + self.profile, 'about:blank'],
                                        preexec_fn=wire, close_fds=False, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(from_us)
        os.close(to_us)
        self.buffer, self.last, self.events, self.session = b'', 0, [], None
        target = self.call('Target.createTarget', url='about:blank')['targetId']
        self.session = self.call('Target.attachToTarget', targetId=target, flatten=True)['sessionId']
        for domain in ('Page', 'Network', 'Runtime', 'Log'):
            self.call(domain + '.enable')

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.session = None
            self.call('Browser.close')
        except (OSError, EOFError):
            pass
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
        shutil.rmtree(self.profile, ignore_errors=True)

    def message(self):
        while b'\0' not in self.buffer:
            data = os.read(self.inn, 1 << 20)
            if not data:
                raise EOFError('chromium ended')
            self.buffer += data
        one, self.buffer = self.buffer.split(b'\0', 1)
        return json.loads(one)

    def call(self, method, **params):
        self.last += 1
        request = {'id': self.last, 'method': method, 'params': params}
        if self.session:
            request['sessionId'] = self.session
        data = json.dumps(request).encode() + b'\0'
        while data:
            data = data[os.write(self.out, data):]
        while True:
            m = self.message()
            if m.get('id') == self.last:
                if 'error' in m:
                    raise RuntimeError(f'{method}: {m["error"]}')
                return m['result']
            self.events.append(m)

    def wait(self, method):
        """The next event of that name, those seen already included."""
        for i, m in enumerate(self.events):
            if m.get('method') == method:
                return self.events.pop(i)
        while True:
            m = self.message()
            if m.get('method') == method:
                return m
            self.events.append(m)

    def open(self, path, width, height, scheme):
        self.events = []
        self.call('Emulation.setDeviceMetricsOverride', width=width, height=height, deviceScaleFactor=1,
                  mobile=width < 600)
        self.media('screen', scheme)
        self.call('Page.navigate', url='file://' + path)
        self.wait('Page.loadEventFired')

    def media(self, media, scheme='light'):
        self.call('Emulation.setEmulatedMedia', media=media,
                  features=[{'name': 'prefers-color-scheme', 'value': scheme}])

    def run(self, script):
        r = self.call('Runtime.evaluate', expression=script, returnByValue=True, awaitPromise=True)
        if 'exceptionDetails' in r:
            raise RuntimeError(json.dumps(r['exceptionDetails'])[:500])
        return r['result'].get('value')

    def seen(self, *methods):
        return [m for m in self.events if m.get('method') in methods]

    def shot(self, path):
        with open(path, 'wb') as f:
            f.write(base64.b64decode(self.call('Page.captureScreenshot', format='png')['data']))

    def pdf(self, path):
        data = base64.b64decode(self.call('Page.printToPDF', preferCSSPageSize=True, printBackground=True)['data'])
        with open(path, 'wb') as f:
            f.write(data)
        return data
