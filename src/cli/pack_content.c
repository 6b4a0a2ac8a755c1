/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Run once, while the program is built: reads the content, compiles its checks, and writes it in
 * the form of model/content_packed.h with the source that puts it into the program.
 * usage: pack_content OUT.bin OUT.c
 */
#include "cli/outputs.h"
#include "cli/roles.h"
#include "core/hash.h"
#include "model/content_packed.h"
#include "rules/judge.h"

#include <limits.h>

/* The digest makes the source another one whenever the bytes are, which .incbin alone does not. */
static pl_rc write_source(const char *bin, const char *path, pl_str bytes, pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {0};
    unsigned char sum[PL_SHA256];
    char hex[PL_SHA256_HEX], whole[PATH_MAX];

    pl_sha256_of(bytes, sum);
    pl_hex(sum, sizeof(sum), hex);
    if (!realpath(bin, whole))
        return pl_fail(err, PL_SYS, "%s", bin);
    pl_buf_fmt(&text,
               "/* %s */\n#include \"cli/content_packed.h\"\n\n"
               "__asm__(\".pushsection .rodata\\n.global pl_packed_bytes\\npl_packed_bytes:\\n\"\n"
               "        \".incbin \\\"%s\\\"\\n.byte 0\\n.popsection\\n\");\n"
               "extern const char pl_packed_bytes[];\n\n"
               "pl_str pl_content_packed(void)\n{\n    return (pl_str){pl_packed_bytes, %zu};\n}\n",
               hex, whole, bytes.n);
    return pl_write_file(path, pl_buf_view(&text), err);
}

static pl_rc pack(const pl_schema *schema, char **argv, pl_err *err)
{
    PL_AUTO_BUF pl_buf out = {0};
    PL_AUTO_RULES pl_rules *rules = NULL;
    pl_content content = {0};
    pl_rc rc = pl_content_load(schema, pl_content_builtin, NULL, 0, &content, err);

    if (!rc)
        rc = pl_rules_compile(schema, &content, &rules, err);
    if (!rc)
        pl_content_pack(&content, &out);
    if (!rc)
        rc = pl_write_file(argv[1], pl_buf_view(&out), err);
    if (!rc)
        rc = write_source(argv[1], argv[2], pl_buf_view(&out), err);
    pl_content_done(&content);
    return rc;
}

int main(int argc, char **argv)
{
    PL_AUTO_SCHEMA pl_schema *schema = pl_schema_new();
    pl_err err = {0};

    if (argc != 3 || !schema)
        return 2;
    pl_register_kinds(schema);
    pl_rc rc = pack(schema, argv, &err);
    if (rc)
        (void)fprintf(stderr, "pack_content: %s\n", err.text);
    return rc ? 1 : 0;
}
