/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/buf.h"
#include "core/io.h"
#include "core/jail.h"
#include "declared/amount.h"
#include "declared/declared.h"
#include "declared/ecs_kinds.h"
#include "engine/fields.h"
#include "image/fields.h"
#include "model/common.h"

#include <string.h>

/* ---- a worker without a redactor ---- */

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

/* ---- what is told ---- */

struct reading {
    pl_arena *a;
    pl_schema *schema;
    pl_declared_facts facts;
    pl_err err;
};

static pl_rc read_text(struct reading *g, pl_str text)
{
    PL_AUTO_FD int fd = -1;
    const pl_declared_job job = {
        .name = "a.yaml", .folder = PL_S("/srv/shop"), .worker = "declared", .now_us = 1};

    g->a = pl_arena_new(64 << 20);
    g->schema = pl_schema_new();
    pl_engine_register(g->schema);
    pl_ecs_register(g->schema);
    pl_image_register(g->schema);
    assert_ok(pl_jail_memfd(text, &fd, &g->err), g->err);
    return pl_declared_read(&job, fd, g->schema, g->a, &g->facts, &g->err);
}

static void done(struct reading *g)
{
    pl_arena_free(g->a);
    pl_schema_free(g->schema);
}

static const pl_subject *container(const struct reading *g, const char *name)
{
    for (size_t i = 0; i < g->facts.n_subjects; i++)
        if (pl_str_eq(g->facts.subjects[i].name, pl_str_c(name)))
            return &g->facts.subjects[i];
    fail_msg("no container %s", name);
    return NULL;
}

/* "value 12:5", or without a place "value"; elements by their first field. */
static void print_field(const pl_subject *s, const char *name, pl_buf *out)
{
    int field = pl_kind_field(&pl_kind_container, pl_str_c(name));
    const pl_value *v = pl_get(s->rec, field);
    size_t n =
        v->state == PL_PRESENT && pl_kind_container.fields[field].type == PL_T_RECS ? v->n : 0;

    assert_true(field >= 0);
    if (n == 0)
        pl_value_print(&pl_kind_container.fields[field], v, out);
    for (size_t i = 0; i < n; i++) {
        const pl_record *e = v->u.recs[i];
        pl_buf_c(out, i ? ", " : "");
        pl_value_print(&e->kind->fields[0], pl_get(e, 0), out);
    }
    for (size_t i = 0; i < s->source->n; i++)
        if (s->source->v[i].field == field)
            pl_buf_fmt(out, " %d:%d", s->source->v[i].line, s->source->v[i].column);
}

struct want {
    const char *container, *field, *text;
};

static void check(const char *text, const struct want *want, size_t n)
{
    struct reading g = {0};

    assert_ok(read_text(&g, pl_str_c(text)), g.err);
    for (size_t i = 0; i < n; i++) {
        PL_AUTO_BUF pl_buf got = {0};
        print_field(container(&g, want[i].container), want[i].field, &got);
        if (!pl_str_eq(pl_buf_view(&got), pl_str_c(want[i].text)))
            fail_msg("%s %s: got \"%.*s\", want \"%s\"", want[i].container, want[i].field,
                     PL_F(pl_buf_view(&got)), want[i].text);
    }
    done(&g);
}
#define CHECK(text, ...)                                                                           \
    do {                                                                                           \
        static const struct want want[] = {__VA_ARGS__};                                           \
        check(text, want, PL_COUNT(want));                                                         \
    } while (0)

/* ---- Compose ---- */

