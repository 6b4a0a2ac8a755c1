/* SPDX-License-Identifier: Apache-2.0 */
/* Who has signed an image: asked where it comes from, with the keys that the configuration names.
 */
#include "audit/run_private.h"

#include "registry/image.h"
#include "registry/signatures.h"

static void set_result(pl_record *to, const pl_signature_result *found)
{
    if (found->reason)
        pl_set_unreadable(to, PL_F_IMAGE_SIGNED, found->reason);
    else
        pl_set_bool(to, PL_F_IMAGE_SIGNED, found->is_signed);
    pl_set_strs(to, PL_F_IMAGE_SIGNED_BY, found->by, found->n_by);
    pl_set_strs(to, PL_F_IMAGE_SIGNATURE_PROBLEMS, found->problems, found->n_problems);
}

/* "nginx@sha256:..." for every document that leads to it, as engines write it. */
static pl_rc set_names(const pl_remote_image *image, pl_arena *a, pl_record *to, pl_err *err)
{
    pl_str *names = pl_arena_calloc(a, image->n_digests, sizeof(*names));

    for (size_t i = 0; names && i < image->n_digests; i++) {
        PL_AUTO_BUF pl_buf text = {0};
        pl_buf_fmt(&text, "%s/%s@%.*s", image->reference.host, image->reference.repository,
                   PL_F(image->digests[i]));
        names[i] = pl_buf_ok(&text) ? pl_arena_str(a, pl_buf_view(&text)) : (pl_str){NULL, 0};
        if (!names[i].p)
            return pl_fail(err, PL_LIMIT, "names of an image");
    }
    if (!names)
        return pl_fail(err, PL_LIMIT, "names of an image");
    pl_set_strs(to, PL_F_IMAGE_REPO_DIGESTS, names, image->n_digests);
    return PL_OK;
}

pl_rc pl_run_look_for_signatures(const pl_run *r, pl_registry *c, const uint32_t *hosts,
                                 size_t n_hosts, const pl_remote_image *image, pl_arena *a,
                                 pl_record *to, pl_err *err)
{
    const pl_signature_hosts at = {c, hosts, n_hosts, image->reference.repository};
    const pl_signature_place place = pl_signatures_at_registry(&at);
    const pl_signature_query q = {.reference = image->reference,
                                  .digests = image->digests,
                                  .n_digests = image->n_digests,
                                  .keys = &r->keys};
    pl_signature_result found = {0};
    pl_rc rc = pl_signatures_look(&place, &q, a, &found, err);

    if (!rc)
        rc = set_names(image, a, to, err);
    if (!rc)
        set_result(to, &found);
    return rc;
}
