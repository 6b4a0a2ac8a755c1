#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a pattern of secrets confirms, its "find" announces: lines are drawn at random from each expression that
confirms, in the letters' case that it allows, and each has to have a candidate where it can be confirmed. A "find"
that is too narrow is a secret that nobody sees, however right the rest is."""
import glob
import os
import random
import re
import string
import subprocess
import sys
import tempfile

import yaml

from tap import end, ok

try:
    from re import _constants as sc, _parser as sp
except ImportError:  # before Python 3.11
    import sre_constants as sc
    import sre_parse as sp

SOURCE, BUILD = os.environ['PL_SOURCE_ROOT'], os.environ['PL_BUILD_ROOT']
SCAN = os.path.join(BUILD, 'tests/tools/secret_scan')
EACH = 30
VISIBLE = [chr(c) for c in range(32, 127)]
CLASSES = {sc.CATEGORY_DIGIT: string.digits, sc.CATEGORY_WORD: string.ascii_letters + string.digits + '_', sc.CATEGORY_SPACE: ' \t\n'}
CLASSES.update({sc.CATEGORY_NOT_DIGIT: ''.join(c for c in VISIBLE if not c.isdigit()),
                sc.CATEGORY_NOT_WORD: ''.join(c for c in VISIBLE if not c.isalnum() and c != '_'),
                sc.CATEGORY_NOT_SPACE: ''.join(VISIBLE[1:])})
# Where "find" names what counts, and what confirms takes anything in that place.
NAMES = {'database-url': 'the schemes of databases', 'discord-token': 'base64 of digits, as its check asks for'}


class Drawn:
    """Strings of an expression; what looks around is left to whoever matches them."""

    def __init__(self, expression, seed):
        self.compiled = re.compile(expression)
        self.tree = sp.parse(expression)
        self.random = random.Random(seed)

    def letter(self, c, is_caseless):
        return self.random.choice([c.lower(), c.upper()]) if is_caseless and c.isascii() else c

    def one_of(self, items, is_caseless):
        found, is_not = set(), False
        for op, value in items:
            is_not |= op is sc.NEGATE
            if op is sc.LITERAL:
                found.add(chr(value))
            elif op is sc.RANGE:
                found.update(chr(c) for c in range(value[0], value[1] + 1))
            elif op is sc.CATEGORY:
                found.update(CLASSES[value])
        return self.letter(self.random.choice(sorted(set(VISIBLE) - found if is_not else found)), is_caseless)

    def times(self, least, most):
        most = min(int(most), least + 12)
        return self.random.choice([least, most, self.random.randint(least, most)])

    def draw(self, tree, is_caseless, groups):
        out = ''
        for op, value in tree:
            if op is sc.LITERAL:
                out += self.letter(chr(value), is_caseless)
            elif op in (sc.NOT_LITERAL, sc.ANY):
                out += self.random.choice([c for c in VISIBLE if op is sc.ANY or c != chr(value)])
            elif op is sc.IN:
                out += self.one_of(value, is_caseless)
            elif op is sc.BRANCH:
                out += self.draw(self.random.choice(value[1]), is_caseless, groups)
            elif op is sc.SUBPATTERN:
                groups[value[0]] = self.draw(value[3], is_caseless or bool(value[1] & re.I), groups)
                out += groups[value[0]]
            elif op in (sc.MAX_REPEAT, sc.MIN_REPEAT) or str(op) == 'POSSESSIVE_REPEAT':
                out += ''.join(self.draw(value[2], is_caseless, groups) for _ in range(self.times(value[0], value[1])))
            elif str(op) == 'ATOMIC_GROUP':
                out += self.draw(value, is_caseless, groups)
            elif op is sc.GROUPREF:
                out += groups.get(value, '')
            elif op not in (sc.AT, sc.ASSERT, sc.ASSERT_NOT):
                raise ValueError(f'{op} in an expression')
        return out

    def __iter__(self):
        """Those that the expression takes; Python's and PCRE2's mean the same here."""
        for _ in range(EACH):
            text = self.draw(self.tree, bool(self.compiled.flags & re.I), {})
            if self.compiled.match(text):
                yield text


def patterns():
    for path in sorted(glob.glob(SOURCE + '/content/secrets/*.yaml')):
        with open(path, encoding='utf-8') as f:
            for item in yaml.safe_load(f) or []:
                if isinstance(item, dict) and 'find' in item and ('token' in item or 'confirm' in item):
                    yield item


def check_announced(found):
    """find of each pattern against what its own expression confirms; keeps some lines of each."""
    missed, few, n = [], [], 0
    for item in patterns():
        expression = item.get('token') or item['confirm']
        drawn = Drawn(expression, item['secret'])
        find = re.compile(item['find'], re.I if item.get('caseless') else 0)
        taken = 0
        for text in drawn:
            taken, n = taken + 1, n + 1
            found.setdefault(item['secret'], []).append(text)
            if item['secret'] not in NAMES and not any(drawn.compiled.match(text, m.start()) for m in find.finditer(text)):
                missed.append((item['secret'], text[:100]))
        if not taken:
            few.append(item['secret'])
    ok(n > 5000 and not few, 'lines are drawn from every expression that confirms', (n, few))
    ok(not missed, 'each has a candidate where it is confirmed', missed[:20])


def check_found(found):
    """The program itself, where nothing but the expression decides; a line in a file that has many."""
    lines = {}
    for item in patterns():
        if not ({'check', 'require', 'entropy', 'ignore'} & set(item)) and item['secret'] not in NAMES:
            lines[item['secret']] = found[item['secret']][:8]
    with tempfile.TemporaryDirectory(prefix='plimsoll-finds-') as work:
        places = []
        for kind, texts in lines.items():
            with open(f'{work}/{kind}', 'wb') as f:
                for text in texts:
                    f.write(b'.\n' * 7)
                    places.append((f'{work}/{kind}', f.tell(), text))
                    f.write(text.encode('latin-1') + b'\n')
        rows = subprocess.run([SCAN, 'files', work], capture_output=True, check=False, timeout=120).stdout.decode('utf-8', 'replace')
        hits = [(r[0], int(r[1]), int(r[6])) for r in (line.split('\t') for line in rows.splitlines()) if len(r) > 6]
        missed = [(os.path.basename(path), text[:100]) for path, at, text in places
                  if not any(p == path and start < at + len(text) and at < start + n for p, start, n in hits)]
        ok(len(places) > 300 and not missed, 'and the program finds it', (len(places), missed[:20]))


def main():
    found = {}
    check_announced(found)
    check_found(found)
    return end()


sys.exit(main())
