#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Checks of engine, host and containers (no image scan) on a real engine with 1 and 20 containers,
# against `docker inspect` of the same objects; and the memory of an audit with its workers.
set -eu
if [ "${1:-}" != inside ]; then exec unshare -n "$0" inside; fi
d=$(mktemp -d /tmp/plimsoll-bench.XXXXXX)
ip link set lo up
docker() { timeout -k1 120 /usr/bin/docker -H "unix://$d/docker.sock" "$@"; }
# shellcheck disable=SC2317
cleanup() {
    for c in $(docker ps -aq); do docker rm -f "$c" >/dev/null 2>&1 || true; done
    kill "$(cat "$d/pid")" 2>/dev/null || true
    for _ in $(seq 50); do [ -e "$d/pid" ] || break; sleep 0.1; done
    rm -rf "$d" 2>/dev/null || true
}
trap cleanup EXIT
dockerd --data-root "$d/data" --exec-root "$d/exec" -H "unix://$d/docker.sock" --pidfile "$d/pid" >"$d/log" 2>&1 </dev/null &
for _ in $(seq 300); do curl -sf --unix-socket "$d/docker.sock" http://d/_ping >/dev/null 2>&1 && break; sleep 0.1; done
mkdir -p "$d/fs/bin"
cp /bin/busybox "$d/fs/bin/"
tar -C "$d/fs" -c . | docker import -c 'CMD ["/bin/busybox", "sleep", "10000"]' - busy:1 >/dev/null

ms() { # median of 5 runs of a command, in milliseconds
    for _ in 1 2 3 4 5; do
        a=$(date +%s%N)
        "$@" >/dev/null 2>&1
        b=$(date +%s%N)
        echo $(((b - a) / 1000000))
    done | sort -n | sed -n 3p
}
audit() { "$PLIMSOLL" audit --no-images --quiet --state-dir "$d/state" --engine "unix://$d/docker.sock"; }
unrecorded() { "$PLIMSOLL" audit --no-images --quiet --state-dir none --engine "unix://$d/docker.sock"; }
inspect() { # the facts, one call an object as a shell tool takes them
    docker info && docker version && for c in $(docker ps -aq); do docker inspect "$c"; done
}
start() { docker run -d --network none busy:1 >/dev/null; }

start
one=$(ms audit)
for _ in $(seq 19); do start; done
twenty=$(ms audit)
none=$(ms unrecorded)
peer=$(ms inspect)
awk -v v="$twenty" 'BEGIN {printf "audit of 20 containers, recorded, no images|%d|ms|under 1400 ms|%.2f\n", v, v / 1400}'
awk -v v="$twenty" -v p="$peer" 'BEGIN {printf "the same|%d|ms|docker inspect, one call each: %d ms|%.2f\n", v, p, v / p}'
awk -v v="$none" -v p="$twenty" 'BEGIN {printf "the same with nothing recorded|%d|ms|recorded: %d ms|%.2f\n", v, p, v / p}'
awk -v a="$one" -v b="$twenty" 'BEGIN {v = (b - a) / 19; if (v < 0) v = 0; printf "each further container|%.1f|ms|under 10 ms|%.2f\n", v, v / 10}'
