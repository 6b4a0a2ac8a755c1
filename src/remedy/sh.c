/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A remedy as POSIX shell, to be read before it is run. What stands in a comment is our own text;
 * names and paths from outside are quoted words. ROOT may name another root folder.
 */
#include "patch/plan.h"
#include "remedy/remedy.h"

#include <string.h>

static const int forms[] = {PL_REMEDY_RUN,        PL_REMEDY_UPDATE, PL_REMEDY_DAEMON,
                            PL_REMEDY_SYSCTL,     PL_REMEDY_FILES,  PL_REMEDY_AUDIT,
                            PL_REMEDY_DOCKERFILE, PL_REMEDY_SSHD};

bool pl_remedy_has_sh(const pl_remedy *r)
{
    for (size_t i = 0; i < PL_COUNT(forms); i++)
        if (r->forms[forms[i]])
            return true;
    return false;
}

/* A tree that stands elsewhere may have links that lead to files of this machine. */
static const char inside[] =
    "inside() {\n    [ -n \"$root\" ] || return 0\n    base=$(realpath -- \"$root\")\n"
    "    case $(realpath -m -- \"$1\") in\n    \"${base%/}\"/*) ;;\n"
    "    *) printf '%s leads out of %s\\n' \"$1\" \"$root\" >&2; exit 1 ;;\n    esac\n}\n";

/* Our own text as a comment line. */
static void comment(pl_buf *out, pl_str text)
{
    pl_buf_c(out, "# ");
    for (size_t i = 0; i < text.n; i++) {
        pl_buf_ch(out, text.p[i] < ' ' ? ' ' : text.p[i]);
    }
    pl_buf_ch(out, '\n');
}

static void name_of(const pl_remedy_for *to, pl_buf *out)
{
    if (to->container.n)
        pl_shell_quote(out, to->container);
    else
        pl_buf_c(out, "\"${1:?name of the container}\"");
}

static void flags(const pl_yaml *list, const char *before, pl_buf *out)
{
    if (!list)
        return;
    pl_buf_c(out, before);
    for (size_t i = 0; i < list->n; i++) {
        pl_buf_c(out, i ? ", " : " ");
        pl_buf_str(out, list->items[i].text);
    }
}

/* Nobody but who started it knows the whole command line, so that this says what to change in it.
 */
static void run(const pl_yaml *v, const pl_remedy_for *to, pl_buf *out)
{
    pl_buf_c(out, "printf 'make %s anew: docker run");
    flags(pl_yaml_get(v, "drop"), " without", out);
    flags(pl_yaml_get(v, "add"), pl_yaml_get(v, "drop") ? "; with" : " with", out);
    pl_buf_c(out, "\\n' ");
    name_of(to, out);
    pl_buf_ch(out, '\n');
}

static void update(const pl_yaml *v, const pl_remedy_for *to, pl_buf *out)
{
    pl_buf_c(out, "docker update");
    for (size_t i = 0; i < v->n; i++) {
        pl_buf_ch(out, ' ');
        pl_buf_str(out, v->items[i].text);
    }
    pl_buf_c(out, " -- ");
    name_of(to, out);
    pl_buf_ch(out, '\n');
}

static void drop_nulls(const pl_yaml *v, pl_buf *out)
{
    for (size_t i = 0; i < v->n; i++)
        if (pl_yaml_is_null(&v->items[2 * i + 1])) {
            pl_buf_c(out, " | del(.[\"");
            pl_buf_str(out, v->items[2 * i].text);
            pl_buf_c(out, "\"])");
        }
}

/* The new file has owner and mode of the old one, which may hold a proxy's password. */
static void daemon_json(const pl_yaml *v, pl_buf *out)
{
    PL_AUTO_BUF pl_buf program = {0};

    pl_buf_c(&program, ". * ");
    pl_remedy_flow(v, &program);
    drop_nulls(v, &program);
    pl_buf_c(out, "file=$root/etc/docker/daemon.json\n"
                  "inside \"$file\"\ninside \"$file.new\"\n"
                  "mkdir -p \"$root/etc/docker\"\n"
                  "[ -s \"$file\" ] || printf '{}\\n' >\"$file\"\n"
                  "cp -p -- \"$file\" \"$file.new\"\n"
                  "jq ");
    pl_shell_quote(out, pl_buf_view(&program));
    pl_buf_c(out, " \"$file\" >\"$file.new\"\n"
                  "if [ -z \"$root\" ] && dockerd --help 2>&1 | grep -q -e --validate; then\n"
                  "    dockerd --validate --config-file \"$file.new\"\nfi\n"
                  "mv \"$file.new\" \"$file\"\n"
                  "[ -n \"$root\" ] || systemctl restart docker\n");
}

