#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""VEX documents and the ignore file in a scan: what they settle stays in every report, but does not count."""
import datetime
import json
import os
import shutil
import subprocess
import sys
import tempfile

from tap import end, ok

ROOT, PROGRAM = os.environ["PL_SOURCE_ROOT"], os.environ["PLIMSOLL"]
VEX = {"@context": "https://openvex.dev/ns/v0.2.0", "timestamp": "2026-01-01T00:00:00Z", "statements": []}


def run(*args, cwd):
    return subprocess.run([PROGRAM, *args], cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False)


def write(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def main():
    work = tempfile.mkdtemp(prefix="plimsoll-vex-")
    os.chmod(work, 0o755)  # the signer, another user, reaches the state below it
    root, state = f"{work}/root", f"{work}/state"
    os.makedirs(f"{root}/var/lib/dpkg")
    os.makedirs(f"{root}/etc")
    shutil.copy(f"{ROOT}/tests/fixtures/dpkg/bookworm-minbase.status", f"{root}/var/lib/dpkg/status")
    write(f"{root}/etc/os-release", 'ID=debian\nVERSION_ID="12"\n')
    update = run("db", "update", "--source", f"{ROOT}/content/demo", "--state-dir", state, cwd=work)

    if update.returncode:
        print("Bail out! db update:", update.stderr[-300:])
        return 1

    def scan(*args):
        p = run("scan", root, "--format", "json", "--state-dir", state, *args, cwd=work)
        rows = json.loads(p.stdout)["findings"] if p.stdout else []
        return p, [r for r in rows if r["kind"] == "vulnerability"]

    def checks(p):
        return {r["check"]: r["verdict"] for r in json.loads(p.stdout)["findings"] if r.get("check") in ("PAT-007", "PAT-009")}

    try:
        plain, rows = scan()
        write(f"{work}/old.yaml", "policy: {max_feed_age_days: ['99999']}\n")
        old, _ = scan("--config", "old.yaml")
        ok(checks(old) == {"PAT-007": "pass", "PAT-009": "pass"} and checks(plain)["PAT-009"] == "unknown",
           "nothing is marked fixed, which only advisories of these days confirm", (checks(old), checks(plain)))
        first = rows[0]
        ok(all(r["verdict"] == "fail" and r["vex_status"] is None for r in rows) and len(rows) > 1,
           "without VEX every vulnerability counts", plain.stderr[-200:] if not rows else f"{len(rows)} rows")

        VEX["statements"] = [{"vulnerability": {"name": first["advisory"]}, "status": "not_affected",
                              "justification": "vulnerable_code_not_in_execute_path",
                              "products": [{"@id": first["package"]["purl"]}]}]
        write(f"{work}/vex.json", json.dumps(VEX))
        said, with_vex = scan("--vex", "vex.json")
        mine = [r for r in with_vex if r["id"] == first["id"]]
        ok(len(with_vex) == len(rows) and [(r["verdict"], r["vex_status"], r["vex_reason"], r["vex_source"])
           for r in mine] == [("waived", "not_affected", "vulnerable_code_not_in_execute_path", "vex.json")],
           "a row that VEX settles stays, waived, with its reason and origin", said.stderr[-200:])
        ok(sum(r["verdict"] == "waived" for r in with_vex) == 1, "and it is the only one")
        table = run("scan", root, "--vex", "vex.json", "--quiet", "--format", "table", "--state-dir", state, cwd=work).stdout
        ok("not_affected" in table and "says vex.json" in table, "the table says so too")

        bom = run("scan", root, "--vex", "vex.json", "--format", "cyclonedx", "--quiet", "--state-dir", state, cwd=work).stdout
        analyses = [v["analysis"] for v in json.loads(bom)["vulnerabilities"] if "analysis" in v]
        ok(analyses == [{"state": "not_affected", "justification": "code_not_reachable",
                                 "detail": "vulnerable_code_not_in_execute_path"}], "CycloneDX says it in its own words", str(analyses))
        write(f"{work}/bom.json", bom)
        settled = [(r["id"], r["vex_status"]) for r in scan("--vex", "bom.json")[1] if r["verdict"] == "waived"]
        ok(settled == [(first["id"], "not_affected")], "and is read again as a VEX document", str(settled))
        csaf = {"document": {"category": "csaf_vex", "csaf_version": "2.0", "tracking": {
                    "id": "V-1", "current_release_date": "2026-01-02T00:00:00Z"}},
                "product_tree": {"branches": [{"category": "vendor", "name": "v", "branches": [{
                    "category": "product_version", "name": "p", "product": {"product_id": "P1", "name": "p",
                        "product_identification_helper": {"purl": first["package"]["purl"]}}}]}]},
                "vulnerabilities": [{"cve": first["advisory"], "product_status": {"known_not_affected": ["P1"]},
                                     "flags": [{"label": "vulnerable_code_not_present", "product_ids": ["P1"]}]}]}
        write(f"{work}/csaf.json", json.dumps(csaf))
        settled = [(r["id"], r["vex_status"], r["vex_reason"]) for r in scan("--vex", "csaf.json")[1] if r["verdict"] == "waived"]
        ok(settled == [(first["id"], "not_affected", "vulnerable_code_not_present")], "so is CSAF", str(settled))

        out = json.loads(run("scan", root, "--vex", "vex.json", "--format", "openvex", "--quiet",
                             "--state-dir", state, cwd=work).stdout)
        words = [s["status"] for s in out["statements"]]
        ok(len(words) == len(rows) and words.count("not_affected") == 1 and
           words.count("under_investigation") == len(rows) - 1, "the scan writes what is said, and what nobody has said")
        for s in out["statements"]:
            s.update(status="fixed")
        write(f"{work}/own.json", json.dumps(out))
        marked, again = scan("--vex", "own.json")
        ok(checks(marked) == {"PAT-007": "pass", "PAT-009": "fail"}, "what is marked fixed and still found fails", checks(marked))
        ok(len(again) == len(rows) and all(r["vex_status"] == "fixed" for r in again),
           "what it wrote it reads again, to the same rows")

        ids = sorted({r["advisory"] for r in rows})
        write(f"{work}/.plimsollignore", "# accepted\n" + "".join(f"{i} until=2999-12-31 no network here\n" for i in ids))
        p, ignored = scan("--fail-on", "low,unknown", "--allow-incomplete")
        ok(p.returncode in (0, 1) and all(r["verdict"] == "waived" and r["vex_status"] == "ignored" for r in ignored),
           "the ignore file of the folder is taken", p.stderr[-300:])
        ok(checks(p)["PAT-007"] == "fail", "a line that nobody approved, and for a thousand years, fails", checks(p))
        soon = (datetime.date.today() + datetime.timedelta(days=90)).isoformat()
        write(f"{work}/.plimsollignore", "".join(f"{i} until={soon} by=jane no network here\n" for i in ids))
        p, ignored = scan("--config", "old.yaml")
        ok(checks(p) == {"PAT-007": "pass", "PAT-009": "pass"} and {r["verdict"] for r in ignored} == {"waived"},
           "one with a name and an end passes", checks(p))
        write(f"{work}/.plimsollignore", f"{ids[0]} until=2020-01-31 it was so once\n")
        p, late = scan()
        ok(f"{ids[0]} was ignored until 2020-01-31, it counts again" in p.stderr and
           {r["vex_status"] for r in late if r["advisory"] == ids[0]} == {"expired"} and
           all(r["verdict"] == "fail" for r in late), "what has expired is told and counts", p.stderr[-300:])
        write(f"{work}/.plimsollignore", f"{ids[0]}\n")
        p, _ = scan()
        ok(p.returncode == 2 and "the reason is missing" in p.stderr and not p.stdout,
           "a line without a reason ends the scan", p.stderr[-200:])
        os.unlink(f"{work}/.plimsollignore")
        p, _ = scan("--ignore-file", "nowhere")
        ok(p.returncode != 0 and "nowhere: no such file" in p.stderr, "a named file has to be there")
    finally:
        shutil.rmtree(work)
    return end()


if __name__ == "__main__":
    sys.exit(main())
