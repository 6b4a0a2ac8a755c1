/* SPDX-License-Identifier: Apache-2.0 */
/* Whole scans: an archive or a folder through the jailed worker, and the record that comes back. */
#include "folder.h"
#include "test.h"

#include "audit/worker_image.h"
#include "audit/worker_layer.h"
#include "core/hash.h"
#include "core/jail.h"
#include "image/limits.h"
#include "image/scan.h"
#include "model/wire.h"
#include "package/package.h"
#include "secrets/secrets.h"
#include "tarmake.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define DIGEST_TEXT 72
#define NOW INT64_C(1795265141000000) /* 2026-11-21 */

static const char key_text[] = "0123456789abcdef0123456789abcdef";

static const pl_worker_kind workers[] = {{"image", pl_worker_image, pl_worker_image_prepare},
                                         {"image-layer", pl_worker_layer, pl_worker_layer_prepare},
                                         {NULL, NULL}};

struct scene {
    pl_schema *schema;
    pl_arena *a;
    pl_image_result got;
    pl_buf secrets;
    pl_err err;
};

static int open_scene(void **state)
{
    struct scene *s = calloc(1, sizeof(*s));

    assert_non_null(s);
    s->schema = pl_schema_new();
    s->a = pl_arena_new((size_t)64 << 20);
    pl_image_register(s->schema);
    pl_package_register(s->schema);
    *state = s;
    return 0;
}

static int close_scene(void **state)
{
    struct scene *s = *state;

    pl_schema_free(s->schema);
    pl_arena_free(s->a);
    pl_buf_done(&s->secrets);
    free(s);
    return 0;
}

static pl_rc scan(struct scene *s, pl_image_source *src)
{
    pl_image_options o = {.now_us = NOW,
                          .secrets = pl_buf_view(&s->secrets),
                          .redact_key = s->secrets.n ? PL_S(key_text) : (pl_str){"", 0}};
    return pl_image_scan(src, &o, s->schema, s->a, &s->got, &s->err);
}

static pl_rc scan_tar(struct scene *s, const pl_buf *tar)
{
    pl_image_source src;
    int fd = memfd_create("image", MFD_CLOEXEC);

    assert_true(fd >= 0);
    assert_ok(pl_write_all(fd, pl_buf_view(tar), &s->err), s->err);
    assert_true(lseek(fd, 0, SEEK_SET) == 0);
    pl_image_source_of_fd(fd, "test.tar", PL_IMAGE_ARCHIVE, &src);
    return scan(s, &src);
}

/* ---- an image of one or more layers ---- */

static void add_file(pl_buf *tar, const char *path, const pl_buf *data)
{
    mk_add(tar, &(mk_entry){.path = path, .data = data->p, .data_n = data->n});
}

enum { LAYERS = 3 };

/* config: what stands in the config beside rootfs, with a comma at its end. */
static void make_image(pl_buf *tar, const char *config, const mk_entry *const layers[LAYERS])
{
    PL_AUTO_BUF pl_buf ids = {0};
    PL_AUTO_BUF pl_buf names = {0};
    PL_AUTO_BUF pl_buf text = {0};

    for (int i = 0; i < LAYERS && layers[i]; i++) {
        PL_AUTO_BUF pl_buf layer = {0};
        char digest[DIGEST_TEXT];
        char name[32];
        mk_tar(&layer, layers[i]);
        mk_digest(pl_buf_view(&layer), digest);
        (void)snprintf(name, sizeof(name), "%d/layer.tar", i);
        add_file(tar, name, &layer);
        pl_buf_fmt(&ids, "%s\"%s\"", i ? "," : "", digest);
        pl_buf_fmt(&names, "%s\"%s\"", i ? "," : "", name);
    }
    pl_buf_fmt(&text, "{%s\"rootfs\":{\"diff_ids\":[%.*s]}}", config, PL_F(pl_buf_view(&ids)));
    add_file(tar, "config.json", &text);
    pl_buf_reset(&text);
    pl_buf_fmt(&text,
               "[{\"Config\":\"config.json\",\"RepoTags\":[\"h:5/team/web:1\"],\"Layers\":[%.*s]}]",
               PL_F(pl_buf_view(&names)));
    add_file(tar, "manifest.json", &text);
    mk_end(tar);
}

