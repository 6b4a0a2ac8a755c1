/* SPDX-License-Identifier: Apache-2.0 */
/* What an export of ECS tells, and what it leaves open. */
#include "test.h"

#include "core/buf.h"
#include "core/io.h"
#include "core/jail.h"
#include "declared/declared.h"
#include "declared/ecs_kinds.h"
#include "engine/fields.h"

#include <fcntl.h>
#include <stdlib.h>

static pl_rc keep_record(pl_record *r, pl_arena *a, void *arg, pl_err *err)
{
    (void)r, (void)a, (void)arg, (void)err;
    return PL_OK;
}

static pl_rc keep_image(pl_facts *f, void *arg, pl_err *err)
{
    (void)f, (void)arg, (void)err;
    return PL_OK;
}

static pl_rc keep_document(json_t *doc, pl_engine_redaction *ret, void *arg, pl_err *err)
{
    (void)doc, (void)arg, (void)err;
    *ret = PL_REDACTION_NONE;
    return PL_OK;
}

static pl_rc worker(int in_fd, int out_fd, pl_str args, pl_err *err)
{
    static const pl_declared_hooks hooks = {
        .of = {.record = keep_record, .document = keep_document}, .image = keep_image};
    return pl_declared_work(in_fd, out_fd, args, &hooks, err);
}

struct reading {
    pl_arena *a;
    pl_schema *schema;
    pl_declared_facts facts;
    pl_err err;
};

static int set_up(void **state)
{
    struct reading *g = calloc(1, sizeof(*g));

    assert_non_null(g);
    g->a = pl_arena_new(16 << 20);
    g->schema = pl_schema_new();
    pl_engine_register(g->schema);
    pl_ecs_register(g->schema);
    *state = g;
    return 0;
}

static int tear_down(void **state)
{
    struct reading *g = *state;

    pl_arena_free(g->a);
    pl_schema_free(g->schema);
    free(g);
    return 0;
}

static const pl_subject *read_export(struct reading *g, pl_str text)
{
    PL_AUTO_FD int fd = -1;
    const pl_declared_job job = {.name = "ecs.json", .worker = "declared", .now_us = 1};

    assert_ok(pl_jail_memfd(text, &fd, &g->err), g->err);
    assert_ok(pl_declared_read(&job, fd, g->schema, g->a, &g->facts, &g->err), g->err);
    for (size_t i = 0; i < g->facts.n_subjects; i++)
        if (g->facts.subjects[i].rec->kind == &pl_ecs_kind)
            return &g->facts.subjects[i];
    return NULL;
}

static bool is_quiet(const pl_value *v)
{
    return v->state == PL_UNREADABLE;
}

/* One line an element: its name and then its fields; "?" for what is not known, "-" for none. */
static void print_list(const pl_subject *s, int list, pl_buf *out)
{
    const pl_value *v = pl_get(s->rec, list);

    if (v->state != PL_PRESENT)
        pl_buf_fmt(out, "%s", is_quiet(v) ? "?" : "-");
    for (size_t i = 0; v->state == PL_PRESENT && i < v->n; i++) {
        const pl_record *e = v->u.recs[i];
        for (size_t k = 0; k < e->kind->n; k++) {
            const pl_value *of = pl_get(e, (int)k);
            pl_buf_c(out, k ? " " : (i ? "\n" : ""));
            if (of->state == PL_PRESENT)
                pl_value_print(&e->kind->fields[k], of, out);
            else
                pl_buf_c(out, is_quiet(of) ? "?" : "-");
        }
    }
}

static void check(void **state, const char *text, int list, const char *want)
{
    struct reading *g = *state;
    PL_AUTO_BUF pl_buf b = {0};
    const pl_subject *s = read_export(g, pl_str_c(text));

    assert_non_null(s);
    print_list(s, list, &b);
    pl_buf_ch(&b, 0);
    assert_string_equal(b.p, want);
}

