#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Oracle's OVAL and Amazon's updateinfo, by an oracle of its own.

Documents in the structure that both publish (a rebuild for one machine, module streams, Ksplice, epochs, updates
that are no security) are made from a fixed seed, imported, and lists of packages scanned as bills of materials. The
oracle reads OVAL as its specification says: it follows tests to objects and states and evaluates the criteria for
one package on one machine, where the program reads the comments. Order is asked of rpm itself."""
import json
import os
import random
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET

from tap import end, ok

PLIMSOLL = os.environ['PLIMSOLL']
NAMES = ['openssl', 'openssl-libs', 'bash', 'kernel', 'nodejs', 'npm', 'glibc', 'rsyslog']
MACHINES = ['x86_64', 'aarch64']
DEFS = '{http://oval.mitre.org/XMLSchema/oval-definitions-5}'
LINUX = '{http://oval.mitre.org/XMLSchema/oval-definitions-5#linux}'


def evr(r, tail):
    return f'{r.choice([0, 0, 1])}:{r.randint(1, 3)}.{r.randint(0, 9)}{r.choice(["", "~rc1", "a"])}-{r.randint(1, 12)}.{tail}'


class Order:
    """rpm's own, many pairs at once."""

    def __init__(self, pairs):
        pairs = sorted(set(pairs))
        self.known = {}
        for i in range(0, len(pairs), 1000):
            part = pairs[i:i + 1000]
            text = ' '.join(f'print(rpm.vercmp("{a}","{b}").." ")' for a, b in part)
            out = subprocess.run(['rpm', '--eval', '%{lua: ' + text + '}'], capture_output=True, check=True, text=True).stdout.split()
            assert len(out) == len(part), (len(out), len(part))
            self.known.update(zip(part, map(int, out)))

    def is_less(self, a, b):
        return self.known[a, b] < 0


# ---- Oracle ----

class Oval:
    """Writes definitions with the tests, objects and states that they refer to."""

    def __init__(self):
        self.definitions, self.tests, self.objects, self.states, self.n = [], [], {}, {}, 0

    def test(self, comment, package, state):
        self.n += 1
        obj = self.objects.setdefault(package, f'oval:x:obj:{len(self.objects)}')
        ste = self.states.setdefault(state, f'oval:x:ste:{len(self.states)}')
        self.tests.append(f'<rpminfo_test xmlns="{LINUX[1:-1]}" id="oval:x:tst:{self.n}" comment="{comment}"><object object_ref="{obj}"/>'
                          f'<state state_ref="{ste}"/></rpminfo_test>')
        return f'<criterion test_ref="oval:x:tst:{self.n}" comment="{comment}"/>'

    def release(self, n):
        return self.test(f'Oracle Linux {n} is installed', 'oraclelinux-release', ('version', 'pattern match', f'^{n}'))

    def arch(self, machine):
        return self.test(f'Oracle Linux arch is {machine}', 'oraclelinux-release', ('arch', 'equals', machine))

    def fix(self, package, version):
        row = self.test(f'{package} is earlier than {version}', package, ('evr', 'less than', version))
        row += self.test(f'{package} is signed with the Oracle Linux key', package, ('signature_keyid', 'equals', '82562ea9'))
        if '.ksplice' in version:
            row += self.test(f'{package} is ksplice-based', package, ('release', 'pattern match', 'ksplice'))
        return f'<criteria operator="AND">{row}</criteria>'

    def define(self, number, cves, inner):
        refs = ''.join(f'<reference source="CVE" ref_id="{c}"/>' for c in cves)
        self.definitions.append(f'<definition id="oval:x:def:{number}" class="patch"><metadata><title>ELSA-{number}</title><reference '
                                f'source="elsa" ref_id="ELSA-2026-{number}"/>{refs}<advisory><severity>LOW</severity></advisory>'
                                f'</metadata>{inner}</definition>')

    def text(self):
        objects = ''.join(f'<rpminfo_object xmlns="{LINUX[1:-1]}" id="{i}"><name>{p}</name></rpminfo_object>' for p, i in self.objects.items())
        states = ''.join(f'<rpminfo_state xmlns="{LINUX[1:-1]}" id="{i}"><{k} operation="{o}">{v}</{k}></rpminfo_state>'
                         for (k, o, v), i in self.states.items())
        return (f'<oval_definitions xmlns="{DEFS[1:-1]}"><definitions>{"".join(self.definitions)}</definitions><tests>'
                f'{"".join(self.tests)}</tests><objects>{objects}</objects><states>{states}</states></oval_definitions>')


