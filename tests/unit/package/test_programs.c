/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/io.h"
#include "elfmake.h"
#include "package/elf.h"
#include "package/go_build.h"
#include "package/limits.h"
#include "package/program.h"
#include "package/rust_audit.h"

#include <string.h>
#include <zlib.h>

static void is_text(pl_str got, const char *want)
{
    if (!pl_str_eq(got, pl_str_c(want)))
        fail_msg("got \"%.*s\", want \"%s\"", PL_F(got), want);
}

/* ---- what was told, one line each: "golang stdlib 1.19.8 go1.19.8" ---- */

static pl_rc write_down(const pl_found *f, void *arg, pl_err *err)
{
    static const char *const kinds[] = {"",      "locked ", "named ", "stored ",
                                        "hint ", "opaque ", "",       "files "};
    pl_buf *out = arg;

    (void)err;
    pl_buf_fmt(out, "%s%s %.*s %.*s", kinds[f->kind], pl_lang_type(f->lang), PL_F(f->name),
               PL_F(f->version));
    if (f->provenance.n)
        pl_buf_fmt(out, " (%.*s)", PL_F(f->provenance));
    pl_buf_ch(out, '\n');
    return PL_OK;
}

static void is_told(pl_str bytes, pl_rc rc, const char *expected)
{
    PL_AUTO_BUF pl_buf told = {0};
    static const pl_content_file none = {0};
    PL_AUTO_CLASSIFIERS pl_classifiers *table = NULL;
    pl_program_watch *p = NULL;
    pl_err err = {0};
    pl_passing_file f = {.path = PL_S("/app"), .mode = 0755, .size = bytes.n};

    assert_ok(pl_classifiers_new(&none, &table, &err), err);
    assert_ok(pl_program_watch_open(table, &p, &err), err);
    assert_int_equal(pl_program_read(p, &f, bytes, write_down, &told, &err), rc);
    pl_program_watch_close(p);
    is_text(pl_buf_view(&told), expected);
}

static void elf_is_told(const mk_elf *m, const char *expected)
{
    PL_AUTO_BUF pl_buf bytes = {0};

    mk_elf_make(m, &bytes);
    is_told(pl_buf_view(&bytes), PL_OK, expected);
}

/* ---- Go ---- */

#define LIST                                                                                       \
    "path\texample.com/app/cmd\n"                                                                  \
    "mod\texample.com/app\t(devel)\t\n"                                                            \
    "dep\texample.com/a\tv1.0.0\th1:aa=\n"                                                         \
    "dep\texample.com/b\tv1.1.0\n"                                                                 \
    "=>\texample.com/fork\tv1.1.1\th1:bb=\n"                                                       \
    "dep\texample.com/c\tv1.2.0\n"                                                                 \
    "=>\t./c\t(devel)\t\n"                                                                         \
    "build\t-ldflags=\"-s -X main.version=2.5.0 -X \\\"example.com/a.Version=9.9\\\"\"\n"

#define TOLD(go)                                                                                   \
    "golang stdlib " go " (go" go ")\n"                                                            \
    "golang example.com/a v1.0.0\n"                                                                \
    "golang example.com/fork v1.1.1 (replaces example.com/b@v1.1.0)\n"                             \
    "golang example.com/c  (replaced by ./c)\n"                                                    \
    "golang example.com/app v2.5.0\n"

static void varint(pl_buf *b, size_t n)
{
    for (; n > 127; n >>= 7)
        pl_buf_ch(b, (char)(0x80 | (n & 0x7F)));
    pl_buf_ch(b, (char)n);
}

static void inline_block(pl_buf *b, pl_str version, pl_str list)
{
    pl_buf_add(b, PL_GO_MAGIC "\x08\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", PL_GO_BLOCK);
    varint(b, version.n);
    pl_buf_str(b, version);
    varint(b, list.n + 2 * PL_GO_MARK);
    pl_buf_c(b, PL_GO_MODULES_BEGIN);
    pl_buf_str(b, list);
    pl_buf_add(b, PL_GO_MODULES_END, PL_GO_MARK);
}

