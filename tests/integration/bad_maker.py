# SPDX-License-Identifier: Apache-2.0
"""What the tests of bad input share: the program, its one error, and images that can be wrong in any place."""
import hashlib
import io
import json
import os
import subprocess
import tarfile

PROGRAM = os.environ["PLIMSOLL"]
STATUS = b"Package: a\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n\n"


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
