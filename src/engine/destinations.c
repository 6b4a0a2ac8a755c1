/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/destinations.h"

#include "core/char.h"
#include "engine/fields.h"
#include "engine/limits.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

struct finding {
    pl_arena *a;
    pl_record *v[PL_DESTINATIONS + 1];
    size_t n;
    pl_str source;
    bool is_full;
};

/* ---- hosts ---- */

static bool is_address(pl_str host)
{
    struct in6_addr six;
    struct in_addr four;
    char text[64];

    return pl_str_to_c(host, text, sizeof(text)) &&
           (inet_pton(AF_INET, text, &four) == 1 || inet_pton(AF_INET6, text, &six) == 1);
}

static bool is_label_char(char c)
{
    return pl_is_alpha(c) || pl_is_digit(c) || c == '-' || c == '_';
}

static pl_str last_label(pl_str host)
{
    size_t from = host.n;

    while (from && host.p[from - 1] != '.')
        from--;
    return pl_str_sub(host, from, host.n);
}

/* Labels of letters, digits and dashes; the last one is no number. */
static bool is_name(pl_str host)
{
    enum { NAME = 253 };
    pl_str rest = host, label;

    if (!host.n || host.n > NAME || host.p[host.n - 1] == '.')
        return false;
    while (pl_str_cut(&rest, '.', &label)) {
        if (!label.n || label.n > 63 || label.p[0] == '-' || label.p[label.n - 1] == '-')
            return false;
        for (size_t i = 0; i < label.n; i++)
            if (!is_label_char(label.p[i]))
                return false;
    }
    return !pl_is_digit(last_label(host).p[0]);
}

static size_t labels_of(pl_str host)
{
    size_t n = 1;

    for (size_t i = 0; i < host.n; i++)
        n += host.p[i] == '.';
    return n;
}

static bool is_private_v4(const unsigned char b[4])
{
    return b[0] == 10 || b[0] == 127 || b[0] == 0 || (b[0] == 172 && (b[1] & 0xF0) == 16) ||
           (b[0] == 192 && b[1] == 168) || (b[0] == 169 && b[1] == 254) ||
           (b[0] == 100 && (b[1] & 0xC0) == 64);
}

static bool is_private_v6(const unsigned char b[16])
{
    static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    static const unsigned char zeros[15] = {0};

    if (memcmp(b, mapped, sizeof(mapped)) == 0)
        return is_private_v4(b + sizeof(mapped));
    return (b[0] & 0xFE) == 0xFC || (b[0] == 0xFE && (b[1] & 0xC0) == 0x80) ||
           (memcmp(b, zeros, sizeof(zeros)) == 0 && b[15] <= 1);
}

bool pl_destination_is_external(pl_str host)
{
    static const char *const own[] = {".local", ".localhost", ".internal",   ".svc",
                                      ".lan",   ".home.arpa", ".localdomain"};
    unsigned char b[16];
    char text[64];

    if (pl_str_to_c(host, text, sizeof(text))) {
        if (inet_pton(AF_INET, text, b) == 1)
            return !is_private_v4(b);
        if (inet_pton(AF_INET6, text, b) == 1)
            return !is_private_v6(b);
    }
    for (size_t i = 0; i < PL_COUNT(own); i++) {
        size_t n = strlen(own[i]);
        if (host.n > n && pl_str_eq_nocase(pl_str_sub(host, host.n - n, n), pl_str_c(own[i])))
            return false;
    }
    return labels_of(host) > 1;
}

/* ---- elements ---- */

static pl_record *push(struct finding *f)
{
    pl_record *r = f->n < PL_DESTINATIONS ? pl_record_new(f->a, &pl_kind_destination) : NULL;

    if (!r) {
        f->is_full = true;
        return NULL;
    }
    f->v[f->n++] = r;
    pl_set_str(r, PL_F_DESTINATION_SOURCE, f->source);
    return r;
}

/* That there is one is known, which one is not. */
static void add_unread(struct finding *f, const char *reason)
{
    pl_record *r = push(f);

    if (!r)
        return;
    for (int i = PL_F_DESTINATION_HOST; i <= PL_F_DESTINATION_SERVICE; i++)
        pl_set_unreadable(r, i, reason);
}

