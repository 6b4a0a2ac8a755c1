/* SPDX-License-Identifier: Apache-2.0 */
/* plimsoll cache: what is kept of layers between scans. */
#include "audit/layer_cache.h"
#include "cli/bytes.h"
#include "cli/json_head.h"
#include "cli/state_dir.h"
#include "cli/verbs.h"
#include "core/log.h"
#include "ledger/state.h"
#include "model/value.h"

#include <string.h>

static const pl_opt status_opts[] = {
    {"format", "F", "text (default) or json", false},
    {0},
};

static const pl_opt prune_opts[] = {
    {"max-bytes", "N", "what may stay: bytes, or a number with K, M, G; else what is configured",
     false},
    {0},
};

static void tell(void *arg, const char *text)
{
    (void)arg;
    pl_log_say(PL_LOG_WARN, "cache.damaged", "%s", text);
}

/* *ret stays NULL when nothing was kept yet. */
static pl_rc open_cache(pl_cli *cli, const struct pl_args *args, int *ret_fd, const char **ret_dir,
                        pl_layer_cache **ret, pl_err *err)
{
    pl_layer_cache_options o = {.clock = cli->clock, .tell = tell};
    pl_rc rc = pl_cli_bytes("--max-bytes", pl_opt_value(args, "max-bytes"), &o.max_bytes, err);

    if (!rc)
        rc = pl_cli_state_dir(cli, ret_dir, err);
    if (!rc && !*ret_dir)
        rc = pl_fail(err, PL_USAGE, "--state-dir none keeps no layers");
    if (rc)
        return rc;
    rc = pl_state_open(*ret_dir, false, ret_fd, err);
    o.state_fd = *ret_fd;
    if (!rc)
        rc = pl_layer_cache_open(&o, false, ret, err);
    return rc == PL_NOTFOUND ? PL_OK : pl_wrap(err, rc, "state directory %s", *ret_dir);
}

/* ---- status ---- */

static void print_time(pl_buf *out, const char *what, int64_t us)
{
    char text[PL_TIME_TEXT];

    pl_time_print(us, text);
    pl_buf_fmt(out, "%-12s %s\n", what, us ? text : "-");
}

static void print_text(const pl_layer_cache_status *s, const char *dir, pl_buf *out)
{
    char used[PL_BYTES_TEXT], most[PL_BYTES_TEXT];

    pl_buf_fmt(out, "%-12s %s/cache/layers.db\n", "file", dir);
    pl_buf_fmt(out, "%-12s %llu\n", "layers", (unsigned long long)s->layers);
    pl_cli_bytes_text(s->bytes, used);
    pl_cli_bytes_text(s->max_bytes, most);
    pl_buf_fmt(out, "%-12s %s of at most %s\n", "size", used, most);
    print_time(out, "oldest use", s->oldest_us);
    print_time(out, "newest use", s->newest_us);
}

static void put_time(pl_jw *w, const char *key, int64_t us)
{
    char text[PL_TIME_TEXT];

    pl_time_print(us, text);
    pl_jw_key(w, key);
    pl_jw_c(w, us ? text : NULL);
}

static void print_json(pl_cli *cli, const pl_layer_cache_status *s, const char *dir, pl_buf *out)
{
    pl_jw w = {.out = out, .pretty = true};
    PL_AUTO_BUF pl_buf file = {0};

    pl_buf_fmt(&file, "%s/cache/layers.db", dir);
    pl_cli_json_head(&w, cli, "plimsoll.cache/1");
    pl_jw_key(&w, "file");
    pl_jw_str(&w, pl_buf_view(&file));
    pl_jw_key(&w, "layers");
    pl_jw_int(&w, (int64_t)s->layers);
    pl_jw_key(&w, "bytes");
    pl_jw_int(&w, (int64_t)s->bytes);
    pl_jw_key(&w, "max_bytes");
    pl_jw_int(&w, (int64_t)s->max_bytes);
    put_time(&w, "oldest_use", s->oldest_us);
    put_time(&w, "newest_use", s->newest_us);
    pl_jw_end(&w);
    pl_buf_ch(out, '\n');
}

