/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/image_parts.h"

#include "core/jail.h"
#include "image/limits.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- answers ---- */

/* What could not be had comes with a text that says why. */
static pl_rc read_refusal(pl_answer *a, pl_err *err)
{
    char text[PL_ERR_TEXT];
    size_t n = 0;
    pl_rc why = a->rc;
    pl_rc rc = pl_in_fill(&a->in, text, sizeof(text), &n, err);

    if (!rc)
        rc = pl_in_drain(&a->in, err);
    return rc ? rc : pl_fail(err, why, "%.*s", (int)n, text);
}

static pl_rc read_rest(pl_in *in, pl_buf *ret, pl_err *err)
{
    char part[16 << 10];
    size_t got = 0;
    pl_rc rc;

    do {
        rc = pl_in_read(in, part, sizeof(part), &got, err);
        pl_buf_add(ret, part, rc ? 0 : got);
    } while (!rc && got);
    return rc;
}

static pl_rc document(void *arg, pl_str name, pl_buf *ret, pl_err *err)
{
    const pl_image_parts *p = arg;
    pl_answer a;
    pl_rc rc = pl_jail_send(p->out_fd, PL_FRAME_ASK, name, err);

    if (!rc)
        rc = pl_answer_next(p->answers_fd, &a, err);
    if (rc)
        return rc;
    if (a.rc)
        return read_refusal(&a, err);
    rc = read_rest(&a.in, ret, err);
    return rc || pl_buf_ok(ret) ? rc : pl_fail(err, PL_LIMIT, "%.*s is too large", PL_F(name));
}

static pl_rc unpack(pl_image_parts *p, pl_str name, pl_answer *a, pl_err *err)
{
    pl_layers *ls = p->readers->layers;
    char head[PL_ANSWER_LAYER];
    size_t got = 0;
    pl_rc rc = pl_in_fill(&a->in, head, sizeof(head), &got, err);

    if (rc || got < sizeof(head))
        return rc ? rc : pl_fail(err, PL_SYS, "an answer is cut");
    rc =
        pl_layers_unpack(ls, name, &a->in, (const unsigned char *)p->job->needs.fingerprint.p, err);
    if (!rc && head[0])
        pl_hex((const unsigned char *)head + 1, PL_SHA256,
               pl_layers_at(ls, pl_layers_count(ls) - 1)->blob);
    pl_err why = {0};
    pl_rc rest = pl_in_drain(&a->in, &why);
    return rest ? pl_fail(err, rest, "%s", why.text) : rc;
}

/* A result that cannot be read is one layer's loss, as the layer itself would be. */
static pl_rc take_layer(pl_image_parts *p, size_t i, pl_str name, pl_err *err)
{
    pl_layers *ls = p->readers->layers;
    pl_answer a;
    pl_err why = {0};
    pl_rc rc = pl_answer_next(p->answers_fd, &a, err);

    if (rc)
        return rc;
    rc = a.rc ? read_refusal(&a, &why) : unpack(p, name, &a, &why);
    if (rc == PL_NOTFOUND)
        return PL_OK;
    if (rc && a.left)
        return pl_fail(err, rc, "%s", why.text);
    if (rc && (rc = pl_layers_add_damaged(ls, name, rc, pl_str_c(why.text), err)))
        return rc;
    pl_archive_took(p->archive, i, (long)pl_layers_count(ls) - 1);
    return PL_OK;
}

static pl_rc send_plan(const pl_image_parts *p, const pl_plan *plan, pl_err *err)
{
    PL_AUTO_BUF pl_buf frame = {0};

    pl_plan_encode(plan, &frame);
    return pl_buf_ok(&frame) ? pl_jail_send(p->out_fd, PL_FRAME_PLAN, pl_buf_view(&frame), err)
                             : pl_fail(err, PL_NOMEM, "plan");
}

static pl_rc read_by_plan(pl_image_parts *p, const pl_plan *plan, pl_err *err)
{
    PL_AUTO_BUF pl_buf name = {0};
    pl_rc rc = send_plan(p, plan, err);

    for (size_t i = 0; !rc && i < plan->n; i++)
        rc = take_layer(p, i, pl_archive_name(p->archive, i, &name), err);
    return rc;
}

/* ---- where they come from ---- */

static pl_rc read_kept(pl_image_parts *p, pl_in *in, pl_err *err)
{
    PL_AUTO_BUF pl_buf bytes = {.max = PL_IMAGE_KEPT_MAX};
    pl_rc rc = read_rest(in, &bytes, err);

    if (rc || !pl_buf_ok(&bytes))
        return rc ? rc : pl_fail(err, PL_LIMIT, "kept documents are too large");
    return pl_archive_kept(p->readers->layers, pl_buf_view(&bytes), &p->source, &p->archive, err);
}

/* Nothing was missing when the documents were kept. */
static pl_rc check_kept(const pl_image_parts *p, pl_err *err)
{
    for (size_t i = 0; i < p->parts.n_layers; i++)
        if (p->parts.layers[i].layer < 0)
            return pl_fail(err, PL_FORMAT, "what is kept of layer %zu does not fit", i);
    return PL_OK;
}

