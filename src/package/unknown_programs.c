/* SPDX-License-Identifier: Apache-2.0 */
#include "package/unknown_programs.h"

#include "image/limits.h"
#include "package/found.h"

#include <string.h>

enum { OPAQUE_TOLD = 20, UNIDENTIFIED_TOLD = 5 }; /* by name; the others are counted */

struct unknown {
    const pl_language_job *job;
    const pl_language_owners *languages;
    pl_catalog *c;
    pl_facts *f;
    pl_fact_list list;
    size_t n_opaque, n_unidentified;
    pl_buf names; /* of the first unidentified ones */
};

static void tell_opaque(struct unknown *u, const pl_file *file, pl_str path, const pl_found *note)
{
    pl_problems *problems = pl_layers_problems(pl_tree_set(u->job->tree));

    u->c->reason = "opaque-program";
    if (u->n_opaque++ < OPAQUE_TOLD)
        pl_problems_add(problems, PL_UNSUPPORTED, (int)pl_tree_layer(u->job->tree, file->layer),
                        "%.*s: %.*s: what it is made of cannot be told", PL_F(path),
                        PL_F(note->name));
}

static void count_unidentified(struct unknown *u, pl_str path)
{
    if (u->n_unidentified++ < UNIDENTIFIED_TOLD)
        pl_buf_fmt(&u->names, "%s%.*s", u->names.n ? ", " : "", PL_F(pl_str_sub(path, 0, 100)));
}

static bool is_unknown(pl_found_kind kind)
{
    return kind == PL_FOUND_OPAQUE || kind == PL_FOUND_PROGRAM;
}

static bool is_owned(const struct unknown *u, const pl_file *file)
{
    bool by_system =
        u->job->owners && pl_owners_of((void *)(uintptr_t)u->job->owners, file->node).n;

    return by_system || pl_language_owner_of(u->languages, file->node);
}

static pl_rc take(struct unknown *u, const pl_file *file, pl_err *err)
{
    PL_AUTO_BUF pl_buf path = {0};
    pl_layers *ls = pl_tree_set(u->job->tree);
    size_t n = 0;
    const pl_note *notes = pl_layers_notes(ls, file->e, &n);
    pl_found note;

    for (size_t i = 0; i < n; i++) {
        if (notes[i].rc || !pl_language_is_note(u->job, &notes[i]) ||
            !pl_found_decode(notes[i].bytes, &note) || !is_unknown(note.kind) || is_owned(u, file))
            continue;
        pl_buf_reset(&path);
        pl_paths_print(pl_layers_paths(ls), file->node, &path);
        if (!pl_buf_ok(&path))
            return pl_fail(err, PL_NOMEM, "programs");
        bool is_opaque = note.kind == PL_FOUND_OPAQUE;
        if (is_opaque)
            tell_opaque(u, file, pl_buf_view(&path), &note);
        else
            count_unidentified(u, pl_buf_view(&path));
        (void)pl_fact_list_add(&u->list,
                               pl_fact_file(u->f, file, is_opaque ? "opaque" : "unidentified"));
    }
    return PL_OK;
}

static void tell_counts(const struct unknown *u)
{
    pl_problems *problems = pl_layers_problems(pl_tree_set(u->job->tree));

    if (u->n_opaque > OPAQUE_TOLD)
        pl_problems_add(problems, PL_UNSUPPORTED, PL_NO_LAYER,
                        "%zu programs of which it cannot be told what they are made of, "
                        "%d of them told by name",
                        u->n_opaque, OPAQUE_TOLD);
    if (u->n_unidentified)
        pl_problems_add(problems, PL_UNSUPPORTED, PL_NO_LAYER,
                        "%zu unidentified program%s that no package brought: %.*s%s",
                        u->n_unidentified, u->n_unidentified > 1 ? "s" : "",
                        PL_F(pl_buf_view(&u->names)),
                        u->n_unidentified > UNIDENTIFIED_TOLD ? ", ..." : "");
}

pl_rc pl_unknown_programs_fill(const pl_language_job *job, const pl_language_owners *languages,
                               pl_catalog *c, pl_facts *f, pl_err *err)
{
    struct unknown u = {.job = job, .languages = languages, .c = c, .f = f};
    pl_file file;
    pl_rc rc = pl_fact_list_init(f, &u.list, PL_IMAGE_LIST_MAX, err);

    for (uint32_t node = 1; !rc && node < pl_tree_size(job->tree); node++)
        if (pl_tree_at(job->tree, node, &file) && file.e->type == PL_ENTRY_FILE &&
            (file.e->flags & (PL_ENTRY_NOTED | PL_ENTRY_WATCHED)))
            rc = take(&u, &file, err);
    if (!rc)
        tell_counts(&u);
    pl_buf_done(&u.names);
    if (rc)
        return rc;
    return pl_fact_list_set(f, &u.list, PL_F_IMAGE_UNIDENTIFIED, &pl_image_file_kind, f->missing,
                            err);
}
