/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/ledger_read.h"

#include "cli/state_dir.h"
#include "core/late.h"
#include "core/log.h"
#include "core/text.h"
#include "ledger/index.h"
#include "ledger/prove.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

pl_rc pl_cli_ledger_dir(pl_cli *cli, const char **ret, pl_err *err)
{
    pl_rc rc = pl_cli_state_dir(cli, ret, err);

    if (!rc && !*ret)
        rc = pl_fail(err, PL_USAGE, "--state-dir none has no ledger");
    return rc;
}

pl_rc pl_cli_no_log_yet(const char *dir, pl_err *err)
{
    return pl_fail(err, PL_USAGE,
                   "there is no ledger in %s yet: plimsoll audit makes it; --state-dir DIR names "
                   "another place",
                   dir);
}

pl_rc pl_cli_become_owner_of(int fd, pl_confine *c, pl_err *err)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return pl_fail_sys(err, errno, "stat log directory");
    (void)umask(077);
    return pl_confine_identity(st.st_uid, st.st_gid, c, err);
}

static void print(pl_cli *cli, const pl_buf *out)
{
    (void)fwrite(out->p ? out->p : "", 1, out->n, cli->out);
}

/* A number that is an operand. */
static pl_rc index_of(const char *word, uint64_t *ret, pl_err *err)
{
    if (!word || !pl_str_u64(pl_str_c(word), ret))
        return pl_fail(err, PL_USAGE, "\"%s\" is not the number of an entry", word ? word : "");
    return PL_OK;
}

/* ---- a log that is open for reading ---- */

/* A log of others is parsed where nothing but that log can be reached, and not changed. */
static pl_rc confine(pl_log *log, bool is_foreign, pl_err *err)
{
    pl_confine c = {0};

    pl_rc rc = pl_cli_become_owner_of(pl_log_dir(log), &c, err);
    (void)pl_late_sqlite(); /* its index, even one that is only in memory, is opened later */
    if (!rc && is_foreign)
        rc = pl_confine_files(pl_log_dir(log), false, &c, err);
    if (!rc && is_foreign)
        rc = pl_confine_calls(false, &c, err);
    return rc;
}

static pl_rc open_log(pl_cli *cli, const struct pl_args *args, bool writes, pl_log **ret,
                      pl_err *err)
{
    const char *dir = pl_opt_value(args, "dir");
    const char *class_key = pl_opt_value(args, "class-key");
    const char *state;
    pl_rc rc;

    if (dir)
        rc = pl_log_open(dir, pl_opt_value(args, "vkey"), ret, err);
    else if (!(rc = pl_cli_ledger_dir(cli, &state, err)))
        rc = pl_log_open_state(state, ret, err);
    if (rc == PL_NOTFOUND && !dir)
        return pl_cli_no_log_yet(state, err);
    if (!rc && class_key)
        rc = pl_log_use_class_key(*ret, class_key, err);
    return rc ? rc : confine(*ret, dir && !writes, err);
}

/* ---- show ---- */

typedef struct hits {
    pl_cli *cli;
    size_t n;
} hits;

static void show_hit(void *arg, const pl_index_hit *h)
{
    hits *to = arg;
    PL_AUTO_BUF pl_buf line = {0};

    to->n++;
    pl_buf_fmt(&line, "%8llu  %.*s  ", (unsigned long long)h->index, PL_F(h->t));
    pl_text_column(&line, h->type, 18);
    pl_buf_c(&line, "  ");
    pl_text_visible(&line, h->kind, 20);
    pl_buf_ch(&line, ' ');
    pl_text_visible(&line, h->key, 80);
    pl_buf_ch(&line, '\n');
    print(to->cli, &line);
}

