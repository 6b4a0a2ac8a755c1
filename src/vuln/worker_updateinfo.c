/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Amazon's security data: updateinfo.xml of a package repository. Each <update> of type
 * "security" names its CVEs in <reference type="cve"> and the packages that mend them in
 * <package name epoch version release>. The release of the distribution is what the packages'
 * own release ends with: 1.amzn2023.0.2, 5.amzn2, 1.70.amzn1.
 */
#include "vuln/feeds.h"
#include "vuln/limits.h"
#include "vuln/notice.h"
#include "vuln/xml_rd.h"

#include "vuln/char.h"

#include <string.h>

struct updates {
    pl_notice *n;
    pl_feed_out *out;
    bool in_update, is_security, in_packages;
};

/* "2023" of "1.amzn2023.0.2"; 1 is what os-release calls 2018. */
static pl_str release_of(pl_str release)
{
    static const char mark[] = ".amzn";
    const char *at = release.n ? memmem(release.p, release.n, mark, sizeof(mark) - 1) : NULL;

    if (!at)
        return (pl_str){"", 0};
    pl_str rest = pl_str_sub(release, (size_t)(at - release.p) + sizeof(mark) - 1, release.n);
    pl_str number = pl_take_digits(&rest);
    return pl_str_eq(number, PL_S("1")) ? PL_S("2018") : number;
}

static void take_package(struct updates *u, const char **attributes)
{
    pl_str version = pl_xml_attribute(attributes, "version");
    pl_str epoch = pl_xml_attribute(attributes, "epoch");
    pl_str release = pl_xml_attribute(attributes, "release");
    pl_str of = release_of(release);
    char ecosystem[PL_VULN_NAME_MAX], fixed[PL_VULN_VERSION_MAX + 1];

    int a = snprintf(ecosystem, sizeof(ecosystem), "Amazon Linux:%.*s", PL_F(of));
    int b = snprintf(fixed, sizeof(fixed), "%.*s:%.*s-%.*s", PL_F(epoch.n ? epoch : PL_S("0")),
                     PL_F(version), PL_F(release));
    bool fits =
        of.n && version.n && release.n && a < (int)sizeof(ecosystem) && b < (int)sizeof(fixed);
    const pl_notice_of about = {.ecosystem = fits ? pl_str_c(ecosystem) : (pl_str){"", 0},
                                .package = pl_xml_attribute(attributes, "name"),
                                .arch = {"", 0}};
    pl_notice_fix(u->n, &about, pl_str_c(fixed));
}

static pl_rc on_start(void *arg, pl_str name, const char **attributes, pl_err *err)
{
    struct updates *u = arg;
    pl_osv_record *rec = &u->n->rec;

    (void)err;
    if (pl_str_eq(name, PL_S("update"))) {
        u->in_update = true;
        u->is_security = pl_str_eq(pl_xml_attribute(attributes, "type"), PL_S("security"));
        pl_notice_begin(u->n);
    } else if (!u->in_update || !u->is_security) {
        return PL_OK;
    } else if (pl_str_eq(name, PL_S("pkglist"))) {
        u->in_packages = true;
    } else if (pl_str_eq(name, PL_S("package"))) {
        take_package(u, attributes);
    } else if (pl_str_eq(name, PL_S("issued"))) {
        pl_notice_date(u->n, pl_xml_attribute(attributes, "date"), &rec->published_us);
    } else if (pl_str_eq(name, PL_S("updated"))) {
        pl_notice_date(u->n, pl_xml_attribute(attributes, "date"), &rec->modified_us);
    } else if (pl_str_eq(name, PL_S("reference"))) {
        pl_notice_cve(u->n, pl_xml_attribute(attributes, "id"));
    }
    return PL_OK;
}

static pl_rc on_end(void *arg, pl_str name, pl_str text, pl_err *err)
{
    struct updates *u = arg;

    if (!u->in_update || !u->is_security)
        return PL_OK;
    if (pl_str_eq(name, PL_S("update"))) {
        u->in_update = u->in_packages = false;
        return pl_notice_send(u->n, u->out, err);
    }
    if (u->in_packages)
        return PL_OK;
    if (pl_str_eq(name, PL_S("id")))
        pl_notice_id(u->n, text);
    else if (pl_str_eq(name, PL_S("title")))
        pl_notice_title(u->n, text);
    else if (pl_str_eq(name, PL_S("severity")))
        pl_notice_severity(u->n, text);
    return PL_OK;
}

pl_rc pl_feed_updateinfo(int fd, pl_feed_out *out, pl_err *err)
{
    PL_AUTO_NOTICE pl_notice *n = pl_notice_new();
    struct updates u = {.n = n, .out = out};
    const pl_xml_handler h = {on_start, on_end, &u};

    return n ? pl_xml_read(fd, &h, err) : pl_fail(err, PL_NOMEM, "out of memory");
}
