/* SPDX-License-Identifier: Apache-2.0 */
/* Package managers of programming languages: where packages come from, and what is checked. */
#include "image/settings_priv.h"

#include "core/attr.h"
#include "core/char.h"

#include <string.h>

enum { UNSIGNED = PL_SETTING_UNSIGNED, BOTH = PL_SETTING_UNSIGNED | PL_SETTING_TLS };

/* Which values of a key are bad. */
typedef enum bad {
    BAD_TRUE,
    BAD_FALSE,
    BAD_ANY, /* whatever it is set to */
    BAD_URL, /* plain http, or elsewhere than where everybody's packages come from */
    BAD_HAS, /* the word stands in it */
} bad;

static const struct rule {
    unsigned of;
    const char *key;
    bad bad;
    unsigned classes; /* not for BAD_URL */
    const char *word;
} rules[] = {
    {PL_OF_PIP, "trusted-host", BAD_ANY, BOTH, NULL},
    {PL_OF_PIP, "allow-insecure-host", BAD_ANY, BOTH, NULL},
    {PL_OF_PIP, "insecure-host", BAD_ANY, BOTH, NULL},
    {PL_OF_PIP, "index-url", BAD_URL, 0, NULL},
    {PL_OF_PIP, "extra-index-url", BAD_URL, 0, NULL},
    {PL_OF_PIP, "default-index", BAD_URL, 0, NULL},
    {PL_OF_PIP, "index", BAD_URL, 0, NULL},
    {PL_OF_PIP, "find-links", BAD_URL, 0, NULL},
    {PL_OF_PIP, "i", BAD_URL, 0, NULL},
    {PL_OF_NPM | PL_OF_YARN, "strict-ssl", BAD_FALSE, BOTH, NULL},
    {PL_OF_NPM | PL_OF_YARN, "enableStrictSsl", BAD_FALSE, BOTH, NULL},
    {PL_OF_NPM | PL_OF_YARN, "registry", BAD_URL, 0, NULL},
    {PL_OF_YARN, "npmRegistryServer", BAD_URL, 0, NULL},
    {PL_OF_YARN, "unsafeHttpWhitelist", BAD_ANY, UNSIGNED, NULL},
    {PL_OF_YARN, "checksumBehavior", BAD_HAS, UNSIGNED, "ignore"},
    {PL_OF_GEM, "ssl_verify_mode", BAD_FALSE, BOTH, NULL},
    {PL_OF_GEM, "BUNDLE_SSL_VERIFY_MODE", BAD_FALSE, BOTH, NULL},
    {PL_OF_GEM, "BUNDLE_DISABLE_CHECKSUM_VALIDATION", BAD_TRUE, UNSIGNED, NULL},
    {PL_OF_GEM, "disable_checksum_validation", BAD_TRUE, UNSIGNED, NULL},
    {PL_OF_GEM, "sources", BAD_URL, 0, NULL},
    {PL_OF_GEM, "source", BAD_URL, 0, NULL},
    {PL_OF_GEM, "add", BAD_URL, 0, NULL},
    {PL_OF_GEM, "a", BAD_URL, 0, NULL},
    {PL_OF_GEM, "s", BAD_URL, 0, NULL},
    {PL_OF_GO, "GOFLAGS", BAD_HAS, BOTH, "-insecure"},
    {PL_OF_GO, "GOINSECURE", BAD_ANY, BOTH, NULL},
    {PL_OF_GO, "GONOSUMDB", BAD_ANY, UNSIGNED, NULL},
    {PL_OF_GO, "GONOSUMCHECK", BAD_ANY, UNSIGNED, NULL},
    {PL_OF_GO, "GOSUMDB", BAD_HAS, UNSIGNED, "off"},
    {PL_OF_GO, "GOPROXY", BAD_URL, 0, NULL},
    {PL_OF_COMPOSER, "secure-http", BAD_FALSE, UNSIGNED, NULL},
    {PL_OF_COMPOSER, "disable-tls", BAD_TRUE, BOTH, NULL},
    {PL_OF_COMPOSER, "allow_ssl_downgrade", BAD_TRUE, BOTH, NULL},
    {PL_OF_COMPOSER, "verify_peer", BAD_FALSE, BOTH, NULL},
    {PL_OF_CONDA, "ssl_verify", BAD_FALSE, BOTH, NULL},
    {PL_OF_CONDA, "channels", BAD_URL, 0, NULL},
    {PL_OF_CONDA, "default_channels", BAD_URL, 0, NULL},
    {PL_OF_CONDA, "channel_alias", BAD_URL, 0, NULL},
    {PL_OF_DOCKER, "DOCKER_CONTENT_TRUST", BAD_FALSE, UNSIGNED, NULL},
    {PL_OF_ANY, "NODE_TLS_REJECT_UNAUTHORIZED", BAD_FALSE, PL_SETTING_TLS, NULL},
    {PL_OF_ANY, "PYTHONHTTPSVERIFY", BAD_FALSE, PL_SETTING_TLS, NULL},
    {PL_OF_ANY, "GIT_SSL_NO_VERIFY", BAD_TRUE, PL_SETTING_TLS, NULL},
    {PL_OF_ANY, "CURL_INSECURE", BAD_TRUE, PL_SETTING_TLS, NULL},
    {PL_OF_ANY, "http.sslVerify", BAD_FALSE, PL_SETTING_TLS, NULL},
    {PL_OF_ANY, "CONDA_SSL_VERIFY", BAD_FALSE, BOTH, NULL},
    {PL_OF_ANY, "YARN_ENABLE_STRICT_SSL", BAD_FALSE, BOTH, NULL},
    {PL_OF_ANY, "YARN_NPM_REGISTRY_SERVER", BAD_URL, 0, NULL},
    {PL_OF_ANY, "BUN_CONFIG_REGISTRY", BAD_URL, 0, NULL},
    {PL_OF_ANY, "PIPENV_PYPI_MIRROR", BAD_URL, 0, NULL},
    {PL_OF_ANY, "MAVEN_OPTS", BAD_HAS, BOTH, "ssl.insecure=true"},
};

