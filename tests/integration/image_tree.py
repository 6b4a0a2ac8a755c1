#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The merged tree of room image against what a Docker engine makes of the same image.

Builds an image whose layers delete, replace, hide, link and rename, on an engine of its own, and
compares every path's type, mode, owner, size and link target with `docker export`; then has skopeo
and umoci rewrite the image into other layouts, which must all give the same tree.
"""
import contextlib
import gzip
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time

from tap import end, ok

DUMP = os.path.join(os.environ.get("PL_BUILD_ROOT", "build"), "tests/tools/image_dump")
DOCKER = "/usr/bin/docker"

DOCKERFILE = r"""
FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
RUN mkdir -p /a/b/c /opt/gone /opt/kept /full /swap/dir && echo 1 > /a/b/c/one && echo 2 > /a/two \
 && echo 3 > /opt/gone/x && echo 4 > /opt/kept/y && echo 5 > /full/old && echo 6 > /swap/dir/in \
 && echo 7 > /swap/file && ln /a/two /a/hard && ln -s ../a/b /full/link && mkfifo /full/fifo
RUN rm -rf /opt/gone && rm /a/b/c/one && rm -rf /full && mkdir /full && echo new > /full/new
RUN rm -rf /swap/dir && echo file > /swap/dir && rm /swap/file && mkdir /swap/file && echo in > /swap/file/in
RUN chmod 4755 /bin/busybox && chmod 1777 /opt/kept && chown 1234:4321 /opt/kept/y && ln /a/two /opt/late
RUN mkdir "/sp ace" && echo x > "/sp ace/ünï" && echo y > "/sp ace/`printf 'new\nline'`" \
 && echo z > "/sp ace/`printf 'bad\377byte'`" && echo w > /`printf 'n%.0s' $(seq 200)`
