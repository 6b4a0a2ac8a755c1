/* SPDX-License-Identifier: Apache-2.0 */
#include "host/sshd_config.h"

#include "host/glob.h"
#include "host/limits.h"

enum { BLOCKS = 64 };

static const struct {
    const char *word;
    pl_ssh_key key;
} keywords[] = {
    {"PermitRootLogin", PL_SSH_PERMIT_ROOT_LOGIN},
    {"PermitEmptyPasswords", PL_SSH_PERMIT_EMPTY_PASSWORDS},
    {"PasswordAuthentication", PL_SSH_PASSWORD_AUTHENTICATION},
    {"KbdInteractiveAuthentication", PL_SSH_KBDINTERACTIVE_AUTHENTICATION},
    {"ChallengeResponseAuthentication", PL_SSH_KBDINTERACTIVE_AUTHENTICATION},
    {"SkeyAuthentication", PL_SSH_KBDINTERACTIVE_AUTHENTICATION},
    {"PubkeyAuthentication", PL_SSH_PUBKEY_AUTHENTICATION},
    {"AuthenticationMethods", PL_SSH_AUTHENTICATION_METHODS},
    {"PubkeyAuthOptions", PL_SSH_PUBKEY_AUTH_OPTIONS},
    {"PubkeyAcceptedAlgorithms", PL_SSH_PUBKEY_ACCEPTED},
    {"PubkeyAcceptedKeyTypes", PL_SSH_PUBKEY_ACCEPTED},
    {"HostKeyAlgorithms", PL_SSH_HOST_KEY_ALGORITHMS},
    {"Ciphers", PL_SSH_CIPHERS},
    {"MACs", PL_SSH_MACS},
    {"KexAlgorithms", PL_SSH_KEX},
    {"Banner", PL_SSH_BANNER},
    {"ChannelTimeout", PL_SSH_CHANNEL_TIMEOUT},
    {"LogLevel", PL_SSH_LOG_LEVEL},
};

struct parser {
    pl_host_reading *f;
    pl_ssh_config *c;
    size_t block; /* that lines go to */
    bool is_waiting;
    size_t n_files;
};

static void take_file(struct parser *p, pl_str path, int depth);

static void take_include(struct parser *p, pl_str places, int depth)
{
    pl_str place;

    while (pl_host_word(&places, &place)) {
        pl_host_strs paths = {.arena = p->f->a};
        place = pl_host_unquote(place);
        if (place.n && place.p[0] != '/')
            place = pl_host_fmt(p->f->a, "/etc/ssh/%.*s", PL_F(place));
        if (!pl_host_glob(p->f, place, &paths, &p->c->reason) && !p->c->reason)
            p->is_waiting = true;
        for (size_t i = 0; i < paths.n; i++)
            take_file(p, paths.v[i], depth + 1);
    }
}

static void take_match(struct parser *p, pl_str condition)
{
    if (p->c->n == BLOCKS) {
        p->c->reason = "limit:match-blocks";
        return;
    }
    p->block = p->c->n++;
    p->c->blocks[p->block].condition = condition;
}

static void take_value(struct parser *p, pl_str word, pl_str value)
{
    pl_ssh_block *b = &p->c->blocks[p->block];

    if (pl_str_eq_nocase(word, PL_S("HostKey")))
        pl_host_strs_add(&p->c->host_keys, pl_host_unquote(value));
    for (size_t i = 0; i < PL_COUNT(keywords); i++)
        if (pl_str_eq_nocase(word, pl_str_c(keywords[i].word)) && !b->value[keywords[i].key].p)
            b->value[keywords[i].key] = pl_host_unquote(value);
}

/* "Keyword value", "Keyword=value" */
static void take_line(struct parser *p, pl_str line, int depth)
{
    size_t n = 0;

    while (n < line.n && line.p[n] != ' ' && line.p[n] != '\t' && line.p[n] != '=')
        n++;
    pl_str word = pl_str_sub(line, 0, n);
    pl_str value = pl_str_trim(pl_str_sub(line, n, line.n));
    if (pl_str_starts(value, PL_S("=")))
        value = pl_str_trim(pl_str_sub(value, 1, value.n));

    if (pl_str_eq_nocase(word, PL_S("Include")))
        take_include(p, value, depth);
    else if (pl_str_eq_nocase(word, PL_S("Match")))
        take_match(p, value);
    else
        take_value(p, word, value);
}

static void take_file(struct parser *p, pl_str path, int depth)
{
    const pl_snap_entry *e = pl_snap_read(p->f->snap, path);
    size_t outer = p->block;
    pl_str text, line;

    p->is_waiting |= !e;
    if (!e)
        return;
    if (depth > 8 || ++p->n_files > PL_HOST_INCLUDES)
        p->c->reason = "limit:includes";
    else if (pl_host_state(e) == PL_SEEN_FAILED)
        p->c->reason = pl_host_reason(e);
    else if (depth == 0 && pl_host_state(e) == PL_SEEN_NONE)
        p->c->state = PL_SEEN_NONE;
    if (p->c->reason || pl_host_state(e) != PL_SEEN_OK)
        return;
    for (text = e->bytes; !p->c->reason && pl_host_setting_line(&text, "#", &line);)
        take_line(p, line, depth);
    p->block = outer;
}

pl_ssh_config pl_ssh_config_read(pl_host_reading *f)
{
    pl_ssh_config c = {.state = PL_SEEN_OK, .n = 1, .host_keys = {.arena = f->a}};
    struct parser p = {.f = f, .c = &c};

    c.blocks = pl_arena_calloc(f->a, BLOCKS, sizeof(*c.blocks));
    if (!c.blocks)
        return (pl_ssh_config){.state = PL_SEEN_FAILED, .reason = "limit:memory"};
    take_file(&p, PL_S("/etc/ssh/sshd_config"), 0);
    if (p.is_waiting)
        c.state = PL_SEEN_WAIT;
    else if (c.reason)
        c.state = PL_SEEN_FAILED;
    return c;
}

pl_str pl_ssh_value(const pl_ssh_config *c, const pl_ssh_block *b, pl_ssh_key key)
{
    return b->value[key].p ? b->value[key] : c->blocks[0].value[key];
}