static const char plain_config[] = "\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{},";

/* ---- fields ---- */

static int field_of(const char *name)
{
    int field = pl_kind_field(&pl_image_kind, pl_str_c(name));
    if (field < 0)
        fail_msg("no field %s", name);
    return field;
}

static void assert_field(const struct scene *s, const char *name, const char *want)
{
    PL_AUTO_BUF pl_buf text = {0};
    int field = field_of(name);

    pl_value_print(&pl_image_kind.fields[field], pl_get(s->got.image, field), &text);
    if (!pl_str_eq(pl_buf_view(&text), pl_str_c(want)))
        fail_msg("%s: got %.*s, want %s", name, PL_F(pl_buf_view(&text)), want);
}

/* One field of each element of a list: "a, b". */
static void assert_elements(const struct scene *s, const char *list, const char *element,
                            const char *want)
{
    const pl_value *v = pl_get(s->got.image, field_of(list));
    PL_AUTO_BUF pl_buf text = {0};

    assert_int_equal(v->state, PL_PRESENT);
    for (size_t i = 0; i < v->n; i++) {
        const pl_record *r = v->u.recs[i];
        int field = pl_kind_field(r->kind, pl_str_c(element));
        assert_true(field >= 0);
        pl_buf_c(&text, i ? ", " : "");
        pl_value_print(&r->kind->fields[field], pl_get(r, field), &text);
    }
    if (!pl_str_eq(pl_buf_view(&text), pl_str_c(want)))
        fail_msg("%s: got %.*s, want %s", list, PL_F(pl_buf_view(&text)), want);
}

static void assert_problem(const struct scene *s, const char *part)
{
    for (size_t i = 0; i < s->got.n_problems; i++)
        if (pl_str_has(s->got.problems[i].text, pl_str_c(part)))
            return;
    for (size_t i = 0; i < s->got.n_problems; i++)
        print_message("problem: %.*s\n", PL_F(s->got.problems[i].text));
    fail_msg("no problem says \"%s\"", part);
}

/* ---- tests ---- */

