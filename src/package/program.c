/* SPDX-License-Identifier: Apache-2.0 */
#include "package/program.h"

#include "package/classify.h"
#include "package/elf.h"
#include "package/go_watch.h"
#include "package/rust_audit.h"
#include "package/rust_watch.h"

#include <stdlib.h>
#include <string.h>

enum { PACKER_REACH = 4096, PACKER_TAIL = 128, TEXT_MAX = 1 << 20, VERSION_MAX = 64 };

/* What is known of the file that passes. */
struct program {
    pl_found_each each;
    void *arg;
    pl_arena *a;
    bool can_run;
    pl_elf elf;
    bool has_header;
    pl_elf_segment segments[PL_ELF_SEGMENTS_MAX];
    size_t n_segments;
    pl_gather sections;
    bool is_packed, is_opaque, has_interpreter;
    size_t n_told;
    pl_str go_module; /* of the table, whose version the bytes show; in the table */
    char go_version[VERSION_MAX];
    size_t n_go_version;
    pl_go_watch go;
    pl_rust_watch rust;
};

struct pl_program_watch {
    pl_watcher watcher;
    pl_window window;
    struct program now;
    pl_classify *classify;
    bool is_text, is_other; /* a text file that the table names; no ELF file */
    unsigned char room[PL_WINDOW_ROOM];
};

static void program_done(struct program *p)
{
    pl_go_watch_done(&p->go);
    pl_rust_watch_done(&p->rust);
    pl_gather_done(&p->sections);
    pl_arena_free(p->a);
    *p = (struct program){0};
}

/* ---- headers ---- */

/* Segments are read where they usually stand, in front. A file that has them elsewhere has no
 * places of addresses, which the older form of Go's block needs. */
static void read_segments(struct program *p, const pl_window *w)
{
    size_t n = pl_elf_segments_size(&p->elf);

    if (p->elf.segments_at > w->n || n > w->n - p->elf.segments_at)
        return;
    pl_str table = {(const char *)w->p + p->elf.segments_at, n};
    while (p->n_segments < PL_ELF_SEGMENTS_MAX &&
           pl_elf_segment_at(&p->elf, table, p->n_segments, &p->segments[p->n_segments])) {
        p->has_interpreter |= p->segments[p->n_segments].type == PL_ELF_INTERP;
        p->n_segments++;
    }
}

static pl_rc read_headers(struct program *p, const pl_window *w, pl_err *err)
{
    pl_rc rc = pl_elf_header((pl_str){(const char *)w->p, w->n}, &p->elf, err);

    if (rc)
        return rc;
    read_segments(p, w);
    p->has_header = true;
    p->go.elf = &p->elf;
    p->go.segments = p->segments;
    p->go.n_segments = p->n_segments;
    return PL_OK;
}

/* The table of sections comes last, or before what it describes. */
static void read_sections(struct program *p, const pl_window *w)
{
    size_t n = pl_elf_sections_size(&p->elf);
    uint64_t at = p->elf.sections_at;

    if (n && !p->sections.is_on && at >= w->at && at - w->at < w->n)
        pl_gather_begin(&p->sections, at);
    if (p->sections.is_on)
        (void)pl_gather_add(&p->sections, w, n);
}

static bool is_section(const struct program *p, uint64_t at)
{
    pl_elf_section s;

    for (size_t i = 0; pl_elf_section_at(&p->elf, pl_buf_view(&p->sections.bytes), i, &s); i++)
        if (s.type != PL_ELF_NOBITS && s.at == at)
            return true;
    return p->sections.bytes.n == 0;
}

/* ---- packers ---- */

/* UPX writes its mark behind the segments and at the end, and leaves no sections. */
static void look_for_packer(struct program *p, const pl_window *w)
{
    pl_str mark = PL_S("UPX!");
    pl_str bytes = {(const char *)w->p, w->n};

    if (p->elf.n_sections || p->is_packed)
        return;
    if (w->at == 0)
        p->is_packed = pl_str_has(pl_str_sub(bytes, 0, PACKER_REACH), mark);
    if (w->is_end)
        p->is_packed |=
            pl_str_has(pl_str_sub(bytes, w->n > PACKER_TAIL ? w->n - PACKER_TAIL : 0, w->n), mark);
}

/* ---- telling ---- */

/* Programs of Go that do not say their own version may show it in their bytes; ones of before
 * modules say only which package of the module they are. */
static bool is_of_module(const struct program *p, const pl_found *f)
{
    return f->lang == PL_LANG_GO && p->n_go_version && pl_str_starts(f->name, p->go_module);
}

static pl_rc tell_module(const pl_found *f, void *arg, pl_err *err)
{
    struct program *p = arg;
    pl_found shown = *f;

    if (is_of_module(p, f)) {
        shown.name = p->go_module;
        if (!f->version.n)
            shown.version = (pl_str){p->go_version, p->n_go_version};
    }
    p->n_told++;
    return p->each(&shown, p->arg, err);
}