#define CLUSTER "\"clusterArn\": \"arn:aws:ecs:r:1:cluster/shop\""
#define SERVICE(more)                                                                              \
    "{\"services\": [{" CLUSTER ", \"serviceName\": \"web\", \"status\": \"ACTIVE\", " more        \
    "}], \"failures\": []}\n"
#define NEXT "---\n"

/* ---- services ---- */

static void an_address_counts_in_service_task_set_and_deployment(void **state)
{
    check(state,
          SERVICE("\"networkConfiguration\": {\"awsvpcConfiguration\": {\"assignPublicIp\": "
                  "\"DISABLED\"}}, \"taskSets\": [{\"id\": \"ts\", \"networkConfiguration\": "
                  "{\"awsvpcConfiguration\": {\"assignPublicIp\": \"ENABLED\"}}}], "
                  "\"deployments\": [{\"id\": \"d\"}]"),
          PL_F_ECS_SERVICES, "shop/web false\nshop/web/ts true\nshop/web/d false");
}

static void a_word_that_nobody_knows_is_no_address_that_is_off(void **state)
{
    check(state,
          SERVICE("\"networkConfiguration\": {\"awsvpcConfiguration\": {\"assignPublicIp\": "
                  "\"MAYBE\"}}"),
          PL_F_ECS_SERVICES, "shop/web ?");
}

static void what_was_asked_for_and_not_found_is_not_known(void **state)
{
    check(state,
          "{\"services\": [], \"failures\": [{\"arn\": \"arn:x/gone\", \"reason\": \"MISSING\"}]}",
          PL_F_ECS_SERVICES, "arn:x/gone ?");
}

static void services_that_a_cluster_counts_and_the_export_lacks_are_not_known(void **state)
{
    static const char text[] = SERVICE("\"enableExecuteCommand\": false") NEXT
        "{\"clusters\": [{" CLUSTER ", \"clusterName\": \"shop\", \"activeServicesCount\": 2}]}";

    check(state, text, PL_F_ECS_SERVICES, "shop/web false\nother services of shop ?");
    check(state, text, PL_F_ECS_EXEC, "other services of shop ? ? ? ?\nshop/web false ? ? ?");
    check(state, text, PL_F_ECS_LINKS, "other services of shop ?");
}

static void a_service_that_is_gone_is_none(void **state)
{
    check(state,
          "{\"services\": [{" CLUSTER ", \"serviceName\": \"old\", \"status\": \"INACTIVE\", "
          "\"enableExecuteCommand\": true, \"platformVersion\": \"1.3.0\"}]}",
          PL_F_ECS_EXEC, "");
    check(state,
          "{\"services\": [{" CLUSTER ", \"serviceName\": \"old\", \"status\": \"INACTIVE\", "
          "\"platformVersion\": \"1.3.0\"}]}",
          PL_F_ECS_PLATFORMS, "");
}

static void an_export_without_services_does_not_say_that_there_are_none(void **state)
{
    static const char text[] = "{\"clusters\": [{" CLUSTER ", \"clusterName\": \"shop\"}]}";

    check(state, text, PL_F_ECS_SERVICES, "?");
    check(state, text, PL_F_ECS_LINKS, "?");
    check(state, text, PL_F_ECS_TASKS, "?");
    check(state, text, PL_F_ECS_VOLUMES, "?");
    check(state, text, PL_F_ECS_PLATFORMS, "?");
}

static void a_task_definition_alone_has_no_services(void **state)
{
    check(state, "{\"family\": \"web\", \"containerDefinitions\": []}", PL_F_ECS_SERVICES, "");
}

/* ---- platforms ---- */

