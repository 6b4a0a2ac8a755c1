#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""OSV records of Ubuntu, SUSE and Red Hat, by an oracle of its own.

Records in the forms that the three publish (releases with and without LTS, Ubuntu Pro, notices that speak of several
CVEs, modules and extensions of SUSE, repositories and added products of Red Hat, streams) are made from a fixed seed,
imported, and lists of packages scanned. The oracle reads the records as JSON, takes the release from the ecosystem's
name by expressions of its own, and asks dpkg and rpm for every order."""
import json
import os
import random
import re
import subprocess
import sys
import tempfile
from urllib.parse import quote

import vuln_oracle
import vuln_oracle_vendor
from tap import end, ok

PLIMSOLL = os.environ['PLIMSOLL']
SOURCES = {'openssl': ['libssl3', 'openssl'], 'bash': ['bash'], 'zlib': ['zlib1g', 'zlib-dev'], 'curl': ['curl', 'libcurl4'],
           'nodejs': ['nodejs', 'npm']}


def record(number, name, group, related, affected):
    cves = [f'CVE-2030-{1000 + number + i}' for i in range(3 if group else 1)]
    return {'schema_version': '1.7.0', 'id': name(number, cves[0]), 'modified': '2030-01-01T00:00:00Z', 'affected': affected,
            **({related: cves} if group else {'upstream': cves})}


def affected(ecosystem, name, fixed, versions=()):
    events = [{'introduced': '0'}] + ([{'fixed': fixed}] if fixed else [])
    return {'package': {'ecosystem': ecosystem, 'name': name}, 'ranges': [{'type': 'ECOSYSTEM', 'events': events}], 'versions': list(versions)}


class Maker:
    """What differs from one maker to the next."""

    def __init__(self, r):
        self.r = r

    def records(self):
        for n in range(1, 100):
            places = self.r.sample(self.ecosystems, self.r.randint(1, 4))
            rows = [affected(e, name, None if self.r.random() < 0.2 else self.version(), [self.version()])
                    for e in places for name in self.r.sample(self.names, 2)]
            yield record(5 * n, self.name, self.r.random() < 0.4, self.related, self.kept(rows))

    @staticmethod
    def kept(rows):
        return rows


class Ubuntu(Maker):
    names, related = list(SOURCES), 'upstream'
    ecosystems = ['Ubuntu:22.04:LTS', 'Ubuntu:24.10', 'Ubuntu:Pro:22.04:LTS', 'Ubuntu:Pro:FIPS-updates:22.04:LTS', 'Ubuntu:20.04:LTS']
    systems = ['22.04', '24.10']

    def version(self):
        r = self.r
        return f'{r.choice(["", "", "1:"])}{r.randint(1, 3)}.{r.randint(0, 9)}-{r.randint(1, 4)}ubuntu{r.randint(0, 3)}{r.choice(["", ".1", "~esm1", "+esm2"])}'

    @staticmethod
    def name(number, cve):
        return f'UBUNTU-{cve}' if number % 2 else f'USN-{number}-1'

    @staticmethod
    def kept(rows):
        """What the release itself has a fix for is not said again of Pro."""
        plain = {r['package']['name'] for r in rows if r['package']['ecosystem'] == 'Ubuntu:22.04:LTS'}
        return [r for r in rows if r['package']['ecosystem'] != 'Ubuntu:Pro:22.04:LTS' or r['package']['name'] not in plain]

    @staticmethod
    def is_of(ecosystem, system):
        return re.fullmatch(rf'Ubuntu(:Pro)?:{re.escape(system)}(:LTS)?', ecosystem)

    def order(self, pairs):
        order = vuln_oracle.Order()
        order.ask(pairs)
        return lambda a, b: order(a, b) == '<', lambda a, b: order(a, b) == '='

    def packages(self, bounds):
        for source, binaries in SOURCES.items():
            version = self.r.choice(bounds) if self.r.random() < 0.5 else self.version()
            for binary in binaries:
                yield binary, version, source, version

    @staticmethod
    def write(top, system, packages):
        root = os.path.join(top, 'root')
        os.makedirs(root + '/etc', exist_ok=True)
        os.makedirs(root + '/var/lib/dpkg', exist_ok=True)
        with open(root + '/etc/os-release', 'w', encoding='utf-8') as f:
            f.write(f'ID=ubuntu\nVERSION_ID="{system}"\n')
        with open(root + '/var/lib/dpkg/status', 'w', encoding='utf-8') as f:
            for name, version, source, _ in packages:
                f.write(f'Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nSource: {source}\nVersion: {version}\n\n')
        return root


class Rpm(Maker):
    def order(self, pairs):
        """In OSV's records the epoch 0 may be written or not."""
        whole = vuln_oracle_vendor.Order([tuple(v if ':' in v else '0:' + v for v in p) for p in pairs])

        def compare(a, b):
            return whole.known[tuple(v if ':' in v else '0:' + v for v in (a, b))]
        return lambda a, b: compare(a, b) < 0, lambda a, b: compare(a, b) == 0

    def write(self, top, system, packages):
        distro, release = system
        components = [{'type': 'operating-system', 'name': distro, 'version': release}]
        for name, version, source, source_version in packages:
            epoch, _, rest = version.rpartition(':')
            bare = source_version.rpartition(':')[2]
            purl = (f'pkg:rpm/{self.vendor}/{name}@{quote(rest)}?arch=x86_64&distro={distro}-{release}&upstream={quote(source + "-" + bare)}.src.rpm' +
                    (f'&epoch={epoch}' if epoch else ''))
            components.append({'type': 'library', 'name': name, 'version': rest, 'purl': purl})
        path = os.path.join(top, 'bom.json')
        with open(path, 'w', encoding='utf-8') as f:
            json.dump({'bomFormat': 'CycloneDX', 'specVersion': '1.6', 'version': 1, 'components': components}, f)
        return path


