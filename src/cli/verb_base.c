/* SPDX-License-Identifier: Apache-2.0 */
/* plimsoll base: the base images that are known here, by their chains of layers. */
#include "audit/inventory.h"
#include "cli/grid.h"
#include "cli/run.h"
#include "cli/state.h"
#include "cli/verbs.h"
#include "core/log.h"
#include "core/text.h"

#include <string.h>
#include <unistd.h>

static const pl_opt add_opts[] = {
    {"name", "NAME", "what it is called; else the image's own name", false},
    {"owner", "TEAM", "who makes it, for people", false},
    {"registry", NULL, "ask the registry of a name that no file and no engine has", false},
    {"platform", "OS/ARCH", "of an image for several platforms; else this machine's", false},
    PL_REGISTRY_OPTS,
    {0},
};

/* ---- add ---- */

/* The newest image of that name, or the one with that id. */
static const pl_inventory_subject *find_image(const pl_inventory *v, pl_str what)
{
    const pl_inventory_subject *found = NULL;

    for (size_t i = 0; i < v->n_subjects; i++) {
        const pl_inventory_subject *s = &v->subjects[i];
        if (!s->n_layers || (!pl_str_eq(s->name, what) && !pl_str_eq(s->key, what)))
            continue;
        if (!found || s->seen_us > found->seen_us)
            found = s;
    }
    return found;
}

/* Reads the image as a scan does, so that it is in the inventory under the key that it gives. */
static pl_rc scan(pl_cli *cli, const struct pl_args *args, pl_str *ret_key, pl_err *err)
{
    PL_AUTO_RUN pl_run *r = NULL;
    pl_scan_scope scope = {.target = pl_arg(args, 0),
                           .registry = pl_cli_registry_scope(args),
                           .stdin_fd = STDIN_FILENO};
    pl_assessment a;
    pl_rc rc = pl_cli_run_open(cli, args, "scan", &r, err);

    scope.registry.as_last = pl_opt_on(args, "registry");
    if (!rc)
        rc = pl_run_scan(r, &scope, err);
    if (!rc)
        rc = pl_run_finish(r, &a, err);
    /* The run's own records end with it. */
    if (!rc && a.n_subjects)
        *ret_key = pl_arena_str(cli->arena, a.subjects[0].subject->key);
    return rc || ret_key->p ? rc : pl_fail(err, PL_NOMEM, "key of the image");
}

static pl_rc look_up(pl_cli *cli, pl_str what, pl_state_db **ret_db,
                     const pl_inventory_subject **ret, pl_err *err)
{
    pl_inventory *v = PL_NEW(cli->arena, pl_inventory);
    pl_rc rc = v ? pl_cli_state_db(cli, ret_db, err) : pl_fail(err, PL_NOMEM, "inventory");

    if (!rc)
        rc = pl_inventory_read(*ret_db, cli->arena, v, err);
    if (!rc)
        *ret = find_image(v, what);
    return rc;
}

static pl_rc add(pl_cli *cli, const struct pl_args *args, pl_state_db *d,
                 const pl_inventory_subject *image, pl_err *err)
{
    const char *name = pl_opt_value(args, "name"), *owner = pl_opt_value(args, "owner");
    const pl_inventory_base b = {.chain_id = image->chain_ids[image->n_layers - 1],
                                 .name = name ? pl_str_c(name) : image->name,
                                 .owner = pl_str_c(owner),
                                 .n_layers = image->n_layers,
                                 .added_us = pl_now_us(cli->clock)};
    pl_rc rc = pl_inventory_add_base(d, &b, err);

    if (!rc)
        pl_log_say(PL_LOG_INFO, "base.added",
                   "base image %.*s: %zu layers, known from the next scan on", PL_F(b.name),
                   b.n_layers);
    return rc;
}