static void a_config_becomes_fields(void **state)
{
    struct scene *s = *state;
    PL_AUTO_BUF pl_buf tar = {0};

    make_image(
        &tar,
        "\"architecture\":\"amd64\",\"os\":\"linux\",\"created\":\"2026-11-01T00:00:00."
        "123456789Z\","
        "\"config\":{\"User\":\"app:9\",\"Env\":[\"PATH=/x:/usr/bin\",\"A=b=c\",\"odd\"],"
        "\"Cmd\":[\"/bin/app\",\"-v\"],\"Entrypoint\":null,\"WorkingDir\":\"/srv/app\","
        "\"ExposedPorts\":{\"80/tcp\":{},\"53/udp\":{}},\"Volumes\":{\"/data\":{}},"
        "\"Labels\":{\"a\":\"1\",\"b\":\"\"},\"Healthcheck\":{\"Test\":[\"NONE\"]},"
        "\"StopSignal\":\"SIGTERM\"},\"history\":[{\"created_by\":\"/bin/sh -c #(nop) ADD file:"
        "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef in / \"},"
        "{\"created_by\":\"/bin/sh -c #(nop)  CMD [\\\"sh\\\"]\",\"empty_layer\":true},"
        "{\"created_by\":\"/bin/sh -c apt-get update\"}],",
        (const mk_entry *const[LAYERS]){
            (const mk_entry[]){
                {.path = "etc/passwd", .data = "root:x:0:0::/:/bin/sh\napp:x:7:8::/:\n"}, {NULL}},
            (const mk_entry[]){{.path = "etc/os-release", .data = "ID=debian\nVERSION_ID=10\n"},
                               {.path = "var/lib/dpkg/status",
                                .data = "Package: a\nStatus: install ok installed\nVersion: 1\n"},
                               {NULL}}});
    assert_ok(scan_tar(s, &tar), s->err);
    assert_int_equal(s->got.n_problems, 0);
    assert_field(s, "image.reference", "h:5/team/web:1");
    assert_field(s, "image.repository", "h:5/team/web");
    assert_field(s, "image.format", "docker-archive");
    assert_field(s, "image.age_days", "20");
    assert_field(s, "image.user", "app:9");
    assert_field(s, "image.user_uid", "7");
    assert_field(s, "image.cmd", "[/bin/app, -v]");
    assert_field(s, "image.entrypoint", "absent");
    assert_field(s, "image.exposed_ports", "[80/tcp, 53/udp]");
    assert_field(s, "image.volumes", "[/data]");
    assert_field(s, "image.healthcheck", "[NONE]");
    assert_field(s, "image.is_complete", "true");
    assert_field(s, "image.files", "3");
    assert_elements(s, "image.env", "env.name", "PATH, A, odd");
    assert_elements(s, "image.label", "label.key", "a, b");
    assert_elements(s, "image.history", "history.instruction", "ADD, CMD, RUN");
    assert_elements(s, "image.history", "history.is_base", "true, true, false");
    assert_elements(s, "image.history", "history.refreshes_index", "false, false, true");
    assert_elements(s, "image.layers", "layer.is_base", "true, false");
    assert_field(s, "image.os.release", "debian:10");
    assert_field(s, "image.os.support", "dated");
    assert_elements(s, "image.accounts", "image_account.name", "root, app");
}

static void values_of_a_wrong_type_are_unreadable(void **state)
{
    struct scene *s = *state;
    PL_AUTO_BUF pl_buf tar = {0};

    make_image(
        &tar,
        "\"os\":7,\"created\":\"yesterday\",\"config\":{\"User\":[1],\"Env\":\"A=b\",\"Cmd\":"
        "\"/bin/sh -c x\",\"ExposedPorts\":[1],\"Labels\":7,\"Healthcheck\":[]},",
        (const mk_entry *const[LAYERS]){(const mk_entry[]){{.path = "x"}, {NULL}}});
    assert_ok(scan_tar(s, &tar), s->err);
    assert_field(s, "image.platform.os", "unreadable (unreadable)");
    assert_field(s, "image.platform.arch", "absent");
    assert_field(s, "image.created", "unreadable (unreadable)");
    assert_field(s, "image.user_uid", "unreadable (unreadable)");
    assert_field(s, "image.exposed_ports", "unreadable (unreadable)");
    assert_field(s, "image.cmd", "[/bin/sh -c x]");
    assert_field(s, "image.history", "unreadable (not-observed)");
}

static void an_image_of_another_system_is_not_taken_for_empty(void **state)
{
    struct scene *s = *state;
    PL_AUTO_BUF pl_buf tar = {0};

    make_image(&tar, "\"os\":\"windows\",\"config\":{},",
               (const mk_entry *const[LAYERS]){(const mk_entry[]){
                   {.path = "Files/Windows/System32/ntdll.dll", .data = "MZ"}, {NULL}}});
    assert_ok(scan_tar(s, &tar), s->err);
    assert_problem(s, "is made for windows");
    assert_field(s, "image.system_packages", "unreadable (unsupported)");
}

