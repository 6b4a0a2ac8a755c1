#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What other tools found, from their documents into the log and the reports."""
import json
import os
import shutil
import subprocess
import sys
import tempfile

from tap import end, ok

PLIMSOLL = os.environ['PLIMSOLL']
FIXTURES = os.environ['PL_SOURCE_ROOT'] + '/tests/fixtures/ingest/'
TOKEN = 'ghp_' + 'A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8'[:36]
work = tempfile.mkdtemp(prefix='plimsoll-ingest-')


def run(*words, state='s', feed=None):
    env = {k: v for k, v in os.environ.items() if not k.startswith('PLIMSOLL_')}
    return subprocess.run([PLIMSOLL, *words, '--state-dir', f'{work}/{state}'], env=env, input=feed,
                          capture_output=True, check=False)


def report(state='s'):
    with open(work + '/Dockerfile', 'w', encoding='utf-8') as f:
        f.write('FROM scratch\nUSER 1000\n')
    got = run('scan', work + '/Dockerfile', '--format', 'json', '-q', '--output', f'html={work}/r.html', state=state)
    with open(work + '/r.html', encoding='utf-8') as f:
        return json.loads(got.stdout), f.read()


def sarif(results, ended=True, when='2026-11-20T10:00:00Z', tool='Bandit'):
    invocation = {'executionSuccessful': ended, 'endTimeUtc': when}
    return json.dumps({'version': '2.1.0', 'runs': [{'tool': {'driver': {'name': tool, 'version': '1.9'}},
                                                     'invocations': [invocation], 'results': results}]}).encode()


def ingested(doc, **wanted):
    return [v for v in doc.get('ingested', []) if all(v[k] == w for k, w in wanted.items())]


def verdicts(doc):
    return {f['check']: (f['verdict'], f['reason']) for f in doc['findings'] if f.get('check')}


