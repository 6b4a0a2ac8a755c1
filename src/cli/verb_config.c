/* SPDX-License-Identifier: Apache-2.0 */
/* plimsoll config show */
#include "cli/config.h"
#include "cli/json_head.h"
#include "cli/state_dir.h"
#include "cli/verbs.h"

#include "core/json_write.h"
#include "core/text.h"

#include <string.h>

enum { KEY_COLUMNS = 18, VALUE_COLUMNS = 34 };

/* What a value that nobody set amounts to. */
static pl_rc shown_value(pl_cli *cli, const pl_conf_value *v, const char **ret, pl_err *err)
{
    if (v->is_set || strcmp(v->key->name, "state_dir") != 0) {
        *ret = v->is_set ? v->text : NULL;
        return PL_OK;
    }
    return pl_cli_state_dir(cli, ret, err);
}

/* A parameter that the configuration or the profile set. */
static bool is_set(const pl_list *l)
{
    return l->is_policy && l->where.n;
}

static void join_items(const pl_list *l, pl_buf *out)
{
    for (size_t i = 0; i < l->n; i++) {
        pl_buf_c(out, i ? ", " : "");
        pl_buf_str(out, l->items[i]);
    }
}

/* A column; a text that is wider is shown whole, since it is what was asked for. */
static void cell(pl_buf *out, pl_str text, size_t columns)
{
    if (pl_text_width(text) > columns)
        pl_text_visible(out, text, PL_TEXT_ALL);
    else
        pl_text_column(out, text, columns);
    pl_buf_c(out, "  ");
}

static void text_row(pl_buf *out, pl_str key, pl_str value, pl_str where)
{
    cell(out, key, KEY_COLUMNS);
    cell(out, value, VALUE_COLUMNS);
    pl_text_visible(out, where, PL_TEXT_ALL);
    pl_buf_ch(out, '\n');
}

static pl_rc print_text(pl_cli *cli, pl_buf *out, pl_err *err)
{
    const pl_conf *c = cli->conf;

    text_row(out, PL_S("KEY"), PL_S("VALUE"), PL_S("FROM"));
    for (size_t i = 0; i < c->n; i++) {
        const char *value = NULL;
        pl_rc rc = shown_value(cli, &c->values[i], &value, err);
        if (rc)
            return rc;
        text_row(out, pl_str_c(c->values[i].key->name), value ? pl_str_c(value) : PL_S("(not set)"),
                 c->values[i].where);
    }
    for (size_t i = 0; i < cli->content.n_lists; i++) {
        const pl_list *l = &cli->content.lists[i];
        PL_AUTO_BUF pl_buf key = {0};
        PL_AUTO_BUF pl_buf value = {0};
        if (!is_set(l))
            continue;
        pl_buf_fmt(&key, "policy.%.*s", PL_F(l->name));
        join_items(l, &value);
        text_row(out, pl_buf_view(&key), pl_buf_view(&value), l->where);
    }
    return PL_OK;
}

static pl_rc json_values(pl_cli *cli, pl_jw *w, pl_err *err)
{
    const pl_conf *c = cli->conf;
    pl_rc rc = PL_OK;

    pl_jw_key(w, "values");
    pl_jw_array(w);
    for (size_t i = 0; !rc && i < c->n; i++) {
        const char *value = NULL;
        rc = shown_value(cli, &c->values[i], &value, err);
        pl_jw_object(w);
        pl_jw_key(w, "key");
        pl_jw_c(w, c->values[i].key->name);
        pl_jw_key(w, "value");
        pl_jw_c(w, value);
        pl_jw_key(w, "origin");
        pl_jw_c(w, pl_conf_origin_word(c->values[i].origin));
        pl_jw_key(w, "where");
        pl_jw_str(w, c->values[i].where);
        pl_jw_end(w);
    }
    pl_jw_end(w);
    return rc;
}

static void json_policy(const pl_content *c, pl_jw *w)
{
    pl_jw_key(w, "policy");
    pl_jw_array(w);
    for (size_t i = 0; i < c->n_lists; i++) {
        const pl_list *l = &c->lists[i];
        if (!is_set(l))
            continue;
        pl_jw_object(w);
        pl_jw_key(w, "parameter");
        pl_jw_str(w, l->name);
        pl_jw_key(w, "items");
        pl_jw_array(w);
        for (size_t k = 0; k < l->n; k++)
            pl_jw_str(w, l->items[k]);
        pl_jw_end(w);
        pl_jw_key(w, "where");
        pl_jw_str(w, l->where);
        pl_jw_end(w);
    }
    pl_jw_end(w);
}

static pl_rc print_json(pl_cli *cli, pl_buf *out, pl_err *err)
{
    pl_jw w = {.out = out, .pretty = true};

    pl_cli_json_head(&w, cli, "plimsoll.config/1");
    pl_jw_key(&w, "files");
    pl_jw_array(&w);
    for (size_t i = 0; i < cli->conf->n_files; i++)
        pl_jw_str(&w, cli->conf->files[i]);
    pl_jw_end(&w);
    pl_rc rc = json_values(cli, &w, err);
    json_policy(&cli->content, &w);
    pl_jw_end(&w);
    pl_buf_ch(out, '\n');
    return rc;
}

static pl_rc run_show(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err)
{
    const char *format = pl_opt_value(args, "format");
    bool is_json = format && strcmp(format, "json") == 0;
    PL_AUTO_BUF pl_buf out = {0};
    const pl_content *content;

    (void)ret_status;
    if (format && !is_json && strcmp(format, "text") != 0)
        return pl_fail(err, PL_USAGE, "config show: format %s: text or json", format);
    /* Only the content knows which parameters there are. */
    pl_rc rc = pl_cli_content(cli, &content, err);
    if (!rc)
        rc = is_json ? print_json(cli, &out, err) : print_text(cli, &out, err);
    if (rc)
        return rc;
    if (!pl_buf_ok(&out))
        return pl_fail(err, PL_NOMEM, "config show");
    (void)fwrite(out.p, 1, out.n, cli->out);
    return PL_OK;
}

static const pl_opt show_opts[] = {
    {"format", "F", "text (default) or json", false},
    {0},
};

static const pl_verb subs[] = {
    {
        .name = "show",
        .summary = "every value and where it comes from",
        .help = "A flag beats a PLIMSOLL_ variable, that beats a file, that beats the default. The "
                "usual\n"
                "files are /etc/plimsoll/plimsoll.yaml and then /etc/plimsoll/plimsoll.d/*.yaml; "
                "without\n"
                "root they lie in ~/.config/plimsoll.",
        .examples = "  plimsoll config show\n"
                    "  plimsoll config show --config ./plimsoll.yaml --format json",
        .opts = show_opts,
        .run = run_show,
    },
    {0},
};

const pl_verb pl_verb_config = {
    .name = "config",
    .summary = "what the program is told, and by whom",
    .subs = subs,
};