static void a_service_says_what_inspect_would(void **state)
{
    (void)state;
    CHECK(
        "services:\n"
        "  web:\n"
        "    image: reg.example/app:1\n"
        "    privileged: yes\n"
        "    read_only: true\n"
        "    user: 1000:1000\n"
        "    network_mode: host\n"
        "    mem_limit: 512m\n"
        "    cpus: 0.5\n"
        "    cap_drop: [all]\n"
        "    cap_add:\n"
        "      - net_admin\n"
        "    restart: on-failure:3\n"
        "    pid: host\n"
        "    deploy: {resources: {limits: {pids: 100}}}\n"
        "    logging: {driver: syslog, options: {tag: x}}\n"
        "    ulimits: {nofile: {soft: 10, hard: 20}, nproc: 5}\n",
        {"web", "container.image.tag", "1 3:12"}, {"web", "container.privileged", "true 4:17"},
        {"web", "container.readonly_rootfs", "true 5:16"},
        {"web", "container.declared_uid", "1000 6:11"}, {"web", "container.user", "1000:1000 6:11"},
        {"web", "container.network_mode", "host 7:19"},
        {"web", "container.ways_in", "unreadable (not-observed)"},
        {"web", "container.memory_limit", "536870912 8:16"},
        {"web", "container.nano_cpus", "500000000 9:11"},
        {"web", "container.cap_drop", "[ALL] 10:16"},
        {"web", "container.cap_add", "[CAP_NET_ADMIN] 12:9"},
        {"web", "container.caps", "[CAP_NET_ADMIN] 12:9 10:16"},
        {"web", "container.restart_policy", "on-failure 13:14"},
        {"web", "container.restart_max", "3 13:14"}, {"web", "container.pid_mode", "host 14:10"},
        {"web", "container.pids_limit", "100 15:41"},
        {"web", "container.log_driver", "syslog 16:23"},
        {"web", "container.ulimits", "nofile, nproc 17:15 17:45"},
        {"web", "container.orchestrator", "compose"},
        {"web", "container.service", "compose:project/web"}, {"web", "container.running", "false"});
}

static void ports_and_volumes_are_read_short_and_long(void **state)
{
    (void)state;
    CHECK("services:\n"
          "  web:\n"
          "    ports:\n"
          "      - \"80:8080\"\n"
          "      - \"127.0.0.1:90-91:90-91/udp\"\n"
          "      - \"[::1]:99:99\"\n"
          "      - 3000\n"
          "      - {target: 443, published: \"8443\", host_ip: 10.0.0.1}\n"
          "    volumes:\n"
          "      - /etc:/host:ro,rshared\n"
          "      - ./data:/data\n"
          "      - ../../..:/up\n"
          "      - named:/n\n"
          "      - /anonymous\n"
          "      - {type: bind, source: /run/docker.sock, target: /s, read_only: true}\n"
          "      - {type: tmpfs, target: /t}\n"
          "    tmpfs: /tmp:exec\n"
          "volumes: {named: {driver_opts: {o: bind, device: /root}}}\n",
          {"web", "container.ports",
           ":80/tcp, 127.0.0.1:90/udp, 127.0.0.1:91/udp, [::1]:99/tcp, :*->3000/tcp, "
           "10.0.0.1:8443/tcp 4:9 5:9 5:9 6:9 7:9 8:9"},
          {"web", "container.mounts",
           "/host, /data, /up, /n, /anonymous, /s 10:9 11:9 12:9 13:9 14:9 15:9"},
          {"web", "container.tmpfs", "/t, /tmp 16:9 17:12"});
}

static void a_volume_of_the_file_may_be_a_folder_of_the_host(void **state)
{
    (void)state;
    static const char *const paths[] = {"/etc", "/srv/shop/data",  "/", "/root",
                                        NULL,   "/run/docker.sock"};
    struct reading g = {0};

    assert_ok(read_text(&g, PL_S("services:\n"
                                 "  web:\n"
                                 "    volumes: [/etc:/host:ro, ./data:/data, ../../..:/up, "
                                 "named:/n, plain:/p, /var/run/docker.sock:/s]\n"
                                 "volumes: {plain: , named: {driver_opts: {o: bind, device: "
                                 "/root}}}\n")),
              g.err);
    const pl_value *mounts = pl_get(container(&g, "web")->rec, PL_F_CONTAINER_MOUNTS);
    assert_int_equal(mounts->n, PL_COUNT(paths));
    for (size_t i = 0; i < PL_COUNT(paths); i++) {
        const pl_value *v = pl_get(mounts->u.recs[i], PL_F_MOUNT_HOST_PATH);
        assert_int_equal(v->state, paths[i] ? PL_PRESENT : PL_ABSENT);
        assert_true(!paths[i] || pl_str_eq(v->u.s, pl_str_c(paths[i])));
    }
    assert_int_equal(pl_get(mounts->u.recs[5], PL_F_MOUNT_CONTROL_SOCKET)->state, PL_PRESENT);
    done(&g);
}

