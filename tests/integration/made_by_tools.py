#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lock files and what installers leave, as the tools themselves made them (tests/fixtures/made/make.sh).

The projects ask for fixed versions, so what each tool has to name is known without reading its file.
"""
import json
import os
import subprocess
import sys

from tap import end, ok

MADE = os.path.join(os.environ["PL_SOURCE_ROOT"], "tests/fixtures/made")
DEV = "development"
JS = [("@types/node", "14.0.0", None), ("lodash", "4.17.20", None), ("minimist", "0.0.8", DEV), ("minimist", "1.2.5", None),
      ("mkdirp", "0.5.1", DEV)]
PY = [("python-dateutil", "2.8.2", None), ("six", "1.15.0", None), ("toml", "0.10.2", DEV)]


def without_groups(rows):
    """Of a file that does not say what only development needs."""
    return [(name, version, None) for name, version, _ in rows]


CASES = {
    "npm_1": ("npm", JS), "npm_2": ("npm", JS), "npm_3": ("npm", JS),
    "pnpm_7": ("npm", JS), "pnpm_8": ("npm", JS), "pnpm_9": ("npm", JS),
    "yarn_1": ("npm", without_groups(JS)), "yarn_3": ("npm", without_groups(JS)), "yarn_4": ("npm", without_groups(JS)),
    "poetry": ("pypi", PY), "pipenv": ("pypi", PY),
    "uv": ("pypi", PY), "uv_export": ("pypi", without_groups(PY)),
    "cargo_lock": ("cargo", [("itoa", "1.0.0", None)]),
    "bundler": ("gem", [("rake", "13.0.6", None)]),
    "composer": ("composer", [("acme/one", "1.2.3", None), ("acme/two", "2.0.0", DEV)]),
    "composer_lock": ("composer", [("acme/one", "1.2.3", None), ("acme/two", "2.0.0", DEV)]),
    "luarocks": ("luarocks", [("hello", "1.2-1", None)]),
    "r_library": ("cran", [("hello.r", "0.3-1", None)]),
    "cpan": ("cpan", [("Hello-World", "1.07", None)]),
    "rebar": ("hex", [("hello", "0.1.0", None)]),
}
# Where the file says it: something that has to stand in each package's integrity and provenance.
SAYS = {"npm_3": ("sha512-", ""), "yarn_1": ("sha512-", "https://registry.yarnpkg.com/"), "poetry": ("sha256:", ".whl"),
        "uv": ("sha256:", "https://pypi.org/simple"), "pipenv": ("sha256:", ""), "cargo_lock": ("sha256:", "registry+https://"),
        "bundler": ("", "https://rubygems.org/"), "composer": ("", "file:../")}


def scan(folder):
    """Packages by the folder in which they were found."""
    done = subprocess.run([os.environ["PLIMSOLL"], "scan", folder, "--state-dir", "none", "--format", "json", "--quiet",
                           "--no-secrets", "--no-malware"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True)
    places = {}
    for p in json.loads(done.stdout)["packages"]:
        places.setdefault(p["path"].split("/")[1], []).append(p)
    return places


def main():
    places = scan(MADE)
    # What is installed beside a lock file is not told twice, so this one stands alone.
    places["composer_lock"] = scan(os.path.join(MADE, "composer_lock"))["composer.lock"]
    for name, (kind, want) in CASES.items():
        packages = places.get(name, [])
        got = sorted((p["name"], p["version"], p["scope"] if p["scope"] == DEV else None) for p in packages)
        integrity, provenance = SAYS.get(name, ("", ""))
        said = all(integrity in (p["integrity"] or "") and provenance in (p["provenance"] or "") for p in packages)
        ok(got == want and {p["type"] for p in packages} == {kind} and said, f"{name}: what the tool wrote is read",
           f"got  {got}\nwant {want}\n{json.dumps(packages)}")
    return end()


if __name__ == "__main__":
    sys.exit(main())
