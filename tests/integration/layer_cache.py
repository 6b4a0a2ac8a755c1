#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Layers that were read once are not read again, and what is kept of them is never a wrong answer.

The same image as an archive in a file, as a stream, as a compressed archive and as a layout, cold and warm, alone and
eight at a time, gives the same report; a damaged or foreign cache is told and done without.
"""
import gzip
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import image_maker as make

from tap import end, ok

PLIMSOLL = os.environ.get('PLIMSOLL', 'build/src/cli/plimsoll')
TIMES = {'generated_at', 'started_at', 'collected_at', 'first_seen', 'ledger_index', 'number', 'sha256', 'system',
         'places', 'evidence', 'ledger', 'first_run'}
KNOWN = '3 of 3 layers are known'


def start(state, what, *words, stdin=None):
    return subprocess.Popen([PLIMSOLL, 'scan', what, '--state-dir', state, '--format', 'json', *words], stdin=stdin,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process):
    out, said = process.communicate(timeout=300)
    if process.returncode:
        return {'failed': process.returncode}, said
    return stripped(json.loads(out)), said


def scan(state, what, *words, stdin=None):
    return finish(start(state, what, *words, stdin=stdin))


def stripped(doc):
    """Without times, and without what names the place that the image came from."""
    if isinstance(doc, dict):
        if doc.get('field') == 'image.scanned_at':
            return None
        return {k: stripped(v) for k, v in doc.items() if k not in TIMES}
    return [stripped(v) for v in doc] if isinstance(doc, list) else doc


def layers():
    base = {'etc/debian_version': b'12.1\n', 'etc/os-release': b'ID=debian\nVERSION_ID="12"\nNAME="Debian"\n',
            'etc/passwd': b'root:x:0:0::/root:/bin/sh\n', 'usr/bin/su': (b'\x7fELF' + b'su' * 3000, 0o4755),
            'var/lib/dpkg/status': make.status(('bash', '5.2.15-2'), ('zlib1g', '1:1.2.13.dfsg-1'))}
    app = {f'app/node_modules/p{i}/package.json': json.dumps({'name': f'p{i}', 'version': f'1.{i}.0'}).encode()
           for i in range(40)}
    app['app/.env'] = b'AWS_ACCESS_KEY_ID=AKIAQWERTYUIOPASDFGH\n'
    last = {'app/node_modules/p3/package.json': None, 'app/.env': None, 'etc/shadow': (b'root::0:0:::::\n', 0o644)}
    return [make.tar(x) for x in (base, app, last)]


def write_layout(folder, files):
    for name, data in files.items():
        os.makedirs(os.path.dirname(f'{folder}/{name}'), exist_ok=True)
        with open(f'{folder}/{name}', 'wb') as f:
            f.write(data)


def check_paths(work, three, steps):
    """However the image comes, and from whatever was kept."""
    archive = f'{work}/web.tar'
    make.save(archive, 'web:1', three, steps)
    with open(archive, 'rb') as f, gzip.open(archive + '.gz', 'wb') as z:
        shutil.copyfileobj(f, z)
    cold, said = scan(f'{work}/a', archive)
    ok('findings' in cold and 'known' not in said, 'a first scan knows nothing', said)
    warm, said = scan(f'{work}/a', archive)
    ok(KNOWN in said and warm == cold, 'a second one knows every layer and says the same', said)
    with open(archive, 'rb') as f:
        streamed, said = scan(f'{work}/b', '-', stdin=subprocess.Popen(['cat'], stdin=f, stdout=subprocess.PIPE).stdout)
    ok(streamed == cold, 'a stream gives the same', said)
    after, said = scan(f'{work}/b', archive)
    ok(KNOWN in said and after == cold, 'and leaves its layers for others', said)
    packed, said = scan(f'{work}/c', archive + '.gz')
    ok(packed == cold, 'so does a compressed archive', said)
    with tarfile.open(archive) as t, tarfile.open(f'{work}/other.tar', 'w') as other:
        for m in reversed(t.getmembers()):
            other.addfile(m, t.extractfile(m))
    with open(f'{work}/other.tar', 'rb') as f:
        turned, said = scan(f'{work}/a', '-', '--no-cache', stdin=subprocess.Popen(['cat'], stdin=f, stdout=subprocess.PIPE).stdout)
    ok(turned == cold, 'an archive that holds its layers in another order gives the same', said)
    _, said = scan(f'{work}/a', archive, '--no-malware')
    ok('known' not in said, 'who looks for less does not know what others found', said)
    less, said = scan(f'{work}/a', archive, '--no-malware')
    ok(KNOWN in said and less != cold, 'but what he found himself', said)
    off, said = scan(f'{work}/a', archive, '--no-cache')
    ok('known' not in said and off == cold, 'without the cache all is read', said)
    keyless, said = scan('none', archive)
    ok('known' not in said and 'findings' in keyless, 'without a state directory nothing is kept', said)
    return archive, cold


def check_layout(work, three, steps):
    files, _ = make.layout(three, steps, reference='1')
    write_layout(f'{work}/layout', files)
    cold, said = scan(f'{work}/l', f'{work}/layout')
    ok('findings' in cold and 'known' not in said, 'a layout is read', said)
    warm, said = scan(f'{work}/l', f'{work}/layout')
    ok(KNOWN in said and warm == cold, 'once', said)
    gone = 'blobs/sha256/' + make.diff_id(three[1])[7:]
    os.rename(f'{work}/layout/{gone}', f'{work}/gone')
    missing, said = scan(f'{work}/l', f'{work}/layout')
    ok(missing != cold and 'is not in the archive' in json.dumps(missing['gaps']),
       'a layer that is not there any more is missing, known or not', said)
    with open(f'{work}/layout/{gone}', 'wb') as f:
        f.write(three[1][:-4096])
    short, said = scan(f'{work}/l', f'{work}/layout')
    ok(short != cold, 'and one that is cut is damaged', said)
    again, said = scan(f'{work}/l', f'{work}/layout')
    ok('2 of 3 layers are known' in said and again == short, 'which is not kept', said)


def check_parallel(work, archive, cold):
    shutil.rmtree(f'{work}/p', ignore_errors=True)
    scan(f'{work}/p', archive, '--no-cache')  # makes the keys
    shutil.rmtree(f'{work}/p/cache', ignore_errors=True)
    got = [finish(p) for p in [start(f'{work}/p', archive) for _ in range(8)]]
    got = [x for x in got if 'another writer has the log open' not in x[1]]  # a log has one writer, and a deadline
    ok(got and all(doc == cold for doc, _ in got), 'eight scans at the same time give the same',
       '\n'.join(said for doc, said in got if doc != cold))
    _, said = scan(f'{work}/p', archive)
    ok(KNOWN in said, 'and leave a cache that is whole', said)


def change(path, sql, *values):
    db = sqlite3.connect(path)
    db.execute(sql, values)
    db.commit()
    db.close()


def check_damage(work, archive, cold):
    state = f'{work}/a'
    path = f'{state}/cache/layers.db'
    change(path, 'UPDATE layer SET packed = zeroblob(length(packed))')
    doc, said = scan(state, archive)
    ok(doc == cold and 'damaged entry' in said and 'known' not in said, 'a damaged entry is told and read anew', said)
    change(path, 'UPDATE layer SET bytes = bytes + 1')
    doc, said = scan(state, archive)
    ok(doc == cold and 'damaged entry' in said, 'whatever of it was changed', said)
    doc, said = scan(state, archive)
    ok(doc == cold and KNOWN in said, 'and is known again', said)
    mark = b'a password that was kept in clear'
    change(path, 'UPDATE layer SET packed = ?', mark * 50)
    change(path, 'PRAGMA user_version = 1')
    doc, said = scan(state, archive)
    left = b''.join(open(path + x, 'rb').read() for x in ('', '-wal') if os.path.exists(path + x))
    ok(doc == cold and 'known' not in said and len(left) > 8192 and mark not in left,
       'what an older schema kept in clear is wiped', said)
    with open(path, 'wb') as f:
        f.write(b'this is no database' * 1000)
    for end_of_name in ('-wal', '-shm'):
        if os.path.exists(path + end_of_name):
            os.unlink(path + end_of_name)
    doc, said = scan(state, archive)
    ok(doc == cold and 'damaged and is made anew' in said, 'a file that is no database is made anew', said)
    doc, said = scan(state, archive)
    ok(doc == cold and KNOWN in said, 'and used', said)
    with open(path, 'r+b') as f:
        f.seek(4096)
        f.write(b'\xff' * 8192)
    doc, said = scan(state, archive)
    ok(doc == cold and 'layer cache' in said, 'broken pages are told', said)
    doc, said = scan(state, archive)
    ok(doc == cold, 'and give no wrong answer', said)
    change(path, 'PRAGMA user_version = 99')
    doc, said = scan(state, archive)
    ok(doc == cold and 'schema 99' in said and 'known' not in said, 'a newer schema is left alone', said)


def check_whole(work, archive):
    """What a whole image was described as: without its layers, and never for another image."""
    state, path = f'{work}/w', f'{work}/w/cache/layers.db'
    cold, _ = scan(state, archive)
    change(path, 'DELETE FROM layer WHERE bytes > 0')
    doc, said = scan(state, archive)
    ok(doc == cold and KNOWN in said, 'an image is known as a whole without its layers', said)
    change(path, 'UPDATE layer SET packed = zeroblob(length(packed))')
    doc, said = scan(state, archive)
    ok(doc == cold and 'damaged entry' in said and 'known' not in said, 'damage to that is told and it is read', said)
    shutil.copyfile(archive, f'{work}/same.tar')
    doc, said = scan(state, f'{work}/same.tar')
    ok(doc == cold and KNOWN in said, 'under another name it is the same image', said)
    with tarfile.open(archive) as t:
        members = {m.name: t.extractfile(m).read() for m in t.getmembers() if m.isfile()}
    changed = json.loads(members['manifest.json'])
    changed[0]['RepoTags'] = ['other:7']
    members['manifest.json'] = json.dumps(changed).encode()
    with tarfile.open(archive, 'w') as t:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))
    doc, said = scan(state, archive)
    ok(doc != cold and 'other:7' in json.dumps(doc), 'other documents in the same file are another image', said)
    off, _ = scan(state, archive, '--no-secrets')
    ok(off != doc, 'and looking for less is another question')
    before = doc
    doc, said = scan(state, archive)
    ok(doc == before and KNOWN in said, 'asked the first question again it is known', said)


def check_verb(work, archive):
    def cache(*words):
        return subprocess.run([PLIMSOLL, 'cache', *words, '--state-dir', f'{work}/v'], capture_output=True, text=True)

    scan(f'{work}/v', archive)
    status = json.loads(cache('status', '--format', 'json').stdout)
    ok(status['schema'] == 'plimsoll.cache/1' and status['layers'] == 3 and 0 < status['bytes'] < status['max_bytes'],
       'cache status tells layers and bytes', status)
    ok('layers       3\n' in cache('status').stdout, 'as text, too')
    pruned = cache('prune', '--max-bytes', str(status['bytes'] - 1))
    ok('1 layers forgotten, 2 kept' in pruned.stderr, 'cache prune forgets as much as it must', pruned.stderr)
    ok(cache('prune', '--max-bytes', '1x').returncode == 2, 'an amount that is none is refused')
    ok('2 layers forgotten, 0 kept' in cache('clear').stderr and
       json.loads(cache('status', '--format', 'json').stdout)['layers'] == 0, 'cache clear forgets all')
    env = dict(os.environ, PLIMSOLL_CACHE_MAX_BYTES='1K')
    subprocess.run([PLIMSOLL, 'scan', archive, '--state-dir', f'{work}/v'], env=env, capture_output=True)
    status = json.loads(cache('status', '--format', 'json').stdout)
    ok(status['bytes'] <= 1024, 'no more is kept than is configured', status)


def turns(top):
    """Scans that record in one log take turns, however long the one before takes."""
    state, path = f'{top}/turns', f'{top}/turns.tar'
    make.save(path, 'corp/turns:1', [make.tar({'etc/os-release': b'ID=debian\n', 'var/lib/dpkg/status': make.status(('bash', '5'))})],
              ['COPY . .'])
    slow = subprocess.Popen([PLIMSOLL, 'scan', '-', '--state-dir', state, '--quiet'], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)
    lock = f'{state}/ledger/.state/lock'
    while not os.path.exists(lock):
        time.sleep(0.05)
    others = [subprocess.Popen([PLIMSOLL, 'scan', path, '--state-dir', state], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
              for _ in range(2)]
    said = [o.stderr.readline() for o in others]
    with open(path, 'rb') as f:
        slow.communicate(f.read(), timeout=120)
    codes = [slow.returncode] + [(o.communicate(timeout=120), o.returncode)[1] for o in others]
    ok(codes == [0, 0, 0] and all(b'waiting' in s for s in said), 'scans that record in one log take turns', (codes, said))


def main():
    with tempfile.TemporaryDirectory(prefix='plimsoll-cache-') as work:
        three = layers()
        steps = ['ADD base', 'COPY app', 'RUN clean']
        archive, cold = check_paths(work, three, steps)
        check_layout(work, three, steps)
        check_parallel(work, archive, cold)
        check_damage(work, archive, cold)
        check_whole(work, archive)
        check_verb(work, archive)
        turns(work)
    return end()


sys.exit(main())
