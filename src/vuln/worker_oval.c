/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Oracle's security data: OVAL 5 definitions of class "patch" (linux.oracle.com/security/oval).
 *
 * The criteria of a definition say in their comments what its tests compare: "Oracle Linux 9 is
 * installed", then, below it, "openssl is earlier than 1:3.0.7-25.0.1.el9_3" for each package and
 * architecture. Packages of Ksplice and of the FIPS build are counted by numbers of their own: a
 * fix of theirs says nothing of the ordinary package and is left out.
 */
#include "core/buf.h"
#include "vuln/feeds.h"
#include "vuln/limits.h"
#include "vuln/notice.h"
#include "vuln/xml_rd.h"

#include <string.h>

struct oval {
    pl_notice *n;
    pl_feed_out *out;
    bool in_definition, in_patch;
    unsigned depth;                         /* of criteria */
    char release[PL_XML_DEPTH_MAX + 1][16]; /* "9", of each open criteria; empty: not said */
};

/* "Oracle Linux 9 is installed" */
static void take_release(struct oval *o, pl_str comment)
{
    pl_str head = PL_S("Oracle Linux "), tail = PL_S(" is installed");

    if (!pl_str_starts(comment, head) || !pl_str_ends(comment, tail))
        return;
    pl_str release = pl_str_sub(comment, head.n, comment.n - head.n - tail.n);
    (void)pl_str_to_c(release, o->release[o->depth], sizeof(o->release[o->depth]));
}

static const char *release_of(const struct oval *o)
{
    for (unsigned d = o->depth + 1; d-- > 0;)
        if (o->release[d][0])
            return o->release[d];
    return "";
}

/* "openssl is earlier than 1:3.0.7-25.0.1.el9_3" */
static void take_fix(struct oval *o, pl_str comment)
{
    static const char mark[] = " is earlier than ";
    const char *at = memmem(comment.p, comment.n, mark, sizeof(mark) - 1);
    char ecosystem[PL_VULN_NAME_MAX];

    if (!at)
        return;
    pl_str package = pl_str_sub(comment, 0, (size_t)(at - comment.p));
    pl_str fixed = pl_str_trim(pl_str_sub(comment, package.n + sizeof(mark) - 1, comment.n));
    if (pl_str_has(fixed, PL_S(".ksplice")) || pl_str_has(fixed, PL_S("_fips")))
        return;
    (void)snprintf(ecosystem, sizeof(ecosystem), "Oracle Linux:%s", release_of(o));
    pl_notice_fix(o->n, release_of(o)[0] ? pl_str_c(ecosystem) : (pl_str){"", 0}, package, fixed);
}

static pl_rc begin_definition(struct oval *o, const char **attributes)
{
    o->in_definition = true;
    o->in_patch = pl_str_eq(pl_xml_attribute(attributes, "class"), PL_S("patch"));
    o->depth = 0;
    o->release[0][0] = '\0';
    pl_notice_begin(o->n);
    return PL_OK;
}

static pl_rc on_start(void *arg, pl_str name, const char **attributes, pl_err *err)
{
    struct oval *o = arg;

    (void)err;
    if (pl_str_eq(name, PL_S("definition")))
        return begin_definition(o, attributes);
    if (!o->in_patch)
        return PL_OK;
    if (pl_str_eq(name, PL_S("criteria"))) {
        o->release[++o->depth][0] = '\0'; /* pl_xml_read keeps to PL_XML_DEPTH_MAX */
    } else if (pl_str_eq(name, PL_S("criterion"))) {
        take_release(o, pl_xml_attribute(attributes, "comment"));
        take_fix(o, pl_xml_attribute(attributes, "comment"));
    } else if (pl_str_eq(name, PL_S("issued"))) {
        pl_notice_date(o->n, pl_xml_attribute(attributes, "date"), &o->n->rec.published_us);
    } else if (pl_str_eq(name, PL_S("updated"))) {
        pl_notice_date(o->n, pl_xml_attribute(attributes, "date"), &o->n->rec.modified_us);
    } else if (pl_str_eq(name, PL_S("reference"))) {
        if (pl_str_eq_nocase(pl_xml_attribute(attributes, "source"), PL_S("elsa")))
            pl_notice_id(o->n, pl_xml_attribute(attributes, "ref_id"));
        else
            pl_notice_cve(o->n, pl_xml_attribute(attributes, "ref_id"));
    }
    return PL_OK;
}

static pl_rc on_end(void *arg, pl_str name, pl_str text, pl_err *err)
{
    struct oval *o = arg;

    if (!o->in_patch)
        return PL_OK;
    if (pl_str_eq(name, PL_S("definition"))) {
        o->in_definition = o->in_patch = false;
        return pl_notice_send(o->n, o->out, err);
    }
    if (pl_str_eq(name, PL_S("criteria")) && o->depth)
        o->depth--;
    else if (pl_str_eq(name, PL_S("title")))
        pl_notice_title(o->n, text);
    else if (pl_str_eq(name, PL_S("severity")))
        pl_notice_severity(o->n, text);
    else if (pl_str_eq(name, PL_S("cve")))
        pl_notice_cve(o->n, text);
    return PL_OK;
}

pl_rc pl_feed_oval(int fd, pl_feed_out *out, pl_err *err)
{
    PL_AUTO_NOTICE pl_notice *n = pl_notice_new();
    struct oval o = {.n = n, .out = out};
    const pl_xml_handler h = {on_start, on_end, &o};

    return n ? pl_xml_read(fd, &h, err) : pl_fail(err, PL_NOMEM, "out of memory");
}
