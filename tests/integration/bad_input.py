#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Input that lies, breaks off or never ends, through the verbs that read it.

Each case must give one clear error that names its object; what can still be judged is judged, what
cannot is unknown with its reason, and the exit code says which of the two it was.
"""
import gzip
import hashlib
import io
import json
import os
import re
import shutil
import socket
import subprocess
import tarfile
import tempfile
import threading

PROGRAM = os.environ["PLIMSOLL"]
STATUS = b"Package: a\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n\n"
count = 0


def ok(good, sentence, detail=""):
    global count
    count += 1
    print("ok" if good else "not ok", count, "-", sentence, flush=True)
    for line in str(detail).splitlines()[:12] if not good else []:
        print("#", line[:400])


def run(*args, **more):
    more.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run([PROGRAM, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120,
                          check=False, **more)


def last_line(p):
    lines = p.stderr.decode("utf-8", "replace").splitlines()
    return lines[-1] if lines else ""


def one_error(p, status, *words):
    """Exactly one line of the program says that it could not do it, and names these things."""
    said = [x for x in p.stderr.decode("utf-8", "replace").splitlines() if x.startswith("plimsoll: ")]
    return p.returncode == status and len(said) == 1 and all(w in said[0] for w in words)


# ---- images ----

def tar(entries):
    """(name, content or None, further fields) -> the bytes of an archive."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as t:
        for name, content, *fields in entries:
            info = tarfile.TarInfo(name)
            info.size = len(content or b"")
            for key, value in (fields[0] if fields else {}).items():
                setattr(info, key, value)
            t.addfile(info, io.BytesIO(content or b""))
    return out.getvalue()


def base():
    return tar([("etc/os-release", b'ID=debian\nVERSION_ID="12"\n'), ("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n"),
                ("var/lib/dpkg/status", STATUS), ("bin/sh", b"#!/bin/true\n", {"mode": 0o755})])


def gaps_of(p):
    """That no advisories are there is told as well; it is not what this is about."""
    return [g for g in json.loads(p.stdout)["gaps"] if g["what"] != "advisories"]


def config(layers, **more):
    ids = ["sha256:" + hashlib.sha256(x).hexdigest() for x in layers]
    return {"architecture": "amd64", "os": "linux", "config": {"Cmd": ["/bin/sh"]}, "created": "2026-01-01T00:00:00Z",
            "rootfs": {"type": "layers", "diff_ids": ids}, "history": [{"created_by": "x"} for _ in ids], **more}


def image(layers, conf=None, pack=lambda b: b):
    """What docker save writes; conf: bytes or what json makes them of."""
    conf = config(layers) if conf is None else conf
    conf = conf if isinstance(conf, bytes) else json.dumps(conf).encode()
    names = [f"{i}/layer.tar" for i in range(len(layers))]
    manifest = [{"Config": hashlib.sha256(conf).hexdigest() + ".json", "RepoTags": ["odd:1"], "Layers": names}]
    return tar([*((n, pack(x)) for n, x in zip(names, layers)), (manifest[0]["Config"], conf),
                ("manifest.json", json.dumps(manifest).encode())])


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


# ---- hosts ----

HOST = {"etc/os-release": b'ID=debian\nVERSION_ID="12"\n', "etc/passwd": b"root:x:0:0:root:/root:/bin/sh\n",
        "etc/group": b"root:x:0:\n", "etc/shadow": b"root:*:1::::::\n", "etc/sudoers": b"root ALL=(ALL:ALL) ALL\n",
        "var/lib/dpkg/status": STATUS}


def make_host(root):
    shutil.rmtree(root, ignore_errors=True)
    for name, text in HOST.items():
        os.makedirs(os.path.dirname(f"{root}/{name}"), exist_ok=True)
        with open(f"{root}/{name}", "wb") as f:
            f.write(text)


def sparse_file(path):
    with open(path, "wb") as f:
        f.truncate(10 << 30)