/* ---- addresses ---- */

static bool is_everybodys(pl_str host)
{
    static const char *const hosts[] = {
        "pypi.org",           "pypi.python.org",    "files.pythonhosted.org",
        "registry.npmjs.org", "registry.npmjs.com", "registry.yarnpkg.com",
        "rubygems.org",       "index.rubygems.org", "proxy.golang.org",
        "conda.anaconda.org", "repo.anaconda.com",  "localhost",
        "127.0.0.1",          "index.crates.io",
    };

    for (size_t i = 0; i < PL_COUNT(hosts); i++)
        if (pl_setting_is_word(host, hosts[i]))
            return true;
    return false;
}

/* "https://USER:PASSWORD@HOST:PORT/PATH" */
static pl_str host_of(pl_str address)
{
    pl_str host;
    pl_str rest = address;

    (void)pl_str_cut(&rest, '/', &address);
    while (pl_str_cut(&address, '@', &host) && address.n)
        continue;
    address = host;
    (void)pl_str_cut(&address, ':', &host);
    return host;
}

static void judge_address(pl_str url, pl_str name, const pl_setting_lines *l)
{
    const char *scheme = memmem(url.p, url.n, "://", 3);

    if (!scheme)
        return;
    pl_str host = host_of(pl_str_sub(url, (size_t)(scheme - url.p) + 3, url.n));
    /* Where cargo's registry was before it was an index of files. */
    if (pl_str_ends(url, PL_S("https://github.com/rust-lang/crates.io-index")))
        return;
    bool is_plain =
        pl_str_has(pl_str_sub(url, 0, (size_t)(scheme - url.p)), PL_S("http")) && scheme[-1] == 'p';
    if (is_plain && !pl_setting_is_word(host, "localhost") &&
        !pl_setting_is_word(host, "127.0.0.1"))
        pl_setting_tell(l, UNSIGNED, name);
    else if (host.n && !is_everybodys(host))
        l->each(l->arg,
                &(pl_setting){
                    .classes = PL_SETTING_SOURCE, .name = name, .source = host, .line = l->number});
}

