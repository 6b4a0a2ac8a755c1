#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The formats of other tools, read by other makers' code: SARIF by its published schema, CycloneDX
by cyclonedx-python-lib, SPDX by spdx-tools, JUnit by junitparser and by Jenkins's schema, which pytest's source
package carries. No package carries GitLab's schema: what it asks of the fields that we write stands here. Findings, packages and gaps are
the same number in each, on a made document full of hostile names and on a real scan."""
import csv
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile

from report_counts import counted, owners_of
from tap import end, ok, skip

ROOT = os.environ['PL_SOURCE_ROOT']
PLIMSOLL = os.environ['PLIMSOLL']
HERE = os.path.join(ROOT, 'tests/integration/report')
PYTEST = 'pytest==8.3.4'  # its source package has the schema of JUnit's reports that Jenkins publishes
VENV = os.path.join(ROOT, 'build-python')  # of all builds: what the readers need


def in_venv():
    """Starts again with the readers of other makers; None without a network."""
    python = os.path.join(VENV, 'bin/python')
    ready = os.path.join(VENV, 'ready')
    wanted = os.path.join(HERE, 'requirements.txt')
    try:
        if not os.path.exists(ready) or os.path.getmtime(ready) < os.path.getmtime(wanted):
            subprocess.run([sys.executable, '-m', 'venv', VENV], check=True, capture_output=True, timeout=120)
            subprocess.run([python, '-m', 'pip', 'install', '-q', '-r', wanted], check=True, capture_output=True,
                           timeout=300)
            subprocess.run([python, '-m', 'pip', 'download', '-q', '--no-deps', '--no-binary', ':all:', '-d', VENV, PYTEST],
                           check=True, capture_output=True, timeout=300)
            open(ready, 'w', encoding='utf-8').close()
    except (OSError, subprocess.SubprocessError):
        return
    os.environ['PL_IN_VENV'] = '1'
    os.execv(python, [python] + sys.argv)


def sarif_schema(folder):
    """Of Microsoft's jest-sarif, which carries OASIS's schema."""
    subprocess.run(['npm', 'pack', '--silent', '@microsoft/jest-sarif@1.0.0-beta.0'], cwd=folder, check=True,
                   capture_output=True, timeout=120)
    with tarfile.open(os.path.join(folder, 'microsoft-jest-sarif-1.0.0-beta.0.tgz')) as t:
        return json.load(t.extractfile('package/lib/schemas/sarif-2.1.0-rtm.5.json'))


def junit_schema():
    import xmlschema
    name = PYTEST.replace('==', '-')
    with tarfile.open(os.path.join(VENV, name + '.tar.gz')) as t:
        return xmlschema.XMLSchema(t.extractfile(name + '/testing/example_scripts/junit-10.xsd').read().decode())


# ---- each reader gives (findings, packages, gaps), None for what the format has no place for ----

def read_sarif(text, folder):
    import jsonschema
    doc = json.loads(text)
    jsonschema.Draft7Validator(sarif_schema(folder)).validate(doc)
    run = doc['runs'][0]
    rules = [r['id'] for r in run['tool']['driver']['rules']]
    assert len(rules) == len(set(rules)) and {r['ruleId'] for r in run['results']} <= set(rules)
    return (len(run['results']), len(run['properties']['packages']),
            len(run['invocations'][0]['toolExecutionNotifications']))


def read_cyclonedx(text, folder):
    from cyclonedx.model.bom import Bom
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator
    wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    assert wrong is None, wrong
    doc = json.loads(text)
    bom = Bom.from_json(doc)
    assert len(bom.vulnerabilities) == len(doc['vulnerabilities'])
    return (len(doc['vulnerabilities']) + len(doc['annotations']),
            len([c for c in bom.components if c.type.value == 'library']), len(doc['properties']))


def read_spdx(text, folder):
    from spdx_tools.spdx.parser.parse_anything import parse_file
    from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document
    path = os.path.join(folder, 'report.spdx.json')
    with open(path, 'w', encoding='utf-8') as f:
        f.write(text)
    doc = parse_file(path)
    wrong = validate_full_spdx_document(doc)
    assert not wrong, [w.validation_message for w in wrong][:5]
    notes = [n.annotation_comment for n in doc.annotations]
    return (len([n for n in notes if n.startswith('finding ')]),
            len([p for p in doc.packages if p.spdx_id.startswith('SPDXRef-Package-')]),
            len([n for n in notes if n.startswith('not read ')]))


def read_junit(text, folder):
    from junitparser import JUnitXml
    path = os.path.join(folder, 'report.xml')
    with open(path, 'w', encoding='utf-8') as f:
        f.write(text)
    wrong = [f'{e.path}: {e.reason}' for e in junit_schema().iter_errors(path)]
    assert not wrong, (len(wrong), wrong[:5])
    suites = list(JUnitXml.fromfile(path))
    for s in suites:
        before = (s.tests, s.failures, s.errors, s.skipped)
        s.update_statistics()
        assert before == (s.tests, s.failures, s.errors, s.skipped), (before, s.name)
    gaps = [s for s in suites if s.name == 'not read']
    packages = [p for s in suites for p in s.properties() or [] if p.name == 'package']
    return sum(s.tests for s in suites if s not in gaps), len(packages), gaps[0].tests


def is_made_by(maker):
    return all(maker[k] for k in ('id', 'name', 'version')) and maker['vendor']['name']


def read_gitlab(text, folder):
    """What container-scanning-report-format.json asks for, from 15.0.0 to 15.0.7, of all that is written."""
    doc = json.loads(text)
    scan = doc['scan']
    assert re.fullmatch(r'15\.\d+\.\d+', doc['version']), doc['version']
    assert scan['type'] == 'container_scanning' and scan['status'] == 'success'
    assert is_made_by(scan['analyzer']) and is_made_by(scan['scanner']), scan
    for key in ('start_time', 'end_time'):
        assert re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d', scan[key]), scan[key]
    assert all(m['level'] in ('info', 'warn', 'fatal') and m['value'] for m in scan['messages'])
    assert all(r['fixes'] and r['summary'] and r['diff'] for r in doc['remediations'])
    ids = [v['id'] for v in doc['vulnerabilities']]
    assert len(ids) == len(set(ids)), 'an id stands twice'
    for v in doc['vulnerabilities']:
        place = v['location']
        assert v['id'] and v['identifiers'] and all(i['type'] and i['name'] and i['value'] for i in v['identifiers']), v
        assert all(re.match(r'(https?|ftp)://.', x['url']) for x in v['identifiers'] + v.get('links', []) if 'url' in x), v
        assert len(v['name']) <= 255 and len(v['description']) <= 1 << 20 and len(v.get('solution', '')) <= 7000, v
        assert v['severity'] in ('Info', 'Unknown', 'Low', 'Medium', 'High', 'Critical'), v
        assert place['dependency']['package']['name'] and isinstance(place['dependency']['version'], str), v
        assert place['operating_system'] and place['image'], v
        assert all(d['name'] and d['type'] == 'text' and isinstance(d['value'], str) for d in v['details'].values()), v
        assert set(v) <= {'id', 'name', 'description', 'severity', 'solution', 'identifiers', 'links', 'details', 'location'}, v
    return 'failed', len(doc['vulnerabilities']), len(scan['messages'])


def read_csv(text, folder):
    rows = list(csv.DictReader(io.StringIO(text, newline='')))
    assert not [c for r in rows for c in r.values() if c[:1] in ('=', '+', '-', '@')], 'a formula'
    return tuple(len([r for r in rows if r['row'] == w]) for w in ('finding', 'package', 'incomplete'))


READERS = {'sarif': read_sarif, 'cyclonedx': read_cyclonedx, 'spdx': read_spdx, 'junit': read_junit,
           'gitlab': read_gitlab, 'csv': read_csv}


def render(document, word):
    done = subprocess.run([PLIMSOLL, 'report', '--quiet', '--input', '-', '--format', word], input=document,
                          capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode('utf-8')


def check(document, name, folder):
    doc = json.loads(document)
    want = (len(doc['findings']), len(doc['packages']), len(doc['gaps']))
    failed = ('failed', len([f for f in doc['findings'] if f['verdict'] == 'fail']), len(doc['gaps']))
    for word, read in READERS.items():
        try:
            text = render(document, word)
            got = read(text, folder)
            ok(got == (failed if word == 'gitlab' else want), f'{name}: {word} is valid and holds everything',
               f'{got} instead of {want}')
            if word != 'gitlab':
                ok(counted(word, text) == (*want, owners_of(doc)), f'{name}: {word} has every owner as often',
                   (counted(word, text), owners_of(doc)))
            ok(len(text) < 8 << 20 and '\x1b' not in text and text == render(document, word), f'{name}: {word} is small and the same bytes twice')
        except Exception as e:  # pylint: disable=broad-except
            ok(False, f'{name}: {word} is valid and holds everything', repr(e))


def scan(folder):
    """A root file system with three packages, one of them vulnerable, and a database that is damaged."""
    rootfs = os.path.join(folder, 'rootfs')
    for name, text in (('etc/os-release', 'ID=debian\nVERSION_ID="12"\n'),
                       ('var/lib/dpkg/status', ''.join(
                           f'Package: {p}\nStatus: install ok installed\nVersion: {v}\nArchitecture: amd64\n\n'
                           for p, v in (('zlib1g', '1:1.2.13.dfsg-1'), ('bash', '5.2.15-2'), ('libc6', '2.36-9')))),
                       ('var/lib/dpkg/status.d/broken', 'no field at all\n')):
        path = os.path.join(rootfs, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w', encoding='utf-8') as f:
            f.write(text)
    files = {word: os.path.join(folder, 'out.' + word) for word in ('json', 'sarif', 'csv')}
    done = subprocess.run([PLIMSOLL, 'scan', rootfs, '--state-dir', 'none', '--quiet'] +
                          [a for w, f in files.items() for a in ('--output', f'{w}={f}')], capture_output=True,
                          timeout=120, check=False)
    ok(done.returncode == 0 and all(os.path.getsize(f) for f in files.values()),
       'one scan writes several formats at once', done.stderr)
    with open(files['json'], 'rb') as f:
        return f.read()


def read_back(document, folder):
    """A bill of materials that was written is scanned: the same packages, and no more is claimed."""
    def packages(doc):
        return sorted((p['name'], p['version'], p['ecosystem'], p['source'], p['purl']) for p in doc['packages'])
    for word in ('cyclonedx', 'spdx'):
        path = os.path.join(folder, 'bom.json')
        with open(path, 'w', encoding='utf-8') as f:
            f.write(render(document, word))
        done = subprocess.run([PLIMSOLL, 'scan', path, '--state-dir', 'none', '--quiet', '--format', 'json'],
                              capture_output=True, timeout=120, check=False)
        doc = json.loads(done.stdout or '{"packages": [], "findings": []}')
        ok(packages(doc) == packages(json.loads(document)), f'{word}, scanned again, has the same packages',
           (packages(doc), done.stderr))
        told = [f for f in doc['findings'] if f['kind'] == 'check' and f['check'].startswith('IMG-') and
                f['verdict'] in ('pass', 'fail')]
        ok([g for g in doc['gaps'] if g['reason'] == 'unsupported'] and
           not [f for f in told if f['check'] in ('IMG-001', 'IMG-006', 'IMG-009')],
           f'{word}: what only files can tell is unknown', [(f['check'], f['verdict']) for f in told])


def main():
    with tempfile.TemporaryDirectory(prefix='plimsoll-formats.') as folder:
        made = subprocess.run([sys.executable, os.path.join(HERE, 'sample.py'), ROOT], capture_output=True, check=True)
        check(made.stdout, 'a made audit', folder)
        scanned = scan(folder)
        check(scanned, 'a scan', folder)
        read_back(scanned, folder)
    return end()


if __name__ == '__main__':
    if os.environ.get('PL_IN_VENV') != '1':
        in_venv()
        skip('formats are read by other makers', 'no package index')
        sys.exit(end())
    sys.exit(main())