try:
    before, page = report()
    ok('ingested' not in before and 'id="tools"' not in page, 'without_other_tools_nothing_is_said_of_them')

    got = run('ingest', FIXTURES + 'bandit.sarif', FIXTURES + 'trivy.json')
    ok(got.returncode == 0 and b'Bandit' in got.stdout and b'5 failed' in got.stdout and b'21 passed' in got.stdout,
       'runs_of_tools_are_recorded_and_counted', got)
    doc, page = report()
    bandit = ingested(doc, tool='Bandit')[0]
    ok(bandit['state'] == 'supporting' and bandit['sha256'] and bandit['file'] == 'bandit.sarif' and
       [c['control'] for c in bandit['controls']] == ['SUP-003'] and len(bandit['results']) == 5,
       'a_run_names_tool_file_digest_and_what_it_bears_on', bandit)
    ok(verdicts(doc) == verdicts(before), 'no_verdict_of_ours_changes_by_it')
    ok('evidence of another tool: Bandit' in page and 'id="tools"' in page, 'the_page_shows_it_beside_requirements')
    trivy = ingested(doc, tool='Trivy')[0]
    ok(trivy['state'] == 'undated', 'a_run_of_which_nobody_says_when_it_was_does_not_count', trivy)
    run('ingest', FIXTURES + 'trivy.json', '--ran-at', '2026-11-19', '--tool-version', '0.45.1')
    again = ingested(report()[0], tool='Trivy')
    ok(len(again) == 1 and again[0]['state'] == 'supporting' and again[0]['ran_at_is_claimed'] and
       again[0]['version'] == '0.45.1', 'a_newer_record_of_the_same_file_stands_in_for_the_older', again)

    run('ingest', '-', feed=sarif([], when='2020-01-01T00:00:00Z'), state='old')
    ok(ingested(report('old')[0])[0]['state'] == 'expired', 'a_run_of_long_ago_does_not_count')
    run('ingest', '-', feed=sarif([], when='2099-01-01T00:00:00Z'), state='future')
    ok(ingested(report('future')[0])[0]['state'] == 'undated', 'nor_does_one_of_a_time_to_come')
    run('ingest', '-', feed=sarif([{'ruleId': 'A'}], when='2026-11-20T10:00:00Z'), state='order')
    for when in ('2026-11-10T10:00:00Z', '2099-01-01T00:00:00Z'):
        run('ingest', '-', feed=sarif([], when=when), state='order')
    ok(1 in [v['fail'] for v in ingested(report('order')[0])], 'an_older_or_undated_run_does_not_hide_a_newer_one')
    run('ingest', '-', feed=sarif([{'ruleId': 'A'}], when='2026-11-18T10:00:00Z'), state='next')
    run('ingest', '-', feed=sarif([], when='2026-11-20T10:00:00Z'), state='next')
    ok([v['fail'] for v in ingested(report('next')[0])] == [0], 'a_newer_run_stands_in_for_the_older')
    run('ingest', '-', feed=sarif([]), state='clean')
    ok(ingested(report('clean')[0])[0]['state'] == 'supporting', 'no_results_count_when_the_document_says_it_ended')
    run('ingest', '-', feed=sarif([]).replace(b'"executionSuccessful": true, ', b''), state='silent')
    ok(ingested(report('silent')[0])[0]['state'] == 'unproven', 'no_results_and_no_word_of_the_end_do_not_count')
    run('ingest', '-', feed=sarif([], ended=False), state='failed')
    ok(ingested(report('failed')[0])[0]['state'] == 'incomplete', 'a_run_that_failed_does_not_count')
    run('ingest', '-', feed=sarif([], tool='Something'), state='other')
    ok(ingested(report('other')[0])[0]['state'] == 'unmapped', 'a_tool_that_nobody_knows_supports_nothing')

    whole = sarif([{'ruleId': 'A'}, {'ruleId': 'B'}])
    got = run('ingest', '-', feed=whole[:-10], state='cut')
    ok(got.returncode == 3 and b'incomplete: line 1' in got.stdout, 'a_document_that_breaks_off_ends_with_status_3', got)
    cut = ingested(report('cut')[0])[0]
    ok(cut['state'] == 'incomplete' and cut['why'] and cut['fail'] >= 1, 'and_is_recorded_as_incomplete', cut)
    got = run('ingest', '--allow-incomplete', '-', feed=whole[:-10], state='cut')
    ok(got.returncode == 0 and b'incomplete' in got.stdout, 'which_may_be_allowed', got)
    got = run('ingest', '-', feed=sarif(['x', {'ruleId': 'A'}]), state='odd')
    odd = ingested(report('odd')[0])[0]
    ok(got.returncode == 3 and b'runs[0].results[0]: is no object' in got.stderr and odd['fail'] == 1 and
       odd['problems'] == ['runs[0].results[0]: is no object'] and odd['state'] == 'incomplete',
       'a_malformed_part_is_told_with_its_place_and_the_rest_goes_on', (got, odd))

    again = run('report', '--format', 'json')
    ok(json.loads(again.stdout)['ingested'] == report()[0]['ingested'], 'a report that is rendered again tells the same of them')

    run('ingest', FIXTURES + 'docker_bench.json', state='bench')
    run('ingest', FIXTURES + 'kube_bench.json', '--ran-at', '2026-11-20', state='bench')
    doc, page = report('bench')
    bench = {v['tool']: v for v in doc['ingested']}
    rows = [c for c in bench['docker-bench-security']['controls'] if c['by_rule'] and c['fail']]
    mapped = {c['id']: [i for i in c['controls'].get('cis_docker_1_6', [])] for c in doc['checks']}
    warned = {r['rule'] for r in bench['docker-bench-security']['results'] if r['outcome'] == 'fail'}
    ok(len(rows) > 10 and all(warned & set(mapped[c['control']]) for c in rows),
       'a_failed_row_of_a_benchmark_bears_on_what_our_content_maps_to_its_number', rows)
    ok(bench['kube-bench']['state'] == 'supporting' and bench['kube-bench']['benchmark'] == 'cis-1.12' and
       len([c for c in bench['kube-bench']['controls'] if c['by_rule']]) > 40, 'so_does_one_of_kubernetes')
    with open(FIXTURES + 'kube_bench.json', encoding='utf-8') as f:
        run('ingest', '-', feed=f.read().replace('cis-1.12', 'cis-1.6').encode(), state='numbers')
    ok(not ingested(report('numbers')[0])[0]['controls'], 'numbers_of_another_version_are_not_taken_for_ours')

    leak = sarif([{'ruleId': 'S1', 'message': {'text': f'found token {TOKEN} in </td><script>x</script>\x1b[31m'},
                   'locations': [{'physicalLocation': {'artifactLocation': {'uri': f'a/{TOKEN}.txt'}}}]}])
    run('ingest', '-', '--about', f'build with {TOKEN}', feed=leak, state='leak')
    doc, page = report('leak')
    shown = run('ledger', 'show', '--format', 'json', state='leak').stdout + json.dumps(doc).encode() + page.encode()
    ok(TOKEN.encode() not in shown and b'[redacted:' in shown and '<script>x' not in page,
       'no_secret_and_no_markup_of_a_document_is_shown', shown[:500])
    ok(run('ledger', 'verify', state='leak').returncode == 0, 'the_log_with_runs_of_other_tools_verifies')

    for words, want in ((('ingest',), 'name a file'), (('ingest', work + '/none'), 'No such file'),
                        (('ingest', '--format', 'sarfi', '-'), 'did you mean "sarif"'),
                        (('ingest', '--ran-at', '2999-01-01', '-'), 'still to come')):
        got = run(*words, feed=b'')
        ok(got.returncode == 2 and want in got.stderr.decode(), f"{' '.join(words[:3])[:30]} is wrong usage", got)
    got = run('ingest', '-', feed=b'hello')
    ok(got.returncode == 4 and b'none of the formats that are read (sarif, trivy' in got.stderr and b'--format' in got.stderr,
       'a_text_of_no_known_format_is_refused_with_those_that_are_read', got)
    with open(os.environ['PL_SOURCE_ROOT'] + '/docs/formats/ingest.md', encoding='utf-8') as f:
        told = [row.split('`')[1] for row in f.read().split('## What a run is worth')[0].splitlines() if row.startswith('| `') and
                not row.startswith('| `--')]
    listed = [row.split()[0] for row in run('ingest', '--help').stdout.decode().split('\nFormats:\n')[1].split('\n\n')[0].splitlines()]
    ok(len(told) > 9 and listed == told, 'the_help_lists_the_formats_that_the_document_has', (listed, told))
    undated = [run('ingest', '-', '--format', 'yara', *more, feed=b'rule /bin/x\n', state='undated') for more in ([], ['--ran-at', '2026-01-01'])]
    ok([b'--ran-at' in g.stderr and b'does not say when' in g.stderr for g in undated] == [True, False],
       'a_run_without_a_time_is_told_how_to_say_it', undated)
finally:
    shutil.rmtree(work, ignore_errors=True)
sys.exit(end())
