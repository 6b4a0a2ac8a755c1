/* SPDX-License-Identifier: Apache-2.0 */
#include "core/xml_rd.h"

#include "core/buf.h"
#include "core/limits.h"

#include <expat.h>
#include <stdlib.h>
#include <string.h>

struct pl_xml {
    pl_xml_handler h;
    XML_Parser parser;
    unsigned depth;
    pl_buf text; /* of the element that is open */
    pl_err *err; /* of the call that feeds */
    pl_rc rc;
};

/* The first failure is the one that is told. */
static void stop(pl_xml *x, pl_rc rc)
{
    x->rc = rc;
    (void)XML_StopParser(x->parser, XML_FALSE);
}

static pl_str local_name(const char *name)
{
    const char *colon = strrchr(name, ':');
    return pl_str_c(colon ? colon + 1 : name);
}

static void on_start(void *arg, const char *name, const char **attributes)
{
    pl_xml *x = arg;

    pl_buf_reset(&x->text);
    if (++x->depth > PL_XML_DEPTH_MAX) {
        stop(x, pl_fail(x->err, PL_LIMIT, "elements more than %d deep", PL_XML_DEPTH_MAX));
        return;
    }
    pl_rc rc = x->h.start(x->h.arg, local_name(name), attributes, x->err);
    if (rc != PL_OK)
        stop(x, rc);
}

static void on_end(void *arg, const char *name)
{
    pl_xml *x = arg;

    x->depth--;
    pl_rc rc = x->h.end(x->h.arg, local_name(name), pl_buf_view(&x->text), x->err);
    pl_buf_reset(&x->text);
    if (rc != PL_OK)
        stop(x, rc);
}

static void on_text(void *arg, const char *p, int n)
{
    pl_xml *x = arg;
    size_t room = PL_XML_TEXT_MAX - x->text.n;

    pl_buf_add(&x->text, p, (size_t)n < room ? (size_t)n : room);
}

static void on_doctype(void *arg, const char *name, const char *system_id, const char *public_id,
                       int has_internal)
{
    pl_xml *x = arg;

    (void)name, (void)system_id, (void)public_id, (void)has_internal;
    stop(x, pl_fail(x->err, PL_FORMAT, "document type declarations are not read"));
}

void pl_xml_close(pl_xml *x)
{
    if (!x)
        return;
    if (x->parser)
        XML_ParserFree(x->parser);
    pl_buf_done(&x->text);
    free(x);
}

pl_rc pl_xml_open(const pl_xml_handler *h, pl_xml **ret, pl_err *err)
{
    PL_AUTO_XML pl_xml *x = calloc(1, sizeof(*x));

    if (!x || !(x->parser = XML_ParserCreate(NULL)))
        return pl_fail(err, PL_NOMEM, "out of memory");
    x->h = *h;
    XML_SetUserData(x->parser, x);
    XML_SetElementHandler(x->parser, on_start, on_end);
    XML_SetCharacterDataHandler(x->parser, on_text);
    XML_SetStartDoctypeDeclHandler(x->parser, on_doctype);
    *ret = PL_TAKE(x, NULL);
    return PL_OK;
}

unsigned long pl_xml_line(const pl_xml *x)
{
    return (unsigned long)XML_GetCurrentLineNumber(x->parser);
}

pl_rc pl_xml_feed(pl_xml *x, pl_str bytes, bool is_last, pl_err *err)
{
    enum { CHUNK = 64 << 10 }; /* expat counts in int, and keeps what it was given */

    x->err = err;
    do {
        pl_str part = pl_str_sub(bytes, 0, CHUNK);
        bytes = pl_str_sub(bytes, part.n, bytes.n);
        if (XML_Parse(x->parser, part.p, (int)part.n, is_last && !bytes.n) == XML_STATUS_OK)
            continue;
        if (x->rc != PL_OK)
            return pl_wrap(err, x->rc, "line %lu", pl_xml_line(x));
        return pl_fail(err, PL_FORMAT, "line %lu: %s", pl_xml_line(x),
                       XML_ErrorString(XML_GetErrorCode(x->parser)));
    } while (bytes.n);
    return PL_OK;
}

pl_str pl_xml_attribute(const char **attributes, const char *name)
{
    for (; *attributes; attributes += 2)
        if (strcmp(attributes[0], name) == 0)
            return pl_str_c(attributes[1]);
    return (pl_str){"", 0};
}
