#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`plimsoll db update` and `db status` from a folder and from a mirror with TLS."""
import gzip
import http.server
import io
import json
import os
import ssl
import subprocess
import sys
import tempfile
import threading
import zipfile

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


class Tap:
    n, failed = 0, False

    def result(self, ok, name, p=None):
        self.n += 1
        self.failed |= not ok
        print("ok" if ok else "not ok", self.n, "-", name, flush=True)
        if not ok and p:
            print("\n".join("# " + line for line in (p.stdout + p.stderr).splitlines()[:20]))


def status(state):
    p = run("status", "--format", "json", "--state-dir", state)
    return json.loads(p.stdout)["advisories"] if p.returncode == 0 else None


def folder_tests(tap, work):
    state = f"{work}/state"
    p = run("status", "--state-dir", state)
    tap.result(p.returncode == 0 and "no advisories" in p.stdout and not os.path.exists(state),
               "status without advisories says so and makes nothing", p)
    p = run("update", "--source", DEMO, "--state-dir", state)
    tap.result(p.returncode == 0 and p.stdout == "" and "45 records" in p.stderr,
               "a folder is imported, with progress on standard error", p)
    s = status(state)
    feeds = {f["name"]: f for f in s["feeds"]}
    tap.result(s["present"] and set(feeds) == {"Debian", "kev", "epss"} and feeds["Debian"]["records"] == 45
               and feeds["kev"]["version"] == "2025.08.25" and feeds["Debian"]["source"] == DEMO
               and feeds["epss"]["age_days"] > 0, "status names version, age, source and count of each feed")
    p = run("status", "--state-dir", state)
    tap.result(p.returncode == 0 and "Debian" in p.stdout and s["digest"] in p.stdout,
               "status as text says the same", p)
    p = run("update", "--source", f"{work}/nowhere", "--state-dir", state)
    tap.result(p.returncode == 4 and "nowhere" in p.stderr and status(state) == s | {"age_days": s["age_days"]},
               "a source that is not there is one error, and the database stays", p)
    damage(tap, state)


def damage(tap, state):
    path = f"{state}/advisories/advisories.db"
    with open(path, "rb") as f:
        good = f.read()
    for name, bad in (("truncated", good[:-100]), ("changed", good[:700] + b"\xff" + good[701:]),
                      ("foreign", b"SQLite format 3\0" + bytes(600)), ("empty", b"")):
        os.unlink(path)
        with open(path, "wb") as f:
            f.write(bad)
        p = run("status", "--state-dir", state)
        tap.result(p.returncode == 4 and p.stderr.count("\n") == 1 and path in p.stderr,
                   f"database {name}: one clear error names it", p)
    p = run("update", "--quiet", "--source", DEMO, "--state-dir", state)
    tap.result(p.returncode == 0 and p.stderr == "" and status(state)["present"],
               "an import replaces a damaged database", p)


def mirror_tests(tap, work):
    server, state = Server(work), f"{work}/state2"
    p = run("update", "--source", server.base + "/osv", "--ca", server.cert, "--state-dir", state)
    s = status(state)
    tap.result(p.returncode == 0 and s["present"] and s["vulnerabilities"] == 45 and
               "Ubuntu/all.zip: not there" in p.stderr, "a mirror is fetched by https, and told what it lacks", p)
    tap.result({f["name"]: f["source"] for f in s["feeds"]}.get("epss") == server.base + "/osv",
               "the mirror's address is the source of its feeds")
    tap.result(os.listdir(f"{state}/advisories") == ["advisories.db"], "nothing else is left in the folder")
    for what, args, words, code in (
            ("an unknown authority", [server.base + "/osv"], "localhost", 4),
            ("a file that breaks off", [server.base + "/cut", "--ca", server.cert], "all.zip", 4),
            ("a server's error", [server.base + "/broken", "--ca", server.cert], "HTTP status 500", 4),
            ("a mirror without files", [server.base + "/none", "--ca", server.cert], "no OSV", 4),
            ("plain http", [server.base.replace("https", "http") + "/osv"], "only https", 2)):
        p = run("update", "--quiet", "--source", *args, "--state-dir", state)
        tap.result(p.returncode == code and words in p.stderr and p.stderr.count("\n") == 1 and
                   status(state)["digest"] == s["digest"], f"{what} is one error, and the database stays", p)
    asked = len(server.asked)
    run("status", "--state-dir", state)
    run("compare", "deb", "1", "2")
    tap.result(len(server.asked) == asked, "no other verb contacts the source")


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="plimsoll-db-") as work:
        folder_tests(tap, work)
        mirror_tests(tap, work)
    print(f"1..{tap.n}")
    return 1 if tap.failed else 0


if __name__ == "__main__":
    sys.exit(main())
