/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Oracle's security data: OVAL 5 definitions of class "patch" (linux.oracle.com/security/oval).
 *
 * The criteria of a definition say in their comments what its tests compare: "Oracle Linux 9 is
 * installed", then, below it, "openssl is earlier than 1:3.0.7-25.0.1.el9_3" for each package and
 * architecture, below "Oracle Linux arch is aarch64": rebuilds have numbers of their own. Packages
 * of Ksplice and of the FIPS build are counted by numbers of their own: a fix of theirs says
 * nothing of the ordinary package and is left out.
 */
#include "core/buf.h"
#include "core/limits.h"
#include "vuln/feeds.h"
#include "vuln/limits.h"
#include "vuln/notice.h"
#include "vuln/xml_rd.h"

#include <string.h>

struct oval {
    pl_notice *n;
    pl_feed_out *out;
    bool in_definition, in_patch;
    unsigned depth; /* of criteria */
    /* What each open criteria says: all of it holds for those within. Empty: nothing. */
    struct {
        char release[16]; /* "9" */
        char arch[16];    /* "aarch64" */
        char module[PL_VULN_NAME_MAX];
    } says[PL_XML_DEPTH_MAX + 1];
};

/* What stands between the two; empty: it is no such comment. */
static pl_str between(pl_str comment, pl_str head, pl_str tail)
{
    if (comment.n < head.n + tail.n || !pl_str_starts(comment, head) || !pl_str_ends(comment, tail))
        return (pl_str){"", 0};
    return pl_str_sub(comment, head.n, comment.n - head.n - tail.n);
}

/* "Oracle Linux 9 is installed", "Oracle Linux arch is aarch64", "Module nodejs:18 is enabled" */
static void take_condition(struct oval *o, pl_str comment)
{
    pl_str release = between(comment, PL_S("Oracle Linux "), PL_S(" is installed"));
    pl_str arch = between(comment, PL_S("Oracle Linux arch is "), PL_S(""));
    pl_str module = between(comment, PL_S("Module "), PL_S(" is enabled"));

    if (release.n)
        (void)pl_str_to_c(release, o->says[o->depth].release, sizeof(o->says[0].release));
    if (arch.n)
        (void)pl_str_to_c(arch, o->says[o->depth].arch, sizeof(o->says[0].arch));
    if (module.n)
        (void)pl_str_to_c(module, o->says[o->depth].module, sizeof(o->says[0].module));
}

/* Of the innermost criteria that say it. */
static void find_conditions(const struct oval *o, pl_str *release, pl_str *arch, pl_str *module)
{
    for (unsigned d = o->depth + 1; d-- > 0;) {
        if (!release->n)
            *release = pl_str_c(o->says[d].release);
        if (!arch->n)
            *arch = pl_str_c(o->says[d].arch);
        if (!module->n)
            *module = pl_str_c(o->says[d].module);
    }
}

/* "openssl is earlier than 1:3.0.7-25.0.1.el9_3" */
static void take_fix(struct oval *o, pl_str comment)
{
    static const char mark[] = " is earlier than ";
    const char *at = memmem(comment.p, comment.n, mark, sizeof(mark) - 1);
    pl_str release = {"", 0};
    char ecosystem[PL_VULN_NAME_MAX];

    if (!at)
        return;
    pl_notice_of of = {.package = pl_str_sub(comment, 0, (size_t)(at - comment.p))};
    pl_str fixed = pl_str_trim(pl_str_sub(comment, of.package.n + sizeof(mark) - 1, comment.n));
    if (pl_str_has(fixed, PL_S(".ksplice")) || pl_str_has(fixed, PL_S("_fips")))
        return;
    find_conditions(o, &release, &of.arch, &of.module);
    (void)snprintf(ecosystem, sizeof(ecosystem), "Oracle Linux:%.*s", PL_F(release));
    if (release.n)
        of.ecosystem = pl_str_c(ecosystem);
    pl_notice_fix(o->n, &of, fixed);
}

static void say_nothing(struct oval *o)
{
    o->says[o->depth].release[0] = o->says[o->depth].arch[0] = o->says[o->depth].module[0] = '\0';
}

static pl_rc begin_definition(struct oval *o, const char **attributes)
{
    o->in_definition = true;
    o->in_patch = pl_str_eq(pl_xml_attribute(attributes, "class"), PL_S("patch"));
    o->depth = 0;
    say_nothing(o);
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
        o->depth++; /* pl_xml_read keeps to PL_XML_DEPTH_MAX */
        say_nothing(o);
    } else if (pl_str_eq(name, PL_S("criterion"))) {
        take_condition(o, pl_xml_attribute(attributes, "comment"));
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