static void the_inline_form_is_read(void **state)
{
    PL_AUTO_BUF pl_buf data = {0};

    (void)state;
    inline_block(&data, PL_S("go1.19.8"), PL_S(LIST));
    elf_is_told(&(mk_elf){.data = pl_buf_view(&data)}, TOLD("1.19.8"));
    elf_is_told(&(mk_elf){.data = pl_buf_view(&data), .is_32 = true, .is_big = true},
                TOLD("1.19.8"));
}

/* Strings in .rodata, headers of strings and the block in .data. */
static void pointer_form(pl_buf *rodata, pl_buf *data, unsigned width, bool is_big, pl_str version)
{
    uint64_t version_at = MK_VADDR + MK_RODATA + 7;

    pl_buf_c(rodata, "before ");
    pl_buf_str(rodata, version);
    pl_buf_c(rodata, "and what follows it");
    pl_buf_c(rodata, PL_GO_MODULES_BEGIN);
    pl_buf_c(rodata, LIST);
    pl_buf_add(rodata, PL_GO_MODULES_END, PL_GO_MARK);
    pl_buf_add(data, PL_GO_MAGIC, 14);
    pl_buf_ch(data, (char)width);
    pl_buf_ch(data, is_big ? PL_GO_BIG : 0);
    mk_put(data, MK_VADDR + MK_DATA + PL_GO_BLOCK, width, is_big);
    mk_put(data, 0, width, is_big);
    while (data->n < PL_GO_BLOCK)
        pl_buf_ch(data, 0);
    mk_put(data, version_at, width, is_big);
    mk_put(data, version.n, width, is_big);
}

static void the_older_form_leads_to_strings_that_have_passed(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        PL_AUTO_BUF pl_buf rodata = {0};
        PL_AUTO_BUF pl_buf data = {0};
        bool is_big = i & 1;
        unsigned width = i & 2 ? 4 : 8;
        pointer_form(&rodata, &data, width, is_big, PL_S("go1.13.4"));
        elf_is_told(&(mk_elf){.rodata = pl_buf_view(&rodata),
                              .data = pl_buf_view(&data),
                              .is_32 = width == 4,
                              .is_big = is_big,
                              .has_go_note = true},
                    TOLD("1.13.4"));
    }
}

static void a_pointer_that_leads_nowhere_leaves_the_modules(void **state)
{
    PL_AUTO_BUF pl_buf rodata = {0};
    PL_AUTO_BUF pl_buf data = {0};

    (void)state;
    pointer_form(&rodata, &data, 8, false, PL_S("go1.13.4"));
    memset(data.p + PL_GO_BLOCK, 0x41, 8);
    elf_is_told(
        &(mk_elf){.rodata = pl_buf_view(&rodata), .data = pl_buf_view(&data), .has_go_note = true},
        "golang stdlib \n"
        "golang example.com/a v1.0.0\n"
        "golang example.com/fork v1.1.1 (replaces example.com/b@v1.1.0)\n"
        "golang example.com/c  (replaced by ./c)\n"
        "golang example.com/app v2.5.0\n");
}

static void a_block_outside_of_the_writable_segment_is_no_block(void **state)
{
    PL_AUTO_BUF pl_buf block = {0};

    (void)state;
    inline_block(&block, PL_S("go1.19.8"), PL_S(LIST));
    elf_is_told(&(mk_elf){.rodata = pl_buf_view(&block)}, "generic program \n");
}

