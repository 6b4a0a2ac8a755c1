/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Until when runtimes and servers are supported that a subject holds beside the packages of its
 * distribution. Those are supported by the distribution itself, whatever their makers say; packages
 * that the makers built for a distribution show it in name or version.
 */
#include "audit/run_private.h"

#include "core/clock.h"
#include "model/eol.h"
#include "package/package.h"

#include <string.h>

/* X(purl type, name, product of the end-of-life table) */
#define PRODUCTS(X)                                                                                \
    X("generic", "node", "nodejs")                                                                 \
    X("generic", "nodejs", "nodejs")                                                               \
    X("generic", "python", "python")                                                               \
    X("generic", "ruby", "ruby")                                                                   \
    X("generic", "perl", "perl")                                                                   \
    X("generic", "php", "php")                                                                     \
    X("generic", "php-cli", "php")                                                                 \
    X("generic", "go", "go")                                                                       \
    X("golang", "toolchain", "go")                                                                 \
    X("generic", "openjdk", "eclipse-temurin")                                                     \
    X("generic", "openjdk", "openjdk-builds-from-oracle")                                          \
    X("generic", "eclipse-temurin", "eclipse-temurin")                                             \
    X("generic", "amazon-corretto", "amazon-corretto")                                             \
    X("generic", "oracle-jdk", "oracle-jdk")                                                       \
    X("generic", "microsoft-openjdk", "microsoft-build-of-openjdk")                                \
    X("golang", "github.com/docker/docker", "docker-engine")                                       \
    X("golang", "github.com/containerd/containerd", "containerd")                                  \
    X("golang", "go.etcd.io/etcd", "etcd")                                                         \
    X("generic", "rust", "rust")                                                                   \
    X("generic", "erlang", "erlang")                                                               \
    X("generic", "elixir", "elixir")                                                               \
    X("generic", "dotnet", "dotnet")                                                               \
    X("generic", "openssl", "openssl")                                                             \
    X("generic", "nginx", "nginx")                                                                 \
    X("generic", "httpd", "apache-http-server")                                                    \
    X("generic", "redis", "redis")                                                                 \
    X("generic", "valkey", "valkey")                                                               \
    X("generic", "postgresql", "postgresql")                                                       \
    X("generic", "mysql", "mysql")                                                                 \
    X("generic", "mariadb", "mariadb")                                                             \
    X("generic", "mongodb", "mongodb")                                                             \
    X("generic", "memcached", "memcached")                                                         \
    X("generic", "haproxy", "haproxy")                                                             \
    X("generic", "traefik", "traefik")                                                             \
    X("generic", "envoy", "envoy")                                                                 \
    X("generic", "rabbitmq", "rabbitmq")                                                           \
    X("generic", "containerd", "containerd")                                                       \
    X("generic", "etcd", "etcd")                                                                   \
    X("golang", "stdlib", "go")                                                                    \
    X("nuget", "Microsoft.NETCore.App", "dotnet")                                                  \
    X("nuget", "Microsoft.AspNetCore.App", "dotnet")                                               \
    X("maven", "org.apache.tomcat.embed:tomcat-embed-core", "tomcat")                              \
    X("maven", "org.apache.tomcat:tomcat-catalina", "tomcat")

static const struct product {
    const char *type, *name, *product;
} products[] = {
#define X(type, name, product) {(type), (name), (product)},
    PRODUCTS(X)
#undef X
};

/*
 * Packages of distributions' package managers that the makers built themselves: how the name begins
 * and ends, what stands in the version. X(begin, end, mark, product)
 */
