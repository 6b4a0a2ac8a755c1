/* SPDX-License-Identifier: Apache-2.0 */
/* Package managers whose configuration is TOML: what a key means is decided by its table. */
#include "image/settings_priv.h"

#include "core/attr.h"

#include <string.h>

enum { BOTH = PL_SETTING_UNSIGNED | PL_SETTING_TLS };

typedef struct rule {
    const char *table; /* with at most one "*" (pl_str_fits); "": before the first table */
    const char *key;   /* NULL: any */
    enum { ADDRESS, FALSE, SOME } what;
} rule;

/* What stands between the brackets, without quotes around it; empty: this line is no header. */
static bool header_of(pl_str line, pl_str *ret)
{
    pl_str head = line;

    if (!pl_str_starts(line, PL_S("[")))
        return false;
    while (pl_str_starts(line, PL_S("[")))
        line = pl_str_sub(line, 1, line.n);
    (void)pl_str_cut(&line, ']', &head);
    *ret = pl_setting_unquoted(head);
    /* An item of a list that is a list has no name. */
    return ret->n > 0 && !memchr(ret->p, '"', ret->n) && !memchr(ret->p, ',', ret->n);
}

static const rule *find(const rule *rules, size_t n, pl_str table, pl_str key)
{
    for (size_t i = 0; i < n; i++)
        if (pl_str_fits(table, rules[i].table) &&
            (!rules[i].key || pl_setting_is_word(key, rules[i].key)))
            return &rules[i];
    return NULL;
}

static void judge(const rule *r, pl_str name, pl_str value, const pl_setting_lines *l)
{
    value = pl_setting_unquoted(value);
    if (r->what == ADDRESS)
        pl_setting_addresses(value, name, l);
    else if (r->what == FALSE ? pl_setting_is_false(value)
                              : value.n > 0 && !pl_str_eq(value, PL_S("[]")))
        pl_setting_tell(l, BOTH, name);
}

/* Behind a value: # and what follows, outside quotes. */
static pl_str without_comment(pl_str value)
{
    bool is_quoted = false;

    for (size_t i = 0; i < value.n; i++) {
        is_quoted ^= value.p[i] == '"';
        if (!is_quoted && value.p[i] == '#')
            return pl_str_trim(pl_str_sub(value, 0, i));
    }
    return pl_str_trim(value);
}

static void read_toml(pl_str text, const rule *rules, size_t n, pl_setting_each each, void *arg)
{
    pl_setting_lines l = {.each = each, .arg = arg};
    const rule *of = NULL;
    pl_str table = {"", 0}, name = {"", 0}, line;

    while (pl_setting_next_line(&text, &l, &line)) {
        pl_str value = line, key;
        line = without_comment(line);
        if (header_of(line, &table)) {
            of = NULL;
            continue;
        }
        /* A list goes on for lines that begin with what they hold. */
        bool is_item = line.n && memchr("\"'{[]", line.p[0], 5);
        if (is_item && of) {
            judge(of, name, line, &l);
            continue;
        }
        value = line;
        if (!pl_str_cut(&value, '=', &key))
            continue;
        name = pl_setting_unquoted(key);
        of = find(rules, n, table, name);
        if (of)
            judge(of, name, value, &l);
    }
}

void pl_settings_uv(pl_str text, pl_setting_each each, void *arg)
{
    static const rule rules[] = {
        {"index", "url", ADDRESS},         {"", "index-url", ADDRESS},
        {"", "extra-index-url", ADDRESS},  {"", "find-links", ADDRESS},
        {"", "allow-insecure-host", SOME}, {"", "index", ADDRESS},
        {"pip", "index-url", ADDRESS},     {"pip", "extra-index-url", ADDRESS},
        {"pip", "find-links", ADDRESS},    {"pip", "allow-insecure-host", SOME},
    };
    read_toml(text, rules, PL_COUNT(rules), each, arg);
}

void pl_settings_pyproject(pl_str text, pl_setting_each each, void *arg)
{
    static const rule rules[] = {
        {"tool.uv.index", "url", ADDRESS},        {"tool.uv", "index-url", ADDRESS},
        {"tool.uv", "extra-index-url", ADDRESS},  {"tool.uv", "find-links", ADDRESS},
        {"tool.uv", "allow-insecure-host", SOME}, {"tool.uv", "index", ADDRESS},
        {"tool.uv.pip", "index-url", ADDRESS},    {"tool.uv.pip", "extra-index-url", ADDRESS},
        {"tool.poetry.source", "url", ADDRESS},   {"tool.pdm.source", "url", ADDRESS},
        {"tool.pdm.source", "verify_ssl", FALSE},
    };
    read_toml(text, rules, PL_COUNT(rules), each, arg);
}

void pl_settings_pipfile(pl_str text, pl_setting_each each, void *arg)
{
    static const rule rules[] = {{"source", "url", ADDRESS}, {"source", "verify_ssl", FALSE}};
    read_toml(text, rules, PL_COUNT(rules), each, arg);
}

void pl_settings_bun(pl_str text, pl_setting_each each, void *arg)
{
    static const rule rules[] = {{"install", "registry", ADDRESS},
                                 {"install.registry", "url", ADDRESS},
                                 {"install.scopes", NULL, ADDRESS},
                                 {"install.scopes.*", "url", ADDRESS}};
    read_toml(text, rules, PL_COUNT(rules), each, arg);
}

/* cargo's own words for http and https are sparse+http and registry+http. */
void pl_settings_cargo(pl_str text, pl_setting_each each, void *arg)
{
    static const rule rules[] = {{"source.*", "registry", ADDRESS},
                                 {"registries.*", "index", ADDRESS},
                                 {"registry", "index", ADDRESS}};
    read_toml(text, rules, PL_COUNT(rules), each, arg);
}