static void files_become_facts(void **state)
{
    struct scene *s = *state;
    PL_AUTO_BUF pl_buf tar = {0};

    make_image(
        &tar,
        "\"os\":\"linux\",\"config\":{\"User\":\"5\",\"WorkingDir\":\"/app\",\"Volumes\":{\"/app/"
        "data\":{}},"
        "\"Env\":[\"NODE_TLS_REJECT_UNAUTHORIZED=0\"]},",
        (const mk_entry *const[LAYERS]){
            (const mk_entry[]){{.path = "bin", .type = '2', .link = "usr/bin", .mode = 0777},
                               {.path = "usr/bin/su", .data = "x", .mode = 04755},
                               {.path = "usr/bin/tool", .data = "x", .mode = 0757},
                               {.path = "usr/bin/sshd", .type = '2', .link = "tool", .mode = 0777},
                               {.path = "usr/bin/note", .data = "x"},
                               {.path = "usr/tmp", .type = '5', .mode = 01777},
                               {.path = "opt/sg", .data = "x", .mode = 02755},
                               {.path = "app/main.js", .data = "x", .uid = 5},
                               {.path = "app/data/x", .data = "x", .uid = 5},
                               {.path = "app/.git", .type = '5', .mode = 0755},
                               {.path = "app/.git/config.c", .data = "x"},
                               {.path = "app/node_modules/y/y.ts", .data = "x"},
                               {.path = "app/main.ts", .data = "x"},
                               {.path = "app/.env", .data = "x"},
                               {.path = "app/src/a/b.ts", .data = "x"},
                               {.path = "app/dist/a/b.js", .data = "x"},
                               {.path = "app/tests/a.txt", .data = "xy"},
                               {.path = "app/tests/b.txt", .data = "xyz"},
                               {.path = "root/.m2/repository/x.jar", .data = "xx"},
                               {.path = "var/lib/apt/lists/lock", .data = ""},
                               {.path = "usr/share/x/tests/t", .data = "x"},
                               {.path = "app/node_modules/y/test/t", .data = "x"},
                               {.path = "opt/tool_1_amd64.deb", .data = "x"},
                               {.path = "tmp/a-1-py3-none-any.whl", .data = "x"},
                               {.path = "usr/lib/python3/ensurepip/b.whl", .data = "x"},
                               {.path = "opt/empty.rpm", .data = ""},
                               {NULL}},
            (const mk_entry[]){
                {.path = "app/.wh..env"},
                {.path = "etc/passwd", .data = "root::0:0::/:\nt:x:0:0::/:\nz:x:9:9::/:\n"},
                {.path = "etc/shadow", .data = "t:*:1\nz:$6$x:1\nlost::1\n"},
                {.path = "etc/apt/sources.list", .data = "deb [trusted=yes] http://e x\n"},
                {.path = "root/.curlrc", .data = "insecure\n"},
                {.path = "usr/local/share/ca-certificates/own.crt", .data = "x"},
                {.path = "usr/bin/apt", .data = "x", .mode = 0755},
                {.path = "root/.wh..m2"},
                {.path = "tmp/.wh.a-1-py3-none-any.whl"},
                {.path = "var/lib/apt/lists/e_dists", .data = "abc"},
                {NULL}}});
    assert_ok(scan_tar(s, &tar), s->err);
    assert_elements(s, "image.setuid_files", "image_file.path", "/usr/bin/su, /opt/sg");
    assert_elements(s, "image.setuid_files", "image_file.why", "setuid, setgid");
    assert_elements(s, "image.writable_program_files", "image_file.path",
                    "/usr/bin/tool, /app/main.js");
    assert_elements(s, "image.writable_program_files", "image_file.why", "everyone, user");
    assert_elements(s, "image.programs", "image_file.name", "su, tool, sshd, apt");
    assert_field(s, "image.package_managers", "[apt]");
    assert_elements(s, "image.build_files", "image_file.path",
                    "/app/.git, /app/main.ts, /app/.env, /app/src/a/b.ts, /app/tests, "
                    "/root/.m2/repository, /opt/tool_1_amd64.deb, "
                    "/tmp/a-1-py3-none-any.whl, /var/lib/apt/lists");
    assert_elements(s, "image.build_files", "image_file.why",
                    "version-control, source-beside-product, build-context, "
                    "source-beside-product, test-data, "
                    "build-cache, package-archive, package-archive, package-cache");
    assert_elements(s, "image.build_files", "image_file.is_deleted",
                    "false, false, true, false, false, true, false, true, false");
    assert_elements(s, "image.build_files", "image_file.size", "1, 1, 1, 1, 5, 2, 1, 1, 3");
    assert_elements(s, "image.accounts", "image_account.name", "root, t, z, lost");
    assert_elements(s, "image.accounts", "image_account.password", "empty, locked, set, empty");
    assert_elements(s, "image.accounts", "image_account.is_second_root",
                    "false, true, false, false");
    assert_elements(s, "image.unsigned_repositories", "image_setting.name", "trusted");
    assert_elements(s, "image.tls_bypasses", "image_setting.where",
                    "/root/.curlrc, /usr/local/share/ca-certificates/own.crt, environment");
    assert_elements(s, "image.changed_package_files", "image_file.path", "");
}

