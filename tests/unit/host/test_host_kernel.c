/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel answers over netlink: audit rules and the packet filter, both for real. */
#include "test.h"

#include "core/arena.h"
#include "host/audit_rules.h"
#include "host/live.h"
#include "host/netlink.h"
#include "host/nft.h"

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
    {"-a never,exit -F dir=/x\n-w /x/y -p wa", "/x/y", 0},
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loaded_rule_is_listed_with_what_it_watches),
        cmocka_unit_test(a_watch_counts_only_for_everybody_on_every_interface),
        cmocka_unit_test(rules_of_the_packet_filter_are_read_from_the_kernel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
