/* SPDX-License-Identifier: Apache-2.0 */
#include "host/block.h"

#include "host/limits.h"

static pl_block failed(const char *reason)
{
    return (pl_block){.state = PL_SEEN_FAILED, .reason = reason};
}

static pl_str kind_of_uuid(pl_str uuid)
{
    static const struct {
        const char *prefix, *word;
    } kinds[] = {{"CRYPT-LUKS2-", "luks2"},
                 {"CRYPT-LUKS1-", "luks1"},
                 {"CRYPT-PLAIN-", "plain"},
                 {"CRYPT-", "crypt"}};
    for (size_t i = 0; i < PL_COUNT(kinds); i++)
        if (pl_str_starts(uuid, pl_str_c(kinds[i].prefix)))
            return pl_str_c(kinds[i].word);
    return (pl_str){"", 0};
}

/* A tree of devices that somebody made up may be as wide as it likes. */
typedef struct walker {
    pl_host_reading *f;
    int steps;
} walker;

static pl_block walk(walker *w, pl_str device, int depth);

/* The weakest of the devices below counts. */
static pl_block walk_slaves(walker *w, pl_str names, int depth)
{
    pl_block result = {.state = PL_SEEN_OK, .encryption = PL_S("none")};
    pl_str name;

    for (bool is_first = true; pl_snap_name(&names, &name); is_first = false) {
        pl_str number = {"", 0};
        pl_host_seen found = pl_block_device(w->f, name, &number);
        if (found == PL_SEEN_WAIT)
            return (pl_block){.state = PL_SEEN_WAIT};
        pl_block below = found == PL_SEEN_OK ? walk(w, number, depth + 1) : failed("unreadable");
        if (below.state != PL_SEEN_OK)
            return below;
        if (is_first || pl_str_eq(below.encryption, PL_S("none")))
            result = below;
    }
    return result;
}

static pl_block walk(walker *w, pl_str device, int depth)
{
    pl_host_reading *f = w->f;
    pl_str base = pl_host_fmt(f->a, "/sys/dev/block/%.*s", PL_F(device));
    const pl_snap_entry *uuid =
        pl_snap_read(f->snap, pl_host_fmt(f->a, "%.*s/dm/uuid", PL_F(base)));
    const pl_snap_entry *name =
        pl_snap_read(f->snap, pl_host_fmt(f->a, "%.*s/dm/name", PL_F(base)));
    const pl_snap_entry *zram =
        pl_snap_read(f->snap, pl_host_fmt(f->a, "%.*s/backing_dev", PL_F(base)));
    const pl_snap_entry *slaves =
        pl_snap_list(f->snap, pl_host_fmt(f->a, "%.*s/slaves", PL_F(base)));

    if (depth > PL_HOST_BLOCK_DEPTH || ++w->steps > PL_HOST_BLOCK_STEPS)
        return failed("limit:block-depth");
    if (!uuid || !name || !zram || !slaves)
        return (pl_block){.state = PL_SEEN_WAIT};
    if (uuid->rc == PL_OK && kind_of_uuid(uuid->bytes).n)
        return (pl_block){PL_SEEN_OK, NULL, kind_of_uuid(uuid->bytes),
                          name->rc == PL_OK ? pl_str_trim(name->bytes) : (pl_str){"", 0}};
    if (zram->rc == PL_OK && pl_str_eq(pl_str_trim(zram->bytes), PL_S("none")))
        return (pl_block){.state = PL_SEEN_OK, .encryption = PL_S("memory")};
    if (slaves->rc == PL_OK)
        return walk_slaves(w, slaves->bytes, depth);
    if (slaves->rc != PL_NOTFOUND)
        return failed(pl_host_reason(slaves));
    return (pl_block){.state = PL_SEEN_OK, .encryption = PL_S("none")};
}

pl_block pl_block_encryption(pl_host_reading *f, pl_str device)
{
    walker w = {.f = f};
    return walk(&w, device, 0);
}

static pl_str base_name(pl_str path)
{
    pl_str part, last = path;
    while (pl_str_cut(&path, '/', &part))
        if (part.n)
            last = part;
    return last;
}

pl_host_seen pl_block_device(pl_host_reading *f, pl_str path, pl_str *ret)
{
    pl_str name = base_name(path);

    if (pl_str_starts(path, PL_S("/dev/mapper/")) || pl_str_starts(path, PL_S("/dev/disk/"))) {
        const pl_snap_entry *link = pl_snap_stat(f->snap, path);
        if (!link)
            return PL_SEEN_WAIT;
        if (link->is_link)
            name = base_name(link->target);
    }
    const pl_snap_entry *e =
        pl_snap_read(f->snap, pl_host_fmt(f->a, "/sys/class/block/%.*s/dev", PL_F(name)));
    if (pl_host_state(e) == PL_SEEN_OK)
        *ret = pl_str_trim(e->bytes);
    return pl_host_state(e);
}