def write(data):
    def go(path):
        with open(path, "wb") as f:
            f.write(data)
    return go


def host_files(work):
    """Each kind of thing that is no readable file, in place of each file."""
    root = work + "/host"
    kinds = [("a FIFO", os.mkfifo, True), ("a folder", os.mkdir, True), ("10 GiB of holes", sparse_file, True),
             ("a link to itself", lambda p: os.symlink(os.path.basename(p), p), True),
             ("noise", write(os.urandom(100000)), False), ("one long line", write(b"x" * 1000000), False)]
    if os.geteuid() == 0:
        kinds.append(("a device", lambda p: os.mknod(p, 0o20666, os.makedev(1, 5)), True))

    def audit():
        p = run("audit", "--no-engine", "--root", root, "--state-dir", "none", "--format", "json")
        return json.loads(p.stdout) if p.returncode == 0 else None

    def passed(d):
        return {(f["check"], json.dumps(f["element"])) for f in d["findings"] if f["verdict"] == "pass"}

    make_host(root)
    good = passed(audit())
    for what, make, has_gap in kinds:
        bad = []
        for names in (list(HOST), ["var/lib/dpkg/status"]):
            make_host(root)
            for name in names:
                os.unlink(f"{root}/{name}")
                make(f"{root}/{name}")
            d = audit()
            for name in names if d else []:
                gaps = [g for g in d["gaps"] if f"{root}/{name}: " in g["what"]]
                if len(gaps) != has_gap:
                    bad.append((name, gaps))
            if not d or passed(d) - good:
                bad.append((names, passed(d) - good if d else "no answer"))
        ok(not bad, f"{what} in place of a host's files is one gap a file at most, and nothing passes by it", bad)
    make_host(root)
    os.unlink(root + "/var/lib/dpkg/status")
    d = audit()
    ok(d and not passed(d) - good, "a host without dpkg's database does not pass for one without vulnerabilities")


# ---- evidence ----

def ledgers(images, work):
    state, old = work + "/state", work + "/old"
    with open(images.path, "wb") as f:
        f.write(image([base()]))

    def scan():
        return run("scan", images.path, "--state-dir", state)

    scan()
    subprocess.run(["cp", "-a", state + "/ledger", old], check=True)
    scan()
    for name, size in (("blobs", 10 << 30), ("checkpoint", 10 << 30)):
        copy = work + "/copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(state + "/ledger", copy, ignore=shutil.ignore_patterns(".state"))
        path = next(os.path.join(d, f) for d, _, files in os.walk(copy) for f in files
                    if name in os.path.relpath(os.path.join(d, f), copy))
        os.truncate(path, size)
        p = run("ledger", "verify", copy)
        ok(p.returncode == 1 and b"bytes, at most" in p.stdout, f"10 GiB of holes in {name} are not hashed", p.stdout)
    shutil.rmtree(state + "/ledger")
    subprocess.run(["cp", "-a", old, state + "/ledger"], check=True)
    p = run("ledger", "verify", "--state-dir", state)
    ok(p.returncode == 3 and b"is an old copy" in p.stdout, "an old copy of the log is not proved", p.stdout)
    ok(one_error(scan(), 1, state, "it was cut or is an old copy"), "and nothing is appended to it")


def disk_full(images, work):
    """A small file system of its own: the log keeps what it has, says so, and goes on when there is room."""
    place = work + "/small"
    os.mkdir(place)
    if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=67M", "none", place], check=False).returncode:
        ok(True, "a full disk # SKIP no file system of its own")
        return
    try:
        for _ in range(40):
            p = run("scan", images.path, "--state-dir", place + "/s")
            if p.returncode:
                break
        ok(one_error(p, 4, "No space left on device"), "a full disk is one error", p.stderr)
        p = run("ledger", "verify", "--state-dir", place + "/s")
        ok(p.returncode == 0 and b"1 gaps told" in p.stdout, "what was recorded is proved, the gap among it", p.stdout)
        subprocess.run(["mount", "-o", "remount,size=200M", place], check=True)
        ok(run("scan", images.path, "--state-dir", place + "/s").returncode == 0, "with room again the log goes on")
    finally:
        subprocess.run(["umount", place], check=False)
    p = run("ledger", "init", "--state-dir", "/dev/full/x")
    ok(one_error(p, 4, "/dev/full/x"), "a state directory that cannot be made is one error", p.stderr)


