/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel answers over netlink: audit rules and the packet filter, both for real. */
#include "test.h"

#include "core/arena.h"
#include "host/audit_rules.h"
#include "host/live.h"
#include "host/netlink.h"
#include "host/nft.h"
#include "host/xtables.h"

#include <linux/audit.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* ---- audit rules ---- */

static void add_field(struct audit_rule_data *r, uint32_t field, uint32_t value)
{
    r->fields[r->field_count] = field;
    r->values[r->field_count] = value;
    r->fieldflags[r->field_count++] = AUDIT_EQUAL;
}

static pl_rc ignore(uint16_t type, pl_str body, void *arg, pl_err *err)
{
    (void)type;
    (void)body;
    (void)arg;
    (void)err;
    return PL_OK;
}

/* The kernel acknowledges with an error message of code 0, which ends nothing: wait for the list.
 */
static pl_rc send_rule(uint16_t what, const char *dir, pl_err *err)
{
    PL_AUTO_BUF pl_buf body = {0};
    size_t n = strlen(dir);
    struct audit_rule_data r = {
        .flags = AUDIT_FILTER_EXIT, .action = AUDIT_ALWAYS, .buflen = (uint32_t)n};

    memset(r.mask, 0xff, sizeof(r.mask));
    add_field(&r, AUDIT_DIR, (uint32_t)n);
    add_field(&r, AUDIT_PERM, AUDIT_PERM_WRITE | AUDIT_PERM_ATTR);
    pl_buf_add(&body, &r, sizeof(r));
    pl_buf_add(&body, dir, n);
    const pl_netlink_question q = {
        .what = "audit rule",
        .protocol = NETLINK_AUDIT,
        .type = what,
        .flags = NLM_F_ACK,
        .body = pl_buf_view(&body),
        .is_single = true,
    };
    return pl_netlink_ask(&q, ignore, NULL, err);
}

static bool is_listed(const char *dir, pl_kaudit_rule *ret)
{
    PL_AUTO_BUF pl_buf text = {0};
    pl_err err = {0};
    pl_str rest, line;

    assert_ok(pl_live_audit_rules(&text, &err), err);
    for (rest = pl_buf_view(&text); pl_host_line(&rest, &line);)
        if (pl_kaudit_rule_parse(line, ret) && pl_str_eq(ret->dir, pl_str_c(dir)))
            return true;
    return false;
}

static void a_loaded_rule_is_listed_with_what_it_watches(void **state)
{
    char dir[] = "/tmp/plimsoll-audit-XXXXXX";
    pl_kaudit_rule rule;
    pl_err err = {0};

    (void)state;
    assert_non_null(mkdtemp(dir));
    pl_rc rc = send_rule(AUDIT_ADD_RULE, dir, &err);
    if (rc == PL_DENIED || rc == PL_UNSUPPORTED) {
        (void)rmdir(dir);
        print_message("# no audit for us here: %s\n", err.text);
        skip();
    }
    bool listed = rc == PL_OK && is_listed(dir, &rule);
    pl_rc gone = rc ? rc : send_rule(AUDIT_DEL_RULE, dir, &err);
    (void)rmdir(dir);
    assert_ok(rc, err);
    assert_ok(gone, err);
    assert_true(listed);
    assert_true(rule.all_syscalls);
    assert_false(rule.is_narrowed);
    assert_int_equal(rule.perm, PL_KAUDIT_W | PL_KAUDIT_A);
    assert_false(is_listed(dir, &rule));
}