static bool is_there(const struct finding *f, pl_str host, int64_t port)
{
    for (size_t i = 0; i < f->n; i++) {
        const pl_value *h = pl_get(f->v[i], PL_F_DESTINATION_HOST);
        const pl_value *p = pl_get(f->v[i], PL_F_DESTINATION_PORT);
        if (h->state == PL_PRESENT && pl_str_eq(h->u.s, host) &&
            (p->state == PL_PRESENT ? p->u.i == port : port == 0))
            return true;
    }
    return false;
}

static void add(struct finding *f, pl_str host, int64_t port)
{
    char *low = pl_arena_calloc(f->a, host.n + 1, 1);

    for (size_t i = 0; low && i < host.n; i++)
        low[i] = pl_to_lower(host.p[i]);
    const pl_str kept = {low, host.n};
    pl_record *r = !low || is_there(f, kept, port) ? NULL : push(f);
    f->is_full |= !low;
    if (!r)
        return;
    pl_set_str(r, PL_F_DESTINATION_HOST, kept);
    pl_set_bool(r, PL_F_DESTINATION_EXTERNAL, pl_destination_is_external(kept));
    if (port)
        pl_set_int(r, PL_F_DESTINATION_PORT, port);
    else
        pl_set_absent(r, PL_F_DESTINATION_PORT);
    pl_set_unreadable(r, PL_F_DESTINATION_AGREEMENT, "needs:policy");
    pl_set_unreadable(r, PL_F_DESTINATION_VENDOR, "needs:policy");
    pl_set_unreadable(r, PL_F_DESTINATION_SERVICE, "needs:policy");
}

/* ---- host and port ---- */

static bool split_port(pl_str s, pl_str *host, int64_t *port)
{
    uint64_t n = 0;
    pl_str rest = s;

    *port = 0;
    if (s.n && s.p[0] == '[') { /* [::1]:5432 */
        const char *close = memchr(s.p, ']', s.n);
        if (!close)
            return false;
        *host = pl_str_sub(s, 1, (size_t)(close - s.p) - 1);
        rest = pl_str_sub(s, (size_t)(close - s.p) + 1, s.n);
        if (rest.n && rest.p[0] != ':')
            return false;
        rest = pl_str_sub(rest, 1, rest.n);
    } else {
        (void)pl_str_cut(&rest, ':', host);
    }
    if (host->n > 1 && host->p[host->n - 1] == '.') /* the same name, from the root down */
        host->n--;
    if (!rest.n)
        return true;
    *port = pl_str_u64(rest, &n) && n > 0 && n < 65536 ? (int64_t)n : 0;
    return *port != 0;
}

static bool is_host(pl_str host)
{
    return is_address(host) || is_name(host);
}

/* "a:1,b" of one authority. All of them or none: half of it may be a password. */
static void add_hosts(struct finding *f, pl_str list)
{
    pl_str rest = list, item, host;
    int64_t port;

    while (pl_str_cut(&rest, ',', &item))
        if (!split_port(item, &host, &port) || !is_host(host)) {
            add_unread(f, "unreadable");
            return;
        }
    for (rest = list; pl_str_cut(&rest, ',', &item);)
        if (split_port(item, &host, &port))
            add(f, host, port);
}

/* ---- URLs ---- */

static bool ends_url(char c)
{
    return (unsigned char)c <= ' ' || c == '"' || c == '\'' || c == '`' || c == '<' || c == '>';
}

/* Up to the last "@" before the path stand name and password. An "@" behind the path's beginning
 * may be the end of a password with a slash in it: then nothing is certain. */
static void take_authority(struct finding *f, pl_str url)
{
    size_t end = 0, at = 0;
    bool has_at = false;

    while (end < url.n && !memchr("/?#;\\", url.p[end], 5)) {
        if (url.p[end] == '@') {
            has_at = true;
            at = end;
        }
        end++;
    }
    if (memchr(url.p + end, '@', url.n - end)) {
        add_unread(f, "unreadable");
        return;
    }
    size_t from = has_at ? at + 1 : 0;
    pl_str authority = pl_str_sub(url, from, end - from);
    if (authority.n)
        add_hosts(f, authority);
}

static bool is_file_scheme(pl_str before)
{
    static const char *const none[] = {"file", "unix", "npipe", "classpath", "sqlite", "vfs"};

    for (size_t i = 0; i < PL_COUNT(none); i++)
        if (pl_str_ends(before, pl_str_c(none[i])))
            return true;
    return false;
}

