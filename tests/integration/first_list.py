#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whatever differs from the first list of controls (tests/golden/first_list.tsv) is named, with its reason, in
docs/mapping-changes.md: a title, a severity, a requirement that a check bears on, a check that came or went."""
import csv
import os
import re
import sys

from mapping_traps import mappings, parts
from tap import end, ok

ROOT = os.environ['PL_SOURCE_ROOT']


def first_list():
    with open(ROOT + '/tests/golden/first_list.tsv', encoding='utf-8') as f:
        return {row['check']: row for row in csv.DictReader(f, delimiter='\t', quoting=csv.QUOTE_NONE)}


def content_now():
    now = {}
    for check, text in parts():
        title = re.search(r'^  title: (.*)$', text, re.M).group(1)
        now[check] = {'title': title[1:-1] if title[0] == '"' else title,
                      'severity': re.search(r'^  severity: (\w+)$', text, re.M).group(1)}
    for check, found in mappings().items():
        now[check]['controls'] = found
    return now


def named_with_a_reason():
    """{check: what the rows of the document say of it}; a row of three columns that all say something."""
    said = {}
    with open(ROOT + '/docs/mapping-changes.md', encoding='utf-8') as f:
        for line in f:
            cells = [c.strip() for c in line.strip().strip('|').split('|')]
            if len(cells) != 3 or not all(cells) or not re.match(r'[A-Z0-9]+-\d', cells[0]):
                continue
            text = re.sub(r'([A-Z0-9]+)-(\d+) to (?:\1-)?(\d+)',
                          lambda m: ' '.join(f'{m[1]}-{n:03}' for n in range(int(m[2]), int(m[3]) + 1)), cells[0])
            for check in re.findall(r'[A-Z0-9]+-\d{3}', text):
                said[check] = said.get(check, '') + ' ' + cells[1]
    return said


def main():
    first, now, said = first_list(), content_now(), named_with_a_reason()
    frameworks = [c for c in next(iter(first.values())) if c not in ('check', 'title', 'severity')]
    ok(len(first) > 400 and len(frameworks) > 8, 'the first list is there', (len(first), frameworks))
    gone = [c for c in first if c not in now]
    ok(not gone, 'no control of the first list is lost', gone)
    new = [c for c in now if c not in first and c not in said]
    ok(not new, 'a check that the first list does not have is named as new', new)
    for word in ('title', 'severity'):
        wrong = [(c, first[c][word], now[c][word]) for c in first if first[c][word] != now[c][word] and c not in said]
        ok(not wrong, f'another {word} than in the first list has a reason', wrong)
    wrong = []
    for check, row in first.items():
        for framework in frameworks:
            was, has = set(row[framework].split()), set(now[check]['controls'].get(framework, []))
            # A requirement that went is named itself: "PCI 8.6.3 left out".
            wrong += [(check, framework, '-' + i) for i in was - has if i not in said.get(check, '')]
            wrong += [(check, framework, '+' + i) for i in has - was if check not in said]
    ok(not wrong, 'another mapping than in the first list has a reason', wrong)
    return end()


sys.exit(main())
