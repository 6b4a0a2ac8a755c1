// SPDX-License-Identifier: Apache-2.0

// Verifies a log directory with nothing of ours: checkpoint, inclusion, consistency.
//
// usage: main LOG VKEY [OLD-CHECKPOINT|PROOF...]
// A file that starts with "c2sp.org/tlog-proof@v1" is an inclusion proof, one that starts with
// "old " a consistency proof for the checkpoint file given before it.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// tiles reads tiles from the directory; x/mod names them tile/8/L/N, the log tile/L/N.
type tiles struct{ dir string }

func (t tiles) Height() int                         { return height }
func (t tiles) SaveTiles([]tlog.Tile, [][]byte)     {}
func (t tiles) ReadTiles(want []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range want {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(t.dir, path))
		if err != nil && tile.W < 1<<height {
			full := tile
			full.W = 1 << height
			path = strings.Replace(full.Path(), "tile/8/", "tile/", 1)
			if data, err = os.ReadFile(filepath.Join(t.dir, path)); err == nil {
				data = data[:tile.W*tlog.HashSize]
			}
		}
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

// entry reads leaf i out of its bundle.
func entry(dir string, i, size int64) ([]byte, error) {
	tile := tlog.Tile{H: height, L: 0, N: i >> height, W: 1 << height}
	if rest := size - tile.N<<height; rest < 1<<height {
		tile.W = int(rest)
	}
	path := strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1)
	data, err := os.ReadFile(filepath.Join(dir, path))
	if err != nil {
		return nil, err
	}
	for n := i & (1<<height - 1); ; n-- {
		size := int(binary.BigEndian.Uint16(data))
		if n == 0 {
			return data[2 : 2+size], nil
		}
		data = data[2+size:]
	}
}

func open(path string, verifiers note.Verifiers) tlog.Tree {
	text, err := os.ReadFile(path)
	check(err)
	return openText(text, verifiers)
}

func openText(text []byte, verifiers note.Verifiers) tlog.Tree {
	n, err := note.Open(text, verifiers)
	check(err)
	lines := strings.Split(n.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err)
	root, err := tlog.ParseHash(lines[2])
	check(err)
	return tlog.Tree{N: size, Hash: root}
}

// samples are all indices of a small log, and the edges and every 997th of a large one.
func samples(size int64) []int64 {
	var all []int64
	for i := int64(0); i < size; i++ {
		edge := i < 3 || i >= size-3 || i%256 == 0 || i%256 == 255
		if size <= 1000 || i%997 == 0 || (edge && i%4096 < 300) {
			all = append(all, i)
		}
	}
	return all
}

func checkProofFile(dir string, text string, verifiers note.Verifiers, old tlog.Tree) {
	head, body, found := strings.Cut(text, "\n\n")
	if !found {
		check(fmt.Errorf("no blank line in a proof"))
	}
	lines := strings.Split(head, "\n")
	tree := openText([]byte(body), verifiers)
	var hashes []tlog.Hash
	for _, line := range lines {
		if raw, err := base64.StdEncoding.DecodeString(line); err == nil && len(raw) == tlog.HashSize {
			var h tlog.Hash
			copy(h[:], raw)
			hashes = append(hashes, h)
		}
	}
	if strings.HasPrefix(lines[0], "old ") {
		size, err := strconv.ParseInt(lines[0][4:], 10, 64)
		check(err)
		if size != old.N {
			check(fmt.Errorf("proof from size %d, checkpoint of size %d", size, old.N))
		}
		check(tlog.CheckTree(hashes, tree.N, tree.Hash, old.N, old.Hash))
		return
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	check(err)
	leaf, err := entry(dir, index, tree.N)
	check(err)
	check(tlog.CheckRecord(hashes, tree.N, tree.Hash, index, tlog.RecordHash(leaf)))
}

func main() {
	dir := os.Args[1]
	verifier, err := note.NewVerifier(os.Args[2])
	check(err)
	verifiers := note.VerifierList(verifier)
	tree := open(filepath.Join(dir, "checkpoint"), verifiers)
	reader := tlog.TileHashReader(tree, tiles{dir})

	inclusions := 0
	for _, i := range samples(tree.N) {
		leaf, err := entry(dir, i, tree.N)
		check(err)
		proof, err := tlog.ProveRecord(tree.N, i, reader)
		check(err)
		check(tlog.CheckRecord(proof, tree.N, tree.Hash, i, tlog.RecordHash(leaf)))
		inclusions++
	}
	consistencies := 0
	for _, old := range []int64{1, tree.N / 3, tree.N / 2, tree.N - 1, tree.N} {
		if old < 1 || old > tree.N {
			continue
		}
		hash, err := tlog.TreeHash(old, reader)
		check(err)
		proof, err := tlog.ProveTree(tree.N, old, reader)
		check(err)
		check(tlog.CheckTree(proof, tree.N, tree.Hash, old, hash))
		consistencies++
	}
	files := 0
	var old tlog.Tree
	for _, path := range os.Args[3:] {
		text, err := os.ReadFile(path)
		check(err)
		if strings.HasPrefix(string(text), "old ") || strings.HasPrefix(string(text), "c2sp.org/tlog-proof@v1\n") {
			checkProofFile(dir, string(text), verifiers, old)
			files++
			continue
		}
		old = openText(text, verifiers)
		hash, err := tlog.TreeHash(old.N, reader)
		check(err)
		if hash != old.Hash {
			check(fmt.Errorf("the tree of size %d has another root", old.N))
		}
	}
	fmt.Printf("size %d, %d inclusions, %d consistencies, %d proof files\n", tree.N, inclusions, consistencies, files)
}
