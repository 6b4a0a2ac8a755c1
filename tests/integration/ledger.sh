#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# plimsoll ledger as people use it: exit codes, proofs, a user without rights, a user plimsoll.
set -u
work=$(mktemp -d /tmp/plimsoll-ledger-XXXXXX) || exit 1
chmod 755 "$work" # the user plimsoll, where there is one, must get through
trap 'rm -rf "$work"' EXIT
n=0

ok() { # ok WANTED-STATUS PATTERN SENTENCE -- COMMAND...
    local want=$1 pattern=$2 sentence=$3
    shift 4
    "$@" >"$work/out" 2>"$work/err"
    local status=$?
    n=$((n + 1))
    if [ $status = "$want" ] && { [ -z "$pattern" ] || cat "$work/out" "$work/err" | grep -qF -- "$pattern"; }; then
        echo "ok $n - $sentence"
    else
        echo "not ok $n - $sentence"
        echo "# status $status, wanted $want; no line with: $pattern"
        cat "$work/out" "$work/err" | head -20 | sed 's/^/# /'
    fi
}
skip() {
    n=$((n + 1))
    echo "ok $n - $1 # SKIP $2"
}

p=$PLIMSOLL
s=$work/state
fill=$PL_BUILD_ROOT/tests/tools/ledger_fill

ok 2 'there is no ledger' 'verify without a log is a usage error' -- "$p" ledger verify --state-dir "$work/none"
ok 2 'is no directory' 'verify of a folder that is not there is a usage error' -- "$p" ledger verify "$work/none"
ok 0 'example.org/logs/test+' 'init makes the log and prints its key' -- \
    "$p" ledger init --state-dir "$s" --origin example.org/logs/test --recovery-out "$work/recovery.key"
cp "$s/keys/log.vkey" "$work/vkey"
ok 0 'PRIVATE+KEY+example.org/logs/test/recovery+' 'the recovery key is in its file only' -- cat "$work/recovery.key"
ok 1 '' 'the recovery key is nowhere below the state' -- grep -rqF "$(cat "$work/recovery.key")" "$s"
ok 2 'there is a log already' 'a second init is refused' -- "$p" ledger init --state-dir "$s"
ok 2 'cannot name a log' 'an origin with a blank is refused' -- "$p" ledger init --state-dir "$work/x" --origin 'a b'
ok 0 'example.org' 'records are appended' -- "$fill" "$s" 600
ok 0 'verdict     proved' 'the log is proved with the key kept beside it' -- "$p" ledger verify --state-dir "$s"
ok 0 'recovery+' 'its recovery key is named in its first entry' -- "$p" ledger show 0 --state-dir "$s"
ok 0 'given by you' 'a log directory is proved with a key that is given' -- "$p" ledger verify "$s/ledger" --vkey "$(cat "$work/vkey")"
ok 0 'that the key is the right one' 'without a key the limit is printed' -- "$p" ledger verify "$s/ledger"
cp -a "$s/ledger" "$work/copy"
rm -rf "$work/copy/.state"
ok 0 'verdict     proved' 'a copy without .state is proved' -- "$p" ledger verify "$work/copy"
chmod -R a-w "$work/copy"
ok 0 'verdict     proved' 'a copy that nobody can write is proved' -- "$p" ledger verify "$work/copy"
ok 0 'container c0ffee00c0ffee00' 'entries of a subject are listed' -- "$p" ledger show --subject c0ffee00 --state-dir "$s"
ok 0 'container c0ffee00c0ffee00' 'and in a directory that cannot hold an index' -- \
    "$p" ledger show --subject c0ffee00c0ffee00 --dir "$work/copy"
chmod -R u+w "$work/copy"
size=$(sed -n 2p "$s/ledger/checkpoint") # a record about a filling disk may be among them
ok 0 "$size entries indexed" 'the index is made again from nothing' -- "$p" ledger reindex --state-dir "$s"
echo garbage >"$s/ledger/.state/index.db"
ok 0 'container c0ffee00c0ffee00' 'a damaged index is made again without a word' -- \
    "$p" ledger show --subject c0ffee00c0ffee00 --state-dir "$s"
