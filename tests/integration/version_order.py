#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`plimsoll db compare` against `dpkg --compare-versions`, over real versions and made-up ones."""
import os
import random
import re
import subprocess
import sys

from tap import end, ok

ROOT = os.environ["PL_SOURCE_ROOT"]
PROGRAM = os.environ["PLIMSOLL"]

# dpkg's exit status: 0 holds, 1 does not, 2 it refuses one of the versions
DPKG = """
while IFS='\t' read -r a b; do
    dpkg --compare-versions "$a" lt "$b" 2>/dev/null
    case $? in
    0) echo '<' ;;
    1) if dpkg --compare-versions "$a" eq "$b" 2>/dev/null; then echo '='; else echo '>'; fi ;;
    *) echo '?' ;;
    esac
done
"""


def dpkg(pairs):
    text = "".join(f"{a}\t{b}\n" for a, b in pairs)
    out = subprocess.run(["bash", "-c", DPKG], input=text, stdout=subprocess.PIPE, text=True, check=True)
    return out.stdout.split()


def plimsoll(ecosystem, pairs):
    text = "".join(f"{ecosystem}\t{a}\t{b}\n" for a, b in pairs)
    out = subprocess.run([PROGRAM, "db", "compare", "--stdin"], input=text, stdout=subprocess.PIPE,
                         text=True, check=True)
    return out.stdout.split()


def real_pairs(rng):
    """Installed versions beside the fixed versions of the same advisories, and beside each other."""
    versions = set()
    for name in ("bookworm", "bullseye", "trixie"):
        with open(f"{ROOT}/tests/fixtures/dpkg/{name}-minbase.status", encoding="utf-8") as f:
            versions |= set(re.findall(r"^Version: (\S+)", f.read(), re.M))
    text = subprocess.run(["zstd", "-dc", f"{ROOT}/tests/fixtures/osv/Debian.jsonl.zst"],
                          stdout=subprocess.PIPE, check=True).stdout.decode()
    versions |= set(re.findall(r'"fixed":"([^"]+)"', text))
    versions = sorted(versions)
    near = list(zip(versions, versions[1:])) + list(zip(versions, versions[2:]))
    far = [tuple(rng.sample(versions, 2)) for _ in range(1000)]
    return near + far


def made_pairs(rng):
    """Neighbours by one small change, of what versions are made of and what they are not."""
    bits = ["0", "1", "9", "10", "00", "a", "Z", "~", "~~", "+", ".", "-", ":", "1:", "b1", "rc", "dfsg",
            "+deb12u1", "_", "é", "=", "1.0", "2147483647:", "2147483648:"]
    pairs = []
    for _ in range(2000):
        a = [rng.choice(bits) for _ in range(rng.randint(1, 5))]
        b = list(a)
        for _ in range(rng.randint(0, 2)):
            b[rng.randrange(len(b))] = rng.choice(bits)
        pairs.append(("".join(a), "".join(b)))
    # dpkg would take a leading hyphen for an option
    return [p for p in pairs if "-" not in (p[0][:1], p[1][:1])]


def main():
    rng = random.Random(20261121)
    for name, pairs in (("real versions have dpkg's order", real_pairs(rng)),
                        ("made-up versions have dpkg's order", made_pairs(rng))):
        want, got = dpkg(pairs), plimsoll("deb", pairs)
        wrong = [f"{a} {b}: program {g}, dpkg {w}"
                 for (a, b), g, w in zip(pairs, got, want) if g != w]
        ok(len(got) == len(pairs) and not wrong and set(want) >= {"<", ">"}, name,
           wrong[:10])

    def ask(*args):
        return subprocess.run([PROGRAM, "db", "compare", *args], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False)

    p = ask("Debian:12", "1.0~rc1", "1.0")
    ok((p.returncode, p.stdout) == (0, "<\n"), "OSV's names are accepted")
    p = ask("apk", "1-r-0", "1")
    ok((p.returncode, p.stdout) == (3, "?\n"), "an undefined order is ? and exit status 3")
    p = ask("GIT", "1", "2")
    ok((p.returncode, p.stdout) == (2, "") and "GIT: unknown" in p.stderr,
       "an ecosystem without an order is a usage error")
    got = [ask(*c).stdout.strip() for c in (("PyPI", "1.0rc1", "1.0"), ("golang", "v1.2.0", "1.10.0"),
                                            ("AlmaLinux:8", "1.0~rc1-1", "1.0-1"), ("npm", "1", "1.0"))]
    ok(got == ["<", "<", "<", "?"], "every ecosystem of OSV has its order")
    got = plimsoll("apk", [("1.0_alpha", "1.0"), ("1.0-r10", "1.0-r9"), ("x", "1"), ("1", "1")])
    ok(got == ["<", ">", "?", "="], "with --stdin every line has its answer and the status is 0")
    return end()


if __name__ == "__main__":
    sys.exit(main())
