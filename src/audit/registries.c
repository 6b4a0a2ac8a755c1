/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images of registries: one, all tags of a repository, or everything that a catalog lists. First
 * what is there is listed and each name resolved to a manifest; an image with several tags is read
 * once. Then a bounded number is read at the same time, and added in the order of the list.
 */
#include "audit/run_private.h"

#include "audit/pool.h"
#include "registry/image.h"

#include <string.h>

enum { AT_ONCE = 2, ONE_IMAGE = 256 << 20 };

/* One name to be read, and what became of it. */
struct job {
    pl_reference reference;
    char name[PL_REFERENCE_TEXT];      /* as it is shown */
    char digest[80];                   /* of its manifest */
    char digests[PL_REMOTE_DEPTH][80]; /* and of the indexes that led to it, which come first */
    size_t n_digests;
    bool is_image;
    const struct job *same; /* an earlier one with the same manifest */
    pl_arena *arena;        /* of its result */
    pl_image_result result;
    pl_rc rc;
    pl_err err;
};

struct batch {
    pl_run *r;
    const pl_scan_scope *scope;
    pl_registry *client;
    uint32_t hosts[PL_REGISTRY_HOSTS];
    size_t n_hosts;
    pl_image_options options;
    struct job *jobs;
    size_t n;
    size_t n_left; /* names beyond what one scan reads */
};

static pl_rc start_fetcher(struct batch *b, const pl_reference *r, pl_err *err)
{
    pl_rc rc = pl_run_start_fetcher(b->r, &b->scope->registry, r, &b->client, &b->n_hosts, err);

    for (uint32_t i = 0; i < b->n_hosts; i++)
        b->hosts[i] = i;
    return rc;
}

/* ---- what there is ---- */

static pl_rc add_job(struct batch *b, const pl_reference *r, const char *tag, pl_err *err)
{
    if (b->n == PL_REGISTRY_IMAGES) {
        b->n_left++;
        return PL_OK;
    }
    if (b->n % 64 == 0) {
        struct job *more = reallocarray(b->jobs, b->n + 64, sizeof(*more));
        if (!more)
            return pl_fail(err, PL_NOMEM, "list of images");
        b->jobs = more;
    }
    struct job *j = &b->jobs[b->n++];
    *j = (struct job){.reference = *r};
    if (tag) {
        (void)snprintf(j->reference.tag, sizeof(j->reference.tag), "%s", tag);
        j->reference.digest[0] = '\0';
    }
    pl_reference_text(&j->reference, j->name);
    return PL_OK;
}

/* A list that broke off is used as far as it came, and what is missing is a gap. */
static pl_rc note_list(const struct batch *b, const char *what, const pl_remote_list *list,
                       pl_rc rc, const pl_err *why, pl_err *err)
{
    pl_run *r = b->r;

    if (rc && !list->n) {
        *err = *why;
        return rc;
    }
    if (list->n_malformed)
        rc = PL_FORMAT;
    if (!rc)
        return PL_OK;
    return pl_run_add_gap(
        r, pl_run_text(r, "%s", what), rc == PL_LIMIT ? "limit:names" : pl_rc_reason(rc),
        list->n_malformed ? pl_run_text(r, "%zu names are malformed", list->n_malformed)
                          : pl_str_c(why->text),
        "image", err);
}

static pl_rc list_tags(struct batch *b, const pl_reference *r, pl_err *err)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(PL_REGISTRY_DOC_BUDGET);
    char what[PL_REFERENCE_TEXT + 16], tag[PL_REGISTRY_TAG_MAX + 1];
    pl_remote_list list = {0};
    pl_err why = {0};

    if (!a)
        return pl_fail(err, PL_NOMEM, "list of tags");
    pl_rc rc = pl_remote_tags(b->client, b->hosts[b->n_hosts - 1], r->repository, a, &list, &why);
    (void)snprintf(what, sizeof(what), "tags of %s/%s", r->host, r->repository);
    rc = note_list(b, what, &list, rc, &why, err);
    for (size_t i = 0; !rc && i < list.n; i++)
        if (pl_str_to_c(list.items[i], tag, sizeof(tag)))
            rc = add_job(b, r, tag, err);
    return rc;
}

/* A repository whose tags cannot be listed is a gap, not the end. */
static pl_rc list_repository(struct batch *b, pl_reference *r, pl_str name, pl_err *err)
{
    pl_err why = {0};

    if (!pl_str_to_c(name, r->repository, sizeof(r->repository)))
        return PL_OK;
    pl_rc rc = list_tags(b, r, &why);
    if (!rc)
        return PL_OK;
    return pl_run_add_gap(b->r, pl_run_text(b->r, "repository %s/%s", r->host, r->repository),
                          pl_rc_reason(rc), pl_str_c(why.text), "image", err);
}

