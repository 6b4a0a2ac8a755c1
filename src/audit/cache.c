/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of layers between runs, for the scans of this one. */
#include "audit/image_readers.h"
#include "audit/layer_cache.h"
#include "audit/run_private.h"

#include <string.h>

static void say(void *arg, const char *text)
{
    pl_run_say(arg, "%s", text);
}

/* A scan goes on without it. */
static void open_cache(pl_run *r)
{
    pl_layer_cache_options o = {.state_fd = r->state_fd,
                                .max_bytes =
                                    r->o.cache.max_bytes ? r->o.cache.max_bytes : PL_CACHE_BYTES,
                                .clock = r->o.clock,
                                .tell = say,
                                .arg = r};
    pl_err why = {0};

    memcpy(o.key, r->cache_key, sizeof(o.key));
    if (pl_layer_cache_open(&o, true, &r->cache, &why))
        pl_run_say(r, "layer cache: not used: %s", why.text);
    explicit_bzero(o.key, sizeof(o.key));
}

pl_rc pl_run_open_cache(pl_run *r, pl_image_options *to, pl_err *err)
{
    unsigned char fingerprint[PL_FINGERPRINT];

    if (!r->has_asked_cache && !r->o.cache.is_off && r->state_fd >= 0)
        open_cache(r);
    r->has_asked_cache = true;
    if (!r->cache)
        return PL_OK;
    pl_layer_cache_store *s = PL_NEW(r->arena, pl_layer_cache_store);
    if (!s)
        return pl_fail(err, PL_LIMIT, "layer cache");
    pl_image_readers_fingerprint(to, fingerprint);
    pl_layer_cache_store_init(s, r->cache, fingerprint);
    to->store = &s->store;
    to->fingerprint = (pl_str){(const char *)s->fingerprint, PL_FINGERPRINT};
    return PL_OK;
}

void pl_run_close_cache(pl_run *r)
{
    pl_layer_cache_close(PL_TAKE(r->cache, NULL));
}