static pl_rc show_subject(pl_cli *cli, pl_log *log, const char *id, bool is_ours, pl_err *err)
{
    PL_AUTO_INDEX pl_index *x = NULL;
    hits found = {cli, 0};

    pl_rc rc = pl_index_open(log, is_ours ? PL_INDEX_KEPT : PL_INDEX_IN_MEMORY, &x, err);
    if (!rc)
        rc = pl_index_subject(x, pl_str_c(id), show_hit, &found, err);
    if (!rc && found.n == 0)
        pl_log_say(PL_LOG_INFO, "subject.unknown",
                   "no entry is about \"%s\": a subject is named by its identity, whole or from "
                   "8 characters on, as the report lists it under Scope",
                   id);
    return rc;
}

static pl_str text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text ? pl_str_c(text) : PL_S("");
}

/* The member that is not the kind: "id" of a container, "d" of an image, ... */
static pl_str identity_of(json_t *subject)
{
    const char *name;
    json_t *value;

    json_object_foreach(subject, name, value)
    {
        if (strcmp(name, "k") != 0 && json_is_string(value))
            return pl_str_c(json_string_value(value));
    }
    return PL_S("");
}

/* The newest entries, a line each. */
static pl_rc show_last(pl_cli *cli, pl_log *log, pl_err *err)
{
    enum { LAST = 50 };
    uint64_t size = pl_log_head(log)->size;
    hits found = {cli, 0};
    pl_rc rc = PL_OK;

    for (uint64_t i = size > LAST ? size - LAST : 0; !rc && i < size; i++) {
        json_t *leaf = NULL;
        rc = pl_log_leaf_json(log, i, &leaf, err);
        json_t *subject = json_array_get(json_object_get(leaf, "subj"), 0);
        const pl_index_hit h = {i, text_of(leaf, "t"), text_of(leaf, "type"), text_of(subject, "k"),
                                identity_of(subject)};
        if (!rc)
            show_hit(&found, &h);
        json_decref(leaf);
    }
    if (!rc && size > LAST)
        pl_log_say(PL_LOG_INFO, "entries.more",
                   "the last %d of %llu entries; ledger show INDEX prints one", LAST,
                   (unsigned long long)size);
    return rc;
}

/* Beside the answer: the row in `blobs` says it too, to those who know. */
static pl_rc tell_original(pl_log *log, uint64_t index, pl_err *err)
{
    bool has_original = false;

    pl_rc rc = pl_log_has_blob(log, index, PL_S("original"), &has_original, err);
    if (has_original)
        pl_log_say(PL_LOG_INFO, "entry.has_original",
                   "The document as it came is kept, encrypted. Whoever may read the key prints it "
                   "with: plimsoll ledger show %llu --blob original",
                   (unsigned long long)index);
    return rc;
}