/* An uncompressed archive in a file that nobody has read from. */
static bool is_indexable(const pl_image_parts *p, uint64_t *ret_size)
{
    char head[512];
    struct stat st;

    if (p->answers_fd < 0 || fstat(p->in_fd, &st) < 0 || !S_ISREG(st.st_mode) ||
        pread(p->in_fd, head, sizeof(head), 0) != (ssize_t)sizeof(head))
        return false;
    *ret_size = (uint64_t)st.st_size;
    return pl_tar_is_header((pl_str){head, sizeof(head)});
}

static pl_rc read_stream(pl_image_parts *p, pl_in *in, pl_err *err)
{
    pl_layers *ls = p->readers->layers;

    return p->job->form == PL_IMAGE_ROOTFS ? pl_archive_read_rootfs(ls, in, &p->archive, err)
                                           : pl_archive_read(ls, in, &p->archive, err);
}

static void note_identity(pl_image_parts *p)
{
    p->has_identity = pl_archive_identity(p->archive, p->identity);
    p->n_known = pl_archive_parts(p->archive);
}

static pl_rc read_planned(pl_image_parts *p, pl_err *err)
{
    PL_AUTO_PLAN pl_plan plan = {0};
    pl_rc rc = pl_archive_plan(p->archive, p->job->select, &plan, err);

    if (rc)
        return rc;
    note_identity(p);
    return read_by_plan(p, &plan, err);
}

/* ---- the order of a stream ---- */

static bool is_in_order(const pl_parts *parts)
{
    long next = 0;

    for (size_t i = 0; i < parts->n_layers; i++) {
        if (parts->layers[i].found > next)
            return false;
        next += parts->layers[i].found == next;
    }
    return true;
}

/* Those of the image, lowest first, then the others of the archive. to: the new number, by the old
 * one; -1 at first. */
static void number_anew(const pl_parts *parts, long *to, size_t n)
{
    long next = 0;

    for (size_t i = 0; i < parts->n_layers; i++)
        if (parts->layers[i].found >= 0 && to[parts->layers[i].found] < 0)
            to[parts->layers[i].found] = next++;
    for (size_t i = 0; i < n; i++)
        if (to[i] < 0)
            to[i] = next++;
}

static pl_rc keep_bytes(void *arg, pl_str bytes, pl_err *err)
{
    pl_buf_str(arg, bytes);
    return pl_buf_ok(arg) ? PL_OK : pl_fail(err, PL_NOMEM, "layer's result");
}

/* Problems of layers come back with them. */
static void drop_problems_of_layers(pl_problems *all)
{
    size_t n = 0;

    for (size_t i = 0; i < all->n; i++)
        if (all->items[i].layer == PL_NO_LAYER)
            all->items[n++] = all->items[i];
    all->n = n;
}

struct reordered {
    pl_buf packed;
    pl_str name;
};

static pl_rc pack_all(const pl_image_parts *p, const long *to, struct reordered *list, size_t n,
                      pl_err *err)
{
    pl_layers *ls = p->readers->layers;
    PL_AUTO_PACKER pl_packer *packer =
        pl_packer_new(ls, (const unsigned char *)p->job->needs.fingerprint.p);
    pl_rc rc = packer ? PL_OK : pl_fail(err, PL_NOMEM, "layer's result");

    for (size_t i = 0; !rc && i < n; i++) {
        struct reordered *r = &list[to[i]];
        const pl_packed_out out = {keep_bytes, &r->packed};
        r->name = pl_layers_at(ls, i)->name;
        rc = pl_packer_put(packer, i, &out, err);
    }
    return rc;
}

static pl_rc unpack_all(pl_image_parts *p, struct reordered *list, size_t n, pl_err *err)
{
    pl_problems *problems = pl_layers_problems(p->readers->layers);

    pl_image_readers_free_layers(p->readers);
    drop_problems_of_layers(problems);
    pl_rc rc = pl_image_readers_layers(p->readers, problems, err);
    for (size_t i = 0; !rc && i < n; i++) {
        pl_in_mem in = pl_in_of_str(pl_buf_view(&list[i].packed));
        rc = pl_layers_unpack(p->readers->layers, list[i].name, &in.in,
                              (const unsigned char *)p->job->needs.fingerprint.p, err);
        pl_buf_done(&list[i].packed);
    }
    return rc;
}

/* An archive may hold its layers in any order. What is said of the image must not hang on it, so
 * they are put into the one in which they lie on each other. */