static bool take_urls(struct finding *f, pl_str value)
{
    bool found = false;

    for (size_t i = 0; i + 3 <= value.n; i++) {
        if (memcmp(value.p + i, "://", 3) != 0)
            continue;
        size_t from = i + 3, n = 0;
        while (from + n < value.n && !ends_url(value.p[from + n]))
            n++;
        found = true;
        if (!is_file_scheme(pl_str_sub(value, 0, i)))
            take_authority(f, pl_str_sub(value, from, n));
        i = from + n - 1;
    }
    return found;
}

/* ---- "host=a port=1", "Server=tcp:a,1433;..." ---- */

static bool is_host_key(pl_str key)
{
    static const char *const keys[] = {"host",   "hostname",    "hostaddr",
                                       "server", "data source", "address",
                                       "addr",   "endpoint",    "accountendpoint"};

    for (size_t i = 0; i < PL_COUNT(keys); i++)
        if (pl_str_eq_nocase(key, pl_str_c(keys[i])))
            return true;
    return false;
}

static void take_pair(struct finding *f, pl_str value)
{
    pl_str host = value, rest;
    int64_t port = 0;

    if (pl_str_starts(host, PL_S("tcp:")))
        host = pl_str_sub(host, 4, host.n);
    rest = host;
    if (pl_str_has(host, PL_S(",")))
        (void)pl_str_cut(&rest, ',', &host); /* SQL Server's way to name a port */
    if (split_port(host, &host, &port) && is_host(host))
        add(f, host, port);
    else if (host.n && host.p[0] != '/' && host.p[0] != '(' && host.p[0] != '.')
        add_unread(f, "unreadable");
}

static bool take_pairs(struct finding *f, pl_str value, char sep)
{
    pl_str rest = value, item, key;
    bool found = false;

    while (pl_str_cut(&rest, sep, &item)) {
        bool has_key = pl_str_has(item, PL_S("="));
        (void)pl_str_cut(&item, '=', &key);
        if (!has_key || !is_host_key(pl_str_trim(key)))
            continue;
        found = true;
        take_pair(f, pl_str_trim(item));
    }
    return found;
}

/* ---- variables that are a host ---- */

static bool announces_host(pl_str name)
{
    static const char *const ends[] = {"HOST",    "HOSTS",   "HOSTNAME", "ENDPOINT", "ENDPOINTS",
                                       "SERVER",  "SERVERS", "ADDR",     "ADDRESS",  "ADDRESSES",
                                       "BROKERS", "BROKER",  "URL",      "URI",      "DSN",
                                       "NODES",   "DOMAIN",  "UPSTREAM", "BACKEND",  "SEEDS"};
    static const char *const own[] = {"HOSTNAME", "DOCKER_HOST", "LISTEN_ADDR", "BIND_ADDRESS"};

    for (size_t i = 0; i < PL_COUNT(own); i++)
        if (pl_str_eq_nocase(name, pl_str_c(own[i])))
            return false; /* of the container itself */
    for (size_t i = 0; i < PL_COUNT(ends); i++) {
        size_t n = strlen(ends[i]);
        if (name.n >= n && pl_str_eq_nocase(pl_str_sub(name, name.n - n, n), pl_str_c(ends[i])) &&
            (name.n == n || name.p[name.n - n - 1] == '_'))
            return true;
    }
    return false;
}

/* Of a name that announces nothing: three lower-case labels, of which the last is no ending of
 * files, or two and a port. */
static bool looks_like_host(pl_str host, int64_t port)
{
    static const char *const files[] = {
        "json", "yaml", "yml", "xml", "conf", "cfg", "ini", "log", "txt",  "jar",        "war",
        "js",   "mjs",  "py",  "sh",  "so",   "pem", "crt", "key", "html", "properties", "toml"};
    pl_str label = last_label(host);

    if (!is_name(host) || !pl_destination_is_external(host))
        return false;
    for (size_t i = 0; i < host.n; i++)
        if (host.p[i] != pl_to_lower(host.p[i]) || host.p[i] == '_')
            return false;
    for (size_t i = 0; i < PL_COUNT(files); i++)
        if (pl_str_eq(label, pl_str_c(files[i])))
            return false;
    return labels_of(host) >= (port ? 2U : 3U) && label.n >= 2;
}

