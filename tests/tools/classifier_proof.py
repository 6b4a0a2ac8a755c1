#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Proves the table of classifiers on whole real files.

usage: classifier_proof.py [--fixtures] [--cache DIR] [PROGRAM...]

Each row of content/classifiers says which files of which packages prove it:
"PACKAGE=VERSION PATH NUMBER", where PACKAGE is one of Debian or "npm:NAME". They are downloaded by
apt-get and npm, unpacked into one folder, and that folder is scanned by the program in PLIMSOLL.
--fixtures writes the bytes around each version to tests/fixtures/classifiers, which the unit tests
read without any download."""
import argparse
import glob
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import yaml

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
AROUND = 80


def rows():
    for name in sorted(glob.glob(ROOT + "/content/classifiers/*.yaml")):
        yield from yaml.safe_load(open(name, encoding="utf-8"))


def fetch(package, version, cache):
    """Folder with the unpacked package, or None."""
    into = os.path.join(cache, re.sub(r"[^A-Za-z0-9.+-]", "_", f"{package}={version}"))
    if os.path.isdir(into):
        return into
    with tempfile.TemporaryDirectory() as tmp:
        if package.startswith("npm:"):
            run = subprocess.run(["npm", "pack", "--silent", f"{package[4:]}@{version}"], cwd=tmp,
                                 capture_output=True, text=True)
        else:
            run = subprocess.run(["apt-get", "download", "-qq", f"{package}={version}"], cwd=tmp,
                                 capture_output=True, text=True)
        got = glob.glob(tmp + "/*.deb") + glob.glob(tmp + "/*.tgz")
        if not got:
            print(f"# {package}={version}: {run.stderr.strip()[-200:]}")
            return None
        os.makedirs(into + ".new", exist_ok=True)
        if got[0].endswith(".deb"):
            subprocess.run(["dpkg-deb", "-x", got[0], into + ".new"], check=True)
        else:
            subprocess.run(["tar", "-xzf", got[0], "-C", into + ".new", "--strip-components=1"],
                           check=True)
        os.rename(into + ".new", into)
    return into


def find_file(folder, path):
    """The file behind links that stay in the package."""
    at = os.path.join(folder, path)
    for _ in range(5):
        if not os.path.islink(at):
            break
        to = os.readlink(at)
        at = folder + to if to.startswith("/") else os.path.join(os.path.dirname(at), to)
    return at if os.path.isfile(at) else None


def star_of(files, name):
    for pattern in files:
        before, _, after = pattern.partition("*")
        if "*" not in pattern and pattern == name:
            return ""
        if "*" in pattern and name.startswith(before) and name.endswith(after) and \
                len(name) >= len(before) + len(after):
            return name[len(before):len(name) - len(after)]
    return None


def excerpt(row, path, at, number):
    """(offset, bytes) around the first place where the pattern says this number."""
    data = open(at, "rb").read()
    star = star_of(row["files"], os.path.basename(path)) or ""
    pattern = row["version"].replace("{*}", star.replace(".", "\\."))
    for m in re.finditer(pattern.encode("latin1"), data):
        if m.group(1).decode() == number:
            start = max(0, m.start() - AROUND)
            return start, data[start:m.end() + AROUND], hashlib.sha256(data).hexdigest()
    return None


def main():
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("--fixtures", action="store_true")
    args.add_argument("--cache", default=os.path.expanduser("~/.cache/plimsoll-classifiers"))
    args.add_argument("program", nargs="*")
    o = args.parse_args()
    os.makedirs(o.cache, exist_ok=True)
    todo = [(row, *proof.split(" ", 2)) for row in rows() for proof in row.get("proof", [])
            if not o.program or row["program"] in o.program]
    wanted, bad, fixtures = {}, [], []
    with tempfile.TemporaryDirectory() as root:
        os.makedirs(root + "/etc")
        for i, (row, package, path, number) in enumerate(todo):
            name, _, version = package.partition("=")
            folder = fetch(name, version, o.cache)
            at = folder and find_file(folder, path)
            if not at:
                bad.append(f"{row['program']}: {package}: no {path}")
                continue
            # An official root file system has programs at places of their own.
            to = f"/{i}/{os.path.basename(path)}"
            os.makedirs(os.path.dirname(root + to))
            shutil.copyfile(at, root + to)
            os.chmod(root + to, os.stat(at).st_mode & 0o777 | (0 if row.get("text") else 0o111))
            wanted[to] = (row, package, path, number)
            if o.fixtures and (got := excerpt(row, path, at, number)):
                fixtures.append((row["program"], package, path, number, *got))
        out = subprocess.run([os.environ["PLIMSOLL"], "scan", root, "--state-dir", "none", "--quiet",
                              "--format", "json"], capture_output=True, text=True)
    found = {}
    for p in json.loads(out.stdout)["packages"]:
        found.setdefault(p["path"], set()).add((p["purl"], p["version"]))
    for to, (row, package, path, number) in wanted.items():
        has = found.get(to, set())
        if not any(v and v.lstrip("v") == number and u.startswith(row["purl"] + "@")
                   for u, v in has):
            bad.append(f"{row['program']}: {package} {path}: {number} wanted, found {sorted(map(str, has))}")
    for line in bad:
        print("not proved:", line)
    if o.fixtures:
        write(fixtures)
    proved = {wanted[to][0]["program"] for to in wanted} - {b.split(":")[0] for b in bad}
    print(f"{len(todo)} proofs, {len(todo) - len(bad)} hold; {len(proved)} rows are proved, "
          f"{sum(1 for _ in rows())} rows in all")
    return bool(bad)


def write(fixtures):
    folder = ROOT + "/tests/fixtures/classifiers"
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    with open(folder + "/index.tsv", "w", encoding="utf-8") as index:
        index.write("# program\tpackage\tpath\tnumber\toffset\tsha256 of the file\texcerpt\n")
        for i, (program, package, path, number, offset, data, digest) in enumerate(fixtures):
            name = f"{i:03}-{program}.bin"
            open(f"{folder}/{name}", "wb").write(data)
            index.write(f"{program}\t{package}\t{path}\t{number}\t{offset}\t{digest}\t{name}\n")


if __name__ == "__main__":
    sys.exit(main())
