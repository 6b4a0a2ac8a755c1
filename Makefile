# A thin door to meson and ninja: `make help` lists the doors.
# SPDX-License-Identifier: Apache-2.0
BUILD ?= build
PREFIX ?= /usr/local
T ?= dpkg
S ?= 60
export BUILD PREFIX

.PHONY: help build demo test bench bench-peers fuzz mutate lint format install uninstall clean bootstrap-run bootstrap-dev

help:
	@sed -n 's/^## //p' Makefile

## make demo       install what is missing, build, audit three containers on a throw-away engine
demo: bootstrap-run
	@$(MAKE) --no-print-directory build
	@scripts/demo

## make build      the program in $(BUILD)/
build:
	@scripts/build release $(BUILD)

## make test       build and run all tests; last line: N passed, N failed, N skipped
test: bootstrap-dev
	@scripts/test

## make bench      the figures of docs/figures.md, each against a peer or a bound of the same run
bench: bootstrap-dev
	@scripts/bench

## make bench-peers   the same after obtaining the peer and building the image to compare on
bench-peers: bootstrap-dev
	@scripts/bench-peers

## make fuzz T=dpkg S=60   one fuzz target for that many seconds
fuzz: bootstrap-dev
	@scripts/fuzz $(T) $(S)

## make mutate     break every check in turn: its own tests must notice
mutate:
	@scripts/build debug build-debug tests/mutate
	@build-debug/tests/mutate

## make lint       format, forbidden calls, clang-tidy, shell scripts
lint: bootstrap-dev
	@scripts/lint

format:
	@git ls-files 'src/*.[ch]' 'tests/*.[ch]' | xargs clang-format -i

## make install    into $(PREFIX), user plimsoll for the state
install: build
	@scripts/install $(BUILD) $(PREFIX)

## make uninstall  removes the program; state and configuration stay
uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/plimsoll $(DESTDIR)$(PREFIX)/share/man/man1/plimsoll.1

clean:
	rm -rf build build-debug build-asan build-clang build-fuzz

bootstrap-run:
	@scripts/bootstrap run

bootstrap-dev:
	@scripts/bootstrap dev
