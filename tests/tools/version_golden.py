#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes tests/golden/versions/*.tsv: pairs of versions with the answer of each ecosystem's own tool.

usage: version_golden.py [NAME...]

The pairs are made from what versions consist of, with a fixed seed, and from real advisories below
$PLIMSOLL_TEST_DATA. Only whoever changes the pairs needs the tools: rpm, libalpm13 (pacman), node and npm, go with
golang.org/x/mod, cargo, ruby, java with maven-artifact, php with composer/semver, elixir, and from PyPI
packaging and univers (an independent implementation of NuGet's and Gentoo's rules). R's rule is stated
below; Dart's has no tool in Debian and is checked by hand in tests/unit/vuln/test_version.c.
"""
import ctypes
import json
import os
import random
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "..", "golden", "versions")
DATA = os.environ.get("PLIMSOLL_TEST_DATA")
MADE, REAL, UNDEFINED = 2400, 300, 120


def run(argv, text=None, **kw):
    return subprocess.run(argv, input=text, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                          check=True, **kw).stdout


def in_file(name, text, work):
    path = os.path.join(work, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


def lines(pairs):
    return "".join(f"{a}\t{b}\n" for a, b in pairs)


def sign(d):
    return "<" if d < 0 else ">" if d > 0 else "="


def rpm(pairs, work):
    path = in_file("pairs", lines(pairs), work)
    program = ('for line in io.lines("%s") do local a, b = line:match("^(.-)\\t(.*)$"); '
               'local ok, d = pcall(rpm.vercmp, a, b); print((ok and d or "?") .. "\\n") end') % path
    return [w if w == "?" else sign(int(w)) for w in run(["rpm", "--eval", "%{lua:" + program + "}"]).split()]


def pacman(pairs, work):
    del work
    alpm = ctypes.CDLL("libalpm.so.13")
    return [sign(alpm.alpm_pkg_vercmp(a.encode(), b.encode())) for a, b in pairs]


NODE = """
const semver = require(process.argv[2]);
for (const line of require('fs').readFileSync(0, 'utf8').split('\\n').slice(0, -1)) {
  const [a, b] = line.split('\\t');
  if (!semver.valid(a) || !semver.valid(b)) console.log('?');
  else console.log('<=>'[semver.compare(a, b) + 1]);
}
"""


def npm(pairs, work):
    root = run(["npm", "root", "-g"]).strip()
    return run(["node", in_file("a.js", NODE, work), root + "/npm/node_modules/semver"], lines(pairs)).split()


GO = """
package main
import ("bufio"; "fmt"; "os"; "strings"; "golang.org/x/mod/semver")
func main() {
	s := bufio.NewScanner(os.Stdin)
	for s.Scan() {
		p := strings.Split(s.Text(), "\\t")
		a, b := "v" + strings.TrimPrefix(p[0], "v"), "v" + strings.TrimPrefix(p[1], "v")
		if !semver.IsValid(a) || !semver.IsValid(b) { fmt.Println("?"); continue }
		fmt.Println(string("<=>"[semver.Compare(a, b) + 1]))
	}
}
"""


def go(pairs, work):
    env = dict(os.environ, GO111MODULE="off", GOPATH="/usr/share/gocode", GOCACHE=work + "/cache", GOFLAGS="")
    return run(["go", "run", in_file("a.go", GO, work)], lines(pairs), env=env).split()


CARGO = '[package]\nname = "a"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\nsemver = "1"\n'
RUST = """
use std::io::BufRead;
fn main() {
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let (a, b) = line.split_once('\\t').unwrap();
        match (semver::Version::parse(a), semver::Version::parse(b)) {
            (Ok(a), Ok(b)) => println!("{}", match a.cmp_precedence(&b) {
                std::cmp::Ordering::Less => "<", std::cmp::Ordering::Equal => "=", _ => ">" }),
            _ => println!("?"),
        }
    }
}
"""


def crates(pairs, work):
    manifest = in_file("Cargo.toml", CARGO, work)
    in_file("src/main.rs", RUST, work)
    return run(["cargo", "run", "-q", "--manifest-path", manifest], lines(pairs)).split()


ELIXIR = """
IO.stream(:stdio, :line) |> Enum.each(fn line ->
  [a, b] = line |> String.trim_trailing("\\n") |> String.split("\\t")
  case {Version.parse(a), Version.parse(b)} do
    {{:ok, x}, {:ok, y}} ->
      IO.puts(case Version.compare(x, y) do :lt -> "<"; :eq -> "="; :gt -> ">" end)
    _ -> IO.puts("?")
  end
end)
"""


def hex_(pairs, work):
    return run(["elixir", in_file("a.exs", ELIXIR, work)], lines(pairs)).split()


def pypi(pairs, work):
    del work
    from packaging.version import InvalidVersion, Version

    def answer(a, b):
        try:
            x, y = Version(a), Version(b)
        except InvalidVersion:
            return "?"
        return sign((x > y) - (x < y))
    return [answer(a, b) for a, b in pairs]


def maven(pairs, work):
    del work
    flat = [v for p in pairs for v in p]
    out = run(["java", "-cp", "/usr/share/maven/lib/*", "org.apache.maven.artifact.versioning.ComparableVersion", *flat])
    signs = [m for line in out.splitlines() for m in re.findall(r"^   \S* (<|==|>) \S*$", line)]
    return ["=" if s == "==" else s for s in signs[::2]]


RUBY = """
STDIN.each_line(chomp: true) do |line|
  a, b = line.split("\\t", -1)
  ok = Gem::Version.correct?(a) && Gem::Version.correct?(b)
  puts ok ? '<=>'[(Gem::Version.new(a) <=> Gem::Version.new(b)) + 1] : '?'