static void here_file(const pl_remedy_for *to, pl_remedy_form form, const char *mark, pl_buf *out)
{
    pl_buf_c(out, "file=$root");
    pl_remedy_own_file(form, to->check, out);
    pl_buf_fmt(out, "\ninside \"$file\"\nmkdir -p \"${file%%/*}\"\ncat >\"$file\" <<%s\n", mark);
}

/* sysctl --system reads /etc/sysctl.conf after all others, so that no file of ours goes before it.
 */
static const char not_after[] =
    "END\nwhile read -r key _ value; do\n"
    "    name=$(printf %s \"$key\" | sed 's/[.]/[.\\/]/g')\n"
    "    if grep -Es \"^[[:space:]]*-?$name[[:space:]]*=\" \"$root/etc/sysctl.conf\" |\n"
    "        grep -Evq \"=[[:space:]]*$value[[:space:]]*\\$\"; then\n"
    "        printf '%s is read last and says otherwise of %s: change it there\\n' "
    "\"$root/etc/sysctl.conf\" \"$key\" >&2\n        exit 1\n    fi\n"
    "done <\"$file\"\n[ -n \"$root\" ] || sysctl --system\n";

static void sysctl(const pl_yaml *v, const pl_remedy_for *to, pl_buf *out)
{
    here_file(to, PL_REMEDY_SYSCTL, "'END'", out);
    for (size_t i = 0; i < v->n; i++)
        pl_buf_fmt(out, "%.*s = %.*s\n", PL_F(v->items[2 * i].text),
                   PL_F(v->items[2 * i + 1].text));
    pl_buf_c(out, not_after);
}

/* A file that nobody includes sets nothing, nor does one after a setting. */
static void is_included(const pl_yaml *v, pl_buf *out)
{
    pl_buf_c(out,
             "first=$(grep -Ei -m 1 '^[[:space:]]*(Include[[:space:]=].*sshd_config[.]d/|(Match");
    for (size_t i = 0; i < v->n; i++)
        pl_buf_fmt(out, "|%.*s", PL_F(v->items[2 * i].text));
    pl_buf_c(out, ")[[:space:]=])' \"$root/etc/ssh/sshd_config\" || :)\n"
                  "case $first in\n*sshd_config.d/*) ;;\n"
                  "*) printf '%s has to include sshd_config.d/*.conf above its settings\\n' "
                  "\"$root/etc/ssh/sshd_config\" >&2; exit 1 ;;\nesac\n");
}

/* A file that the server refuses would keep everybody out after its next start. */
static void sshd(const pl_yaml *v, const pl_remedy_for *to, pl_buf *out)
{
    is_included(v, out);
    here_file(to, PL_REMEDY_SSHD, "'END'", out);
    for (size_t i = 0; i < v->n; i++)
        pl_buf_fmt(out, "%.*s %.*s\n", PL_F(v->items[2 * i].text), PL_F(v->items[2 * i + 1].text));
    pl_buf_c(out, "END\nif [ -z \"$root\" ]; then\n"
                  "    sshd -t || { rm -- \"$file\"; exit 1; }\n"
                  "    systemctl reload ssh\nfi\n");
}

/* ---- files ---- */

static void on_path(const pl_yaml *v, const char *path, pl_buf *out)
{
    const pl_yaml *owner = pl_yaml_get(v, "owner"), *mode = pl_yaml_get(v, "mode");

    pl_buf_fmt(out, "inside %s\n", path);
    if (owner)
        pl_buf_fmt(out, "chown %.*s -- %s\n", PL_F(owner->text), path);
    if (mode)
        pl_buf_fmt(out, "chmod %.*s -- %s\n", PL_F(mode->text), path);
}

