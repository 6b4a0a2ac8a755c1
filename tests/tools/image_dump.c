/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shows what room image makes of an archive or a folder, for tests that compare it with what a
 * container engine makes of the same bytes.
 *
 *     image_dump record PATH [SELECT]   fields of the record, made in the jail; problems
 *     image_dump tree PATH              the merged tree, without the jail, one entry a NUL:
 *                                       type mode uid gid size path target, by tabs
 */
#include "audit/worker_image.h"
#include "audit/worker_layer.h"
#include "core/clock.h"
#include "core/jail.h"
#include "core/text.h"
#include "image/archive.h"
#include "image/scan.h"
#include "image/tree.h"
#include "package/package.h"
#include "secrets/secrets.h"

#include <string.h>

static const pl_worker_kind workers[] = {{"image", pl_worker_image, pl_worker_image_prepare},
                                         {"image-layer", pl_worker_layer, pl_worker_layer_prepare},
                                         {NULL, NULL}};

static int failed(const pl_err *err)
{
    (void)fprintf(stderr, "error: %s\n", err->text);
    return EXIT_FAILURE;
}

static void print_value(const char *indent, const pl_field *f, const pl_value *v)
{
    PL_AUTO_BUF pl_buf text = {0};
    PL_AUTO_BUF pl_buf safe = {0};

    pl_value_print(f, v, &text);
    pl_text_visible(&safe, pl_buf_view(&text), 2000);
    printf("%s%s = %.*s\n", indent, f->name, PL_F(pl_buf_view(&safe)));
}

static void print_record(const pl_record *r)
{
    for (size_t i = 0; i < r->kind->n; i++) {
        const pl_value *v = pl_get(r, (int)i);
        print_value("", &r->kind->fields[i], v);
        if (r->kind->fields[i].type != PL_T_RECS || v->state != PL_PRESENT)
            continue;
        for (size_t k = 0; k < v->n; k++) {
            printf("  -\n");
            for (size_t j = 0; j < v->u.recs[k]->kind->n; j++)
                print_value("    ", &v->u.recs[k]->kind->fields[j], pl_get(v->u.recs[k], (int)j));
        }
    }
}

static int show_record(const char *path, const char *select)
{
    PL_AUTO_SCHEMA pl_schema *schema = pl_schema_new();
    PL_AUTO_ARENA pl_arena *a = pl_arena_new((size_t)256 << 20);
    PL_AUTO_SECRETS pl_secrets *secrets = NULL;
    PL_AUTO_BUF pl_buf patterns = {0};
    pl_image_source src;
    pl_image_result got;
    pl_image_options o = {.select = pl_str_c(select), .now_us = pl_now_us(&pl_clock_system)};
    pl_err err = {0};

    if (!schema || !a)
        return EXIT_FAILURE;
    pl_image_register(schema);
    pl_package_register(schema);
    if (pl_secrets_new(pl_content_builtin, &secrets, &err) ||
        pl_secrets_write(secrets, &patterns, &err))
        return failed(&err);
    o.secrets = pl_buf_view(&patterns);
    if (pl_image_source_open(path, &src, &err) || pl_image_scan(&src, &o, schema, a, &got, &err))
        return failed(&err);
    for (size_t i = 0; i < got.n_problems; i++)
        printf("problem: %.*s\n", PL_F(got.problems[i].text));
    print_record(got.image);
    return EXIT_SUCCESS;
}

static void print_file(const pl_tree *t, const pl_file *f)
{
    static const char letters[] = {[PL_ENTRY_FILE] = 'f',
                                   [PL_ENTRY_DIR] = 'd',
                                   [PL_ENTRY_SYMLINK] = 'l',
                                   [PL_ENTRY_SPECIAL] = 's'};
    PL_AUTO_BUF pl_buf path = {0};
    pl_entry_owner who = pl_layers_owner(pl_tree_set(t), f->e);

    pl_paths_print(pl_layers_paths(pl_tree_set(t)), f->node, &path);
    printf("%c\t%04o\t%u\t%u\t%llu\t", letters[f->e->type], f->e->mode, who.uid, who.gid,
           f->e->type == PL_ENTRY_FILE ? (unsigned long long)f->e->size : 0);
    (void)fwrite(path.p, 1, path.n, stdout);
    (void)fputc('\t', stdout);
    (void)fwrite(f->link.n ? f->link.p : "", 1, f->link.n, stdout);
    (void)fputc('\0', stdout);
}

static pl_rc merge(pl_archive *archive, pl_tree *t, pl_err *err)
{
    pl_parts parts;
    pl_rc rc = pl_archive_pick(archive, (pl_str){"", 0}, &parts, err);

    for (size_t i = 0; !rc && i < parts.n_layers; i++)
        rc = parts.layers[i].layer < 0 ? pl_fail(err, PL_FORMAT, "layer %zu", i)
                                       : pl_tree_lay(t, (size_t)parts.layers[i].layer, err);
    pl_tree_seal(t);
    return rc;
}

static int show_tree(const char *path)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new((size_t)64 << 20);
    pl_problems problems = {.arena = a};
    PL_AUTO_LAYERS pl_layers *ls = pl_layers_new(NULL, &problems);
    PL_AUTO_ARCHIVE pl_archive *archive = NULL;
    PL_AUTO_TREE pl_tree *t = ls ? pl_tree_new(ls) : NULL;
    pl_image_source src;
    pl_err err = {0};
    pl_err fed = {0};
    int fd = -1;

    if (!a || !t)
        return EXIT_FAILURE;
    if (pl_image_source_open(path, &src, &err) || pl_image_source_as_stream(&src, &err))
        return failed(&err);
    if (src.start(&src, &fd, &err))
        return failed(&err);
    pl_in_fd in = pl_in_of_fd(fd);
    pl_rc rc = src.form == PL_IMAGE_ROOTFS ? pl_archive_read_rootfs(ls, &in.in, &archive, &err)
                                           : pl_archive_read(ls, &in.in, &archive, &err);
    if (src.finish(&src, &fed))
        return failed(&fed);
    if (rc || merge(archive, t, &err))
        return failed(&err);
    for (uint32_t node = 1; node < pl_tree_size(t); node++) {
        pl_file f;
        if (pl_tree_at(t, node, &f))
            print_file(t, &f);
    }
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    pl_jail_main(argc, argv, workers);
    if (argc >= 3 && strcmp(argv[1], "record") == 0)
        return show_record(argv[2], argc > 3 ? argv[3] : "");
    if (argc == 3 && strcmp(argv[1], "tree") == 0)
        return show_tree(argv[2]);
    (void)fprintf(stderr, "usage: image_dump record|tree PATH [SELECT]\n");
    return EXIT_FAILURE;
}
