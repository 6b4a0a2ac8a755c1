/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any documents as those of an archive. The input is cut at NUL bytes: manifest.json, index.json,
 * the config, further blobs; blobs have the name of their digest, so that they are believed.
 */
#include "core/hash.h"
#include "image/archive.h"
#include "image/config.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BLOCK = 512, DOCUMENTS = 8 };

static void add(pl_buf *tar, const char *name, pl_str data)
{
    char h[BLOCK] = {0};
    static const char zeros[BLOCK];
    unsigned sum = 8 * ' ';

    (void)snprintf(h, 100, "%s", name);
    (void)snprintf(h + 100, 8, "0000644");
    (void)snprintf(h + 124, 12, "%011o", (unsigned)data.n);
    h[156] = '0';
    memcpy(h + 257, "ustar\00000", 8);
    for (size_t i = 0; i < BLOCK; i++)
        sum += (unsigned char)h[i];
    (void)snprintf(h + 148, 8, "%06o", sum & 0777777);
    pl_buf_add(tar, h, BLOCK);
    pl_buf_str(tar, data);
    pl_buf_add(tar, zeros, (size_t)(-data.n & (BLOCK - 1)));
}

static void make_archive(pl_str input, pl_buf *tar)
{
    static const char *const names[] = {"manifest.json", "index.json", "config.json"};
    static const char nothing[2 * BLOCK]; /* the end of a tar: a layer without files */
    pl_str doc;

    for (size_t i = 0; i < DOCUMENTS && pl_str_cut(&input, '\0', &doc); i++) {
        unsigned char raw[PL_SHA256];
        char name[100] = "blobs/sha256/";
        pl_sha256_of(doc, raw);
        pl_hex(raw, sizeof(raw), name + 13);
        add(tar, i < PL_COUNT(names) ? names[i] : name, doc);
    }
    add(tar, "layer.tar", (pl_str){nothing, sizeof(nothing)});
}

static void describe(pl_problems *problems, pl_arena *a, const pl_parts *parts)
{
    pl_record *image = pl_record_new(a, &pl_image_kind);

    assert(!parts->n_layers || parts->layers);
    if (image && pl_image_config(parts, problems, a, image, NULL) == PL_OK)
        assert(pl_image_base_layers(image) <= parts->n_layers);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new((size_t)16 << 20);
    pl_problems problems = {.arena = a};
    PL_AUTO_LAYERS pl_layers *ls = pl_layers_new(NULL, &problems);
    PL_AUTO_BUF pl_buf tar = {0};
    static const char *const selects[] = {"", "web:1", "linux/amd64"};

    assert(a && ls);
    make_archive((pl_str){(const char *)data, size}, &tar);
    pl_in_mem in = pl_in_of_str(pl_buf_view(&tar));
    PL_AUTO_ARCHIVE pl_archive *archive = NULL;
    if (pl_archive_read(ls, &in.in, &archive, NULL))
        return 0;
    for (size_t i = 0; i < PL_COUNT(selects); i++) {
        pl_parts parts;
        pl_err err = {0};
        if (pl_archive_pick(archive, pl_str_c(selects[i]), &parts, &err))
            assert(err.text[0]);
        else
            describe(&problems, a, &parts);
    }
    return 0;
}