static void what_a_variable_decides_is_not_known(void **state)
{
    (void)state;
    CHECK("services:\n"
          "  web:\n"
          "    image: app:${TAG}\n"
          "    privileged: ${P:-true}\n"
          "    mem_limit: $MEM\n"
          "    ports: [\"$PORT:80\"]\n"
          "    cap_add: [$CAP]\n"
          "    security_opt: [$X]\n"
          "    volumes: [\"$HOME:/h\"]\n"
          "    environment: [A=$B, C]\n",
          {"web", "container.image.name", "unreadable (not-observed) 3:12"},
          {"web", "container.privileged", "true 4:17"},
          {"web", "container.memory_limit", "unreadable (not-observed) 5:16"},
          {"web", "container.ports", "unreadable (not-observed) 6:13"},
          {"web", "container.cap_add", "unreadable (not-observed) 7:15"},
          {"web", "container.caps", "unreadable (not-observed) 7:15"},
          {"web", "container.seccomp", "unreadable (not-observed)"},
          {"web", "container.no_new_privileges", "unreadable (not-observed)"},
          {"web", "container.mounts", "unreadable (not-observed) 9:15"},
          {"web", "container.env",
           "unreadable (not-observed), unreadable (not-observed) 10:19 10:25"});
}

static void what_only_engine_and_image_decide_is_not_known(void **state)
{
    (void)state;
    CHECK("services: {web: {image: app}}\n",
          {"web", "container.declared_uid", "unreadable (not-observed)"},
          {"web", "container.log_driver", "unreadable (not-observed)"},
          {"web", "container.engine", "unreadable (not-observed)"},
          {"web", "container.privileged", "false"}, {"web", "container.seccomp", "default"});
}

static void services_extend_and_merge(void **state)
{
    (void)state;
    CHECK("x-all: &all {read_only: true}\n"
          "services:\n"
          "  base: {privileged: true, cap_add: [SYS_TIME]}\n"
          "  web:\n"
          "    <<: *all\n"
          "    extends: base\n"
          "    cap_add: [NET_RAW]\n"
          "  other: {extends: {service: web}, privileged: false}\n",
          {"web", "container.readonly_rootfs", "true 1:25"},
          {"web", "container.privileged", "true 3:22"},
          {"web", "container.cap_add", "[CAP_SYS_TIME, CAP_NET_RAW] 3:38 7:15"},
          {"other", "container.privileged", "false 3:22 8:48"});
}

/* Each of these was once no more than a word that nobody read. */
static void what_reaches_others_or_the_host_is_not_passed_over(void **state)
{
    (void)state;
    CHECK("services:\n"
          "  web:\n"
          "    network_mode: service:db\n"
          "    pid: service:db\n"
          "    ipc: \"container:abc\"\n"
          "    security_opt: [systempaths=unconfined]\n"
          "    volumes_from: [db]\n"
          "    deploy: {resources: {reservations: {devices: [{driver: nvidia, capabilities: "
          "[gpu]}]}}}\n"
          "    ports: [\"1-60000:1-60000\"]\n"
          "  all: {gpus: all}\n",
          {"web", "container.network_mode", "container:db 3:19"},
          {"web", "container.pid_mode", "container:db 4:10"},
          {"web", "container.ipc_mode", "container:abc 5:10"},
          {"web", "container.masked_paths", "[] 6:20"}, {"web", "container.readonly_paths", "[]"},
          {"web", "container.mounts", "unreadable (not-observed) 7:19"},
          {"web", "container.devices", "nvidia:gpu 8:51"},
          {"web", "container.ports", "unreadable (not-observed) 9:13"},
          {"all", "container.devices", ":gpu 10:15"},
          {"web", "container.networks", "unreadable (not-observed) 2:3"});
}