static void releases_of_go_have_three_numbers(void **state)
{
    static const struct {
        const char *version, *release;
    } rows[] = {
        {"go1.19.8", "1.19.8"},
        {"go1.20", "1.20.0"},
        {"go1.21rc2", "1.21.0-rc.2"},
        {"go1.18beta1", "1.18.0-beta.1"},
        {"go1.22.1 X:nocoverageredesign", "1.22.1"},
        {"go1.20.4 (Red Hat 1.20.4-1.el9)", "1.20.4"},
        {"go1.22.5-fips", "1.22.5"},
        {"devel go1.22-abc Mon", ""},
        {"go", ""},
        {"go1", ""},
        {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        PL_AUTO_BUF pl_buf got = {0};
        assert_int_equal(pl_go_release(pl_str_c(rows[i].version), &got), rows[i].release[0] != 0);
        is_text(pl_buf_view(&got), rows[i].release);
    }
}

static void modules_are_told(const char *list, bool is_whole, const char *expected)
{
    PL_AUTO_BUF pl_buf told = {0};
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    bool got = !is_whole;
    pl_err err = {0};

    assert_ok(pl_go_modules(PL_S("go1.21.1"), pl_str_c(list), a, write_down, &told, &got, &err),
              err);
    assert_int_equal(got, is_whole);
    is_text(pl_buf_view(&told), expected);
}

#define GO "golang stdlib 1.21.1 (go1.21.1)\n"

static void the_main_module_has_its_version_from_the_flags_of_the_linker(void **state)
{
    (void)state;
    modules_are_told(
        "path\tm.io/a\nmod\tm.io/a\tv1.2.3+dirty\t\nbuild\t-ldflags=-X=main.version=9\n", true,
        GO "golang m.io/a v1.2.3+dirty\n");
    modules_are_told("mod\tm.io/a\t(devel)\t\nbuild\t-ldflags=\"-X m.io/a/v.GitVersion=v3.1.0\"\n",
                     true, GO "golang m.io/a v3.1.0\n");
    modules_are_told(
        "mod\tm.io/a\t(devel)\t\nbuild\t-ldflags=\"-X 'm.io/base.gitVersion=v1.2.2'\"\n", true,
        GO "golang m.io/a v1.2.2\n");
    modules_are_told("mod\tgithub.com/a/a\t(devel)\t\n"
                     "build\t-ldflags=\"-X github.com/b/b.Version=1.0 -X main.commit=1.2\"\n",
                     true, GO "golang github.com/a/a \n");
    modules_are_told("mod\tm.io/a\t(devel)\t\n", true, GO "golang m.io/a \n");
}

static void a_program_of_before_modules_has_no_whole_list(void **state)
{
    (void)state;
    modules_are_told("path\tgithub.com/opencontainers/runc\n", false,
                     GO "golang github.com/opencontainers/runc \n");
    modules_are_told("path\tcommand-line-arguments\n", true, GO);
    modules_are_told("path\tcmd/go\n", true, GO "golang toolchain 1.21.1 (go1.21.1)\n");
}

static void go_programs_without_a_list_are_opaque(void **state)
{
    PL_AUTO_BUF pl_buf data = {0};

    (void)state;
    inline_block(&data, PL_S("go1.19.8"), PL_S("path\texample.com/x\n"));
    elf_is_told(&(mk_elf){.data = pl_buf_view(&data)},
                "golang stdlib 1.19.8 (go1.19.8)\n"
                "golang example.com/x \n"
                "opaque generic a Go program without a list of modules \n");
    elf_is_told(&(mk_elf){.has_go_note = true},
                "opaque generic a Go program without build information \n");
}

/* ---- Rust ---- */

#define CRATES                                                                                     \
    "{\"packages\":[{\"name\":\"app\",\"version\":\"0.1.0\",\"source\":\"local\",\"root\":true},"  \
    "{\"name\":\"serde\",\"version\":\"1.0.130\",\"source\":\"crates.io\",\"dependencies\":[0]},"  \
    "{\"name\":\"cc\",\"version\":\"1.0.1\",\"source\":\"crates.io\",\"kind\":\"build\"},"         \
    "{\"name\":\"fork\",\"version\":\"2.0.0\",\"source\":\"git\"}],\"format\":1}"

#define CRATES_TOLD                                                                                \
    "cargo app 0.1.0 (local)\ncargo serde 1.0.130 (crates.io)\ncargo fork 2.0.0 (git)\n"

static void pack(pl_str text, pl_buf *out)
{
    unsigned char packed[4096];
    uLongf n = sizeof(packed);

    assert_int_equal(compress(packed, &n, (const unsigned char *)text.p, text.n), Z_OK);
    pl_buf_add(out, packed, n);
}

static void a_list_of_crates_is_read_without_those_that_only_build(void **state)
{
    PL_AUTO_BUF pl_buf packed = {0};

    (void)state;
    pack(PL_S(CRATES), &packed);
    elf_is_told(&(mk_elf){.data = PL_S("library/core/src/fmt.rs"),
                          .extra = pl_buf_view(&packed),
                          .has_sections = true},
                CRATES_TOLD);
    elf_is_told(&(mk_elf){.data = pl_buf_view(&packed)}, CRATES_TOLD);
}

static void json_that_is_no_section_is_no_list_of_crates(void **state)
{
    PL_AUTO_BUF pl_buf packed = {0};

    (void)state;
    pack(PL_S(CRATES), &packed);
    elf_is_told(&(mk_elf){.data = pl_buf_view(&packed), .extra = PL_S("x"), .has_sections = true},
                "generic program \n");
}

#define NO_LIST "opaque generic a Rust program without a list of crates \n"

static void beginnings_without_end_are_a_limit(void **state)
{
    PL_AUTO_BUF pl_buf packed = {0};
    PL_AUTO_BUF pl_buf many = {0};
    PL_AUTO_BUF pl_buf bytes = {0};

    (void)state;
    pack(PL_S("{\"a\":[1,2,3,4]}"), &packed);
    for (size_t i = 0; i < PL_RUST_BEGUN_MAX + 1; i++)
        pl_buf_add(&many, packed.p, packed.n - 4); /* without the checksum it never ends well */
    mk_elf_make(&(mk_elf){.rodata = PL_S("library/core/src/"), .data = pl_buf_view(&many)}, &bytes);
    is_told(pl_buf_view(&bytes), PL_LIMIT, NO_LIST);
    pl_buf_reset(&many);
    pl_buf_reset(&bytes);
    while (many.n < (size_t)2 << 20)
        pl_buf_c(&many, "\x78\x9c\x05");
    mk_elf_make(&(mk_elf){.rodata = PL_S("library/core/src/"), .data = pl_buf_view(&many)}, &bytes);
    is_told(pl_buf_view(&bytes), PL_LIMIT, NO_LIST);
}

static void rust_programs_without_a_list_are_opaque(void **state)
{
    (void)state;
    elf_is_told(&(mk_elf){.rodata = PL_S("/rustc/0123/library/core/src/fmt/mod.rs")}, NO_LIST);
}

/* ---- packers and lies ---- */

static void what_upx_packed_is_opaque(void **state)
{
    (void)state;
    elf_is_told(&(mk_elf){.rodata = PL_S("\1\2\3\4UPX!\5")}, "opaque generic packed by UPX \n");
    elf_is_told(&(mk_elf){.rodata = PL_S("UPX!"), .extra = PL_S("x"), .has_sections = true},
                "generic program \n");
}

static void headers_that_lie_end_in_a_word(void **state)
{
    PL_AUTO_BUF pl_buf good = {0};
    pl_elf e;
    pl_err err = {0};

    (void)state;
    mk_elf_make(&(mk_elf){.data = PL_S("x")}, &good);
    is_told(pl_str_sub(pl_buf_view(&good), 0, 60), PL_FORMAT, "");
    assert_int_equal(pl_elf_header(PL_S("\177ELF"), &e, &err), PL_FORMAT);
    good.p[4] = 7;
    assert_int_equal(pl_elf_header(pl_buf_view(&good), &e, &err), PL_FORMAT);
    good.p[4] = 2;
    memset(good.p + 32, 0xFF, 16); /* tables at the end of all numbers */
    is_told(pl_buf_view(&good), PL_OK, "generic program \n");
    memset(good.p + 54, 0xFF, 10); /* sizes and counts */
    is_told(pl_buf_view(&good), PL_OK, "generic program \n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_inline_form_is_read),
        cmocka_unit_test(the_older_form_leads_to_strings_that_have_passed),
        cmocka_unit_test(a_pointer_that_leads_nowhere_leaves_the_modules),
        cmocka_unit_test(a_block_outside_of_the_writable_segment_is_no_block),
        cmocka_unit_test(releases_of_go_have_three_numbers),
        cmocka_unit_test(the_main_module_has_its_version_from_the_flags_of_the_linker),
        cmocka_unit_test(a_program_of_before_modules_has_no_whole_list),
        cmocka_unit_test(go_programs_without_a_list_are_opaque),
        cmocka_unit_test(a_list_of_crates_is_read_without_those_that_only_build),
        cmocka_unit_test(json_that_is_no_section_is_no_list_of_crates),
        cmocka_unit_test(beginnings_without_end_are_a_limit),
        cmocka_unit_test(rust_programs_without_a_list_are_opaque),
        cmocka_unit_test(what_upx_packed_is_opaque),
        cmocka_unit_test(headers_that_lie_end_in_a_word),
    };
    return cmocka_run_group_tests_name("package/programs", tests, NULL, NULL);
}