ok 2 "the log has $size" 'an entry that is not there is a usage error' -- "$p" ledger show "$size" --state-dir "$s"
ok 2 'is not the number' 'and so is a word' -- "$p" ledger prove x --state-dir "$s"
ok 2 "keeps a signed checkpoint of size $size" 'a size without a checkpoint cannot be proved' -- \
    "$p" ledger prove --between 3 500 --state-dir "$s"

"$p" ledger show 5 --raw --state-dir "$s" >"$work/leaf"
printf '\000' | cat - "$work/leaf" | sha256sum | cut -d' ' -f1 >"$work/hash"
ok 0 '' 'the raw entry hashes to what the tile holds' -- \
    sh -c "od -An -v -tx1 -j160 -N32 '$s/ledger/tile/0/000' | tr -d ' \n' | grep -qf '$work/hash'"

ok 0 '' 'one bit of an entry is changed' -- python3 -c "
import sys
f = open('$work/copy/tile/entries/001', 'r+b'); f.seek(77); c = f.read(1); f.seek(77); f.write(bytes([c[0] ^ 1]))"
ok 1 'tampered    tile/0/001' 'a changed entry is found, exit code 1' -- "$p" ledger verify "$work/copy"
rm -rf "$work/copy"
cp -a "$s/ledger" "$work/copy"
touch "$work/copy/tile/stray"
ok 1 'tile/stray belongs to nothing' 'a stray file is found' -- "$p" ledger verify "$work/copy"
other=example.org/logs/test+00000000+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k
cp -a "$s" "$work/early"
rm -rf "$work/early/ledger/checkpoint" "$work/early/ledger/tile"
ok 1 'checkpoint: not there' 'a log without its checkpoint is tampered with' -- "$p" ledger verify --state-dir "$work/early"
: >"$work/early/keys/signed"
ok 3 'no head was signed yet' 'unless no head was ever signed: then it is incomplete' -- "$p" ledger verify --state-dir "$work/early"
rm "$work/early/keys/signed"
ok 1 'checkpoint: not there' 'who deletes what the signer remembers gains nothing' -- "$p" ledger verify --state-dir "$work/early"
ok 2 'does not belong' 'a key that is none is a usage error' -- "$p" ledger verify "$s/ledger" --vkey "$other"

if [ "$(id -u)" != 0 ]; then
    skip 'a user without rights keeps a log' 'not root'
    skip 'files made by root belong to plimsoll' 'not root'
    echo "1..$n"
    exit 0
fi

# Programs and libraries where that user can read them.
mkdir "$work/user"
cp "$p" "$fill" "$work/"
chmod 755 "$work" "$work/plimsoll" "$work/ledger_fill"
chown 65534:65534 "$work/user"
as() { HOME=$work/user setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
ok 0 'plimsoll.invalid/' 'a user without rights keeps a log' -- as "$work/ledger_fill" "$work/user/state" 10
ok 0 'verdict     proved' 'and verifies it' -- as "$work/plimsoll" ledger verify --state-dir "$work/user/state"
ok 4 'neither to the caller, root nor plimsoll' 'root does not write into it' -- \
    "$p" ledger init --state-dir "$work/user/state"

# The same machine with a user plimsoll in its own view of /etc/passwd.
(grep -v '^plimsoll:' /etc/passwd; echo 'plimsoll:x:64777:64777::/nonexistent:/usr/sbin/nologin') >"$work/passwd"
with_user() {
    unshare -m sh -c 'mount --bind "$1" /etc/passwd && shift && exec "$@"' sh "$work/passwd" "$@"
}
# The filter of system calls is left out of sanitizer builds, and said so.
sandbox='sandbox   full'
grep -q __asan_init "$p" && sandbox='sandbox   reduced: no seccomp'
if with_user true 2>/dev/null; then
    ok 0 "$sandbox" 'with a user plimsoll the signer has no root at all' -- \
        with_user "$p" ledger init --state-dir "$work/own"
    ok 0 '64777 64777' 'files made by root belong to plimsoll' -- \
        sh -c "find '$work/own' -printf '%U %G\n' | sort -u | tee '$work/owners'; test \$(wc -l <'$work/owners') = 1"
    ok 0 'verdict     proved' 'and root verifies them' -- with_user "$p" ledger verify --state-dir "$work/own"
else
    skip 'with a user plimsoll the signer has no root at all' 'no mount namespace'
fi
echo "1..$n"
