/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the program `yara` prints: "RULE [TAGS] [META] PATH" for each match, lines of strings below
 * it with -s, and errors. It names no version, no time and no end.
 */
#include "core/char.h"
#include "ingest/limits.h"
#include "ingest/lines.h"
#include "ingest/readers.h"

static bool is_word(char c)
{
    return pl_is_alpha(c) || pl_is_digit(c) || c == '_';
}

/* Behind "[...]", whose texts are quoted and may hold brackets. */
static pl_str behind_bracket(pl_str s)
{
    bool is_quoted = false;

    for (size_t i = 1; i < s.n; i++) {
        if (is_quoted && s.p[i] == '\\')
            i++;
        else if (s.p[i] == '"')
            is_quoted = !is_quoted;
        else if (!is_quoted && s.p[i] == ']')
            return pl_str_trim(pl_str_sub(s, i + 1, s.n));
    }
    return (pl_str){"", 0};
}

bool pl_ingest_yara_line(pl_str line, pl_str *ret_rule, pl_str *ret_path)
{
    size_t n = 0;

    while (n < line.n && is_word(line.p[n]))
        n++;
    if (n == 0 || pl_is_digit(line.p[0]) || n + 1 >= line.n || line.p[n] != ' ')
        return false;
    pl_str path = pl_str_sub(line, n + 1, line.n);
    while (path.n && path.p[0] == '[')
        path = behind_bracket(path);
    *ret_rule = pl_str_sub(line, 0, n);
    *ret_path = path;
    return path.n != 0;
}

static bool is_string(pl_str line)
{
    return pl_str_starts(line, PL_S("0x"));
}

static bool is_trouble(pl_str line)
{
    return pl_str_starts(line, PL_S("error")) || pl_str_starts(line, PL_S("warning:"));
}

pl_rc pl_ingest_yara(pl_ingest_out *out, pl_str text, pl_err *err)
{
    pl_ingest_lines lines = {.rest = text};
    pl_rc rc = PL_OK;

    pl_ingest_begin(out);
    out->run.tool = PL_S("YARA");
    out->run.is_seen[PL_TOPIC_MALWARE] = true;
    for (pl_str line, rule, path; !rc && pl_ingest_line(&lines, &line);) {
        if (!pl_str_trim(line).n || is_string(line))
            continue;
        if (is_trouble(line)) {
            pl_ingest_ended(&out->run, false, pl_str_sub(line, 0, PL_INGEST_NAME));
        } else if (!pl_ingest_yara_line(line, &rule, &path)) {
            rc = pl_ingest_problem_at(out, err, "is no match", "line %zu", lines.number);
        } else {
            const pl_ingest_row row = {.outcome = PL_OUTCOME_FAIL,
                                       .severity = PL_UNKNOWN_SEVERITY,
                                       .topic = PL_TOPIC_MALWARE,
                                       .rule = rule,
                                       .where = path};
            rc = pl_ingest_put(out, &row, err);
        }
    }
    if (!rc && lines.number && !lines.is_whole)
        pl_ingest_cut(out, text, text.p + text.n, "the last line has no end");
    return rc ? rc : pl_ingest_end(out, err);
}
