#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Credentials in the forms that their providers document are found as what they are, near misses are
not, and a scan that finds them prints none of them."""
import os
import subprocess
import sys
import tempfile

from tap import end, ok

SOURCE, BUILD, PLIMSOLL = os.environ["PL_SOURCE_ROOT"], os.environ["PL_BUILD_ROOT"], os.environ["PLIMSOLL"]
SCAN = os.path.join(BUILD, "tests/tools/secret_scan")
EACH, RECALL, RECALL_OF_KIND = 12, 0.95, 0.8
sys.path.insert(0, os.path.join(SOURCE, "tests/tools"))


def run(*args):
    return subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, timeout=120)


def main():
    with tempfile.TemporaryDirectory(prefix="plimsoll-secrets.") as work:
        lines = work + "/root/srv"
        os.makedirs(work + "/root/etc")
        with open(work + "/root/etc/os-release", "w", encoding="utf-8") as f:
            f.write('ID=debian\nVERSION_ID="12"\n')
        run(sys.executable, os.path.join(SOURCE, "tests/tools/secret_lines.py"), "--seed", "7", "--each", str(EACH), lines)
        rows = [r.split("\t") for r in run(SCAN, "lines", lines).stdout.decode().splitlines()]
        found, made = sum(int(r[1]) for r in rows), sum(int(r[2]) for r in rows)
        ok(len(rows) >= 200, "there are patterns of at least 200 kinds", str(len(rows)))
        ok(found > RECALL * made, "of the true lines more than 95 % are found", f"{found} of {made}")
        few = [r[0] for r in rows if int(r[1]) < RECALL_OF_KIND * int(r[2])]
        ok(not few, "no kind is found seldom", " ".join(few))
        wrong = [r[0] for r in rows if r[3] != r[4] or int(r[4]) < 3]
        ok(not wrong, "each kind has three near misses, and they are refused", " ".join(wrong))
        p = run(PLIMSOLL, "scan", work + "/root", "--state-dir", "none", "--format", "json")
        ok(p.returncode == 0, "a folder full of them is scanned", p.stderr.decode()[-200:])
        secrets = run(SCAN, "files", lines).stdout.decode().splitlines()
        shown = []
        for row in secrets:
            path, offset, _, kind, _, _, length = row.split("\t")[:7]
            with open(path, "rb") as f:
                f.seek(int(offset))
                secret = f.read(int(length))
            if len(secret) >= 16 and secret in p.stdout:
                shown.append(kind)
        ok(len(secrets) > 3000 and not shown, "its report holds none of them", " ".join(shown[:9]))
    return end()


sys.exit(main())
