#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a person types: help, mistakes, a pipe that closes, a full disk, Ctrl-C. No engine is needed."""
import os
import pty
import re
import signal
import subprocess
import sys
import tempfile
import time

from image_maker import layout, tar
from tap import end, ok

program = os.environ['PLIMSOLL']


def run(*words, cwd=None, stdout=subprocess.PIPE, **variables):
    env = {k: v for k, v in os.environ.items() if not k.startswith(('PLIMSOLL_', 'DOCKER_'))}
    env.update(variables)
    return subprocess.run([program, *words], env=env, cwd=cwd, stdout=stdout, stderr=subprocess.PIPE, text=True,
                          check=False)


def said(sentence, status, text, *words, **more):
    got = run(*words, **more)
    ok(got.returncode == status and text in (got.stdout or '') + got.stderr, sentence,
       f'status {got.returncode}, wanted {status} and "{text}"\n{got.stdout}{got.stderr}')
    return got


def subs_of(text):
    """Names in the section Verbs: of a help."""
    rows = text.split('\nVerbs:\n')[1].split('\n\n')[0] if '\nVerbs:\n' in text else ''
    return [row.split()[0] for row in rows.splitlines()]


def wrong_examples(path):
    text = run(*path, '--help').stdout
    if 'VERB --help` teaches each' in text and '; or plimsoll' not in text.splitlines()[0]:
        return []  # it does nothing by itself
    before, heading, behind = text.partition('\nExamples:\n')
    lines = behind.split('\n\n')[0].replace('\\\n', '').splitlines()
    of_it = [line for line in lines if 'plimsoll ' + ' '.join(path) in line]
    known = set(re.findall(r'^  (--[a-z-]+)', text, re.MULTILINE))
    wrong = [] if heading and of_it else ['has no example']
    wrong += [f'shows {line}' for line in before.splitlines() if re.match(r'  (sudo )?plimsoll ', line)]
    for line in of_it:
        words = re.sub(r"'[^']*'", '', line.split('plimsoll ' + ' '.join(path), 1)[1]).split('|')[0].split()
        if words and words[0] in subs_of(text):
            continue
        wrong += [f'{word} in {line}' for word in words if word.startswith('--') and word not in known]
    return wrong


def helps():
    top = run('--help')
    verbs = subs_of(top.stdout)
    ok(top.returncode == 0 and {'audit', 'scan', 'ledger'} <= set(verbs), 'the help names the verbs', top.stdout)
    every = [[v] for v in verbs] + [[v, s] for v in verbs for s in subs_of(run(v, '--help').stdout)]
    bad = []
    for path in every:
        got, same = run(*path, '--help'), run('help', *path)
        lines = got.stdout.splitlines()
        good = got.returncode == 0 and not got.stderr and got.stdout == same.stdout
        good = good and lines[0].startswith('usage: plimsoll ' + ' '.join(path)) and lines[2][0].isupper()
        if not good or max(map(len, lines)) > 120 or any('\t' in line for line in lines):
            bad.append((path, got.stdout + got.stderr))
    ok(not bad, f'each of {len(every)} verbs has a help, also as `plimsoll help VERB`', bad)
    wrong = [(path, why) for path in every for why in wrong_examples(path)]
    ok(not wrong, 'each shows examples of itself under one heading, with options that it has', wrong)
    codes = run('help', 'exit-codes')
    with open(os.path.join(os.environ['PL_SOURCE_ROOT'], 'docs/formats/policy.md'), encoding='utf-8') as f:
        table = [row.split('|')[1:3] for row in f.read().split('## `--fail-on')[0].splitlines() if row.startswith('| ')]
    want = [f'{code.strip():>5}  {meaning.strip()}' for code, meaning in table if code.strip().isdigit()]
    got = [row for row in codes.stdout.splitlines() if row[:5].strip().isdigit()]
    ok(codes.returncode == 0 and len(got) == 6 and got == want, 'the exit codes are those of the document', (got, want))
    ok(all('exit-codes' in run(*path, '--help').stdout for path in every), 'every help says where they stand')
    quiet = run('audit', '--no-engine', '--state-dir', 'none', '-q')
    ok(quiet.returncode == 0 and not quiet.stderr, '-q is --quiet', quiet.stderr)
    said('the program says its version', 0, 'plimsoll ', '--version')
    said('and by a word', 0, 'plimsoll ', 'version')


