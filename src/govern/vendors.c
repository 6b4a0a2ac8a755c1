/* SPDX-License-Identifier: Apache-2.0 */
#include "govern/vendors.h"

#include "core/char.h"
#include "core/io.h"
#include "govern/hosts.h"
#include "govern/limits.h"
#include "model/bind.h"
#include "model/period.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

struct service {
    const pl_agreement *agreement;
    pl_str name;
    pl_strs domains, addresses, registries, regions;
    bool is_covered;
};

struct pl_vendors {
    pl_agreement *agreements;
    struct service *services;
    size_t n_agreements, n_services;
    pl_strs own;
};

/* ---- reading ---- */

struct raw_vendor {
    pl_str vendor, agreement, kind, starts, ends;
    const pl_yaml *services;
};

static const pl_binding vendor_keys[] = {
    {"vendor", PL_BIND_STR, true, offsetof(struct raw_vendor, vendor)},
    {"agreement", PL_BIND_STR, true, offsetof(struct raw_vendor, agreement)},
    {"kind", PL_BIND_STR, true, offsetof(struct raw_vendor, kind)},
    {"starts", PL_BIND_STR, false, offsetof(struct raw_vendor, starts)},
    {"ends", PL_BIND_STR, false, offsetof(struct raw_vendor, ends)},
    {"services", PL_BIND_NODE, true, offsetof(struct raw_vendor, services)},
    {0},
};

static const pl_binding service_keys[] = {
    {"service", PL_BIND_STR, true, offsetof(struct service, name)},
    {"covered", PL_BIND_BOOL, true, offsetof(struct service, is_covered)},
    {"domains", PL_BIND_STRS, false, offsetof(struct service, domains)},
    {"addresses", PL_BIND_STRS, false, offsetof(struct service, addresses)},
    {"registries", PL_BIND_STRS, false, offsetof(struct service, registries)},
    {"regions", PL_BIND_STRS, false, offsetof(struct service, regions)},
    {0},
};

struct raw_file {
    const pl_yaml *vendors;
    pl_strs own;
};

static const pl_binding file_keys[] = {
    {"vendors", PL_BIND_NODE, true, offsetof(struct raw_file, vendors)},
    {"own", PL_BIND_STRS, false, offsetof(struct raw_file, own)},
    {0},
};

/* An address with the bits that count. */
struct net {
    unsigned char b[16];
    size_t bits, n; /* bits that count; bytes: 4 or 16 */
};

static bool parse_net(pl_str s, struct net *ret)
{
    pl_str bits = s, address;
    char text[64];
    uint64_t n = 0;

    bool has_bits = pl_str_has(s, PL_S("/"));
    (void)pl_str_cut(&bits, '/', &address);
    if (!pl_str_to_c(address, text, sizeof(text)))
        return false;
    if (inet_pton(AF_INET, text, ret->b) == 1)
        ret->n = 4;
    else if (inet_pton(AF_INET6, text, ret->b) == 1)
        ret->n = 16;
    else
        return false;
    if (has_bits && (!pl_str_u64(bits, &n) || n > 8 * ret->n))
        return false;
    ret->bits = has_bits ? n : 8 * ret->n;
    return true;
}

static bool is_domain(pl_str s)
{
    pl_str name = pl_str_starts(s, PL_S("*.")) ? pl_str_sub(s, 2, s.n) : s;

    for (size_t i = 0; i < name.n; i++)
        if (!pl_is_alpha(name.p[i]) && !pl_is_digit(name.p[i]) && !memchr(".-_", name.p[i], 3))
            return false;
    return pl_str_has(name, PL_S(".")) && name.p[0] != '.' && name.p[name.n - 1] != '.';
}

static pl_rc check_names(const pl_bind_file *f, const pl_yaml *at, pl_strs v, bool (*fits)(pl_str),
                         const char *want, pl_err *err)
{
    for (size_t i = 0; i < v.n; i++)
        if (!fits(v.v[i]))
            return pl_bind_fail(err, f, at, "\"%.*s\": %s", PL_F(pl_str_sub(v.v[i], 0, 80)), want);
    return PL_OK;
}