/* Indented, each line made safe for a terminal: JSON lets bidi marks through. */
static pl_rc show_entry(pl_cli *cli, pl_log *log, uint64_t index, pl_err *err)
{
    json_t *leaf = NULL;

    pl_rc rc = pl_log_leaf_json(log, index, &leaf, err);
    if (rc)
        return rc;
    char *text = json_dumps(leaf, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    json_decref(leaf);
    if (!text)
        return pl_fail(err, PL_NOMEM, "entry %llu", (unsigned long long)index);
    PL_AUTO_BUF pl_buf out = {0};
    pl_str rest = pl_str_c(text);
    pl_str line;
    while (pl_str_cut(&rest, '\n', &line)) {
        pl_text_visible(&out, line, PL_TEXT_ALL);
        pl_buf_ch(&out, '\n');
    }
    print(cli, &out);
    free(text);
    return tell_original(log, index, err);
}

static pl_rc show_raw(pl_cli *cli, pl_log *log, uint64_t index, pl_err *err)
{
    pl_str leaf;

    pl_rc rc = pl_log_leaf(log, index, &leaf, err);
    if (!rc)
        (void)fwrite(leaf.p, 1, leaf.n, cli->out);
    return rc;
}

static pl_rc show_blob(pl_cli *cli, pl_log *log, uint64_t index, const char *role, pl_err *err)
{
    PL_AUTO_BUF pl_buf content = {0};

    pl_rc rc = pl_log_blob(log, index, pl_str_c(role), &content, err);
    if (!rc)
        print(cli, &content);
    return rc;
}

pl_rc pl_ledger_show(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err)
{
    const char *subject = pl_opt_value(args, "subject");
    const char *role = pl_opt_value(args, "blob");
    PL_AUTO_LOG pl_log *log = NULL;
    uint64_t index = 0;
    pl_rc rc = PL_OK;

    (void)ret_status;
    bool is_list = subject || pl_arg_count(args) == 0;
    if (pl_arg_count(args) > (subject ? 0 : 1) || (is_list && (role || pl_opt_on(args, "raw"))))
        return pl_fail(err, PL_USAGE, "ledger show: the number of one entry, or --subject ID");
    if (!is_list)
        rc = index_of(pl_arg(args, 0), &index, err);
    if (!rc)
        rc = open_log(cli, args, false, &log, err);
    if (rc)
        return rc;
    if (!is_list && index >= pl_log_head(log)->size)
        return pl_fail(err, PL_USAGE, "entry %llu: the log has %llu entries",
                       (unsigned long long)index, (unsigned long long)pl_log_head(log)->size);
    if (is_list)
        return subject ? show_subject(cli, log, subject, !pl_opt_value(args, "dir"), err)
                       : show_last(cli, log, err);
    if (role)
        return show_blob(cli, log, index, role, err);
    return pl_opt_on(args, "raw") ? show_raw(cli, log, index, err)
                                  : show_entry(cli, log, index, err);
}

/* ---- prove, reindex ---- */

pl_rc pl_ledger_prove(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err)
{
    const char *between = pl_opt_value(args, "between");
    PL_AUTO_LOG pl_log *log = NULL;
    PL_AUTO_BUF pl_buf out = {0};
    uint64_t from = 0;
    uint64_t n = 0;

    (void)ret_status;
    if (pl_arg_count(args) != 1)
        return pl_fail(err, PL_USAGE, "ledger prove: INDEX, or --between OLD NEW");
    pl_rc rc = index_of(pl_arg(args, 0), &n, err);
    if (!rc && between)
        rc = index_of(between, &from, err);
    if (!rc)
        rc = open_log(cli, args, false, &log, err);
    if (!rc)
        rc = between ? pl_log_prove_between(log, from, n, &out, err)
                     : pl_log_prove(log, n, &out, err);
    if (!rc)
        print(cli, &out);
    return rc;
}

pl_rc pl_ledger_reindex(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err)
{
    PL_AUTO_LOG pl_log *log = NULL;
    PL_AUTO_INDEX pl_index *x = NULL;

    (void)ret_status;
    pl_rc rc = open_log(cli, args, true, &log, err);
    if (!rc)
        rc = pl_index_open(log, PL_INDEX_AFRESH, &x, err);
    if (rc)
        return rc;
    if (!pl_index_is_kept(x))
        return pl_fail(err, PL_DENIED, "the log's .state cannot be written");
    (void)fprintf(cli->out, "%llu entries indexed\n", (unsigned long long)pl_index_entries(x));
    return PL_OK;
}

/* ---- options ---- */

#define READ_OPTS                                                                                  \
    {"dir", "DIR", "a log directory other than our own", false},                                   \
    {                                                                                              \
        "vkey", "KEY", "the key that must have signed it", false                                   \
    }

const pl_opt pl_ledger_show_opts[] = {
    {"subject", "ID", "list the entries about a container, image or host", false},
    {"blob", "ROLE", "print a document that belongs to the entry, decrypted", false},
    {"class-key", "FILE", "the key to its documents, when it is not keys/class-default", false},
    {"raw", NULL, "the exact bytes that are hashed", false},
    READ_OPTS,
    {0},
};

const pl_opt pl_ledger_prove_opts[] = {
    {"between", "OLD", "that the log of size NEW grew out of that of size OLD", false},
    READ_OPTS,
    {0},
};

const pl_opt pl_ledger_reindex_opts[] = {READ_OPTS, {0}};
