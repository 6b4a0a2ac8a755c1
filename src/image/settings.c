/* SPDX-License-Identifier: Apache-2.0 */
#include "image/settings_priv.h"

#include "core/attr.h"

#include <string.h>

bool pl_setting_is_word(pl_str s, const char *word)
{
    return pl_str_eq_nocase(s, pl_str_c(word));
}

bool pl_setting_is_true(pl_str s)
{
    return pl_setting_is_word(s, "yes") || pl_setting_is_word(s, "true") ||
           pl_setting_is_word(s, "1") || pl_setting_is_word(s, "on");
}

bool pl_setting_is_false(pl_str s)
{
    return pl_setting_is_word(s, "no") || pl_setting_is_word(s, "false") ||
           pl_setting_is_word(s, "0") || pl_setting_is_word(s, "off");
}

static bool is_comment(pl_str line)
{
    return line.n == 0 || line.p[0] == '#' || line.p[0] == ';' || pl_str_starts(line, PL_S("//"));
}

pl_str pl_setting_unquoted(pl_str s)
{
    s = pl_str_trim(s);
    if (s.n >= 2 && (s.p[0] == '"' || s.p[0] == '\'') && s.p[s.n - 1] == s.p[0])
        s = pl_str_sub(s, 1, s.n - 2);
    return s;
}

bool pl_setting_next_line(pl_str *rest, pl_setting_lines *l, pl_str *ret)
{
    while (pl_str_cut(rest, '\n', ret)) {
        l->number++;
        l->is_indented = ret->n && (ret->p[0] == ' ' || ret->p[0] == '\t');
        *ret = pl_str_trim(*ret);
        if (!is_comment(*ret))
            return true;
    }
    return false;
}

void pl_setting_tell(const pl_setting_lines *l, unsigned classes, pl_str name)
{
    l->each(l->arg, &(pl_setting){.classes = classes, .name = name, .line = l->number});
}

/* ---- apt ---- */

/* Cuts at the first of several blanks or tabs. */
static bool cut_blank(pl_str *rest, pl_str *head)
{
    size_t i = 0;

    while (i < rest->n && rest->p[i] != ' ' && rest->p[i] != '\t')
        i++;
    *head = pl_str_sub(*rest, 0, i);
    bool is_there = rest->n > 0;
    *rest = pl_str_trim(pl_str_sub(*rest, i, rest->n));
    return is_there;
}

/* deb [trusted=yes arch=amd64] http://... */
void pl_settings_apt_list(pl_str text, pl_setting_each each, void *arg)
{
    pl_setting_lines l = {.each = each, .arg = arg};
    pl_str line;
    pl_str options;
    pl_str one;

    while (pl_setting_next_line(&text, &l, &line)) {
        pl_str head;
        (void)pl_str_cut(&line, '[', &head);
        if (!pl_str_cut(&line, ']', &options))
            continue;
        options = pl_str_trim(options);
        while (cut_blank(&options, &one)) {
            pl_str value = one;
            pl_str key;
            if (pl_str_cut(&value, '=', &key) && pl_setting_is_true(value) &&
                (pl_setting_is_word(key, "trusted") || pl_setting_is_word(key, "allow-insecure")))
                pl_setting_tell(&l, PL_SETTING_UNSIGNED, key);
        }
    }
}

void pl_settings_apt_sources(pl_str text, pl_setting_each each, void *arg)
{
    pl_setting_lines l = {.each = each, .arg = arg};
    pl_str line;

    while (pl_setting_next_line(&text, &l, &line)) {
        pl_str value = line;
        pl_str key;
        if (pl_str_cut(&value, ':', &key) && pl_setting_is_true(pl_str_trim(value)) &&
            (pl_setting_is_word(key, "trusted") || pl_setting_is_word(key, "allow-insecure")))
            pl_setting_tell(&l, PL_SETTING_UNSIGNED, key);
    }
}

/* The last part of "Acquire::https::host::Verify-Peer", or the word itself inside braces. */
static pl_str last_part(pl_str key)
{
    const char *at;

    key = pl_str_trim(key);
    while ((at = memmem(key.p, key.n, "::", 2)))
        key = pl_str_sub(key, (size_t)(at - key.p) + 2, key.n);
    return key;
}

void pl_setting_apt(const pl_setting_lines *l, pl_str key, pl_str value)
{
    static const char *const accepts[] = {"AllowUnauthenticated", "AllowInsecureRepositories",
                                          "AllowWeakRepositories",
                                          "AllowDowngradeToInsecureRepositories", "Force-Yes"};
    pl_str name = last_part(key);

    for (size_t i = 0; i < PL_COUNT(accepts); i++)
        if (pl_setting_is_word(name, accepts[i]) && pl_setting_is_true(value))
            pl_setting_tell(l, PL_SETTING_UNSIGNED, name);
    if ((pl_setting_is_word(name, "Verify-Peer") || pl_setting_is_word(name, "Verify-Host")) &&
        pl_setting_is_false(value))
        pl_setting_tell(l, PL_SETTING_TLS, name);
}

/* Where a comment begins; in quotes nothing does. */
static size_t find_comment(pl_str line)
{
    bool is_quoted = false;
    size_t i = 0;

    for (; i < line.n; i++) {
        is_quoted ^= line.p[i] == '"';
        if (!is_quoted && pl_str_starts(pl_str_sub(line, i, 2), PL_S("/*")))
            break;
    }
    return i;
}