/* Of which some bits count: 0.0.0.0/0 would be everybody. */
static bool is_net(pl_str s)
{
    struct net net;
    return parse_net(s, &net) && net.bits > 0;
}

static bool is_own(pl_str s)
{
    return is_net(s) || is_domain(s);
}

static pl_rc read_service(struct pl_vendors *v, const pl_bind_file *f, const pl_yaml *item,
                          const pl_agreement *agreement, pl_err *err)
{
    if (v->n_services == PL_VENDOR_SERVICES)
        return pl_bind_fail(err, f, item, "more than %d services", PL_VENDOR_SERVICES);
    struct service *s = &v->services[v->n_services];
    pl_rc rc = pl_bind(f, item, service_keys, s, err);
    if (!rc)
        rc = check_names(f, item, s->domains, is_domain,
                         "a domain as a.example or *.a.example is wanted", err);
    if (!rc)
        rc = check_names(f, item, s->registries, is_domain,
                         "a registry's name without a path is wanted", err);
    if (!rc)
        rc =
            check_names(f, item, s->addresses, is_net, "an address or ADDRESS/BITS is wanted", err);
    if (!rc && s->domains.n + s->addresses.n + s->registries.n == 0)
        return pl_bind_fail(err, f, item, "a service is known by domains, addresses or registries");
    s->agreement = agreement;
    v->n_services += !rc;
    return rc;
}

static bool is_kind(pl_str kind)
{
    static const char *const kinds[] = {"baa", "responsibility-matrix", "contract"};

    for (size_t i = 0; i < PL_COUNT(kinds); i++)
        if (pl_str_eq(kind, pl_str_c(kinds[i])))
            return true;
    return false;
}

static pl_rc read_days(const pl_bind_file *f, const pl_yaml *item, const struct raw_vendor *raw,
                       pl_agreement *to, pl_err *err)
{
    if (raw->starts.n && !pl_day_parse(raw->starts, &to->starts_us))
        return pl_bind_fail(err, f, item, "starts: a day as 2026-12-31 is wanted");
    if (raw->ends.n && !pl_day_parse(raw->ends, &to->ends_us))
        return pl_bind_fail(err, f, item, "ends: a day as 2026-12-31 is wanted");
    if (raw->ends.n)
        to->ends_us = pl_day_end(to->ends_us);
    to->ends = raw->ends;
    return PL_OK;
}

static pl_rc read_vendor(struct pl_vendors *v, const pl_bind_file *f, const pl_yaml *item,
                         pl_err *err)
{
    struct raw_vendor raw = {0};
    pl_agreement *to = &v->agreements[v->n_agreements];
    pl_rc rc = pl_bind(f, item, vendor_keys, &raw, err);

    if (!rc && !is_kind(raw.kind))
        return pl_bind_fail(err, f, item, "kind: baa, responsibility-matrix or contract");
    if (!rc && raw.services->type != PL_YAML_SEQUENCE)
        return pl_bind_fail(err, f, raw.services, "services: a sequence is wanted");
    if (!rc)
        rc = read_days(f, item, &raw, to, err);
    if (rc)
        return rc;
    to->vendor = raw.vendor;
    to->id = raw.agreement;
    to->kind = raw.kind;
    v->n_agreements++;
    for (size_t i = 0; !rc && i < raw.services->n; i++)
        rc = read_service(v, f, &raw.services->items[i], to, err);
    return rc;
}

static pl_rc read_all(struct pl_vendors *v, const pl_bind_file *f, const pl_yaml *doc, pl_err *err)
{
    struct raw_file raw = {0};
    pl_rc rc = pl_bind(f, doc, file_keys, &raw, err);

    if (!rc && raw.vendors->type != PL_YAML_SEQUENCE)
        return pl_bind_fail(err, f, raw.vendors, "vendors: a sequence is wanted");
    if (!rc && raw.vendors->n > PL_VENDORS)
        return pl_bind_fail(err, f, raw.vendors, "more than %d vendors", PL_VENDORS);
    if (!rc)
        rc = check_names(f, doc, raw.own, is_own, "a domain or an address is wanted", err);
    if (!rc)
        v->own = raw.own;
    for (size_t i = 0; !rc && i < raw.vendors->n; i++)
        rc = read_vendor(v, f, &raw.vendors->items[i], err);
    return rc;
}

