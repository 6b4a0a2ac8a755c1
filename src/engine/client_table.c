/* SPDX-License-Identifier: Apache-2.0 */
/* What the engine client may ask for. Everything here reads. */
#include "engine/client_priv.h"

#include <string.h>

/*
 * `*` stands for an id: letters, digits and colons; `**` for an id or an image's name. GET
 * /images/ID/get streams the image as it is stored; it changes nothing in the engine.
 */
static const struct {
    const char *method;
    const char *path;   /* behind /v1.NN */
    pl_engine_doc kind; /* that is had by it; 0: none */
    size_t max;         /* bytes of its answer */
} allowed[] = {
    {"GET", "/_ping", 0, 0},
    {"GET", "/version", PL_DOC_VERSION, PL_ENGINE_DOC_MAX},
    {"GET", "/info", PL_DOC_INFO, PL_ENGINE_DOC_MAX},
    {"GET", "/networks", PL_DOC_NETWORKS, PL_ENGINE_LIST_MAX},
    {"GET", "/volumes", PL_DOC_VOLUMES, PL_ENGINE_LIST_MAX},
    {"GET", "/plugins", PL_DOC_PLUGINS, PL_ENGINE_DOC_MAX},
    {"GET", "/images/json", PL_DOC_IMAGES, PL_ENGINE_LIST_MAX},
    {"GET", "/images/**/json", PL_DOC_IMAGE, PL_ENGINE_DOC_MAX},
    {"GET", "/images/*/history", PL_DOC_HISTORY, PL_ENGINE_DOC_MAX},
    {"GET", "/images/**/get", PL_DOC_EXPORT, SIZE_MAX},
    {"GET", "/nodes", PL_DOC_NODES, PL_ENGINE_LIST_MAX},
    {"GET", "/services", PL_DOC_SERVICES, PL_ENGINE_LIST_MAX},
    {"GET", "/configs", PL_DOC_CONFIGS, PL_ENGINE_LIST_MAX},
    {"GET", "/secrets", PL_DOC_SECRETS, PL_ENGINE_LIST_MAX},
    {"GET", "/tasks?filters=%7B%22desired-state%22%3A%7B%22running%22%3Atrue%7D%7D", PL_DOC_TASKS,
     PL_ENGINE_LIST_MAX},
    {"GET", "/containers/json?all=1", PL_DOC_CONTAINERS, PL_ENGINE_LIST_MAX},
    {"GET", "/containers/*/json", PL_DOC_CONTAINER, PL_ENGINE_DOC_MAX},
    {"GET", "/containers/*/changes", PL_DOC_CHANGES, PL_ENGINE_DOC_MAX},
    {"GET", "/containers/*/top", PL_DOC_TOP, PL_ENGINE_DOC_MAX},
    {"GET", "/exec/*/json", PL_DOC_EXEC, PL_ENGINE_DOC_MAX},
};

static bool is_letter_or_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_id(pl_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_letter_or_digit(s.p[i]) && s.p[i] != ':')
            return false;
    return s.n > 0 && s.n <= PL_ENGINE_ID_MAX / 2;
}

/* HOST:PORT/PATH/NAME:TAG@DIGEST, without anything that a path could be turned by. */
static bool is_image_name(pl_str s)
{
    pl_str rest = s, part;

    for (size_t i = 0; i < s.n; i++)
        if (!is_letter_or_digit(s.p[i]) && !memchr(":@._-/", s.p[i], 6))
            return false;
    while (pl_str_cut(&rest, '/', &part))
        if (part.n == 0 || part.p[0] == '.')
            return false;
    return s.n > 0 && s.n <= PL_ENGINE_ID_MAX && s.p[s.n - 1] != '/';
}

/* Whether path is front, what stands for the stars, and back. */
static bool matches(pl_str pattern, pl_str path)
{
    const char *star = memchr(pattern.p, '*', pattern.n);

    if (!star)
        return pl_str_eq(pattern, path);
    size_t front_n = (size_t)(star - pattern.p);
    bool is_name = star[1] == '*';
    pl_str front = pl_str_sub(pattern, 0, front_n);
    pl_str back = pl_str_sub(pattern, front_n + (is_name ? 2 : 1), pattern.n);
    if (path.n < front.n + back.n || !pl_str_starts(path, front) || !pl_str_ends(path, back))
        return false;
    pl_str id = pl_str_sub(path, front.n, path.n - front.n - back.n);
    return is_name ? is_image_name(id) : is_id(id);
}

bool pl_engine_may(const char *method, pl_str path)
{
    for (size_t i = 0; i < PL_COUNT(allowed); i++)
        if (strcmp(method, allowed[i].method) == 0 && matches(pl_str_c(allowed[i].path), path))
            return true;
    return false;
}

pl_rc pl_engine_path(pl_engine_doc kind, pl_str id, char ret[PL_ENGINE_URL_MAX], pl_err *err)
{
    const char *pattern = NULL;

    for (size_t i = 0; kind && i < PL_COUNT(allowed); i++)
        if (allowed[i].kind == kind)
            pattern = allowed[i].path;
    if (!pattern)
        return pl_fail(err, PL_DENIED, "kind %u: the engine client does not ask for this", kind);
    size_t front = strcspn(pattern, "*");
    const char *back = pattern + front + strspn(pattern + front, "*");
    int n = snprintf(ret, PL_ENGINE_URL_MAX, "%.*s%.*s%s", (int)front, pattern, PL_F(id), back);
    if (n < 0 || n >= PL_ENGINE_URL_MAX)
        return pl_fail(err, PL_LIMIT, "path of %d bytes", n);
    if (!pl_engine_may("GET", (pl_str){ret, (size_t)n}))
        return pl_fail(err, PL_DENIED, "GET %s: the engine client does not ask for this", ret);
    return PL_OK;
}

size_t pl_engine_answer_max(pl_engine_doc kind)
{
    for (size_t i = 0; i < PL_COUNT(allowed); i++)
        if (allowed[i].kind == kind)
            return allowed[i].max;
    return 0;
}