static void a_platform_is_named_with_its_family(void **state)
{
    check(state,
          SERVICE("\"platformVersion\": \"LATEST\", \"platformFamily\": \"Linux\", "
                  "\"deployments\": [{\"id\": \"d\", \"platformVersion\": \"1.3.0\"}, {\"id\": "
                  "\"w\", \"platformVersion\": \"1.0.0\", \"platformFamily\": "
                  "\"WINDOWS_SERVER_2022_CORE\"}]") NEXT
          "{\"tasks\": [{\"taskArn\": \"t/1\", \"platformVersion\": \"1.2.0\"}]}",
          PL_F_ECS_PLATFORMS,
          "shop/web linux/LATEST - - -\nshop/web/d linux/1.3.0 - - -\n"
          "shop/web/w windows/1.0.0 - - -\nt/1 linux/1.2.0 - - -");
}

static void an_agent_has_a_number_only_where_it_has_three_parts(void **state)
{
    check(state,
          "{\"containerInstances\": [{\"ec2InstanceId\": \"i-1\", \"versionInfo\": "
          "{\"agentVersion\": \"1.97.1\", \"dockerVersion\": \"25\"}}, {\"ec2InstanceId\": "
          "\"i-2\", \"versionInfo\": {\"agentVersion\": \"1.97\"}}, {\"ec2InstanceId\": \"i-3\", "
          "\"versionInfo\": {\"agentVersion\": \"1.97.1-dev\"}}, {\"ec2InstanceId\": \"i-4\"}, "
          "{\"ec2InstanceId\": \"i-5\", \"versionInfo\": {\"agentVersion\": \"1.1000.1\"}}]}",
          PL_F_ECS_PLATFORMS,
          "i-1 - 1.97.1 1097001 25\ni-2 - 1.97 ? ?\ni-3 - 1.97.1-dev ? ?\ni-4 - ? ? ?\n"
          "i-5 - 1.1000.1 ? ?");
}

static void instances_that_a_cluster_counts_and_the_export_lacks_are_not_known(void **state)
{
    static const char one[] = SERVICE("\"launchType\": \"EC2\"") NEXT
        "{\"clusters\": [{" CLUSTER ", \"registeredContainerInstancesCount\": 2}]}\n" NEXT
        "{\"containerInstances\": [{\"containerInstanceArn\": "
        "\"arn:aws:ecs:r:1:container-instance/shop/77\", \"ec2InstanceId\": \"i-1\"}, "
        "{\"containerInstanceArn\": \"arn:aws:ecs:r:1:container-instance/other/78\", "
        "\"ec2InstanceId\": \"i-2\"}]}";

    check(state, one, PL_F_ECS_PLATFORMS,
          "other instances of shop ? ? ? ?\ni-1 - ? ? ?\ni-2 - ? ? ?");
    check(state, SERVICE("\"launchType\": \"EC2\""), PL_F_ECS_PLATFORMS,
          "other instances of shop ? ? ? ?");
}

/* Every region may have a cluster of the same name. */
static void a_cluster_of_another_region_says_nothing(void **state)
{
#define ELSEWHERE(more)                                                                            \
    "{\"clusters\": [{\"clusterArn\": \"arn:aws:ecs:s:1:cluster/shop\", " more "}]}\n"

    check(state,
          SERVICE("\"enableExecuteCommand\": true") NEXT ELSEWHERE(
              "\"configuration\": {\"executeCommandConfiguration\": {\"logging\": \"OVERRIDE\", "
              "\"kmsKeyId\": \"k\", \"logConfiguration\": {\"s3BucketName\": \"b\"}}}"),
          PL_F_ECS_EXEC, "shop/web true ? ? ?");
    check(state,
          SERVICE("\"enableExecuteCommand\": true") NEXT ELSEWHERE("\"activeServicesCount\": 1"),
          PL_F_ECS_EXEC, "other services of shop ? ? ? ?\nshop/web true ? ? ?");
    check(state,
          SERVICE("\"launchType\": \"EC2\"") NEXT
          "{\"clusters\": [{" CLUSTER ", \"registeredContainerInstancesCount\": 1}]}\n" NEXT
          "{\"containerInstances\": [{\"containerInstanceArn\": "
          "\"arn:aws:ecs:s:1:container-instance/shop/77\", \"ec2InstanceId\": \"i-1\"}]}",
          PL_F_ECS_PLATFORMS, "other instances of shop ? ? ? ?\ni-1 - ? ? ?");
}

