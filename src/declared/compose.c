/* SPDX-License-Identifier: Apache-2.0 */
#include "declared/compose.h"

#include "declared/compose_service.h"
#include "declared/limits.h"
#include "engine/fields.h"

#include <string.h>

enum { EXTENDS_DEPTH = 8 };

bool pl_compose_is(const pl_yaml *doc)
{
    const pl_yaml *services = pl_yaml_get(doc, "services");

    return services && services->type == PL_YAML_MAPPING && !pl_yaml_get(doc, "apiVersion");
}

/* ---- volumes and networks ---- */

/* A volume of the local driver with o=bind is a folder of the host under another name. */
static void set_volume(pl_record *v, const pl_yaml *declared)
{
    const pl_yaml *options = pl_yaml_get(declared, "driver_opts");
    const pl_yaml *device = pl_yaml_get(options, "device"), *o = pl_yaml_get(options, "o");
    const pl_yaml *external = pl_yaml_get(declared, "external");
    pl_str flags = o ? o->text : (pl_str){"", 0}, one;
    bool is_bind = false;

    while (pl_str_cut(&flags, ',', &one))
        is_bind |= pl_str_eq(one, PL_S("bind")) || pl_str_eq(one, PL_S("rbind"));
    if (external && !pl_str_eq(external->text, PL_S("false")))
        pl_set_unreadable(v, PL_F_ENGINE_VOLUME_HOST_PATH, "not-observed");
    else if (is_bind && device && !memchr(device->text.p, '$', device->text.n))
        pl_set_str(v, PL_F_ENGINE_VOLUME_HOST_PATH, device->text);
    else if (!is_bind)
        pl_set_absent(v, PL_F_ENGINE_VOLUME_HOST_PATH);
}

static pl_rc read_volumes(pl_reading *r, const pl_yaml *volumes, pl_err *err)
{
    size_t n = volumes && volumes->type == PL_YAML_MAPPING ? volumes->n : 0;
    pl_record **list = pl_arena_calloc(r->arena, n + 1, sizeof(pl_record *));

    for (size_t i = 0; list && i < n; i++) {
        list[i] = pl_record_new(r->arena, &pl_kind_engine_volume);
        if (!list[i])
            return pl_fail(err, PL_LIMIT, "volumes");
        pl_set_str(list[i], PL_F_ENGINE_VOLUME_NAME, volumes->items[2 * i].text);
        set_volume(list[i], &volumes->items[2 * i + 1]);
    }
    if (!list)
        return pl_fail(err, PL_LIMIT, "volumes");
    pl_set_recs(r->world, PL_F_ENGINE_VOLUMES, list, n);
    return PL_OK;
}

static pl_rc read_networks(pl_reading *r, const pl_yaml *networks, pl_err *err)
{
    size_t n = networks && networks->type == PL_YAML_MAPPING ? networks->n : 0;
    pl_record **list = pl_arena_calloc(r->arena, n + 2, sizeof(pl_record *));

    for (size_t i = 0; list && i <= n; i++) {
        list[i] = pl_record_new(r->arena, &pl_kind_network);
        if (!list[i])
            return pl_fail(err, PL_LIMIT, "networks");
        /* Where none is named, Compose makes one for the project. */
        pl_set_str(list[i], PL_F_NETWORK_NAME,
                   i < n ? networks->items[2 * i].text : PL_S("project"));
        pl_set_bool(list[i], PL_F_NETWORK_DEFAULT_BRIDGE, false);
    }
    if (!list)
        return pl_fail(err, PL_LIMIT, "networks");
    pl_set_recs(r->world, PL_F_ENGINE_NETWORKS, list, n + 1);
    return PL_OK;
}

/* ---- services ---- */

struct file {
    pl_reading *r;
    const pl_yaml *services;
    pl_str project;
};

static pl_rc note(pl_reading *r, const pl_yaml *at, pl_str service, const char *reason,
                  const char *detail, pl_err *err)
{
    pl_str what = pl_reading_text(r, "service %.*s", PL_F(service));

    return r->note(r, at, &(pl_reading_gap){what, reason, detail, true}, err);
}

/* What another service of this file gives first; what follows overrides it. */
static pl_rc extend(const struct file *f, const pl_yaml *service, pl_draft *d, unsigned depth,
                    pl_err *err)
{
    const pl_yaml *extends = pl_yaml_get(service, "extends");
    const pl_yaml *other =
        extends && extends->type == PL_YAML_MAPPING ? pl_yaml_get(extends, "service") : extends;
    char name[256];

    if (!other)
        return PL_OK;
    if (pl_yaml_get(extends, "file"))
        return note(f->r, extends, d->name, "not-observed",
                    "extends a service of another file, which was not read", err);
    const pl_yaml *base =
        pl_str_to_c(other->text, name, sizeof(name)) ? pl_yaml_get(f->services, name) : NULL;
    if (!base || depth == EXTENDS_DEPTH)
        return note(f->r, extends, d->name, "unreadable",
                    "extends a service that is not there, or itself", err);
    pl_rc rc = extend(f, base, d, depth + 1, err);
    return rc ? rc : pl_compose_service(f->r, base, d, err);
}

static pl_rc read_service(const struct file *f, const pl_yaml *key, const pl_yaml *service,
                          pl_err *err)
{
    pl_draft d;

    if (service->type != PL_YAML_MAPPING)
        return note(f->r, key, key->text, "unreadable", "is no mapping", err);
    pl_draft_start(&d, f->r->arena, f->r->world, key->text, key);
    d.orchestrator = PL_S("compose");
    d.service = pl_reading_text(f->r, "compose:%.*s/%.*s", PL_F(f->project), PL_F(key->text));
    pl_rc rc = extend(f, service, &d, 0, err);
    if (!rc)
        rc = pl_compose_service(f->r, service, &d, err);
    if (!rc)
        rc = pl_compose_finish(f->r, &d, key, err);
    if (!rc)
        rc = f->r->take(f->r, &d, err);
    pl_draft_done(&d);
    return rc;
}

pl_rc pl_compose_read(pl_reading *r, const pl_yaml *doc, pl_err *err)
{
    const pl_yaml *name = pl_yaml_get(doc, "name"), *include = pl_yaml_get(doc, "include");
    struct file f = {.r = r,
                     .services = pl_yaml_get(doc, "services"),
                     .project = name ? name->text : PL_S("project")};
    pl_rc rc = read_volumes(r, pl_yaml_get(doc, "volumes"), err);

    if (!rc)
        rc = read_networks(r, pl_yaml_get(doc, "networks"), err);
    if (!rc && include)
        rc = r->note(r, include,
                     &(pl_reading_gap){PL_S("include"), "not-observed",
                                       "other files, which were not read; give what `docker "
                                       "compose config` prints",
                                       true},
                     err);
    for (size_t i = 0; !rc && i < f.services->n; i++)
        rc = read_service(&f, &f.services->items[2 * i], &f.services->items[2 * i + 1], err);
    return rc;
}
