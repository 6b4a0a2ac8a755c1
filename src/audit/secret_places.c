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
        ".env",         ".env.*",     ".netrc",        "_netrc",           ".npmrc",
        ".pypirc",      ".pgpass",    ".my.cnf",       ".git-credentials", "credentials",
        ".credentials", ".boto",      ".s3cfg",        "secrets.y*ml",     "database.yml",
        "kubeconfig",   ".dockercfg", "wp-config.php", "settings.xml",     "*.properties",
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

/* Below one of these lies what others wrote. */
static bool is_third_party(pl_str path)
{
    static const char *const folders[] = {"node_modules", "site-packages", "dist-packages",
                                          "gems",         "vendor",        "bower_components"};
    static const char *const roots[] = {"/usr/lib/",       "/usr/share/",       "/usr/local/go/",
                                        "/usr/local/lib/", "/usr/local/share/", "/usr/include/",
                                        "/usr/src/",       "/go/pkg/mod/"};

    for (size_t i = 0; i < PL_COUNT(roots); i++)
        if (pl_str_starts(path, pl_str_c(roots[i])))
            return true;
    return has_component(path, folders, PL_COUNT(folders));
}

bool pl_secret_place_is_published(pl_str path)
{
    static const char *const names[] = {"test", "tests",    "testing",  "testdata", "__tests__",
                                        "spec", "examples", "fixtures", "doc",      "docs"};

    return is_third_party(path) && has_component(path, names, PL_COUNT(names));
}

bool pl_secret_place_is_configuration(pl_str path)
{
    static const char *const suffixes[] = {".conf", ".cfg",        ".ini", ".env",  ".yml", ".yaml",
                                           ".toml", ".properties", ".xml", ".json", "rc"};

    if (pl_secret_place_has_pairs(path))
        return true;
    for (size_t i = 0; i < PL_COUNT(suffixes); i++)
        if (pl_str_ends(path, pl_str_c(suffixes[i])))
            return !is_third_party(path);
    return false;
}
