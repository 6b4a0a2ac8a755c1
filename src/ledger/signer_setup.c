/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/io.h"
#include "ledger/signer_priv.h"
#include "ledger/state.h"

#include "core/json_write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/crypto.h>

typedef struct setup {
    pl_str origin, recovery, role, prog;
    uint32_t wait_ms;
    bool must_create, must_exist;
} setup;

static pl_rc receive_setup(pl_signer *s, setup *ret, pl_err *err)
{
    pl_message m = {.buf = s->buf};
    bool more = false;

    pl_rc rc = pl_message_receive(PL_SIGNER_SOCKET, true, &m, &more, err);
    if (rc)
        return rc;
    pl_message_close_fds(&m);
    ret->origin = pl_rd_lstr(&m.rd);
    ret->recovery = pl_rd_lstr(&m.rd);
    ret->role = pl_rd_lstr(&m.rd);
    ret->prog = pl_rd_lstr(&m.rd);
    ret->wait_ms = pl_rd_u32le(&m.rd);
    ret->must_create = pl_rd_u8(&m.rd) != 0;
    ret->must_exist = pl_rd_u8(&m.rd) != 0;
    if (!more || m.kind != PL_MSG_SETUP || !pl_rd_done(&m.rd))
        return pl_fail(err, PL_FORMAT, "signer: no set-up message");
    return PL_OK;
}

static pl_rc add_producer(pl_signer *s, const setup *u, pl_err *err)
{
    pl_producer *p = &s->producers[s->n_producers];
    struct ucred peer;
    socklen_t n = sizeof(peer);

    p->fd = PL_SIGNER_SOCKET;
    p->role = pl_role_find(u->role);
    if (!p->role)
        return pl_fail(err, PL_USAGE, "no role \"%.*s\"", PL_F(u->role));
    if (!pl_str_to_c(u->prog, p->prog, sizeof(p->prog)))
        return pl_fail(err, PL_USAGE, "program name \"%.*s\" is too long", PL_F(u->prog));
    if (getsockopt(p->fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) < 0)
        return pl_fail_sys(err, errno, "who is the producer");
    /* A producer that does not read its answers must not hold up the others. */
    if (fcntl(p->fd, F_SETFL, O_NONBLOCK) < 0)
        return pl_fail_sys(err, errno, "socket of the producer");
    p->uid = peer.uid;
    s->n_producers++;
    (void)snprintf(s->scribe.self.prog, sizeof(s->scribe.self.prog), "%s", p->prog);
    s->scribe.self.uid = geteuid();
    s->scribe.self.fd = -1;
    pl_rc rc = pl_producer_start(&s->scribe.self, err);
    return rc ? rc : pl_producer_start(p, err);
}

/* ---- keys ---- */

static bool log_exists(pl_signer *s)
{
    return faccessat(s->log_dir, ".state/head", F_OK, 0) == 0 ||
           faccessat(s->log_dir, "checkpoint", F_OK, 0) == 0;
}

static pl_rc load_key(pl_signer *s, pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {0};

    pl_rc rc = pl_state_get(PL_SIGNER_STATE, "log.key", &text, err);
    if (!rc)
        rc = pl_skey_parse(pl_str_trim(pl_buf_view(&text)), &s->key, err);
    if (text.p)
        OPENSSL_cleanse(text.p, text.room);
    return rc;
}

static pl_rc make_key(pl_str origin, pl_err *err)
{
    PL_AUTO_SKEY pl_skey *key = NULL;
    PL_AUTO_BUF pl_buf text = {0};

    pl_rc rc = pl_skey_generate(origin, &key, err);
    if (rc)
        return rc;
    pl_skey_print(key, &text);
    pl_buf_ch(&text, '\n');
    rc = pl_state_put(PL_SIGNER_STATE, "log.key", pl_buf_view(&text), err);
    OPENSSL_cleanse(text.p, text.room);
    return rc;
}