/* Of a name that announces one: what cannot be read has a dot in it and is no path;
 * "bücher.example", "a.example b.example". */
static bool could_be_host(pl_str item)
{
    return item.n > 1 && pl_str_has(item, PL_S(".")) && item.p[0] != '/' && item.p[0] != '.';
}

static void take_bare(struct finding *f, pl_str name, pl_str value)
{
    pl_str rest = value, item, host;
    int64_t port = 0;

    while (pl_str_cut(&rest, ',', &item)) {
        item = pl_str_trim(item);
        if (is_address(item)) { /* its colons are no port's */
            if (announces_host(name))
                add(f, item, 0);
            continue;
        }
        const char *slash = item.n ? memchr(item.p, '/', item.n) : NULL;
        if (slash && slash != item.p)
            item = pl_str_sub(item, 0, (size_t)(slash - item.p));
        if (!split_port(item, &host, &port) || !is_host(host)) {
            if (announces_host(name) && could_be_host(item))
                add_unread(f, "unreadable");
            continue;
        }
        if (looks_like_host(host, port) ||
            (announces_host(name) && (is_address(host) || labels_of(host) > 1)))
            add(f, host, port);
    }
}

static void take_value(struct finding *f, pl_str name, pl_str value)
{
    char source[PL_DESTINATION_SOURCE];

    (void)snprintf(source, sizeof(source), "env %.*s", PL_F(pl_str_sub(name, 0, 200)));
    f->source = pl_arena_str(f->a, pl_str_c(source));
    if (take_urls(f, value) || take_pairs(f, value, pl_str_has(value, PL_S(";")) ? ';' : ' '))
        return;
    take_bare(f, name, value);
}

/* ---- arguments ---- */

enum { OPTION = 100 }; /* bytes of an option's name */

/* "--db-host" as a variable is written: "db_host"; "-h" is a host with most clients. */
static pl_str option_name(pl_str word, char room[OPTION])
{
    size_t n = 0;

    if (pl_str_eq(word, PL_S("-h")) || pl_str_eq(word, PL_S("-H")))
        return PL_S("host");
    while (word.n && word.p[0] == '-')
        word = pl_str_sub(word, 1, word.n);
    for (; n < word.n && n < OPTION; n++)
        room[n] = word.p[n] == '-' || word.p[n] == '.' ? '_' : word.p[n];
    return (pl_str){room, n};
}

static bool may_be_secret(pl_str name)
{
    static const char *const parts[] = {"pass", "secret", "token", "key", "credential", "pwd"};

    for (size_t i = 0; i < PL_COUNT(parts); i++)
        for (size_t k = 0, n = strlen(parts[i]); k + n <= name.n; k++)
            if (pl_str_eq_nocase(pl_str_sub(name, k, n), pl_str_c(parts[i])))
                return true;
    return false;
}

/* Without an option that announces it, a.b.c is as well the name of a module or a class. */
static bool is_plain_host(pl_str word)
{
    static const char *const ends[] = {"com", "net", "org", "cloud", "cn"};
    pl_str host;
    int64_t port;

    if (!split_port(word, &host, &port) || !looks_like_host(host, port))
        return false;
    for (size_t i = 0; i < PL_COUNT(ends); i++)
        if (pl_str_eq(last_label(host), pl_str_c(ends[i])))
            return true;
    return false;
}

/* "-uadmin:word" and "-pword" have their value within them, which nobody may see: a name of more
 * than one letter is shown behind two dashes or none. */
static bool is_shown(pl_str option, pl_str name)
{
    bool has_one_dash = pl_str_starts(option, PL_S("-")) && !pl_str_starts(option, PL_S("--"));

    for (size_t i = 0; i < name.n; i++)
        if (!is_label_char(name.p[i]))
            return false;
    return name.n && (!has_one_dash || option.n == 2);
}

static void take_argument(struct finding *f, pl_str option, pl_str value)
{
    char room[OPTION], source[PL_DESTINATION_SOURCE];
    pl_str name = option_name(option, room);

    (void)snprintf(source, sizeof(source), "argument %.*s", PL_F(name));
    f->source = is_shown(option, name) ? pl_arena_str(f->a, pl_str_c(source)) : PL_S("arguments");
    if (take_urls(f, value) || may_be_secret(name))
        return;
    if (announces_host(name) || is_plain_host(value))
        take_bare(f, name, value);
    else
        (void)take_pairs(f, value, ' ');
}

