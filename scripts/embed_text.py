#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a text file as a C string: embed_text.py IN OUT HEADER SYMBOL"""
import sys


def main(path, out, header, symbol):
    text = open(path, encoding='utf-8').read()
    lines = [f'#include "{header}"', f'const char {symbol}[] =']
    for line in text.splitlines():
        quoted = line.replace('\\', '\\\\').replace('"', '\\"')
        lines.append(f'    "{quoted}\\n"')
    open(out, 'w', encoding='utf-8').write('\n'.join(lines) + ';\n')


main(*sys.argv[1:])