static const struct {
    const char *rules, *path;
    unsigned covered;
} watches[] = {
    {"-w /etc/docker -p wa -k x", "/etc/docker/daemon.json", PL_KAUDIT_W | PL_KAUDIT_A},
    {"-w /etc/docker/ -p wa", "/etc/docker", PL_KAUDIT_W | PL_KAUDIT_A},
    {"-w /etc/dock -p wa", "/etc/docker", 0},
    {"-w /etc/docker -p w", "/etc/docker", PL_KAUDIT_W},
    {"-a always,exit -F path=/etc/docker -F perm=wa", "/etc/docker/daemon.json", 0},
    {"-a always,exit -F path=/x", "/x", 15},
    {"-a exit,always -F dir=/ -F perm=x", "/x", PL_KAUDIT_X},
    {"-a always,exit -S open,openat -F path=/x -F perm=wa", "/x", 0},
    {"-a always,exit -F path=/x -F perm=wa -F auid>=1000", "/x", 0},
    {"-a always,exit -F path=/x -F perm=wa -C auid!=uid", "/x", 0},
    {"-a always,exit -F arch=b64 -F path=/x -F perm=wa", "/x", 0},
    {"-a always,exit -F arch=b64 -F path=/x -F perm=wa\n"
     "-a always,exit -F arch=b32 -F path=/x -F perm=w",
     "/x", PL_KAUDIT_W},
    {"-a never,task\n-w /x -p wa", "/x", 0},
    {"-w /x -p wa\n-a never,task -F auid=7", "/x", 0},
    {"-a never,exit -F dir=/x\n-w /x/y -p wa", "/x/y", 0},
    {"-a never,exit -F auid=1000\n-w /x -p wa", "/x", 0},
    {"-a never,exit -S all -F uid=7\n-w /x -p wa", "/x", 0},
    {"-a never,exit -S adjtimex -F uid=7\n-w /x -p wa", "/x", PL_KAUDIT_W | PL_KAUDIT_A},
    {"-a never,exit -F dir=/x/y\n-w /x -p wa", "/x", 0},
    {"-a never,exit -F path=/x/y -F perm=w\n-w /x -p wa", "/x", PL_KAUDIT_A},
    {"-a never,exit -F dir=/xy\n-w /x -p wa", "/x", PL_KAUDIT_W | PL_KAUDIT_A},
    {"-w /x -p wa\n-a never,exit -F auid=1000", "/x", PL_KAUDIT_W | PL_KAUDIT_A},
    {"-w /x/y -p wa\n-a never,exit -F dir=/x", "/x/y", PL_KAUDIT_W | PL_KAUDIT_A},
    {"-a always,exclude -F msgtype=CWD\n-D\n-b 8192\n-w /x -p a", "/x", PL_KAUDIT_A},
};

static void a_watch_counts_only_for_everybody_on_every_interface(void **state)
{
    (void)state;
    for (size_t i = 0; i < PL_COUNT(watches); i++) {
        pl_kaudit_rule v[8];
        pl_kaudit_rules rules = {.v = v};
        pl_str text = pl_str_c(watches[i].rules), line;
        while (pl_host_line(&text, &line))
            rules.n += pl_kaudit_rule_parse(line, &v[rules.n]);
        unsigned got = pl_kaudit_covers(&rules, pl_str_c(watches[i].path));
        if (got != watches[i].covered)
            fail_msg("%s: %s: got %u, want %u", watches[i].rules, watches[i].path, got,
                     watches[i].covered);
    }
}

/* ---- packet filter ---- */

/* In a network namespace of the child's own, filled by nft. Exit status 0: as expected; 77: nft or
 * the namespace cannot be had. */
static int child_with_rules(void)
{
    static const char rules[] =
        "table inet t { set s { type inet_service; flags interval; elements = { 80, 443-445 } }\n"
        "chain c { type filter hook input priority 0; policy drop; tcp dport @s accept; }; }\n";
    PL_AUTO_BUF pl_buf dump = {0};
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(8 << 20);
    pl_err err = {0};
    pl_fw fw;

    if (unshare(CLONE_NEWNET) != 0)
        return 77;
    FILE *nft = popen("nft -f - 2>/dev/null", "w");
    if (!nft || fwrite(rules, 1, strlen(rules), nft) != strlen(rules) || pclose(nft) != 0)
        return 77;
    if (pl_live_nft(&dump, &err) || !pl_fw_parse(a, pl_buf_view(&dump), &fw))
        return 1;
    if (fw.n_chains != 1 || fw.n_rules != 1 || !fw.chains[0].drops || !fw.chains[0].is_base)
        return 2;
    const pl_fw_rule *r = &fw.rules[0];
    if (r->verdict != PL_FW_ACCEPT || !r->asks_port || r->protocol != 6 || r->ports.n != 2)
        return 3;
    return pl_host_strs_has(r->ports.v, 2, PL_S("80")) &&
                   pl_host_strs_has(r->ports.v, 2, PL_S("443-445"))
               ? 0
               : 4;
}

static void rules_of_the_packet_filter_are_read_from_the_kernel(void **state)
{
    int status = 0;
    pid_t pid = fork();

    (void)state;
    if (pid == 0)
        _exit(child_with_rules());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(WEXITSTATUS(status), 0);
}

static const char legacy_rules[] =
    "*filter\n"
    ":INPUT DROP [0:0]\n"
    ":FORWARD ACCEPT [0:0]\n"
    ":OUTPUT ACCEPT [0:0]\n"
    ":DOCKER - [0:0]\n"
    ":DOCKER-USER - [0:0]\n"
    "-A INPUT -s 10.1.0.0/16 -i eth0 -p tcp -m tcp --dport 22 -j ACCEPT\n"
    "-A INPUT ! -i eth+ -p udp -m udp --dport 5000:5009 -j ACCEPT\n"
    "-A INPUT -d 10.1.2.3 -p icmp -j REJECT\n"
    "-A INPUT -p tcp\n"
    "-A FORWARD -j DOCKER-USER\n"
    "-A DOCKER-USER ! -i docker0 -j DROP\n"
    "-A DOCKER-USER -j RETURN\n"
    "COMMIT\n";

