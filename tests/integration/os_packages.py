#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Package databases that the managers' own programs made: what we read is what they say."""
import os
import subprocess
import sys
import tempfile

ROOT = os.environ.get("PL_SOURCE_ROOT", ".")
DUMP = os.path.join(os.environ.get("PL_BUILD_ROOT", "build"), "tests/tools/image_dump")
sys.path.insert(0, os.path.join(ROOT, "tests/tools"))
import rpm_make  # noqa: E402

count = 0
failures = 0


def ok(good, sentence, why=""):
    global count, failures
    count += 1
    failures += not good
    print(("ok" if good else "not ok"), count, "-", sentence, flush=True)
    for line in str(why).splitlines() if not good else []:
        print("#", line)


def scan(root):
    """Packages of a root file system as the jailed worker tells them, and its problems."""
    out = subprocess.run([DUMP, "record", root], check=True, stdout=subprocess.PIPE).stdout.decode()
    packages, problems, now = [], [], None
    for line in out.splitlines():
        if line.startswith("problem: "):
            problems.append(line[9:])
        elif line == "  -":
            now = {}
        elif line.startswith("    package.") and now is not None:
            key, _, value = line.strip().partition(" = ")
            if key == "package.name":
                packages.append(now)
            now[key[8:]] = "" if value == "absent" else value
    return packages, problems


def rows(packages, *keys):
    return sorted(tuple(p[k] for k in keys) for p in packages)


def root_with(folder, name, release):
    root = f"{folder}/{name}"
    os.makedirs(root + "/etc", exist_ok=True)
    with open(root + "/etc/os-release", "w") as f:
        f.write(release)
    return root


def rpm_says(root):
    text = rpm_make.rpm(root, "-qa", "--qf", "%{NAME}|%{EVR}|%{ARCH}|%{VENDOR}|%{LICENSE}|%{MODULARITYLABEL}\n")
    return sorted(tuple("" if v == "(none)" else v for v in line.split("|")) for line in text.decode().splitlines())


def check_rpm(folder):
    release = 'ID="rocky"\nVERSION_ID="9.3"\n'
    keys = ("name", "version", "arch", "vendor", "license", "module")
    root = root_with(folder, "sqlite", release)
    rpm_make.install(root, rpm_make.build(folder))
    database = root + "/var/lib/rpm/rpmdb.sqlite"
    want = rpm_says(root)
    packages, problems = scan(root)
    ok(len(want) == 4 and rows(packages, *keys) == want, "rpm's SQLite database reads as rpm -qa",
       f"{want}\n{packages}\n{problems}")
    alpha = next(p for p in packages if p["name"] == "alpha-tools")
    ok((alpha["source"], alpha["source_version"]) == ("alpha", "7:1.2-3.el9"), "the source package is known", alpha)
    ok(alpha["ecosystem"] == "Rocky Linux:9" and
       alpha["purl"] == "pkg:rpm/rocky/alpha-tools@1.2-3.el9?arch=noarch&distro=rocky-9.3&epoch=7",
       "ecosystem and package URL are Rocky's", alpha)
    blobs = rpm_make.headers(database)
    places = {"bdb-little": ("var/lib/rpm", "Packages", lambda p: rpm_make.write_bdb(p, blobs, page_size=4096)),
              "bdb-big": ("usr/lib/sysimage/rpm", "Packages", lambda p: rpm_make.write_bdb(p, blobs, big_endian=True)),
              "ndb": ("usr/share/rpm", "Packages.db", lambda p: rpm_make.write_ndb(p, blobs)),
              "sqlite-log": ("var/lib/rpm", "rpmdb.sqlite", lambda p: rpm_make.write_sqlite_with_log(p, blobs)),
              "sqlite-512": ("var/lib/rpm", "rpmdb.sqlite", lambda p: rpm_make.write_sqlite(p, blobs))}
    for name, (place, file, write) in places.items():
        root = root_with(folder, name, release)
        os.makedirs(f"{root}/{place}")
        write(f"{root}/{place}/{file}")
        packages, problems = scan(root)
        ok(rows(packages, *keys) == want and not problems, f"the same headers as {name} in {place} give the same",
           f"{packages}\n{problems}")
    log = f"{folder}/sqlite-log/var/lib/rpm/rpmdb.sqlite-wal"
    ok(os.path.getsize(log) > sum(map(len, blobs)), "the log held all of it")
    os.remove(log)
    ok(scan(f"{folder}/sqlite-log")[1] != [], "a database without its log is a problem")
    with open(f"{folder}/bdb-little/var/lib/rpm/Packages", "r+b") as f:
        f.truncate(5 * 4096)
    packages, problems = scan(f"{folder}/bdb-little")
    ok(len(problems) == 1 and packages[-1]["name"].startswith("unreadable"),
       "a database that is cut off is a problem and an element that cannot be read", f"{packages}\n{problems}")


def main():
    with tempfile.TemporaryDirectory(prefix="plimsoll-packages-") as folder:
        check_rpm(folder)
    print(f"1..{count}")
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