class Suse(Rpm):
    names, related, vendor = list(SOURCES), 'related', 'suse'
    ecosystems = ['SUSE:Linux Enterprise Server 15 SP5', 'SUSE:Linux Enterprise Module for Basesystem 15 SP5',
                  'SUSE:Linux Enterprise Server 15 SP5-LTSS', 'SUSE:Linux Enterprise Server for SAP Applications 15 SP5',
                  'SUSE:Linux Enterprise Server 15 SP4', 'SUSE:Linux Enterprise Micro 5.5', 'openSUSE:Leap 15.5', 'SUSE:Linux Enterprise Server 12 SP5']
    systems = [('sles', '15.5'), ('opensuse-leap', '15.5'), ('sles', '12.5')]

    def version(self):
        r = self.r
        return f'{r.choice(["", "", "0:"])}{r.randint(1, 3)}.{r.randint(0, 9)}-150500.{r.randint(1, 12)}.{r.randint(1, 3)}'

    @staticmethod
    def name(number, _cve):
        return f'SUSE-SU-2030:{number:04}-1'

    @staticmethod
    def is_of(ecosystem, system):
        distro, release = system
        if distro == 'opensuse-leap':
            return ecosystem == f'openSUSE:Leap {release}'
        return re.fullmatch(rf'SUSE:Linux Enterprise (?!Micro).* {release.replace(".", " SP")}(-[A-Z]+)?', ecosystem)

    def packages(self, bounds):
        for source, binaries in SOURCES.items():
            version = self.r.choice(bounds) if self.r.random() < 0.5 else self.version()
            for binary in binaries:
                yield binary, version, source, version