/* A stack has neither: what one of both readers passes over is not known. */
static void what_a_stack_would_not_have_is_not_known(void **state)
{
    (void)state;
    CHECK("services:\n"
          "  web:\n"
          "    deploy: {placement: {constraints: [node.role==worker]}}\n"
          "    security_opt: [\"no-new-privileges:true\"]\n"
          "    privileged: true\n"
          "    pid: host\n"
          "    restart: \"on-failure:5\"\n"
          "    read_only: true\n"
          "  job:\n"
          "    deploy: {replicas: 2}\n"
          "    security_opt: [\"no-new-privileges:true\"]\n",
          {"web", "container.no_new_privileges", "unreadable (not-observed)"},
          {"web", "container.privileged", "unreadable (not-observed) 5:17"},
          {"web", "container.pid_mode", "unreadable (not-observed) 6:10"},
          {"web", "container.restart_policy", "unreadable (not-observed) 7:14"},
          {"web", "container.readonly_rootfs", "true 8:16"},
          {"job", "container.no_new_privileges", "true 11:20"});
}

static void what_other_files_would_say_is_a_gap(void **state)
{
    (void)state;
    struct reading g = {0};

    assert_ok(read_text(&g, PL_S("include: [b.yaml]\n"
                                 "services:\n"
                                 "  a: {extends: {file: c.yaml, service: x}}\n"
                                 "  b: {extends: b}\n"
                                 "  c: {env_file: .env}\n"
                                 "  d: nonsense\n")),
              g.err);
    assert_int_equal(g.facts.n_gaps, 5);
    assert_str(g.facts.gaps[0].what, "a.yaml:1: include");
    assert_str(g.facts.gaps[1].what, "a.yaml:3: service a");
    assert_str(g.facts.gaps[2].what, "a.yaml:4: service b");
    assert_str(g.facts.gaps[3].what, "a.yaml:5: service c");
    assert_false(g.facts.gaps[3].hides);
    assert_str(g.facts.gaps[4].what, "a.yaml:6: service d");
    done(&g);
}

/* ---- Kubernetes ---- */

static void a_pod_says_what_inspect_would(void **state)
{
    (void)state;
    CHECK("apiVersion: apps/v1\n"
          "kind: Deployment\n"
          "metadata: {name: web, namespace: shop}\n"
          "spec:\n"
          "  template:\n"
          "    spec:\n"
          "      hostPID: true\n"
          "      securityContext: {runAsUser: 5, seccompProfile: {type: RuntimeDefault}}\n"
          "      volumes:\n"
          "        - {name: a, hostPath: {path: /run/containerd}}\n"
          "        - {name: b, emptyDir: {}}\n"
          "      containers:\n"
          "        - name: app\n"
          "          image: reg.example/app@sha256:"
          "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n"
          "          securityContext:\n"
          "            runAsUser: 0\n"
          "            allowPrivilegeEscalation: false\n"
          "            capabilities: {drop: [ALL]}\n"
          "          resources: {limits: {memory: 1Gi, cpu: 250m}}\n"
          "          ports: [{containerPort: 80, hostPort: 8080}, {containerPort: 81}]\n"
          "          env: [{name: A, value: b}, {name: S, valueFrom: {secretKeyRef: {}}}]\n"
          "          volumeMounts:\n"
          "            - {name: a, mountPath: /a, mountPropagation: Bidirectional}\n"
          "            - {name: b, mountPath: /b}\n"
          "            - {name: none, mountPath: /c}\n"
          "      initContainers: [{name: init, image: busybox}]\n",
          {"Deployment/shop/web/app", "container.pid_mode", "host 7:16"},
          {"Deployment/shop/web/app", "container.declared_uid", "0 16:24"},
          {"Deployment/shop/web/app", "container.seccomp", "default 8:62"},
          {"Deployment/shop/web/app", "container.no_new_privileges", "true 17:39"},
          {"Deployment/shop/web/app", "container.cap_drop", "[ALL] 18:35"},
          {"Deployment/shop/web/app", "container.caps", "[] 18:35"},
          {"Deployment/shop/web/app", "container.memory_limit", "1073741824 19:40"},
          {"Deployment/shop/web/app", "container.nano_cpus", "250000000 19:50"},
          {"Deployment/shop/web/app", "container.pids_limit", "unreadable (not-observed) 13:11"},
          {"Deployment/shop/web/app", "container.ports", ":8080/tcp 20:19"},
          {"Deployment/shop/web/app", "container.env", "A, unreadable (not-observed) 21:34 21:38"},
          {"Deployment/shop/web/app", "container.mounts",
           "/a, /b, unreadable (not-observed) 23:15 24:15 25:15"},
          {"Deployment/shop/web/init", "container.seccomp", "default 8:62"},
          {"Deployment/shop/web/init", "container.declared_uid", "5 8:36"},
          {"Deployment/shop/web/init", "container.orchestrator", "kubernetes"});
}

