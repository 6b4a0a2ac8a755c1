/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/buf.h"
#include "engine/destinations.h"
#include "engine/fields.h"
#include "engine/limits.h"

#include <string.h>

static pl_record *container_with(pl_arena *a, const char *name, const char *value)
{
    pl_record *c = pl_record_new(a, &pl_kind_container);
    pl_record *env = pl_record_new(a, &pl_kind_env);
    pl_record **list = pl_arena_calloc(a, 1, sizeof(pl_record *));

    pl_set_str(env, PL_F_ENV_NAME, pl_str_c(name));
    pl_set_str(env, PL_F_ENV_VALUE, pl_str_c(value));
    list[0] = env;
    pl_set_recs(c, PL_F_CONTAINER_ENV, list, 1);
    pl_set_absent(c, PL_F_CONTAINER_SECRET_ENV);
    pl_set_absent(c, PL_F_CONTAINER_ARGS);
    return c;
}

/* "host:port!" with "!" for one outside, "?" for one that is not read; a blank between them. */
static void show(const pl_value *list, pl_buf *out)
{
    for (size_t i = 0; list->state == PL_PRESENT && i < list->n; i++) {
        const pl_value *host = pl_get(list->u.recs[i], PL_F_DESTINATION_HOST);
        const pl_value *port = pl_get(list->u.recs[i], PL_F_DESTINATION_PORT);
        const pl_value *outside = pl_get(list->u.recs[i], PL_F_DESTINATION_EXTERNAL);
        pl_buf_c(out, i ? " " : "");
        if (host->state != PL_PRESENT) {
            pl_buf_ch(out, '?');
            continue;
        }
        pl_buf_str(out, host->u.s);
        if (port->state == PL_PRESENT)
            pl_buf_fmt(out, ":%lld", (long long)port->u.i);
        pl_buf_c(out, outside->u.b ? "!" : "");
    }
}

static const struct {
    const char *name, *value, *want;
} values[] = {
    {"DATABASE_URL", "postgres://app:pw@db.cloud.example:5432/app", "db.cloud.example:5432!"},
    {"X", "https://API.Cloud.Example/v1?u=a", "api.cloud.example!"},
    {"X", "jdbc:postgresql://db.cloud.example:5432/app?user=a&password=b",
     "db.cloud.example:5432!"},
    {"MONGO", "mongodb://u:p@a.cloud.example:1,b.cloud.example:2/x",
     "a.cloud.example:1! b.cloud.example:2!"},
    {"X", "redis://cache:6379", "cache:6379"},
    {"X", "http://[2001:db8::1]:80/", "2001:db8::1:80!"},
    {"X", "http://[fd00::1]/", "fd00::1"},
    {"X", "http://10.1.2.3/ and http://192.0.2.9/", "10.1.2.3 192.0.2.9!"},
    {"X", "http://svc.ns.svc.cluster.local/", "svc.ns.svc.cluster.local"},
    {"X", "unix:///run/x.sock", ""},
    {"X", "file:///etc/passwd", ""},
    /* nothing of what may be a secret */
    {"X", "postgres://u:pa/ss@db.cloud.example/x", "?"},
    {"X", "postgres://user:secret", "?"},
    {"X", "https://:pa#x@db.cloud.example/", "?"},
    {"X", "amqp://u:p@h@mq.cloud.example/v", "mq.cloud.example!"},
    {"X", "https://key$%&/x", "?"},
    {"X", "mongodb://u:p@a.cloud.example:1,s3cr$t/x", "?"},
    /* connection strings */
    {"X", "Server=tcp:sql.cloud.example,1433;Database=a;Password=x", "sql.cloud.example!"},
    {"X", "host=db.cloud.example port=5432 password=a", "db.cloud.example!"},
    {"X", "AccountEndpoint=https://a.cloud.example:443/;AccountKey=x==", "a.cloud.example:443!"},
    {"X", "host=/run/postgresql dbname=a", ""},
    {"X", "host=se cret$ port=1", "se"},
    /* names of hosts */
    {"DB_HOST", "db1.cloud.example", "db1.cloud.example!"},
    {"DB_HOST", "db1.cloud.example.", "db1.cloud.example!"},
    {"DB_HOST", "db1.cloud.example.:5432", "db1.cloud.example:5432!"},
    {"X", "https://API.Cloud.Example./v1", "api.cloud.example!"},
    {"DB_HOST",
     "b\xc3\xbc"
     "cher.example",
     "?"},
    {"DB_HOSTS", "a.cloud.example b.cloud.example", "?"},
    {"DB_HOST", "192.0.2", "?"},
    {"DB_SERVER", "/run/db.sock", ""},
    {"DB",
     "b\xc3\xbc"
     "cher.example",
     ""},
    {"DB_HOST", "db", ""},
    {"DB_HOST", "192.0.2.7", "192.0.2.7!"},
    {"DB_HOST", "2001:db8::7", "2001:db8::7!"},
    {"KAFKA_BROKERS", "a.cloud.example:9092, b.cloud.example:9092",
     "a.cloud.example:9092! b.cloud.example:9092!"},
    {"DB", "mydb.abc123.eu-west-1.db.cloud.example", "mydb.abc123.eu-west-1.db.cloud.example!"},
    {"DB", "cloud.example:3306", "cloud.example:3306!"},
    {"HOSTNAME", "box.cloud.example", "box.cloud.example!"},
    /* no hosts */
    {"CLASS", "java.lang.String", ""},
    {"FILE", "config.prod.json", ""},
    {"VERSION", "1.2.3", ""},
    {"PATH", "/usr/bin:/bin", ""},
    {"TIME", "12:30", ""},
    {"EMPTY", "", ""},
};