static pl_rc count_and_tell(const pl_found *f, void *arg, pl_err *err)
{
    struct program *p = arg;

    p->n_told++;
    return p->each(f, p->arg, err);
}

static pl_rc tell_opaque(struct program *p, const char *why, pl_err *err)
{
    bool is_told = p->is_opaque;

    p->is_opaque = true; /* one reason is enough */
    return is_told ? PL_OK
                   : count_and_tell(&(pl_found){.kind = PL_FOUND_OPAQUE,
                                                .lang = PL_LANG_GENERIC,
                                                .name = pl_str_c(why)},
                                    p, err);
}

static pl_rc tell_go(struct program *p, pl_err *err)
{
    bool is_whole = false;

    if (!pl_go_watch_end(&p->go))
        return p->go.is_go ? tell_opaque(p, "a Go program without build information", err) : PL_OK;
    pl_rc rc = pl_go_modules(p->go.version, p->go.modules, p->a, tell_module, p, &is_whole, err);
    return rc || is_whole ? rc : tell_opaque(p, "a Go program without a list of modules", err);
}

/* What the table says; of modules of Go it is kept for tell_module. */
static pl_rc take_classified(const pl_found *f, void *arg, pl_err *err)
{
    struct program *p = arg;
    bool is_kept = f->lang == PL_LANG_GO && p->go.is_go && f->version.n;

    if (!is_kept)
        return count_and_tell(f, p, err);
    p->go_module = f->name;
    p->n_go_version = f->version.n < VERSION_MAX - 1 ? f->version.n : 0;
    memcpy(p->go_version + 1, f->version.p, p->n_go_version);
    p->go_version[0] = 'v';
    p->n_go_version += p->n_go_version > 0;
    return PL_OK;
}

static pl_rc tell_rust(struct program *p, pl_err *err)
{
    bool is_known = false;
    pl_err why = {0};
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < p->rust.n; i++) {
        if (!is_section(p, p->rust.lists[i].at))
            continue;
        rc = pl_rust_audit(pl_buf_view(&p->rust.lists[i].json), p->a, count_and_tell, p, &why);
        is_known |= !rc;
        if (rc == PL_FORMAT)
            rc = PL_OK;
    }
    if (rc)
        return pl_fail(err, rc, "%s", why.text);
    return p->rust.is_rust && !is_known
               ? tell_opaque(p, "a Rust program without a list of crates", err)
               : PL_OK;
}

/* A list that was too long is told as such, after all that could be read. */
static pl_rc limits(const struct program *p, pl_err *err)
{
    if (p->rust.is_cut && p->rust.is_rust)
        return pl_fail(err, PL_LIMIT,
                       "list of crates: more than PL_RUST_AUDIT_MAX (%d) bytes, or it may begin at "
                       "more places than PL_RUST_TRIES_MAX, PL_RUST_BEGUN_MAX",
                       PL_RUST_AUDIT_MAX);
    return p->go.rc == PL_LIMIT ? pl_fail(err, PL_LIMIT, "%s", p->go.why.text) : PL_OK;
}

static bool is_program(const struct program *p)
{
    return p->elf.type == PL_ELF_EXEC || (p->elf.type == PL_ELF_DYN && p->has_interpreter);
}

static pl_rc tell_all(struct program *p, pl_classify *table, pl_err *err)
{
    pl_err why = {0};
    pl_rc cut = PL_OK;
    pl_rc rc = p->is_packed ? tell_opaque(p, "packed by UPX", err) : PL_OK;

    if (!rc)
        cut = pl_classify_end(table, take_classified, p, &why);
    if (cut == PL_NOMEM)
        return pl_fail(err, cut, "%s", why.text);
    if (!rc)
        rc = tell_go(p, err);
    if (!rc)
        rc = tell_rust(p, err);
    if (!rc && !p->n_told && (p->can_run || is_program(p)) &&
        (p->elf.type == PL_ELF_EXEC || p->elf.type == PL_ELF_DYN))
        rc = count_and_tell(
            &(pl_found){.kind = PL_FOUND_PROGRAM, .lang = PL_LANG_GENERIC, .name = PL_S("program")},
            p, err);
    if (!rc)
        rc = limits(p, err);
    return rc || !cut ? rc : pl_fail(err, cut, "%s", why.text);
}

/* ---- all of it ---- */

static pl_rc take_window(struct program *p, pl_classify *table, const pl_window *w, pl_err *err)
{
    pl_rc rc = p->has_header ? PL_OK : read_headers(p, w, err);

    if (!rc)
        rc = pl_classify_window(table, w, true, err);
    if (rc)
        return rc;
    read_sections(p, w);
    look_for_packer(p, w);
    rc = pl_go_watch_window(&p->go, w, err);
    return rc ? rc : pl_rust_watch_window(&p->rust, w, err);
}