pl_rc pl_vendors_parse(pl_str name, pl_str text, pl_arena *a, const pl_vendors **ret, pl_err *err)
{
    struct pl_vendors *v = PL_NEW(a, struct pl_vendors);
    char shown[PL_GOVERN_NAME];
    pl_yaml *doc = NULL;

    (void)snprintf(shown, sizeof(shown), "%.*s", PL_F(pl_str_sub(name, 0, sizeof(shown) - 1)));
    const pl_bind_file f = {shown, a};
    if (!v || !(v->agreements = pl_arena_calloc(a, PL_VENDORS, sizeof(*v->agreements))) ||
        !(v->services = pl_arena_calloc(a, PL_VENDOR_SERVICES, sizeof(*v->services))))
        return pl_fail(err, PL_LIMIT, "%s: does not fit the memory of the run", shown);
    pl_rc rc = pl_yaml_parse(a, text, &doc, err);
    if (rc)
        return pl_wrap(err, rc, "%s", shown);
    rc = read_all(v, &f, doc, err);
    if (!rc)
        *ret = v;
    return rc;
}

pl_rc pl_vendors_read(const char *path, pl_arena *a, const pl_vendors **ret, pl_err *err)
{
    PL_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    PL_AUTO_BUF pl_buf bytes = {0};

    if (fd < 0)
        return pl_fail(err, errno == ENOENT ? PL_NOTFOUND : PL_SYS, "%s: %s", path,
                       strerror(errno));
    pl_rc rc = pl_read_all(fd, PL_VENDORS_FILE, &bytes, err);
    if (rc)
        return pl_wrap(err, rc, "%s", path);
    pl_str kept = pl_arena_str(a, pl_buf_view(&bytes));
    return kept.p ? pl_vendors_parse(pl_str_c(path), kept, a, ret, err)
                  : pl_fail(err, PL_LIMIT, "%s: does not fit the memory of the run", path);
}

const pl_agreement *pl_vendors_agreements(const pl_vendors *v, size_t *ret_n)
{
    *ret_n = v->n_agreements;
    return v->agreements;
}

static void add_lines(pl_strs list, pl_buf *out)
{
    for (size_t i = 0; i < list.n; i++) {
        pl_buf_str(out, list.v[i]);
        pl_buf_ch(out, '\n');
    }
}

void pl_vendors_domains(const pl_vendors *v, pl_buf *out)
{
    for (size_t i = 0; i < v->n_services; i++) {
        add_lines(v->services[i].domains, out);
        add_lines(v->services[i].registries, out);
    }
}

/* ---- asking ---- */

/* How much of the host is named: bytes of a domain, bits of an address; 0: it does not fit. */
static size_t fits_net(pl_str text, pl_str host)
{
    struct net net, address;

    if (!parse_net(host, &address) || !parse_net(text, &net) || net.n != address.n)
        return 0;
    for (size_t i = 0; i < net.bits; i++) {
        unsigned char mask = (unsigned char)(0x80U >> (i % 8));
        if ((net.b[i / 8] & mask) != (address.b[i / 8] & mask))
            return 0;
    }
    return net.bits + 1;
}

static size_t best_of(pl_strs list, pl_str host, size_t (*fits)(pl_str, pl_str))
{
    size_t best = 0;

    for (size_t i = 0; i < list.n; i++) {
        size_t n = fits(list.v[i], host);
        best = n > best ? n : best;
    }
    return best;
}