static pl_rc run_add(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err)
{
    PL_AUTO_STATE_DB pl_state_db *d = NULL;
    const pl_inventory_subject *image = NULL;
    pl_err why = {0};

    (void)ret_status;
    if (pl_arg_count(args) != 1)
        return pl_fail(err, PL_USAGE, "base add: name one image, archive or folder");
    pl_str what = pl_str_c(pl_arg(args, 0));
    pl_rc rc = look_up(cli, what, &d, &image, &why);
    if (image)
        return add(cli, args, d, image, err);
    if (rc && rc != PL_NOTFOUND)
        return pl_fail(err, rc, "%s", why.text);
    pl_state_db_close(PL_TAKE(d, NULL));
    rc = scan(cli, args, &what, err);
    if (!rc)
        rc = look_up(cli, what, &d, &image, err);
    if (!rc && !image)
        rc = pl_fail(err, PL_UNSUPPORTED, "%s: has no layers, so nothing can stand on it",
                     pl_arg(args, 0));
    return rc ? rc : add(cli, args, d, image, err);
}

/* ---- list and remove ---- */

static void print_base(pl_grid *g, const pl_inventory_base *b)
{
    enum { DAY = 10 };
    char layers[24], added[PL_TIME_TEXT];

    (void)snprintf(layers, sizeof(layers), "%zu", b->n_layers);
    pl_time_print(b->added_us, added);
    pl_grid_add(g, b->name);
    pl_grid_add(g, b->owner.n ? b->owner : PL_S("-"));
    pl_grid_add(g, pl_str_c(layers));
    pl_grid_add(g, b->chain_id);
    pl_grid_add(g, pl_str_sub(pl_str_c(added), 0, DAY));
}

static void print_bases(pl_grid *g, const pl_inventory *v, pl_buf *out)
{
    static const pl_str heads[] = {
        {"BASE IMAGE", 10}, {"OWNER", 5}, {"LAYERS", 6}, {"CHAIN ID", 8}, {"ADDED", 5}};

    for (size_t i = 0; i < PL_COUNT(heads); i++)
        pl_grid_add(g, heads[i]);
    for (size_t i = 0; i < v->n_bases; i++)
        print_base(g, &v->bases[i]);
    pl_grid_print(g, out);
}

static pl_rc run_list(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err)
{
    PL_AUTO_STATE_DB pl_state_db *d = NULL;
    PL_AUTO_BUF pl_buf out = {0};
    pl_grid g = pl_cli_grid(cli, 5);
    pl_inventory v;

    (void)args;
    (void)ret_status;
    pl_rc rc = pl_cli_state_db(cli, &d, err);
    if (!rc)
        rc = pl_inventory_read(d, cli->arena, &v, err);
    if (rc)
        return rc;
    if (v.n_bases)
        print_bases(&g, &v, &out);
    else
        pl_buf_c(&out, "No base image is known here; plimsoll base add IMAGE adds one.\n");
    (void)fwrite(out.p ? out.p : "", 1, out.n, cli->out);
    return PL_OK;
}

static pl_rc run_remove(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err)
{
    PL_AUTO_STATE_DB pl_state_db *d = NULL;

    (void)ret_status;
    if (pl_arg_count(args) != 1)
        return pl_fail(err, PL_USAGE, "base remove: name one base image");
    pl_rc rc = pl_cli_state_db(cli, &d, err);
    return rc ? rc : pl_inventory_remove_base(d, pl_str_c(pl_arg(args, 0)), err);
}

static const pl_verb subs[] = {
    {
        .name = "add",
        .operands = "IMAGE|FILE|DIR",
        .summary = "remember an image as a base of others",
        .help = "An image that was not scanned here yet is read first.",
        .examples = "  plimsoll base add debian:12 --owner 'base image team'\n"
                    "  plimsoll base add registry:debian:12",
        .opts = add_opts,
        .run = run_add,
    },
    {.name = "list",
     .summary = "the base images that are known",
     .examples = "  plimsoll base list",
     .run = run_list},
    {
        .name = "remove",
        .operands = "NAME|CHAIN-ID",
        .summary = "forget a base image",
        .help = "From then on the owner of a finding is what labels and history of an image "
                "say.",
        .examples = "  plimsoll base remove debian:12",
        .run = run_remove,
    },
    {0},
};

const pl_verb pl_verb_base = {
    .name = "base",
    .summary = "base images, so that each finding has the right owner",
    .help = "What lies in the layers of a base image belongs to its makers, in every report, and\n"
            "plimsoll affected says which base to rebuild first. Where a label of an image names a "
            "base\n"
            "that is not here, owners are unknown, and the report says what to add.",
    .examples = "  plimsoll base add debian:12\n"
                "  plimsoll base list",
    .subs = subs,
};
