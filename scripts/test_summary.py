#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sums up meson's JUnit logs: names what failed, compares the skips with tests/expected-skips,
and prints "N passed, N failed, N skipped" as the last line.

usage: test_summary.py FAILED_ALREADY BUILD_DIR...
"""
import os
import sys
import xml.etree.ElementTree as ET


def cases(folder):
    """(name, state, text) of every test case of a build folder."""
    tree = ET.parse(os.path.join(folder, 'meson-logs', 'testlog.junit.xml'))
    for suite in tree.getroot().iter('testsuite'):
        for case in suite.iter('testcase'):
            name = f"{suite.get('name')}: {case.get('name')}"
            for tag, state in (('failure', 'failed'), ('error', 'failed'), ('skipped', 'skipped')):
                found = case.find(tag)
                if found is not None:
                    yield name, state, (found.get('message') or found.text or '').strip()
                    break
            else:
                yield name, 'passed', ''


def expected_skips():
    with open('tests/expected-skips', encoding='utf-8') as f:
        return {line.strip() for line in f if line.strip() and not line.startswith('#')}


def main():
    failed_already, folders = sys.argv[1] != '0', sys.argv[2:]
    count = {'passed': 0, 'failed': 0, 'skipped': 0}
    skips = set()
    for folder in folders:
        for name, state, text in cases(folder):
            count[state] += 1
            if state == 'failed':
                print(f'FAILED {folder} {name} {text[:200]}')
            elif state == 'skipped':
                skips.add(name)
    expected = expected_skips() if os.environ.get('CI') or os.environ.get('PLIMSOLL_TEST_DATA') else skips
    for name in sorted(skips - expected):
        print(f'UNEXPECTED SKIP {name}')
    for name in sorted(expected - skips):
        print(f'EXPECTED SKIP DID NOT HAPPEN {name}')
    wrong = failed_already or skips != expected
    if wrong and count['failed'] == 0:
        count['failed'] = 1
    print(f"{count['passed']} passed, {count['failed']} failed, {count['skipped']} skipped")
    sys.exit(1 if wrong or count['failed'] else 0)


main()
