/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/format.h"
#include "ingest/ingest.h"
#include "ingest/limits.h"
#include "ingest/work.h"

#include "secrets/limits.h"

#include <string.h>

enum { PATTERNS_FD = 5 };

static pl_str without_mark(pl_str text)
{
    return pl_str_starts(text, PL_S("\xEF\xBB\xBF")) ? pl_str_sub(text, 3, text.n) : text;
}

/* A limit ends the reading; what is there is kept and told as cut. */
static pl_rc no_format(pl_err *err)
{
    PL_AUTO_BUF pl_buf names = {0};

    pl_ingest_format_names(&names);
    return pl_fail(err, PL_UNSUPPORTED,
                   "is in none of the formats that are read (%.*s); where its beginning does not "
                   "tell, --format says which it is",
                   PL_F(pl_buf_view(&names)));
}

static pl_rc run_reader(const pl_ingest_format *f, pl_ingest_out *out, pl_str text, pl_err *err)
{
    pl_err why = {0};
    pl_rc rc = f->read(out, text, &why);

    if (rc == PL_LIMIT) {
        pl_ingest_cut_said(out, why.text);
        rc = PL_OK;
    }
    if (rc) {
        *err = why;
        return pl_wrap(err, rc, "%s", f->title);
    }
    return out->is_open ? pl_ingest_end(out, err) : PL_OK;
}

pl_rc pl_ingest_text_work(pl_str text, pl_str format, int out_fd, const pl_ingest_hook *hook,
                          pl_err *err)
{
    PL_AUTO_INGEST pl_ingest_out out = {0};
    pl_str clean = without_mark(text);
    const pl_ingest_format *f =
        format.n ? pl_ingest_format_named(format) : pl_ingest_format_of(clean);

    if (!f)
        return no_format(err);
    pl_rc rc = pl_ingest_open(out_fd, hook, &out, err);
    if (!rc)
        rc = run_reader(f, &out, clean, err);
    return rc ? rc : pl_ingest_document_end(&out, pl_str_c(f->name), err);
}

static pl_rc redact(pl_str text, pl_buf *out, void *arg, pl_err *err)
{
    return pl_redact_text(arg, text, out, err);
}

static pl_rc open_redactor(pl_str key_bytes, pl_redactor **ret, pl_err *err)
{
    PL_AUTO_BUF pl_buf patterns = {0};
    unsigned char key[PL_REDACT_KEY];

    if (key_bytes.n != sizeof(key))
        return pl_fail(err, PL_USAGE, "worker: no key to recognise secrets by");
    memcpy(key, key_bytes.p, sizeof(key));
    pl_rc rc = pl_read_all(PATTERNS_FD, PL_SECRETS_BLOB, &patterns, err);
    if (!rc)
        rc = pl_redactor_read(pl_buf_view(&patterns), key, ret, err);
    explicit_bzero(key, sizeof(key));
    return rc;
}

/* args: the key, then the name of the format. */
pl_rc pl_ingest_worker(int in_fd, int out_fd, pl_str args, pl_err *err)
{
    PL_AUTO_REDACTOR pl_redactor *redactor = NULL;
    PL_AUTO_BUF pl_buf text = {0};

    pl_rc rc = open_redactor(pl_str_sub(args, 0, PL_REDACT_KEY), &redactor, err);
    if (!rc)
        rc = pl_read_all(in_fd, PL_INGEST_BYTES, &text, err);
    const pl_ingest_hook hook = {redact, redactor};
    return rc ? rc
              : pl_ingest_text_work(pl_buf_view(&text), pl_str_sub(args, PL_REDACT_KEY, args.n),
                                    out_fd, &hook, err);
}