static void a_layer_that_cannot_be_trusted_leaves_what_depends_on_it_unreadable(void **state)
{
    struct scene *s = *state;
    PL_AUTO_BUF pl_buf tar = {0};

    make_image(&tar, plain_config,
               (const mk_entry *const[LAYERS]){
                   (const mk_entry[]){{.path = "usr/bin/su", .data = "x", .mode = 04755}, {NULL}},
                   (const mk_entry[]){{.path = "etc/passwd", .data = "root:*:0:0::/:\n"}, {NULL}}});
    /* The second layer's tar starts after the first one's: 1 header, 4 blocks, then its own. */
    tar.p[512 * 7] = 'R';
    assert_ok(scan_tar(s, &tar), s->err);
    assert_field(s, "image.is_complete", "false");
    assert_problem(s, "its files have the digest");
    assert_elements(s, "image.setuid_files", "image_file.path",
                    "/usr/bin/su, unreadable (unreadable)");
    assert_elements(s, "image.packages", "package.name", "unreadable (unreadable)");
    assert_elements(s, "image.accounts", "image_account.name", "unreadable (unreadable)");
    assert_field(s, "image.files", "unreadable (unreadable)");
    assert_field(s, "image.user_uid", "0");
}

static void names_that_attack_come_through_as_they_are_and_problems_visible(void **state)
{
    struct scene *s = *state;
    PL_AUTO_BUF pl_buf tar = {0};

    make_image(
        &tar, "\"os\":\"linux\",\"config\":{\"User\":\"</script>\\u001b[31m\"},",
        (const mk_entry *const[LAYERS]){(const mk_entry[]){
            {.path = "usr/bin/<script>\x1b[31m\xe2\x80\xae=cmd|\xff", .data = "x", .mode = 0755},
            {.path = "../../\x1b]0;x\a", .data = "x"},
            {NULL}}});
    assert_ok(scan_tar(s, &tar), s->err);
    assert_field(s, "image.user", "</script>\x1b[31m");
    assert_elements(s, "image.programs", "image_file.name",
                    "<script>\x1b[31m\xe2\x80\xae=cmd|\xff");
    assert_int_equal(s->got.n_problems, 1);
    assert_problem(s, "\\x1b]0;x");
}

static void archives_that_are_none_give_one_error_with_their_name(void **state)
{
    struct scene *s = *state;
    static const char *const texts[] = {"", "hello", "\x1f\x8b\x08 broken", "[]{}"};

    for (size_t i = 0; i < PL_COUNT(texts); i++) {
        PL_AUTO_BUF pl_buf tar = {0};
        pl_buf_c(&tar, texts[i]);
        assert_int_equal(scan_tar(s, &tar), PL_FORMAT);
        if (strncmp(s->err.text, "image test.tar: ", 16) != 0)
            fail_msg("%s", s->err.text);
    }
}

