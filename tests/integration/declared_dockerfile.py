#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A Dockerfile is judged as the image that is built of it: each before it is built, and after a real engine has built it;
where the first says yes or no, the second must say the same."""
import json
import os
import subprocess
import sys
import tempfile

if os.environ.get('PL_INSIDE') != '1':  # an own network namespace for the engine
    os.environ['PL_INSIDE'] = '1'
    os.execvp('unshare', ['unshare', '-n', sys.executable] + sys.argv)

from engine_maker import Engine  # pylint: disable=wrong-import-position
from shown import confirm  # pylint: disable=wrong-import-position
from tap import end, ok  # pylint: disable=wrong-import-position

PLIMSOLL = os.environ['PLIMSOLL']
TOKEN = 'ghp_' + '16C7e42F292c6912E7710c838347Ae178B4a'
KEY = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCY' + 'PLIMSOLLKEY'
FROM = 'FROM scratch\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox","--install","-s","/bin"]\n'
FILES = {
    'careful': FROM + '''RUN echo 'app:x:1000:1000::/:/bin/sh' > /etc/passwd || true
COPY --chown=1000:1000 busybox /app/run
USER 1000:1000
EXPOSE 8080
LABEL org.opencontainers.image.source=https://git.example/app
HEALTHCHECK --interval=5s CMD ["/bin/true"]
CMD ["/app/run"]
''',
    'careless': f'''# escape=\\
ARG TAG=1
FROM scratch AS unused
ADD busybox /never
USER 1000
FROM busy:${{TAG}} AS base
RUN ["/bin/busybox","--install","-s","/bin"]
ONBUILD ENV LATER={KEY}
FROM base
ARG GIVEN
ARG TOKEN={KEY}
ENV AWS_SECRET_ACCESS_KEY={KEY[:-1]}Z \\
    # said between
    A="b c"
RUN mkdir -p /var/lib/apt/lists && echo apt-get update \\
    && true
ADD ["busybox", "/opt/"]
RUN curl -k https://example.invalid/x || chmod u+s /opt/busybox
USER root
EXPOSE 22/tcp 8000-8002
HEALTHCHECK NONE
''',
    'nothing': FROM + 'ENV PATH=/bin\n',
    'named': FROM + 'RUN chmod 4755 /bin/busybox\nUSER app\nHEALTHCHECK CMD /bin/true\n',
}


def run(*args, stdin=None):
    return subprocess.run([PLIMSOLL, *args, '--state-dir', 'none'], capture_output=True, text=True, timeout=120,
                          check=False, input=stdin)


def verdicts(text):
    return {f['check']: (f['verdict'], f['reason']) for f in json.loads(text)['findings']
            if f['kind'] == 'check' and f['subject']['kind'] == 'image'}


def build(engine, folder, name):
    client = {**os.environ, 'DOCKER_HOST': engine.address, 'DOCKER_BUILDKIT': '0'}
    return subprocess.run(['docker', 'build', '-q', '-t', name + ':1', '-f', name + '.Dockerfile', '.'],
                          capture_output=True, text=True, env=client, cwd=folder, check=False)


def check_engine(work):
    wrong, same, shown = [], 0, []
    subprocess.run(['cp', '/bin/busybox', work], check=True)
    with Engine() as e:
        e.busybox()
        for name, text in FILES.items():
            path = f'{work}/{name}.Dockerfile'
            with open(path, 'w', encoding='utf-8') as f:
                f.write(text)
            scan = run('scan', path, '--format', 'json')
            shown += [name] if KEY[:-1] in scan.stdout + scan.stderr else []
            made = build(e, work, name)
            ok(made.returncode == 0, f'{name} is built', made.stderr)
            after = verdicts(run('scan', 'engine:' + name + ':1', '--engine', e.address, '--format', 'json').stdout)
            for check, (verdict, _) in verdicts(scan.stdout).items():
                # SUP-008 is about what a build file names; an image that was built does not tell.
                if verdict in ('pass', 'fail', 'not-applicable') and check in after and check != 'SUP-008':
                    same += after[check][0] == verdict
                    confirm(check, verdict)
                    wrong += [] if after[check][0] == verdict else [(name, check, verdict, after[check])]
    ok(not wrong and same >= 20, 'a verdict about a Dockerfile is that about its image', f'{same} same\n{wrong}')
    ok(not shown, 'secrets are told and not shown', shown)


def line_of(text, part):
    return next(i for i, line in enumerate(text.splitlines(), 1) if part in line)


def check_places(work):
    text, path = FILES['careless'], work + '/careless.Dockerfile'
    doc = json.loads(run('scan', path, '--format', 'json').stdout)
    at = {f['check']: f['declared_at'] for f in doc['findings'] if f['verdict'] == 'fail'}
    want = [('IMG-001', 'USER root', 6), ('IMG-006', 'HEALTHCHECK NONE', 13), ('IMG-009', 'ADD ["busybox"', 1),
            ('IMG-010', 'AWS_SECRET', 5), ('IMG-012', 'curl -k', 1), ('IMG-030', 'curl -k', 1), ('IMG-008', 'curl -k', 1)]
    wrong = [(w, at.get(w[0])) for w in want
             if at.get(w[0]) != {'file': path, 'line': line_of(text, w[1]), 'column': w[2]}]
    ok(not wrong, 'each finding names file, line and column', wrong)


def check_open():
    text = 'FROM debian:12\nRUN make install\n'
    found = verdicts(run('scan', 'declared:-', '--format', 'json', stdin=text).stdout)
    passed = {c for c, v in found.items() if v[0] == 'pass'}
    # The steps above the base image are all there.
    ok(passed <= {'IMG-007', 'IMG-009', 'IMG-012'}, 'what the base image decides does not pass', passed)
    text = 'ARG BASE\nFROM $BASE\nUSER $WHO\nADD $URL /x\nHEALTHCHECK $X\n'
    found = verdicts(run('scan', 'declared:-', '--format', 'json', stdin=text).stdout)
    passed = {c for c, v in found.items() if v[0] in ('pass', 'fail')}
    ok(passed <= {'IMG-007'}, 'what only a build decides is neither', passed)
    done = run('scan', 'declared:-', '--format', 'json', stdin='FROM scratch\nFROBNICATE x\nCOPY a /b\n')
    ok([g['reason'] for g in json.loads(done.stdout)['gaps']] == ['unsupported'], 'an unknown instruction is a gap',
       done.stdout[-500:])
    text = 'FROM scratch\nUSER 5\nRUN a \\\\\nUSER 0:0\nONBUILD RUN <<E\nUSER 6\nE\n'
    found = verdicts(run('scan', 'declared:-', '--format', 'json', stdin=text).stdout)
    ok(found['IMG-001'][0] == 'fail', 'a backslash that is escaped joins no lines, and 0 is root', found['IMG-001'])
    for form in ('FROM scratch\n{} x\n', 'docker run --name {} busy:1\n'):
        done = run('scan', 'declared:-', '--format', 'json', stdin=form.format(TOKEN))
        ok(TOKEN not in done.stdout + done.stderr and done.returncode == 0, 'a secret in the place of a word is not shown', done.stdout)
    text = '# madeup=1\n# syntax=other.example/docker/dockerfile:1\nFROM scratch\nCOPY a /b\n'
    gaps = json.loads(run('scan', 'declared:-', '--format', 'json', stdin=text).stdout)['gaps']
    ok([g['reason'] for g in gaps] == ['unsupported'], 'the frontend of somebody else is a gap', gaps)
    text = 'FROM scratch\n' + ''.join(f'EXPOSE 1-65535{p}\n' for p in ('', '/tcp', '/udp', '/sctp'))
    done = run('scan', 'declared:-', '--format', 'json', stdin=text)
    gaps = [(g['reason'], g['detail']) for g in json.loads(done.stdout)['gaps']]
    ok(len(gaps) == 2 and all(r == 'limit:ports' and 'PL_DECLARED_PORTS_MAX' in d for r, d in gaps),
       'more ports than anybody has are a limit that has a name', (gaps, done.stderr))
    done = run('scan', 'declared:-', '--format', 'json', stdin='FROM x\nRUN <<EOF\ntrue\n')
    ok(done.returncode == 4 and 'has no end' in done.stderr, 'one that is cut is refused', done.stderr)


def main():
    with tempfile.TemporaryDirectory(prefix='plimsoll-declared-') as work:
        check_engine(work)
        check_places(work)
    check_open()
    sys.exit(end())


if __name__ == '__main__':
    main()