# ---- engines ----

CONTAINER = "a" * 64
ANSWERS = {
    "/_ping": b"OK",
    "/version": {"Version": "24.0.7", "ApiVersion": "1.43", "MinAPIVersion": "1.12", "Os": "linux", "Arch": "amd64"},
    "/info": {"ID": "X", "Name": "h", "ServerVersion": "24.0.7", "DockerRootDir": "/var/lib/docker", "OSType": "linux"},
    "/containers/json": [{"Id": CONTAINER, "Names": ["/c"], "Image": "odd:1", "ImageID": "sha256:" + "b" * 64,
                          "State": "exited", "Labels": {}}],
    "/containers/" + CONTAINER + "/json": {
        "Id": CONTAINER, "Name": "/c", "Image": "sha256:" + "b" * 64, "State": {"Status": "exited", "Pid": 0},
        "Config": {"Image": "odd:1", "Cmd": ["/bin/sh"]}, "HostConfig": {}, "Mounts": [], "NetworkSettings": {}},
    "/images/json": [], "/networks": [], "/volumes": {"Volumes": []}, "/plugins": [],
}


class Engine:
    """A server that answers as an engine does, but for some paths."""

    def __init__(self, path, odd, version="1.43"):
        self.path, self.odd, self.version = path, odd, version
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(path)
        self.socket.listen(50)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                s, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(s,), daemon=True).start()

    def serve(self, s):
        try:
            seen = b""
            while True:
                while b"\r\n\r\n" not in seen:
                    more = s.recv(65536)
                    if not more:
                        return
                    seen += more
                head, seen = seen.split(b"\r\n\r\n", 1)
                self.answer(s, re.sub(r"^/v[0-9.]+", "", head.split()[1].decode()).split("?")[0])
        except OSError:
            pass  # the program hung up

    def answer(self, s, path):
        body = self.odd.get(path, ANSWERS.get(path))
        if path.endswith("/get"):
            body = self.odd.get("/get", image([base()]))
        if callable(body):
            body(s)
            return
        status = 404 if body is None else 200
        data = body if isinstance(body, bytes) else json.dumps(body if body is not None else {"message": "no"}).encode()
        s.sendall(f"HTTP/1.1 {status} X\r\nApi-Version: {self.version}\r\nContent-Length: {len(data)}\r\n\r\n".encode()
                  + data)


def forever(_):
    threading.Event().wait()


def hang_up(s):
    s.close()


def breaks_off(s):
    s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nabc")
    s.close()


def flood(s):
    s.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(200):
        s.sendall(b"100000\r\n" + os.urandom(1 << 20) + b"\r\n")


def engine_at(work, odd, version="1.43"):
    engine_at.number += 1
    return Engine(f"{work}/e{engine_at.number}.sock", odd, version)


engine_at.number = 0


def audit_at(work, odd, version="1.43"):
    engine = engine_at(work, odd, version)
    p = run("audit", "--engine", "unix://" + engine.path, "--state-dir", "none", "--format", "json")
    engine.socket.close()
    p.path = engine.path
    p.gaps = json.loads(p.stdout)["gaps"] if p.returncode == 0 else []
    return p