class RedHat(Rpm):
    names, related, vendor = sorted({b for x in SOURCES.values() for b in x}), 'related', 'redhat'
    ecosystems = ['Red Hat:enterprise_linux:9::appstream', 'Red Hat:enterprise_linux:9::baseos', 'Red Hat:rhel_eus:9.2::appstream',
                  'Red Hat:enterprise_linux:7::server', 'Red Hat:rhel_els:7', 'Red Hat:rhel_software_collections:3::el7', 'Red Hat:enterprise_linux:8::appstream']
    systems = [('rhel', '9.4'), ('rhel', '7.9')]

    def version(self):
        r = self.r
        return f'{r.choice(["0", "0", "1"])}:{r.randint(1, 3)}.{r.randint(0, 9)}-{r.randint(1, 12)}{r.choice([".el9", ".el9", ".module+el9.2.0+123+abc"])}'

    @staticmethod
    def name(number, _cve):
        return f'RHSA-2030:{number:04}'

    @staticmethod
    def is_of(ecosystem, system):
        major = system[1].split('.')[0]
        return re.fullmatch(rf'Red Hat:(enterprise_linux:{major}(::.*)?|rhel_els:{major}|rhel_software_collections:\d+::el{major})', ecosystem)

    def packages(self, bounds):
        for name in self.names:
            version = self.r.choice(bounds) if self.r.random() < 0.5 else self.version()
            yield name, version, 'made-from-' + name, version


def is_module(version):
    return '.module+el' in version


def judge(maker, records, system, packages):
    """(package, version, CVE) by OSV's rule: a range that holds the version, or a list that has it."""
    rows = [(r, a, [e['fixed'] for x in a['ranges'] for e in x['events'] if 'fixed' in e]) for r in records for a in r['affected']
            if maker.is_of(a['package']['ecosystem'], system)]
    bounds = {v for _, a, fixed in rows for v in fixed + a['versions']}
    is_less, is_equal = maker.order([(p[1], b) for p in packages for b in bounds])
    found = set()
    for name, version, source, _ in packages:
        for r, a, fixed in rows:
            if a['package']['name'] != (name if isinstance(maker, RedHat) else source):
                continue
            # A fix within a stream says nothing of the package outside of it, nor the other way round.
            is_other = isinstance(maker, Rpm) and fixed and is_module(fixed[0]) != is_module(version)
            holds = not is_other and (not fixed or is_less(version, fixed[0]))
            if holds or any(is_equal(version, v) for v in a['versions']):
                own = re.search(r'CVE-\d+-\d+', r['id'])
                found.update((name, version, c) for c in ([own.group()] if own else r.get('upstream') or r['related']))
    return found


def compare(top, advisories, maker, records):
    bounds = sorted({e['fixed'] for r in records for a in r['affected'] for e in a['ranges'][0]['events'] if 'fixed' in e})
    for system in maker.systems:
        want, got = set(), set()
        for _ in range(2):
            packages = list(maker.packages(bounds))
            done = subprocess.run([PLIMSOLL, 'scan', maker.write(top, system, packages), '--state-dir', 'none', '--advisories', advisories,
                                   '--format', 'json', '--quiet'], capture_output=True, check=False, timeout=60)
            doc = json.loads(done.stdout)
            written = {v.partition(':')[2] if v.startswith('0:') else v: v for _, v, _, _ in packages}
            got |= {(f['package']['name'], written.get(v, v), f['advisory']) for f in doc['findings'] if f['kind'] == 'vulnerability'
                    for v in [f['package']['version'].removeprefix('0:')]}
            want |= judge(maker, records, system, packages)
        ok(got == want and len(want) > 50, f'{type(maker).__name__} {system}: {len(want)} rows are the same',
           f'only here {sorted(got - want)[:5]}\nonly there {sorted(want - got)[:5]}\n{doc["gaps"][:3]}')


def main():
    with tempfile.TemporaryDirectory(prefix='plimsoll-osv.') as top:
        for maker in (Ubuntu(random.Random(1)), Suse(random.Random(2)), RedHat(random.Random(3))):
            source, advisories = (os.path.join(top, type(maker).__name__ + x) for x in ('', '-advisories'))
            os.mkdir(source)
            records = list(maker.records())
            with open(os.path.join(source, 'all.jsonl'), 'w', encoding='utf-8') as f:
                f.writelines(json.dumps(r) + '\n' for r in records)
            done = subprocess.run([PLIMSOLL, 'db', 'update', '--source', source, '--advisories', advisories], capture_output=True, check=False)
            ok(done.returncode == 0, f'records of {type(maker).__name__} are imported', done.stderr.decode())
            compare(top, advisories, maker, records)
    return end()


sys.exit(main())