def make_oval(r):
    o = Oval()
    for number in range(300):
        release, names = r.choice([8, 9]), r.sample(NAMES, r.randint(1, 4))
        kind = r.random()
        tail = f'el{release}_{r.randint(0, 9)}' if kind > 0.1 else f'ksplice1.el{release}'
        common = {n: evr(r, tail) for n in names}
        rows = []
        for machine in MACHINES:
            mine = {n: evr(r, tail) if kind > 0.7 and r.random() < 0.5 else common[n] for n in names}
            fixes = ''.join(o.fix(n, v) for n, v in mine.items())
            rows.append(f'<criteria operator="AND">{o.arch(machine)}<criteria operator="OR">{fixes}</criteria></criteria>')
        o.define(number, [f'CVE-2026-{10000 + r.randint(0, 400)}' for _ in range(r.randint(1, 3))],
                 f'<criteria operator="AND">{o.release(release)}<criteria operator="OR">{"".join(rows)}</criteria></criteria>')
    return o.text()


class Judge:
    """OVAL on a machine with one package."""

    def __init__(self, text):
        root = ET.fromstring(text)
        self.definitions = root.findall(f'{DEFS}definitions/{DEFS}definition')
        names = {x.get('id'): x.findtext(f'{LINUX}name') for x in root.iter(f'{LINUX}rpminfo_object')}
        states = {x.get('id'): [(c.tag.split('}')[1], c.get('operation'), c.text) for c in x] for x in root.iter(f'{LINUX}rpminfo_state')}
        self.tests = {t.get('id'): (names[t.find(f'{LINUX}object').get('object_ref')], states[t.find(f'{LINUX}state').get('state_ref')])
                      for t in root.iter(f'{LINUX}rpminfo_test')}

    def bounds(self):
        return {v for _, states in self.tests.values() for k, o, v in states if k == 'evr'}

    def holds(self, node, system, package, order):
        if node.tag == f'{DEFS}criterion':
            name, states = self.tests[node.get('test_ref')]
            if name == 'oraclelinux-release':
                return all(v == system['arch'] if k == 'arch' else str(system['release']).startswith(v.strip('^')) for k, _, v in states)
            if name != package['name']:
                return False
            return all({'evr': lambda v: order.is_less(package['evr'], v), 'signature_keyid': lambda v: True,
                        'release': lambda v: v in package['evr']}[k](v) for k, _, v in states)
        each = [self.holds(x, system, package, order) for x in node]
        return all(each) if node.get('operator') == 'AND' else any(each)

    def rows(self, system, package, order):
        for d in self.definitions:
            if self.holds(d.find(f'{DEFS}criteria'), system, package, order):
                for x in d.iter(f'{DEFS}reference'):
                    if x.get('source') == 'CVE':
                        yield x.get('ref_id')


# ---- Amazon ----

def make_updates(r):
    rows = []
    for number in range(300):
        tail, kind = r.choice(['amzn2', 'amzn2023.0.1']), r.choice(['security', 'security', 'security', 'bugfix'])
        refs = ''.join(f'<reference type="cve" id="CVE-2026-{20000 + r.randint(0, 400)}"/>' for _ in range(r.randint(1, 3)))
        packages = ''
        for name in r.sample(NAMES, r.randint(1, 4)):
            epoch, rest = evr(r, tail).split(':')
            version, release = rest.rsplit('-', 1)
            packages += ''.join(f'<package name="{name}" arch="{m}" epoch="{epoch}" version="{version}" release="{release}"/>' for m in MACHINES)
        rows.append(f'<update type="{kind}"><id>ALAS-2026-{number}</id><title>t</title><severity>low</severity><references>{refs}'
                    f'</references><pkglist><collection>{packages}</collection></pkglist></update>')
    return f'<updates>{"".join(rows)}</updates>'