/* ---- clusters, Service Connect, ECS Exec ---- */

static void settings_that_were_not_exported_are_not_off(void **state)
{
    check(state,
          "{\"clusters\": [{\"clusterName\": \"a\", \"settings\": []}, {\"clusterName\": \"b\", "
          "\"settings\": [{\"name\": \"containerInsights\", \"value\": \"disabled\"}]}]}",
          PL_F_ECS_CLUSTERS, "a ?\nb disabled");
}

static void what_is_offered_without_tls_is_told(void **state)
{
    check(state,
          SERVICE("\"deployments\": [{\"serviceConnectConfiguration\": {\"enabled\": true, "
                  "\"services\": [{\"portName\": \"http\"}, {\"portName\": \"safe\", \"tls\": "
                  "{\"issuerCertificateAuthority\": {\"awsPcaAuthorityArn\": \"arn:ca\"}}}]}}, "
                  "{\"serviceConnectConfiguration\": {\"enabled\": false, \"services\": "
                  "[{\"portName\": \"off\"}]}}]"),
          PL_F_ECS_LINKS, "shop/web/http -\nshop/web/safe arn:ca");
}

static void a_session_is_logged_as_its_cluster_says(void **state)
{
    check(state,
          SERVICE("\"enableExecuteCommand\": true") NEXT
          "{\"clusters\": [{" CLUSTER ", \"configuration\": {\"executeCommandConfiguration\": "
          "{\"logging\": \"OVERRIDE\", \"kmsKeyId\": \"k\", \"logConfiguration\": "
          "{\"s3BucketName\": \"b\"}}}}]}\n" NEXT
          "{\"tasks\": [{\"taskArn\": \"t/1\", \"enableExecuteCommand\": true, \"clusterArn\": "
          "\"elsewhere\", \"lastStatus\": \"RUNNING\"}, {\"taskArn\": \"t/2\", \"lastStatus\": "
          "\"STOPPED\"}]}",
          PL_F_ECS_EXEC, "shop/web true OVERRIDE true k\nt/1 true ? ? ?");
    check(state,
          SERVICE("\"enableExecuteCommand\": true") NEXT "{\"clusters\": [{" CLUSTER
                                                         ", \"configuration\": {}}]}",
          PL_F_ECS_EXEC, "shop/web true - false -");
}

/* ---- roles ---- */

#define TASK(role)                                                                                 \
    "{\"taskDefinition\": {\"family\": \"web\", \"revision\": 3, \"containerDefinitions\": [], "   \
    "\"executionRoleArn\": \"arn:aws:iam::1:role/exec\", \"taskRoleArn\": \"" role "\"}}\n" NEXT
#define TRUST                                                                                      \
    "\"AssumeRolePolicyDocument\": {\"Statement\": {\"Effect\": \"Allow\", \"Principal\": "        \
    "{\"Service\": \"ecs-tasks.amazonaws.com\"}, \"Action\": \"sts:AssumeRole\", \"Condition\": "  \
    "{\"StringEquals\": {\"AWS:SourceAccount\": \"1\"}}}}"
#define ROLE(trust, statement)                                                                     \
    "{\"RoleDetailList\": [{\"RoleName\": \"web\", " trust ", \"AttachedManagedPolicies\": [], "   \
    "\"RolePolicyList\": [{\"PolicyDocument\": {\"Statement\": [" statement "]}}]}]}"
#define ALLOW(action, resource)                                                                    \
    "{\"Effect\": \"Allow\", \"Action\": " action ", \"Resource\": " resource "}"

static void check_role(void **state, const char *text, const char *faults)
{
    PL_AUTO_BUF pl_buf want = {0};

    pl_buf_fmt(&want, "web:3 web exec %s", faults);
    pl_buf_ch(&want, 0);
    check(state, text, PL_F_ECS_TASKS, want.p);
}

