/* SPDX-License-Identifier: Apache-2.0 */
#include "govern/write.h"

#include "core/clock.h"
#include "core/hash.h"
#include "govern/limits.h"

pl_rc pl_govern_write(const pl_ledger_options *o, const pl_govern_note *notes, size_t n,
                      uint64_t *ret_indices, pl_err *err)
{
    PL_AUTO_LEDGER pl_ledger *log = NULL;
    PL_AUTO_FREE pl_ledger_rec *recs = calloc(n, sizeof(*recs));
    pl_ledger_options own = *o;

    if (!recs)
        return pl_fail(err, PL_NOMEM, "%zu statements", n);
    for (size_t i = 0; i < n; i++)
        recs[i] = (pl_ledger_rec){.type = notes[i].type,
                                  .subj = &notes[i].about,
                                  .n_subj = notes[i].about.kind.n ? 1 : 0,
                                  .body = notes[i].body,
                                  .blobs = notes[i].blobs,
                                  .n_blobs = notes[i].n_blobs};
    own.role = "govern";
    pl_rc rc = pl_ledger_open(&own, &log, err);
    if (!rc)
        rc = pl_ledger_append_many(log, recs, n, PL_LEDGER_PUBLISHED, ret_indices, NULL, err);
    if (!rc)
        rc = pl_ledger_close(PL_TAKE(log, NULL), NULL, err);
    return rc ? pl_wrap(err, rc, "evidence log") : PL_OK;
}

pl_rc pl_govern_put(json_t *body, const char *key, pl_str text, pl_err *err)
{
    json_t *v = json_stringn(text.p ? text.p : "", text.n);

    if (!v)
        return pl_fail(err, PL_USAGE, "%s: is not UTF-8", key);
    return json_object_set_new(body, key, v) == 0 ? PL_OK : pl_fail(err, PL_NOMEM, "%s", key);
}

pl_rc pl_govern_put_time(json_t *body, const char *key, int64_t us, pl_err *err)
{
    char text[PL_TIME_TEXT];

    pl_time_print(us, text);
    return pl_govern_put(body, key, pl_str_c(text), err);
}

static pl_rc put_file(json_t *list, pl_str name, pl_str bytes, pl_err *err)
{
    unsigned char sum[PL_SHA256];
    char hex[PL_SHA256_HEX];
    json_t *file = json_object();

    pl_sha256_of(bytes, sum);
    pl_hex(sum, sizeof(sum), hex);
    pl_rc rc = pl_govern_put(file, "name", name, err);
    if (!rc)
        rc = pl_govern_put(file, "sha256", pl_str_c(hex), err);
    if (!rc && (json_object_set_new(file, "n", json_integer((json_int_t)bytes.n)) < 0 ||
                json_array_append(list, file) < 0))
        rc = pl_fail(err, PL_NOMEM, "list of files");
    json_decref(file);
    return rc;
}

pl_rc pl_govern_put_files(json_t *body, const pl_str *names, const pl_ledger_blob *blobs, size_t n,
                          pl_err *err)
{
    json_t *list = json_array();
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < n; i++)
        rc = put_file(list, names[i], blobs[i].bytes, err);
    if (json_object_set_new(body, "files", list) < 0 && !rc)
        rc = pl_fail(err, PL_NOMEM, "list of files");
    return rc;
}