static pl_rc run_status(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err)
{
    const char *format = pl_opt_value(args, "format");
    const char *dir = NULL;
    PL_AUTO_FD int fd = -1;
    PL_AUTO_LAYER_CACHE pl_layer_cache *c = NULL;
    PL_AUTO_BUF pl_buf out = {0};
    pl_layer_cache_status s = {0};

    (void)ret_status;
    if (format && strcmp(format, "json") != 0 && strcmp(format, "text") != 0)
        return pl_fail(err, PL_USAGE, "cache status: format %s: text or json", format);
    pl_rc rc = open_cache(cli, args, &fd, &dir, &c, err);
    if (!rc)
        rc = pl_cli_bytes("--max-bytes", pl_opt_value(args, "max-bytes"), &s.max_bytes, err);
    if (!rc && c)
        rc = pl_layer_cache_status_of(c, &s, err);
    if (rc)
        return rc;
    if (format && strcmp(format, "json") == 0)
        print_json(cli, &s, dir, &out);
    else
        print_text(&s, dir, &out);
    (void)fwrite(out.p ? out.p : "", 1, out.n, cli->out);
    return PL_OK;
}

/* ---- prune and clear ---- */

static pl_rc shrink(pl_cli *cli, const struct pl_args *args, bool all, pl_err *err)
{
    const char *dir = NULL;
    PL_AUTO_FD int fd = -1;
    PL_AUTO_LAYER_CACHE pl_layer_cache *c = NULL;
    pl_layer_cache_status before = {0}, after = {0};
    pl_rc rc = open_cache(cli, args, &fd, &dir, &c, err);

    if (rc || !c)
        return rc;
    rc = pl_layer_cache_status_of(c, &before, err);
    if (!rc)
        rc = pl_layer_cache_prune(c, all ? 0 : before.max_bytes, err);
    if (!rc)
        rc = pl_layer_cache_status_of(c, &after, err);
    if (!rc)
        pl_log_say(
            PL_LOG_INFO, "cache.pruned", "layer cache: %llu layers forgotten, %llu kept",
            (unsigned long long)(before.layers > after.layers ? before.layers - after.layers : 0),
            (unsigned long long)after.layers);
    return rc;
}

static pl_rc run_prune(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err)
{
    (void)ret_status;
    return shrink(cli, args, false, err);
}

static pl_rc run_clear(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err)
{
    (void)ret_status;
    return shrink(cli, args, true, err);
}

static const pl_verb subs[] = {
    {
        .name = "status",
        .summary = "how many layers are kept, and how much room they take",
        .examples = "  plimsoll cache status\n"
                    "  plimsoll cache status --format json",
        .opts = status_opts,
        .run = run_status,
    },
    {
        .name = "prune",
        .summary = "forget layers that were not used for the longest time",
        .examples = "  plimsoll cache prune --max-bytes 100M",
        .opts = prune_opts,
        .run = run_prune,
    },
    {.name = "clear",
     .summary = "forget all layers",
     .examples = "  plimsoll cache clear",
     .run = run_clear},
    {0},
};

const pl_verb pl_verb_cache = {
    .name = "cache",
    .summary = "what is kept of layers between scans",
    .help =
        "A layer that was read once is not read again: its result is kept in the state directory,\n"
        "by the digest of its files, the versions of all that looked at them, and the patterns "
        "and\n"
        "rules that were searched for. cache.max_bytes of the configuration says how much; what\n"
        "was used longest ago goes first. plimsoll scan --no-cache reads every layer.",
    .examples = "  plimsoll cache status\n"
                "  plimsoll cache prune --max-bytes 100M",
    .subs = subs,
};