static const pl_fw_chain *chain_named(const pl_fw *fw, const char *name)
{
    for (size_t i = 0; i < fw->n_chains; i++)
        if (fw->chains[i].family == NFPROTO_IPV4 && pl_str_eq(fw->chains[i].name, pl_str_c(name)))
            return &fw->chains[i];
    return NULL;
}

static bool is_rule(const pl_fw_rule *r, const char *chain, pl_fw_verdict verdict)
{
    return pl_str_eq(r->chain, pl_str_c(chain)) && r->verdict == verdict;
}

/* Which of the claims about these rules does not hold; 0: all do. */
static int check_legacy(const pl_fw *fw)
{
    const pl_fw_chain *input = chain_named(fw, "INPUT"), *forward = chain_named(fw, "FORWARD"),
                      *user = chain_named(fw, "DOCKER-USER");
    const pl_fw_rule *r = fw->rules;

    if (!input || !forward || !user || !chain_named(fw, "DOCKER") || fw->n_chains != 5)
        return 2;
    if (!input->is_base || !input->drops || forward->drops || user->is_base)
        return 3;
    if (fw->n_rules != 9 || !is_rule(&r[0], "INPUT", PL_FW_ACCEPT) || r[0].protocol != 6 ||
        !pl_str_eq(r[0].source, PL_S("10.1.0.0/16")) || !pl_str_eq(r[0].iif, PL_S("eth0")) ||
        r[0].ports.n != 1 || !pl_str_eq(r[0].ports.v[0], PL_S("22")) || r[0].asks_other)
        return 4;
    if (!is_rule(&r[1], "INPUT", PL_FW_ACCEPT) || !r[1].iif_is_not || !r[1].asks_iif ||
        r[1].iif.n || !pl_str_eq(r[1].ports.v[0], PL_S("5000-5009")))
        return 5;
    if (!is_rule(&r[2], "INPUT", PL_FW_DROP) || !r[2].asks_destination || r[2].asks_oif)
        return 6;
    if (!is_rule(&r[3], "INPUT", PL_FW_CONTINUE) || !is_rule(&r[4], "FORWARD", PL_FW_JUMP) ||
        !pl_str_eq(r[4].target, PL_S("DOCKER-USER")))
        return 7;
    if (!is_rule(&r[5], "DOCKER", PL_FW_RETURN) || !is_rule(&r[6], "DOCKER-USER", PL_FW_DROP) ||
        !r[6].iif_is_not || !pl_str_eq(r[6].iif, PL_S("docker0")) ||
        !is_rule(&r[7], "DOCKER-USER", PL_FW_RETURN))
        return 8;
    return 0;
}

static int child_with_legacy_rules(void)
{
    PL_AUTO_BUF pl_buf dump = {0};
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(32 << 20);
    pl_err err = {0};
    pl_fw fw;

    if (unshare(CLONE_NEWNET) != 0)
        return 77;
    /* Nothing is loaded yet, and asking loads nothing. */
    if (pl_live_xtables(&dump, &err) || dump.n)
        return 1;
    FILE *tool = popen("iptables-legacy-restore 2>/dev/null", "w");
    if (!tool || fwrite(legacy_rules, 1, strlen(legacy_rules), tool) != strlen(legacy_rules) ||
        pclose(tool) != 0)
        return 77;
    if (pl_live_xtables(&dump, &err) || !pl_xt_parse(a, pl_buf_view(&dump), &fw))
        return 1;
    int wrong = check_legacy(&fw);
    /* Cut anywhere, a table is malformed or ends where an entry does: nothing is read beyond it. */
    for (size_t n = 1; !wrong && n < dump.n; n++) {
        PL_AUTO_FREE char *part = malloc(n);
        PL_AUTO_ARENA pl_arena *b = pl_arena_new(32 << 20);
        if (!part || !b)
            return 1;
        memcpy(part, dump.p, n);
        wrong = pl_xt_parse(b, (pl_str){part, n}, &fw) ? 9 : 0;
    }
    return wrong;
}

static void rules_of_legacy_iptables_are_read_from_the_kernel(void **state)
{
    int status = 0;
    pid_t pid = fork();

    (void)state;
    if (pid == 0)
        _exit(child_with_legacy_rules());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) {
        print_message("# legacy iptables is not to be had here\n");
        skip();
    }
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loaded_rule_is_listed_with_what_it_watches),
        cmocka_unit_test(a_watch_counts_only_for_everybody_on_every_interface),
        cmocka_unit_test(rules_of_the_packet_filter_are_read_from_the_kernel),
        cmocka_unit_test(rules_of_legacy_iptables_are_read_from_the_kernel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
