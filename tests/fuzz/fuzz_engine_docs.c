/* SPDX-License-Identifier: Apache-2.0 */
/* First byte: kind of document as a letter from 'A' (version); '@': a command line. Rest: bytes. */
#include "core/buf.h"
#include "engine/fields.h"
#include "engine/parse.h"
#include "engine/settings.h"
#include "model/wire.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void encode(const pl_record *r)
{
    PL_AUTO_BUF pl_buf out = {0};
    pl_record_encode(r, &out);
}

static void parse(pl_arena *a, unsigned kind, const json_t *doc)
{
    pl_record *r = pl_record_new(a, kind == PL_DOC_CONTAINER ? &pl_kind_container
                                    : kind == PL_DOC_IMAGE   ? &pl_kind_stored_image
                                                             : &pl_kind_engine);
    if (!r)
        return;
    if (kind == PL_DOC_CONTAINER)
        (void)pl_container_parse(a, doc, 0, r);
    else if (kind == PL_DOC_IMAGE)
        (void)pl_stored_image_parse(a, doc, 0, r);
    else if (kind == PL_DOC_DAEMON_JSON)
        pl_settings_parse(a, doc, r);
    else {
        pl_engine_parse(a, (pl_engine_doc)kind, doc, r);
        pl_swarm_parse(a, (pl_engine_doc)kind, doc, 0, r);
    }
    encode(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(16 << 20);
    unsigned kind = size ? (unsigned)data[0] - '@' : 0;

    if (!a || !size || kind > PL_DOC_SWARM_STATE || kind == PL_DOC_CONTEXT)
        return 0;
    if (kind == 0) {
        pl_record *r = pl_record_new(a, &pl_kind_engine);
        pl_str config;
        if (r) {
            pl_settings_arguments(a, (pl_str){(const char *)data + 1, size - 1}, r, &config);
            encode(r);
        }
        return 0;
    }
    json_error_t where;
    json_auto_t *doc = json_loadb((const char *)data + 1, size - 1,
                                  JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &where);
    if (doc)
        parse(a, kind, doc);
    return 0;
}
