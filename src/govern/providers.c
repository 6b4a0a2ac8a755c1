/* SPDX-License-Identifier: Apache-2.0 */
#include "govern/providers.h"

#include "govern/limits.h"
#include "model/bind.h"

#include <stddef.h>
#include <string.h>

static const char folder[] = "vendors/";

struct provider {
    pl_str name;
    pl_strs domains;
};

static const pl_binding keys[] = {
    {"provider", PL_BIND_STR, true, offsetof(struct provider, name)},
    {"domains", PL_BIND_STRS, true, offsetof(struct provider, domains)},
    {0},
};

static pl_rc read_provider(const pl_bind_file *f, const pl_yaml *item, pl_buf *out, pl_err *err)
{
    struct provider p = {0};
    pl_rc rc = pl_bind(f, item, keys, &p, err);

    for (size_t i = 0; !rc && i < p.domains.n; i++) {
        pl_str one = p.domains.v[i];
        if (one.n < 3 || one.n > PL_HOST_NAME || memchr(one.p, '\n', one.n))
            rc = pl_bind_fail(err, f, item, "\"%.*s\" is no domain", PL_F(pl_str_sub(one, 0, 60)));
        pl_buf_str(out, one);
        pl_buf_ch(out, '\n');
    }
    return rc;
}

static pl_rc read_file(const pl_content_file *file, pl_arena *a, pl_buf *out, pl_err *err)
{
    const pl_bind_file f = {file->name, a};
    pl_yaml *doc = NULL;
    pl_rc rc = pl_yaml_parse(a, (pl_str){(const char *)file->p, file->n}, &doc, err);

    if (rc)
        return pl_wrap(err, rc, "%s", file->name);
    if (doc->type != PL_YAML_SEQUENCE)
        return pl_bind_fail(err, &f, doc, "a sequence of providers is wanted");
    for (size_t i = 0; !rc && i < doc->n; i++)
        rc = read_provider(&f, &doc->items[i], out, err);
    return rc;
}

pl_rc pl_providers_domains(const pl_content_file *files, pl_arena *a, pl_buf *out, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (const pl_content_file *f = files; !rc && f->name; f++)
        if (strncmp(f->name, folder, sizeof(folder) - 1) == 0)
            rc = read_file(f, a, out, err);
    return rc;
}
