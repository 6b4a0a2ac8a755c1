#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
What the patterns of secrets find in files that hold no secrets of anybody: packages of npm and a
Debian root. Writes docs/secrets-false-positives.md, where each finding has a verdict.

    secret_false.py install FOLDER                  installs the packages of tests/fixtures/npm-packages.txt
    secret_false.py list SECRET_SCAN FOLDER ROOT... scans FOLDER and the ROOTs (/usr), writes the page

Files with the same bytes are told once. A finding that the program itself takes for an example has
that as its verdict; every other one needs a row in VERDICTS, or the page is not written.
"""
import collections
import fnmatch
import hashlib
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PAGE = os.path.join(ROOT, "docs", "secrets-false-positives.md")
PACKAGES = os.path.join(ROOT, "tests", "fixtures", "npm-packages.txt")
FALSE_MAX = 20

# Path, kind: true or false, and why.
VERDICTS = [
    ("*/libgnutls.*", "private-key", True, "keys of the library's own self-tests, in the program"),
    ("*/go/src/crypto/x509/platform_root_key.pem", "private-key", True, "key of a test root that the compiler brings along"),
    ("*/google-cloud-sdk/*", "google-api-key", True, "keys that the tool's maker publishes in it"),
    ("*/botocore/data/datasync/*", "azure-sas-token", False, "made up for a description"),
]


def install(folder):
    names = open(PACKAGES, encoding="utf-8").read().split()
    todo = [names[i : i + 40] for i in range(0, len(names), 40)]
    while todo:
        batch = todo.pop(0)
        where = os.path.join(folder, hashlib.sha256(" ".join(batch).encode()).hexdigest()[:8])
        os.makedirs(where, exist_ok=True)
        with open(os.path.join(where, "package.json"), "w", encoding="utf-8") as f:
            json.dump({"name": "corpus", "version": "1.0.0", "private": True, "dependencies": {n: "*" for n in batch}}, f)
        p = subprocess.run(["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--legacy-peer-deps", "--force",
                            "--loglevel=error"], cwd=where, check=False)
        if p.returncode and len(batch) > 1:
            subprocess.run(["rm", "-rf", where], check=True)
            todo += [batch[: len(batch) // 2], batch[len(batch) // 2 :]]


def shown(path, folder):
    path = re.sub(r"^" + re.escape(folder) + r"/[^/]+/node_modules/", "npm/", path)
    return path.lstrip("/")


def verdict_of(path, kind, is_example):
    for pattern, of_kind, is_true, why in VERDICTS:
        if kind == of_kind and fnmatch.fnmatch(path, pattern):
            return ("true" if is_true else "false"), why
    return ("sample", "told as an example") if is_example else (None, "")


def digest(path):
    h = hashlib.sha256()
    with open(path, "rb") as f:
        while piece := f.read(1 << 20):
            h.update(piece)
    return h.digest()


def page(rows, total, counts):
    out = ["# What the patterns find where there are no secrets", "",
           "Made by `tests/tools/secret_false.py` from packages of npm (`tests/fixtures/npm-packages.txt`, with all that they depend on)",
           "and the `/usr` of a Debian machine with compilers and cloud tools: lock files, minified scripts, source maps, test vectors,",
           "hashes, programs. Every finding is a row; findings of one kind and verdict in one file share it. Files with the same bytes",
           "are told once. No secret stands here.", "",
           f"Scanned: {total}.", "",
           "| verdict | findings | meaning |", "|---|---|---|",
           f"| sample | {counts['sample']} | a value in a manual, a test, a comment or the code of a library, made up or known to all; the program says so itself, with low severity |",
           f"| true | {counts['true']} | a real key that its maker publishes |",
           f"| false | {counts['false']} | no secret; at most {FALSE_MAX} are allowed |", "",
           "| file | kind | lines (or bytes) | verdict |", "|---|---|---|---|"]
    for (path, kind, verdict, why), places in sorted(rows.items()):
        where = ", ".join(places[:12]) + (f" and {len(places) - 12} more" if len(places) > 12 else "")
        out.append(f"| {path.replace('|', ' ')} | {kind} | {where} | {verdict}{': ' + why if verdict != 'sample' else ''} |")
    return "\n".join(out) + "\n"


def write_list(scan, folder, roots):
    folder = os.path.abspath(folder)
    p = subprocess.run([scan, "files", folder, *roots], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True)
    rows, counts, seen, unjudged = collections.OrderedDict(), collections.Counter(), {}, []
    for line in p.stdout.decode("utf-8", "replace").splitlines():
        path, offset, line_no, kind, _, example = line.split("\t")[:6]
        first = seen.setdefault(digest(path), path)
        if first != path:
            continue
        verdict, why = verdict_of(path, kind, example == "example")
        if not verdict:
            unjudged.append(f"{path}:{line_no}: {kind}")
            continue
        counts[verdict] += 1
        rows.setdefault((shown(path, folder), kind, verdict, why), []).append(line_no if line_no != "0" else f"@{offset}")
    if unjudged:
        sys.exit("no verdict for:\n" + "\n".join(unjudged))
    total = re.sub(r", [0-9.]+ s$", "", p.stderr.decode().strip().splitlines()[-1].partition(" in ")[2])
    with open(PAGE, "w", encoding="utf-8") as f:
        f.write(page(rows, total, counts))
    print(dict(counts))
    sys.exit(counts["false"] > FALSE_MAX)


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "install":
        install(sys.argv[2])
    elif len(sys.argv) >= 5 and sys.argv[1] == "list":
        write_list(sys.argv[2], sys.argv[3], sys.argv[4:])
    else:
        sys.exit(__doc__)
