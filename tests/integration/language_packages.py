#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Packages of programming languages in images and folders, as the tools of these languages leave them.

Each case is a tree of files; images are made of such trees as layers. What `plimsoll scan` lists is compared
with what the tool says that it installed, or with what stands in hand-made files.
"""
import base64
import glob
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile

from tap import end, ok, skip

PLIMSOLL = os.environ["PLIMSOLL"]
FIXTURES = os.path.join(os.environ["PL_SOURCE_ROOT"], "tests/fixtures/package")  # made by its make.sh


def tar_of(files):
    """A layer: path -> bytes or text; a path that ends with / is a folder; None deletes."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for path, data in files.items():
            if data is None:
                folder, name = os.path.split(path)
                path, data = os.path.join(folder, ".wh." + name), b""
            data = data.encode() if isinstance(data, str) else data
            info = tarfile.TarInfo(path)
            info.size = len(data)
            info.mode = 0o644
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def image_of(path, layers):
    """A docker-archive. Returns the diff ids."""
    tars = [tar_of(x) for x in layers]
    ids = ["sha256:" + hashlib.sha256(t).hexdigest() for t in tars]
    config = json.dumps({"architecture": "amd64", "os": "linux", "config": {},
                         "rootfs": {"type": "layers", "diff_ids": ids}}).encode()
    name = hashlib.sha256(config).hexdigest() + ".json"
    manifest = json.dumps([{"Config": name, "RepoTags": ["lang:1"],
                            "Layers": ["l%d.tar" % i for i in range(len(tars))]}]).encode()
    files = {name: config, "manifest.json": manifest, **{"l%d.tar" % i: t for i, t in enumerate(tars)}}
    with open(path, "wb") as f:
        f.write(tar_of(files))
    return ids