static void what_a_role_gives_away_is_named(void **state)
{
    static const struct {
        const char *text, *faults;
    } cases[] = {
        {ROLE(TRUST, ALLOW("\"s3:GetObject\"", "\"*\"")), "[]"},
        {ROLE(TRUST, ALLOW("\"s3:*\"", "\"arn:aws:s3:::one/*\"")), "[]"},
        {ROLE(TRUST, ALLOW("[\"s3:Get*\", \"s3:*\"]", "[\"*\"]")), "[allows s3:* on *]"},
        {ROLE(TRUST, ALLOW("\"s3:*\"", "\"arn:aws:s3:::*\"")), "[allows s3:* on *]"},
        {ROLE(TRUST, ALLOW("\"s3:*\"", "\"arn:aws:s3:::*/*\"")), "[allows s3:* on *]"},
        {ROLE(TRUST, ALLOW("\"*\"", "\"*\"")), "[allows * on *]"},
        {ROLE(TRUST, ALLOW("\"s3:?*\"", "\"*\"")), "[allows s3:?* on *]"},
        {ROLE(TRUST, ALLOW("\"IAM:passrole\"", "\"arn:aws:iam::1:role/x\"")),
         "[allows IAM:passrole]"},
        {ROLE(TRUST, ALLOW("\"iam:Pass?ole\"", "\"arn:aws:iam::1:role/x\"")),
         "[allows iam:Pass?ole]"},
        {ROLE(TRUST, ALLOW("\"iam:*\"", "\"arn:aws:iam::1:role/x\"")), "[allows iam:*]"},
        {ROLE(TRUST, ALLOW("\"sts:AssumeRole\"", "\"*\"")), "[allows sts:AssumeRole on *]"},
        {ROLE(TRUST, ALLOW("\"sts:AssumeRole\"", "\"arn:aws:iam::1:role/x\"")), "[]"},
        {ROLE(TRUST, "{\"Effect\": \"Allow\", \"NotAction\": \"iam:*\", \"Resource\": \"*\"}"),
         "[allows all actions but some (NotAction)]"},
        {ROLE(TRUST, "{\"Effect\": \"Allow\", \"Action\": \"s3:*\", \"NotResource\": \"x\"}"),
         "[allows s3:* on *]"},
        {ROLE(TRUST, "{\"Effect\": \"Deny\", \"Action\": \"*\", \"Resource\": \"*\"}"), "[]"},
    };

    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        PL_AUTO_BUF pl_buf text = {0};
        pl_buf_fmt(&text, "%s%s", TASK("arn:aws:iam::1:role/path/web"), cases[i].text);
        pl_buf_ch(&text, 0);
        check_role(state, text.p, cases[i].faults);
    }
}

#define PRINCIPAL(principal, condition)                                                            \
    "\"AssumeRolePolicyDocument\": {\"Statement\": [{\"Effect\": \"Allow\", "                      \
    "\"Principal\": " principal ", \"Condition\": " condition "}]}"
#define OTHERS "[trusts others than ecs-tasks.amazonaws.com]"
#define WIDE "[its trust names neither aws:SourceArn nor aws:SourceAccount]"
#define OF_TASKS "{\"Service\": \"ecs-tasks.amazonaws.com\"}"

