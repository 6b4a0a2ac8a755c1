#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rows (package, advisory, state) of real dpkg status files, by an oracle of its own.

The oracle reads the OSV records as JSON and asks `dpkg --compare-versions` for every order. It
shares no code and no table with the program. Each status file is put into a root file system and
scanned by `plimsoll scan`; the rows must be the same. The program tests/tools/vuln_rows gives the
rows that say "not affected" too, which a scan leaves out.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

from tap import end, ok

ROOT = os.environ["PL_SOURCE_ROOT"]
PROGRAM = os.environ["PLIMSOLL"]
BUILD = os.environ.get("PL_BUILD_ROOT", "")
DATA = os.environ.get("PLIMSOLL_TEST_DATA")
ON_DISK = {"installed", "unpacked", "half-configured", "triggers-awaited", "triggers-pending"}
RELEASES = [("bookworm", "12"), ("bullseye", "11"), ("trixie", "13")]


class Order:
    """Asks dpkg, many pairs in one shell, and remembers the answers."""

    SCRIPT = """
while IFS='\t' read -r a b; do
    if dpkg --compare-versions "$a" lt "$b"; then echo '<'
    elif dpkg --compare-versions "$a" eq "$b"; then echo '='
    else echo '>'; fi
done
"""

    def __init__(self):
        self.known = {}

    def ask(self, pairs):
        new = sorted(set(pairs) - set(self.known))
        text = "".join(f"{a}\t{b}\n" for a, b in new)
        out = subprocess.run(["bash", "-c", self.SCRIPT], input=text, stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, text=True, check=True).stdout.split()
        assert len(out) == len(new)
        self.known.update(zip(new, out))

    def __call__(self, a, b):
        return self.known[a, b]


def records(folder):
    """All OSV records below a folder; of two with one id the newer."""
    found = {}
    for base, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            path = os.path.join(base, name)
            if name.endswith(".jsonl.zst"):
                text = subprocess.run(["zstd", "-dc", path], stdout=subprocess.PIPE,
                                      check=True).stdout.decode()
            elif name.endswith(".jsonl"):
                with open(path, encoding="utf-8") as f:
                    text = f.read()
            else:
                continue
            for line in text.splitlines():
                record = json.loads(line)
                old = found.get(record["id"])
                if not old or record.get("modified", "") > old.get("modified", ""):
                    found[record["id"]] = record
    return found.values()


def cve_in(identifier):
    m = re.fullmatch(r"(?:DEBIAN-|UBUNTU-|ALPINE-)?(CVE-\d{4}-\d{4,})", identifier)
    return m.group(1) if m else None


def vulnerabilities(record):
    """What a record speaks of: its own CVE, else its aliases', else those of a group."""
    own = cve_in(record["id"])
    if own:
        return [own]
    aliases = [c for c in map(cve_in, record.get("aliases") or []) if c]
    if aliases:
        return [min(aliases)]
    return sorted({c for c in map(cve_in, record.get("upstream") or []) if c}) or [record["id"]]


class Advisories:
    def __init__(self, folder, ecosystems):
        self.by_package = {}
        for record in records(folder):
            if record.get("withdrawn"):
                continue
            for affected in record.get("affected") or []:
                package = affected.get("package") or {}
                if package.get("ecosystem") not in ecosystems:
                    continue
                for vulnerability in vulnerabilities(record):
                    key = package["ecosystem"], package["name"]
                    self.by_package.setdefault(key, {}).setdefault(vulnerability, []).append(affected)

    def bounds(self, key):
        for group in self.by_package.get(key, {}).values():
            for affected in group:
                yield from affected.get("versions") or []
                for r in affected.get("ranges") or []:
                    for event in r["events"]:
                        yield from event.values()


def events_of(r):
    return [next(iter(e.items())) for e in r["events"]]


def fix_in_range(version, r, order):
    """(affected, fix) as OSV's specification evaluates one range; fix None: it has none."""
    affected, fix = False, None
    for what, bound in events_of(r):  # the data has them in order
        if what == "introduced" and (bound == "0" or order(version, bound) in "=>"):
            affected, fix = True, None
        elif what == "fixed" and affected and fix is None:
            if order(version, bound) in "=>":
                affected = False
            else:
                fix = bound
        elif what == "last_affected" and affected and order(version, bound) == ">":
            affected = False
    return affected, fix if affected else None


def word_of(version, affected, order):
    """(affected, fixes or None when a range that holds the version has none)"""
    fixes, is_affected, is_open = [], False, False
    for r in affected.get("ranges") or []:
        if r["type"] == "GIT":
            continue
        holds, fix = fix_in_range(version, r, order)
        is_affected |= holds
        is_open |= holds and fix is None
        if fix:
            fixes.append(fix)
    if not is_affected and any(order(version, v) == "=" for v in affected.get("versions") or []):
        is_affected = is_open = True
    return is_affected, None if is_open else fixes