end
"""


def gem(pairs, work):
    return run(["ruby", in_file("a.rb", RUBY, work)], lines(pairs)).split()


PHP = """<?php
require '/usr/share/php/Composer/Semver/autoload.php';
$parser = new Composer\\Semver\\VersionParser();
while (($line = fgets(STDIN)) !== false) {
    [$a, $b] = explode("\\t", rtrim($line, "\\n"));
    try {
        $a = $parser->normalize($a);
        $b = $parser->normalize($b);
        $branch = strpos($a, 'dev-') === 0 || strpos($b, 'dev-') === 0;
        echo $branch ? '?' : '<=>'[version_compare($a, $b) + 1], "\\n";
    } catch (UnexpectedValueException $e) {
        echo "?\\n";
    }
}
"""


def composer(pairs, work):
    return run(["php", in_file("a.php", PHP, work)], lines(pairs)).split()


def with_univers(cls, pairs, grammar):
    def answer(a, b):
        if not (re.fullmatch(grammar, a) and re.fullmatch(grammar, b)):
            return "?"
        try:
            x, y = cls(a), cls(b)
            return "=" if x == y else "<" if x < y else ">"
        except Exception:  # it raises several kinds for what is no version
            return "?"
    return [answer(a, b) for a, b in pairs]


def nuget(pairs, work):
    del work
    from univers.versions import NugetVersion
    return with_univers(NugetVersion, pairs, r"\d+(\.\d+){0,3}(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+.+)?")


def portage(pairs, work):
    del work
    from univers.versions import GentooVersion
    return with_univers(GentooVersion, pairs, r"\d+(\.\d+)*[a-z]?(_(alpha|beta|pre|rc|p)\d*)*(-r\d+)?")


def cran(pairs, work):
    del work

    def key(v):
        return [int(n) for n in re.split("[.-]", v)] if re.fullmatch(r"\d+([.-]\d+)*", v) else None
    keys = [(key(a), key(b)) for a, b in pairs]
    return ["?" if a is None or b is None else sign((a > b) - (a < b)) for a, b in keys]


SEMVER = ["0", "1", "2", "10", "01", "1.0", "1.2", ".0", ".1", ".2", ".10", ".0.0", "1.0.0", "1.2.3", "-", "-0", "-1",
          "-alpha", "-alpha.1", "-beta.2", "-rc.10", "-rc.9", "-a.b", ".x", "-A", "+b", "+1.2", "--", ".01", "v"]
START = ["1.0.0", "1.2.3", "1.0.0", "0.1.0", "2.0.10", "1.0", "01.0.0", "v1.0.0", "1.10.0", "1.9.0"]
# name: (oracle, bits, starts, advisories whose versions are taken)
ORDERS = {
    "rpm": (rpm, ["1", "2", "10", "01", "a", "b", "Z", ".", ".1", "~", "~rc1", "^", "^git1", "-1", "-2.el8", "+", "_", ":", "el",
                  "1:", "0:"], ["1.0", "1.0", "1", "2.0a", "0:1", "1:1", "1.0-1"], "AlmaLinux"),
    "pacman": (pacman, ["1", "2", "10", "01", "a", "b", "Z", ".", "..", ".1", "_", "rc1", "-1", "-2", "+", "alpha", "1:", "pre"],
               ["1.0", "1.0", "1", "2.0a", "0:1", "1:1", "1.0-1"], None),
    "npm": (npm, SEMVER, START, "npm"),
    "crates": (crates, SEMVER, START, "crates.io"),
    "go": (go, SEMVER + ["+incompatible", "-0.20200101000000-abcdef012345"], START + ["v1", "v1.2"], "Go"),
    "hex": (hex_, SEMVER, START, None),
    "pypi": (pypi, ["0", "1", "10", ".0", ".1", "a1", "b2", "rc1", "c1", ".post1", "-1", ".dev1", "dev", "+l.1", "+ab", "alpha",
                    "-preview-2", "_rev3", "r4", "1!", ".", "-", "_", "post", "V", "+1.a"],
             ["1.0", "1", "1.0.0", "1!1.0", "1.0a1", "v2.0", "1.0.post1", "0.9"], "PyPI"),
    "maven": (maven, ["0", "1", "10", "01", ".0", ".1", "-1", "-alpha", "-a1", "alpha", "b2", "-m3", "-rc1", ".cr2", "-SNAPSHOT", "-ga",
                      ".Final", ".RELEASE", "-sp", "-sp1", "-foo", ".x", "-", ".", "-jre", "_", "x2", "-20200101.1"],
              ["1", "1.0", "1.0.0", "2.1", "1.1", "1-1", "1.0.1", "4.1.0"], "Maven"),
    "gem": (gem, ["0", "1", "10", ".0", ".1", ".a", ".b2", "a", ".pre", ".rc1", "-1", "-x86", "-java", ".00", ".", "-", "Z", ".0.b"],
            ["1", "1.0", "1.0.0", "0", "2.1", "1.a", "1.0.pre", "10"], "RubyGems"),
    "composer": (composer, ["0", "1", "10", ".0", ".1", "-beta", "-beta2", "RC1", "-alpha.1", "b3", "pl1", "-p2", "-dev", ".x-dev",
                            "-stable", "+build", "@dev", ".", "-", "_", "-patch1.2", "dev-x", "20200101", "-STABLE"],
                 ["1", "1.0", "1.0.0", "v1.2.3", "1.0.0.0", "2.1", "2010-01-02", "20100102", "1.x", "2012.10.2"], "Packagist"),
    "nuget": (nuget, ["0", "1", "10", ".0", ".1", "-beta", "-BETA", "-beta.2", "-beta.10", "-rc1", "+m", "-a-b", ".x", "-a", ".y.2"],
              ["1.0", "1.0.0", "1.0.0.0", "1.2.3", "1.2.3.4", "2.1.0", "01.0.0"], "NuGet"),
    "portage": (portage, ["0", "1", "10", ".0", ".1", ".01", ".10", ".010", "a", "b", "_alpha", "_beta2", "_pre1", "_rc", "_p", "_p3",
                          "-r0", "-r1", "-r10"], ["1", "1.0", "1.0.0", "1.2", "1.02", "10.1", "1.2b"], None),
    "cran": (cran, ["0", "1", "10", ".0", ".1", "-1", "-2", ".", "-", "a"], ["1.0", "1", "1.0-1", "0.9.2"], None),
}

# NuGet takes leading zeros and signed numbers among the words, univers does not
WITHOUT = {"nuget": r"-.*\.0\d|--|-0\d"}


def made(rng, bits, starts, without):
    pairs = []
    while len(pairs) < MADE:
        a = [rng.choice(starts)] + [rng.choice(bits) for _ in range(rng.randint(0, 3))]
        b = list(a)
        for _ in range(rng.randint(1, 2)):
            i = rng.randrange(len(b) + 1)
            if i == len(b):
                b.append(rng.choice(bits))
            elif i:
                b[i] = rng.choice(bits + [""])
            else:
                b[0] = rng.choice(starts)
        pair = "".join(a), "".join(b)
        if pair not in pairs and not any(re.search(without, v) for v in pair if without):
            pairs.append(pair)
    return pairs


def real(rng, ecosystem):
    """Neighbours of all versions that the advisories of one ecosystem name."""
    versions = set()
    for name in sorted(os.listdir(DATA + "/osv")) if DATA and ecosystem else []:
        text = run(["zstd", "-dc", f"{DATA}/osv/{name}"])
        for record in map(json.loads, text.splitlines()):
            for a in record.get("affected", []):
                if (a.get("package") or {}).get("ecosystem", "").split(":")[0] == ecosystem:
                    versions |= set(a.get("versions", []))
                    versions |= {v for r in a.get("ranges", []) if r["type"] != "GIT" for e in r["events"] for v in e.values()}
    versions = sorted(versions - {"0"})
    near = list(zip(versions, versions[1:]))
    return sorted(rng.sample(near, min(REAL, len(near))))


def main():
    for name in sys.argv[1:] or ORDERS:
        oracle, bits, starts, ecosystem = ORDERS[name]
        rng = random.Random(f"plimsoll {name}")
        pairs = [p for p in real(rng, ecosystem) + made(rng, bits, starts, WITHOUT.get(name)) if all(p)]
        with tempfile.TemporaryDirectory() as work:
            answers = oracle(pairs, work)
        assert len(answers) == len(pairs), (name, len(answers), len(pairs))
        rows = [p + (s,) for p, s in zip(pairs, answers) if s != "?"][:MADE // 3 + REAL]
        rows += [p + (s,) for p, s in zip(pairs, answers) if s == "?"][:UNDEFINED]
        with open(os.path.join(OUT, name + ".tsv"), "w", encoding="utf-8") as f:
            f.writelines(f"{a}\t{b}\t{s}\n" for a, b, s in rows)
        print(name, len(rows), {s: [r[2] for r in rows].count(s) for s in "<=>?"})


if __name__ == "__main__":
    main()