#define BUILDS(X)                                                                                  \
    X("nodejs", "", "nodesource", "nodejs")                                                        \
    X("php", "", "~1.gbp", "php")                                                                  \
    X("php", "", ".remi", "php")                                                                   \
    X("postgresql", "", ".pgdg", "postgresql")                                                     \
    X("postgresql", "", "PGDG", "postgresql")                                                      \
    X("mariadb-server", "", "+maria~", "mariadb")                                                  \
    X("mysql-community-server", "", "", "mysql")                                                   \
    X("redis", "", "rl1~", "redis")                                                                \
    X("mongodb-org-server", "", "", "mongodb")                                                     \
    X("nginx", "", ".ngx", "nginx")                                                                \
    X("nginx", "", "-1~", "nginx")                                                                 \
    X("docker-ce", "", "", "docker-engine")                                                        \
    X("containerd.io", "", "", "containerd")                                                       \
    X("temurin-", "-jdk", "", "eclipse-temurin")                                                   \
    X("temurin-", "-jre", "", "eclipse-temurin")                                                   \
    X("java-", "-amazon-corretto-jdk", "", "amazon-corretto")                                      \
    X("java-", "-amazon-corretto", "", "amazon-corretto")

static const struct build {
    const char *begin, *end, *mark, *product;
} builds[] = {
#define X(begin, end, mark, product) {(begin), (end), (mark), (product)},
    BUILDS(X)
#undef X
};

static bool is_of_system(const pl_package *p)
{
    return pl_str_eq(p->type, PL_S("deb")) || pl_str_eq(p->type, PL_S("rpm"));
}

static const pl_eol *build_of(const pl_package *p)
{
    pl_str version = p->version;
    const char *epoch = version.n ? memchr(version.p, ':', version.n) : NULL;

    if (epoch)
        version = pl_str_sub(version, (size_t)(epoch - version.p) + 1, version.n);
    for (size_t i = 0; is_of_system(p) && i < PL_COUNT(builds); i++)
        if (pl_str_starts(p->name, pl_str_c(builds[i].begin)) &&
            pl_str_ends(p->name, pl_str_c(builds[i].end)) &&
            pl_str_has(version, pl_str_c(builds[i].mark)))
            return pl_eol_product(pl_str_c(builds[i].product), version);
    return NULL;
}

static const pl_eol *release_of(const pl_package *p)
{
    pl_str version = p->version;
    const pl_eol *e = NULL;

    if (version.n && version.p[0] == 'v')
        version = pl_str_sub(version, 1, version.n);
    for (size_t i = 0; !e && i < PL_COUNT(products); i++)
        if (pl_str_eq(p->type, pl_str_c(products[i].type)) &&
            pl_str_eq(p->name, pl_str_c(products[i].name)))
            e = pl_eol_product(pl_str_c(products[i].product), version);
    return e ? e : build_of(p);
}

static pl_rc set_end(pl_run *r, pl_record *package, int32_t day, pl_err *err)
{
    const int64_t day_us = INT64_C(86400) * 1000000;
    char text[PL_TIME_TEXT];

    if (day == PL_EOL_NO_DATE)
        return PL_OK;
    pl_time_print(day * day_us, text);
    pl_str date = pl_arena_str(r->arena, pl_str_sub(pl_str_c(text), 0, 10));
    if (!date.p)
        return pl_fail(err, PL_LIMIT, "packages");
    pl_set_str(package, PL_F_PACKAGE_SUPPORT_END, date);
    pl_set_int(package, PL_F_PACKAGE_SUPPORT_DAYS, pl_eol_days_left(day, pl_now_us(r->o.clock)));
    return PL_OK;
}

pl_rc pl_run_fill_support(pl_run *r, const pl_subject *s, int packages, pl_err *err)
{
    const pl_value *v = pl_get(s->rec, packages);
    pl_rc rc = PL_OK;

    for (size_t i = 0; v->state == PL_PRESENT && i < v->n && rc == PL_OK; i++) {
        pl_package p;
        pl_package_from_record(v->u.recs[i], &p);
        const pl_eol *e = pl_package_is_of_system(p.owned_by) ? NULL : release_of(&p);
        if (!e || e->state == PL_EOL_UNKNOWN)
            continue;
        pl_set_str(v->u.recs[i], PL_F_PACKAGE_SUPPORT, pl_str_c(pl_eol_word(e->state)));
        rc = set_end(r, v->u.recs[i], e->security_day, err);
    }
    return rc;
}