static void change_files(const pl_yaml *v, const pl_remedy_for *to, pl_buf *out)
{
    const pl_yaml *usual = pl_yaml_get(v, "path");
    PL_AUTO_BUF pl_buf word = {0};

    for (size_t i = 0; i < to->n_paths; i++) {
        pl_buf_reset(&word);
        pl_buf_c(&word, "\"$root\"");
        pl_shell_quote(&word, to->paths[i]);
        pl_buf_ch(&word, '\0');
        if (pl_buf_ok(&word))
            on_path(v, word.p, out);
    }
    if (to->n_paths)
        return;
    if (usual)
        pl_buf_fmt(&word, "\"$root\"%.*s", PL_F(usual->text));
    else
        pl_buf_c(&word, "\"$root${1:?path of the file}\"");
    pl_buf_ch(&word, '\0');
    if (pl_buf_ok(&word))
        on_path(v, word.p, out);
}

/* ---- audit rules ---- */

static void not_watched(const pl_remedy_for *to, pl_buf *out)
{
    for (size_t i = 0; i < to->n_paths; i++) {
        if (pl_remedy_can_watch(to->paths[i]))
            continue;
        pl_buf_c(out, "printf '%s: no rule can name it; watch the folder above it\\n' ");
        pl_shell_quote(out, to->paths[i]);
        pl_buf_c(out, " >&2\nexit 1\n");
    }
}

/* Without a finding the path is an argument of the script. */
static void audit(const pl_yaml *v, const pl_remedy_for *to, pl_buf *out)
{
    bool wants_path = pl_str_has(v->items[0].text, PL_S("PATH"));
    bool is_open = wants_path && !to->n_paths;

    if (is_open)
        pl_buf_c(out,
                 "path=${1:?path that is to be watched}\ncase $path in\n*[[:space:]]*)\n"
                 "    printf '%s: no rule can name it; watch the folder above it\\n' \"$path\" "
                 ">&2; exit 1 ;;\nesac\n");
    here_file(to, PL_REMEDY_AUDIT, is_open ? "END" : "'END'", out);
    for (size_t k = 0; k < (wants_path && !is_open ? to->n_paths : 1); k++)
        for (size_t i = 0; i < v->n; i++)
            pl_remedy_audit_line(v->items[i].text,
                                 is_open      ? PL_S("$path")
                                 : wants_path ? to->paths[k]
                                              : PL_S(""),
                                 out);
    pl_buf_c(out, "END\n[ -n \"$root\" ] || augenrules --load\n");
    if (wants_path)
        not_watched(to, out);
}

static void dockerfile(const pl_yaml *v, pl_buf *out)
{
    pl_buf_c(out, "cat >>Dockerfile <<'END'\n");
    for (size_t i = 0; i < v->n; i++)
        pl_buf_fmt(out, "%.*s\n", PL_F(v->items[i].text));
    pl_buf_c(out, "END\n");
}

void pl_remedy_sh(const pl_remedy *r, const pl_remedy_for *to, pl_buf *out)
{
    const pl_yaml *const *f = r->forms;

    pl_buf_c(out, "#!/bin/sh\n");
    comment(out, to->check);
    comment(out, to->title);
    if (r->note.n) {
        pl_buf_c(out, "# Not known here:\n");
        comment(out, r->note);
    }
    pl_buf_c(out, "# plimsoll printed this and has run none of it.\nset -eu\nroot=${ROOT:-}\n");
    if (f[PL_REMEDY_DAEMON] || f[PL_REMEDY_SYSCTL] || f[PL_REMEDY_FILES] || f[PL_REMEDY_AUDIT] ||
        f[PL_REMEDY_SSHD])
        pl_buf_c(out, inside);
    if (f[PL_REMEDY_UPDATE])
        update(f[PL_REMEDY_UPDATE], to, out);
    if (f[PL_REMEDY_RUN])
        run(f[PL_REMEDY_RUN], to, out);
    if (f[PL_REMEDY_DAEMON])
        daemon_json(f[PL_REMEDY_DAEMON], out);
    if (f[PL_REMEDY_SYSCTL])
        sysctl(f[PL_REMEDY_SYSCTL], to, out);
    if (f[PL_REMEDY_FILES])
        change_files(f[PL_REMEDY_FILES], to, out);
    if (f[PL_REMEDY_AUDIT])
        audit(f[PL_REMEDY_AUDIT], to, out);
    if (f[PL_REMEDY_SSHD])
        sshd(f[PL_REMEDY_SSHD], to, out);
    if (f[PL_REMEDY_DOCKERFILE])
        dockerfile(f[PL_REMEDY_DOCKERFILE], out);
}
