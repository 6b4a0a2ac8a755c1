/* SPDX-License-Identifier: Apache-2.0 */
/* Who has signed an image: asked where it comes from, with the keys that the configuration names.
 */
#include "audit/run_private.h"

#include "registry/image.h"
#include "registry/signatures.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* ---- in a layout ---- */

/* What is left of a broken archive may lack the signatures. */
static void tell_unread(pl_record *to, pl_rc rc, pl_arena *a, const pl_err *why)
{
    pl_str *text = PL_NEW(a, pl_str);

    if (text)
        *text = pl_arena_str(a, pl_str_c(why->text));
    pl_set_unreadable(to, PL_F_IMAGE_SIGNED, pl_rc_reason(rc));
    if (text && text->p)
        pl_set_strs(to, PL_F_IMAGE_SIGNATURE_PROBLEMS, text, 1);
}

/* Copied without its signatures an image may still have some where it comes from. */
static pl_rc look_through(const pl_run *r, const pl_layout_documents *layout, pl_arena *a,
                          pl_record *to, pl_err *err)
{
    const pl_value *digest = pl_get(to, PL_F_IMAGE_DIGEST);
    pl_str digests[PL_SIGNATURE_DIGESTS];
    pl_signature_result found = {0};
    const pl_signature_place place = pl_signatures_in_layout(layout);
    pl_signature_query q = {.digests = digests, .keys = &r->keys};

    q.n_digests = pl_signatures_layout_digests(layout, digest->u.s, a, digests);
    pl_rc rc = pl_signatures_look(&place, &q, a, &found, err);
    if (found.has_none)
        found.reason = "not-observed";
    if (!rc)
        set_result(to, &found);
    return rc;
}

pl_rc pl_run_layout_signatures(const pl_run *r, const pl_layout_look *look, pl_arena *a,
                               pl_record *to, pl_err *err)
{
    PL_AUTO_LAYOUT_ARCHIVE pl_layout_archive archive = {0};
    pl_layout_documents from;
    struct stat st;
    pl_err why = {0};

    if (look->fd < 0 || pl_get(to, PL_F_IMAGE_DIGEST)->state != PL_PRESENT || !r->keys.n)
        return PL_OK;
    if (look->is_folder) {
        if (faccessat(look->fd, "index.json", R_OK, 0) < 0)
            return PL_OK;
        pl_image_source layout;
        pl_image_source_of_layout(look->fd, look->name, &layout);
        from = pl_layout_documents_of_folder(&layout);
        return look_through(r, &from, a, to, err);
    }
    if (fstat(look->fd, &st) < 0)
        return pl_fail_sys(err, errno, "%s", look->name);
    pl_rc rc = pl_layout_archive_read(look->fd, (uint64_t)st.st_size, &archive, &why);
    if (rc) {
        tell_unread(to, rc, a, &why);
        return PL_OK;
    }
    from = pl_layout_documents_of_archive(&archive);
    return look_through(r, &from, a, to, err);
}

/* ---- of an engine's image ---- */

static pl_rc ask(pl_run *r, const pl_registry_scope *how, const pl_reference *at,
                 pl_signature_result *ret, pl_err *err)
{
    PL_AUTO_REGISTRY pl_registry *client = NULL;
    uint32_t numbers[PL_REGISTRY_HOSTS];
    const pl_str digest = pl_str_c(at->digest);
    pl_signature_hosts hosts = {.hosts = numbers, .repository = at->repository};
    pl_rc rc = pl_run_start_fetcher(r, how, at, &client, &hosts.n, err);

    if (rc)
        return rc;
    for (uint32_t i = 0; i < hosts.n; i++)
        numbers[i] = i;
    hosts.c = client;
    pl_run_say(r, "image: asking %s for signatures of %s", at->host, at->repository);
    const pl_signature_place place = pl_signatures_at_registry(&hosts);
    const pl_signature_query q = {
        .reference = *at, .digests = &digest, .n_digests = 1, .keys = &r->keys};
    return pl_signatures_look(&place, &q, r->arena, ret, err);
}

/* What one name says counts when it says more than the others: signed, then not known, then not. */
static bool says_more(const pl_signature_result *a, const pl_signature_result *b)
{
    return a->is_signed != b->is_signed ? a->is_signed : a->reason && !b->reason;
}

static pl_rc ask_all(pl_run *r, const pl_registry_scope *how, const pl_value *names,
                     pl_signature_result *ret, bool *ret_asked, pl_err *err)
{
    for (size_t i = 0; i < names->n && !ret->is_signed; i++) {
        pl_signature_keys keys;
        pl_signature_result one = {0};
        pl_reference at;
        pl_err why = {0};
        if (pl_reference_parse(names->u.strs[i], &at, NULL) || !at.digest[0])
            continue;
        pl_rc rc = pl_signature_keys_for(&r->keys, &at, r->arena, &keys, err);
        if (rc)
            return rc;
        if (!keys.n)
            continue;
        rc = ask(r, how, &at, &one, &why);
        if (rc)
            one.reason = pl_rc_reason(rc);
        if (rc)
            rc = pl_run_add_gap(r, pl_run_text(r, "signatures of %.*s", PL_F(names->u.strs[i])),
                                one.reason, pl_str_c(why.text), NULL, err);
        if (rc)
            return rc;
        if (!*ret_asked || says_more(&one, ret))
            *ret = one;
        *ret_asked = true;
    }
    return PL_OK;
}

pl_rc pl_run_ask_for_signatures(pl_run *r, const pl_registry_scope *how, pl_record *to, pl_err *err)
{
    const pl_value *names = pl_get(to, PL_F_IMAGE_REPO_DIGESTS);
    pl_signature_result found = {0};
    bool has_asked = false;

    if (names->state != PL_PRESENT || !r->keys.n)
        return PL_OK;
    pl_rc rc = ask_all(r, how, names, &found, &has_asked, err);
    if (!rc && has_asked)
        set_result(to, &found);
    return rc;
}
