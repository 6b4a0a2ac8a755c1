#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Debian's golang.org/x/mod (packages note and tlog) accepts our logs and proofs, and not changed ones.
set -u
work=$(mktemp -d /tmp/plimsoll-go-XXXXXX) || exit 1
trap 'rm -rf "$work"' EXIT
gopath=/usr/share/gocode
n=0

result() { # result STATUS SENTENCE
    n=$((n + 1))
    if [ "$1" = 0 ]; then echo "ok $n - $2"; else
        echo "not ok $n - $2"
        sed 's/^/# /' "$work/out"
    fi
}

if ! command -v go >/dev/null || [ ! -d $gopath/src/golang.org/x/mod/sumdb/tlog ]; then
    echo 'ok 1 - logs are accepted by x/mod # SKIP go or golang-golang-x-mod-dev is not installed'
    echo '1..1'
    exit 0
fi
GO111MODULE=off GOFLAGS='' GOPATH=$gopath GOCACHE=$work/cache GOTOOLCHAIN=local \
    go build -o "$work/xmod" "$PL_SOURCE_ROOT/tests/integration/ledger_go/main.go" >"$work/out" 2>&1
result $? 'the verifier builds with the packages note and tlog alone'

fill() { "$PL_BUILD_ROOT/tests/tools/ledger_fill" "$@"; }

# The log's own opening and closing entries come on top of these.
for count in 0 1 253 254 255 509 65534 70000; do
    state=$work/s$count
    vkey=$(fill "$state" "$count" example.org/go-test 2>"$work/out") || {
        result 1 "a log of $count records is made"
        continue
    }
    cp "$state/ledger/checkpoint" "$work/old"
    fill "$state" 300 >/dev/null 2>"$work/out"
    size=$(sed -n 2p "$state/ledger/checkpoint")
    old=$(sed -n 2p "$work/old")
    "$PLIMSOLL" ledger prove 1 --state-dir "$state" >"$work/one" 2>"$work/out"
    "$PLIMSOLL" ledger prove $((size - 1)) --state-dir "$state" >"$work/last" 2>"$work/out"
    "$PLIMSOLL" ledger prove --between "$old" "$size" --state-dir "$state" >"$work/grown" 2>"$work/out"
    "$work/xmod" "$state/ledger" "$vkey" "$work/old" "$work/one" "$work/last" "$work/grown" >"$work/out" 2>&1
    result $? "x/mod accepts the log of $size entries, our proofs, and that it grew out of $old: $(tail -1 "$work/out")"
done

state=$work/s254
vkey=$(cat "$state/keys/log.vkey")
tamper() { # tamper FILE SENTENCE: one bit in the middle
    cp "$state/ledger/$1" "$work/kept"
    python3 - "$state/ledger/$1" <<'END'
import sys
with open(sys.argv[1], 'r+b') as f:
    data = bytearray(f.read())
    data[len(data) // 2] ^= 1
    f.seek(0)
    f.write(data)
END
    "$work/xmod" "$state/ledger" "$vkey" >"$work/out" 2>&1
    there=$?
    "$PLIMSOLL" ledger verify --state-dir "$state" >>"$work/out" 2>&1
    ours=$?
    [ $there != 0 ] && [ $ours = 1 ]
    result $? "$2"
    cp "$work/kept" "$state/ledger/$1"
}
tamper tile/0/000 'a changed tile is refused by x/mod and by us'
tamper tile/entries/000 'a changed entry is refused by x/mod and by us'
tamper checkpoint 'a changed checkpoint is refused by x/mod and by us'
echo "1..$n"
