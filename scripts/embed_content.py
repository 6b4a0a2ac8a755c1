#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the C file that holds every file below content/: the bytes by .incbin, and one table.

usage: embed_content.py CONTENT_DIR OUT.c DEPFILE
"""
import os
import sys


def files_below(root):
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            if not name.startswith('.'):
                yield os.path.relpath(os.path.join(folder, name), root)


def main():
    root, out, depfile = sys.argv[1:4]
    names = sorted(files_below(root))
    with open(out, 'w', encoding='utf-8') as c:
        c.write('/* Made by scripts/embed_content.py from content/. */\n#include "model/content.h"\n\n')
        for i, name in enumerate(names):
            path = os.path.abspath(os.path.join(root, name))
            c.write(f'__asm__(".pushsection .rodata\\n.global pl_content_{i}\\npl_content_{i}:\\n"\n'
                    f'        ".incbin \\"{path}\\"\\n.byte 0\\n.popsection\\n");\n'
                    f'extern const unsigned char pl_content_{i}[];\n')
        c.write('\nconst pl_content_file pl_content_builtin[] = {\n')
        for i, name in enumerate(names):
            size = os.path.getsize(os.path.join(root, name))
            c.write(f'    {{"{name}", pl_content_{i}, {size}}},\n')
        c.write('    {0},\n};\n')
    with open(depfile, 'w', encoding='utf-8') as d:
        paths = [os.path.abspath(os.path.join(root, n)) for n in names]
        paths += [f for f, _, _ in os.walk(os.path.abspath(root))]
        d.write(f'{out}: ' + ' '.join(paths) + '\n')


main()