/* What a pod's security context does not have is dropped by the API; what is left out means yes. */
static void a_pod_cannot_speak_for_its_containers(void **state)
{
    (void)state;
    CHECK("apiVersion: v1\n"
          "kind: Pod\n"
          "metadata: {name: p}\n"
          "spec:\n"
          "  securityContext: {readOnlyRootFilesystem: true, allowPrivilegeEscalation: false}\n"
          "  containers:\n"
          "  - name: c\n"
          "    envFrom: [{configMapRef: {name: x}}]\n"
          "    env: [{name: N, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}]\n"
          "    securityContext: {procMount: Unmasked}\n",
          {"Pod/p/c", "container.readonly_rootfs", "false"},
          {"Pod/p/c", "container.no_new_privileges", "false 7:5"},
          {"Pod/p/c", "container.seccomp", "unreadable (not-observed)"},
          {"Pod/p/c", "container.env", "N, unreadable (not-observed) 9:11 8:15"},
          {"Pod/p/c", "container.masked_paths", "[] 10:22"});
}

static void every_kind_with_a_pod_is_read(void **state)
{
    (void)state;
    static const char *const kinds[] = {"ReplicaSet", "StatefulSet", "DaemonSet", "Job",
                                        "ReplicationController"};
    PL_AUTO_BUF pl_buf text = {0};
    struct reading g = {0};

    pl_buf_c(&text, "apiVersion: v1\nkind: List\nitems:\n");
    for (size_t i = 0; i < PL_COUNT(kinds); i++)
        pl_buf_fmt(&text,
                   "- {apiVersion: v1, kind: %s, metadata: {name: a}, spec: {template: {spec: "
                   "{containers: [{name: c, image: i}]}}}}\n",
                   kinds[i]);
    pl_buf_c(&text, "---\n{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": "
                    "\"p\"}, \"spec\": {\"containers\": [{\"name\": \"c\"}]}}\n"
                    "---\napiVersion: batch/v1\nkind: CronJob\nmetadata: {name: a}\nspec: "
                    "{jobTemplate: {spec: {template: {spec: {containers: [{name: c}]}}}}}\n"
                    "---\napiVersion: v1\nkind: Service\n"
                    "---\napiVersion: v1\nkind: Pod\nmetadata: {name: empty}\nspec: {}\n");
    assert_ok(read_text(&g, pl_buf_view(&text)), g.err);
    assert_int_equal(g.facts.n_subjects, PL_COUNT(kinds) + 2);
    (void)container(&g, "CronJob/a/c");
    (void)container(&g, "Pod/p/c");
    assert_int_equal(g.facts.n_gaps, 1);
    assert_str(g.facts.gaps[0].what, "a.yaml:20: Pod/empty");
    done(&g);
}

/* ---- ECS ---- */