static void trust_is_for_tasks_of_one_account_alone(void **state)
{
    static const struct {
        const char *text, *faults;
    } cases[] = {
        {ROLE(PRINCIPAL("\"*\"", "{}"), ""), OTHERS},
        {ROLE(PRINCIPAL("{\"Service\": \"ec2.amazonaws.com\"}", "{}"), ""), OTHERS},
        {ROLE(PRINCIPAL("{\"Service\": [\"ecs-tasks.amazonaws.com\", \"x\"]}", "{}"), ""), OTHERS},
        {ROLE(PRINCIPAL("{\"Service\": \"ecs-tasks.amazonaws.com\", \"AWS\": \"1\"}", "{}"), ""),
         OTHERS},
        {ROLE(PRINCIPAL(OF_TASKS, "{}"), ""), WIDE},
        {ROLE(PRINCIPAL(OF_TASKS, "{\"StringNotEquals\": {\"aws:SourceAccount\": \"1\"}}"), ""),
         WIDE},
        {ROLE(PRINCIPAL(OF_TASKS, "{\"ArnLike\": {\"aws:SourceArn\": \"arn:aws:ecs:*:*:*\"}}"), ""),
         WIDE},
        {ROLE(PRINCIPAL(OF_TASKS, "{\"ArnLike\": {\"aws:SourceArn\": \"arn:aws:ecs:r:*:*\"}}"), ""),
         WIDE},
        {ROLE(PRINCIPAL(OF_TASKS, "{\"ArnLike\": {\"aws:SourceArn\": \"arn:aws:ecs:r:1:*\"}}"), ""),
         "[]"},
    };

    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        PL_AUTO_BUF pl_buf text = {0};
        pl_buf_fmt(&text, "%s%s", TASK("web"), cases[i].text);
        pl_buf_ch(&text, 0);
        check_role(state, text.p, cases[i].faults);
    }
}

/* Two accounts in one export. */
static void a_role_of_another_account_says_nothing(void **state)
{
#define OF_ACCOUNT(account, statement)                                                             \
    "{\"RoleDetailList\": [{\"Arn\": \"arn:aws:iam::" account                                      \
    ":role/web\", \"RoleName\": \"web\", " TRUST                                                   \
    ", \"AttachedManagedPolicies\": [], \"RolePolicyList\": [{\"PolicyDocument\": "                \
    "{\"Statement\": [" statement "]}}]}]}\n"
    check_role(state,
               TASK("arn:aws:iam::1:role/web") OF_ACCOUNT("2", "")
                   NEXT OF_ACCOUNT("1", ALLOW("\"ec2:*\"", "\"*\"")),
               "[allows ec2:* on *]");
    check_role(state, TASK("arn:aws:iam::1:role/web") OF_ACCOUNT("2", ""), "?");
}

static void a_role_of_which_a_part_is_missing_is_not_known(void **state)
{
    static const char *const parts[] = {
        "{\"RoleDetailList\": []}",
        "{\"RoleDetailList\": [{\"RoleName\": \"web\", " TRUST ", \"RolePolicyList\": []}]}",
        "{\"RoleDetailList\": [{\"RoleName\": \"web\", \"RolePolicyList\": [], "
        "\"AttachedManagedPolicies\": []}]}",
        "{\"RoleDetailList\": [{\"RoleName\": \"web\", " TRUST ", \"RolePolicyList\": [], "
        "\"AttachedManagedPolicies\": [{\"PolicyArn\": \"arn:p\"}]}], \"Policies\": []}",
    };

    for (size_t i = 0; i < PL_COUNT(parts); i++) {
        PL_AUTO_BUF pl_buf text = {0};
        pl_buf_fmt(&text, "%s%s", TASK("web"), parts[i]);
        pl_buf_ch(&text, 0);
        check_role(state, text.p, "?");
    }
}

static void an_attached_policy_counts_in_the_version_that_is_in_force(void **state)
{
    check_role(state,
               TASK("web") "{\"RoleDetailList\": [{\"RoleName\": \"web\", " TRUST
                           ", \"RolePolicyList\": [], \"AttachedManagedPolicies\": "
                           "[{\"PolicyArn\": \"arn:p\"}]}], \"Policies\": [{\"Arn\": \"arn:p\", "
                           "\"PolicyVersionList\": [{\"IsDefaultVersion\": false, \"Document\": "
                           "{\"Statement\": []}}, {\"IsDefaultVersion\": true, \"Document\": "
                           "{\"Statement\": " ALLOW("\"ec2:*\"", "\"*\"") "}}]}]}",
               "[allows ec2:* on *]");
}