/* Beside the private key, for readers that must not see that one. */
static pl_rc put_vkey(const pl_skey *key, pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {0};

    pl_rc rc = pl_io_remove(PL_SIGNER_STATE, "keys/log.vkey", err);
    if (rc)
        return rc;
    pl_vkey_print(pl_skey_public(key), &text);
    pl_buf_ch(&text, '\n');
    return pl_state_put(PL_SIGNER_STATE, "log.vkey", pl_buf_view(&text), err);
}

/* A key without a log is left of a first start that did not end: it goes when the name differs. */
static pl_rc key_of_new_log(pl_signer *s, const setup *u, pl_err *err)
{
    pl_rc rc = load_key(s, err);

    if (!rc && !pl_str_eq(pl_str_c(pl_skey_public(s->key)->name), u->origin)) {
        pl_skey_free(PL_TAKE(s->key, NULL));
        rc = pl_io_remove(PL_SIGNER_STATE, "keys/log.key", err);
        if (!rc)
            rc = PL_NOTFOUND;
    }
    if (rc == PL_NOTFOUND) {
        rc = make_key(u->origin, err);
        if (!rc)
            rc = load_key(s, err);
    }
    return rc ? rc : put_vkey(s->key, err);
}

static pl_rc recovery_of(pl_signer *s, const setup *u, bool is_new, pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {0};
    pl_rc rc = PL_OK;

    if (is_new) {
        rc = pl_io_remove(PL_SIGNER_STATE, "keys/recovery", err);
        pl_buf_str(&text, u->recovery.n ? u->recovery : PL_S("none"));
        pl_buf_ch(&text, '\n');
        if (!rc)
            rc = pl_state_put(PL_SIGNER_STATE, "recovery", pl_buf_view(&text), err);
    } else {
        rc = pl_state_get(PL_SIGNER_STATE, "recovery", &text, err);
    }
    if (!rc && !pl_str_to_c(pl_str_trim(pl_buf_view(&text)), s->recovery, sizeof(s->recovery)))
        rc = pl_fail(err, PL_FORMAT, "keys/recovery is damaged");
    return rc;
}