static void a_task_says_what_inspect_would(void **state)
{
    (void)state;
    CHECK(
        "{\"taskDefinition\": {\"family\": \"shop\", \"pidMode\": \"host\",\n"
        "\"volumes\": [{\"name\": \"run\", \"host\": {\"sourcePath\": \"/run\"}}],\n"
        "\"containerDefinitions\": [{\"name\": \"web\", \"image\": \"a:1\",\n"
        "\"privileged\": true,\n"
        "\"memory\": 256,\n"
        "\"portMappings\": [{\"containerPort\": 80, \"hostPort\": 81}, {\"containerPort\": 82}],\n"
        "\"mountPoints\": [{\"sourceVolume\": \"run\", \"containerPath\": \"/r\"}],\n"
        "\"environment\": [{\"name\": \"A\", \"value\": \"b\"}],\n"
        "\"secrets\": [{\"name\": \"S\", \"valueFrom\": \"arn\"}],\n"
        "\"ulimits\": [{\"name\": \"nofile\", \"softLimit\": 1, \"hardLimit\": 2}],\n"
        "\"linuxParameters\": {\"capabilities\": {\"drop\": [\"ALL\"]}}}]}}\n",
        {"shop/web", "container.privileged", "true 4:15"},
        {"shop/web", "container.pid_mode", "host 1:50"},
        {"shop/web", "container.memory_limit", "268435456 5:11"},
        {"shop/web", "container.ports", ":81/tcp, :*->82/tcp 6:18 6:57"},
        {"shop/web", "container.mounts", "/r 7:17"},
        {"shop/web", "container.env", "A, unreadable (not-observed) 8:40 9:13"},
        {"shop/web", "container.ulimits", "nofile 10:13"},
        {"shop/web", "container.caps", "[] 11:47"},
        {"shop/web", "container.pids_limit", "unreadable (not-observed) 3:26"},
        {"shop/web", "container.service", "ecs:shop/web"});
}

/* ---- hostile files ---- */

static void what_is_none_is_refused_and_what_follows_an_error_is_a_gap(void **state)
{
    (void)state;
    struct reading g = {0};

    assert_int_equal(read_text(&g, PL_S("a: 1\n")), PL_FORMAT);
    done(&g);
    g = (struct reading){0};
    assert_int_equal(read_text(&g, PL_S("services: {a: {image: b\n")), PL_FORMAT);
    done(&g);
    g = (struct reading){0};
    assert_ok(read_text(&g, PL_S("services: {a: {image: b}}\n---\nx: {\n")), g.err);
    assert_int_equal(g.facts.n_subjects, 1);
    assert_int_equal(g.facts.n_gaps, 1);
    assert_true(g.facts.gaps[0].hides);
    done(&g);
}

/* ---- amounts ---- */

static void amounts_are_exact(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        bool (*read)(pl_str s, int64_t *ret);
        int64_t want; /* -1: refused */
    } cases[] = {
        {"512m", pl_amount_bytes, INT64_C(512) << 20},
        {"1.5G", pl_amount_bytes, INT64_C(1536) << 20},
        {"100", pl_amount_bytes, 100},
        {"1kb", pl_amount_bytes, 1024},
        {"9999999999t", pl_amount_bytes, -1},
        {"m", pl_amount_bytes, -1},
        {"", pl_amount_bytes, -1},
        {"1 g", pl_amount_bytes, -1},
        {"0.25", pl_amount_billionths, 250000000},
        {"2", pl_amount_billionths, 2000000000},
        {"1..2", pl_amount_billionths, -1},
        {"500m", pl_quantity_billionths, 500000000},
        {"2", pl_quantity_billionths, 2000000000},
        {"64Mi", pl_quantity_whole, INT64_C(64) << 20},
        {"1500m", pl_quantity_whole, 2},
        {"1G", pl_quantity_whole, 1000000000},
        {"128974848", pl_quantity_whole, 128974848},
        {"1Xi", pl_quantity_whole, -1},
        {"99999999999999999999999999999999999999", pl_quantity_whole, -1},
    };

    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        int64_t got = -1;
        if (!cases[i].read(pl_str_c(cases[i].in), &got))
            got = -1;
        if (got != cases[i].want)
            fail_msg("\"%s\": got %lld, want %lld", cases[i].in, (long long)got,
                     (long long)cases[i].want);
    }
}

/* ---- command lines ---- */