static void a_task_definition_that_a_service_names_and_the_export_lacks_is_not_known(void **state)
{
    static const char text[] =
        TASK("web") SERVICE("\"taskDefinition\": \"arn:x:task-definition/web:3\", \"deployments\": "
                            "[{\"taskDefinition\": \"arn:x:task-definition/web:4\"}]");

    check(state, text, PL_F_ECS_TASKS, "web:4 ? ? ?\nweb:3 web exec ?");
    check(state, text, PL_F_ECS_VOLUMES, "web:4 ? ? ?");
    check(state,
          "{\"taskDefinition\": {\"taskDefinitionArn\": \"arn:aws:ecs:s:1:task-definition/web:3\", "
          "\"family\": \"web\", \"revision\": 3, \"containerDefinitions\": []}}\n" NEXT SERVICE(
              "\"taskDefinition\": \"arn:aws:ecs:r:1:task-definition/web:3\""),
          PL_F_ECS_VOLUMES, "web:3 ? ? ?");
}

/* ---- volumes ---- */

#define VOLUMES(list)                                                                              \
    "{\"family\": \"web\", \"containerDefinitions\": [], \"volumes\": [" list "]}\n"

static void a_volume_is_encrypted_where_both_documents_say_so(void **state)
{
    check(state,
          VOLUMES("{\"name\": \"a\", \"efsVolumeConfiguration\": {\"fileSystemId\": \"fs-1\", "
                  "\"transitEncryption\": \"ENABLED\"}}, {\"name\": \"b\", "
                  "\"efsVolumeConfiguration\": {\"fileSystemId\": \"fs-2\"}}, {\"name\": \"c\", "
                  "\"efsVolumeConfiguration\": {\"fileSystemId\": \"fs-3\"}}") NEXT
          "{\"FileSystems\": [{\"FileSystemId\": \"fs-1\", \"Encrypted\": true}, "
          "{\"FileSystemId\": \"fs-2\", \"Encrypted\": false}]}",
          PL_F_ECS_VOLUMES, "web/a efs true true\nweb/b efs false false\nweb/c efs false ?");
}

static void what_lies_with_instance_and_engine_is_left_to_others(void **state)
{
    check(state,
          VOLUMES("{\"name\": \"a\", \"host\": {\"sourcePath\": \"/srv\"}}, {\"name\": \"b\", "
                  "\"dockerVolumeConfiguration\": {\"driver\": \"local\"}}, {\"name\": \"c\"}, "
                  "{\"name\": \"d\", \"host\": {}, \"efsVolumeConfiguration\": null}"),
          PL_F_ECS_VOLUMES, "");
}

static void a_volume_that_an_engine_finds_on_the_network_is_not_known(void **state)
{
    check(state,
          VOLUMES("{\"name\": \"a\", \"dockerVolumeConfiguration\": {\"driver\": \"rexray/efs\"}}, "
                  "{\"name\": \"b\", \"dockerVolumeConfiguration\": {\"driver\": \"local\", "
                  "\"driverOpts\": {\"type\": \"nfs\"}}}, {\"name\": \"c\", "
                  "\"dockerVolumeConfiguration\": {\"driver\": \"local\", \"driverOpts\": {}}}"),
          PL_F_ECS_VOLUMES,
          "web/a dockerVolumeConfiguration ? ?\nweb/b dockerVolumeConfiguration ? ?");
}

static void another_kind_of_volume_is_not_known(void **state)
{
    check(state,
          VOLUMES("{\"name\": \"a\", \"fsxWindowsFileServerVolumeConfiguration\": {}}, {\"name\": "
                  "\"b\", \"configuredAtLaunch\": true}"),
          PL_F_ECS_VOLUMES,
          "web/a fsxWindowsFileServerVolumeConfiguration ? ?\nweb/b at launch ? ?");
}

