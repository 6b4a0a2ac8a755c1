#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Programs: what Go, cargo-auditable and the bytes say of them, and what is opaque.

Programs are built by the real tools and copied from this machine; what a scan lists is compared with what
`go version -m` and dpkg say of the same files.
"""
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib

from tap import end, ok

PLIMSOLL = os.environ["PLIMSOLL"]
ROOT = os.environ["PL_SOURCE_ROOT"]
FORMATS = ("table", "json", "html", "sarif", "cyclonedx", "spdx", "gitlab", "junit")

# path, package of Debian, package URL
REAL = (("/bin/bash", "bash", "pkg:generic/bash"), ("/bin/tar", "tar", "pkg:generic/tar"),
        ("/bin/gzip", "gzip", "pkg:generic/gzip"), ("/bin/grep", "grep", "pkg:generic/grep"),
        ("/usr/bin/dpkg", "dpkg", "pkg:generic/dpkg"), ("/usr/bin/perl", "perl-base", "pkg:generic/perl"),
        ("/usr/bin/openssl", "openssl", "pkg:generic/openssl"), ("/usr/bin/git", "git", "pkg:generic/git"),
        ("/usr/bin/curl", "curl", "pkg:generic/curl"), ("/usr/bin/xz", "xz-utils", "pkg:generic/xz"),
        ("/usr/bin/zstd", "zstd", "pkg:generic/zstd"), ("/usr/bin/ssh", "openssh-client", "pkg:generic/openssh"),
        ("/usr/bin/python3.11", "python3.11-minimal", "pkg:generic/python"),
        ("/lib/x86_64-linux-gnu/libz.so.1", "zlib1g", "pkg:generic/zlib"),
        ("/usr/lib/x86_64-linux-gnu/libsqlite3.so.0", "libsqlite3-0", "pkg:generic/sqlite"),
        ("/usr/lib/x86_64-linux-gnu/libexpat.so.1", "libexpat1", "pkg:generic/expat"))


def run(*args, **kw):
    return subprocess.run(args, check=True, stdin=subprocess.DEVNULL, capture_output=True, **kw)


def scan(what, *args, form="json"):
    out = subprocess.run([PLIMSOLL, "scan", what, "--state-dir", "none", "--quiet", "--format", form, *args],
                         stdin=subprocess.DEVNULL, capture_output=True)
    if out.stderr:
        print("#", out.stderr.decode(errors="replace")[:500])
    return json.loads(out.stdout) if form == "json" else out.stdout.decode()


def put(root, path, source, mode=0o755):
    to = root + path
    os.makedirs(os.path.dirname(to), exist_ok=True)
    shutil.copyfile(os.path.realpath(source), to)
    os.chmod(to, mode)


def versions(doc, path):
    return {p["purl"].split("@")[0]: p["version"] for p in doc["packages"] if p["path"] == path}


# ---- Go ----

def go_proxy(folder):
    """Modules as a proxy has them: example.com/{lib,old,fork}."""
    for name, version in (("lib", "v1.2.3"), ("old", "v1.0.0"), ("fork", "v1.0.1")):
        module, at = f"example.com/{name}", f"{folder}/example.com/{name}/@v"
        os.makedirs(at)
        mod = f"module {module}\n\ngo 1.18\n"
        with open(f"{at}/{version}.mod", "w", encoding="utf-8") as f:
            f.write(mod)
        with open(f"{at}/{version}.info", "w", encoding="utf-8") as f:
            json.dump({"Version": version, "Time": "2024-01-01T00:00:00Z"}, f)
        with zipfile.ZipFile(f"{at}/{version}.zip", "w") as z:
            z.writestr(f"{module}@{version}/go.mod", mod)
            z.writestr(f"{module}@{version}/{name}.go", f'package {"old" if name == "fork" else name}\n\n'
                       f'func Name() string {{ return "{name}" }}\n')


def build_go(work, *flags):
    """A program with a module, a replaced one, and one that a folder stands for."""
    app = work + "/app"
    os.makedirs(app + "/local", exist_ok=True)
    files = {"go.mod": "module example.com/team/app\n\ngo 1.18\n\nrequire (\n\texample.com/lib v1.2.3\n"
                       "\texample.com/old v1.0.0\n\texample.com/local v0.1.0\n)\n\n"
                       "replace example.com/old v1.0.0 => example.com/fork v1.0.1\n\n"
                       "replace example.com/local => ./local\n",
             "local/go.mod": "module example.com/local\n\ngo 1.18\n",
             "local/local.go": 'package local\n\nfunc Name() string { return "local" }\n',
             "main.go": 'package main\n\nimport (\n\t"example.com/lib"\n\t"example.com/local"\n\t"example.com/old"\n)\n\n'
                        'var version = "none"\n\nfunc main() { println(version, lib.Name(), local.Name(), old.Name()) }\n'}
    for name, text in files.items():
        with open(f"{app}/{name}", "w", encoding="utf-8") as f:
            f.write(text)
    env = {**os.environ, "GOPROXY": "file://" + work + "/proxy", "GOSUMDB": "off", "GOFLAGS": "-mod=mod -modcacherw",
           "GOPATH": work + "/gopath", "GOCACHE": work + "/gocache", "GO111MODULE": "on", "CGO_ENABLED": "0",
           "GOTOOLCHAIN": "local"}
    run("go", "build", *flags, "-o", work + "/built", ".", cwd=app, env=env)
    said = run("go", "version", "-m", work + "/built", env=env).stdout.decode()
    return work + "/built", said


def check_go(work, root):
    go_proxy(work + "/proxy")
    for name, flags in (("flagged", ["-ldflags", "-s -w -X main.version=2.4.1"]),
                        ("trimmed", ["-trimpath"])):
        built, said = build_go(work, *flags)
        put(root, f"/usr/local/bin/{name}", built)
        doc = scan(root)
        found = versions(doc, f"/usr/local/bin/{name}")
        release = said.split("\n")[0].split("go1")[-1].split()[0]
        release = "1" + release + (".0" if release.count(".") < 2 else "")
        wanted = {"pkg:golang/stdlib": release, "pkg:golang/example.com/lib": "v1.2.3",
                  "pkg:golang/example.com/fork": "v1.0.1", "pkg:golang/example.com/local": None,
                  "pkg:golang/example.com/team/app": "v2.4.1" if name == "flagged" else None}
        ok(found == wanted, f"a Go program ({name}) says its modules, as go version -m has them", f"{found}\n{said}")
    fork = next(p for p in doc["packages"] if p["name"] == "example.com/fork")
    ok(fork["provenance"] == "replaces example.com/old@v1.0.0" and fork["integrity"].startswith("h1:"),
       "a module that stands for another says for which", fork)
    return built


def check_go_advisories(work, root):
    osv = work + "/osv"
    os.makedirs(osv)
    for name, package, fixed in (("GO-2030-0001", "stdlib", "99.0.0"), ("GO-2030-0002", "example.com/fork", "1.0.2"),
                                 ("GO-2030-0003", "example.com/lib", "1.2.3"), ("GO-2030-0004", "example.com/old", "9.0.0")):
        with open(f"{osv}/{name}.json", "w", encoding="utf-8") as f:
            json.dump({"schema_version": "1.7.0", "id": name, "modified": "2026-01-01T00:00:00Z",
                       "affected": [{"package": {"ecosystem": "Go", "name": package},
                                     "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": fixed}]}]}]}, f)
    with open(f"{osv}/RUSTSEC-2030-0001.json", "w", encoding="utf-8") as f:
        json.dump({"schema_version": "1.7.0", "id": "RUSTSEC-2030-0001", "modified": "2026-01-01T00:00:00Z",
                   "affected": [{"package": {"ecosystem": "crates.io", "name": n},
                                 "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "99.0.0"}]}]}
                                for n in ("serde", "demo", "cc")]}, f)
    with open(f"{osv}/BIT-git-2030-0001.json", "w", encoding="utf-8") as f:
        json.dump({"schema_version": "1.7.0", "id": "BIT-git-2030-0001", "modified": "2026-01-01T00:00:00Z",
                   "affected": [{"package": {"ecosystem": "Bitnami", "name": "git"},
                                 "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "99.0.0"}]}]}]}, f)
    run(PLIMSOLL, "db", "update", "--source", osv, "--advisories", work + "/adv", "--quiet")
    doc = scan(root, "--advisories", work + "/adv")
    found = {(f["advisory"], f["package"]["name"]) for f in doc["findings"] if f["kind"] == "vulnerability"}
    ok(found == {("GO-2030-0001", "stdlib"), ("GO-2030-0002", "example.com/fork"), ("RUSTSEC-2030-0001", "serde")},
       "modules, Go's library and crates are matched; what was replaced, fixed, local or only builds is not", found)
    ok(any("packages of image" in g["what"] for g in doc["gaps"]),
       "a main module without a version is not taken for unaffected", doc["gaps"])


# ---- Rust ----

def check_rust(work, root):
    crates = {"packages": [{"name": "demo", "version": "0.3.1", "source": "local", "root": True, "dependencies": [1, 2]},
                           {"name": "serde", "version": "1.0.130", "source": "crates.io"},
                           {"name": "cc", "version": "1.0.70", "source": "crates.io", "kind": "build"},
                           {"name": "forked", "version": "0.1.0", "source": "git"}], "format": 1}
    with open(work + "/crates.z", "wb") as f:
        f.write(zlib.compress(json.dumps(crates, separators=(",", ":")).encode()))
    with open(work + "/rust.c", "w", encoding="utf-8") as f:
        f.write('const char where[] = "/rustc/0123456789/library/core/src/fmt/mod.rs";\n'
                '#ifdef LIST\n__asm__(".section .dep-v0,\\"a\\"\\n.incbin \\"' + work + '/crates.z\\"\\n.previous");\n#endif\n'
                "int main(void) { return where[0]; }\n")
    for name, flags in (("audited", ["-DLIST"]), ("bare", [])):
        run("gcc", *flags, "-s", "-o", work + "/rust", work + "/rust.c")
        put(root, f"/usr/local/bin/{name}", work + "/rust")
    doc = scan(root)
    found = versions(doc, "/usr/local/bin/audited")
    ok(found == {"pkg:cargo/demo": "0.3.1", "pkg:cargo/serde": "1.0.130", "pkg:cargo/forked": "0.1.0"},
       "a program of cargo-auditable says its crates, without those that only building needs", found)
    ok(any("/usr/local/bin/bare: a Rust program without a list" in g["what"] for g in doc["gaps"]) and
       not any("audited" in g["what"] for g in doc["gaps"]), "one without the list is opaque", doc["gaps"])


# ---- opaque and unidentified ----

def check_opaque(work, root, go_program):
    put(root, "/opt/packed", ROOT + "/tests/fixtures/package/upx-head.bin")
    # What garblers do: the mark of the block is gone, the linker's note is not.
    with open(go_program, "rb") as f:
        data = f.read().replace(b"\xff Go buildinf:", b"\xff No buildinf:").replace(
            bytes.fromhex("3077af0c9274080241e1c107e6d618e6"), b"\0" * 16)
    with open(work + "/garbled", "wb") as f:
        f.write(data)
    put(root, "/opt/garbled", work + "/garbled")
    with open(work + "/c.c", "w", encoding="utf-8") as f:
        f.write("int main(void) { return 0; }\n")
    run("gcc", "-s", "-o", work + "/c", work + "/c.c")
    put(root, "/opt/plain", work + "/c")
    doc = scan(root)
    gaps = [g["what"] for g in doc["gaps"]]
    for text in ("/opt/packed: packed by UPX", "/opt/garbled: a Go program without build information",
                 "1 unidentified program that no package brought: /opt/plain"):
        ok(any(text in g for g in gaps), f"told: {text}", gaps)
    done = subprocess.run([PLIMSOLL, "scan", root, "--state-dir", "none", "--quiet", "--fail-on", "critical"],
                          stdin=subprocess.DEVNULL, capture_output=True)
    ok(done.returncode == 3, "what is opaque is not clean", done.returncode)
    run(PLIMSOLL, "scan", root, "--state-dir", "none", "--quiet",
        *(word for f in FORMATS for word in ("--output", f"{f}={work}/out.{f}")))
    for form in FORMATS:
        with open(f"{work}/out.{form}", encoding="utf-8") as f:
            ok("packed by UPX" in " ".join(f.read().split()), f"{form} tells of the packed program")


# ---- classified ----

def upstream(package):
    v = run("dpkg-query", "-W", "-f", "${Version}", package).stdout.decode()
    return v.split(":")[-1].split("-")[0].split("+")[0].split("~")[0]


def check_real(work):
    root = work + "/real"
    for path, _, _ in REAL:
        if os.path.exists(path):
            put(root, "/opt" + path, path, 0o755)
    run(PLIMSOLL, "scan", root, "--state-dir", "none", "--quiet", "--advisories", work + "/adv",
        *(word for f in ("json", "spdx", "cyclonedx") for word in ("--output", f"{f}={work}/real.{f}")))
    with open(work + "/real.json", encoding="utf-8") as f:
        doc = json.load(f)
    bad, seen = [], 0
    for path, package, purl in REAL:
        if not os.path.exists(path):
            continue
        seen += 1
        got = versions(doc, "/opt" + path).get(purl)
        # Debian's zlib is 1.2.13.dfsg
        if not got or upstream(package).replace(".dfsg", "") != got:
            bad.append(f"{path}: {got}, {package} is {upstream(package)}")
    ok(not bad and seen >= 10, "programs of this machine have the version that dpkg says", "\n".join(bad) or seen)
    bash = next(p for p in doc["packages"] if p["name"] == "bash")
    boms = []
    for form in ("spdx", "cyclonedx"):
        with open(f"{work}/real.{form}", encoding="utf-8") as f:
            boms.append(f.read())
    ok(bash["cpe"] == f"cpe:2.3:a:gnu:bash:{bash['version']}:*:*:*:*:*:*:*" and all(bash["cpe"] in b for b in boms),
       "with a CPE, in bills of materials too", bash)
    told = {g["reason"]: g["what"] for g in doc["gaps"] if " of image " in g["what"]}
    ok(set(told) == {"no-feed", "partial-feed"} and sum(int(t.split()[0]) for t in told.values()) == len(doc["packages"]) and
       f"bash {bash['version']}" in told["no-feed"] and " more" in told["no-feed"] and "git " in told["partial-feed"],
       "one line names those that no advisories cover, one those of which none of before 2020 are known", told)
    found = [(f["advisory"], f["package"]["name"]) for f in doc["findings"] if f["kind"] == "vulnerability"]
    ok(found == [("BIT-git-2030-0001", "git")], "advisories by upstream's versions are matched", found)


def check_owned(work):
    """The same file, once brought by a package and once not."""
    root = work + "/owned"
    put(root, "/bin/bash", "/bin/bash")
    put(root, "/opt/bash", "/bin/bash")
    with open("/bin/bash", "rb") as f:
        digest = hashlib.md5(f.read()).hexdigest()
    files = {"/etc/os-release": "ID=debian\nVERSION_ID=12\n",
             "/var/lib/dpkg/status": "Package: bash\nStatus: install ok installed\nVersion: 5.2.15-2\nArchitecture: amd64\n\n"
                                     "Package: nodejs\nStatus: install ok installed\nVersion: 16.20.2-1nodesource1\n"
                                     "Architecture: amd64\n\nPackage: php7.4-cli\nStatus: install ok installed\n"
                                     "Version: 7.4.33-1+deb11u4\nArchitecture: amd64\n\n",
             "/var/lib/dpkg/info/bash.md5sums": f"{digest}  bin/bash\n"}
    for path, text in files.items():
        os.makedirs(os.path.dirname(root + path), exist_ok=True)
        with open(root + path, "w", encoding="utf-8") as f:
            f.write(text)
    doc = scan(root)
    found = [(p["type"], p["path"]) for p in doc["packages"] if p["name"] == "bash"]
    ok(sorted(found) == [("deb", "/var/lib/dpkg/status"), ("generic", "/opt/bash")],
       "a program that a package brought is that package, and is listed once", found)
    support = {p["name"]: p["support"] for p in doc["packages"]}
    ok(support["nodejs"] == "dated" and not support["php7.4-cli"],
       "a runtime that its maker packed has its maker's end of support, the distribution's own has not", support)
    ok("nodejs 16.20.2-1nodesource1 since 2023-" in scan(root, form="table"), "and the table tells it")


def check_in_packages(work):
    """Programs that packages of languages brought, some that only lie beside them."""
    root = work + "/inside"
    site, modules = "/venv/lib/python3.11/site-packages", "/app/node_modules"
    for path in (site + "/wheel/bin/bash", "/venv/bin/plain", site + "/stray", modules + "/tool/vendor/tar",
                 modules + "/dropped"):
        put(root, path, work + "/c" if os.path.basename(path) in ("plain", "stray", "dropped") else
            "/bin/" + os.path.basename(path))
    files = {site + "/wheel-1.0.dist-info/METADATA": "Name: wheel\nVersion: 1.0\n",
             site + "/wheel-1.0.dist-info/RECORD": "wheel/bin/bash,sha256=x,1\n../../../bin/plain,,\n"
                                                   "wheel-1.0.dist-info/RECORD,,\n",
             modules + "/tool/package.json": '{"name": "tool", "version": "2.0.0"}'}
    for path, text in files.items():
        os.makedirs(os.path.dirname(root + path), exist_ok=True)
        with open(root + path, "w", encoding="utf-8") as f:
            f.write(text)
    doc = scan(root, "--advisories", work + "/adv")
    found = sorted((p["purl"].split("@")[0], p["owned_by"], p["scope"]) for p in doc["packages"])
    ok(found == [("pkg:generic/bash", "pkg:pypi/wheel@1.0", "bundled"), ("pkg:generic/tar", "pkg:npm/tool@2.0.0", "bundled"),
                 ("pkg:npm/tool", None, None), ("pkg:pypi/wheel", None, None)],
       "a program in a package of a language is told as inside of it", found)
    told = [g["what"] for g in doc["gaps"] if "unidentified" in g["what"]]
    ok(len(told) == 1 and "2 unidentified" in told[0] and "stray" in told[0] and "dropped" in told[0],
       "what a RECORD lists is no unknown program; what only lies beside packages is one", told)
    for form, mark in (("cyclonedx", "pkg:pypi/wheel@1.0"), ("spdx", "owned by pkg:pypi/wheel@1.0")):
        run(PLIMSOLL, "scan", root, "--state-dir", "none", "--quiet", "--output", f"{form}={work}/inside.{form}")
        with open(f"{work}/inside.{form}", encoding="utf-8") as f:
            text = f.read()
        ok(mark in text and ("owned_by" in text or form == "spdx"), f"{form} says so too")


def check_content(work):
    """A row of one's own."""
    content, root = work + "/content", work + "/own"
    shutil.copytree(ROOT + "/content", content)
    with open(content + "/classifiers/own.yaml", "w", encoding="utf-8") as f:
        f.write("- program: ours\n  files: [ours]\n  anchor: 'ours/'\n  version: 'ours/([0-9.]+);'\n  purl: pkg:generic/ours\n")
    with open(work + "/ours.c", "w", encoding="utf-8") as f:
        f.write('const char v[] = "ours/4.5.6;";\nint main(void) { return v[0]; }\n')
    run("gcc", "-s", "-o", work + "/ours", work + "/ours.c")
    put(root, "/opt/ours", work + "/ours")
    found = versions(scan(root, "--content", content), "/opt/ours")
    ok(found == {"pkg:generic/ours": "4.5.6"} and not versions(scan(root), "/opt/ours"),
       "a table of one's own takes the place of the built-in one", found)


def main():
    with tempfile.TemporaryDirectory(prefix="plimsoll-programs-") as work:
        root = work + "/root"
        os.makedirs(root + "/etc")
        go_program = check_go(work, root)
        check_rust(work, root)
        check_go_advisories(work, root)
        check_opaque(work, root, go_program)
        check_real(work)
        check_owned(work)
        check_in_packages(work)
        check_content(work)
    return end()


if __name__ == "__main__":
    sys.exit(main())
