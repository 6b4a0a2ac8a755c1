#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The HTML report in Chromium: readable on screens wide and narrow, in light and dark and on paper;
accessible by axe; no script, no network, whatever a container calls itself. Screenshots are kept in
the build folder, below artifacts/."""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.environ['PL_SOURCE_ROOT']
HERE = os.path.join(ROOT, 'tests/integration/report')
sys.path.insert(0, HERE)
from browser import Browser  # noqa: E402
from tap import end, ok, skip  # noqa: E402

PLIMSOLL = os.environ['PLIMSOLL']
BUILD = os.environ.get('PL_BUILD_ROOT') or os.path.dirname(os.path.dirname(os.path.dirname(PLIMSOLL)))
ARTIFACTS = os.path.join(BUILD, 'artifacts')
SECTIONS = ['top', 'summary', 'worst', 'frameworks', 'scope', 'findings', 'vulnerabilities', 'unknown',
            'requirements', 'passed', 'evidence', 'verify']


def report(document, *args):
    return subprocess.run([PLIMSOLL, 'report', '--quiet', '--input', '-', *args], input=document,
                          capture_output=True, timeout=120, check=False)


def sample(*words):
    return subprocess.run([sys.executable, os.path.join(HERE, 'sample.py'), ROOT, *words],
                          capture_output=True, check=True).stdout


def axe(folder):
    """The source of axe-core, from the package's lock file; None without npm or network."""
    for name in ('package.json', 'package-lock.json'):
        shutil.copy(os.path.join(HERE, name), folder)
    try:
        subprocess.run(['npm', 'ci', '--no-audit', '--no-fund', '--ignore-scripts'], cwd=folder, timeout=180,
                       capture_output=True, check=True)
        with open(os.path.join(folder, 'node_modules/axe-core/axe.min.js'), encoding='utf-8') as f:
            return f.read()
    except (OSError, subprocess.SubprocessError):
        return None


def check_document(document, folder):
    page = report(document, '--format', 'html')
    ok(page.returncode == 0 and len(page.stdout) < 3 << 20, 'a rich report renders in less than 3 MB',
        page.stderr.decode() + str(len(page.stdout)))
    text = page.stdout.decode()
    ok("http-equiv=\"Content-Security-Policy\" content=\"default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;"
        in text, 'the page forbids itself every source but its own style')
    ok(not re.search(r'<(script|img|link|iframe|object|embed|form)\b', text),
        'the page holds no element that loads or runs anything')
    ok(not re.search('[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]', text),
        'the page holds no control character and no bidi mark')
    ok('compliant' not in text.lower(), 'the page never says compliant')
    shown = [report(document, '--format', f) for f in ('summary', 'table')]
    ok(all(r.returncode == 0 and not re.search(b'[\x00-\x09\x0b-\x1f\x7f]', r.stdout) for r in shown),
        'hostile names reach no terminal', shown)
    ok(shown[0].stdout.count(b'\n') <= 24, 'the summary fits 24 lines', shown[0].stdout.decode())
    path = os.path.join(folder, 'again.json')
    with open(path, 'wb') as f:
        f.write(report(document, '--format', 'json').stdout)
    valid = subprocess.run([sys.executable, os.path.join(HERE, 'validate.py'), ROOT, path], capture_output=True,
                           check=False)
    ok(valid.returncode == 0, 'the JSON is valid by its schema', valid.stdout.decode())
    again = report(open(path, 'rb').read(), '--format', 'html')
    ok(again.stdout == page.stdout, 'a report of a report is the same page')
    return page.stdout


def check_screen(browser, path, name, source, schemes=('light', 'dark')):
    for width, height in ((1280, 900), (390, 844)):
        for scheme in schemes:
            what = f'{name}, {width} pixels wide, {scheme}'
            browser.open(path, width, height, scheme)
            over = browser.run('document.documentElement.scrollWidth - innerWidth')
            ok(over <= 0, f'{what}: nothing hangs over the edge', over)
            if source:
                browser.run(source)
                # Only colours differ in the dark.
                rules = '{runOnly: ["color-contrast"]}' if scheme == 'dark' else '{}'
                found = browser.run(f'axe.run({rules}).then(r => r.violations.map(v => v.id + ": " + v.help + " " +'
                                    ' v.nodes.slice(0, 3).map(n => n.html.slice(0, 200)).join(" ")))')
                ok(found == [], f'{what}: axe finds no fault', '\n'.join(found or []))
            else:
                skip(f'{what}: axe finds no fault', 'axe-core could not be fetched by npm')
            requests = [m['params']['request']['url'] for m in browser.seen('Network.requestWillBeSent')]
            ok(all(u.startswith('file://' + path) for u in requests), f'{what}: nothing is fetched', requests)
            wrong = browser.seen('Page.javascriptDialogOpening', 'Runtime.exceptionThrown', 'Log.entryAdded')
            ok(not wrong, f'{what}: nothing runs and nothing is blocked', wrong)
            for section in SECTIONS:
                if browser.run(f'!document.getElementById("{section}")') or (scheme == 'dark' and section != 'top'):
                    continue
                browser.run(f'document.getElementById("{section}").scrollIntoView()')
                browser.shot(os.path.join(ARTIFACTS, f'report-{name}-{width}-{scheme}-{section}.png'))


