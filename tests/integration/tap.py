# SPDX-License-Identifier: Apache-2.0
"""What every script prints (TAP): a line a test, and at the end how many there were. Any thread."""
import threading

import shown

results = []
skipped = []
one_at_a_time = threading.Lock()


def ok(good, sentence, detail=''):
    """One test; where it fails, what `detail` is follows as a comment."""
    with one_at_a_time:
        results.append(bool(good))
        print(f"{'ok' if good else 'not ok'} {len(results)} - {sentence}", flush=True)
        if not good:
            print('# ' + str(detail)[:3000].replace('\n', '\n# '), flush=True)


def skip(sentence, why):
    skipped.append(sentence)
    ok(True, f'{sentence} # SKIP {why}')


def end():
    """Prints how many tests there were; the script's exit status."""
    if not skipped and all(results) and (shown.shown() or shown.missing()):
        ok(not shown.missing(), 'this script shows what content/coverage/shown.yaml says of it', shown.missing())
    print(f'1..{len(results)}', flush=True)
    return 0 if all(results) else 1
