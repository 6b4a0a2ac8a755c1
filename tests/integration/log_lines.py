#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What goes to standard error: for people, as text and as JSON; its level; who asks for which."""
import json
import os
import re
import subprocess
import sys
import tempfile

from tap import end, ok

PROGRAM = os.environ['PLIMSOLL']


def run(*words, **variables):
    env = {k: v for k, v in os.environ.items() if not k.startswith('PLIMSOLL_')}
    return subprocess.run([PROGRAM, *words], env={**env, **variables}, capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL)


def lines(done):
    """The lines of standard error as JSON documents; None: one of them is none."""
    try:
        return [json.loads(line) for line in done.stderr.splitlines()]
    except ValueError:
        return None


def forms(folder):
    host = ('audit', '--root', folder, '--state-dir', 'none', '--format', 'json')
    plain = run(*host)
    ok(plain.returncode == 0 and plain.stderr == f'host: reading {folder}\n', 'people get plain lines', plain.stderr)
    got = run(*host, '--log-format', 'json')
    said = lines(got)
    ok(said and all(set(d) == {'time', 'level', 'event', 'message'} for d in said) and
       (said[0]['level'], said[0]['event'], said[0]['message']) == ('info', 'run.progress', f'host: reading {folder}'),
       'a line of JSON is a document', got.stderr)
    ok(json.loads(got.stdout)['schema'] == 'plimsoll.audit/1', 'the answer is not touched by it')
    got = run(*host, '--log-format', 'text')
    ok(re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z info run\.progress message="host: reading [^"]+"\n',
                    got.stderr), 'a line of text has time, level, event and fields', got.stderr)
    got = run(*host, '-v', '--log-format', 'json')
    read = [d for d in lines(got) or [] if d['event'] == 'host.read']
    ok(len(read) == 1 and read[0]['level'] == 'debug' and isinstance(read[0]['ms'], int),
       '-v tells how long a part took', got.stderr)
    for quiet in (('--quiet',), ('--log-level', 'error'), ('--quiet', '-v')):
        got = run(*host, *quiet)
        ok(got.returncode == 0 and got.stderr == '' and got.stdout, f"{' '.join(quiet)} says nothing", got.stderr)


def errors(folder):
    name = folder + '/a\x1b[2J\nb'
    got = run('scan', name, '--state-dir', 'none', '--engine', 'unix:///nowhere', '--log-format', 'json')
    said = lines(got)
    last = said[-1] if said else {}
    ok(got.returncode == 4 and (last.get('level'), last.get('event')) == ('error', 'verb.failed') and
       last.get('exit_status') == 4 and last.get('message'), 'an error is a line with its exit status', got.stderr)
    got = run('report', '--input', name, '--log-format', 'text')
    ok(got.returncode not in (0, 1) and got.stderr.count('\n') == 1 and '\x1b' not in got.stderr,
       'no name splits a line or reaches the terminal', got.stderr)
    got = run('ledger', 'verify', '--quiet', folder + '/none')
    ok(got.returncode == 2 and got.stderr.startswith('plimsoll: '), 'an error is told with --quiet, too', got.stderr)
    for flag, words in (('--log-format', 'plain, text or json'), ('--log-level', 'error, warn, info or debug')):
        got = run('fields', flag, 'loud')
        ok(got.returncode == 2 and words in got.stderr, f'a wrong word for {flag} names the right ones', got.stderr)


def sources(folder):
    file = folder + '/plimsoll.yaml'
    with open(file, 'w', encoding='utf-8') as f:
        f.write('log:\n  format: json\n  level: debug\n')
    host = ('audit', '--root', folder, '--state-dir', 'none', '--format', 'json')
    got = run(*host, '--config', file)
    ok(lines(got) and any(d['level'] == 'debug' for d in lines(got)), 'the file can ask for it', got.stderr)
    got = run(*host, '--config', file, PLIMSOLL_LOG_FORMAT='text', PLIMSOLL_LOG_LEVEL='warn')
    ok(got.returncode == 0 and got.stderr == '', 'the environment overrides the file', got.stderr)
    got = run(*host, '--config', file, '--log-format', 'plain', PLIMSOLL_LOG_LEVEL='info')
    ok(got.stderr == f'host: reading {folder}\n', 'and a flag both', got.stderr)
    with open(file, 'a', encoding='utf-8') as f:
        f.write('lok:\n  format: json\n')
    got = run(*host, '--config', file, '--log-format', 'json')
    ok(got.returncode == 2 and lines(got) and 'lok' in lines(got)[0]['message'],
       'what is wrong with the file is told as the flag asks for', got.stderr)


def main():
    with tempfile.TemporaryDirectory(prefix='plimsoll-logging-') as folder:
        for part in (forms, errors, sources):
            part(folder)
    return end()


if __name__ == '__main__':
    sys.exit(main())
