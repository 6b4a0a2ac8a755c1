/* SPDX-License-Identifier: Apache-2.0 */
#include "image/entries.h"

#include "image/limits.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { ROOT = 0 /* owner that needs no row */ };
enum { DIGESTS_MAX = 1 + 16 + 20 + 32 /* bytes of one entry */ };

_Static_assert(sizeof(pl_entry) == 24, "an entry takes 24 bytes");
_Static_assert((uint64_t)PL_IMAGE_ENTRIES_MAX *DIGESTS_MAX < UINT32_MAX,
               "digests are found by 32 bits");

static const struct {
    unsigned bit;
    size_t at, n;
} digest_rows[] = {
    {PL_HAS_MD5, offsetof(pl_file_digests, md5), sizeof(((pl_file_digests *)0)->md5)},
    {PL_HAS_SHA1, offsetof(pl_file_digests, sha1), sizeof(((pl_file_digests *)0)->sha1)},
    {PL_HAS_SHA256, offsetof(pl_file_digests, sha256), sizeof(((pl_file_digests *)0)->sha256)},
};

void pl_entries_done(pl_entries *s)
{
    free(s->items);
    free(s->owners);
    free(s->digests);
    *s = (pl_entries){0};
}

/* Room for more of them. Pages of a large array that nobody wrote to cost nothing. */
static bool grow(void **list, size_t *room, size_t n, size_t more, size_t size)
{
    if (more <= *room - n)
        return true;
    size_t want = *room ? *room * 2 : 256;
    void *grown = reallocarray(*list, want, size);
    if (!grown)
        return false;
    *list = grown;
    *room = want;
    return true;
}

/* ---- owners ---- */

static uint32_t *recent_of(pl_entries *s, pl_entry_owner who)
{
    uint32_t mixed = (who.uid ^ who.gid * UINT32_C(0x85ebca6b)) * UINT32_C(0x9e3779b1);
    return &s->recent[mixed >> 24];
}
_Static_assert(PL_ENTRY_OWNERS_RECENT == 256, "one of them by eight bits");

static bool is_row(const pl_entries *s, uint32_t row, pl_entry_owner who)
{
    pl_entry_owner have = row ? s->owners[row - 1].who : (pl_entry_owner){0};
    return have.uid == who.uid && have.gid == who.gid;
}

/* An owner that was pushed out by another of the same hash gets a second row: no search is needed,
 * and the worst set of owners costs a row for each entry. */
pl_rc pl_entries_owner(pl_entries *s, pl_entry_owner who, uint32_t *ret, pl_err *err)
{
    uint32_t *slot = recent_of(s, who);
    void *list = s->owners;

    *ret = who.uid || who.gid ? *slot : ROOT;
    if (is_row(s, *ret, who))
        return PL_OK;
    /* That of an entry which was not pushed in the end. */
    if (s->n_owners && s->owners[s->n_owners - 1].first == s->n)
        s->n_owners--;
    if (!grow(&list, &s->room_owners, s->n_owners, 1, sizeof(*s->owners)))
        return pl_fail(err, PL_NOMEM, "owners of files");
    s->owners = list;
    s->owners[s->n_owners++] = (struct pl_owner_row){who, (uint32_t)s->n};
    *ret = *slot = (uint32_t)s->n_owners;
    return PL_OK;
}

pl_entry_owner pl_entries_owner_of(const pl_entries *s, const pl_entry *e)
{
    return e->owner == ROOT ? (pl_entry_owner){0} : s->owners[e->owner - 1].who;
}

/* ---- digests ---- */

pl_rc pl_entries_digests(pl_entries *s, const pl_file_digests *d, uint32_t *ret, pl_err *err)
{
    void *list = s->digests;

    if (s->n_digests > UINT32_MAX - DIGESTS_MAX)
        return pl_fail(err, PL_LIMIT, "digests of files take too much room");
    if (!grow(&list, &s->room_digests, s->n_digests, DIGESTS_MAX, 1))
        return pl_fail(err, PL_NOMEM, "file digests");
    s->digests = list;
    *ret = (uint32_t)s->n_digests + 1;
    s->digests[s->n_digests++] = (unsigned char)d->has;
    for (size_t i = 0; i < PL_COUNT(digest_rows); i++)
        if (d->has & digest_rows[i].bit) {
            memcpy(s->digests + s->n_digests, (const char *)d + digest_rows[i].at,
                   digest_rows[i].n);
            s->n_digests += digest_rows[i].n;
        }
    return PL_OK;
}

/* It stands first. */
void pl_entries_set_md5(pl_entries *s, uint32_t row, const unsigned char md5[16])
{
    assert(row && row <= s->n_digests && (s->digests[row - 1] & PL_HAS_MD5));
    memcpy(s->digests + row, md5, sizeof(((pl_file_digests *)0)->md5));
}

bool pl_entries_digests_of(const pl_entries *s, const pl_entry *e, pl_file_digests *ret)
{
    if (e->type != PL_ENTRY_FILE || !e->ref)
        return false;
    const unsigned char *at = s->digests + e->ref - 1;
    *ret = (pl_file_digests){.has = *at++};
    for (size_t i = 0; i < PL_COUNT(digest_rows); i++)
        if (ret->has & digest_rows[i].bit) {
            memcpy((char *)ret + digest_rows[i].at, at, digest_rows[i].n);
            at += digest_rows[i].n;
        }
    return true;
}

/* ---- entries ---- */

pl_rc pl_entries_push(pl_entries *s, const pl_entry *e, pl_err *err)
{
    void *list = s->items;

    if (s->n == PL_IMAGE_ENTRIES_MAX)
        return pl_fail(err, PL_LIMIT, "more than %d files in all layers (PL_IMAGE_ENTRIES_MAX)",
                       PL_IMAGE_ENTRIES_MAX);
    if (!grow(&list, &s->room, s->n, 1, sizeof(*s->items)))
        return pl_fail(err, PL_NOMEM, "layer entries");
    s->items = list;
    s->items[s->n++] = *e;
    return PL_OK;
}

static void drop_owners(pl_entries *s, size_t first)
{
    size_t n = s->n_owners;

    while (n && s->owners[n - 1].first >= first)
        n--;
    if (n < s->n_owners)
        memset(s->recent, 0, sizeof(s->recent));
    s->n_owners = n;
}

void pl_entries_drop(pl_entries *s, size_t first)
{
    for (size_t i = s->n; i-- > first;)
        if (s->items[i].type == PL_ENTRY_FILE && s->items[i].ref)
            s->n_digests = s->items[i].ref - 1;
    drop_owners(s, first);
    s->n = first;
}