static void a_line_is_read_as_the_client_reads_it(void **state)
{
    (void)state;
    CHECK("docker run --name a $'--privileged' --network default -v //etc/x/../:/h x\n"
          "podman --made-up /x run --name b --privileged --cap-add=sys_admin,net_raw x\n"
          "docker run --name c -v /etc/../:/h --mount TYPE=BIND,Source=/./root,dst=/r x\n"
          "docker run --name d \"$IMAGE\"\n",
          {"a", "container.privileged", "true 1:21"},
          {"a", "container.network_mode", "bridge 1:47"}, {"a", "container.mounts", "/h 1:58"},
          {"b", "container.privileged", "true 2:34"},
          {"b", "container.cap_add", "[CAP_SYS_ADMIN, CAP_NET_RAW] 2:57 2:57"},
          {"c", "container.mounts", "/h, /r 3:24 3:44"}, {"d", "container.privileged", "false"});
}

static void a_path_that_is_written_otherwise_is_the_same_path(void **state)
{
    (void)state;
    static const char *const paths[] = {"/", "/root", "/run/docker.sock", "/etc"};
    struct reading g = {0};

    assert_ok(read_text(&g, PL_S("docker run --name a -v /etc/..:/a "
                                 "--mount Type=Bind,SRC=/./root/,dst=/b -v //run//docker.sock:/c "
                                 "--mount source=/../etc,type=bind,target=/d x\n")),
              g.err);
    const pl_value *mounts = pl_get(container(&g, "a")->rec, PL_F_CONTAINER_MOUNTS);
    assert_int_equal(mounts->n, PL_COUNT(paths));
    for (size_t i = 0; i < PL_COUNT(paths); i++) {
        const pl_value *source = pl_get(mounts->u.recs[i], PL_F_MOUNT_SOURCE);
        assert_int_equal(source->state, PL_PRESENT);
        assert_true(pl_str_eq(source->u.s, pl_str_c(paths[i])));
    }
    done(&g);
}

/* What a script hands on may be any option. */
static void what_could_be_options_leaves_all_open(void **state)
{
    static const char *const lines[] = {
        "docker run --name a \"$@\"\n",         "docker run --name a $ARGS\n",
        "docker run --name a \"${L[@]}\"\n",    "docker run --name a --read-only$X x\n",
        "docker run --name a {--rm,--tty} x\n", "docker run --name a -$X x\n",
        "docker run --name a --$X x\n",
    };
    (void)state;

    for (size_t i = 0; i < PL_COUNT(lines); i++) {
        struct reading g = {0};
        assert_ok(read_text(&g, pl_str_c(lines[i])), g.err);
        const pl_subject *a = container(&g, "a");
        if (pl_get(a->rec, PL_F_CONTAINER_PRIVILEGED)->state != PL_UNREADABLE ||
            pl_get(a->rec, PL_F_CONTAINER_READONLY_ROOTFS)->state != PL_UNREADABLE ||
            g.facts.n_gaps != 1)
            fail_msg("%s", lines[i]);
        done(&g);
    }
}

/* ---- build files ---- */

/* "name digest line:column" of each image that is taken from; "?" for what is not known. */
static void check_sources(const char *text, const char *want)
{
    struct reading g = {0};
    PL_AUTO_BUF pl_buf got = {0};

    assert_ok(read_text(&g, pl_str_c(text)), g.err);
    assert_int_equal(g.facts.n_subjects, 1);
    const pl_subject *s = &g.facts.subjects[0];
    const pl_value *v = pl_get(s->rec, PL_F_IMAGE_BUILD_SOURCES);
    for (size_t i = 0; i < v->n; i++) {
        const pl_value *name = pl_get(v->u.recs[i], PL_F_BUILD_SOURCE_NAME),
                       *digest = pl_get(v->u.recs[i], PL_F_BUILD_SOURCE_DIGEST);
        pl_buf_fmt(&got, "%.*s %s", PL_F(name->state == PL_PRESENT ? name->u.s : PL_S("?")),
                   digest->state == PL_PRESENT  ? "pinned"
                   : digest->state == PL_ABSENT ? "loose"
                                                : "?");
        for (size_t k = 0; k < s->source->n; k++)
            if (s->source->v[k].field == PL_F_IMAGE_BUILD_SOURCES && s->source->v[k].at == (long)i)
                pl_buf_fmt(&got, " %d:%d", s->source->v[k].line, s->source->v[k].column);
        pl_buf_c(&got, "\n");
    }
    assert_int_equal(v->state, PL_PRESENT);
    pl_buf_ch(&got, 0);
    assert_string_equal(got.p, want);
    done(&g);
}

