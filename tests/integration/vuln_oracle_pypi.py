#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rows (package, version, advisory, fixed) of Python packages, by an oracle of its own.

The oracle reads the OSV records as JSON and orders versions by the library `packaging`. Packages of
the versions at and around every bound of the advisories are laid out as installed ones in a root
file system, which `plimsoll scan` reads; the rows must be the same.
"""
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

from packaging.version import InvalidVersion, Version
from tap import end, ok
from vuln_oracle import difference, imported, records

ROOT = os.environ["PL_SOURCE_ROOT"]
PROGRAM = os.environ["PLIMSOLL"]
DATA = os.environ.get("PLIMSOLL_TEST_DATA")
PACKAGES = 150


def parse(text):
    try:
        return Version(text)
    except InvalidVersion:
        return None


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def best_id(record):
    ids = [record["id"], *(record.get("aliases") or [])]
    cves = [i for i in ids if re.fullmatch(r"CVE-\d{4}-\d{4,}", i)]
    if record["id"] in cves:
        return record["id"]
    if cves:
        return min(cves)
    if record["id"].startswith("GHSA-"):
        return record["id"]
    return min([i for i in ids if i.startswith("GHSA-")], default=record["id"])


def advisories(folder):
    """{package: {vulnerability: [affected]}} of what the program does not refuse as malformed."""
    result = {}
    for record in records(folder):
        found = [a for a in record.get("affected") or [] if a.get("package", {}).get("ecosystem") == "PyPI"]
        if record.get("withdrawn") or any(is_refused(a) for a in found):
            continue
        for a in found:
            result.setdefault(normal(a["package"]["name"]), {}).setdefault(best_id(record), []).append(a)
    return result


def ranges(affected):
    return [r["events"] for r in affected.get("ranges") or [] if r["type"] != "GIT"]


def bounds(events):
    return [v for e in events for k, v in e.items() if not (k == "introduced" and v == "0")]


def is_refused(affected):
    unknown = any(parse(v) is None for events in ranges(affected) for v in bounds(events))
    return unknown and not affected.get("versions")


def intervals(affected):
    """(low, high, includes high) of each range whose versions all have an order."""
    for events in ranges(affected):
        if any(parse(v) is None for v in bounds(events)):
            continue
        flat = [(None if k == "introduced" and v == "0" else Version(v), k) for e in events for k, v in e.items()]
        flat.sort(key=lambda e: (e[0] is not None, e[0]) if e[0] is not None else (False, Version("0")))
        low = start = None
        for version, kind in flat:
            if kind == "introduced":
                if start is None:
                    start, low = True, version
            elif start is not None:
                yield low, version, kind == "last_affected"
                start = None
        if start is not None:
            yield low, None, False


def word_of(version, affected):
    """(is affected, its fix or None)"""
    fixes, is_open, holds, later = [], False, False, []
    for low, high, includes in intervals(affected):
        inside = (low is None or version >= low) and (high is None or version < high or (includes and version == high))
        if inside:
            holds = True
            if high is None or includes:
                is_open = True
            else:
                fixes.append(high)
        elif high is not None and not includes and version < high:
            later.append(high)
    if not holds and any(parse(v) == version for v in affected.get("versions") or [] if parse(v)):
        return True, min(later, default=None)
    return holds, None if is_open or not fixes else max(fixes)


def expected(installed, known):
    rows = {}
    for name, text in installed:
        version = Version(text)
        for vulnerability, group in known.get(normal(name), {}).items():
            words = [fix for is_affected, fix in (word_of(version, a) for a in group) if is_affected]
            if words:
                fix = None if None in words else max(words)
                rows[normal(name), text, vulnerability] = str(fix) if fix else "none"
    return rows


def choose(known, rng):
    """Versions at each bound, listed ones, and neighbours of both."""
    installed = set()
    for name in rng.sample(sorted(known), min(PACKAGES, len(known))):
        texts = set()
        for group in known[name].values():
            for a in group:
                texts |= set(rng.sample(a.get("versions") or [], min(2, len(a.get("versions") or []))))
                texts |= {v for events in ranges(a) for v in bounds(events)}
        for text in sorted(t for t in texts if parse(t)):
            installed |= {(name, text), (name, text + ".post1"), (name, text + ".1")}
    spelled = [lambda n: n, lambda n: n.replace("-", "_").upper(), lambda n: n.replace("-", ".")]
    return sorted((rng.choice(spelled)(n), v) for n, v in installed if parse(v))


def scanned(installed, work, state):
    root = os.path.join(work, "root")
    os.makedirs(os.path.join(root, "etc"))
    with open(os.path.join(root, "etc/os-release"), "w", encoding="utf-8") as f:
        f.write('ID=debian\nVERSION_ID="12"\n')
    for i, (name, version) in enumerate(installed):
        folder = f"{root}/opt/{i}/lib/python3.11/site-packages/{name}-{version}.dist-info"
        os.makedirs(folder)
        with open(folder + "/METADATA", "w", encoding="utf-8") as f:
            f.write(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    out = subprocess.run([PROGRAM, "scan", root, "--format", "json", "--quiet", "--state-dir", state],
                         check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE).stdout
    rows = {}
    for f in json.loads(out)["findings"]:
        if f["kind"] == "vulnerability" and f["package"]["ecosystem"] == "PyPI":
            fix = f["fixed_version"]
            key = normal(f["package"]["name"]), f["package"]["version"], f["advisory"]
            rows[key] = str(Version(fix)) if fix else "none"
    return rows


def main():
    rng = random.Random(20261121)
    work = tempfile.mkdtemp(prefix="plimsoll-pypi-")
    os.chmod(work, 0o755)  # the signer, another user, reaches the state below it
    try:
        state = os.path.join(work, "state")
        source = os.path.join(work, "source")
        os.makedirs(source)
        data = os.path.join(DATA, "osv") if DATA else os.path.join(ROOT, "tests/fixtures/osv-pypi")
        shutil.copy(os.path.join(data, "PyPI.jsonl.zst"), source)
        imported(source, state)
        known = advisories(source)
        installed = choose(known, rng)
        want, got = expected(installed, known), scanned(installed, work, state)
        ok(got == want and len(want) > 200, "a scan of Python packages has the oracle's findings and fixes",
           f"{len(installed)} packages, {len(want)} rows\n" + difference(got, want))
        fixed = sum(v != "none" for v in want.values())
        ok(0 < fixed < len(want), "with fixes and without", f"{fixed} of them have a fix")
    finally:
        shutil.rmtree(work)
    return end()


if __name__ == "__main__":
    sys.exit(main())
