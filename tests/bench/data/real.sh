#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds the image that the benches scan: a Debian root with about 180 packages, 500 npm packages,
# 40 jars, Python packages, Go and Rust programs, in five gzip layers; about 600 MB unpacked.
# usage: real.sh FOLDER   FOLDER/real is the OCI layout, FOLDER/roots what its layers hold
set -eu
out=$1
[ -e "$out/real/index.json" ] && exit 0
here=$(cd "$(dirname "$0")" && pwd)
roots=$out/roots
rm -rf "$roots" "$out/real" "$out/real.new"
mkdir -p "$roots"
exec >"$out/real.log" 2>&1 </dev/null
export DEBIAN_FRONTEND=noninteractive LC_ALL=C

programs='adduser binutils ca-certificates curl file git iproute2 jq less libcap2-bin locales netbase nginx-light
    openssh-client openssl perl procps psmisc python3 rsync sqlite3 sudo tzdata unzip vim-tiny wget xz-utils zstd'
jars='libcommons-lang3-java libcommons-io-java libcommons-codec-java libcommons-logging-java libcommons-collections3-java
    libcommons-collections4-java libcommons-compress-java libcommons-cli-java libcommons-csv-java libcommons-math-java
    libguava-java libjackson2-core-java libjackson2-annotations-java libjackson2-databind-java liblog4j1.2-java libslf4j-java
    libhttpclient-java libhttpcore-java libjsoup-java libjdom2-java libasm-java libgoogle-gson-java libjoda-time-java
    libsnakeyaml-java libprotobuf-java libpostgresql-jdbc-java libmariadb-java libbcprov-java libhamcrest-java'
npm='express webpack webpack-cli eslint jest @babel/core @babel/preset-env react react-dom next-auth axios lodash moment
    mongoose mysql2 pg redis socket.io mocha nodemon gulp request passport jsonwebtoken winston'
pip='django flask requests sqlalchemy jinja2 pillow cryptography pyyaml celery'

debootstrap --variant=minbase bookworm "$out/debian"
cp -a "$out/debian" "$roots/0"
rm -rf "$roots/0/var/cache/apt/archives" "$roots/0/var/lib/apt/lists"
rm -rf "${roots:?}"/0/dev/*
touch "$out/stamp"
sleep 1.1
cp /etc/resolv.conf "$out/debian/etc/"
for f in /etc/apt/apt.conf.d/*proxy*; do [ -e "$f" ] && cp "$f" "$out/debian/etc/apt/apt.conf.d/"; done
printf '#!/bin/sh\nexit 101\n' >"$out/debian/usr/sbin/policy-rc.d"
chmod 755 "$out/debian/usr/sbin/policy-rc.d"
for p in $programs $jars; do chroot "$out/debian" apt-cache show "$p" >/dev/null 2>&1 && echo "$p"; done >"$out/list"
# Java asks for /proc when it is set up.
# shellcheck disable=SC2016
unshare -m sh -c 'mount -t proc proc "$1/proc" && exec xargs chroot "$1" apt-get install -y -q --no-install-recommends <"$2"' _ \
    "$out/debian" "$out/list"
chroot "$out/debian" apt-get clean
mkdir "$roots/1"
(cd "$out/debian" && find . -xdev \( -newercm "$out/stamp" -o -cnewer "$out/stamp" \) ! -type d ! -path './var/lib/apt/lists/*' ! -path './dev/*' \
    ! -path './proc/*' ! -path './sys/*' ! -path './var/cache/apt/*' -print0 |
    tar --null --no-recursion -T - -c) | tar -C "$roots/1" -x

mkdir -p "$roots/2/srv/web"
# shellcheck disable=SC2086
npm install --prefix "$roots/2/srv/web" --ignore-scripts --no-audit --no-fund --legacy-peer-deps $npm

mkdir -p "$roots/3/usr/local/lib/python3.11/dist-packages"
# shellcheck disable=SC2086
python3 -m pip install -q --no-compile --target "$roots/3/usr/local/lib/python3.11/dist-packages" $pip

mkdir -p "$roots/4/usr/local/bin" "$out/go" "$out/rust/src"
cat >"$out/go/main.go" <<'END'
package main

import (
	"net/http"

	"github.com/gorilla/mux"
	"github.com/spf13/cobra"
	"gopkg.in/yaml.v3"
)

func main() {
	text, _ := yaml.Marshal(map[string]int{"port": 80})
	_ = http.ListenAndServe(string(text), mux.NewRouter())
	_ = (&cobra.Command{}).Execute()
}
END
printf 'module example.org/bench\n\ngo 1.19\n' >"$out/go/go.mod"
(cd "$out/go" && go mod tidy && go build -o "$roots/4/usr/local/bin/go-server" .)
printf '[package]\nname = "bench"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\nserde_json = "1"\nregex = "1"\n' >"$out/rust/Cargo.toml"
cat >"$out/rust/src/main.rs" <<'END'
fn main() {
    let v: serde_json::Value = serde_json::from_str("[1]").unwrap();
    println!("{} {}", v, regex::Regex::new("^1$").unwrap().is_match("1"));
}
END
if command -v cargo >/dev/null; then
    (cd "$out/rust" && cargo build -q --release && cp target/release/bench "$roots/4/usr/local/bin/rust-tool")
fi

"$here/layout.py" roots "$out/real.new" "$roots/0" "$roots/1" "$roots/2" "$roots/3" "$roots/4"
rm -rf "$out/debian" "$out/go" "$out/rust" "$out/stamp" "$out/list"
mv "$out/real.new" "$out/real"
