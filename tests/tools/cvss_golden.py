#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes tests/golden/cvss.tsv: vectors and their scores as the PyPI package `cvss` computes them.

usage: cvss_golden.py
"""
import os
import random

from cvss import CVSS3, CVSS4
from cvss.constants3 import METRICS_VALUES
from cvss.constants4 import METRICS_VALUE_NAMES
from cvss.exceptions import CVSSError

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden", "cvss.tsv")
BASE3 = ["AV", "AC", "PR", "UI", "S", "C", "I", "A"]
BASE4 = ["AV", "AC", "AT", "PR", "UI", "VC", "VI", "VA", "SC", "SI", "SA"]
ROWS3, ROWS4, BROKEN = 400, 1600, 60


def vector3(rng):
    names = BASE3 + [m for m in ("E", "RL", "RC") if rng.random() < 0.2]
    values = {m: ("UC" if m == "S" else METRICS_VALUES[m]) for m in names}
    return f"CVSS:3.{rng.randint(0, 1)}/" + "/".join(f"{m}:{rng.choice(sorted(v))}" for m, v in values.items())


def vector4(rng):
    rest = [m for m in METRICS_VALUE_NAMES if m not in BASE4]
    names = BASE4 + [m for m in rest if rng.random() < rng.choice((0, 0, 0.2))]
    return "CVSS:4.0/" + "/".join(f"{m}:{rng.choice(list(METRICS_VALUE_NAMES[m]))}" for m in names)


def broken(rng):
    parts = vector4(rng).split("/")
    i = rng.randrange(1, len(parts))
    return "/".join(rng.choice((parts[:i] + parts[i + 1:], parts + [parts[i]], parts[:i] + ["AV:Z"] + parts[i:])))


def score(vector):
    try:
        return round(10 * (CVSS4 if vector.startswith("CVSS:4") else CVSS3)(vector).base_score)
    except CVSSError:
        return -1


def main():
    rng = random.Random(20261121)
    vectors = [vector3(rng) for _ in range(ROWS3)] + [vector4(rng) for _ in range(ROWS4)]
    vectors += [broken(rng) for _ in range(BROKEN)]
    with open(OUT, "w", encoding="utf-8") as f:
        f.writelines(f"{v}\t{score(v)}\n" for v in dict.fromkeys(vectors))


if __name__ == "__main__":
    main()