RUN rm /a/hard && mv /a/two /a/three && truncate -s 5000000 /opt/holes && echo end >> /opt/holes
RUN rm -rf /opt/kept && mkdir -p /opt/kept && echo again > /opt/kept/z
CMD ["/bin/sh"]
"""

# What the engine itself puts into every container.
ENGINE_FILES = {"/.dockerenv", "/dev", "/dev/console", "/dev/pts", "/dev/shm", "/etc", "/etc/hostname",
                "/etc/hosts", "/etc/mtab", "/etc/resolv.conf", "/proc", "/sys"}


def run(*words, **more):
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, **more).stdout


@contextlib.contextmanager
def engine(folder):
    sock = f"unix://{folder}/docker.sock"
    log = open(f"{folder}/log", "wb")
    daemon = subprocess.Popen(
        ["unshare", "-n", "bash", "-c",
         f"ip link set lo up; exec dockerd --data-root {folder}/data --exec-root {folder}/exec "
         f"-H {sock} --pidfile {folder}/pid"],
        stdout=log, stderr=log, stdin=subprocess.DEVNULL, env={**os.environ, "TMPDIR": folder})
    try:
        for _ in range(300):
            if subprocess.run([DOCKER, "-H", sock, "version"], capture_output=True).returncode == 0:
                break
            if daemon.poll() is not None:
                raise RuntimeError(open(f"{folder}/log").read()[-2000:])
            time.sleep(0.1)
        yield sock
    finally:
        daemon.terminate()
        daemon.wait(60)


def tree_of(path):
    """path -> (type, mode, uid, gid, size, link), from image_dump; names are bytes."""
    out = run(DUMP, "tree", path)
    tree = {}
    for record in out.split(b"\0")[:-1]:
        kind, mode, uid, gid, size, name, link = record.split(b"\t")
        tree[name] = (kind.decode(), int(mode, 8), int(uid), int(gid), int(size), link)
    return tree


def tree_of_export(data):
    letters = {tarfile.REGTYPE: "f", tarfile.DIRTYPE: "d", tarfile.SYMTYPE: "l", tarfile.FIFOTYPE: "s",
               tarfile.CHRTYPE: "s", tarfile.BLKTYPE: "s"}
    tree = {}
    with tarfile.open(fileobj=io.BytesIO(data), errors="surrogateescape") as tar:
        for m in tar:
            name = ("/" + m.name.strip("/")).encode("utf-8", "surrogateescape")
            if m.islnk():
                tree[name] = tree[("/" + m.linkname.strip("/")).encode("utf-8", "surrogateescape")]
                continue
            link = m.linkname.encode("utf-8", "surrogateescape") if m.issym() else b""
            tree[name] = (letters[m.type], m.mode & 0o7777, m.uid, m.gid, m.size if m.isreg() else 0, link)
    tree.pop(b"/", None)
    return tree


def difference(a, b):
    lines = []
    for name in sorted(set(a) | set(b)):
        if a.get(name) != b.get(name):
            lines.append(f"{name!r}: {a.get(name)} / {b.get(name)}")
    return "\n".join(lines[:20])


def blob(layout, data):
    digest = hashlib.sha256(data).hexdigest()
    with open(f"{layout}/blobs/sha256/{digest}", "wb") as f:
        f.write(data)
    return {"digest": "sha256:" + digest, "size": len(data)}


def hybrid(saved, target, members):
    """What docker save writes since 25: an OCI layout and manifest.json, here at the very end.

    members: gzip members a layer is cut into, 0 leaves it plain.
    """
    layout = target + ".d"
    os.makedirs(layout + "/blobs/sha256")
    with tarfile.open(saved) as tar:
        manifest = json.load(tar.extractfile("manifest.json"))[0]
        config = blob(layout, tar.extractfile(manifest["Config"]).read())
        layers = []
        for name in manifest["Layers"]:
            data = tar.extractfile(name).read()
            if members:
                step = len(data) // members + 1
                data = b"".join(gzip.compress(data[i:i + step]) for i in range(0, len(data), step))
            layers.append(blob(layout, data))
    oci = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
           "config": dict(config, mediaType="application/vnd.oci.image.config.v1+json"),
           "layers": [dict(d, mediaType="application/vnd.oci.image.layer.v1.tar") for d in layers]}
    oci_blob = blob(layout, json.dumps(oci).encode())
    files = {
        "index.json": {"schemaVersion": 2, "manifests": [
            dict(oci_blob, mediaType=oci["mediaType"],
                 annotations={"io.containerd.image.name": "docker.io/library/odd:1"})]},
        "oci-layout": {"imageLayoutVersion": "1.0.0"},
        "manifest.json": [{"Config": "blobs/sha256/" + config["digest"][7:], "RepoTags": ["odd:1"],
                           "Layers": ["blobs/sha256/" + d["digest"][7:] for d in layers]}],
    }
    with tarfile.open(target, "w") as tar:
        tar.add(layout + "/blobs", "blobs")
        for name, doc in files.items():
            data = json.dumps(doc).encode()
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


def old_archive(saved, target):
    """What engines before 1.10 read: this one still writes it beside the newer documents."""
    with tarfile.open(saved) as old, tarfile.open(target, "w") as new:
        for member in old:
            if not member.name.endswith(".json"):
                new.addfile(member, old.extractfile(member) if member.isfile() else None)
    return target


def build(sock, folder):
    context = folder + "/context"
    os.mkdir(context)
    shutil.copy("/bin/busybox", context + "/busybox")
    with open(context + "/Dockerfile", "w") as f:
        f.write(DOCKERFILE)
    run(DOCKER, "-H", sock, "build", "-q", "-t", "odd:1", context,
        env=dict(os.environ, DOCKER_BUILDKIT="0"), stderr=subprocess.STDOUT)


def variants(folder, saved):
    """name -> path of the same image in another layout."""
    made = {}
    for name, to in (("an OCI layout folder", f"oci:{folder}/oci:odd"),
                     ("an OCI layout in a tar", f"oci-archive:{folder}/oci.tar:odd"),
                     ("skopeo's docker-archive", f"docker-archive:{folder}/again.tar:odd:1")):
        run("skopeo", "copy", "-q", "--insecure-policy", f"docker-archive:{saved}", to)
        made[name] = to.split(":")[1]
    for name, method in (("gzip", "gzip"), ("zstd", "zstd")):
        path = f"{folder}/{method}"
        run("skopeo", "copy", "-q", "--insecure-policy", "--dest-compress-format", method,
            "--dest-compress", f"docker-archive:{saved}", f"oci:{path}:odd")
        made[f"an OCI layout with {name} layers"] = path
    for members in (0, 1, 3):
        path = f"{folder}/hybrid{members}.tar"
        hybrid(saved, path, members)
        made[f"the hybrid of newer engines, layers in {members} gzip members"] = path
    made["docker save before 1.10"] = old_archive(saved, f"{folder}/old.tar")
    packed = f"{folder}/packed.tar.gz"
    with open(saved, "rb") as f, gzip.open(packed, "wb", 1) as g:
        shutil.copyfileobj(f, g)
    made["a docker save that was compressed"] = packed
    return made


def main():
    for tool in (DOCKER, "/usr/bin/skopeo", "/usr/bin/umoci", DUMP):
        if not os.access(tool, os.X_OK):
            print(f"1..0 # SKIP {tool} is not there")
            return 0
    if os.geteuid() != 0:
        print("1..0 # SKIP an engine of its own needs root")
        return 0
    folder = tempfile.mkdtemp(prefix="pl-image-tree.")
    try:
        with engine(folder) as sock:
            build(sock, folder)
            saved = folder + "/saved.tar"
            run(DOCKER, "-H", sock, "save", "-o", saved, "odd:1")
            container = run(DOCKER, "-H", sock, "create", "odd:1").decode().strip()
            want = tree_of_export(run(DOCKER, "-H", sock, "export", container))
        for name in ENGINE_FILES:
            want.pop(name.encode(), None)
        got = tree_of(saved)
        ok(len(want) > 250, "the engine's tree is not empty", str(len(want)))
        ok(got == want, "docker_save_merges_as_the_engine_does", difference(got, want))
        for name, path in variants(folder, saved).items():
            try:
                other = tree_of(path)
                ok(other == got, f"{name} gives the same tree", difference(other, got))
            except subprocess.CalledProcessError as e:
                ok(False, f"{name} gives the same tree", str(e))
        run("umoci", "unpack", "--image", f"{folder}/oci:odd", f"{folder}/bundle", stderr=subprocess.STDOUT)
        unpacked = tree_of(f"{folder}/bundle/rootfs")
        ok(unpacked == got, "the root file system folder that umoci unpacks gives the same tree",
           difference(unpacked, got))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return end()


if __name__ == "__main__":
    sys.exit(main())