/* What of the line stands outside of a comment that may begin or end in it. */
static pl_str outside_comment(pl_str line, bool *is_comment)
{
    const char *end = *is_comment ? memmem(line.p, line.n, "*/", 2) : NULL;

    if (*is_comment && !end)
        return (pl_str){"", 0};
    if (end)
        line = pl_str_sub(line, (size_t)(end - line.p) + 2, line.n);
    size_t n = find_comment(line);
    *is_comment = n < line.n && !memmem(line.p + n, line.n - n, "*/", 2);
    return pl_str_sub(line, 0, n);
}

/* apt.conf(5): KEY VALUE; with nested KEY { ... } */
void pl_settings_apt_conf(pl_str text, pl_setting_each each, void *arg)
{
    pl_setting_lines l = {.each = each, .arg = arg};
    bool is_comment = false;
    pl_str line;

    while (pl_setting_next_line(&text, &l, &line)) {
        pl_str statement;
        line = outside_comment(line, &is_comment);
        while (pl_str_cut(&line, ';', &statement)) {
            pl_str part;
            while (pl_str_cut(&statement, '{', &part)) {
                pl_str value = pl_str_trim(part);
                pl_str key;
                if (cut_blank(&value, &key))
                    pl_setting_apt(&l, key, pl_setting_unquoted(value));
            }
        }
    }
}

/* ---- key = value files ---- */

struct ini_rule {
    const char *key;
    unsigned classes;
    bool (*is_bad)(pl_str value);
};

/* A cut at "=" or, as npm and git also write, at a blank. */
static bool key_value(pl_str line, pl_str *ret_key, pl_str *ret_value)
{
    pl_str rest = line;

    if (pl_str_has(line, PL_S("=")))
        (void)pl_str_cut(&rest, '=', ret_key);
    else
        (void)pl_str_cut(&rest, ' ', ret_key);
    *ret_key = pl_str_trim(*ret_key);
    *ret_value = pl_setting_unquoted(rest);
    return ret_key->n > 0;
}

static void read_ini(pl_str text, const struct ini_rule *rules, size_t n, pl_setting_each each,
                     void *arg)
{
    pl_setting_lines l = {.each = each, .arg = arg};
    pl_str line;
    pl_str key;
    pl_str value;

    while (pl_setting_next_line(&text, &l, &line))
        for (size_t i = 0; i < n && key_value(line, &key, &value); i++)
            if (pl_setting_is_word(key, rules[i].key) && rules[i].is_bad(value))
                pl_setting_tell(&l, rules[i].classes, key);
}

void pl_settings_git(pl_str text, pl_setting_each each, void *arg)
{
    static const struct ini_rule rules[] = {{"sslVerify", PL_SETTING_TLS, pl_setting_is_false}};
    read_ini(text, rules, PL_COUNT(rules), each, arg);
}

void pl_settings_wget(pl_str text, pl_setting_each each, void *arg)
{
    static const struct ini_rule rules[] = {
        {"check_certificate", PL_SETTING_TLS, pl_setting_is_false},
        {"check-certificate", PL_SETTING_TLS, pl_setting_is_false},
        {"checkcertificate", PL_SETTING_TLS, pl_setting_is_false}};
    read_ini(text, rules, PL_COUNT(rules), each, arg);
}

void pl_settings_curl(pl_str text, pl_setting_each each, void *arg)
{
    pl_setting_lines l = {.each = each, .arg = arg};
    pl_str line;

    while (pl_setting_next_line(&text, &l, &line)) {
        bool is_long = pl_str_starts(line, PL_S("--"));
        pl_str word = is_long ? pl_str_sub(line, 2, line.n) : line;
        if (pl_setting_is_word(word, "insecure") || pl_str_eq(line, PL_S("-k")))
            pl_setting_tell(&l, PL_SETTING_TLS, word);
    }
}

/* yum.conf(5): a repository that is switched off does no harm. */
struct yum_section {
    bool is_enabled;
    pl_str bad[4];
    size_t lines[4];
    size_t n;
};

/* pkg_gpgcheck is zypper's. */
static bool is_yum_switch(pl_str key)
{
    return pl_setting_is_word(key, "gpgcheck") || pl_setting_is_word(key, "pkg_gpgcheck") ||
           pl_setting_is_word(key, "sslverify");
}

static void end_section(pl_setting_lines *l, const struct yum_section *s)
{
    for (size_t i = 0; s->is_enabled && i < s->n; i++)
        l->each(
            l->arg,
            &(pl_setting){.classes = PL_SETTING_UNSIGNED, .name = s->bad[i], .line = s->lines[i]});
}

void pl_settings_yum(pl_str text, pl_setting_each each, void *arg)
{
    pl_setting_lines l = {.each = each, .arg = arg};
    struct yum_section s = {.is_enabled = true};
    pl_str line;
    pl_str key;
    pl_str value;

    while (pl_setting_next_line(&text, &l, &line)) {
        if (line.p[0] == '[') {
            end_section(&l, &s);
            s = (struct yum_section){.is_enabled = true};
            continue;
        }
        if (!key_value(line, &key, &value))
            continue;
        if (pl_setting_is_word(key, "enabled"))
            s.is_enabled = !pl_setting_is_false(value);
        else if (is_yum_switch(key) && pl_setting_is_false(value) && s.n < PL_COUNT(s.bad)) {
            s.bad[s.n] = key;
            s.lines[s.n++] = l.number;
        }
    }
    end_section(&l, &s);
}