static void secrets_are_found_in_metadata_and_in_deleted_files(void **state)
{
    struct scene *s = *state;
    PL_AUTO_SECRETS pl_secrets *secrets = NULL;
    PL_AUTO_BUF pl_buf tar = {0};
    static const char key[] = "\x41KIA4QPLIMSOLL7Q3X5Z\n";

    assert_ok(pl_secrets_new(pl_content_builtin, &secrets, &s->err), s->err);
    assert_ok(pl_secrets_write(secrets, &s->secrets, &s->err), s->err);
    make_image(&tar,
               "\"os\":\"linux\",\"config\":{\"Env\":[\"DB_PASSWORD=correct-horse\",\"A=b\"],"
               "\"Labels\":{},"
               "\"Cmd\":[\"app\",\"--password\",\"correct-horse\"]},\"history\":[{\"created_by\":"
               "\"|1 API_TOKEN=correct-horse-7 /bin/sh -c make\"}],",
               (const mk_entry *const[LAYERS]){
                   (const mk_entry[]){{.path = "root/key.txt", .data = key}, {NULL}},
               });
    assert_ok(scan_tar(s, &tar), s->err);
    assert_elements(s, "image.metadata_secrets", "image_secret.where",
                    "environment DB_PASSWORD, command, history step 0");
    assert_elements(s, "image.env", "env.secret", "named-secret, absent");
    assert_elements(s, "image.file_secrets", "image_secret.where", "/root/key.txt");
    /* HMAC-SHA-256 under the key, first eight bytes; the secret itself is nowhere. */
    unsigned char mac[PL_SHA256];
    char ref[17];
    pl_hmac_sha256(PL_S(key_text), pl_str_sub(PL_S(key), 0, sizeof(key) - 2), mac);
    pl_hex(mac, 8, ref);
    assert_elements(s, "image.file_secrets", "image_secret.ref", ref);
    PL_AUTO_BUF pl_buf all = {0};
    pl_record_encode(s->got.image, &all);
    assert_false(pl_str_has(pl_buf_view(&all), PL_S("correct-horse")));
    assert_false(pl_str_has(pl_buf_view(&all), PL_S("\x41KIA4QPL")));

    tar.n = 0;
    make_image(&tar, plain_config,
               (const mk_entry *const[LAYERS]){
                   (const mk_entry[]){{.path = "root/key.txt", .data = key}, {NULL}},
                   (const mk_entry[]){{.path = "root/.wh.key.txt"}, {NULL}},
               });
    assert_ok(scan_tar(s, &tar), s->err);
    assert_elements(s, "image.file_secrets", "image_secret.is_deleted", "true");
    assert_elements(s, "image.metadata_secrets", "image_secret.where", "");
}

static void what_libraries_publish_and_manuals_show_is_told_apart(void **state)
{
    struct scene *s = *state;
    PL_AUTO_SECRETS pl_secrets *secrets = NULL;
    PL_AUTO_BUF pl_buf tar = {0};
    static const char pem[] = "-----BEGIN \x50RIVATE KEY-----\n"
                              "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7MIIEvQIBADAN\n"
                              "-----END PRIVATE KEY-----\n";
    static const char url[] = "see http://user:correct-horse@host/\n";

    assert_ok(pl_secrets_new(pl_content_builtin, &secrets, &s->err), s->err);
    assert_ok(pl_secrets_write(secrets, &s->secrets, &s->err), s->err);
    make_image(&tar, plain_config,
               (const mk_entry *const[LAYERS]){
                   (const mk_entry[]){{.path = "app/node_modules/x/test/k.pem", .data = pem},
                                      {.path = "app/test/k.pem", .data = pem},
                                      {.path = "app/README", .data = url},
                                      {.path = "app/app.yaml", .data = url},
                                      {.path = "usr/lib/x/app.yaml", .data = url},
                                      {.path = "srv/docker-compose.prod.yml",
                                       .data = "POSTGRES_PASSWORD: correct-horse\n"},
                                      {NULL}},
               });
    assert_ok(scan_tar(s, &tar), s->err);
    assert_elements(s, "image.file_secrets", "image_secret.where",
                    "/app/test/k.pem, /app/app.yaml, /srv/docker-compose.prod.yml, "
                    "/app/node_modules/x/test/k.pem, /app/README, /usr/lib/x/app.yaml");
    assert_elements(s, "image.file_secrets", "image_secret.is_example",
                    "false, false, false, true, true, true");
    assert_elements(s, "image.file_secrets", "image_secret.severity",
                    "critical, high, high, low, low, low");
    assert_elements(s, "image.file_secrets", "image_secret.line", "1, 1, 1, 1, 1, 1");
    assert_elements(s, "image.file_secrets", "image_secret.offset", "0, 16, 19, 0, 16, 16");
}

