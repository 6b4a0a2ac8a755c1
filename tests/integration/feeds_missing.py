#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A feed that is missing or old makes the result incomplete and says which part; it never fails the rest, and
it never looks like clean. Each ecosystem in turn, and KEV and EPSS."""
import json
import os
import subprocess
import sys
import tempfile
import time

from tap import end, ok

PLIMSOLL = os.environ['PLIMSOLL']
OLD = '2020-01-01T00:00:00Z'
# family of the feed: ecosystem as OSV names it, package, package URL
PACKAGES = {
    'Debian': ('Debian:12', 'openssl', 'pkg:deb/debian/openssl@1.0?arch=amd64&distro=debian-12'),
    'Ubuntu': ('Ubuntu:22.04:LTS', 'bash', 'pkg:deb/ubuntu/bash@1.0?arch=amd64&distro=ubuntu-22.04'),
    'Alpine': ('Alpine:v3.18', 'musl', 'pkg:apk/alpine/musl@1.0?arch=x86_64&distro=alpine-3.18'),
    'Wolfi': ('Wolfi', 'zlib', 'pkg:apk/wolfi/zlib@1.0?arch=x86_64&distro=wolfi-20230201'),
    'Rocky Linux': ('Rocky Linux:9', 'curl', 'pkg:rpm/rocky/curl@1.0-1?arch=x86_64&distro=rocky-9.2'),
    'AlmaLinux': ('AlmaLinux:9', 'tar', 'pkg:rpm/almalinux/tar@1.0-1?arch=x86_64&distro=almalinux-9.2'),
    'npm': ('npm', 'left', 'pkg:npm/left@1.0.0'),
    'PyPI': ('PyPI', 'requests', 'pkg:pypi/requests@1.0'),
    'Maven': ('Maven', 'org.example:lib', 'pkg:maven/org.example/lib@1.0'),
    'Go': ('Go', 'example.org/mod', 'pkg:golang/example.org/mod@v1.0.0'),
    'crates.io': ('crates.io', 'serde', 'pkg:cargo/serde@1.0.0'),
    'RubyGems': ('RubyGems', 'rack', 'pkg:gem/rack@1.0'),
    'Packagist': ('Packagist', 'acme/lib', 'pkg:composer/acme/lib@1.0'),
    'NuGet': ('NuGet', 'Json.Net', 'pkg:nuget/Json.Net@1.0.0'),
    'Hex': ('Hex', 'phoenix', 'pkg:hex/phoenix@1.0.0'),
    'Pub': ('Pub', 'http', 'pkg:pub/http@1.0.0'),
}
NOW = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())


def feed(top, without=(), old=(), kev=NOW, epss=NOW):
    """A folder of advisories: one each ecosystem; those of `without` are missing, those of `old` are old."""
    folder = tempfile.mkdtemp(dir=top)
    for i, (family, (ecosystem, package, _)) in enumerate(PACKAGES.items()):
        if family in without:
            continue
        semver = family in ('npm', 'Go', 'crates.io', 'Hex', 'Pub')
        fixed = '2.0.0' if semver else '2.0'
        with open(f'{folder}/X-2035-{i:04}.json', 'w', encoding='utf-8') as f:
            json.dump({'schema_version': '1.7.0', 'id': f'X-2035-{i:04}', 'aliases': [f'CVE-2035-{i:04}'],
                       'modified': OLD if family in old else NOW, 'affected': [{
                           'package': {'ecosystem': ecosystem, 'name': package},
                           'ranges': [{'type': 'SEMVER' if semver else 'ECOSYSTEM',
                                       'events': [{'introduced': '0'}, {'fixed': fixed}]}]}],
                       'severity': [{'type': 'CVSS_V3', 'score': 'CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N'}]}, f)
    if kev:
        with open(f'{folder}/kev.json', 'w', encoding='utf-8') as f:
            json.dump({'catalogVersion': '1', 'dateReleased': kev, 'vulnerabilities': [
                {'cveID': 'CVE-2099-0001', 'dateAdded': '2026-01-01', 'dueDate': '2026-02-01'}]}, f)
    if epss:
        with open(f'{folder}/epss.csv', 'w', encoding='utf-8') as f:
            f.write(f'#model_version:v1,score_date:{epss}\ncve,epss,percentile\nCVE-2035-0000,0.5,0.9\n')
    return folder


def scan(top, bom, source, *more):
    advisories = tempfile.mkdtemp(dir=top)
    done = subprocess.run([PLIMSOLL, 'db', 'update', '--source', source, '--advisories', advisories, '--state-dir', 'none'],
                          capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode()
    done = subprocess.run([PLIMSOLL, 'scan', bom, '--state-dir', 'none', '--advisories', advisories, '--format', 'json', *more],
                          capture_output=True, timeout=120, check=False, stdin=subprocess.DEVNULL)
    doc = json.loads(done.stdout)
    found = {f['package']['name']: f for f in doc['findings'] if f['kind'] == 'vulnerability' and f['verdict'] == 'fail'}
    return done.returncode, doc, found


def main():
    with tempfile.TemporaryDirectory(prefix='plimsoll-feeds.') as top:
        bom = f'{top}/bom.json'
        with open(bom, 'w', encoding='utf-8') as f:
            json.dump({'bomFormat': 'CycloneDX', 'specVersion': '1.6', 'version': 1, 'components': [
                {'type': 'library', 'name': p.split(':')[-1].split('/')[-1], 'version': u.split('@')[1].split('?')[0], 'purl': u}
                for _, p, u in PACKAGES.values()]}, f)
        _, doc, whole = scan(top, bom, feed(top))
        ok(len(whole) == len(PACKAGES), 'with all feeds each ecosystem has its vulnerability',
           (sorted(whole), [(p['name'], p['ecosystem']) for p in doc['packages']]))
        names = {f: next((n for n, x in whole.items() if x['package']['ecosystem'].split(':')[0] == e.split(':')[0]), '?')
                 for f, (e, _, _) in PACKAGES.items()}
        families = list(PACKAGES)
        for pair in zip(families[::2], families[1::2]):
            code, doc, found = scan(top, bom, feed(top, without=pair), '--fail-on', 'critical')
            told = [g['what'] for g in doc['gaps'] if g['reason'] == 'feed-missing']
            ok(set(found) == set(whole) - {names[f] for f in pair} and [t for t in told if t.startswith('2 packages of') and all(f in t for f in pair)] and
               code == 3, f'{" and ".join(pair)} missing: the rest is judged, and the result is incomplete',
               (code, sorted(found), doc['gaps']))
        for families in (('Debian',), ('npm', 'PyPI')):
            code, doc, found = scan(top, bom, feed(top, old=families), '--fail-on', 'critical')
            told = {g['what'] for g in doc['gaps'] if g['reason'] == 'feed-stale'}
            ok(set(found) == set(whole) and {f'advisories {f}' for f in families} <= told and code == 3,
               f'{" and ".join(families)} old: what is known counts, and the gap names the feed', (code, told))
        code, doc, found = scan(top, bom, feed(top, without=PACKAGES), '--fail-on', 'critical')
        ok(not found and code == 3 and [g for g in doc['gaps'] if g['reason'] == 'feed-missing'],
           'without any: nothing is found, and that is not clean', (code, doc['gaps']))
        done = subprocess.run([PLIMSOLL, 'scan', bom, '--state-dir', 'none', '--format', 'sarif'], capture_output=True, check=False)
        ok(b'feed-missing' in done.stdout, 'nor is it where none were ever installed, in formats of other tools', done.stdout[-500:])

        code, doc, found = scan(top, bom, feed(top, kev=None), '--fail-on', 'kev')
        ok(code == 3 and {(f['kev'], f['kev_reason']) for f in found.values()} == {(None, 'feed-missing')},
           'no KEV catalog: whether it is exploited is unknown', [(f['kev'], f['kev_reason']) for f in found.values()][:2])
        code, doc, found = scan(top, bom, feed(top, kev=OLD), '--fail-on', 'kev')
        ok(code == 3 and {f['kev_reason'] for f in found.values()} == {'feed-stale'}, 'an old one: the same', code)
        code, doc, found = scan(top, bom, feed(top, epss=None))
        ok({(f['epss_ppm'], f['epss_reason']) for f in found.values()} == {(None, 'feed-missing')},
           'no EPSS: there is no score, and it says why', [(f['epss_ppm'], f['epss_reason']) for f in found.values()][:2])
        code, doc, found = scan(top, bom, feed(top, without=('npm',)), '--fail-on', 'critical', '--allow-incomplete')
        ok(code == 0 and [g for g in doc['gaps'] if g['reason'] == 'feed-missing'],
           '--allow-incomplete: exit 0, and the gap is still told', (code, doc['gaps']))
    return end()


sys.exit(main())
