/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/image_sbom.h"

#include "core/hash.h"
#include "image/unpack.h"
#include "package/limits.h"
#include "package/sbom.h"

static pl_rc read_whole(pl_in *in, pl_buf *ret, pl_err *err)
{
    enum { PART = 64 << 10 };
    char part[PART];
    size_t n = 0;

    do {
        pl_rc rc = pl_in_read(in, part, sizeof(part), &n, err);
        if (rc)
            return rc;
        pl_buf_add(ret, part, n);
        if (!pl_buf_ok(ret))
            return pl_fail(err, PL_LIMIT, "limit:sbom-bytes: more than %d", PL_SBOM_MAX);
    } while (n);
    return PL_OK;
}

/* "sha256:..." of the document's bytes: what it describes has no better identity of its own. */
static pl_str key_of(pl_str json, pl_arena *a)
{
    unsigned char sum[PL_SHA256];
    char hex[PL_SHA256_HEX];
    PL_AUTO_BUF pl_buf text = {0};

    pl_sha256_of(json, sum);
    pl_hex(sum, sizeof(sum), hex);
    pl_buf_fmt(&text, "sha256:%s", hex);
    return pl_arena_str(a, pl_buf_view(&text));
}

static void tell(const pl_sbom *b, pl_problems *problems)
{
    pl_problems_add(problems, PL_UNSUPPORTED, PL_NO_LAYER,
                    "is a bill of materials (%s %.*s): files, settings and secrets were not seen",
                    b->format, PL_F(b->version));
    if (b->nameless)
        pl_problems_add(problems, PL_FORMAT, PL_NO_LAYER,
                        "%zu components have no name, or one that is too long", b->nameless);
}

static size_t count_system(const pl_sbom *b)
{
    size_t n = 0;

    for (size_t i = 0; i < b->n; i++)
        n += !b->items[i].language.n && !pl_str_eq(b->items[i].type, PL_S("generic"));
    return n;
}

bool pl_image_sbom_is(pl_str head)
{
    pl_in_mem in = pl_in_of_str(head);
    PL_AUTO_UNPACK pl_unpack *u = pl_unpack_is_packed(head) ? pl_unpack_new(&in.in) : NULL;
    pl_in_peek peek;
    pl_err cut = {0};

    if (!u)
        return pl_sbom_looks_like(head);
    /* The head ends somewhere in the compressed data: what came before it is enough. */
    (void)!pl_in_peek_open(&peek, pl_unpack_in(u), &cut);
    return pl_sbom_looks_like(pl_in_peek_head(&peek));
}

pl_rc pl_image_sbom_read(pl_in *in, const pl_image_job *job, pl_arena *a, pl_problems *problems,
                         pl_catalog *ret_catalog, pl_record **ret_image, pl_err *err)
{
    PL_AUTO_BUF pl_buf json = {.max = PL_SBOM_MAX};
    pl_sbom b;
    pl_record *image = pl_record_new(a, &pl_image_kind);

    if (!image)
        return pl_fail(err, PL_LIMIT, "image record does not fit its budget");
    PL_AUTO_UNPACK pl_unpack *u = pl_unpack_new(in);
    pl_rc rc = u ? read_whole(pl_unpack_in(u), &json, err) : pl_fail(err, PL_NOMEM, "document");
    if (!rc)
        rc = pl_sbom_read(pl_buf_view(&json), a, &b, err);
    if (rc)
        return rc;
    for (size_t i = 0; i < pl_image_kind.n; i++)
        pl_set_unreadable(image, (int)i, "unsupported");
    pl_set_str(image, PL_F_IMAGE_ID, key_of(pl_buf_view(&json), a));
    pl_set_str(image, PL_F_IMAGE_REFERENCE, job->name);
    pl_set_int(image, PL_F_IMAGE_SCANNED_AT, job->now_us);
    pl_set_int(image, PL_F_IMAGE_SCAN_AGE_DAYS, 0);
    tell(&b, problems);
    *ret_catalog = (pl_catalog){
        .os = b.os, .items = b.items, .n = b.n, .room = b.room, .n_system = count_system(&b)};
    *ret_image = image;
    return PL_OK;
}
