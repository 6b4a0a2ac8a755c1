# SPDX-License-Identifier: Apache-2.0
"""rpm databases of every kind from the same headers, for tests and for corpora of the fuzz targets.

The headers are what rpm itself wrote: packages are built by rpmbuild and installed into a folder.
SQLite is then rpm's own; hashes of Berkeley DB are written by db5.3_load in either byte order; an
ndb, which Debian's rpm cannot write, is put together here.

    rpm_make.py FOLDER    writes small databases into FOLDER
"""
import os
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile
import zlib

SPEC = """Name: {name}
Version: {version}
Release: 3.el9
{epoch}
Summary: a package
License: MIT AND Apache-2.0
Vendor: Example Makers
BuildArch: noarch
{tags}
%description
none
{more}
%install
mkdir -p %{{buildroot}}/usr/bin %{{buildroot}}/etc/{name}.d %{{buildroot}}/usr/share/{name}/deep/er
printf '#!/bin/sh\\necho {name}\\n' >%{{buildroot}}/usr/bin/{name}
chmod 755 %{{buildroot}}/usr/bin/{name}
cp %{{buildroot}}/usr/bin/{name} %{{buildroot}}/usr/bin/{name}-tool
ln -s {name} %{{buildroot}}/usr/bin/{name}-link
for i in `seq {files}`; do echo $i >%{{buildroot}}/usr/share/{name}/file-with-a-long-name-$i; done
echo x >%{{buildroot}}/etc/{name}.conf
mkdir -p %{{buildroot}}/usr/lib/python3/site-packages/{name}_py-3.dist-info
printf 'Metadata-Version: 2.1\nName: {name}-py\nVersion: 3\n' >%{{buildroot}}/usr/lib/python3/site-packages/{name}_py-3.dist-info/METADATA
echo y >%{{buildroot}}/usr/share/{name}/deep/er/z
%files
/usr/bin/{name}
/usr/bin/{name}-link
%ghost /usr/bin/{name}-ghost
%config /etc/{name}.conf
%dir /etc/{name}.d
/usr/share/{name}
/usr/lib/python3
{tool}
"""
TOOLS = "%package tools\nSummary: tools\nEpoch: 7\n%description tools\nnone\n"


def run(*words, **more):
    done = subprocess.run(words, check=False, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)
    if done.returncode:
        raise RuntimeError(f"{words}: {done.returncode}: {done.stderr.decode(errors='replace')[-500:]}")
    return done.stdout


def build(folder):
    """Packages: with and without epoch, module and sub-package; one with a header of many pages."""
    rows = [("alpha", "1.2", "Epoch: 2", TOOLS, "", 3),
            ("beta", "0~rc1^git7", "", "", "ModularityLabel: beta:1:8090020231212:rhel9", 1),
            ("gamma", "10", "Epoch: 0", "", "", 800)]
    for name, version, epoch, more, tags, files in rows:
        tool = f"%files tools\n/usr/bin/{name}-tool" if more else f"/usr/bin/{name}-tool"
        spec = f"{folder}/{name}.spec"
        with open(spec, "w") as f:
            f.write(SPEC.format(name=name, version=version, epoch=epoch, more=more, tags=tags, tool=tool, files=files))
        run("rpmbuild", "-bb", "--quiet", "--define", f"_topdir {folder}/top", "--define", "_build_id_links none", spec)
    out = f"{folder}/top/RPMS/noarch"
    return sorted(os.path.join(out, name) for name in os.listdir(out))


def rpm(root, *words):
    return run("rpm", "--root", root, "--dbpath", "/var/lib/rpm", "--define", "_db_backend sqlite", *words)


def install(root, packages):
    os.makedirs(root, exist_ok=True)
    rpm(root, "--initdb")
    rpm(root, "-i", "--nodeps", "--ignorearch", "--nosignature", *packages)


def headers(database):
    """All headers of an rpmdb.sqlite, as rpm wrote them."""
    with sqlite3.connect(database) as db:
        return [bytes(row[0]) for row in db.execute("SELECT blob FROM Packages ORDER BY hnum")]


def write_sqlite(path, blobs, page_size=512):
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA page_size={page_size}")
    db.execute("CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
    db.executemany("INSERT INTO Packages(blob) VALUES (?)", [(b,) for b in blobs])
    db.commit()
    db.close()


def write_sqlite_with_log(path, blobs):
    """All that was written lies in path-wal, as when the writer is killed before it checkpoints."""
    with tempfile.TemporaryDirectory() as folder:
        live = folder + "/live"
        db = sqlite3.connect(live, isolation_level=None)
        db.execute("PRAGMA page_size=1024")
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA wal_autocheckpoint=0")
        db.execute("CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
        db.execute("INSERT INTO Packages(blob) VALUES (zeroblob(5000))")
        db.executemany("INSERT INTO Packages(blob) VALUES (?)", [(b,) for b in blobs])
        db.execute("DELETE FROM Packages WHERE hnum = 1")
        db.execute("BEGIN")
        db.execute("INSERT INTO Packages(blob) VALUES (zeroblob(100))")
        shutil.copy(live, path)
        shutil.copy(live + "-wal", path + "-wal")
        db.execute("ROLLBACK")
        db.close()


def write_bdb(path, blobs, big_endian=False, page_size=512):
    order = ">I" if big_endian else "<I"
    lines = ["VERSION=3", "format=bytevalue", "type=hash", f"db_pagesize={page_size}",
             f"db_lorder={4321 if big_endian else 1234}", "HEADER=END"]
    pairs = [(0, struct.pack(order, len(blobs)))] + list(enumerate(blobs, 1))
    for number, blob in pairs:
        lines += [" " + struct.pack(order, number).hex(), " " + blob.hex()]
    run("db5.3_load", path, input=("\n".join(lines) + "\nDATA=END\n").encode())


def write_ndb(path, blobs):
    at = 4096 // 16
    slots, area = b"", b""
    for number, blob in enumerate(blobs, 1):
        body = b"BlbS" + struct.pack("<III", number, 1, len(blob)) + blob
        room = (len(body) + 12 + 15) // 16 * 16
        body = body.ljust(room - 12, b"\0")
        body += struct.pack("<I", zlib.adler32(body)) + struct.pack("<I", len(blob)) + b"BlbE"
        slots += b"Slot" + struct.pack("<III", number, at, room // 16)
        area += body
        at += room // 16
    while len(slots) < 4096 - 32:
        slots += b"Slot" + bytes(12)
    with open(path, "wb") as f:
        f.write(b"RpmP" + struct.pack("<IIIIIII", 0, 1, 1, len(blobs) + 1, 0, 0, 0) + slots + area)


def main(folder):
    os.makedirs(folder, exist_ok=True)
    install(folder + "/root", build(folder))
    blobs = [b for b in headers(folder + "/root/var/lib/rpm/rpmdb.sqlite") if len(b) < 6000]
    for i, blob in enumerate(blobs):
        with open(f"{folder}/header-{i}", "wb") as f:
            f.write(blob)
    write_sqlite(folder + "/sqlite", blobs)
    write_bdb(folder + "/bdb-little", blobs)
    write_bdb(folder + "/bdb-big", blobs, big_endian=True)
    write_ndb(folder + "/ndb", blobs)


if __name__ == "__main__":
    main(sys.argv[1])
