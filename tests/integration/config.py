#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The built program's configuration: who wins, what is refused, what the page about it says."""
import json
import os
import shutil
import subprocess
import sys
import tempfile

from tap import end, ok, skip

program = os.environ['PLIMSOLL']
source = os.environ['PL_SOURCE_ROOT']


def run(*words, **variables):
    env = {k: v for k, v in os.environ.items() if not k.startswith('PLIMSOLL_')}
    env.update(variables)
    return subprocess.run([program, *words], env=env, capture_output=True, text=True, check=False)


def shown(*words, **variables):
    got = run('config', 'show', '--format', 'json', *words, **variables)
    doc = json.loads(got.stdout)
    return doc, {v['key']: (v['value'], v['origin']) for v in doc['values']}


def as_ordinary_user(work):
    """Without root the files below XDG_CONFIG_HOME count; root becomes nobody to see that."""
    os.chmod(work, 0o755)
    copy = shutil.copy(program, os.path.join(work, 'plimsoll'))
    home = os.path.join(work, 'home')
    os.makedirs(home + '/plimsoll/plimsoll.d')
    with open(home + '/plimsoll/plimsoll.d/a.yaml', 'w', encoding='utf-8') as f:
        f.write('content:\n  dir: ' + home + '/content\n')
    shutil.copytree(source + '/content', home + '/content')
    who = {'user': 65534, 'group': 65534, 'extra_groups': []} if os.geteuid() == 0 else {}
    got = subprocess.run([copy, 'config', 'show', '--format', 'json'], capture_output=True, text=True,
                         env={'XDG_CONFIG_HOME': home, 'HOME': home}, cwd=work, check=False, **who)
    return {v['key']: (v['value'], v['origin']) for v in json.loads(got.stdout)['values']} \
        if got.returncode == 0 else {'error': got.stderr}


def main():
    with tempfile.TemporaryDirectory(prefix='plimsoll-config-') as work:
        file = os.path.join(work, 'plimsoll.yaml')
        with open(file, 'w', encoding='utf-8') as f:
            f.write('state_dir: /from/file\nfail_on: [high, kev]\nquiet: true\n'
                    'policy:\n  engine_operators: [root, ops]\n')
        bad = os.path.join(work, 'bad.yaml')

        doc, values = shown('--config', file, '--state-dir', '/from/flag', PLIMSOLL_STATE_DIR='/from/env')
        ok(values['state_dir'] == ('/from/flag', 'flag'), 'a flag beats a variable and a file', values)
        doc, values = shown('--config', file, PLIMSOLL_STATE_DIR='/from/env')
        ok(values['state_dir'] == ('/from/env', 'environment'), 'a variable beats a file', values)
        doc, values = shown('--config', file)
        ok(values['state_dir'] == ('/from/file', 'file') and values['fail_on'] == ('high,kev', 'file')
           and values['engine.address'] == (None, 'default'), 'a file beats the default', values)
        ok(doc['files'] == [file] and doc['policy'][0]['items'] == ['root', 'ops'] and
           doc['policy'][0]['where'] == file + ':5', 'policy parameters come with their line', doc)

        got = as_ordinary_user(work)
        ok(got.get('content.dir') == (work + '/home/content', 'file'), 'an ordinary user has files of their own', got)

        for text, words, want in (
                ('stat_dir: x\n', ('fields',), 'bad.yaml:1: unknown key "stat_dir" (did you mean "state_dir"?)'),
                ('policy: {engine_operator: x}\n', ('checks',),
                 'bad.yaml:1: policy: unknown parameter "engine_operator" (did you mean "engine_operators"?)'),
                ('fail_on: dreadful\n', ('audit', '--no-engine', '--state-dir', 'none'), 'dreadful'),
                ('quiet: maybe\n', ('fields',), 'bad.yaml:1: quiet must be true or false')):
            with open(bad, 'w', encoding='utf-8') as f:
                f.write(text)
            got = run(*words, '--config', bad)
            ok(got.returncode == 2 and want in got.stderr and not got.stdout,
               f'{text.strip()} is refused before anything is done', got)

        got = run('fields', PLIMSOLL_STATEDIR='x')
        ok(got.returncode == 2 and 'did you mean PLIMSOLL_STATE_DIR?' in got.stderr,
           'a mistyped variable is refused', got)
        got = run('fields', PLIMSOLL_SERVICE_HOST='10.0.0.1')
        ok(got.returncode == 0, "somebody else's variable is let pass", got)
        got = run('rules', 'test', '--config', file)
        ok(got.returncode == 0, 'the tests of checks do not depend on the policy that is set', got.stdout[-500:])

        with open(source + '/docs/formats/configuration.md', encoding='utf-8') as f:
            page = f.read()
        missing = [k for k in values if f'| `{k}` | `PLIMSOLL_{k.upper().replace(".", "_")}`' not in page]
        ok(not missing, 'every key has its row in the page about configuration', missing)
        try:
            import jsonschema
            with open(source + '/docs/schema/config-1.json', encoding='utf-8') as f:
                jsonschema.validate(doc, json.load(f))
            ok(True, 'the JSON form holds to its schema')
        except ImportError:
            skip('the JSON form holds to its schema', 'python3-jsonschema is not installed')
        except Exception as e:  # the validator's own errors
            ok(False, 'the JSON form holds to its schema', e)
    return end()


sys.exit(main())
