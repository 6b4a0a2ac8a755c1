#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runtimes and servers past their end of support are told, those of the distribution are not."""
import gzip
import json
import os
import subprocess
import sys
import tempfile

from tap import end, ok

PROGRAM = os.environ["PLIMSOLL"]
OLD, DEBIAN, FUTURE = "pkg:generic/python@3.7.1", "pkg:deb/debian/python3.7@3.7.3-2", "pkg:generic/python@9.9.1"


def main():
    with tempfile.TemporaryDirectory(prefix="plimsoll-support-") as work:
        bom = os.path.join(work, "bom.json")
        parts = [OLD, DEBIAN, FUTURE, "pkg:generic/redis@5.0.3", "pkg:golang/stdlib@1.12.1", "pkg:npm/python@3.7.1"]
        with open(bom, "w", encoding="utf-8") as f:
            json.dump({"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": [
                {"type": "library", "name": p.split("/")[-1].split("@")[0], "version": p.split("@")[1], "purl": p}
                for p in parts]}, f)

        with open(bom, "rb") as plain, gzip.open(bom + ".gz", "wb") as packed:
            packed.write(plain.read())

        def scan(form, name=bom):
            return subprocess.run([PROGRAM, "scan", name, "--format", form, "--quiet", "--state-dir", "none"],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True).stdout

        packages = {p["purl"]: (p["support"], p["support_end"]) for p in json.loads(scan("json"))["packages"]}
        table = scan("table")
        same = [p["purl"] for p in json.loads(scan("json", bom + ".gz"))["packages"]]
    ok(packages[OLD][0] == "dated" and packages[OLD][1].startswith("2023-06-"), "a release of a runtime has its last day", packages)
    ok(sorted(same) == sorted(packages), "a bill of materials may be packed with gzip", same)
    ok(packages[DEBIAN] == packages[FUTURE] == packages["pkg:npm/python@3.7.1"] == (None, None),
       "a package of the distribution, an unknown release and a namesake have none", packages)
    ok(packages["pkg:golang/stdlib@1.12.1"][1] is not None, "Go's standard library is Go", packages)
    ok("Out of support: " in table and "python 3.7.1 since 2023-06-" in table and "redis 5.0.3" in table,
       "the table names what is out of support", table)
    ok("9.9.1 since" not in table and "3.7.3-2 since" not in table, "and nothing else", table)
    return end()


if __name__ == "__main__":
    sys.exit(main())