static pl_rc put_in_order(pl_image_parts *p, pl_err *err)
{
    size_t n = pl_layers_count(p->readers->layers);
    PL_AUTO_FREE struct reordered *list = calloc(n, sizeof(*list));
    PL_AUTO_FREE long *to = calloc(n, sizeof(*to));

    if (!list || !to)
        return pl_fail(err, PL_NOMEM, "layers");
    for (size_t i = 0; i < n; i++)
        to[i] = -1;
    number_anew(&p->parts, to, n);
    pl_rc rc = pack_all(p, to, list, n, err);
    if (!rc)
        rc = unpack_all(p, list, n, err);
    for (size_t i = 0; i < n; i++)
        pl_buf_done(&list[i].packed);
    for (size_t i = 0; i < p->parts.n_layers; i++) {
        pl_image_layer *l = &p->parts.layers[i];
        l->found = l->found < 0 ? -1 : to[l->found];
        l->layer = l->layer < 0 ? -1 : to[l->layer];
    }
    return rc;
}

static pl_rc pick(pl_image_parts *p, pl_err *err)
{
    pl_image_form form = p->job->form;

    if (form == PL_IMAGE_STORE || form == PL_IMAGE_CONTAINER)
        pl_archive_of_store(p->archive);
    if (form == PL_IMAGE_CONTAINER)
        pl_archive_of_container(p->archive);
    pl_rc rc = pl_archive_pick(p->archive, p->job->select, &p->parts, err);
    if (form == PL_IMAGE_STORE || form == PL_IMAGE_CONTAINER)
        p->parts.format = form == PL_IMAGE_STORE ? "store" : "container";
    if (form == PL_IMAGE_CONTAINER)
        p->parts.id = p->job->id;
    return rc;
}

/* The documents alone; without is_planned nothing was read. */
static pl_rc read_documents(pl_image_parts *p, pl_in *in, pl_err *err)
{
    pl_layers *ls = p->readers->layers;
    uint64_t size = 0;

    p->is_planned = true;
    p->source = (pl_blob_source){document, p};
    if (p->job->form == PL_IMAGE_BLOBS)
        return pl_archive_ask(ls, &p->source, &p->archive, err);
    if (p->job->form == PL_IMAGE_KEPT)
        return read_kept(p, in, err);
    if (p->job->form == PL_IMAGE_ARCHIVE && is_indexable(p, &size))
        return pl_archive_index(ls, p->in_fd, size, &p->archive, err);
    p->is_planned = false;
    return PL_OK;
}

static pl_rc send_identity(const pl_image_parts *p, const pl_plan *plan, pl_err *err)
{
    PL_AUTO_BUF pl_buf frame = {0};

    pl_buf_add(&frame, p->identity, sizeof(p->identity));
    if (plan)
        pl_plan_encode(plan, &frame);
    return pl_buf_ok(&frame) ? pl_jail_send(p->out_fd, PL_FRAME_IDENTITY, pl_buf_view(&frame), err)
                             : pl_fail(err, PL_NOMEM, "plan");
}

pl_rc pl_image_parts_identify(pl_image_parts *p, pl_in *in, pl_err *err)
{
    PL_AUTO_PLAN pl_plan plan = {0};
    pl_rc rc = read_documents(p, in, err);

    if (rc || !p->is_planned)
        return rc;
    rc = pl_archive_plan(p->archive, p->job->select, &plan, err);
    if (rc)
        return rc;
    note_identity(p);
    return p->has_identity ? send_identity(p, &plan, err) : PL_OK;
}

pl_rc pl_image_parts_read(pl_image_parts *p, pl_in *in, pl_err *err)
{
    pl_rc rc = read_documents(p, in, err);

    if (!rc)
        rc = p->is_planned ? read_planned(p, err) : read_stream(p, in, err);
    if (!rc)
        rc = pick(p, err);
    if (!rc && p->job->form == PL_IMAGE_KEPT)
        rc = check_kept(p, err);
    /* With documents that the plan did not know, the identity does not say all. */
    if (!rc && p->has_identity && pl_archive_parts(p->archive) == p->n_known)
        rc = send_identity(p, NULL, err);
    return rc || is_in_order(&p->parts) ? rc : put_in_order(p, err);
}

pl_rc pl_image_parts_send_documents(pl_image_parts *p, pl_err *err)
{
    const pl_problems *problems = pl_layers_problems(p->readers->layers);
    PL_AUTO_BUF pl_buf out = {0};

    for (size_t i = 0; i < problems->n; i++)
        if (problems->items[i].layer == PL_NO_LAYER)
            return PL_OK;
    if (p->is_planned || !pl_archive_keep(p->archive, p->readers->layers, &p->parts, &out))
        return PL_OK;
    return pl_jail_send(p->out_fd, PL_FRAME_DOCUMENTS, pl_buf_view(&out), err);
}

pl_rc pl_image_parts_send(pl_image_parts *p, pl_err *err)
{
    pl_layers *ls = p->readers->layers;
    PL_AUTO_PACKER pl_packer *packer =
        pl_packer_new(ls, (const unsigned char *)p->job->needs.fingerprint.p);
    pl_rc rc = packer ? PL_OK : pl_fail(err, PL_NOMEM, "layer's result");

    for (size_t i = 0; !rc && !p->is_planned && i < pl_layers_count(ls); i++)
        if (pl_layers_is_whole(ls, i))
            rc = pl_layer_send(packer, ls, i, p->out_fd, err);
    return rc;
}