#define HEX32 "0123456789abcdef0123456789abcdef"

static void a_build_file_names_each_image_that_it_takes_from(void **state)
{
    (void)state;
    check_sources("FROM a:1 AS one\nFROM b@sha256:" HEX32 HEX32 " AS two\n"
                  "COPY --from=one /x /x\nCOPY --from=0 /x /x\nCOPY --from=c:2 /x /x\n"
                  "RUN --mount=type=bind,from=d,target=/d true\nFROM two\nFROM scratch\n",
                  "a:1 loose 1:6\nb@sha256:" HEX32 HEX32 " pinned 2:6\nc:2 loose 5:8\n"
                  "d loose 6:23\n");
}

static void a_digest_that_is_none_pins_nothing(void **state)
{
    (void)state;
    check_sources("FROM a@sha256:" HEX32 "\n", "a@sha256:" HEX32 " loose 1:6\n");
    check_sources("FROM a@sha256:" HEX32 HEX32 "0\n", "a@sha256:" HEX32 HEX32 "0 loose 1:6\n");
    check_sources("FROM a@sha256:" HEX32 "0123456789abcdef0123456789abcdeg\n",
                  "a@sha256:" HEX32 "0123456789abcdef0123456789abcdeg loose 1:6\n");
    check_sources("FROM a@sha512:" HEX32 HEX32 "\n", "a@sha512:" HEX32 HEX32 " loose 1:6\n");
}

static void an_argument_without_a_default_leaves_the_image_open(void **state)
{
    (void)state;
    check_sources("ARG V=1\nARG D=@sha256:" HEX32 HEX32 "\nFROM a:${V}${D}\n",
                  "a:1@sha256:" HEX32 HEX32 " pinned 3:6\n");
    check_sources("ARG BASE\nFROM $BASE\n", "? ? 2:6\n");
}

int main(int argc, char **argv)
{
    static const pl_worker_kind kinds[] = {{"declared", worker}, {0}};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_service_says_what_inspect_would),
        cmocka_unit_test(ports_and_volumes_are_read_short_and_long),
        cmocka_unit_test(a_volume_of_the_file_may_be_a_folder_of_the_host),
        cmocka_unit_test(what_a_variable_decides_is_not_known),
        cmocka_unit_test(what_only_engine_and_image_decide_is_not_known),
        cmocka_unit_test(services_extend_and_merge),
        cmocka_unit_test(what_reaches_others_or_the_host_is_not_passed_over),
        cmocka_unit_test(what_a_stack_would_not_have_is_not_known),
        cmocka_unit_test(what_other_files_would_say_is_a_gap),
        cmocka_unit_test(a_pod_says_what_inspect_would),
        cmocka_unit_test(a_pod_cannot_speak_for_its_containers),
        cmocka_unit_test(every_kind_with_a_pod_is_read),
        cmocka_unit_test(a_task_says_what_inspect_would),
        cmocka_unit_test(what_is_none_is_refused_and_what_follows_an_error_is_a_gap),
        cmocka_unit_test(amounts_are_exact),
        cmocka_unit_test(a_line_is_read_as_the_client_reads_it),
        cmocka_unit_test(a_path_that_is_written_otherwise_is_the_same_path),
        cmocka_unit_test(what_could_be_options_leaves_all_open),
        cmocka_unit_test(a_build_file_names_each_image_that_it_takes_from),
        cmocka_unit_test(a_digest_that_is_none_pins_nothing),
        cmocka_unit_test(an_argument_without_a_default_leaves_the_image_open),
    };

    pl_jail_main(argc, argv, kinds);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