def engines_that_cannot_be_used(work):
    def refused(address, *words, sentence):
        p = run("audit", "--engine", "unix://" + address, "--state-dir", "none")
        ok(one_error(p, 4, address, *words), sentence, p.stderr.decode())

    refused(work + "/none.sock", "No such file", sentence="an engine that is absent is one error")
    refused(images_path(work), sentence="a file in place of a socket is one error")
    p = audit_at(work, {}, "1.24")
    ok(one_error(p, 4, p.path, "1.24", "1.41"), "an API that is too old is one error", p.stderr.decode())
    p = audit_at(work, {"/_ping": forever})
    ok(one_error(p, 4, p.path, "no complete answer"), "an engine that never answers is one error", p.stderr.decode())
    p = run("audit", "--state-dir", "none", "--format", "json", env={**os.environ, "DOCKER_HOST": f"unix://{work}/none.sock"})
    ok(p.returncode == 0 and any("none.sock" in e["address"] for e in json.loads(p.stdout)["scope"]["engines"]),
       "without a flag the host is judged, and where an engine was looked for is told", last_line(p))
    if os.geteuid() == 0:
        engine = engine_at(work, {})
        os.chmod(engine.path, 0o700)
        shutil.copy(PROGRAM, work + "/plimsoll")
        p = subprocess.run(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", work + "/plimsoll",
                            "audit", "--engine", "unix://" + engine.path, "--state-dir", "none"],
                           env={**os.environ, "HOME": "/nonexistent"}, capture_output=True, check=False)
        ok(one_error(p, 4, engine.path, "Permission denied"), "a socket that may not be used is one error", p.stderr)


def images_path(work):
    return work + "/image.tar"


def engines_that_lie(work):
    cases = [("/info", b'{"a":' + b"[" * 100000, "nested 100,000 deep", "unreadable"),
             ("/info", b'{"a":"' + b"x" * (40 << 20) + b'"}', "of 40 MiB", "limit:size"),
             ("/info", b'{"Name":"\xff\xfe"}', "that are no UTF-8", "unreadable"),
             ("/info", [], "of another kind", "unreadable"),
             ("/containers/json", {}, "of another kind", "unreadable"),
             ("/networks", hang_up, "that never come", "unreadable"),
             ("/containers/" + CONTAINER + "/json", b'{"Id":5', "that break off", "unreadable")]
    for path, answer, what, reason in cases:
        p = audit_at(work, {path: answer})
        told = [g for g in p.gaps if g["what"].startswith(("/info: ", "containers: ", "networks: ", "container a"))]
        ok(p.returncode == 0 and len(told) == 1 and told[0]["reason"] == reason,
           f"{path.replace(CONTAINER, 'ID')}: answers {what} are one gap, and the audit goes on",
           f"{p.returncode} {last_line(p)} {p.gaps}")
    for name, answer in (("that is noise for ever", flood), ("that breaks off", breaks_off), ("without an answer", hang_up)):
        p = audit_at(work, {"/get": answer})
        ok(any(g["what"] == "image odd:1" for g in p.gaps), f"an image {name} is one gap, and the audit goes on",
           f"{p.returncode} {last_line(p)}")


class Waiting(threading.Thread):
    """One call of many is never answered: ten seconds during which other tests run."""

    def __init__(self, work):
        super().__init__()
        self.work, self.done = work, None
        self.start()

    def run(self):
        self.done = audit_at(self.work, {"/containers/" + CONTAINER + "/json": forever})

    def result(self):
        self.join()
        told = [g for g in self.done.gaps if g["what"].startswith("container a")]
        ok(self.done.returncode == 0 and [g["reason"] for g in told] == ["timeout"],
           "a call that is never answered is one gap with the reason timeout, and the audit goes on",
           f"{last_line(self.done)} {self.done.gaps}")


def main():
    work = tempfile.mkdtemp(prefix="plimsoll-bad.")
    try:
        waiting = Waiting(work)
        images = Images(work)
        cut_archives(images)
        lying_archives(images)
        bombs(images)
        giant_documents(images)
        package_databases(images)
        folders(images, work)
        host_files(work)
        ledgers(images, work)
        disk_full(images, work)
        engines_that_cannot_be_used(work)
        engines_that_lie(work)
        waiting.result()
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print(f"1..{count}")


main()
