/* SPDX-License-Identifier: Apache-2.0 */
/* Which vulnerabilities a record speaks of, from its id, aliases and upstream ids. */
#include "vuln/osv_ids.h"
#include "vuln/char.h"
#include "vuln/osv.h"

static bool all_digits(pl_str s)
{
    return s.n && pl_take_digits(&s).n && !s.n;
}

static bool is_cve(pl_str id)
{
    pl_str rest = pl_str_sub(id, 4, id.n), year;

    return pl_str_starts(id, PL_S("CVE-")) && pl_str_cut(&rest, '-', &year) && year.n == 4 &&
           all_digits(year) && rest.n >= 4 && all_digits(rest);
}

pl_str pl_cve_of(pl_str id)
{
    static const pl_str prefixes[] = {{"", 0}, {"DEBIAN-", 7}, {"UBUNTU-", 7}, {"ALPINE-", 7}};

    for (size_t i = 0; i < PL_COUNT(prefixes); i++) {
        pl_str rest = pl_str_sub(id, prefixes[i].n, id.n);
        if (pl_str_starts(id, prefixes[i]) && is_cve(rest))
            return rest;
    }
    return (pl_str){"", 0};
}

static void add(pl_str *list, size_t *n, pl_str id)
{
    for (size_t i = 0; i < *n; i++)
        if (pl_str_eq(list[i], id))
            return;
    list[(*n)++] = id;
}

static void add_cves(pl_str *list, size_t *n, const pl_str *ids, size_t n_ids)
{
    for (size_t i = 0; i < n_ids; i++) {
        pl_str cve = pl_cve_of(ids[i]);
        if (cve.n)
            add(list, n, cve);
    }
}

/* The lowest of them in byte order, so that two records with the same aliases agree. */
static pl_str best_of(const pl_str *ids, size_t n)
{
    pl_str best = ids[0];
    for (size_t i = 1; i < n; i++)
        if (pl_str_cmp(ids[i], best) < 0)
            best = ids[i];
    return best;
}

/* Without a CVE: what the GitHub Advisory Database calls it, else its own id. */
static pl_str name_without_cve(pl_str id, const pl_str *aliases, size_t n)
{
    pl_str ghsa = PL_S("GHSA-"), best = {"", 0};

    if (pl_str_starts(id, ghsa))
        return id;
    for (size_t i = 0; i < n; i++)
        if (pl_str_starts(aliases[i], ghsa) && (!best.n || pl_str_cmp(aliases[i], best) < 0))
            best = aliases[i];
    return best.n ? best : id;
}

/* Advisories of distributions whose records name their CVEs only as related. */
static bool is_group(pl_str id)
{
    static const pl_str prefixes[] = {{"ALSA-", 5}, {"ALBA-", 5},     {"ALEA-", 5},  {"RLSA-", 5},
                                      {"RXSA-", 5}, {"RHSA-", 5},     {"RHBA-", 5},  {"RHEA-", 5},
                                      {"SUSE-", 5}, {"openSUSE-", 9}, {"MGASA-", 6}, {"OESA-", 5},
                                      {"ELSA-", 5}, {"ALAS", 4}};

    for (size_t i = 0; i < PL_COUNT(prefixes); i++)
        if (pl_str_starts(id, prefixes[i]))
            return true;
    return false;
}

bool pl_osv_name(pl_osv_record *rec, const struct pl_osv_ids *ids, pl_arena *a)
{
    size_t room = 1 + ids->n_aliases + ids->n_upstream + ids->n_related;
    size_t n_own = 0;
    pl_str *own = pl_arena_calloc(a, room, sizeof(*own));

    rec->names = pl_arena_calloc(a, room, sizeof(*rec->names));
    rec->aliases = pl_arena_calloc(a, room, sizeof(*rec->aliases));
    if (!own || !rec->names || !rec->aliases)
        return false;
    /* Its own id and aliases are one vulnerability; a group's upstream ids are one each. */
    add_cves(own, &n_own, &rec->id, 1);
    if (!n_own)
        add_cves(own, &n_own, ids->aliases, ids->n_aliases);
    if (n_own)
        add(rec->names, &rec->n_names, best_of(own, n_own));
    else
        add_cves(rec->names, &rec->n_names, ids->upstream, ids->n_upstream);
    if (!rec->n_names && is_group(rec->id))
        add_cves(rec->names, &rec->n_names, ids->related, ids->n_related);
    if (!rec->n_names)
        add(rec->names, &rec->n_names, name_without_cve(rec->id, ids->aliases, ids->n_aliases));

    add(rec->aliases, &rec->n_aliases, rec->id);
    for (size_t i = 0; i < ids->n_aliases; i++)
        add(rec->aliases, &rec->n_aliases, ids->aliases[i]);
    size_t kept = 0;
    for (size_t i = 0; i < rec->n_aliases; i++) {
        bool is_name = false;
        for (size_t k = 0; k < rec->n_names; k++)
            is_name |= pl_str_eq(rec->aliases[i], rec->names[k]);
        if (!is_name)
            rec->aliases[kept++] = rec->aliases[i];
    }
    rec->n_aliases = kept;
    return true;
}