static pl_rc list_registry(struct batch *b, const pl_reference *host, pl_err *err)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(PL_REGISTRY_DOC_BUDGET);
    char what[PL_REFERENCE_TEXT + 16];
    pl_reference r = *host;
    pl_remote_list list = {0};
    pl_err why = {0};

    if (!a)
        return pl_fail(err, PL_NOMEM, "catalog");
    pl_rc rc = pl_remote_repositories(b->client, b->hosts[b->n_hosts - 1], a, &list, &why);
    (void)snprintf(what, sizeof(what), "catalog of %s", r.host);
    rc = note_list(b, what, &list, rc, &why, err);
    for (size_t i = 0; !rc && i < list.n; i++)
        rc = list_repository(b, &r, list.items[i], err);
    return rc;
}

static pl_rc note_left(const struct batch *b, const char *target, pl_err *err)
{
    if (!b->n_left)
        return PL_OK;
    return pl_run_add_gap(b->r, pl_run_text(b->r, "%zu images of %s", b->n_left, target),
                          "limit:images",
                          pl_run_text(b->r, "one scan reads %d", PL_REGISTRY_IMAGES), "image", err);
}

/* ---- manifests ---- */

static pl_rc resolve(const struct batch *b, const struct job *j, pl_arena *a, pl_remote_image *ret,
                     pl_err *err)
{
    pl_reference r = j->reference;

    if (j->digest[0])
        memcpy(r.digest, j->digest, sizeof(r.digest));
    pl_rc rc = pl_remote_resolve(b->client, b->hosts, b->n_hosts, &r,
                                 pl_str_c(b->scope->registry.platform), a, ret, err);
    return pl_wrap(err, rc, "image %s", j->name);
}

static void keep_digests(struct job *j, const pl_remote_image *image)
{
    (void)pl_str_to_c(image->digest, j->digest, sizeof(j->digest));
    for (size_t i = 0; i < image->n_digests; i++)
        (void)pl_str_to_c(image->digests[i], j->digests[i], sizeof(j->digests[i]));
    j->n_digests = image->n_digests;
}

static void resolve_job(size_t i, void *arg)
{
    const struct batch *b = arg;
    struct job *j = &b->jobs[i];
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(PL_REGISTRY_DOC_BUDGET);
    pl_remote_image image;

    j->rc = a ? resolve(b, j, a, &image, &j->err) : pl_fail(&j->err, PL_NOMEM, "%s", j->name);
    if (j->rc)
        return;
    j->is_image = image.is_image;
    keep_digests(j, &image);
    memcpy(j->name, image.name, sizeof(j->name));
}

/* Several tags of a repository are often one image. */
static void find_same(struct batch *b)
{
    for (size_t i = 0; i < b->n; i++)
        for (size_t k = 0; !b->jobs[i].rc && k < i && !b->jobs[i].same; k++)
            if (!b->jobs[k].rc && strcmp(b->jobs[k].digest, b->jobs[i].digest) == 0 &&
                strcmp(b->jobs[k].reference.repository, b->jobs[i].reference.repository) == 0)
                b->jobs[i].same = b->jobs[k].same ? b->jobs[k].same : &b->jobs[k];
}

/* ---- reading ---- */

static void read_job(size_t i, void *arg)
{
    const struct batch *b = arg;
    struct job *j = &b->jobs[i];
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(PL_REGISTRY_DOC_BUDGET);
    pl_remote_image image;
    pl_image_source src;

    if (j->rc || !j->is_image || j->same)
        return;
    j->arena = pl_arena_new(ONE_IMAGE);
    j->rc = a && j->arena ? resolve(b, j, a, &image, &j->err)
                          : pl_fail(&j->err, PL_NOMEM, "%s", j->name);
    if (j->rc)
        return;
    memcpy(image.name, j->name, sizeof(image.name));
    /* It was asked for by its own digest, and signed may be an index that led to it. */
    image.n_digests = j->n_digests;
    for (size_t k = 0; k < j->n_digests; k++)
        image.digests[k] = pl_str_c(j->digests[k]);
    pl_remote_source(b->client, &image, &src);
    j->rc = pl_run_scan_source(b->r, &src, &b->options, j->arena, &j->result, &j->err);
    if (!j->rc)
        j->rc = pl_run_look_for_signatures(b->r, b->client, b->hosts, b->n_hosts, &image, j->arena,
                                           j->result.image, &j->err);
}