def check_text(browser, path):
    browser.open(path, 1280, 900, 'light')
    text = browser.run('document.body.innerText')
    ok('</script><script>alert(1)</script>' in text, 'a name that is markup is shown as text')
    ok('red\\x1b[31m\\x07alert\\nnew line\\rreturn' in text, 'control characters are shown as escapes')
    ok('abc\\u202egpj.exe' in text, 'bidi marks are shown as escapes')
    ok('x' * 300 not in text, 'a name of a megabyte is cut')
    dead = browser.run('[...document.querySelectorAll("a[href^=\'#\']")].filter(a => '
                       '!document.getElementById(decodeURIComponent(a.hash.slice(1)))).map(a => a.hash)')
    ok(dead == [], 'every link of the page leads somewhere', dead)
    twice = browser.run('(ids => ids.filter((x, i) => ids.indexOf(x) !== i))'
                        '([...document.querySelectorAll("[id]")].map(e => e.id))')
    ok(twice == [], 'no id stands twice', twice)


def check_paper(browser, path, name):
    browser.open(path, 1280, 900, 'dark')
    data = browser.pdf(os.path.join(ARTIFACTS, f'report-{name}.pdf'))
    ok(data.startswith(b'%PDF') and len(re.findall(rb'/Type\s*/Page\b', data)) > 1, f'{name}: prints as pages')
    browser.media('print')
    hidden = browser.run('getComputedStyle(document.querySelector("nav")).display')
    paper = browser.run('getComputedStyle(document.body).backgroundColor')
    ok(hidden == 'none', f'{name}: the contents list stays off the paper', hidden)
    ok(paper in ('rgb(255, 255, 255)', 'rgba(0, 0, 0, 0)'), f'{name}: paper is white in the dark, too', paper)


def check_clean(browser, folder):
    page = report(sample('clean'), '--format', 'html')
    path = os.path.join(folder, 'clean.html')
    with open(path, 'wb') as f:
        f.write(page.stdout)
    browser.open(path, 1280, 900, 'light')
    text = browser.run('document.body.innerText')
    ok('A clean result: all ' in text and 'No check failed.' in text and 'No known vulnerability was found' in text,
        'a clean result is a result and says so', text[:600])
    browser.shot(os.path.join(ARTIFACTS, 'report-clean-1280-light-top.png'))


def check_log(folder):
    """An audit of this machine, and the same again from its log."""
    state = os.path.join(folder, 'state')
    out = {f: os.path.join(folder, f) for f in ('a.html', 'a.json', 'b.html', 'b.json')}
    audit = subprocess.run([PLIMSOLL, 'audit', '--quiet', '--state-dir', state, '--output', 'html=' + out['a.html'],
                            '--output', 'json=' + out['a.json']], capture_output=True, timeout=300, check=False)
    again = subprocess.run([PLIMSOLL, 'report', '--quiet', '--state-dir', state, '--output', 'html=' + out['b.html'],
                            '--output', 'json=' + out['b.json']], capture_output=True, timeout=300, check=False)
    ok(audit.returncode == 0 and again.returncode == 0, 'an audit of this machine can be reported again',
        audit.stderr.decode() + again.stderr.decode())
    for kind in ('html', 'json'):
        same = [open(out[x + kind], 'rb').read() for x in ('a.', 'b.') if os.path.exists(out[x + kind])]
        ok(len(same) == 2 and same[0] == same[1], f'the {kind} from the log is byte for byte that of the audit')
    valid = subprocess.run([sys.executable, os.path.join(HERE, 'validate.py'), ROOT, out['a.json']],
                           capture_output=True, check=False)
    ok(valid.returncode == 0, 'the JSON of a real audit is valid by its schema', valid.stdout.decode())


def main():
    folder = tempfile.mkdtemp(prefix='plimsoll-report-')
    os.makedirs(ARTIFACTS, exist_ok=True)
    for old in glob.glob(os.path.join(ARTIFACTS, 'report-*')):
        os.unlink(old)
    try:
        path = os.path.join(folder, 'report.html')
        with open(path, 'wb') as f:
            f.write(check_document(sample(), folder))
        check_log(folder)
        if not shutil.which('chromium'):
            skip('the page in Chromium', 'chromium is not installed')
            return end()
        source = axe(folder)
        with Browser() as browser:
            check_screen(browser, path, 'rich', source)
            check_text(browser, path)
            check_paper(browser, path, 'rich')
            check_clean(browser, folder)
            check_screen(browser, os.path.join(folder, 'clean.html'), 'clean', source, ('light',))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return end()


sys.exit(main())
