/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures in an OCI layout: its index.json lists them beside the images, as cosign save, oras
 * and others write it (OCI image layout 1.1). */
#include "registry/signatures.h"

#include "core/io.h"
#include "registry/limits.h"
#include "registry/signature_docs.h"
#include "registry/worker.h"

#include <string.h>

static pl_rc read_part(void *arg, pl_str name, pl_buf *ret, pl_err *err)
{
    pl_image_source *s = arg;
    pl_image_blob blob = {.fd = -1};
    pl_rc rc = s->blob(s, name, &blob, err);
    PL_AUTO_FD int fd = blob.fd;

    return rc ? rc : pl_read_all(fd, PL_REGISTRY_DOC_MAX, ret, err);
}

pl_layout_documents pl_layout_documents_of_folder(pl_image_source *layout)
{
    return (pl_layout_documents){read_part, layout};
}

/* Tags are names in the index, which is looked through as a whole in place of referrers. */
static pl_rc get_part(void *arg, pl_fetch_what what, pl_str name, pl_buf *ret, bool *ret_more,
                      pl_err *err)
{
    const pl_layout_documents *from = arg;
    char path[sizeof("blobs/sha256/") + PL_SHA256_HEX];

    *ret_more = false;
    if (what == PL_FETCH_REFERRERS)
        return from->read(from->arg, PL_S("index.json"), ret, err);
    if (!pl_registry_is_digest(name) || !pl_str_starts(name, PL_S("sha256:")))
        return pl_fail(err, PL_NOTFOUND, "a layout has no tags");
    (void)snprintf(path, sizeof(path), "blobs/sha256/%.*s", PL_F(pl_str_sub(name, 7, name.n)));
    return from->read(from->arg, pl_str_c(path), ret, err);
}

pl_signature_place pl_signatures_in_layout(const pl_layout_documents *layout)
{
    return (pl_signature_place){get_part, (void *)layout};
}

static bool names(const pl_attached *list, pl_str digest)
{
    for (size_t i = 0; list->is_index && i < list->n; i++)
        if (pl_str_eq(list->parts[i].digest, digest))
            return true;
    return false;
}

static bool read_list(const pl_layout_documents *layout, pl_str name, pl_arena *a, pl_attached *ret)
{
    PL_AUTO_BUF pl_buf text = {0};
    bool has_more;
    pl_fetch_what what = name.n ? PL_FETCH_MANIFEST : PL_FETCH_REFERRERS;

    *ret = (pl_attached){.n = 0};
    return get_part((void *)layout, what, name, &text, &has_more, NULL) == PL_OK &&
           pl_jailed_attached(pl_buf_view(&text), a, ret, NULL) == PL_OK;
}

/* What cannot be read is told when signatures are looked for. */
size_t pl_signatures_layout_digests(const pl_layout_documents *layout, pl_str digest, pl_arena *a,
                                    pl_str ret[PL_SIGNATURE_DIGESTS])
{
    pl_attached all, inner;
    size_t n = 1;

    ret[0] = digest;
    if (!read_list(layout, (pl_str){"", 0}, a, &all))
        return n;
    for (size_t i = 0; i < all.n && n < PL_SIGNATURE_DIGESTS; i++)
        if (pl_str_eq(all.parts[i].type, PL_S("application/vnd.oci.image.index.v1+json")) &&
            read_list(layout, all.parts[i].digest, a, &inner) && names(&inner, digest))
            ret[n++] = all.parts[i].digest;
    return n;
}
