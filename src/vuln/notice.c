/* SPDX-License-Identifier: Apache-2.0 */
#include "vuln/notice.h"

#include "core/buf.h"
#include "core/clock.h"
#include "vuln/limits.h"
#include "vuln/osv_range.h"
#include "vuln/version.h"

#include <string.h>

pl_notice *pl_notice_new(void)
{
    PL_AUTO_NOTICE pl_notice *n = calloc(1, sizeof(*n));

    if (!n)
        return NULL;
    n->arena = pl_arena_new((size_t)4 << 20);
    return n->arena ? PL_TAKE(n, NULL) : NULL;
}

void pl_notice_free(pl_notice *n)
{
    if (!n)
        return;
    pl_arena_free(n->arena);
    free(n);
}

void pl_notice_begin(pl_notice *n)
{
    pl_arena_reset(n->arena);
    n->rec = (pl_osv_record){.summary = {"", 0}, .cvss = -1};
    n->severity = PL_UNKNOWN_SEVERITY;
    n->bad = NULL;
}

static void spoil(pl_notice *n, const char *why)
{
    if (!n->bad)
        n->bad = why;
}

static pl_str keep(pl_notice *n, pl_str s)
{
    pl_str copy = pl_arena_str(n->arena, s);

    if (!copy.p)
        spoil(n, "too large");
    return copy.p ? copy : (pl_str){"", 0};
}

void pl_notice_id(pl_notice *n, pl_str id)
{
    id = pl_str_trim(id);
    if (!pl_osv_is_word(id, PL_VULN_ID_MAX))
        spoil(n, "no id");
    else
        n->rec.id = keep(n, id);
}

void pl_notice_title(pl_notice *n, pl_str title)
{
    size_t end;

    title = pl_str_trim(title);
    end = title.n < PL_VULN_SUMMARY_MAX ? title.n : PL_VULN_SUMMARY_MAX;
    while (end && end < title.n && ((unsigned char)title.p[end] & 0xC0) == 0x80)
        end--;
    n->rec.summary = pl_osv_one_line(n->arena, pl_str_sub(title, 0, end));
}

void pl_notice_severity(pl_notice *n, pl_str word)
{
    pl_severity s = pl_severity_of_word(pl_str_trim(word));
    if (s != PL_UNKNOWN_SEVERITY)
        n->severity = s;
}

void pl_notice_cve(pl_notice *n, pl_str id)
{
    pl_str cve = pl_cve_of(pl_str_trim(id));

    for (size_t i = 0; i < n->rec.n_names; i++)
        if (pl_str_eq(n->names[i], cve))
            return;
    if (!cve.n || cve.n > PL_VULN_ID_MAX)
        return;
    if (n->rec.n_names == PL_NOTICE_IDS)
        spoil(n, "too many CVEs");
    else
        n->names[n->rec.n_names++] = keep(n, cve);
}

void pl_notice_date(pl_notice *n, pl_str date, int64_t *ret_us)
{
    char iso[] = "0000-00-00T00:00:00Z";
    pl_str day = pl_str_sub(pl_str_trim(date), 0, 10);
    int64_t us;

    (void)n;
    if (!pl_is_date(day))
        return;
    memcpy(iso, day.p, day.n);
    if (pl_time_parse(pl_str_c(iso), &us) && us > 0)
        *ret_us = us;
}

static bool is_same_package(const pl_osv_affected *a, pl_str ecosystem, pl_str package,
                            pl_str module)
{
    return pl_str_eq(a->package, package) && pl_str_eq(a->ecosystem, ecosystem) &&
           pl_str_eq(a->module, module);
}

/* "aarch64" and one more. */
static void add_arch(pl_notice *n, pl_osv_affected *to, pl_str arch)
{
    PL_AUTO_BUF pl_buf list = {0};
    pl_str rest = to->arch, one;

    while (pl_str_cut(&rest, ' ', &one))
        if (pl_str_eq(one, arch))
            return;
    pl_buf_fmt(&list, "%.*s %.*s", PL_F(to->arch), PL_F(arch));
    to->arch = to->arch.n && arch.n ? keep(n, pl_buf_view(&list)) : (pl_str){"", 0};
}

/* Whether it is there already, under another machine perhaps. */
static bool is_known(pl_notice *n, const pl_notice_of *of, pl_str fixed)
{
    for (size_t i = 0; i < n->rec.n_affected; i++) {
        pl_osv_affected *a = &n->affected[i];
        if (!is_same_package(a, of->ecosystem, of->package, of->module) ||
            !pl_str_eq(n->intervals[i].hi, fixed))
            continue;
        add_arch(n, a, of->arch);
        return true;
    }
    return false;
}

static bool is_whole(const pl_notice_of *of, pl_str fixed)
{
    return pl_osv_is_word(of->ecosystem, PL_VULN_NAME_MAX) &&
           pl_osv_is_word(of->package, PL_VULN_NAME_MAX) &&
           pl_osv_is_word(fixed, PL_VULN_VERSION_MAX) &&
           pl_version_order_rpm(fixed, fixed) != PL_ORDER_UNDEFINED;
}

void pl_notice_fix(pl_notice *n, const pl_notice_of *of, pl_str fixed)
{
    size_t at = n->rec.n_affected;

    if (!is_whole(of, fixed)) {
        spoil(n, "a package without release, name or version");
        return;
    }
    if (is_known(n, of, fixed))
        return;
    if (at == PL_NOTICE_PACKAGES) {
        spoil(n, "too many packages");
        return;
    }
    n->intervals[at] = (pl_osv_interval){.lo = {"", 0}, .hi = keep(n, fixed), .end = PL_OSV_FIXED};
    n->affected[at] = (pl_osv_affected){.ecosystem = keep(n, of->ecosystem),
                                        .package = keep(n, of->package),
                                        .module = keep(n, of->module),
                                        .arch = keep(n, of->arch),
                                        .intervals = &n->intervals[at],
                                        .n_intervals = 1};
    n->rec.n_affected++;
}

/* A package with one fix has it on every machine that there is. */
static void drop_needless_machines(pl_notice *n)
{
    for (size_t i = 0; i < n->rec.n_affected; i++) {
        pl_osv_affected *a = &n->affected[i];
        size_t same = 0;
        for (size_t k = 0; a->arch.n && same < 2 && k < n->rec.n_affected; k++)
            same += is_same_package(&n->affected[k], a->ecosystem, a->package, a->module);
        if (same < 2)
            a->arch = (pl_str){"", 0};
    }
}

pl_rc pl_notice_send(pl_notice *n, pl_feed_out *out, pl_err *err)
{
    char id[PL_VULN_ID_MAX + 1];

    drop_needless_machines(n);
    if (!n->rec.id.n)
        spoil(n, "no id");
    if (n->bad) {
        (void)snprintf(id, sizeof(id), "%.*s", PL_F(n->rec.id));
        return pl_feed_bad(out, n->rec.id.n ? id : "an advisory", n->bad, err);
    }
    if (!n->rec.n_affected)
        return PL_OK;
    for (size_t i = 0; i < n->rec.n_affected; i++)
        n->affected[i].severity = n->severity;
    n->rec.affected = n->affected;
    n->rec.names = n->names;
    if (n->rec.n_names) {
        n->rec.aliases = &n->rec.id;
        n->rec.n_aliases = 1;
    } else {
        n->names[0] = n->rec.id;
        n->rec.n_names = 1;
    }
    if (!n->rec.modified_us)
        n->rec.modified_us = n->rec.published_us;
    pl_osv_encode(&n->rec, &out->buf);
    return pl_feed_sent(out, PL_FRAME_RECORDS, err);
}
