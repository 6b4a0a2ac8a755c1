#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runtimes and servers past their end of support are told, those of the distribution are not."""
import json
import os
import subprocess
import sys
import tempfile

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

        def scan(form):
            return subprocess.run([PROGRAM, "scan", bom, "--format", form, "--quiet", "--state-dir", "none"],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True).stdout

        packages = {p["purl"]: (p["support"], p["support_end"]) for p in json.loads(scan("json"))["packages"]}
        table = scan("table")
    checks = [
        (packages[OLD][0] == "dated" and packages[OLD][1].startswith("2023-06-"), "a release of a runtime has its last day"),
        (packages[DEBIAN] == packages[FUTURE] == packages["pkg:npm/python@3.7.1"] == (None, None),
         "a package of the distribution, an unknown release and a namesake have none"),
        (packages["pkg:golang/stdlib@1.12.1"][1] is not None, "Go's standard library is Go"),
        ("Out of support: " in table and "python 3.7.1 since 2023-06-" in table and "redis 5.0.3" in table,
         "the table names what is out of support"),
        ("9.9.1 since" not in table and "3.7.3-2 since" not in table, "and nothing else"),
    ]
    for i, (ok, name) in enumerate(checks, 1):
        print("ok" if ok else "not ok", i, "-", name)
    if not all(ok for ok, _ in checks):
        print("#", packages)
        print("\n".join("# " + line for line in table.splitlines()))
    print(f"1..{len(checks)}")
    return 0 if all(ok for ok, _ in checks) else 1


if __name__ == "__main__":
    sys.exit(main())