/* ---- folders ---- */

static void put(const char *folder, const char *name, const char *text, mode_t mode)
{
    char path[4096];

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    PL_AUTO_FD int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    assert_int_equal(fchmod(fd, mode), 0);
}

static void make_folder(char *folder)
{
    char path[4096];
    char long_name[256];

    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/etc", folder);
    assert_int_equal(mkdir(path, 0755), 0);
    put(folder, "etc/os-release", "ID=alpine\nVERSION_ID=3.18.4\n", 0644);
    put(folder, "su", "x", 04755);
    memset(long_name, 'n', 255);
    long_name[255] = '\0';
    put(folder, long_name, "x", 02755);
    (void)snprintf(path, sizeof(path), "%s/fifo", folder);
    assert_int_equal(mkfifo(path, 0644), 0);
    (void)snprintf(path, sizeof(path), "%s/out", folder);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    (void)snprintf(path, sizeof(path), "%s/holes", folder);
    PL_AUTO_FD int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (off_t)8 << 20), 0);
}

static void a_folder_is_read_as_a_root_file_system(void **state)
{
    struct scene *s = *state;
    char folder[] = "/tmp/pl-image.XXXXXX";
    char want[512];
    pl_image_source src;

    make_folder(folder);
    pl_rc rc = pl_image_source_open(folder, &src, &s->err);
    if (!rc)
        rc = scan(s, &src);
    (void)remove_folder(folder);
    assert_ok(rc, s->err);
    assert_field(s, "image.format", "rootfs");
    assert_field(s, "image.os.release", "alpine:3.18.4");
    assert_field(s, "image.config_digest", "absent");
    assert_field(s, "image.user_uid", "absent");
    assert_field(s, "image.files", "7");
    (void)snprintf(want, sizeof(want), "/%0255d, /su", 0);
    for (size_t i = 1; i <= 255; i++)
        want[i] = 'n';
    assert_elements(s, "image.setuid_files", "image_file.path", want);
    const pl_value *id = pl_get(s->got.image, PL_F_IMAGE_ID);
    assert_int_equal(id->state, PL_PRESENT);
    assert_true(pl_str_starts(id->u.s, PL_S("sha256:")));
}

/* Our walker says of what it may not read that it is there. */
static void what_the_walker_could_not_read_leaves_unknowns_and_the_rest_goes_on(void **state)
{
    struct scene *s = *state;
    PL_AUTO_BUF pl_buf tar = {0};
    PL_AUTO_BUF pl_buf pax = {0};
    pl_image_source src;

    mk_add(&tar, &(mk_entry){.path = "etc/os-release", .data = "ID=alpine\nVERSION_ID=3.18.4\n"});
    mk_add(&tar, &(mk_entry){.path = "lib/apk/db/installed", .data = "P:a\nV:1\n\n"});
    mk_pax(&pax, "PLIMSOLL.unread", "13");
    for (int i = 0; i < 3; i++) {
        mk_meta(&tar, 'x', pax.p, pax.n);
        mk_add(&tar, &(mk_entry){.path = "etc/passwd"});
    }
    mk_end(&tar);
    int fd = memfd_create("rootfs", MFD_CLOEXEC);
    assert_int_equal(write(fd, tar.p, tar.n), (ssize_t)tar.n);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    pl_image_source_of_fd(fd, "rootfs", PL_IMAGE_ROOTFS, &src);
    assert_ok(scan(s, &src), s->err);
    assert_field(s, "image.os.release", "alpine:3.18.4");
    assert_field(s, "image.is_complete", "false");
    assert_int_equal(s->got.n_problems, 1);
    assert_int_equal(s->got.problems[0].rc, PL_DENIED);
    assert_problem(s, "3 files could not be read, the first: etc/passwd: Permission denied");
}