static void of_a_value_a_host_is_kept_and_nothing_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < PL_COUNT(values); i++) {
        PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
        PL_AUTO_BUF pl_buf got = {0};
        pl_record *c = container_with(a, values[i].name, values[i].value);
        pl_err err = {0};
        assert_ok(pl_destinations_fill(c, a, &err), err);
        show(pl_get(c, PL_F_CONTAINER_DESTINATIONS), &got);
        if (!pl_str_eq(pl_buf_view(&got), pl_str_c(values[i].want)))
            fail_msg("%s=%s: got \"%.*s\", want \"%s\"", values[i].name, values[i].value,
                     PL_F(pl_buf_view(&got)), values[i].want);
    }
}

static const struct {
    const char *words[4];
    const char *want;
} lines[] = {
    {{"serve", "--db=postgres://u:p@a.db.cloud.example:5432/x"}, "a.db.cloud.example:5432!"},
    {{"serve", "--db", "postgres://u:p@a.db.cloud.example/x"}, "a.db.cloud.example!"},
    {{"psql", "-h", "a.db.cloud.example", "-U"}, "a.db.cloud.example!"},
    {{"--db-host", "a.db.cloud.example:1433"}, "a.db.cloud.example:1433!"},
    {{"java", "-Ddb.host=a.db.cloud.example"}, "a.db.cloud.example!"},
    {{"sh", "-c", "DB_HOST=a.db.cloud.example:99 exec app"}, "a.db.cloud.example:99!"},
    {{"sh", "-c", "curl -s 'https://a.cloud.example/x' | b"}, "a.cloud.example!"},
    {{"aws", "s3", "cp", "bucket.s3.eu-central-1.cloud.com"}, "bucket.s3.eu-central-1.cloud.com!"},
    {{"--brokers=a.cloud.example:9092,b.cloud.example:9092"},
     "a.cloud.example:9092! b.cloud.example:9092!"},
    {{"--db", "db:5432", "--host=localhost"}, ""},
    {{"python", "-m", "my.module.server"}, ""},
    {{"java", "org.example.kafka.main", "/etc/app.conf"}, ""},
    {{"--db-password", "a.cloud.com", "--api-key=b.cloud.com"}, ""},
    {{"--url=https://u:a/b@c.cloud.example/"}, "?"},
    {{NULL}, ""},
};

static void of_arguments_hosts_are_kept_and_nothing_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < PL_COUNT(lines); i++) {
        PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
        PL_AUTO_BUF pl_buf got = {0};
        pl_record *c = container_with(a, "X", "y");
        pl_str words[4];
        size_t n = 0;
        pl_err err = {0};
        for (; n < PL_COUNT(words) && lines[i].words[n]; n++)
            words[n] = pl_str_c(lines[i].words[n]);
        pl_set_strs(c, PL_F_CONTAINER_ARGS, words, n);
        assert_ok(pl_destinations_fill(c, a, &err), err);
        show(pl_get(c, PL_F_CONTAINER_DESTINATIONS), &got);
        if (!pl_str_eq(pl_buf_view(&got), pl_str_c(lines[i].want)))
            fail_msg("line %zu, %s: got \"%.*s\", want \"%s\"", i, lines[i].words[0],
                     PL_F(pl_buf_view(&got)), lines[i].want);
        assert_int_equal(pl_get(c, PL_F_CONTAINER_ARGS)->state, PL_UNREADABLE);
    }
}

