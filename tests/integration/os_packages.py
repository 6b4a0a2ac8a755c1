#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Package databases that the managers' own programs made: what we read is what they say."""
import csv
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile

ROOT = os.environ.get("PL_SOURCE_ROOT", ".")
DUMP = os.path.join(os.environ.get("PL_BUILD_ROOT", "build"), "tests/tools/image_dump")
sys.path.insert(0, os.path.join(ROOT, "tests/tools"))
import rpm_make  # noqa: E402
from tap import end, ok  # noqa: E402


def record(root):
    return subprocess.run([DUMP, "record", root], check=True, stdout=subprocess.PIPE).stdout.decode()


def owners(root):
    """Programs in the folders of PATH, and the package that owns each."""
    found, path = {}, None
    for line in record(root).splitlines():
        key, _, value = line.strip().partition(" = ")
        if key == "image_file.path":
            path = value
        elif key == "image_file.package" and path:
            found[path] = "" if value == "absent" else value
    return found


def scan(root):
    """Packages of a root file system as the jailed worker tells them, and its problems."""
    out = record(root)
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


def layered(path, layers):
    """What docker save writes, of layers that are {path: content}; returns their diff ids."""
    tars = []
    for files in layers:
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as tar:
            for name, content in files.items():
                info = tarfile.TarInfo(name)
                info.size, info.mode = len(content), 0o755 if "/bin/" in name else 0o644
                tar.addfile(info, io.BytesIO(content))
        tars.append(out.getvalue())
    diff_ids = ["sha256:" + hashlib.sha256(t).hexdigest() for t in tars]
    config = {"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {"type": "layers", "diff_ids": diff_ids}}
    documents = {"config.json": config,
                 "manifest.json": [{"Config": "config.json", "RepoTags": ["web:1"],
                                    "Layers": [f"{i}/layer.tar" for i in range(len(tars))]}]}
    files = {name: json.dumps(text).encode() for name, text in documents.items()}
    files.update({f"{i}/layer.tar": t for i, t in enumerate(tars)})
    with tarfile.open(path, "w") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return diff_ids


def content_of(write_database, folder):
    path = f"{folder}/one-database"
    write_database(path)
    files = {}
    for suffix in ("", "-wal"):
        if os.path.exists(path + suffix):
            with open(path + suffix, "rb") as f:
                files[suffix] = f.read()
            os.remove(path + suffix)
    return files


def check_layers(folder, blobs):
    """A database grows from layer to layer; the log of a lower layer is deleted with its changes in the file."""
    lower = content_of(lambda p: rpm_make.write_sqlite_with_log(p, blobs[:2]), folder)
    upper = content_of(lambda p: rpm_make.write_sqlite(p, blobs, 1024), folder)
    place = "var/lib/rpm/rpmdb.sqlite"
    ids = layered(folder + "/layers.tar", [
        {place: lower[""], place + "-wal": lower["-wal"]}, {"unrelated": b"x"},
        {place: upper[""], "var/lib/rpm/.wh.rpmdb.sqlite-wal": b""}])
    packages, problems = scan(folder + "/layers.tar")
    first = [p["name"] for p in packages if p["layer"] == ids[0]]
    last = [p["name"] for p in packages if p["layer"] == ids[2]]
    ok(len(first) == 2 and len(last) == len(blobs) - 2 and not problems,
       "each rpm is of the layer that brought it", f"{first}\n{last}\n{problems}")


def read_file(path):
    with open(path, "rb") as f:
        return f.read()


def check_changes(folder, root, blobs):
    """Programs against the SHA-256 of rpm's headers; what rpm says of the same files is rpm -V."""
    database = content_of(lambda p: rpm_make.write_sqlite(p, blobs, 4096), folder)[""]
    base = {"etc/yum.repos.d/a.repo": b"", "var/lib/rpm/rpmdb.sqlite": database}
    for name in ("alpha", "beta", "gamma"):
        base[f"usr/bin/{name}"] = read_file(f"{root}/usr/bin/{name}")
    digests = [line for line in rpm_make.rpm(root, "-q", "--dump", "beta").decode().splitlines() if "/usr/bin/beta " in line]
    ok(hashlib.sha256(base["usr/bin/beta"]).hexdigest() in digests[0], "rpm keeps SHA-256", digests)
    layered(folder + "/whole.tar", [base])
    layered(folder + "/changed.tar", [base, {"usr/bin/beta": b"#!/bin/sh\n# not what was shipped\n"}])
    late = dict(reversed(base.items()))
    layered(folder + "/late.tar", [late])
    layered(folder + "/other.tar", [{"etc/apt/sources.list": b"", **late}])
    whole, changed, late, other = (record(f"{folder}/{name}.tar") for name in ("whole", "changed", "late", "other"))
    ok("image.package_digests = 3\n" in whole and "image.changed_package_files = []" in whole,
       "programs that are what rpm shipped are unchanged")
    part = changed[changed.index("image.changed_package_files"):]
    ok("image_file.path = /usr/bin/beta\n" in part.split("\nimage.")[0],
       "a program that is not is told", part[:2000])
    layered(folder + "/link.tar", [base, {"usr/bin/beta-link": b"#!/bin/sh\n# shipped as a link\n", "usr/bin/beta-ghost": b"#!/bin/sh\n"}])
    part = record(folder + "/link.tar")
    part = part[part.index("image.changed_package_files"):].split("\nimage.")[0]
    ok("image_file.path = /usr/bin/beta-link\n" in part and "ghost" not in part,
       "a program in the place of a link is told, one that the package leaves to others is not", part)
    ok("image.package_digests = 3\n" in late, "programs that came before any package manager was seen are compared")
    ok("image.package_digests = 3\n" not in other,
       "programs that came when only another one was seen are not said to be unchanged")


def rpm_says(root):
    text = rpm_make.rpm(root, "-qa", "--qf", "%{NAME}|%{EVR}|%{ARCH}|%{VENDOR}|%{LICENSE}|%{MODULARITYLABEL}\n")
    return sorted(tuple("" if v == "(none)" else v for v in line.split("|")) for line in text.decode().splitlines())


def advisory(number, name, fixed):
    return {"schema_version": "1.6.0", "id": f"RLSA-2024:{number}", "modified": "2024-01-02T00:00:00Z",
            "published": "2024-01-01T00:00:00Z", "aliases": [f"CVE-2024-{number}"], "summary": name,
            "affected": [{"package": {"ecosystem": "Rocky Linux:9", "name": name},
                          "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}]}]}


def check_findings(folder, root):
    """From a database of rpm to findings: sources, epochs and the marks ~ and ^ count."""
    os.makedirs(folder + "/advisories")
    with open(folder + "/advisories/rocky.jsonl", "w") as f:
        for row in (("1001", "alpha", "2:1.2-4.el9"), ("1002", "alpha", "1:9-1"), ("1003", "beta", "0~rc1^git7-3.el9"),
                    ("1004", "beta", "0~rc1^git7-3.el9_1"), ("1005", "gamma", "1:0-1")):
            f.write(json.dumps(advisory(*row)) + "\n")
    program, state = os.environ["PLIMSOLL"], folder + "/state"
    rpm_make.run(program, "db", "update", "--state-dir", state, "--source", folder + "/advisories")
    table = rpm_make.run(program, "scan", "--state-dir", state, "--format", "csv", root).decode()
    lines = list(csv.DictReader(io.StringIO(table)))
    found = sorted((line["rule"], line["package"], line["fixed_version"]) for line in lines
                   if line["rule"].startswith("CVE-"))
    ok(found == [("CVE-2024-1001", "alpha", "2:1.2-4.el9"), ("CVE-2024-1001", "alpha-tools", "2:1.2-4.el9"),
                 ("CVE-2024-1004", "beta", "0~rc1^git7-3.el9_1"), ("CVE-2024-1005", "gamma", "1:0-1")],
       "advisories of the distribution find what they should in an rpm database", found)
    ok({line["licence"] for line in lines if line["row"] == "package" and "pkg:rpm" in line["purl"]} == {"MIT AND Apache-2.0"},
       "reports have the licences that rpm declares")


def check_rpm(folder):
    release = 'ID="rocky"\nVERSION_ID="9.3"\n'
    keys = ("name", "version", "arch", "vendor", "license", "module")
    root = root_with(folder, "sqlite", release)
    rpm_make.install(root, rpm_make.build(folder))
    database = root + "/var/lib/rpm/rpmdb.sqlite"
    want = rpm_says(root)
    everything, problems = scan(root)
    packages = [p for p in everything if p["type"] == "rpm"]
    ok(len(want) == 4 and rows(packages, *keys) == want, "rpm's SQLite database reads as rpm -qa",
       f"{want}\n{packages}\n{problems}")
    alpha = next(p for p in packages if p["name"] == "alpha-tools")
    ok((alpha["source"], alpha["source_version"]) == ("alpha", "2:1.2-3.el9"),
       "the source is known, with its own epoch and not that of the sub-package", alpha)
    ok(alpha["ecosystem"] == "Rocky Linux:9" and
       alpha["purl"] == "pkg:rpm/rocky/alpha-tools@1.2-3.el9?arch=noarch&distro=rocky-9.3&epoch=7",
       "ecosystem and package URL are Rocky's", alpha)
    shipped = {p["name"]: p["owned_by"] for p in everything if p["type"] == "pypi"}
    ok(shipped == {"alpha-py": "alpha", "beta-py": "beta", "gamma-py": "gamma"},
       "packages of languages that came with an rpm are told to be owned by it", shipped)
    have = owners(root)
    ok(have.get("/usr/bin/alpha") == "alpha" and have.get("/usr/bin/alpha-tool") == "alpha-tools" and
       have.get("/usr/bin/beta-tool") == "beta", "programs belong to the packages that brought them", have)
    check_findings(folder, root)
    blobs = rpm_make.headers(database)
    check_layers(folder, blobs)
    check_changes(folder, root, blobs)
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


PKGINFO = """pkgname = {0}
pkgbase = {0}-base
pkgver = {1}
pkgdesc = a package
builddate = 1700000000
packager = Example Makers <makers@example.org>
size = 20
arch = any
license = GPL3
license = custom:odd
"""


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(text.encode() if isinstance(text, str) else text)
    os.chmod(path, mode)


def check_pacman(folder):
    root = root_with(folder, "arch", "ID=arch\n")
    write(f"{folder}/pacman.conf", "[options]\nArchitecture = auto\nSigLevel = Never\nLocalFileSigLevel = Never\n")
    os.makedirs(root + "/var/lib/pacman")
    program = ["pacman", "--root", root, "--dbpath", root + "/var/lib/pacman", "--cachedir", folder, "--hookdir",
               folder, "--gpgdir", folder, "--logfile", "/dev/null", "--config", f"{folder}/pacman.conf"]
    for name, version in (("delta", "1:2.0.rc1-3"), ("epsilon-utils", "20231101-1")):
        tree = f"{folder}/pacman-{name}"
        write(f"{tree}/.PKGINFO", PKGINFO.format(name, version))
        write(f"{tree}/usr/bin/{name}", "#!/bin/sh\n", 0o755)
        rpm_make.run("tar", "-C", tree, "--zstd", "-cf", f"{tree}.pkg.tar.zst", ".PKGINFO", "usr")
        rpm_make.run(*program, "--noconfirm", "-U", f"{tree}.pkg.tar.zst")
    says = rpm_make.run(*program, "-Q").decode()
    packages, problems = scan(root)
    ok(len(packages) == 2 and "".join("{} {}\n".format(*r) for r in rows(packages, "name", "version")) == says,
       "pacman's database reads as pacman -Q", f"{says}\n{packages}\n{problems}")
    ok(packages[0]["license"] == "GPL3 AND custom:odd" and packages[0]["source"].endswith("-base") and
       packages[0]["purl"].startswith("pkg:alpm/arch/"), "with licences, source and package URL", packages)
    have = owners(root)
    ok(have.get("/usr/bin/epsilon-utils") == "epsilon-utils" and have.get("/usr/bin/delta") == "delta",
       "programs belong to pacman's packages", have)


def check_by_hand(folder):
    """Managers that Debian has no program of."""
    store = "3n58xw4373jp0ljirf06d8077j15pc4j"
    wall = "\n".join(json.dumps(line) for line in (
        {"jsonwall": "1.0", "schema": "1.0", "count": 4},
        {"kind": "package", "name": "base-files", "version": "12ubuntu4.6", "sha256": "00", "arch": "amd64"},
        {"kind": "content", "slice": "base-files_base", "path": "/usr/bin/tool"},
        {"kind": "path", "path": "/usr/bin/tool", "mode": "0755", "slices": ["base-files_base"]})) + "\n"
    cases = {
        "opkg": ("ID=openwrt\nVERSION_ID=23.05.2\n", {
            "usr/lib/opkg/status": "Package: busybox\nVersion: 1.36.1-1\nDepends: libc\nStatus: install user installed\n"
                                   "Architecture: x86_64\n\nPackage: gone\nVersion: 1\n"
                                   "Status: deinstall user not-installed\n",
            "usr/lib/opkg/info/busybox.list": "/usr/bin/tool\n"},
            "busybox 1.36.1-1 pkg:opkg/openwrt/busybox@1.36.1-1?arch=x86_64&distro=openwrt-23.05.2", "busybox"),
        "portage": ("ID=gentoo\n", {
            "var/db/pkg/app-shells/bash-completion-5.1_p16-r6/CONTENTS":
                "dir /usr\nobj /usr/bin/tool 0123456789abcdef0123456789abcdef 1700000000\n",
            "var/db/pkg/app-shells/bash-completion-5.1_p16-r6/LICENSE": "GPL-3+\n",
            "var/db/pkg/app-shells/-MERGING-bash-1/CONTENTS": ""},
            "app-shells/bash-completion 5.1_p16-r6 pkg:ebuild/app-shells/bash-completion@5.1_p16-r6",
            "app-shells/bash-completion"),
        "nix": ("ID=nixos\nVERSION_ID=23.11\n", {
            f"nix/store/{store}-coreutils-full-9.3-bin/bin/tool": "x",
            f"nix/store/{store}-source.drv": "x", f"nix/store/{store}-etc/hosts": "x"},
            "coreutils-full 9.3 pkg:nix/coreutils-full@9.3?distro=nixos-23.11", ""),
        "snap": ("ID=ubuntu-core\n", {
            "snap/core20/2105/meta/snap.yaml":
                "name: core20\nversion: '20231123'\nsummary: |\n  version: no\narchitectures:\n- amd64\n"},
            "core20 20231123 pkg:snap/core20@20231123?arch=amd64", ""),
        "chisel": ("ID=ubuntu\nVERSION_ID=24.04\n", {
            "var/lib/chisel/manifest.wall": rpm_make.run("zstd", "-c", input=wall.encode())},
            "base-files 12ubuntu4.6 pkg:deb/ubuntu/base-files@12ubuntu4.6?arch=amd64&distro=ubuntu-24.04", "base-files"),
    }
    for name, (release, files, want, owner) in cases.items():
        root = root_with(folder, "hand-" + name, release)
        write(root + "/usr/bin/tool", "#!/bin/sh\n", 0o755)
        for path, content in files.items():
            write(f"{root}/{path}", content)
        packages, problems = scan(root)
        got = "\n".join("{} {} {}".format(*r) for r in rows(packages, "name", "version", "purl"))
        ok(got == want and not problems, f"{name}: {want.split()[0]} is found", f"{got}\n{problems}")
        if owner:
            ok(owners(root).get("/usr/bin/tool") == owner, f"{name}: its program belongs to it", owners(root))


def main():
    with tempfile.TemporaryDirectory(prefix="plimsoll-packages-") as folder:
        os.chmod(folder, 0o755)  # the ledger's signer has a user of its own
        check_rpm(folder)
        check_pacman(folder)
        check_by_hand(folder)
    return end()


if __name__ == "__main__":
    sys.exit(main())
