/* SPDX-License-Identifier: Apache-2.0 */
/* Hosts of vendors in any text: each is a name that stands in it, below a domain that was asked
 * for. The first line says which domains, parted by blanks. */
#include "govern/hosts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool stands_in(pl_str text, pl_str name)
{
    for (size_t i = 0; i + name.n <= text.n; i++)
        if (pl_str_eq_nocase(pl_str_sub(text, i, name.n), name))
            return true;
    return false;
}

static void check(pl_str text, pl_str domains, const pl_found_host *h)
{
    pl_str name = {h->name, h->n}, rest = domains, domain;
    bool fits = false;

    assert(h->n && h->n <= PL_HOST_NAME && !h->name[h->n]);
    assert(h->line >= 1 && h->line <= text.n + 1);
    while (pl_str_cut(&rest, '\n', &domain))
        fits |= pl_domain_fits(domain, name) > 0;
    assert(fits);
    assert(stands_in(text, h->name[0] == '*' ? pl_str_sub(name, 1, name.n) : name));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pl_str text = {(const char *)data, size}, head;
    pl_host_search *s = NULL;
    pl_found_hosts found;

    if (!pl_str_cut(&text, '\n', &head) || head.n > 512)
        return 0;
    char *lines = calloc(head.n + 1, 1);
    assert(lines);
    for (size_t i = 0; i < head.n; i++)
        lines[i] = head.p[i] == ' ' ? '\n' : head.p[i];
    const pl_str domains = {lines, head.n};
    pl_rc rc = pl_host_search_new(domains, &s, NULL);
    assert(rc == PL_OK);
    pl_hosts_find(s, text, &found);
    assert(found.n <= PL_HOSTS_OF_FILE);
    for (size_t i = 0; i < found.n; i++)
        check(text, domains, &found.v[i]);
    pl_host_search_free(s);
    free(lines);
    return 0;
}
