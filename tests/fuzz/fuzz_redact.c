/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a JSON document and as text: what comes out of a document is JSON that can be
 * redacted once more. */
#include "model/content.h"
#include "redact/redact.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static pl_redactor *load(void)
{
    static const unsigned char key[PL_REDACT_KEY] = {0};
    pl_redactor *r = NULL;
    pl_err err = {0};
    pl_rc rc = pl_redactor_new(pl_content_builtin, key, &r, &err);

    assert(rc == PL_OK);
    return r;
}

static void redact_document(pl_redactor *r, const json_t *doc)
{
    PL_AUTO_BUF pl_buf once = {0};
    PL_AUTO_BUF pl_buf twice = {0};

    if (pl_redact_json(r, doc, &once, NULL))
        return;
    json_auto_t *again = json_loadb(once.p, once.n, JSON_ALLOW_NUL | JSON_DECODE_ANY, NULL);
    assert(again);
    assert(pl_redact_json(r, again, &twice, NULL) == PL_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static pl_redactor *r;
    PL_AUTO_BUF pl_buf out = {0};

    if (!r)
        r = load();
    json_auto_t *doc = json_loadb((const char *)data, size, JSON_ALLOW_NUL, NULL);
    if (doc)
        redact_document(r, doc);
    (void)!pl_redact_text(r, (pl_str){(const char *)data, size}, &out, NULL);
    return 0;
}