/* Several may stand there, parted by blanks, commas or, for Go, bars. */
void pl_setting_addresses(pl_str value, pl_str name, const pl_setting_lines *l)
{
    size_t from = 0;

    for (size_t i = 0; i <= value.n; i++)
        if (i == value.n || memchr(" \t,|'\"[]", value.p[i], 8)) {
            judge_address(pl_str_sub(value, from, i - from), name, l);
            from = i + 1;
        }
}

/* ---- keys ---- */

static bool is_bad(const struct rule *r, pl_str value)
{
    switch (r->bad) {
    case BAD_TRUE:
        return value.n > 0 && !pl_setting_is_false(value);
    case BAD_FALSE:
        return pl_setting_is_false(value);
    case BAD_ANY:
        return value.n > 0 && !pl_str_eq(value, PL_S("[]"));
    case BAD_HAS:
        return pl_str_has(value, pl_str_c(r->word));
    case BAD_URL:
        break;
    }
    return false;
}

/* npm's "@scope:registry" is a registry too. */
static bool is_key(const struct rule *r, pl_str key)
{
    if (pl_str_starts(key, PL_S("@")) && pl_str_ends(key, PL_S(":registry")))
        return pl_setting_is_word(PL_S("registry"), r->key);
    return pl_setting_is_word(key, r->key);
}

void pl_setting_judge(unsigned of, pl_str key, pl_str name, pl_str value, const pl_setting_lines *l)
{
    value = pl_setting_unquoted(value);
    for (size_t i = 0; i < PL_COUNT(rules); i++) {
        if (!(rules[i].of & of) || !is_key(&rules[i], key))
            continue;
        if (rules[i].bad == BAD_URL)
            pl_setting_addresses(value, name, l);
        else if (is_bad(&rules[i], value))
            pl_setting_tell(l, rules[i].classes, name);
        return;
    }
}

/* ---- files of keys and values ---- */

/* A key without what quotes and begins it: '"secure-http"', ":sources", "- url". */
static pl_str bare_key(pl_str key)
{
    key = pl_str_trim(key);
    while (key.n && memchr("\"':- ", key.p[0], 5))
        key = pl_str_sub(key, 1, key.n);
    while (key.n && memchr("\"' ", key.p[key.n - 1], 3))
        key = pl_str_sub(key, 0, key.n - 1);
    return key;
}

/* "false, }" in JSON, "'x'," in Ruby. */
static pl_str bare_value(pl_str value)
{
    value = pl_str_trim(value);
    while (value.n && memchr(",;} ", value.p[value.n - 1], 4))
        value = pl_str_sub(value, 0, value.n - 1);
    return value;
}

/* Further lines of a value are indented, or items of a list. */
static bool is_more(const pl_setting_lines *l, pl_str line, char sep)
{
    return pl_str_starts(line, PL_S("- ")) ||
           (sep == '=' && l->is_indented && pl_str_has(line, PL_S("://")));
}

static void read_pairs(pl_str text, unsigned of, char sep, pl_setting_each each, void *arg)
{
    pl_setting_lines l = {.each = each, .arg = arg};
    pl_str key = {"", 0};
    pl_str line;

    while (pl_setting_next_line(&text, &l, &line)) {
        pl_str value = line;
        pl_str head;
        if (is_more(&l, line, sep)) {
            pl_setting_judge(of, key, key, bare_value(pl_str_sub(line, line.p[0] == '-', line.n)),
                             &l);
            continue;
        }
        if (pl_str_starts(line, PL_S(":")))
            value = pl_str_sub(line, 1, line.n);
        if (!pl_str_cut(&value, sep, &head))
            continue;
        key = bare_key(head);
        pl_setting_judge(of, key, key, bare_value(value), &l);
    }
}

