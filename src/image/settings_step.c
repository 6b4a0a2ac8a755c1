/* SPDX-License-Identifier: Apache-2.0 */
/* Options of package managers and download programs in the command of a build step. */
#include "image/history.h"
#include "image/settings_priv.h"

#include "core/attr.h"
#include "core/char.h"

/* Whose options are whose. */
static const struct {
    const char *name;
    unsigned of;
} programs[] = {
    {"pip", PL_OF_PIP},
    {"pip2", PL_OF_PIP},
    {"pip3", PL_OF_PIP},
    {"pipx", PL_OF_PIP},
    {"uv", PL_OF_PIP},
    {"npm", PL_OF_NPM},
    {"npx", PL_OF_NPM},
    {"pnpm", PL_OF_NPM},
    {"yarn", PL_OF_YARN},
    {"gem", PL_OF_GEM},
    {"bundle", PL_OF_GEM},
    {"go", PL_OF_GO},
    {"conda", PL_OF_CONDA},
    {"composer", PL_OF_COMPOSER},
    {"mamba", PL_OF_CONDA},
    {"curl", 0},
    {"wget", 0},
    {"git", PL_OF_ANY},
};

/* Options without a value, whoever's they are. */
static const struct {
    const char *word;
    unsigned classes;
} flags[] = {
    {"--allow-untrusted", PL_SETTING_UNSIGNED},
    {"--allow-unauthenticated", PL_SETTING_UNSIGNED},
    {"--allow-insecure-repositories", PL_SETTING_UNSIGNED},
    {"--force-yes", PL_SETTING_UNSIGNED},
    {"--nogpgcheck", PL_SETTING_UNSIGNED},
    {"--no-gpg-checks", PL_SETTING_UNSIGNED},
    {"--no-gpg-check", PL_SETTING_UNSIGNED},
    {"--gpg-auto-import-keys", PL_SETTING_UNSIGNED},
    {"--nosignature", PL_SETTING_UNSIGNED},
    {"--nodigest", PL_SETTING_UNSIGNED},
    {"--force-bad-verify", PL_SETTING_UNSIGNED},
    {"--disable-content-trust", PL_SETTING_UNSIGNED},
    {"--insecure-policy", PL_SETTING_UNSIGNED},
    {"--insecure-ignore-tlog", PL_SETTING_UNSIGNED},
    {"--insecure-ignore-sct", PL_SETTING_UNSIGNED},
    {"--insecure-skip-verify", PL_SETTING_UNSIGNED | PL_SETTING_TLS},
    {"--no-strict-ssl", PL_SETTING_UNSIGNED | PL_SETTING_TLS},
    {"--no-check-certificate", PL_SETTING_TLS},
    {"--tls-verify=false", PL_SETTING_TLS},
    {"--src-tls-verify=false", PL_SETTING_TLS},
    {"--dest-tls-verify=false", PL_SETTING_TLS},
};

struct reader {
    pl_setting_lines l;
    unsigned of; /* programs that this command speaks of */
    bool is_curl, is_go;
    pl_str key; /* the word before, as a key whose value may follow */
    pl_str env; /* the variable whose value follows */
};

static pl_str base_name(pl_str word)
{
    pl_str name = word;
    pl_str part;

    while (pl_str_cut(&word, '/', &part))
        name = part;
    return name;
}

static void look_for_program(struct reader *r, pl_str word)
{
    pl_str name = base_name(word);

    for (size_t i = 0; i < PL_COUNT(programs); i++)
        if (pl_str_eq(name, pl_str_c(programs[i].name))) {
            r->of |= programs[i].of;
            r->is_curl |= pl_str_eq(name, PL_S("curl"));
            r->is_go |= pl_str_eq(name, PL_S("go"));
        }
}

/* -k, also among others: -fsSLk */
static bool is_short_insecure(pl_str word)
{
    if (word.n < 2 || word.p[0] != '-' || word.p[1] == '-')
        return false;
    for (size_t i = 1; i < word.n; i++)
        if (!pl_is_alpha(word.p[i]))
            return false;
    return pl_str_has(word, PL_S("k"));
}

static void look_for_flag(const struct reader *r, pl_str word)
{
    for (size_t i = 0; i < PL_COUNT(flags); i++)
        if (pl_str_eq(word, pl_str_c(flags[i].word)))
            pl_setting_tell(&r->l, flags[i].classes, pl_str_c(flags[i].word));
    if (r->is_curl && (pl_str_eq(word, PL_S("--insecure")) || is_short_insecure(word)))
        pl_setting_tell(&r->l, PL_SETTING_TLS, PL_S("curl --insecure"));
    /* A line of sources.list that the step writes. */
    if (pl_str_eq(word, PL_S("trusted=yes")) || pl_str_eq(word, PL_S("trusted=yes]")) ||
        pl_str_has(word, PL_S("[trusted=yes")))
        pl_setting_tell(&r->l, PL_SETTING_UNSIGNED, PL_S("trusted"));
    if (r->is_go && pl_str_eq(word, PL_S("-insecure")))
        pl_setting_tell(&r->l, PL_SETTING_UNSIGNED | PL_SETTING_TLS, PL_S("go -insecure"));
}

/* "--index-url" and, behind "config set", "global.index-url" are the key "index-url". */
static pl_str key_of(pl_str word)
{
    pl_str key = word;

    while (pl_str_starts(key, PL_S("-")))
        key = pl_str_sub(key, 1, key.n);
    if (pl_str_starts(key, PL_S("global.")))
        key = pl_str_sub(key, 7, key.n);
    return key;
}

/* NAME=VALUE or --option=value; of a value in quotes the name comes alone. */
static void read_pair(struct reader *r, pl_str word)
{
    pl_str value = word;
    pl_str name;

    (void)pl_str_cut(&value, '=', &name);
    /* apt-get -o NAME=VALUE, also in one word */
    if (pl_str_has(name, PL_S("::"))) {
        pl_setting_apt(&r->l, name, value);
        return;
    }
    bool is_option = pl_str_starts(word, PL_S("-"));
    r->key = is_option && !value.n ? key_of(name) : (pl_str){"", 0};
    r->env = !is_option && !value.n ? name : (pl_str){"", 0};
    if (is_option)
        pl_setting_judge(r->of, key_of(name), key_of(name), value, &r->l);
    else if (r->of & (PL_OF_NPM | PL_OF_YARN)) /* npm set strict-ssl=false */
        pl_setting_judge(r->of, name, name, value, &r->l);
    else
        pl_settings_env(name, value, r->l.each, r->l.arg);
}

static void read_word(struct reader *r, pl_str word, bool is_new_command)
{
    if (is_new_command)
        *r = (struct reader){.l = r->l, .key = {"", 0}, .env = {"", 0}};
    look_for_program(r, word);
    look_for_flag(r, word);
    if (r->env.n)
        pl_settings_env(r->env, word, r->l.each, r->l.arg);
    else if (pl_str_has(word, PL_S("=")) && word.p[0] != '=') {
        read_pair(r, word);
        return;
    } else if (r->key.n)
        pl_setting_judge(r->of, r->key, r->key, word, &r->l);
    r->key = key_of(word);
    r->env = (pl_str){"", 0};
}

void pl_settings_step(pl_str command, pl_setting_each each, void *arg)
{
    struct reader r = {.l = {.each = each, .arg = arg}, .key = {"", 0}, .env = {"", 0}};
    pl_words w = {command, true};
    pl_str word;

    while (pl_words_next(&w, &word))
        read_word(&r, word, w.is_separated);
}