static pl_rc open_signed(pl_signer *s, pl_err *err)
{
    s->signed_fd =
        openat(PL_SIGNER_STATE, "keys/signed", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    return s->signed_fd >= 0 ? PL_OK : pl_fail_sys(err, errno, "open keys/signed");
}

static pl_rc check_exists(pl_signer *s, const setup *u, bool *ret, pl_err *err)
{
    *ret = log_exists(s);
    if (*ret && u->must_create)
        return pl_fail(err, PL_USAGE, "there is a log already");
    if (!*ret && u->must_exist)
        return pl_fail(err, PL_NOTFOUND, "there is no log yet");
    return PL_OK;
}

/*
 * Whether there is a log decides what becomes of the keys, so it is asked under the lock: of two
 * first starts one makes log and keys, and the other finds them.
 */
static pl_rc lock_log(pl_signer *s, const setup *u, bool *ret_exists, pl_err *err)
{
    /* What is clear already need not wait for another writer. */
    pl_rc rc = check_exists(s, u, ret_exists, err);
    if (!rc)
        rc = pl_writer_lock(s->log_dir, u->wait_ms, &s->lock_fd, err);
    s->options.has_lock = true;
    return rc ? pl_wrap(err, rc, "ledger") : check_exists(s, u, ret_exists, err);
}

static pl_rc open_keys(pl_signer *s, const setup *u, pl_err *err)
{
    bool exists = false;

    pl_rc rc = lock_log(s, u, &exists, err);
    if (rc)
        return rc;
    rc = exists ? load_key(s, err) : key_of_new_log(s, u, err);
    if (!rc)
        rc = recovery_of(s, u, !exists, err);
    if (!rc)
        rc = pl_state_secret(PL_SIGNER_STATE, "journal", s->options.journal_secret, err);
    if (!rc)
        rc = pl_state_secret(PL_SIGNER_STATE, "class-default", s->scribe.blobs.class_key, err);
    return rc ? rc : open_signed(s, err);
}

/* ---- opening ---- */

static pl_rc read_boot_id(pl_scribe *s, pl_err *err)
{
    PL_AUTO_FILE FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");
    char line[sizeof(s->boot)] = "";

    if (!f || !fgets(line, sizeof(line), f))
        return pl_fail(err, PL_SYS, "/proc/sys/kernel/random/boot_id cannot be read");
    pl_str id = pl_str_trim(pl_str_c(line));
    return pl_str_to_c(id, s->boot, sizeof(s->boot)) ? PL_OK : PL_SYS;
}

/* What OpenSSL loads at first use, it loads now, while it can still read its files. */
static pl_rc warm_up(pl_signer *s, pl_err *err)
{
    unsigned char key[PL_SHA256] = {0};
    unsigned char wrapped[PL_WRAPPED_KEY];
    PL_AUTO_BUF pl_buf note = {0};
    char t[PL_TIME_TEXT];

    pl_time_print(0, t);
    pl_rc rc = pl_key_wrap(key, key, wrapped, err);
    if (!rc)
        rc = pl_note_sign(PL_S("warm-up\n"), s->key, &note, err);
    return rc;
}

static pl_rc open_writer(pl_signer *s, pl_err *err)
{
    pl_scribe *c = &s->scribe;

    s->options.log_dir = s->log_dir;
    s->options.signed_fd = s->signed_fd;
    s->options.key = s->key;
    s->options.reserve = PL_RESERVE_BYTES;
    pl_rc rc = pl_writer_open(&s->options, &c->w, &s->found, err);
    if (rc)
        return pl_wrap(err, rc, "ledger");
    c->blobs.log_dir = s->log_dir;
    c->blobs.keys_fd = openat(s->log_dir, PL_BLOB_KEYS,
                              O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (c->blobs.keys_fd < 0)
        return pl_fail_sys(err, errno, "open %s", PL_BLOB_KEYS);
    return pl_blob_keys_repair(c->blobs.keys_fd, err);
}

static pl_rc record_recovery(pl_signer *s, pl_err *err)
{
    PL_AUTO_BUF pl_buf body = {0};
    uint64_t size = pl_writer_size(s->scribe.w);

    if (!s->found.crashed)
        return PL_OK;
    pl_buf_fmt(&body, "{\"cut\":%llu,\"last_good\":%lld,\"orphans\":%llu,\"replayed\":%llu}",
               (unsigned long long)s->found.cut, (long long)size - 1,
               (unsigned long long)s->found.orphans, (unsigned long long)s->found.replayed);
    return pl_scribe_own(&s->scribe, "ledger.recover", pl_buf_view(&body), NULL, err);
}

static pl_rc record_opening(pl_signer *s, pl_err *err)
{
    PL_AUTO_BUF pl_buf body = {0};
    PL_AUTO_BUF pl_buf vkey = {0};
    PL_AUTO_BUF pl_buf sandbox = {0};
    pl_jw w = {.out = &body};

    pl_vkey_print(pl_skey_public(s->key), &vkey);
    pl_confine_text(&s->confine, &sandbox);
    pl_jw_object(&w);
    pl_jw_key(&w, "created"), pl_jw_bool(&w, s->found.created);
    pl_jw_key(&w, "epochs"), pl_jw_c(&w, "off");
    pl_jw_key(&w, "fence"), pl_jw_int(&w, (int64_t)s->found.fence);
    pl_jw_key(&w, "origin"), pl_jw_c(&w, pl_skey_public(s->key)->name);
    pl_jw_key(&w, "recovery"), pl_jw_c(&w, s->recovery);
    pl_jw_key(&w, "sandbox"), pl_jw_str(&w, pl_buf_view(&sandbox));
    pl_jw_key(&w, "vkey"), pl_jw_str(&w, pl_buf_view(&vkey));
    pl_jw_end(&w);
    return pl_scribe_own(&s->scribe, "ledger.open", pl_buf_view(&body), NULL, err);
}

static pl_rc send_ready(pl_signer *s, uint64_t size, pl_err *err)
{
    PL_AUTO_BUF pl_buf m = {0};
    PL_AUTO_BUF pl_buf text = {0};

    pl_message_start(&m, PL_MSG_READY, 0);
    pl_buf_ch(&m, (char)s->found.created);
    pl_buf_u64le(&m, size);
    pl_buf_lstr(&m, pl_str_c(pl_skey_public(s->key)->name));
    pl_vkey_print(pl_skey_public(s->key), &text);
    pl_buf_lstr(&m, pl_buf_view(&text));
    pl_buf_reset(&text);
    pl_confine_text(&s->confine, &text);
    pl_buf_lstr(&m, pl_buf_view(&text));
    pl_buf_reset(&text);
    if (s->found.crashed)
        pl_buf_fmt(
            &text,
            "the last writer did not stop cleanly: %llu entries taken from the journal, %llu "
            "bytes of a torn tail cut, %llu files of unfinished records removed",
            (unsigned long long)s->found.replayed, (unsigned long long)s->found.cut,
            (unsigned long long)s->found.orphans);
    pl_buf_lstr(&m, pl_buf_view(&text));
    pl_buf_lstr(&m, pl_str_c(s->recovery));
    return pl_message_send(PL_SIGNER_SOCKET, &m, NULL, 0, err);
}

static pl_rc confine_all(pl_signer *s, pl_err *err)
{
    pl_rc rc = pl_confine_files(s->log_dir, true, &s->confine, err);

    return rc ? rc : pl_confine_calls(true, &s->confine, err);
}

static pl_rc become_owner(pl_signer *s, pl_err *err)
{
    uid_t uid = 0;
    gid_t gid = 0;
    pl_rc rc = pl_state_owner(PL_SIGNER_STATE, &uid, &gid, err);

    return rc ? rc : pl_confine_identity(uid, gid, &s->confine, err);
}

static pl_rc start_log(pl_signer *s, pl_err *err)
{
    const char *origin = pl_skey_public(s->key)->name;
    const char *slash = strrchr(origin, '/');

    s->scribe.agent = pl_str_c(slash ? slash + 1 : origin);
    pl_rc rc = open_writer(s, err);
    if (rc)
        return rc;
    uint64_t size = pl_writer_size(s->scribe.w);
    bool is_clean = !s->found.created && !s->found.crashed;
    rc = record_recovery(s, err);
    if (!rc)
        rc = record_opening(s, err);
    /* The files of a log that was closed show its last checkpoint: it will do for a second. */
    if (!rc)
        rc = pl_scribe_commit(&s->scribe, is_clean ? PL_COMMIT_STORE : PL_COMMIT_PUBLISH, err);
    if (!rc && !is_clean)
        rc = pl_writer_sync(s->scribe.w, err);
    s->synced_ns = s->published_ns = pl_mono_ns(s->scribe.clock);
    return rc ? rc : send_ready(s, size, err);
}

pl_rc pl_signer_setup(pl_signer *s, pl_err *err)
{
    setup u = {0};

    s->scribe.clock = &pl_clock_system;
    /* Without its tables of the names of all algorithms, half of what OpenSSL's start costs:
     * nothing here is asked for by a name out of them. */
    (void)OPENSSL_init_crypto(OPENSSL_INIT_NO_ADD_ALL_CIPHERS | OPENSSL_INIT_NO_ADD_ALL_DIGESTS,
                              NULL);
    pl_rc rc = become_owner(s, err);
    if (!rc)
        rc = receive_setup(s, &u, err);
    if (!rc)
        rc = add_producer(s, &u, err);
    if (!rc)
        rc = pl_io_open_dir(PL_SIGNER_STATE, "ledger", true, &s->log_dir, err);
    if (!rc)
        rc = open_keys(s, &u, err);
    if (!rc)
        rc = read_boot_id(&s->scribe, err);
    if (!rc)
        rc = warm_up(s, err);
    if (!rc)
        rc = confine_all(s, err);
    return rc ? rc : start_log(s, err);
}