static void a_disk_that_a_service_configures_is_the_one_of_its_task(void **state)
{
    check(state,
          VOLUMES("{\"name\": \"b\", \"configuredAtLaunch\": true}")
              NEXT SERVICE("\"taskDefinition\": \"x/web\", \"deployments\": "
                           "[{\"volumeConfigurations\": [{\"name\": \"b\", "
                           "\"managedEBSVolume\": {\"encrypted\": false}}]}]"),
          PL_F_ECS_VOLUMES, "shop/web/b ebs true false");
    check(state,
          VOLUMES("{\"name\": \"b\", \"configuredAtLaunch\": true}")
              NEXT SERVICE("\"taskDefinition\": \"x/other\", \"deployments\": "
                           "[{\"volumeConfigurations\": [{\"name\": \"b\", "
                           "\"managedEBSVolume\": {\"encrypted\": true}}]}]"),
          PL_F_ECS_VOLUMES, "other ? ? ?\nshop/web/b ebs true true\nweb/b at launch ? ?");
    check(state,
          SERVICE("\"deployments\": [{\"volumeConfigurations\": [{\"name\": \"b\", "
                  "\"managedEBSVolume\": {}}]}]"),
          PL_F_ECS_VOLUMES, "shop/web/b ebs true ?");
}

/* ---- recorded ---- */

static void recorded_documents_give_what_they_say(void **state)
{
    struct reading *g = *state;
    PL_AUTO_BUF pl_buf text = {0}, b = {0};
    PL_AUTO_FD int fd =
        open(PL_SOURCE_ROOT "/tests/fixtures/ecs/aws-cli-examples.yaml", O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_ok(pl_read_all(fd, 1 << 20, &text, &g->err), g->err);
    const pl_subject *s = read_export(g, pl_buf_view(&text));
    assert_non_null(s);
    print_list(s, PL_F_ECS_SERVICES, &b);
    pl_buf_c(&b, "\n");
    print_list(s, PL_F_ECS_PLATFORMS, &b);
    pl_buf_c(&b, "\n");
    print_list(s, PL_F_ECS_TASKS, &b);
    pl_buf_ch(&b, 0);
    assert_string_equal(b.p, "default/my-http-service false\n"
                             "default/my-http-service/ecs-svc/1234567890123456789 false\n"
                             "i-f3c1de3a - 1.0.0 1000000 DockerVersion: 1.5.0\n"
                             "amazon-ecs-sample:1 ? ? ?");
}

int main(int argc, char **argv)
{
    static const pl_worker_kind kinds[] = {{"declared", worker}, {0}};
    const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
        T(an_address_counts_in_service_task_set_and_deployment),
        T(a_word_that_nobody_knows_is_no_address_that_is_off),
        T(what_was_asked_for_and_not_found_is_not_known),
        T(services_that_a_cluster_counts_and_the_export_lacks_are_not_known),
        T(a_service_that_is_gone_is_none),
        T(an_export_without_services_does_not_say_that_there_are_none),
        T(a_task_definition_alone_has_no_services),
        T(a_platform_is_named_with_its_family),
        T(an_agent_has_a_number_only_where_it_has_three_parts),
        T(a_cluster_of_another_region_says_nothing),
        T(instances_that_a_cluster_counts_and_the_export_lacks_are_not_known),
        T(settings_that_were_not_exported_are_not_off),
        T(what_is_offered_without_tls_is_told),
        T(a_session_is_logged_as_its_cluster_says),
        T(what_a_role_gives_away_is_named),
        T(trust_is_for_tasks_of_one_account_alone),
        T(a_role_of_another_account_says_nothing),
        T(a_role_of_which_a_part_is_missing_is_not_known),
        T(an_attached_policy_counts_in_the_version_that_is_in_force),
        T(a_task_definition_that_a_service_names_and_the_export_lacks_is_not_known),
        T(a_volume_is_encrypted_where_both_documents_say_so),
        T(a_volume_that_an_engine_finds_on_the_network_is_not_known),
        T(what_lies_with_instance_and_engine_is_left_to_others),
        T(another_kind_of_volume_is_not_known),
        T(a_disk_that_a_service_configures_is_the_one_of_its_task),
        T(recorded_documents_give_what_they_say),
#undef T
    };

    pl_jail_main(argc, argv, kinds);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
