#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The verbs rules, fields and checks, and the program behind make mutate, on checks of its own.
set -u
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
n=0

ok() { # ok WANTED-STATUS STATUS PATTERN FILE SENTENCE
    n=$((n + 1))
    if [ "$1" = "$2" ] && grep -qF -- "$3" "$4"; then
        echo "ok $n - $5"
    else
        echo "not ok $n - $5"
        echo "# status $2, wanted $1; no line with: $3"
        sed 's/^/# /' "$4"
    fi
}

mkdir -p "$work/content/checks" "$work/content/frameworks"
cat >"$work/content/frameworks/house.yaml" <<'END'
framework: house
name: House rules
requirements:
  - {id: "1", title: Images are young}
END
cat >"$work/content/checks/own.yaml" <<'END'
- policy: most_days
  default: ["30"]
  help: How old a container may be
- list: wide_capabilities
  items: [CAP_SYS_ADMIN, ALL]
- macro: is_wide
  condition: container.cap_add intersects (wide_capabilities)
- check: OWN-001
  title: Containers are young and add no wide capability
  kind: container
  applies: container.state exists
  pass: container.age_days <= most_days and not is_wide
  severity: low
  owner: application
  method: The engine's inspect document.
  rationale: It is an example.
  evidence: [container.age_days]
  remedy: {text: Start it anew., steps: {docker.run: --rm}}
  controls: {house: ["1"]}
  tests:
    - name: young
      fields: {container.state: running, container.age_days: 30, container.cap_add: [CAP_CHOWN]}
      verdict: pass
    - name: old
      fields: {container.state: running, container.age_days: 31, container.cap_add: [CAP_CHOWN]}
      verdict: fail
    - name: wide
      fields: {container.state: running, container.age_days: 1, container.cap_add: [ALL]}
      verdict: fail
END

"$PLIMSOLL" rules test >"$work/ours" 2>&1
"$PLIMSOLL" rules test --content "$work/content" >"$work/out" 2>&1
ok 0 $? "$(($(cut -d' ' -f1 "$work/ours") + 1)) checks, $(($(cut -d' ' -f3 "$work/ours") + 3)) test cases, 0 failed" "$work/out" 'rules test runs the cases beside the checks'

"$PLIMSOLL" rules test "$work/content/checks/own.yaml" --content "$work/content" >"$work/out" 2>&1
ok 0 $? '1 checks, 3 test cases, 0 failed' "$work/out" 'rules test FILE runs those of the file alone'

sed 's/age_days: 30,/age_days: 33,/' "$work/content/checks/own.yaml" >"$work/wrong.yaml"
mkdir -p "$work/wrong/checks" && cp -r "$work/content/frameworks" "$work/wrong/"
cp "$work/wrong.yaml" "$work/wrong/checks/own.yaml"
"$PLIMSOLL" rules test "$work/wrong/checks/own.yaml" --content "$work/content" >"$work/out" 2>&1
ok 1 $? 'OWN-001: young: is fail, expected pass' "$work/out" 'rules test names a case that is wrong and exits with 1'

"$PLIMSOLL" rules check "$work/content/checks/own.yaml" --content "$work/content" >"$work/out" 2>&1
ok 0 $? '1 checks, 0 changes of the content: loaded' "$work/out" 'rules check reads a file over the content'

sed 's/container.age_days <=/container.age_dayz <=/' "$work/content/checks/own.yaml" >"$work/bad.yaml"
cp "$work/bad.yaml" "$work/own.yaml"
"$PLIMSOLL" rules check "$work/own.yaml" --content "$work/content" >"$work/out" 2>&1
ok 2 $? 'unknown field container.age_dayz; the nearest is container.age_days' "$work/out" 'rules check says what is wrong with a condition'

printf -- '- check: X\n  titel: t\n' >"$work/own.yaml"
"$PLIMSOLL" rules check "$work/own.yaml" --content "$work/content" >"$work/out" 2>&1
ok 2 $? "$work/own.yaml:2: unknown key \"titel\"" "$work/out" 'rules check says what is wrong with a file'

"$PLIMSOLL" rules check "$work/nowhere.yaml" >"$work/out" 2>&1
ok 4 $? 'nowhere.yaml: No such file or directory' "$work/out" 'rules check says that a file is not there'

"$PLIMSOLL" rules check >"$work/out" 2>&1
ok 2 $? 'rules check: which file?' "$work/out" 'rules check wants a file'

"$PLIMSOLL" fields >"$work/out" 2>&1
ok 0 $? 'container ' "$work/out" 'fields lists the kinds'

"$PLIMSOLL" fields container >"$work/out" 2>&1
ok 0 $? 'record of image' "$work/out" 'fields KIND lists its fields with their types'

"$PLIMSOLL" fields contianer >"$work/out" 2>&1
ok 2 $? 'did you mean "container"?' "$work/out" 'fields names the nearest kind'

"$PLIMSOLL" checks --framework house --content "$work/content" >"$work/out" 2>&1
ok 0 $? 'OWN-001   low' "$work/out" 'checks lists what bears on a framework'

"$PLIMSOLL" checks --framework hous --content "$work/content" >"$work/out" 2>&1
ok 2 $? 'pci_dss_4_0_1, soc2, house' "$work/out" 'checks names the frameworks that there are'

printf 'policy:\n  engine_operators: ["a=b", "c(d", "e, f", "g\\"h"]\n' >"$work/odd.yaml"
"$PLIMSOLL" audit --no-engine --state-dir none --config "$work/odd.yaml" >"$work/out" 2>&1
ok 0 $? 'Audit of' "$work/out" 'words of a policy may hold what ends a word in a condition'

"$PL_BUILD_ROOT/tests/mutate" --content "$work/content" OWN-001 >"$work/out" 2>&1
ok 0 $? '1 checks, 6 changes, 0 survived' "$work/out" 'mutate finds that every change of a well-tested check is noticed'

sed 's/container.age_days: 31/container.age_days: 99/' "$work/content/checks/own.yaml" >"$work/wrong/checks/own.yaml"
"$PL_BUILD_ROOT/tests/mutate" --content "$work/wrong" OWN-001 >"$work/out" 2>&1
ok 1 $? 'OWN-001: pass: no test notices when "most_days" becomes "31"' "$work/out" 'mutate names a change that no test notices'

echo "1..$n"