def mistakes(work):
    none = os.path.join(work, 'none')
    os.mkdir(os.path.join(work, 'nothing'))
    rows = [
        ('a verb that is almost right is named', 2, 'did you mean "audit"', ['audti']),
        ('an option in front of the verb is told where it belongs', 2, 'behind the verb', ['--quiet', 'audit']),
        ('a wrong second word says where help is', 2, 'see plimsoll db --help', ['db', 'foo']),
        ('an address that is only a path is told its form', 2, 'did you mean unix:///run/x.sock',
         ['audit', '--engine', '/run/x.sock', '--state-dir', none]),
        ('an option in place of a value is told apart from one', 2, '--engine needs a value',
         ['audit', '--engine', '--state-dir', none]),
        ('an unknown framework is answered with those that there are', 2, 'pci_dss_4_0_1',
         ['checks', '--framework', 'pci']),
        ('an unknown check says how to list them', 2, 'plimsoll checks', ['checks', 'CTR-999']),
        ('a check is found in small letters', 0, 'CTR-005', ['checks', 'ctr-005']),
        ('a report before any audit says what to do first', 4, 'run plimsoll audit first',
         ['report', '--state-dir', none]),
        ('a VEX document that is not there is a wrong option', 2, 'no such file',
         ['scan', '/etc', '--state-dir', 'none', '--vex', none]),
        ('one that is none is, too', 2, program, ['scan', '/etc', '--state-dir', 'none', '--vex', program]),
        ('an ignore file that is not there is a wrong option', 2, 'no such file',
         ['audit', '--no-engine', '--state-dir', 'none', '--ignore-file', none]),
        ('a number of images at a time is checked where there is no registry', 2, 'a number from 1 to',
         ['scan', '/etc', '--state-dir', 'none', '--at-once', '0']),
        ('a verb below a verb is named whole', 2, 'ledger init: unexpected "x"; see plimsoll ledger init --help',
         ['ledger', 'init', 'x']),
        ('a content folder that is not there is a wrong option', 2, 'No such file', ['checks', '--content', none]),
        ('a file that is no report is told as such', 4, 'is no report in JSON', ['report', '--input', program]),
        ('a missing folder of decisions says what makes it', 2, 'plimsoll decisions new makes it',
         ['decisions', 'list', '--decisions', none]),
        ('an empty folder says what could be scanned', 4, 'declared:FILE', ['scan', os.path.join(work, 'nothing'), '--state-dir', 'none']),
        ('an entry before any audit says what to do first', 2, 'plimsoll audit makes it',
         ['ledger', 'show', '1', '--state-dir', none]),
    ]
    for sentence, status, text, words in rows:
        said(sentence, status, text, *words)
    ok(not os.path.exists(none), 'a mistake leaves nothing behind', os.listdir(work))


def progress(work):
    """What a person at a terminal sees while an image is read, and nobody else."""
    layers = [tar({f'srv/{i}': b'x'}) for i in range(3)]
    files, _ = layout(layers, ['COPY x'] * 3)
    for name, data in files.items():
        os.makedirs(os.path.dirname(os.path.join(work, 'layout', name)), exist_ok=True)
        with open(os.path.join(work, 'layout', name), 'wb') as f:
            f.write(data)

    def errors(*more, term='xterm'):
        ours, theirs = pty.openpty()
        env = {**os.environ, 'TERM': term}
        done = subprocess.run([program, 'scan', os.path.join(work, 'layout'), '--state-dir', 'none', '--no-secrets', *more],
                              stdout=subprocess.DEVNULL, stderr=theirs, env=env, check=False)
        os.write(theirs, b'<end>')
        seen = b''
        while not seen.endswith(b'<end>'):
            seen += os.read(ours, 65536)
        os.close(ours)
        os.close(theirs)
        return done.returncode, seen.decode()

    status, text = errors()
    ok(status == 0 and '3 of 3 layers' in text and text.rstrip('<end>').endswith('\r\x1b[K'),
       'a terminal is told how far it is, and the line goes away', (status, text))
    ok(not any('of 3 layers' in errors(*how, term=term)[1] for how, term in ((['-q'], 'xterm'), (['--log-format', 'json'], 'xterm'),
                                                                             ([], 'dumb'))),
       'not with --quiet, not among lines for machines, not on a terminal that cannot')
    said('nor in a pipe', 0, 'Checks:', 'scan', os.path.join(work, 'layout'), '--state-dir', 'none', '--no-secrets')
    piped = run('scan', os.path.join(work, 'layout'), '--state-dir', 'none', '--no-secrets')
    ok('of 3 layers' not in piped.stderr, 'where it would stay', piped.stderr)


def wrong_content(work):
    folder = os.path.join(work, 'content')
    os.makedirs(folder + '/checks')
    for words in (['rules', 'test'], ['audit', '--no-engine', '--state-dir', 'none']):
        said(f'a content folder without checks is refused by {words[0]}', 2, 'no checks', *words,
             '--content', folder)
    with open(folder + '/checks/own.yaml', 'w', encoding='utf-8') as f:
        f.write('- check: OWN-001\n  xyzzyqw: 1\n')
    said('an unknown key is answered with those that there are', 2, '"xyzzyqw"; there are check, title',
         'rules', 'test', '--content', folder)
    said('a path that is not there is not asked of an engine', 4, 'no such file or folder',
         'scan', './nowhere.tar', '--state-dir', 'none', cwd=work)


