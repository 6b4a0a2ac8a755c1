/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/secret_places.h"

#include "core/attr.h"

#include <string.h>

static pl_str name_of(pl_str path)
{
    const char *slash = path.n ? memrchr(path.p, '/', path.n) : NULL;
    return slash ? pl_str_sub(path, (size_t)(slash + 1 - path.p), path.n) : path;
}

bool pl_secret_place_has_pairs(pl_str path)
{
    static const char *const names[] = {
        ".env",
        ".env.*",
        ".netrc",
        "_netrc",
        ".npmrc",
        ".pypirc",
        ".pgpass",
        ".my.cnf",
        ".git-credentials",
        "credentials",
        ".credentials",
        ".boto",
        ".s3cfg",
        "secrets.y*ml",
        "database.yml",
        "kubeconfig",
        ".dockercfg",
        "wp-config.php",
        "settings.xml",
        "*.properties",
        ".envrc",
        "*.tfvars",
        "docker-compose*.yml",
        "docker-compose*.yaml",
        "compose.y*ml",
        "application*.yml",
        "application*.yaml",
        "appsettings*.json",
    };
    static const char *const ends[] = {"/.kube/config", "/.docker/config.json"};
    pl_str name = name_of(path);

    for (size_t i = 0; i < PL_COUNT(names); i++)
        if (pl_str_fits(name, names[i]))
            return true;
    for (size_t i = 0; i < PL_COUNT(ends); i++)
        if (pl_str_ends(path, pl_str_c(ends[i])))
            return true;
    return false;
}

static bool has_component(pl_str path, const char *const *names, size_t n)
{
    pl_str part;

    while (pl_str_cut(&path, '/', &part))
        for (size_t i = 0; i < n; i++)
            if (pl_str_eq(part, pl_str_c(names[i])))
                return true;
    return false;
}

static bool has_end(pl_str path, const char *const *ends, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (pl_str_ends(path, pl_str_c(ends[i])))
            return true;
    return false;
}

/* Below one of these lies what others wrote. */
static bool is_third_party(pl_str path)
{
    static const char *const folders[] = {"node_modules", "site-packages", "dist-packages",
                                          "gems",         "vendor",        "bower_components",
                                          "third_party",  ".cargo",        ".m2"};
    static const char *const roots[] = {"/usr/lib/",       "/usr/share/",       "/usr/local/go/",
                                        "/usr/local/lib/", "/usr/local/share/", "/usr/include/",
                                        "/usr/src/",       "/go/pkg/mod/"};

    for (size_t i = 0; i < PL_COUNT(roots); i++)
        if (pl_str_starts(path, pl_str_c(roots[i])))
            return true;
    return has_component(path, folders, PL_COUNT(folders));
}

static bool is_manual(pl_str path)
{
    static const char *const folders[] = {"doc", "docs", "man", "examples", "example"};
    static const char *const ends[] = {".md", ".rst", ".markdown", ".mdx", ".adoc"};
    static const char *const starts[] = {"README", "CHANGELOG", "NEWS", "HISTORY", "copyright"};
    pl_str name = name_of(path);

    for (size_t i = 0; i < PL_COUNT(starts); i++)
        if (pl_str_starts(name, pl_str_c(starts[i])))
            return true;
    return has_end(path, ends, PL_COUNT(ends)) || has_component(path, folders, PL_COUNT(folders));
}

static bool is_test(pl_str path)
{
    static const char *const folders[] = {"test",      "tests",      "testing", "testdata",
                                          "test_data", "__tests__",  "spec",    "fixtures",
                                          "demo",      "dummyserver"};
    static const char *const marks[] = {"_test.", ".test.", ".spec.", ".example", "_spec."};
    pl_str name = name_of(path);

    for (size_t i = 0; i < PL_COUNT(marks); i++)
        if (pl_str_has(name, pl_str_c(marks[i])))
            return true;
    return pl_str_starts(name, PL_S("test_")) || pl_str_starts(name, PL_S("test.")) ||
           pl_str_ends(name, PL_S(".d.ts")) || has_component(path, folders, PL_COUNT(folders));
}

bool pl_secret_place_is_sample(pl_str path, bool is_common)
{
    if (!is_third_party(path))
        return is_common && is_manual(path);
    return is_common || is_manual(path) || is_test(path);
}
