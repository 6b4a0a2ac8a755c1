#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`plimsoll db update` and `db status` from a folder and from a mirror with TLS."""
import datetime
import gzip
import http.server
import io
import json
import os
import pwd
import ssl
import subprocess
import sys
import tempfile
import threading
import zipfile

from tap import end, ok

ROOT = os.environ["PL_SOURCE_ROOT"]
PROGRAM = os.environ["PLIMSOLL"]
DEMO = os.path.join(ROOT, "content/demo")


def mirror():
    """The demo's advisories, laid out as the public export is."""
    text = io.BytesIO()
    with open(f"{DEMO}/osv/Debian.jsonl", encoding="utf-8") as f, \
            zipfile.ZipFile(text, "w", zipfile.ZIP_DEFLATED) as z:
        for line in f:
            z.writestr(json.loads(line)["id"] + ".json", line)
    files = {"/osv/Debian/all.zip": text.getvalue()}
    with open(f"{DEMO}/kev.json", "rb") as f:
        files["/osv/kev.json"] = f.read()
    with open(f"{DEMO}/epss.csv", "rb") as f:
        files["/osv/epss.csv.gz"] = gzip.compress(f.read())
    files["/cut/Debian/all.zip"] = text.getvalue()[:9000]
    return files


class Server:
    def __init__(self, folder):
        key, cert = f"{folder}/key.pem", f"{folder}/cert.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                        "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=DNS:localhost", "-keyout", key, "-out", cert],
                       check=True, stderr=subprocess.DEVNULL)
        self.cert, self.asked, files = cert, [], mirror()
        asked = self.asked

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):  # pylint: disable=invalid-name
                asked.append(self.path)
                body = files.get(self.path)
                self.send_response(200 if body else 500 if self.path.startswith("/broken/") else 404)
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.base = f"https://localhost:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def run(*args):
    env = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    return subprocess.run([PROGRAM, "db", *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False, env=env)


def status(state):
    p = run("status", "--format", "json", "--state-dir", state)
    return json.loads(p.stdout)["advisories"] if p.returncode == 0 else None


def folder_tests(work):
    state = f"{work}/state"
    p = run("status", "--state-dir", state)
    ok(p.returncode == 0 and "no advisories" in p.stdout and not os.path.exists(state),
       "status without advisories says so and makes nothing", p)
    p = run("update", "--source", DEMO, "--state-dir", state)
    ok(p.returncode == 0 and p.stdout == "" and "45 records" in p.stderr,
       "a folder is imported, with progress on standard error", p)
    s = status(state)
    feeds = {f["name"]: f for f in s["feeds"]}
    ok(s["present"] and set(feeds) == {"Debian", "kev", "epss"} and feeds["Debian"]["records"] == 45
       and feeds["kev"]["version"] == "2025.08.25" and feeds["Debian"]["source"] == DEMO
       and feeds["epss"]["age_days"] > 0, "status names version, age, source and count of each feed")
    p = run("status", "--state-dir", state)
    ok(p.returncode == 0 and "Debian" in p.stdout and s["digest"] in p.stdout,
       "status as text says the same", p)
    p = run("update", "--source", f"{work}/nowhere", "--state-dir", state)
    ok(p.returncode == 4 and "nowhere" in p.stderr and status(state) == s | {"age_days": s["age_days"]},
       "a source that is not there is one error, and the database stays", p)
    damage(state)


def damage(state):
    path = f"{state}/advisories/advisories.db"
    with open(path, "rb") as f:
        good = f.read()
    for name, bad in (("truncated", good[:-100]), ("changed", good[:700] + b"\xff" + good[701:]),
                      ("foreign", b"SQLite format 3\0" + bytes(600)), ("empty", b"")):
        os.unlink(path)
        with open(path, "wb") as f:
            f.write(bad)
        p = run("status", "--state-dir", state)
        ok(p.returncode == 4 and p.stderr.count("\n") == 1 and path in p.stderr,
           f"database {name}: one clear error names it", p)
    p = run("update", "--quiet", "--source", DEMO, "--state-dir", state)
    ok(p.returncode == 0 and p.stderr == "" and status(state)["present"],
       "an import replaces a damaged database", p)


def mirror_tests(work):
    server, state = Server(work), f"{work}/state2"
    p = run("update", "--source", server.base + "/osv", "--ca", server.cert, "--state-dir", state)
    s = status(state)
    ok(p.returncode == 0 and s["present"] and s["vulnerabilities"] == 45 and
       "Ubuntu/all.zip: not there" in p.stderr, "a mirror is fetched by https, and told what it lacks", p)
    ok({f["name"]: f["source"] for f in s["feeds"]}.get("epss") == server.base + "/osv",
       "the mirror's address is the source of its feeds")
    ok(os.listdir(f"{state}/advisories") == ["advisories.db"], "nothing else is left in the folder")
    for what, args, words, code in (
            ("an unknown authority", [server.base + "/osv"], "localhost", 4),
            ("a file that breaks off", [server.base + "/cut", "--ca", server.cert], "all.zip", 4),
            ("a server's error", [server.base + "/broken", "--ca", server.cert], "HTTP status 500", 4),
            ("a mirror without files", [server.base + "/none", "--ca", server.cert], "no OSV", 4),
            ("plain http", [server.base.replace("https", "http") + "/osv"], "only https", 2)):
        p = run("update", "--quiet", "--source", *args, "--state-dir", state)
        ok(p.returncode == code and words in p.stderr and p.stderr.count("\n") == 1 and
           status(state)["digest"] == s["digest"], f"{what} is one error, and the database stays", p)
    asked = len(server.asked)
    run("status", "--state-dir", state)
    run("compare", "deb", "1", "2")
    ok(len(server.asked) == asked, "no other verb contacts the source")


STATUS = """Package: {name}
Status: install ok installed
Architecture: amd64
Version: {version}

"""


def day(days_ago):
    return (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=days_ago)).strftime("%Y-%m-%dT%H:%M:%SZ")