def scan(path, *more):
    done = subprocess.run([PLIMSOLL, "scan", path, "--state-dir", "none", "--format", "json", "--quiet", *more],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if not done.stdout:
        raise RuntimeError(done.stderr.decode())
    return json.loads(done.stdout)


def packages(document):
    return [p for p in document["packages"] if p["path"]]


def rows(document, *keys):
    return sorted(tuple(p[k] for k in keys) for p in packages(document))


def same(got, want, sentence):
    ok(got == want, sentence, "got  %s\nwant %s" % ("\n     ".join(map(str, got)), "\n     ".join(map(str, want))))


def unpack_folder(root):
    files = {}
    for folder, _, names in os.walk(root):
        for name in names:
            full = os.path.join(folder, name)
            if not os.path.islink(full):
                with open(full, "rb") as f:
                    files[os.path.relpath(full, root)] = f.read()
    return files


# ---- npm: the tool itself ----

def npm_project(work):
    """A project whose dependencies are packed and installed by npm, without a network."""
    def write(path, data):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            json.dump(data, f)

    env = {**os.environ, "HOME": work, "npm_config_cache": os.path.join(work, "cache"), "npm_config_offline": "true",
           "npm_config_update_notifier": "false", "npm_config_fund": "false", "npm_config_audit": "false"}

    def npm(*words, cwd):
        subprocess.run(["npm", *words], cwd=cwd, env=env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    write(work + "/src/inner/package.json", {"name": "inner", "version": "0.3.0", "license": "ISC"})
    write(work + "/src/alpha/package.json", {"name": "@acme/alpha", "version": "1.2.3", "license": "MIT",
                                             "dependencies": {"inner": "file:%s/inner-0.3.0.tgz" % work},
                                             "bundleDependencies": ["inner"]})
    write(work + "/src/tool/package.json", {"name": "tool", "version": "2.0.0", "license": {"type": "Apache-2.0"}})
    npm("pack", work + "/src/inner", cwd=work)
    npm("pack", work + "/src/tool", cwd=work)
    npm("install", cwd=work + "/src/alpha")
    npm("pack", work + "/src/alpha", cwd=work)
    write(work + "/app/package.json", {"name": "app", "version": "0.1.0", "private": True,
                                       "dependencies": {"@acme/alpha": "file:../acme-alpha-1.2.3.tgz"},
                                       "devDependencies": {"tool": "file:../tool-2.0.0.tgz"}})
    npm("install", cwd=work + "/app")
    said = json.loads(subprocess.run(["npm", "ls", "--all", "--json"], cwd=work + "/app", env=env, check=False,
                                     stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout)
    return said


def flatten(tree):
    out = []
    for name, node in tree.get("dependencies", {}).items():
        out.append((name, node["version"]))
        out += flatten(node)
    return sorted(out)


def npm_cases(work):
    if not shutil.which("npm"):
        skip("a project of npm", "npm is not installed")
        return
    said = npm_project(work)
    files = unpack_folder(work + "/app")
    modules = {"srv/app/" + k: v for k, v in files.items() if k.startswith("node_modules/")}
    locks = {"srv/app/package-lock.json": files["package-lock.json"], "srv/app/package.json": files["package.json"]}
    ids = image_of(work + "/npm.tar", [locks, modules, {"srv/app/node_modules/tool": None}])
    document = scan(work + "/npm.tar")
    same(rows(document, "name", "version"), [p for p in flatten(said) if p[0] != "tool"],
         "an image has the packages that npm installed and no later layer deleted")
    alpha = [p for p in packages(document) if p["name"] == "@acme/alpha"][0]
    same((alpha["path"], alpha["layer"], alpha["licence"], alpha["ecosystem"], alpha["purl"]),
         ("/srv/app/node_modules/@acme/alpha/package.json", ids[1], "MIT", "npm", "pkg:npm/%40acme/alpha@1.2.3"),
         "a package has its file, layer, licence, ecosystem and package URL")
    digest = "sha512-" + base64.b64encode(
        hashlib.sha512(open(work + "/acme-alpha-1.2.3.tgz", "rb").read()).digest()).decode()
    same((alpha["provenance"], alpha["integrity"]), ("file:../acme-alpha-1.2.3.tgz", digest),
         "what npm wrote down says where a package came from")
    table = subprocess.run([PLIMSOLL, "scan", work + "/npm.tar", "--state-dir", "none"], check=False, stderr=subprocess.DEVNULL,
                           stdout=subprocess.PIPE).stdout.decode()
    ok("Packages: 2 (2 npm)" in table, "the table counts the packages by type", table)

    scope = {"tool": "development", "inner": "bundled"}
    same(rows(scan(work + "/app"), "name", "version", "scope"),
         sorted((n, v, scope.get(n)) for n, v in flatten(said)),
         "a folder has what is installed, development and bundled packages marked, and nothing twice")
    image_of(work + "/pnp.tar", [{"app/.yarn/cache/lodash-npm-4.17.20-0123.zip": zip_of(
        [("node_modules/lodash/lodash.js", "x"), ("node_modules/lodash/package.json", '{"name":"lodash","version":"4.17.20"}'),
         ("node_modules/lodash/test/package.json", '{"name":"no","version":"1.0.0"}')])}])
    same(rows(scan(work + "/pnp.tar"), "name", "version", "path"),
         [("lodash", "4.17.20", "/app/.yarn/cache/lodash-npm-4.17.20-0123.zip!/node_modules/lodash/package.json")],
         "packages that yarn runs from its cache of archives are found")
    with open(work + "/app/package-lock.json", encoding="utf-8") as f:
        lock = json.load(f)
    lock["packages"]["node_modules/other-system"] = {"version": "1.0.0", "optional": True, "os": ["other"]}
    os.makedirs(work + "/elsewhere")
    for folder in ("app", "elsewhere"):
        with open(f"{work}/{folder}/package-lock.json", "w", encoding="utf-8") as f:
            json.dump(lock, f)
    ok("other-system" not in {p["name"] for p in packages(scan(work + "/app"))} and
       "other-system" in {p["name"] for p in packages(scan(work + "/elsewhere"))},
       "what is optional and was not installed is for other machines; without any installation it counts")
    with open(work + "/app/package-lock.json", "wb") as f:
        f.write(files["package-lock.json"])
    os.makedirs(work + "/locked")
    shutil.copy(work + "/app/package-lock.json", work + "/locked")
    same(rows(scan(work + "/locked"), "name", "version", "scope"),
         sorted((n, v, scope.get(n, "declared")) for n, v in flatten(said)),
         "a folder with a lock file alone has what it names")
    image_of(work + "/locked.tar", [locks, {"other/node_modules/x/package.json": '{"name":"x","version":"1.0.0"}'}])
    same(rows(scan(work + "/locked.tar"), "name", "scope"), [("x", None)],
         "in an image a lock file does not count beside what is installed")


# ---- Java ----

def zip_of(entries, method=zipfile.ZIP_DEFLATED, streamed=False, prefix=b""):
    """streamed: sizes stand behind the data, as java.util.zip writes them."""
    class Pipe(io.RawIOBase):
        def __init__(self):
            self.data = b""

        def writable(self):
            return True

        def write(self, b):
            self.data += bytes(b)
            return len(b)

    out = Pipe() if streamed else io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as z:
        for name, data in entries:
            z.writestr(name, data)
    return prefix + (out.data if streamed else out.getvalue())


def pom(group, artifact, version):
    return ("META-INF/maven/%s/%s/pom.properties" % (group, artifact),
            "#Generated by Maven\ngroupId=%s\nartifactId=%s\nversion=%s\n" % (group, artifact, version))


def java_cases(work):
    noise = ("com/example/A.class", os.urandom(70000) + b"PK\x07\x08PK\x03\x04PK" + os.urandom(9000))
    manifest = "Manifest-Version: 1.0\r\nBundle-SymbolicName: org.apache.commons.lang3\r\nBundle-Version: 3.\r\n 12.0\r\n"
    lib = zip_of([noise, pom("com.fasterxml", "jackson-core", "2.13.1")])
    inner = zip_of([("WEB-INF/lib/jackson-core-2.13.1.jar", lib), noise], streamed=True)
    deep = zip_of([pom("g", "deepest", "1")])
    for i in range(14):
        deep = zip_of([("n%d.jar" % i, deep)], method=zipfile.ZIP_STORED)
    layer = {
        "opt/a/fat-1.0.jar": zip_of([noise, pom("org.me", "fat", "1.0"), pom("org.slf4j", "slf4j-api", "1.7.36"),
                                     pom("com.google.guava", "guava", "31.0-jre")], streamed=True),
        "opt/a/site.war": inner,
        "opt/a/boot.jar": zip_of([("BOOT-INF/lib/snakeyaml-1.29.jar", zip_of([("x", "y")]))], zipfile.ZIP_STORED,
                                 prefix=b"#!/bin/sh\nexec java -jar $0\nP PK PK\x03 exit\n"),
        "opt/a/commons-lang3.jar": zip_of([("META-INF/MANIFEST.MF", manifest), noise]),
        "opt/a/log4j-1.2.17.jar": zip_of([("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n"), noise], streamed=True),
        "opt/a/deep.jar": deep,
        "opt/web/META-INF/maven/org.x/y/pom.properties": pom("org.x", "y", "5")[1],
    }
    image_of(work + "/java.tar", [layer])
    document = scan(work + "/java.tar")
    place = "".join("n%d.jar%s" % (i, "!/" if i else "") for i in range(13, -1, -1))
    same(rows(document, "name", "version", "path", "scope"), sorted([
        ("com.fasterxml:jackson-core", "2.13.1", "/opt/a/site.war!/WEB-INF/lib/jackson-core-2.13.1.jar", None),
        ("com.google.guava:guava", "31.0-jre", "/opt/a/fat-1.0.jar", "bundled"),
        ("g:deepest", "1", "/opt/a/deep.jar!/" + place, None),
        ("log4j:log4j", "1.2.17", "/opt/a/log4j-1.2.17.jar", None),
        ("org.apache.commons.lang3:commons-lang3", "3.12.0", "/opt/a/commons-lang3.jar", None),
        ("org.me:fat", "1.0", "/opt/a/fat-1.0.jar", None),
        ("org.slf4j:slf4j-api", "1.7.36", "/opt/a/fat-1.0.jar", "bundled"),
        ("org.x:y", "5", "/opt/web/META-INF/maven/org.x/y/pom.properties", None),
        ("snakeyaml:snakeyaml", "1.29", "/opt/a/boot.jar!/BOOT-INF/lib/snakeyaml-1.29.jar", None),
    ]), "archives in archives, shaded contents, manifests and file names tell what a jar is")

    deeper = deep
    for i in range(4):
        deeper = zip_of([("m%d.jar" % i, deeper)])
    hidden = bytearray(zip_of([pom("a", "seen", "1"), pom("a", "hidden", "1")]))
    at = hidden.rindex(b"META-INF/maven/a/hidden")
    hidden[at:at + 3] = b"XXX"
    image_of(work + "/odd.tar", [{"deeper.jar": deeper, "hidden.jar": bytes(hidden), "no.jar": "text",
                                  "cut.jar": zip_of([pom("a", "b", "1"), noise])[:5000], "empty.jar": ""}])
    document = scan(work + "/odd.tar")
    told = "\n".join(g["what"] + " " + (g.get("detail") or "") for g in document["gaps"])
    for word in ("deeper.jar: jar: archives nested more than PL_JAR_DEPTH_MAX (16) deep",
                 "hidden.jar: zip: its directory names other entries", "no.jar: no zip archive",
                 "cut.jar: zip: ends in the middle"):
        ok(word in told, "what cannot be read of an archive is told: " + word.split(":")[0], told)
    ok("empty.jar" not in told, "an empty file is no archive and no problem", told)


# ---- Python: a wheel as pip unpacks it (PEP 427, PEP 376, PEP 610) ----

def wheel(name, version, files, more=""):
    info = "%s-%s.dist-info" % (name.replace("-", "_"), version)
    files = dict(files)
    files[info + "/METADATA"] = "Metadata-Version: 2.1\nName: %s\nVersion: %s\nLicense: MIT\n%s\nText\n" % (name, version, more)
    files[info + "/WHEEL"] = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = ""
    for path, data in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data.encode()).digest()).rstrip(b"=").decode()
        record += "%s,sha256=%s,%d\n" % (path, digest, len(data))
    files[info + "/RECORD"] = record + info + "/RECORD,,\n"
    return files


def python_cases(work):
    site = "usr/local/lib/python3.11/site-packages/"
    debian = "usr/lib/python3/dist-packages/"
    status = "Package: python3-yaml\nStatus: install ok installed\nVersion: 6.0-3\nArchitecture: amd64\n\n"
    base = {"etc/os-release": "ID=debian\nVERSION_ID=12\n", "var/lib/dpkg/status": status}
    base.update({debian + k: v for k, v in wheel("PyYAML", "6.0", {"yaml/__init__.py": ""}).items()})
    base["var/lib/dpkg/info/python3-yaml.md5sums"] = "".join(
        "%s  %s\n" % (hashlib.md5(v.encode()).hexdigest(), k) for k, v in base.items() if k.startswith(debian))
    app = {site + k: v for k, v in wheel("Jinja_2.x", "2.4.1", {"jinja2/__init__.py": "x"}).items()}
    app[site + "Jinja_2.x-2.4.1.dist-info/direct_url.json"] = json.dumps(
        {"url": "https://user:secret@git.example/jinja", "vcs_info": {"vcs": "git", "commit_id": "0123abc"}})
    app.update({site + k: v for k, v in wheel("pyyaml", "5.1", {}).items()})
    app[site + "old-1.0-py3.11.egg-info"] = "Metadata-Version: 1.0\nName: old\nVersion: 1.0\n"
    app[site + "zipped-2.0-py3.11.egg"] = zip_of([("zipped/__init__.py", ""),
                                                  ("EGG-INFO/PKG-INFO", "Name: zipped\nVersion: 2.0\n")], streamed=True)
    app["opt/conda/conda-meta/zlib-1.2.13-h5eee18b_0.json"] = json.dumps(
        {"name": "zlib", "version": "1.2.13", "license": "Zlib", "url": "https://c.example/zlib.conda"})
    ids = image_of(work + "/python.tar", [base, app])
    document = scan(work + "/python.tar")
    found = {(p["name"], p["version"]): p for p in document["packages"] if p["type"] in ("pypi", "conda")}
    same(sorted(found), sorted([("PyYAML", "6.0"), ("pyyaml", "5.1"), ("Jinja_2.x", "2.4.1"), ("old", "1.0"),
                                ("zipped", "2.0"), ("zlib", "1.2.13")]),
         "dist-info, egg-info, zipped eggs and conda's records tell of Python packages")
    jinja = found[("Jinja_2.x", "2.4.1")]
    same((jinja["provenance"], jinja["source"], jinja["purl"], jinja["layer"]),
         ("git+https://git.example/jinja@0123abc", "jinja-2-x", "pkg:pypi/jinja-2-x@2.4.1", ids[1]),
         "a package from a repository says which commit, without the password")
    same((found[("PyYAML", "6.0")]["owned_by"], found[("pyyaml", "5.1")]["owned_by"]), ("python3-yaml", None),
         "a package that came with one of the system says which")
    return work + "/python.tar", ids


# ---- advisories ----

def advisory_cases(work):
    image, ids = python_cases(work)

    def record(name, ecosystem, package, fixed):
        return json.dumps({"schema_version": "1.6.0", "id": name, "modified": "2026-01-01T00:00:00Z",
                           "published": "2026-01-01T00:00:00Z", "summary": "test",
                           "affected": [{"package": {"ecosystem": ecosystem, "name": package},
                                         "ranges": [{"type": "ECOSYSTEM",
                                                     "events": [{"introduced": "0"}, {"fixed": fixed}]}]}]})
    os.makedirs(work + "/osv")
    with open(work + "/osv/all.jsonl", "w", encoding="utf-8") as f:
        f.write("\n".join([record("PYSEC-1", "PyPI", "pyyaml", "6.1"), record("GHSA-npm", "npm", "lodash", "4.17.21"),
                           record("GHSA-mvn", "Maven", "org.g:lib", "2.0"),
                           record("DEBIAN-1", "Debian:12", "openssl", "1")]) + "\n")
    subprocess.run([PLIMSOLL, "db", "update", "--source", work + "/osv", "--advisories", work + "/adv", "--quiet"],
                   check=True, stdout=subprocess.DEVNULL)
    document = scan(image, "--advisories", work + "/adv")
    got = sorted((f["advisory"], f["package"]["version"], f["path"], f["layer"]) for f in document["findings"]
                 if f["kind"] == "vulnerability")
    same(got, [("PYSEC-1", "5.1", "/usr/local/lib/python3.11/site-packages/pyyaml-5.1.dist-info/METADATA", ids[1])],
         "what came with a package of the system is judged by that package alone")
    npm = '{"name":"lodash","version":"4.17.20"}'
    ids = image_of(work + "/js.tar", [{"a/node_modules/lodash/package.json": npm},
                                      {"b/node_modules/lodash/package.json": npm,
                                       "b/node_modules/x/node_modules/lodash/package.json": npm,
                                       "b/lib-1.0.jar": zip_of([pom("org.g", "lib", "1.0")])}])
    document = scan(work + "/js.tar", "--advisories", work + "/adv")
    got = sorted((f["advisory"], f["path"], f["layer"]) for f in document["findings"] if f["kind"] == "vulnerability")
    same(got, sorted([("GHSA-npm", "/a/node_modules/lodash/package.json", ids[0]),
                      ("GHSA-npm", "/b/node_modules/lodash/package.json", ids[1]),
                      ("GHSA-mvn", "/b/lib-1.0.jar", ids[1])]),
         "the same package in several folders of a layer is one finding, in another layer another")
    table = subprocess.run([PLIMSOLL, "scan", work + "/js.tar", "--state-dir", "none", "--advisories", work + "/adv"],
                           check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.decode()
    line = [x for x in table.splitlines() if x.startswith("lodash") and "/a/" in x]
    ok(len(line) == 1 and ids[0][7:19] in line[0], "the table says layer and path", table)


def guessed_cases(work):
    """Jars without pom.properties: the group is a guess, and says so."""
    manifest = "Manifest-Version: 1.0\nBundle-SymbolicName: org.apache.commons.lang3\nBundle-Version: 3.12.0\n\n"
    image_of(work + "/guess.tar", [{
        "a/commons-lang3-3.12.0.jar": zip_of([("META-INF/MANIFEST.MF", manifest)]),
        "a/log4j-1.2.17.jar": zip_of([("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n")]),
        "a/unheard-1.0.jar": zip_of([("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n")]),
        "a/sure-1.0.jar": zip_of([pom("org.sure", "lang3", "1.0")])}])
    os.makedirs(work + "/guess-osv")
    with open(work + "/guess-osv/all.jsonl", "w", encoding="utf-8") as f:
        for name, package, fixed in (("GHSA-1", "org.apache.commons:commons-lang3", "3.18.0"), ("GHSA-2", "log4j:log4j", "2.0"),
                                     ("GHSA-3", "org.old:log4j", "1.2.0"), ("GHSA-4", "org.other:lang3", "9")):
            f.write(json.dumps({"schema_version": "1.6.0", "id": name, "modified": "2026-01-01T00:00:00Z", "affected": [
                {"package": {"ecosystem": "Maven", "name": package},
                 "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}]}]}) + "\n")
    subprocess.run([PLIMSOLL, "db", "update", "--source", work + "/guess-osv", "--advisories", work + "/guess-adv", "--quiet"],
                   check=True, stdout=subprocess.DEVNULL)
    document = scan(work + "/guess.tar", "--advisories", work + "/guess-adv")
    same(rows(document, "name", "confidence"),
         [("log4j:log4j", "guessed"), ("org.apache.commons.lang3:commons-lang3", "guessed"), ("org.sure:lang3", None),
          ("unheard:unheard", "guessed")], "a group that no pom.properties says is marked as a guess")
    same([(f["advisory"], f["confidence"]) for f in document["findings"] if f["kind"] == "vulnerability"],
         [("GHSA-2", "guessed")], "what is matched by a guess says so")
    same([g["what"] for g in document["gaps"] if g["reason"] == "guessed-name"],
         ["1 package of image lang:1: org.apache.commons.lang3:commons-lang3 3.12.0"],
         "where another group's artifact of that name is vulnerable, nothing is said to be clean")


# ---- the other languages: files as their tools write them ----

def fixture_cases(work):
    document = scan(FIXTURES)
    found = {p["name"]: p for p in document["packages"]}
    same(sorted(found), ["Hello.Wheel", "hello-gem"], "what pip and gem installed is found, a cargo workspace is its own")
    wheel_of_pip = found["Hello.Wheel"]
    same((wheel_of_pip["version"], wheel_of_pip["licence"], wheel_of_pip["provenance"]),
         ("1.2", "Apache-2.0", "file:///tmp/plimsoll-fixture/hello_wheel-1.2-py3-none-any.whl"),
         "pip wrote down which file a package came from")
    with open(glob.glob(FIXTURES + "/python/site-packages/*.dist-info/direct_url.json")[0], encoding="utf-8") as f:
        same(wheel_of_pip["integrity"], "sha256:" + json.load(f)["archive_info"]["hashes"]["sha256"],
             "and the digest of that file")
    same((found["hello-gem"]["version"], found["hello-gem"]["licence"]), ("0.3.1", "MIT"), "gem's specification is read")


def other_cases(work):
    layer = {
        "usr/lib/ruby/gems/3.1.0/specifications/rack-2.2.4.gemspec":
            '# -*- encoding: utf-8 -*-\n# stub: rack 2.2.4 ruby lib\n\nGem::Specification.new do |s|\n'
            '  s.name = "rack".freeze\n  s.version = "2.2.4"\n  s.licenses = ["MIT".freeze]\nend\n',
        "app/vendor/composer/installed.json": json.dumps({"packages": [
            {"name": "symfony/http-kernel", "version": "v5.4.0", "license": ["MIT"],
             "source": {"type": "git", "url": "https://github.com/symfony/http-kernel.git", "reference": "abc"}}]}),
        "usr/share/php/.registry/archive_tar.reg":
            'a:3:{s:4:"name";s:11:"Archive_Tar";s:7:"channel";s:12:"pear.php.net";s:7:"version";'
            'a:2:{s:7:"release";s:6:"1.4.14";s:3:"api";s:5:"1.4.0";}}',
        "app/App.deps.json": json.dumps({"libraries": {"App/1.0.0": {"type": "project"},
                                                       "Newtonsoft.Json/12.0.1": {"type": "package"}}}),
        "usr/lib/erlang/lib/ssl-10.9/ebin/ssl.app": '{application, ssl,\n [{vsn, "10.9"}]}.\n',
        "app/lib/cowboy-2.9.0/ebin/cowboy.app": "{application, 'cowboy', [\n\t{vsn, \"2.9.0\"}\n]}.\n",
        "usr/local/lib/perl5/5.36/.meta/JSON-XS-4.03/MYMETA.json": '{"name":"JSON-XS","version":"4.03"}',
        "usr/local/lib/perl5/5.36/.meta/JSON-XS-4.03/install.json":
            '{"name":"JSON::XS","version":"4.03","dist":"JSON-XS-4.03","pathname":"M/ML/MLEHMANN/JSON-XS-4.03.tar.gz"}',
        "app/bundle/bundler/gems/thing-a49e4638994a/thing.gemspec":
            '# -*- encoding: utf-8 -*-\n# stub: thing 0.3.1 ruby lib\n\nGem::Specification.new do |s|\n  s.name = "thing".freeze\nend\n',
        "app/bundle/bundler/gems/thing-a49e4638994a/test/other.gemspec": 'Gem::Specification.new do |s|\n  s.name = V\nend\n',
        "usr/local/lib/perl5/5.36/auto/JSON/XS/.packlist": "/usr/local/lib/perl5/JSON/XS.pm\n",
        "usr/local/lib/perl5/5.36/auto/Foo/Bar/.packlist": "/usr/local/lib/perl5/Foo/Bar.pm\n",
        "usr/lib/R/library/jsonlite/DESCRIPTION": "Package: jsonlite\nVersion: 1.8.4\nBuilt: R 4.2.2\n",
        "usr/local/lib/luarocks/rocks-5.1/lpeg/1.0.2-1/lpeg-1.0.2-1.rockspec":
            'package = "lpeg"\nversion = "1.0.2-1"\nsource = {\n   url = "http://h/lpeg.tar.gz"\n}\n',
    }
    image_of(work + "/other.tar", [layer])
    found = scan(work + "/other.tar")
    same(sorted((p["name"], p["provenance"]) for p in packages(found) if p["name"] in ("thing", "JSON-XS")),
         [("JSON-XS", "M/ML/MLEHMANN/JSON-XS-4.03.tar.gz"), ("thing", "git#a49e4638994a")],
         "what Bundler took from a repository is there with its commit; two files of CPAN about one package are one")
    same(rows(found, "purl"), sorted((x,) for x in (
        "pkg:gem/rack@2.2.4", "pkg:gem/thing@0.3.1", "pkg:composer/symfony/http-kernel@5.4.0", "pkg:pear/Archive_Tar@1.4.14",
        "pkg:nuget/Newtonsoft.Json@12.0.1", "pkg:otp/ssl@10.9", "pkg:hex/cowboy@2.9.0", "pkg:cpan/JSON-XS@4.03",
        "pkg:cpan/Foo-Bar", "pkg:cran/jsonlite@1.8.4", "pkg:luarocks/lpeg@1.0.2-1")),
         "Ruby, PHP, .NET, Erlang, Perl, R and Lua are read")
    os.makedirs(work + "/go")
    subprocess.run(["go", "mod", "init", "example.com/m"], cwd=work + "/go", check=True, stderr=subprocess.DEVNULL)
    subprocess.run(["go", "mod", "edit", "-require=golang.org/x/text@v0.3.7", "-require=golang.org/x/net@v0.1.0",
                    "-replace=golang.org/x/net=example.com/net@v0.2.0"], cwd=work + "/go", check=True)
    with open(work + "/go/go.sum", "w", encoding="utf-8") as f:
        f.write("golang.org/x/text v0.3.7 h1:abc=\ngolang.org/x/text v0.3.7/go.mod h1:def=\n")
    same(rows(scan(work + "/go"), "name", "version", "ecosystem", "integrity"),
         [("example.com/net", "v0.2.0", "Go", None), ("golang.org/x/text", "v0.3.7", "Go", "h1:abc=")],
         "go.mod as go writes it, replaced modules and digests of go.sum included")


def main():
    work = tempfile.mkdtemp(prefix="plimsoll-lang-")
    try:
        for cases in (npm_cases, java_cases, advisory_cases, guessed_cases, fixture_cases, other_cases):
            folder = os.path.join(work, cases.__name__)
            os.makedirs(folder)
            cases(folder)
    finally:
        shutil.rmtree(work)
    sys.exit(end())


main()