def pipes(work):
    listed = run('checks').stdout.splitlines()
    ok(len(listed) > 400 and not any(line.endswith('...') for line in listed),
       'a list in a pipe is whole', [line for line in listed if line.endswith('...')][:3])
    for words in (['checks', '--coverage', '--framework', 'pci_dss_4_0_1'], ['checks', '--requirement', '2.2.6'], ['checks', 'CTR-035'],
                  ['checks', '--coverage']):
        lines = {c: run(*words, **({'COLUMNS': str(c)} if c else {})).stdout.splitlines() for c in (0, 80, 200)}
        ids = [re.findall(r'\b(?:CTR|HOST|ENG|IMG|NET|ADM|LOG)-[0-9]+', ' '.join(v)) for v in lines.values()]
        ok(max(map(len, lines[0])) <= 120 and max(map(len, lines[80])) <= 80 and max(map(len, lines[200])) <= 200 and
           sorted(ids[0]) == sorted(ids[1]) == sorted(ids[2]),
           f'{" ".join(words)} stays within the terminal, and loses nothing', {c: max(v, key=len) for c, v in lines.items()})
    with open('/dev/full', 'w', encoding='utf-8') as full:
        got = run('checks', stdout=full)
    ok(got.returncode == 4 and 'write failed' in got.stderr, 'an answer that could not be written is exit 4',
       (got.returncode, got.stderr))
    state = os.path.join(work, 'report-full')
    os.makedirs(state, 0o700)
    os.mkdir(os.path.join(state, 'report.html'))
    got = run('audit', '--no-engine', '--state-dir', state)
    ok(got.returncode == 4 and 'VERDICTS' in got.stdout and 'report.html' in got.stderr,
       'a page that cannot be written does not hide what was found', (got.returncode, got.stdout, got.stderr))


def entries(work):
    got = run('audit', '--no-engine', '--state-dir', 'here', '--quiet', cwd=work)
    state = os.path.join(work, 'here')
    ok(got.returncode == 0 and os.path.exists(state + '/report.html'), 'a relative state directory is taken',
       got.stderr)
    got = run('report', '--state-dir', state, '--format', 'summary', '--quiet')
    ok(f'Report   {state}/report.html' in got.stdout, 'and told as an absolute one', got.stdout)
    got = run('ledger', 'show', '--state-dir', state)
    lines = got.stdout.splitlines()
    ok(got.returncode == 0 and ' ledger.open ' in lines[0] and any(' host.facts ' in line and ' host ' in line
                                                                  for line in lines),
       'ledger show lists the newest entries with their subjects', got.stdout + got.stderr)
    said('a name that is no identity is told what one is', 0, 'named by its identity',
         'ledger', 'show', '--subject', 'my-container', '--state-dir', state)


def catches_ctrl_c(pid):
    with open(f'/proc/{pid}/status', encoding='utf-8') as f:
        caught = [line.split()[1] for line in f if line.startswith('SigCgt:')]
    return int(caught[0], 16) >> (signal.SIGINT - 1) & 1


def interrupted(work):
    state = os.path.join(work, 'state')
    run('audit', '--no-engine', '--state-dir', state, '--quiet')
    before = run('ledger', 'verify', '--state-dir', state)
    with subprocess.Popen([program, 'db', 'compare', '--stdin'], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE,
                          preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)) as p:
        for _ in range(1000):
            if catches_ctrl_c(p.pid):
                break
            time.sleep(0.02)
        p.send_signal(signal.SIGINT)
        _, err = p.communicate(timeout=20)
    ok(p.returncode == 130 and b'interrupted' in err, 'Ctrl-C ends with exit code 130 and a word', (p.returncode, err))
    with subprocess.Popen([program, 'audit', '--no-engine', '--state-dir', state], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, start_new_session=True,
                          preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)) as p:
        p.stderr.readline()  # it has begun, and the log is open
        os.killpg(p.pid, signal.SIGINT)
        p.communicate(timeout=60)
    after = run('ledger', 'verify', '--state-dir', state)
    size = [int(v.stdout.split('checkpoint')[1].split()[0]) for v in (before, after)]
    ok(p.returncode == 130 and after.returncode == 0 and size[1] >= size[0],
       'an interrupted audit leaves a log that verifies', (p.returncode, size, after.stdout))


def main():
    helps()
    with tempfile.TemporaryDirectory(prefix='plimsoll-usage-') as work:
        os.chmod(work, 0o755)
        mistakes(work)
        progress(work)
        wrong_content(work)
        pipes(work)
        entries(work)
        interrupted(work)
    return end()


sys.exit(main())