static const struct {
    const char *words[4];
    const char *source;
} options[] = {
    {{"--db-url", "https://a.cloud.example/"}, "argument db_url"},
    {{"--db-url=https://a.cloud.example/"}, "argument db_url"},
    {{"-u", "https://a.cloud.example/"}, "argument u"},
    {{"DB_URL=https://a.cloud.example/"}, "argument DB_URL"},
    {{"curl", "-uadmin:hunter2", "https://a.cloud.example/"}, "arguments"},
    {{"mongo", "-phunter2", "mongodb://a.cloud.example/"}, "arguments"},
    {{"curl", "-HX-Api-Key:hunter2", "https://a.cloud.example/"}, "arguments"},
    {{"sh", "-c", "curl -uadmin:hunter2 https://a.cloud.example/"}, "arguments"},
    {{"app", "--login:hunter2", "https://a.cloud.example/"}, "arguments"},
};

static void a_value_that_is_joined_to_an_option_is_not_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < PL_COUNT(options); i++) {
        PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
        pl_record *c = container_with(a, "X", "y");
        pl_str words[4];
        size_t n = 0;
        pl_err err = {0};
        for (; n < PL_COUNT(words) && options[i].words[n]; n++)
            words[n] = pl_str_c(options[i].words[n]);
        pl_set_strs(c, PL_F_CONTAINER_ARGS, words, n);
        assert_ok(pl_destinations_fill(c, a, &err), err);
        const pl_value *list = pl_get(c, PL_F_CONTAINER_DESTINATIONS);
        assert_int_equal(list->n, 1);
        pl_str source = pl_get(list->u.recs[0], PL_F_DESTINATION_SOURCE)->u.s;
        if (!pl_str_eq(source, pl_str_c(options[i].source)))
            fail_msg("row %zu: got \"%.*s\"", i, PL_F(source));
    }
}

static void a_command_line_that_was_not_read_points_to_something_unknown(void **state)
{
    (void)state;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    PL_AUTO_BUF pl_buf got = {0};
    pl_record *c = container_with(a, "X", "y");
    pl_err err = {0};

    pl_set_unreadable(c, PL_F_CONTAINER_ARGS, "not-observed");
    assert_ok(pl_destinations_fill(c, a, &err), err);
    show(pl_get(c, PL_F_CONTAINER_DESTINATIONS), &got);
    assert_str(pl_buf_view(&got), "?");
}

static void what_a_secret_holds_is_not_known(void **state)
{
    (void)state;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    const pl_str names[] = {PL_S("DATABASE_URL"), PL_S("DB_PASSWORD")};
    pl_record *c = pl_record_new(a, &pl_kind_container);
    pl_err err = {0};

    pl_set_absent(c, PL_F_CONTAINER_ENV);
    pl_set_strs(c, PL_F_CONTAINER_SECRET_ENV, names, 2);
    pl_set_absent(c, PL_F_CONTAINER_ARGS);
    assert_ok(pl_destinations_fill(c, a, &err), err);
    const pl_value *list = pl_get(c, PL_F_CONTAINER_DESTINATIONS);
    assert_int_equal(list->n, 1);
    assert_str(pl_get(list->u.recs[0], PL_F_DESTINATION_SOURCE)->u.s, "secret env DATABASE_URL");
    assert_int_equal(pl_get(list->u.recs[0], PL_F_DESTINATION_EXTERNAL)->state, PL_UNREADABLE);
}

static void an_environment_that_was_not_read_points_to_something_unknown(void **state)
{
    (void)state;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    pl_record *c = pl_record_new(a, &pl_kind_container);
    pl_err err = {0};

    pl_set_unreadable(c, PL_F_CONTAINER_ENV, "timeout");
    assert_ok(pl_destinations_fill(c, a, &err), err);
    const pl_value *list = pl_get(c, PL_F_CONTAINER_DESTINATIONS);
    assert_int_equal(list->state, PL_UNREADABLE);
    assert_string_equal(list->reason, "timeout");
}

static void more_than_the_limit_is_not_a_part_of_them(void **state)
{
    (void)state;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(4 << 20);
    PL_AUTO_BUF pl_buf value = {0};
    pl_err err = {0};

    for (int i = 0; i <= PL_DESTINATIONS; i++)
        pl_buf_fmt(&value, "http://h%d.cloud.example/ ", i);
    pl_buf_add(&value, "", 1);
    pl_record *c = container_with(a, "X", value.p);
    assert_ok(pl_destinations_fill(c, a, &err), err);
    assert_int_equal(pl_get(c, PL_F_CONTAINER_DESTINATIONS)->state, PL_UNREADABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_a_value_a_host_is_kept_and_nothing_else),
        cmocka_unit_test(of_arguments_hosts_are_kept_and_nothing_else),
        cmocka_unit_test(a_value_that_is_joined_to_an_option_is_not_told),
        cmocka_unit_test(a_command_line_that_was_not_read_points_to_something_unknown),
        cmocka_unit_test(what_a_secret_holds_is_not_known),
        cmocka_unit_test(an_environment_that_was_not_read_points_to_something_unknown),
        cmocka_unit_test(more_than_the_limit_is_not_a_part_of_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
