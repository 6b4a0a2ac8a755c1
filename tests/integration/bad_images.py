#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Images and folders that lie, break off or never end.

Each case must give one clear error that names its object; what can still be judged is judged, what
cannot is unknown with its reason, and nothing passes by it.
"""
import gzip
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile

from bad_maker import PROGRAM, base, config, gaps_of, image, last_line, one_error, run, tar
from tap import end, ok


def sparse(size, **fields):
    """One program that is said to be this large and has no byte."""
    return tar([("bin/big", b"", {"mode": 0o755, **fields, "pax_headers": {
        "GNU.sparse.name": fields.get("name", "bin/big"), "GNU.sparse.size": str(size),
        "GNU.sparse.map": f"{size},0"}})])


class Images:
    def __init__(self, work):
        self.path = work + "/image.tar"
        self.good = self.verdicts(self.scan(image([base()])))

    def scan(self, data, *args):
        with open(self.path, "wb") as f:
            f.write(data)
        return run("scan", self.path, "--state-dir", "none", "--format", "json", *args)

    @staticmethod
    def verdicts(p):
        return {f["check"]: f["verdict"] for f in json.loads(p.stdout)["findings"]}

    def partly(self, data, reason, words, sentence):
        """The scan ends well, tells the gap, and nothing became better by it."""
        p = self.scan(data)
        if p.returncode:
            ok(False, sentence, last_line(p))
            return
        gaps = [g for g in json.loads(p.stdout)["gaps"] if words in g["what"]]
        better = {c for c, v in self.verdicts(p).items() if v == "pass" and self.good.get(c) in ("fail", "unknown")}
        ok(len(gaps) == 1 and gaps[0]["reason"] == reason and not better, sentence,
           f"{json.loads(p.stdout)['gaps']} {better}")

    def refused(self, data, words, sentence):
        p = self.scan(data)
        ok(one_error(p, 4, self.path, words) and p.stdout == b"", sentence, p.stderr.decode())


def cut_archives(images):
    whole = image([base()])
    bad = []
    end = len(whole.rstrip(b"\0")) // 512 * 512
    for n in range(0, end, 512):
        p = images.scan(whole[:n])
        if not one_error(p, 4, images.path):
            bad.append((n, p.returncode, last_line(p)))
    ok(not bad and end > 5000, "an archive cut at any block is one error", bad)


def lying_archives(images):
    b = base()
    images.partly(image([b], conf=config([b"other"])), "unreadable", "its files have the digest",
                  "a layer that is not what the config says is one gap, and what it changed unknown")
    images.partly(image([b[:1300]]), "unreadable", "0/layer.tar: tar archive ends", "so is a layer cut in the middle")
    images.partly(image([b], pack=lambda x: gzip.compress(x)[:-30]), "unreadable", "0/layer.tar: gzip data ends",
                  "so is a gzip stream cut in the middle")
    images.partly(image([b, tar([("../../../etc/shadow", b"x::"), ("/etc/abs", b"x")])]), "unreadable",
                  '"../../../etc/shadow" points above the root', "a name with .. is told and stays inside")
    loops = tar([(a, None, {"type": tarfile.SYMTYPE, "linkname": z}) for a, z in
                 (("l1", "l2"), ("l2", "l1"), ("etc", "/proc/self/root/etc"), ("var/lib/dpkg", "dpkg"))])
    p = images.scan(image([b, loops]))
    ok(p.returncode == 0 and ["was deleted by an upper layer" in g["what"] for g in gaps_of(p)] == [True],
       "links that lead in circles end, and what they stand in for is told", last_line(p))
    images.refused(b"\0" * 10240, "neither manifest.json nor index.json", "zeros are no image")
    images.refused(os.urandom(4096), "not a tar header", "noise is no image")
    images.refused(tar([("manifest.json", b"[{}]")]), "names no image config", "a manifest without a config is named")


def bombs(images):
    b = base()
    shrink = gzip.compress(tar([("big", bytes(300 << 20))]), 9)
    images.partly(image([b, b""], pack=lambda x: x or shrink), "limit:size", "1/layer.tar: expands more than",
                  "a gzip bomb is one gap that names the limit")
    zstd = subprocess.run(["zstd", "-q", "--ultra", "-22", "--long=31", "-c"], input=bytes(64 << 20), check=True,
                          stdout=subprocess.PIPE).stdout if shutil.which("zstd") else None
    if zstd:
        images.partly(image([b, b""], pack=lambda x: x or zstd), "limit:size", "1/layer.tar: zstd window",
                      "a zstd window of gigabytes is one gap that names the limit")
    images.partly(image([b, sparse(1 << 50)]), "limit:size", "/bin/big: no digest, sparse files",
                  "a petabyte of holes is not read")
    images.refused(tar([("0/layer.tar", b"", {"pax_headers": {
        "GNU.sparse.name": "0/layer.tar", "GNU.sparse.size": str(1 << 50), "GNU.sparse.map": f"{1 << 50},0"}})]),
                   "MiB of holes", "nor is a layer that is one hole")
    few = [tar([(f"f{i}", b"x")])[:2048] for i in range(10000)]
    p = images.scan(image([b, *few[1:]]))
    ok(p.returncode == 0, "10,000 layers are read", last_line(p))
    images.refused(image([b, *few]), "image has 10001 layers; at most 10000 are read", "one more is one error")


def giant_documents(images):
    b = base()
    for name, conf, words in (
            ("deep", b"[" * 100000, "maximum parsing depth"),
            ("deep inside", json.dumps(config([b])).encode()[:-1] + b',"x":' + b"[" * 5000 + b"]" * 5000 + b"}", "depth"),
            ("too large", config([b], x="v" * 3100000), "document is too large"),
            ("not UTF-8", json.dumps(config([b])).encode().replace(b"/bin/sh", b"/bin/\xff\xfesh"), "decode byte 0xff")):
        images.refused(image([b], conf), words, f"a config that is {name} is one error")
    for name, more in (("wide", {"x": list(range(150000))}), ("full of labels", {"config": {"Labels": {
            f"l{i}": "v" for i in range(50000)}}}), ("one long string", {"config": {"Env": ["A=" + "s" * 1900000]}}),
                       ("of wrong types", {"config": {"Env": 7, "Cmd": "x", "User": {}}, "history": {}, "os": 3})):
        p = images.scan(image([b], config([b], **more)))
        better = {c for c, v in images.verdicts(p).items() if v == "pass" and images.good[c] != "pass"} \
            if p.returncode == 0 else "no answer"
        ok(not better, f"a config that is {name} is read, and nothing passes by it", f"{better} {last_line(p)}")


def package_databases(images):
    def status(text):
        return image([base(), tar([("var/lib/dpkg/status", text)])])

    head = b"Package: b\nStatus: install ok installed\nVersion: 1\n"
    p = images.scan(status(head + b"Description: " + b"\n x" * (6 << 20)))
    ok(p.returncode == 0 and not gaps_of(p), "a stanza without an end is read to the file's end",
       last_line(p))
    path = "/var/lib/dpkg/status"
    images.partly(status(head + b"X: " + b"y" * (40 << 20)), "limit:size", path + ": file ",
                  "a database over the limit is one gap")
    images.partly(status(os.urandom(50000)), "unreadable", "lines are no fields", "noise in place of a database is one gap")
    images.partly(status(b"".join(b"Package: p%d\nStatus: install ok installed\nVersion: 1\n\n" % i
                                  for i in range(40001))),
                  "limit:size", path + ": more than PL_PACKAGES_MAX (40000) packages", "packages over the limit are one gap")
    images.partly(image([tar([("etc/os-release", b"ID=debian\n"), ("bin/sh", b"x", {"mode": 0o755}),
                              (path[1:], None, {"type": tarfile.FIFOTYPE})])]),
                  "unreadable", path + ": no regular file", "a FIFO in place of a database is one gap")


def folders(images, work):
    root = work + "/root"
    with tarfile.open(fileobj=io.BytesIO(base())) as t:
        t.extractall(root)
    os.mkfifo(root + "/fifo")
    os.symlink("/etc/shadow", root + "/etc/shadow")
    os.symlink("loop", root + "/loop")
    sock = socket.socket(socket.AF_UNIX)
    sock.bind(root + "/socket")
    with open(root + "/holes", "wb") as f:
        f.truncate(10 << 30)
    p = run("scan", root, "--state-dir", "none", "--format", "json")
    ok(p.returncode == 0 and not gaps_of(p),
       "a folder with a FIFO, links, a socket and 10 GiB of holes is read", last_line(p))
    if os.geteuid() == 0:
        os.mknod(root + "/zero", 0o20666, os.makedev(1, 5))
        os.chmod(root + "/etc/passwd", 0)
        for folder in (work, root):
            os.chmod(folder, 0o755)
        shutil.copy(PROGRAM, work + "/plimsoll")
        p = subprocess.run(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", work + "/plimsoll",
                            "scan", root, "--state-dir", "none", "--format", "json", "--fail-on", "critical"],
                           env={**os.environ, "HOME": root}, capture_output=True, check=False)
        gaps = gaps_of(p) if p.stdout else []
        ok(p.returncode == 3 and [g["reason"] for g in gaps] == ["denied"] and "etc/passwd" in gaps[0]["what"],
           "what a user may not read is one gap, the rest is judged, and a policy is incomplete", p.stderr.decode())
    p = run("scan", "-", "--state-dir", "none", "--format", "json", stdin=None, input=image([base()])[:3000])
    ok(one_error(p, 4, "standard input"), "standard input that breaks off is one error", p.stderr.decode())
    for path, status in (("/dev/zero", 4), (work + "/none", 4)):
        p = run("scan", path, "--state-dir", "none")
        ok(one_error(p, status, path), f"{os.path.basename(path)} is one error that names it", p.stderr.decode())


def main():
    work = tempfile.mkdtemp(prefix="plimsoll-bad.")
    try:
        images = Images(work)
        cut_archives(images)
        lying_archives(images)
        bombs(images)
        giant_documents(images)
        package_databases(images)
        folders(images, work)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return end()


sys.exit(main())
