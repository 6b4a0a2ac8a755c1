#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns content/facts/end_of_life.csv into the rows of a C table.

usage: embed_eol.py IN.csv OUT.inc
"""
import csv
import datetime
import sys

WORDS = {'none-announced': 'PL_EOL_NONE_ANNOUNCED', 'rolling': 'PL_EOL_ROLLING',
         'ended-date-unknown': 'PL_EOL_ENDED'}
EPOCH = datetime.date(1970, 1, 1)


def days(text):
    """Days since 1970, or the smallest number for what is no date."""
    if not text[:1].isdigit():
        return 'PL_EOL_NO_DATE'
    return (datetime.date.fromisoformat(text) - EPOCH).days


def state(row):
    if row['security'][:1].isdigit():
        return 'PL_EOL_DATED'
    return WORDS.get(row['security'] or row['general'], 'PL_EOL_UNKNOWN')


def main():
    source, out = sys.argv[1:3]
    with open(source, encoding='utf-8') as f:
        lines = [line for line in f if not line.startswith('#')]
    with open(out, 'w', encoding='utf-8') as c:
        for row in csv.DictReader(lines):
            if row['version_id'] == 'as debian' or row['security'] == 'as debian':
                continue
            c.write('{"%s", "%s", "%s", "%s", %s, %s, %s, %s},\n' % (
                row['product'], row['release'], row['id'] if row['kind'] == 'os' else '', row['version_id'], state(row),
                days(row['general']), days(row['security']), days(row['extended'])))


main()