class Updates:
    def __init__(self, text):
        self.updates = [u for u in ET.fromstring(text) if u.get('type') == 'security']

    @staticmethod
    def fixed(p):
        return f'{p.get("epoch")}:{p.get("version")}-{p.get("release")}'

    def bounds(self):
        return {self.fixed(p) for u in self.updates for p in u.iter('package')}

    def rows(self, system, package, order):
        mark = 'amzn2023' if system['release'] == '2023' else 'amzn2'
        for u in self.updates:
            if any(p.get('name') == package['name'] and p.get('arch') == system['arch'] and p.get('release').split('.')[1] == mark and
                   order.is_less(package['evr'], self.fixed(p)) for p in u.iter('package')):
                yield from (x.get('id') for x in u.iter('reference') if x.get('type') == 'cve')


# ---- the program ----

def scan(top, advisories, family, system, packages):
    """(package, CVE) of one list."""
    components = [{'type': 'operating-system', 'name': family, 'version': str(system['release'])}]
    for p in packages:
        epoch, rest = p['evr'].split(':')
        components.append({'type': 'library', 'name': p['name'], 'version': rest,
                           'purl': f'pkg:rpm/{family}/{p["name"]}@{rest.replace("~", "%7E")}?arch={system["arch"]}&epoch={epoch}&distro={family}-{system["release"]}'})
    path = os.path.join(top, 'bom.json')
    with open(path, 'w', encoding='utf-8') as f:
        json.dump({'bomFormat': 'CycloneDX', 'specVersion': '1.6', 'version': 1, 'components': components}, f)
    done = subprocess.run([PLIMSOLL, 'scan', path, '--state-dir', 'none', '--advisories', advisories, '--format', 'json', '--quiet'],
                          capture_output=True, check=False)
    doc = json.loads(done.stdout)
    return {(f['package']['name'], f['package']['version'], f['advisory']) for f in doc['findings'] if f['kind'] == 'vulnerability'}, doc['gaps']


def compare(top, advisories, family, judge, releases, tails, r):
    bounds = sorted(judge.bounds())
    for release in releases:
        for machine in MACHINES:
            system = {'release': release, 'arch': machine}
            packages = [{'name': n, 'evr': r.choice(bounds) if r.random() < 0.5 else evr(r, tails[release])} for n in NAMES for _ in range(6)]
            packages = [p for p in packages if '.ksplice' not in p['evr']]
            order = Order([(p['evr'], b) for p in packages for b in bounds])
            want = {(p['name'], p['evr'], c) for p in packages for c in judge.rows(system, p, order)}
            got, gaps = scan(top, advisories, family, system, packages)
            got = {(n, v if ':' in v else '0:' + v, c) for n, v, c in got}
            ok(got == want and len(want) > 50, f'{family} {release} on {machine}: {len(want)} rows of {len(packages)} packages are the same',
               f'only here {sorted(got - want)[:5]}\nonly there {sorted(want - got)[:5]}\n{gaps[:3]}')


def main():
    r = random.Random(20260101)
    with tempfile.TemporaryDirectory(prefix='plimsoll-vendor.') as top:
        source, advisories = os.path.join(top, 'source'), os.path.join(top, 'advisories')
        os.mkdir(source)
        oval, updates = make_oval(r), make_updates(r)
        for name, text in (('com.oracle.elsa-all.xml', oval), ('updateinfo.xml', updates)):
            with open(os.path.join(source, name), 'w', encoding='utf-8') as f:
                f.write(text)
        done = subprocess.run([PLIMSOLL, 'db', 'update', '--source', source, '--advisories', advisories], capture_output=True, check=False)
        ok(done.returncode == 0, 'documents of both makers are imported', done.stderr.decode())
        compare(top, advisories, 'ol', Judge(oval), [8, 9], {8: 'el8', 9: 'el9'}, r)
        compare(top, advisories, 'amzn', Updates(updates), ['2', '2023'], {'2': 'amzn2', '2023': 'amzn2023.0.1'}, r)
    return end()


if __name__ == '__main__':
    sys.exit(main())
