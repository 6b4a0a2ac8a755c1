#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Files of hosts, evidence and engines that lie, break off or never end; images: bad_images.py.

Each case must give one clear error that names its object; what can still be judged is judged, what
cannot is unknown with its reason, and the exit code says which of the two it was.
"""
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading

from bad_maker import PROGRAM, STATUS, base, image, last_line, one_error, run
from tap import end, ok, skip


def image_path(work):
    return work + "/image.tar"


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

def ledgers(work):
    state, old = work + "/state", work + "/old"
    def scan():
        return run("scan", image_path(work), "--state-dir", state)

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


def disk_full(work):
    """A small file system of its own: the log keeps what it has, says so, and goes on when there is room."""
    place = work + "/small"
    os.mkdir(place)
    if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=67M", "none", place], check=False).returncode:
        skip("a full disk", "no file system of its own")
        return
    try:
        for _ in range(40):
            p = run("scan", image_path(work), "--state-dir", place + "/s")
            if p.returncode:
                break
        ok(one_error(p, 4, "No space left on device"), "a full disk is one error", p.stderr)
        p = run("ledger", "verify", "--state-dir", place + "/s")
        ok(p.returncode == 0 and b"1 gaps told" in p.stdout, "what was recorded is proved, the gap among it", p.stdout)
        subprocess.run(["mount", "-o", "remount,size=200M", place], check=True)
        ok(run("scan", image_path(work), "--state-dir", place + "/s").returncode == 0, "with room again the log goes on")
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
    refused(image_path(work), sentence="a file in place of a socket is one error")
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
        with open(image_path(work), "wb") as f:
            f.write(image([base()]))
        host_files(work)
        ledgers(work)
        disk_full(work)
        engines_that_cannot_be_used(work)
        engines_that_lie(work)
        waiting.result()
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return end()


sys.exit(main())