void pl_settings_pip(pl_str text, pl_setting_each each, void *arg)
{
    read_pairs(text, PL_OF_PIP, '=', each, arg);
}

/* Lines with options among those with packages: "--extra-index-url https://..." */
void pl_settings_requirements(pl_str text, pl_setting_each each, void *arg)
{
    pl_setting_lines l = {.each = each, .arg = arg};
    pl_str line;

    while (pl_setting_next_line(&text, &l, &line)) {
        size_t i = 0;
        if (line.p[0] != '-')
            continue;
        while (i < line.n && !memchr("= \t", line.p[i], 3))
            i++;
        pl_str key = pl_str_sub(line, 0, i);
        while (pl_str_starts(key, PL_S("-")))
            key = pl_str_sub(key, 1, key.n);
        pl_setting_judge(PL_OF_PIP, key, key, pl_str_trim(pl_str_sub(line, i + 1, line.n)), &l);
    }
}

void pl_settings_npm(pl_str text, pl_setting_each each, void *arg)
{
    read_pairs(text, PL_OF_NPM, '=', each, arg);
}

void pl_settings_yarn(pl_str text, pl_setting_each each, void *arg)
{
    read_pairs(text, PL_OF_YARN, ' ', each, arg);
}

void pl_settings_yarn_yml(pl_str text, pl_setting_each each, void *arg)
{
    read_pairs(text, PL_OF_YARN, ':', each, arg);
}

void pl_settings_gem(pl_str text, pl_setting_each each, void *arg)
{
    read_pairs(text, PL_OF_GEM, ':', each, arg);
}

/* source "http://rubygems.org" */
void pl_settings_gemfile(pl_str text, pl_setting_each each, void *arg)
{
    read_pairs(text, PL_OF_GEM, ' ', each, arg);
}

void pl_settings_bundle(pl_str text, pl_setting_each each, void *arg)
{
    read_pairs(text, PL_OF_GEM, ':', each, arg);
}

void pl_settings_go(pl_str text, pl_setting_each each, void *arg)
{
    read_pairs(text, PL_OF_GO, '=', each, arg);
}

void pl_settings_composer(pl_str text, pl_setting_each each, void *arg)
{
    pl_setting_lines l = {.each = each, .arg = arg};
    pl_str line;
    pl_str part;

    while (pl_setting_next_line(&text, &l, &line))
        while (pl_str_cut(&line, ',', &part)) {
            pl_str value = part;
            pl_str key;
            pl_str inner;
            while (pl_str_has(value, PL_S("{")) && pl_str_cut(&value, '{', &inner))
                continue;
            if (pl_str_cut(&value, ':', &key))
                pl_setting_judge(PL_OF_COMPOSER, bare_key(key), bare_key(key), bare_value(value),
                                 &l);
        }
}

void pl_settings_conda(pl_str text, pl_setting_each each, void *arg)
{
    read_pairs(text, PL_OF_CONDA, ':', each, arg);
}

/* ---- files of other forms ---- */

/* <url>http://...</url> of a mirror or repository, outside comments. */
void pl_settings_maven(pl_str text, pl_setting_each each, void *arg)
{
    pl_setting_lines l = {.each = each, .arg = arg};
    bool is_comment = false;
    pl_str line;

    while (pl_setting_next_line(&text, &l, &line)) {
        is_comment |= pl_str_has(line, PL_S("<!--"));
        if (!is_comment && pl_str_has(line, PL_S("<url>http://")))
            pl_setting_tell(&l, UNSIGNED, PL_S("url"));
        if (!is_comment && pl_str_has(line, PL_S("<checksumPolicy>ignore")))
            pl_setting_tell(&l, UNSIGNED, PL_S("checksumPolicy"));
        is_comment &= !pl_str_has(line, PL_S("-->"));
    }
}