/* ---- the file as it passes ---- */

static bool is_library(pl_str path)
{
    return pl_str_ends(path, PL_S(".so")) || pl_str_has(path, PL_S(".so.")) ||
           pl_str_ends(path, PL_S(".node"));
}

static bool begin(void *arg, const pl_passing_file *f)
{
    pl_program_watch *p = arg;
    bool can_run = f->mode & 0111;
    bool can_be_program = f->size >= PL_ELF_LEAST && (can_run || is_library(f->path));

    p->is_text = pl_classify_begin(p->classify, f->path, can_be_program) && f->size <= TEXT_MAX;
    if (!can_be_program && !p->is_text)
        return false; /* most files; what is known of a program is large to clear */
    program_done(&p->now);
    p->window = pl_window_of(p->room);
    p->now.can_run = can_run;
    p->is_other = false;
    return true;
}

/* A window of a program or of a text. */
static pl_rc look(pl_program_watch *p, pl_err *err)
{
    return p->is_other ? pl_classify_window(p->classify, &p->window, false, err)
                       : take_window(&p->now, p->classify, &p->window, err);
}

static pl_rc push(pl_program_watch *p, pl_str piece, pl_err *err)
{
    pl_rc rc = PL_OK;

    if (p->window.at == 0 && p->window.n == 0)
        p->is_other = !pl_elf_is(piece);
    while (!rc && (!p->is_other || p->is_text) && piece.n)
        if (pl_window_push(&p->window, &piece)) {
            rc = look(p, err);
            pl_window_pass(&p->window);
        }
    return rc;
}

static pl_rc end_file(pl_program_watch *p, pl_found_each each, void *arg, pl_err *err)
{
    struct program *now = &p->now;

    if (p->is_other && !p->is_text)
        return PL_OK;
    now->each = each;
    now->arg = arg;
    now->a = pl_arena_new(PL_FOUND_SCRATCH);
    pl_window_end(&p->window);
    pl_rc rc = now->a ? look(p, err) : pl_fail(err, PL_NOMEM, "program");
    if (rc)
        return rc;
    return p->is_other ? pl_classify_end(p->classify, each, arg, err)
                       : tell_all(now, p->classify, err);
}

static pl_rc bytes(void *arg, pl_str piece, pl_note_out *out, pl_err *err)
{
    (void)out;
    return push(arg, piece, err);
}

static pl_rc note(const pl_found *f, void *arg, pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {0};

    pl_found_encode(f, &text);
    return pl_buf_ok(&text) ? pl_note_add(arg, pl_buf_view(&text), err)
                            : pl_fail(err, PL_NOMEM, "notes");
}

static pl_rc end(void *arg, pl_note_out *out, pl_err *err)
{
    pl_program_watch *p = arg;
    pl_rc rc = end_file(p, note, out, err);

    program_done(&p->now);
    return rc;
}

pl_rc pl_program_read(pl_program_watch *p, const pl_passing_file *f, pl_str bytes,
                      pl_found_each each, void *arg, pl_err *err)
{
    if (!begin(p, f))
        return PL_OK;
    pl_rc rc = push(p, bytes, err);
    if (!rc)
        rc = end_file(p, each, arg, err);
    program_done(&p->now);
    return rc;
}

/* ---- open and close ---- */

void pl_program_watch_close(pl_program_watch *p)
{
    if (!p)
        return;
    program_done(&p->now);
    pl_classify_close(p->classify);
    free(p);
}
PL_DEFINE_CLEANUP(auto_watch_, pl_program_watch *, pl_program_watch_close, NULL)

/* The version of the table is in the number: other rows make other notes. */
static uint64_t version_of(const pl_classifiers *table)
{
    enum { PROGRAMS = 1 };

    return pl_classifiers_version(table) + PROGRAMS;
}

pl_rc pl_program_watch_open(const pl_classifiers *table, pl_program_watch **ret, pl_err *err)
{
    PL_CLEANUP(auto_watch_) pl_program_watch *p = calloc(1, sizeof(*p));

    if (!p)
        return pl_fail(err, PL_NOMEM, "programs");
    pl_rc rc = pl_classify_open(table, &p->classify, err);
    if (rc)
        return rc;
    p->watcher = (pl_watcher){.name = "program",
                              .version = version_of(table),
                              .arg = p,
                              .begin = begin,
                              .bytes = bytes,
                              .end = end};
    *ret = PL_TAKE(p, NULL);
    return PL_OK;
}

const pl_watcher *pl_program_watch_watcher(const pl_program_watch *p)
{
    return &p->watcher;
}
