/* SPDX-License-Identifier: Apache-2.0 */
/* Values of a remedy as JSON and YAML. */
#include "core/json_write.h"
#include "remedy/remedy.h"

#include <string.h>

/* auditctl(8) splits its lines at blanks and knows no quotes: such a path is not written. */
bool pl_remedy_can_watch(pl_str path)
{
    for (size_t i = 0; i < path.n; i++)
        if (path.p[i] <= ' ' || path.p[i] == 0x7f)
            return false;
    return path.n > 0;
}

void pl_remedy_own_file(pl_remedy_form form, pl_str check, pl_buf *out)
{
    bool is_sysctl = form == PL_REMEDY_SYSCTL, is_sshd = form == PL_REMEDY_SSHD;
    const char *before = is_sysctl ? "/etc/sysctl.d/zz"
                         : is_sshd ? "/etc/ssh/sshd_config.d/00"
                                   : "/etc/audit/rules.d/60";

    pl_buf_fmt(out, "%s-plimsoll-%.*s.%s", before, PL_F(check),
               is_sysctl || is_sshd ? "conf" : "rules");
}

void pl_remedy_audit_line(pl_str line, pl_str path, pl_buf *out)
{
    const char *at = memmem(line.p, line.n, "PATH", 4);
    size_t n = at ? (size_t)(at - line.p) : line.n;

    if (at && !pl_remedy_can_watch(path))
        return;
    pl_buf_str(out, pl_str_sub(line, 0, n));
    if (at) {
        pl_buf_str(out, path);
        pl_buf_str(out, pl_str_sub(line, n + 4, line.n));
    }
    pl_buf_ch(out, '\n');
}

/* JSON has null, truths and decimal numbers of its own; all else is a text. */
static bool is_json_word(const pl_yaml *v)
{
    int64_t number;
    bool truth;

    if (!v->is_plain)
        return false;
    if (pl_yaml_bool(v, &truth))
        return true;
    return pl_str_i64(v->text, &number) && pl_yaml_int(v, &number);
}

static void scalar(const pl_yaml *v, pl_buf *out)
{
    if (pl_yaml_is_null(v))
        pl_buf_c(out, "null");
    else if (is_json_word(v))
        pl_buf_str(out, v->text);
    else
        pl_json_quote(out, v->text);
}

void pl_remedy_flow(const pl_yaml *v, pl_buf *out)
{
    bool is_map = v->type == PL_YAML_MAPPING;

    if (v->type == PL_YAML_SCALAR) {
        scalar(v, out);
        return;
    }
    pl_buf_ch(out, is_map ? '{' : '[');
    for (size_t i = 0; i < v->n; i++) {
        if (i)
            pl_buf_c(out, ", ");
        if (is_map) {
            pl_json_quote(out, v->items[2 * i].text);
            pl_buf_c(out, ": ");
        }
        pl_remedy_flow(&v->items[is_map ? 2 * i + 1 : i], out);
    }
    pl_buf_ch(out, is_map ? '}' : ']');
}

static void indent(pl_buf *out, unsigned depth)
{
    for (unsigned i = 0; i < depth; i++)
        pl_buf_c(out, "  ");
}

/* Lists of a patch replace what was there: Compose joins them unless it is told so. */
void pl_remedy_block(const pl_yaml *v, unsigned depth, bool is_reset, pl_buf *out)
{
    if (v->type != PL_YAML_MAPPING || v->n == 0) {
        pl_buf_ch(out, ' ');
        if (is_reset && v->type == PL_YAML_SCALAR && pl_yaml_is_null(v))
            pl_buf_c(out, "!reset ");
        else if (is_reset && v->type == PL_YAML_SEQUENCE)
            pl_buf_c(out, "!override ");
        pl_remedy_flow(v, out);
        pl_buf_ch(out, '\n');
        return;
    }
    pl_buf_ch(out, '\n');
    for (size_t i = 0; i < v->n; i++) {
        indent(out, depth);
        pl_json_quote(out, v->items[2 * i].text);
        pl_buf_ch(out, ':');
        pl_remedy_block(&v->items[2 * i + 1], depth + 1, is_reset, out);
    }
}