/* SigLevel = Required DatabaseOptional is what pacman ships. */
void pl_settings_pacman(pl_str text, pl_setting_each each, void *arg)
{
    static const char *const words[] = {"Never",    "PackageNever",    "Optional",
                                        "TrustAll", "PackageOptional", "PackageTrustAll"};
    pl_setting_lines l = {.each = each, .arg = arg};
    pl_str line;

    while (pl_setting_next_line(&text, &l, &line)) {
        pl_str value = line;
        pl_str key;
        pl_str word;
        bool is_bad_level = false;
        if (!pl_str_cut(&value, '=', &key) || !pl_str_ends(pl_str_trim(key), PL_S("SigLevel")) ||
            pl_str_starts(line, PL_S("Local")))
            continue;
        while (pl_str_cut(&value, ' ', &word))
            for (size_t i = 0; i < PL_COUNT(words); i++)
                is_bad_level |= pl_setting_is_word(word, words[i]);
        if (is_bad_level)
            pl_setting_tell(&l, UNSIGNED, pl_str_trim(key));
    }
}

void pl_settings_registries(pl_str text, pl_setting_each each, void *arg)
{
    pl_setting_lines l = {.each = each, .arg = arg};
    pl_str line;

    while (pl_setting_next_line(&text, &l, &line)) {
        pl_str value = line;
        pl_str key;
        if (pl_str_cut(&value, '=', &key) && pl_setting_is_word(pl_str_trim(key), "insecure") &&
            pl_setting_is_true(pl_str_trim(value)))
            pl_setting_tell(&l, BOTH, PL_S("insecure"));
    }
}

void pl_settings_policy(pl_str text, pl_setting_each each, void *arg)
{
    pl_setting_lines l = {.each = each, .arg = arg};
    pl_str line;

    while (pl_setting_next_line(&text, &l, &line))
        if (pl_str_has(line, PL_S("\"insecureAcceptAnything\"")))
            pl_setting_tell(&l, UNSIGNED, PL_S("insecureAcceptAnything"));
}

/* ---- environment ---- */

enum { NAME = 64 };

/* PIP_TRUSTED_HOST means trusted-host. */
static pl_str option_of(pl_str rest, char room[NAME])
{
    size_t n = rest.n < NAME ? rest.n : 0;

    for (size_t i = 0; i < n; i++)
        room[i] = (char)(rest.p[i] == '_' ? '-' : pl_to_lower(rest.p[i]));
    return (pl_str){room, n};
}

void pl_settings_env(pl_str name, pl_str value, pl_setting_each each, void *arg)
{
    static const struct {
        pl_str prefix;
        unsigned of;
    } prefixes[] = {{{"PIP_", 4}, PL_OF_PIP},
                    {{"UV_", 3}, PL_OF_PIP},
                    {{"NPM_CONFIG_", 11}, PL_OF_NPM},
                    {{"PNPM_CONFIG_", 12}, PL_OF_NPM}};
    const pl_setting_lines l = {.each = each, .arg = arg};
    char room[NAME];

    for (size_t i = 0; i < PL_COUNT(prefixes); i++) {
        pl_str prefix = prefixes[i].prefix;
        if (name.n > prefix.n && pl_str_eq_nocase(pl_str_sub(name, 0, prefix.n), prefix))
            pl_setting_judge(prefixes[i].of, option_of(pl_str_sub(name, prefix.n, name.n), room),
                             name, value, &l);
    }
    pl_setting_judge(PL_OF_ANY | PL_OF_DOCKER, name, name, value, &l);
    if (pl_str_starts(name, PL_S("GO")))
        pl_setting_judge(PL_OF_GO, name, name, value, &l);
    if (pl_str_starts(name, PL_S("BUNDLE_")))
        pl_setting_judge(PL_OF_GEM, name, name, value, &l);
}