def packages(status):
    """Name, source and source version of each package whose files are there."""
    with open(status, encoding="utf-8") as f:
        text = f.read()
    for stanza in re.split(r"\n[ \t]*\n", text):
        fields = {}
        for line in stanza.splitlines():
            if line[:1] not in (" ", "\t") and ":" in line:
                key, value = line.split(":", 1)
                fields.setdefault(key.lower(), value.strip())
        if not fields.get("package") or fields.get("status", "").split()[-1] not in ON_DISK:
            continue
        source, version = fields["package"], fields["version"]
        m = re.fullmatch(r"(\S+)(?:\s+\((\S+)\))?", fields.get("source", ""))
        if m:
            source, version = m.group(1), m.group(2) or version
        if re.fullmatch(r"linux-signed-.*", source):  # built from the source package linux
            source, version = "linux", "-".join(version.rsplit("+", 1))
        yield fields["package"], source, version


def oracle(advisories, order, ecosystem, status):
    installed = sorted(set(packages(status)))
    order.ask([(v, b) for _, s, v in installed for b in advisories.bounds((ecosystem, s))])
    rows = {}
    for name, source, version in installed:
        for vulnerability, group in advisories.by_package.get((ecosystem, source), {}).items():
            words = [w for w in (word_of(version, a, order) for a in group) if w[0]]
            state = "not-affected"
            if words:
                state = "affected" if any(fixes is None for _, fixes in words) else "fixable"
            rows[name, vulnerability] = state
    return rows


def imported(source, state):
    subprocess.run([PROGRAM, "db", "update", "--quiet", "--source", source, "--state-dir", state],
                   check=True, stdin=subprocess.DEVNULL)


def scanned(status, release, work, state):
    root = os.path.join(work, "root")
    shutil.rmtree(root, ignore_errors=True)
    os.makedirs(os.path.join(root, "var/lib/dpkg"))
    os.makedirs(os.path.join(root, "etc"))
    shutil.copy(status, os.path.join(root, "var/lib/dpkg/status"))
    with open(os.path.join(root, "etc/os-release"), "w", encoding="utf-8") as f:
        f.write(f'NAME="Debian GNU/Linux"\nID=debian\nVERSION_ID="{release}"\n')
    out = subprocess.run([PROGRAM, "scan", root, "--format", "json", "--quiet", "--state-dir", state],
                         check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE).stdout
    rows = {}
    for f in json.loads(out)["findings"]:
        if f["kind"] == "vulnerability":
            rows[f["package"]["name"], f["advisory"]] = "fixable" if f["fixed_version"] else "affected"
    return rows


def dumped(status, ecosystem, state):
    tool = os.path.join(BUILD, "tests/tools/vuln_rows")
    out = subprocess.run([tool, "deb", os.path.join(state, "advisories"), ecosystem, status],
                         check=True, stdout=subprocess.PIPE, text=True).stdout
    return {tuple(line.split("\t")[:2]): line.split("\t")[2] for line in out.splitlines()}


def difference(got, want):
    lines = []
    for key in sorted(set(got) | set(want)):
        if got.get(key) != want.get(key):
            lines.append(f"{key[0]} {key[1]}: program {got.get(key)}, oracle {want.get(key)}")
    return "\n".join(lines[:20])


def compare(title, source, cases, order, work):
    state = os.path.join(work, "state-" + title.replace(" ", "-"))
    imported(source, state)
    advisories = Advisories(source, {"Debian:" + r for _, _, r in cases})
    for name, status, release in cases:
        ecosystem = "Debian:" + release
        want = oracle(advisories, order, ecosystem, status)
        some = {k: v for k, v in want.items() if v != "not-affected"}
        got = scanned(status, release, work, state)
        ok(got == some and some, f"a scan of {name} has the oracle's findings in {title}",
           difference(got, some))
        got = dumped(status, ecosystem, state)
        ok(got == want and want, f"{name} has the oracle's rows, those not affected too, in {title}",
           difference(got, want))


def main():
    order = Order()
    fixtures = os.path.join(ROOT, "tests/fixtures/dpkg")
    cases = [(s, f"{fixtures}/{s}-minbase.status", r) for s, r in RELEASES]
    odd = ("a status file with oddities", f"{fixtures}/odd.status", "12")
    with tempfile.TemporaryDirectory(prefix="plimsoll-oracle-") as work:
        os.chmod(work, 0o755)  # the signer, another user, reaches the state below it
        compare("the demo's advisories", os.path.join(ROOT, "content/demo"),
                [cases[0]], order, work)
        own = ("this machine", "/var/lib/dpkg/status", "12")
        compare("the advisories", DATA or os.path.join(ROOT, "tests/fixtures/osv"),
                cases + [odd, own], order, work)
    return end()


if __name__ == "__main__":
    sys.exit(main())
