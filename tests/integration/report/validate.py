#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Validates reports against docs/schema/audit-1.json, and says which of their members the schema
does not describe: validate.py SOURCE_ROOT FILE..."""
import json
import os
import sys

import jsonschema


def resolve(schema, top):
    while '$ref' in schema:
        schema = top['$defs'][schema['$ref'].rsplit('/', 1)[1]]
    return schema


def undescribed(value, schema, top, path=''):
    """Members that no property of the schema names."""
    schema = resolve(schema, top)
    if isinstance(value, dict) and 'additionalProperties' not in schema:
        known = schema.get('properties', {})
        for key, item in value.items():
            if key not in known:
                yield f'{path}.{key}'
            else:
                yield from undescribed(item, known[key], top, f'{path}.{key}')
    elif isinstance(value, list):
        for item in value:
            yield from undescribed(item, schema.get('items', {}), top, path + '[]')


def main(root, paths):
    with open(os.path.join(root, 'docs/schema/audit-1.json'), encoding='utf-8') as f:
        schema = json.load(f)
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    failed = 0
    for n, path in enumerate(paths, 1):
        with open(path, encoding='utf-8') as f:
            document = json.load(f)
        wrong = [f'{"/".join(map(str, e.absolute_path))}: {e.message[:200]}'
                 for e in validator.iter_errors(document)]
        wrong += [f'{p}: not in the schema' for p in sorted(set(undescribed(document, schema, schema)))]
        failed += bool(wrong)
        print(f'{"not ok" if wrong else "ok"} {n} - {os.path.basename(path)} is a valid plimsoll.audit/1 document')
        for line in wrong[:20]:
            print('# ' + line)
    print(f'1..{len(paths)}')
    return 1 if failed else 0


sys.exit(main(sys.argv[1], sys.argv[2:]))