static size_t fits_service(const struct service *s, pl_str host)
{
    size_t domain = best_of(s->domains, host, pl_domain_fits);
    size_t registry = best_of(s->registries, host, pl_domain_fits);
    size_t net = best_of(s->addresses, host, fits_net);

    domain = registry > domain ? registry : domain;
    return net > domain ? net : domain;
}

/* "eu-west-1", "us-gov-east-1": two letters, words, a number. */
static bool is_dashed_region(pl_str label)
{
    size_t dashes = 0;

    for (size_t i = 0; i < label.n; i++) {
        dashes += label.p[i] == '-';
        if (!pl_is_alpha(label.p[i]) && !pl_is_digit(label.p[i]) && label.p[i] != '-')
            return false;
    }
    return dashes >= 2 && label.n > 5 && label.p[2] == '-' && pl_is_digit(label.p[label.n - 1]) &&
           label.p[label.n - 2] == '-';
}

static bool is_one_of(pl_str word, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (pl_str_eq_nocase(word, pl_str_c(list[i])))
            return true;
    return false;
}

/* "europe-west3": a part of the world, then one of that with its number. */
static bool is_joined_region(pl_str area, pl_str word)
{
    static const char *const areas[] = {"us",           "europe",    "asia",   "northamerica",
                                        "southamerica", "australia", "africa", "me"};
    static const char *const parts[] = {"north",     "east",      "south",
                                        "west",      "central",   "northeast",
                                        "southeast", "southwest", "northwest"};
    uint64_t number = 0;
    size_t letters = 0;

    while (letters < word.n && pl_is_alpha(word.p[letters]))
        letters++;
    return is_one_of(area, areas, PL_COUNT(areas)) &&
           is_one_of(pl_str_sub(word, 0, letters), parts, PL_COUNT(parts)) &&
           pl_str_u64(pl_str_sub(word, letters, word.n), &number);
}

/* The region that a label of a name is, or begins with ("europe-west3-docker"); empty: none. */
static pl_str region_of(pl_str label)
{
    pl_str rest = label, area, word;

    if (is_dashed_region(label))
        return label;
    (void)pl_str_cut(&rest, '-', &area);
    (void)pl_str_cut(&rest, '-', &word);
    return is_joined_region(area, word) ? pl_str_sub(label, 0, area.n + 1 + word.n)
                                        : (pl_str){"", 0};
}

static bool is_in_region(const struct service *s, pl_str host)
{
    pl_str rest = host, label;

    while (s->regions.n && pl_str_cut(&rest, '.', &label)) {
        bool is_agreed = false;
        pl_str region = region_of(label);
        if (!region.n)
            continue;
        for (size_t i = 0; i < s->regions.n; i++)
            is_agreed |= pl_str_eq_nocase(s->regions.v[i], region);
        if (!is_agreed)
            return false;
    }
    return true;
}

static const char *word_of(const struct service *s, pl_str host, int64_t now_us)
{
    const pl_agreement *a = s->agreement;

    if (!s->is_covered)
        return "not-covered";
    if (a->ends_us && now_us >= a->ends_us)
        return "ended";
    if (now_us < a->starts_us)
        return "not-begun";
    return is_in_region(s, host) ? "covered" : "region";
}

pl_vendor_answer pl_vendors_ask(const pl_vendors *v, pl_str host, int64_t now_us)
{
    const struct service *best = NULL;
    pl_vendor_answer none = {.agreement = "none"};
    size_t best_fit = 0;

    for (size_t i = 0; i < v->n_services; i++) {
        size_t fit = fits_service(&v->services[i], host);
        if (fit > best_fit || (fit && fit == best_fit && !v->services[i].is_covered)) {
            best = &v->services[i];
            best_fit = fit;
        }
    }
    size_t own_domain = best_of(v->own, host, pl_domain_fits);
    size_t own_net = best_of(v->own, host, fits_net);
    if ((own_domain > own_net ? own_domain : own_net) > best_fit)
        return (pl_vendor_answer){.agreement = "own"};
    if (!best)
        return none;
    return (pl_vendor_answer){word_of(best, host, now_us), best->agreement->vendor, best->name};
}