def feed(folder, days_ago):
    """One advisory, and nothing else that could be newer."""
    os.makedirs(folder)
    with open(f"{folder}/Debian.jsonl", "w", encoding="utf-8") as f:
        json.dump({"id": "DEBIAN-CVE-2020-0001", "modified": day(days_ago), "published": "2020-01-01T00:00:00Z",
                   "upstream": ["CVE-2020-0001"], "database_specific": {"severity": "HIGH"},
                   "affected": [{"package": {"ecosystem": "Debian:12", "name": "curl"}, "ranges": [
                       {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2"}]}]}]}, f)
        f.write("\n")


def root_of(folder, version):
    os.makedirs(f"{folder}/etc")
    os.makedirs(f"{folder}/var/lib/dpkg")
    with open(f"{folder}/etc/os-release", "w", encoding="utf-8") as f:
        f.write('ID=debian\nVERSION_ID="12"\n')
    with open(f"{folder}/var/lib/dpkg/status", "w", encoding="utf-8") as f:
        f.write(STATUS.format(name="curl", version=version))
    return folder


def scan(state, root, *args):
    p = subprocess.run([PROGRAM, "scan", root, "--format", "json", "--state-dir", state, *args],
                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    doc = json.loads(p.stdout)
    rows = {f["check"]: f for f in doc["findings"] if f["kind"] == "check"}
    return p, doc, rows["IMG-004"], [f for f in doc["findings"] if f["kind"] == "vulnerability"]


def age_tests(work):
    good, bad = root_of(f"{work}/good", "2"), root_of(f"{work}/bad", "1")
    state = f"{work}/state3"
    feed(f"{work}/new", 1)
    feed(f"{work}/old", 9)
    run("update", "--quiet", "--source", f"{work}/new", "--state-dir", state)
    p, doc, row, _ = scan(state, good)
    ok(row["verdict"] == "pass" and not doc["advisories"]["feeds"][0]["stale"],
       "with advisories of these days, nothing known is a pass", p)
    _, _, _, vulns = scan(state, bad)
    ok(len(vulns) == 1 and vulns[0]["kev"] is None and vulns[0]["kev_reason"] == "feed-missing"
       and vulns[0]["epss_ppm"] is None and vulns[0]["epss_reason"] == "feed-missing",
       "without a KEV catalog nobody says that it is not exploited")
    p, _, _, _ = scan(state, bad, "--fail-on", "kev")
    ok(p.returncode == 3, "who asks for exploited ones gets no all-clear without the catalog", p)
    run("update", "--quiet", "--source", f"{work}/old", "--state-dir", state)
    p, doc, row, _ = scan(state, good)
    ok((row["verdict"], row["reason"]) == ("unknown", "feed-stale") and doc["advisories"]["feeds"][0]["stale"]
       and [g["reason"] for g in doc["gaps"]].count("feed-stale") == 1,
       "with old advisories nothing known is unknown: feed-stale, and one gap", p)
    p, _, row, vulns = scan(state, bad)
    ok(row["verdict"] == "fail" and len(vulns) == 1 and vulns[0]["verdict"] == "fail",
       "what old advisories list stays failed", p)
    p, _, _, _ = scan(state, good, "--fail-on", "high")
    ok(p.returncode == 3 and "feed-stale" in p.stdout, "a policy is not held by old advisories", p)
    p = run("status", "--state-dir", state)
    ok("STALE: more than 7 days" in p.stdout and status(state)["feeds"][0]["stale"] is True,
       "status calls the feed stale", p)
    with open(f"{work}/plimsoll.yaml", "w", encoding="utf-8") as f:
        f.write('policy:\n  max_feed_age_days: [3, "Debian=10"]\n')
    p, _, row, _ = scan(state, good, "--config", f"{work}/plimsoll.yaml")
    ok(row["verdict"] == "pass", "the policy sets the age for one feed", p)


def elsewhere_tests(work):
    """Advisories outside of a state directory, for scans that keep none."""
    good, bad = f"{work}/good", f"{work}/bad"
    folder = f"{work}/elsewhere"
    p = run("update", "--quiet", "--source", f"{work}/new", "--advisories", folder, "--state-dir", "none")
    s = run("status", "--advisories", folder, "--state-dir", "none")
    ok(p.returncode == 0 and s.returncode == 0 and "Debian" in s.stdout and
       os.listdir(folder) == ["advisories.db"], "advisories can lie in a folder of their own", s)

    def scan_with(*args):
        return subprocess.run([PROGRAM, "scan", bad, "--state-dir", "none", "--format", "json", *args],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)

    p = scan_with()
    found = [f for f in json.loads(p.stdout)["findings"] if f["kind"] == "vulnerability"]
    ok(p.returncode == 0 and not found, "a scan that keeps no state has none of itself", p)
    p = scan_with("--advisories", folder)
    found = [f for f in json.loads(p.stdout)["findings"] if f["kind"] == "vulnerability"]
    ok(p.returncode == 0 and found, "and finds vulnerabilities with a folder that is named", p)
    p = scan_with("--advisories", good)
    ok(p.returncode == 2 and p.stderr.count("\n") == 1 and "db update --advisories" in p.stderr,
       "a folder that was named and holds none is a usage error", p)
    p = subprocess.run([PROGRAM, "audit", "--no-engine", "--state-dir", f"{work}/state-of-audit", "--format", "json",
                        "--advisories", folder], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    ok(p.returncode == 0 and json.loads(p.stdout)["advisories"]["present"],
       "an audit takes them from there, too", p)


def owner_tests(work):
    try:
        want = pwd.getpwnam("plimsoll").pw_uid if os.geteuid() == 0 else os.geteuid()
    except KeyError:
        want = 0
    os.chmod(work, 0o755)
    p = run("update", "--quiet", "--source", DEMO, "--state-dir", f"{work}/first")
    ok(p.returncode == 0 and os.stat(f"{work}/first").st_uid == want,
       "a state directory that db update makes has the owner that an audit gives it", p)


def compared():
    """What dpkg says of thousands of versions is compared in version_order.py, without sanitizers."""
    lines = "deb\t1.0~rc1\t1.0\napk\t1.0-r10\t1.0-r9\nnpm\t1\t1.0\nPyPI\t1.0\t1.0.0\ngolang\tv1.2.0\t1.10.0\n"
    p = subprocess.run([PROGRAM, "db", "compare", "--stdin"], input=lines, capture_output=True, text=True, check=False)
    ok((p.returncode, p.stdout.split()) == (0, ["<", ">", "?", "=", "<"]), "lines of standard input are compared", p)


def main():
    with tempfile.TemporaryDirectory(prefix="plimsoll-db-") as work:
        folder_tests(work)
        mirror_tests(work)
        age_tests(work)
        elsewhere_tests(work)
        owner_tests(work)
    compared()
    return end()


if __name__ == "__main__":
    sys.exit(main())
