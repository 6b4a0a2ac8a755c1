/* SPDX-License-Identifier: Apache-2.0 */
#include "image/given.h"

#include "core/jail.h"

#include <errno.h>
#include <fcntl.h>

static pl_rc make(pl_str bytes, int *ret, pl_err *err)
{
    return bytes.n ? pl_jail_memfd(bytes, ret, err) : PL_OK;
}

pl_rc pl_image_given_open(pl_image_given *g, const pl_image_options *o, pl_err *err)
{
    *g = (pl_image_given){
        .o = o,
        .needs = {.has_secrets = o->secrets.n > 0,
                  .skips_secrets = o->skips_secrets,
                  .redact_key = o->redact_key,
                  .protected = o->protected,
                  .domains = o->domains,
                  .has_malware = o->malware.n > 0,
                  .has_clamd = o->clamd && o->clamd->start,
                  .misses_clamd = o->clamd && o->clamd->is_missing,
                  .clamd = o->clamd ? o->clamd->version : (pl_str){"", 0},
                  .has_classifiers = o->classifiers.n > 0,
                  .fingerprint = o->fingerprint},
        .secrets = -1,
        .malware = -1,
        .classifiers = -1,
    };
    pl_rc rc = make(o->secrets, &g->secrets, err);
    if (!rc)
        rc = make(o->malware, &g->malware, err);
    return rc ? rc : make(o->classifiers, &g->classifiers, err);
}

void pl_image_given_close(pl_image_given *g)
{
    if (g->secrets >= 0)
        (void)close(PL_TAKE(g->secrets, -1));
    if (g->malware >= 0)
        (void)close(PL_TAKE(g->malware, -1));
    if (g->classifiers >= 0)
        (void)close(PL_TAKE(g->classifiers, -1));
}

/* Opened anew, a file is read from its beginning. */
static pl_rc open_again(int fd, pl_image_handed *to, pl_err *err)
{
    char path[64];

    if (fd < 0)
        return PL_OK;
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    int again = open(path, O_RDONLY | O_CLOEXEC);
    if (again < 0)
        return pl_fail_sys(err, errno, "%s", path);
    to->fds[to->n++] = again;
    return PL_OK;
}

pl_rc pl_image_hand_over(const pl_image_given *g, pl_image_handed *ret, pl_err *err)
{
    pl_rc rc = open_again(g->secrets, ret, err);

    if (!rc)
        rc = open_again(g->malware, ret, err);
    if (!rc && g->needs.has_clamd) {
        rc = g->o->clamd->start(g->o->clamd->arg, &ret->fds[ret->n], err);
        ret->n += !rc;
    }
    return rc ? rc : open_again(g->classifiers, ret, err);
}

void pl_image_handed_close(pl_image_handed *h)
{
    while (h->n)
        (void)close(h->fds[--h->n]);
}