/* Of "--db.host=X" and "DB_HOST=X" what stands before the sign; of a URL with one nothing. */
static bool has_name(pl_str word)
{
    size_t n = 0;

    while (n < word.n && (is_label_char(word.p[n]) || word.p[n] == '.'))
        n++;
    return n > 0 && n < word.n && word.p[n] == '=';
}

/* "--url=X", "--url X", "X"; a word that begins with a dash and has no value waits for the next. */
static void take_word(struct finding *f, pl_str word, pl_str *waiting)
{
    pl_str rest = word, name = *waiting;

    *waiting = (pl_str){"", 0};
    if (has_name(word)) {
        (void)pl_str_cut(&rest, '=', &name);
    } else if (word.p[0] == '-' && !pl_str_has(word, PL_S("://"))) {
        *waiting = word;
        return;
    }
    /* The words before the first option are a program and its verbs. */
    take_argument(f, name, rest);
}

/* A word that is a script holds words. */
static void take_arguments(struct finding *f, const pl_value *args)
{
    pl_str waiting = {"", 0};

    for (size_t i = 0; i < args->n; i++) {
        pl_str arg = args->u.strs[i];
        for (size_t from = 0, to = 0; from < arg.n; from = to + 1) {
            for (to = from; to < arg.n && !ends_url(arg.p[to]);)
                to++;
            if (to > from)
                take_word(f, pl_str_sub(arg, from, to - from), &waiting);
        }
    }
}

/* What it was started with is read here and nowhere else: it may hold what no pattern knows. */
static void take_command_line(struct finding *f, pl_record *container)
{
    const pl_value *args = pl_get(container, PL_F_CONTAINER_ARGS);

    f->source = PL_S("arguments");
    if (args->state == PL_UNREADABLE)
        add_unread(f, args->reason);
    else if (args->state == PL_PRESENT)
        take_arguments(f, args);
    pl_set_unreadable(container, PL_F_CONTAINER_ARGS, "denied");
}

/* ---- the container ---- */

static void take_list(struct finding *f, const pl_value *env)
{
    for (size_t i = 0; i < env->n; i++) {
        const pl_value *name = pl_get(env->u.recs[i], PL_F_ENV_NAME);
        const pl_value *value = pl_get(env->u.recs[i], PL_F_ENV_VALUE);
        if (name->state == PL_PRESENT && value->state == PL_PRESENT)
            take_value(f, name->u.s, value->u.s);
    }
}

/* What a secret holds is not read: only a name says that it may be a host. */
static void take_secrets(struct finding *f, const pl_value *names)
{
    char source[PL_DESTINATION_SOURCE];

    for (size_t i = 0; names->state == PL_PRESENT && i < names->n; i++) {
        if (!announces_host(names->u.strs[i]))
            continue;
        (void)snprintf(source, sizeof(source), "secret env %.*s",
                       PL_F(pl_str_sub(names->u.strs[i], 0, 200)));
        f->source = pl_arena_str(f->a, pl_str_c(source));
        add_unread(f, "denied");
    }
}

pl_rc pl_destinations_fill(pl_record *container, pl_arena *a, pl_err *err)
{
    const pl_value *env = pl_get(container, PL_F_CONTAINER_ENV);
    struct finding f = {.a = a};

    if (env->state == PL_UNREADABLE) {
        pl_set_unreadable(container, PL_F_CONTAINER_DESTINATIONS, env->reason);
        pl_set_unreadable(container, PL_F_CONTAINER_ARGS, "denied");
        return PL_OK;
    }
    if (env->state == PL_PRESENT)
        take_list(&f, env);
    take_secrets(&f, pl_get(container, PL_F_CONTAINER_SECRET_ENV));
    take_command_line(&f, container);
    if (f.is_full) {
        pl_set_unreadable(container, PL_F_CONTAINER_DESTINATIONS, "limit:destinations");
        return PL_OK;
    }
    pl_record **list = pl_arena_calloc(a, f.n + 1, sizeof(pl_record *));
    if (!list)
        return pl_fail(err, PL_LIMIT, "services that a container points to");
    memcpy(list, f.v, f.n * sizeof(pl_record *));
    pl_set_recs(container, PL_F_CONTAINER_DESTINATIONS, list, f.n);
    return PL_OK;
}