static void what_is_neither_file_nor_folder_is_refused(void **state)
{
    struct scene *s = *state;
    pl_image_source src;

    assert_int_equal(pl_image_source_open("/nonexistent/x", &src, &s->err), PL_NOTFOUND);
    assert_int_equal(pl_image_source_open("/dev/null", &src, &s->err), PL_UNSUPPORTED);
}

/* A source whose writing side fails tells its own story, not that of the cut stream. */
static pl_rc failing_start(pl_image_source *src, int *ret_fd, pl_err *err)
{
    (void)err;
    src->fd = memfd_create("empty", MFD_CLOEXEC);
    *ret_fd = src->fd;
    return PL_OK;
}

static pl_rc failing_finish(pl_image_source *src, pl_err *err)
{
    (void)close(src->fd);
    return pl_fail(err, PL_NET, "the engine hung up");
}

static void a_source_that_fails_says_why(void **state)
{
    struct scene *s = *state;
    pl_image_source src = {.name = "web:1", .start = failing_start, .finish = failing_finish};

    assert_int_equal(scan(s, &src), PL_NET);
    assert_string_equal(s->err.text, "image web:1: the engine hung up");
}

static void a_distribution_without_a_list_of_its_packages_is_told(void **state)
{
    struct scene *s = *state;
    PL_AUTO_BUF pl_buf tar = {0};
    pl_image_source src;

    mk_add(&tar, &(mk_entry){.path = "etc/os-release", .data = "ID=debian\nVERSION_ID=12\n"});
    mk_end(&tar);
    int fd = memfd_create("rootfs", MFD_CLOEXEC);
    assert_int_equal(write(fd, tar.p, tar.n), (ssize_t)tar.n);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    pl_image_source_of_fd(fd, "rootfs", PL_IMAGE_ROOTFS, &src);
    assert_ok(scan(s, &src), s->err);
    assert_problem(s, "etc/os-release: names a distribution, but no list of its packages");
    assert_field(s, "image.system_packages", "unreadable (unsupported)");
}

static void a_folder_with_nothing_in_it_is_no_image(void **state)
{
    struct scene *s = *state;
    PL_AUTO_BUF pl_buf tar = {0};
    pl_image_source src;

    mk_end(&tar);
    int fd = memfd_create("rootfs", MFD_CLOEXEC);
    assert_int_equal(write(fd, tar.p, tar.n), (ssize_t)tar.n);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    pl_image_source_of_fd(fd, "rootfs", PL_IMAGE_ROOTFS, &src);
    assert_int_equal(scan(s, &src), PL_FORMAT);
}

int main(int argc, char **argv)
{
    pl_jail_main(argc, argv, workers);
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_scene, close_scene)
    const struct CMUnitTest tests[] = {
        TEST(a_config_becomes_fields),
        TEST(values_of_a_wrong_type_are_unreadable),
        TEST(an_image_of_another_system_is_not_taken_for_empty),
        TEST(files_become_facts),
        TEST(a_layer_that_cannot_be_trusted_leaves_what_depends_on_it_unreadable),
        TEST(names_that_attack_come_through_as_they_are_and_problems_visible),
        TEST(archives_that_are_none_give_one_error_with_their_name),
        TEST(secrets_are_found_in_metadata_and_in_deleted_files),
        TEST(what_libraries_publish_and_manuals_show_is_told_apart),
        TEST(a_folder_is_read_as_a_root_file_system),
        TEST(what_the_walker_could_not_read_leaves_unknowns_and_the_rest_goes_on),
        TEST(what_is_neither_file_nor_folder_is_refused),
        TEST(a_distribution_without_a_list_of_its_packages_is_told),
        TEST(a_folder_with_nothing_in_it_is_no_image),
        TEST(a_source_that_fails_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