static pl_rc add_failed(struct batch *b, const struct job *j, pl_err *err)
{
    /* What was asked for alone has failed; of many it is one that is missing. */
    if (b->n == 1) {
        *err = j->err;
        return j->rc;
    }
    return pl_run_add_gap(b->r, pl_run_text(b->r, "image %s", j->name), pl_rc_reason(j->rc),
                          pl_str_c(j->err.text), "image", err);
}

static pl_rc add_job_result(size_t i, void *arg, pl_err *err)
{
    struct batch *b = arg;
    struct job *j = &b->jobs[i];
    pl_subject *image = NULL;

    if (j->rc)
        return add_failed(b, j, err);
    if (j->same) {
        pl_run_say(b->r, "image: %s is %s", j->name, j->same->name);
        return pl_run_add_exclusion(b->r, pl_run_text(b->r, "image %s", j->name),
                                    "the same image as another tag of its repository", err);
    }
    if (!j->is_image && b->n == 1)
        return pl_fail(err, PL_UNSUPPORTED,
                       "image %s: is none, but something that is kept beside "
                       "images",
                       j->name);
    if (!j->is_image)
        return pl_run_add_exclusion(b->r, pl_run_text(b->r, "registry entry %s", j->name),
                                    "no image, but a signature, a chart or the like", err);
    /* Its records live as long as the run. */
    pl_rc rc = pl_run_keep_arena(b->r, PL_TAKE(j->arena, NULL), err);
    if (rc)
        return rc;
    pl_str name = pl_arena_str(b->r->arena, pl_str_c(j->name));
    return name.p ? pl_run_add_image(b->r, &j->result, name, &image, err)
                  : pl_fail(err, PL_LIMIT, "image %s", j->name);
}

/* ---- all of it ---- */

pl_rc pl_run_at_once(const pl_scan_scope *scope, size_t *ret, pl_err *err)
{
    uint64_t n = AT_ONCE;
    const char *given = scope->registry.at_once;

    if (given && (!pl_str_u64(pl_str_c(given), &n) || n < 1 || n > PL_REGISTRY_AT_ONCE))
        return pl_fail(err, PL_USAGE, "--at-once %s: a number from 1 to %d", given,
                       PL_REGISTRY_AT_ONCE);
    *ret = (size_t)n;
    return PL_OK;
}

static pl_rc note_plain(const struct batch *b, const pl_reference *r, pl_err *err)
{
    for (size_t i = 0; i < b->n_hosts; i++)
        if (pl_registry_was_plain(b->client, b->hosts[i])) {
            pl_run_say(b->r,
                       "registry %s: was asked over plain HTTP, which anybody on the way can "
                       "read and change",
                       r->host);
            return pl_run_add_exclusion(
                b->r, pl_run_text(b->r, "encryption of registry %s", r->host),
                "asked over plain HTTP, as loopback or --insecure allows", err);
        }
    return PL_OK;
}

static pl_rc read_all(struct batch *b, const pl_reference *r, bool is_whole, pl_err *err)
{
    size_t at_once = 0;
    pl_rc rc = pl_run_at_once(b->scope, &at_once, err);

    if (!rc)
        rc = pl_run_image_options(b->r, (pl_str){"", 0}, &b->options, err);
    if (!rc)
        rc = start_fetcher(b, r, err);
    if (rc)
        return rc;
    rc = is_whole                      ? list_registry(b, r, err)
         : b->scope->registry.all_tags ? list_tags(b, r, err)
                                       : add_job(b, r, NULL, err);
    if (!rc)
        rc = note_left(b, b->scope->target, err);
    if (!rc)
        rc = pl_pool_run(&(pl_pool){.n = b->n, .at_once = at_once, .work = resolve_job, .arg = b},
                         err);
    if (rc)
        return rc;
    find_same(b);
    rc = pl_pool_run(
        &(pl_pool){
            .n = b->n, .at_once = at_once, .work = read_job, .take = add_job_result, .arg = b},
        err);
    return rc ? rc : note_plain(b, r, err);
}

pl_rc pl_run_scan_at_registry(pl_run *r, const pl_scan_scope *scope, const char *name,
                              bool is_whole, pl_err *err)
{
    struct batch b = {.r = r, .scope = scope};
    pl_reference reference;
    pl_rc rc = is_whole ? pl_reference_host(pl_str_c(name), &reference, err)
                        : pl_reference_parse(pl_str_c(name), &reference, err);

    if (!rc)
        rc = read_all(&b, &reference, is_whole, err);
    for (size_t i = 0; i < b.n; i++)
        pl_arena_free(b.jobs[i].arena);
    free(b.jobs);
    pl_registry_close(b.client);
    return rc;
}
