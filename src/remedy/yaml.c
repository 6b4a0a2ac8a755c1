/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A remedy as a Compose file that is merged over another (docker compose -f a.yaml -f b.yaml), as a
 * patch of Kubernetes (kubectl patch --patch-file), as tasks of Ansible. Texts are JSON strings,
 * which YAML has, too, so that no name can leave its place.
 */
#include "core/json_write.h"
#include "remedy/remedy.h"

#include <string.h>

static void title(const pl_remedy *r, const pl_remedy_for *to, pl_buf *out)
{
    const pl_str lines[] = {to->check, to->title, r->note};

    for (size_t i = 0; i < PL_COUNT(lines); i++) {
        if (!lines[i].n)
            continue;
        pl_buf_c(out, i == 2 ? "# Not known here: " : "# ");
        for (size_t k = 0; k < lines[i].n; k++)
            pl_buf_ch(out, (unsigned char)lines[i].p[k] < ' ' ? ' ' : lines[i].p[k]);
        pl_buf_ch(out, '\n');
    }
}

/* ---- Compose ---- */

void pl_remedy_compose(const pl_remedy *r, const pl_remedy_for *to, pl_buf *out)
{
    title(r, to, out);
    pl_buf_c(out, "services:\n  ");
    pl_json_quote(out, to->service.n ? to->service : PL_S("SERVICE"));
    pl_buf_ch(out, ':');
    pl_remedy_block(r->forms[PL_REMEDY_COMPOSE], 2, true, out);
}

/* ---- Kubernetes ---- */

/* `key: value` pairs at a depth. */
static void pairs(const pl_yaml *map, unsigned depth, pl_buf *out)
{
    for (size_t i = 0; i < map->n; i++) {
        for (unsigned k = 0; k < depth; k++)
            pl_buf_c(out, "  ");
        pl_json_quote(out, map->items[2 * i].text);
        pl_buf_ch(out, ':');
        pl_remedy_block(&map->items[2 * i + 1], depth + 1, false, out);
    }
}

void pl_remedy_kubernetes(const pl_remedy *r, const pl_remedy_for *to, pl_buf *out)
{
    const char *in = to->is_template ? "    " : "";
    unsigned depth = to->is_template ? 3 : 1;

    title(r, to, out);
    pl_buf_c(out, to->is_template ? "spec:\n  template:\n    spec:\n" : "spec:\n");
    if (r->forms[PL_REMEDY_POD])
        pairs(r->forms[PL_REMEDY_POD], depth, out);
    if (!r->forms[PL_REMEDY_CONTAINER])
        return;
    pl_buf_fmt(out, "%s  containers:\n%s    - name: ", in, in);
    pl_json_quote(out, to->container.n ? to->container : PL_S("CONTAINER"));
    pl_buf_ch(out, '\n');
    pairs(r->forms[PL_REMEDY_CONTAINER], depth + 2, out);
}

/* ---- Ansible ---- */

static const int forms[] = {PL_REMEDY_DAEMON, PL_REMEDY_SYSCTL, PL_REMEDY_FILES, PL_REMEDY_AUDIT,
                            PL_REMEDY_SSHD};

bool pl_remedy_has_ansible(const pl_remedy *r)
{
    for (size_t i = 0; i < PL_COUNT(forms); i++)
        if (r->forms[forms[i]])
            return true;
    return false;
}

static void task(pl_buf *out, const char *what, const pl_remedy_for *to)
{
    pl_buf_fmt(out, "    - name: \"%.*s: %s\"\n", PL_F(to->check), what);
}

static void value(pl_buf *out, const char *key, pl_str text)
{
    pl_buf_fmt(out, "        %s: ", key);
    pl_json_quote(out, text);
    pl_buf_ch(out, '\n');
}

/* Ansible's own braces in a name would be a template. */
static void safe_value(pl_buf *out, const char *key, pl_str text)
{
    pl_buf_fmt(out, "        %s: !unsafe ", key);
    pl_json_quote(out, text);
    pl_buf_ch(out, '\n');
}

static void command(pl_buf *out, const pl_remedy_for *to, const char *words)
{
    task(out, words, to);
    pl_buf_fmt(out, "      ansible.builtin.command: %s\n      changed_when: true\n", words);
}

static void daemon_json(const pl_yaml *v, const pl_remedy_for *to, pl_buf *out)
{
    PL_AUTO_BUF pl_buf json = {0}, gone = {0}, text = {0};

    pl_remedy_flow(v, &json);
    pl_buf_ch(&gone, '[');
    for (size_t i = 0; i < v->n; i++)
        if (pl_yaml_is_null(&v->items[2 * i + 1])) {
            pl_buf_c(&gone, gone.n > 1 ? ", " : "");
            pl_json_quote(&gone, v->items[2 * i].text);
        }
    pl_buf_ch(&gone, ']');
    task(out, "read daemon.json", to);
    pl_buf_c(out, "      ansible.builtin.command: cat /etc/docker/daemon.json\n"
                  "      register: daemon\n      changed_when: false\n      failed_when: false\n");
    task(out, "write daemon.json", to);
    /* Without a mode the file keeps its own. */
    pl_buf_c(out, "      ansible.builtin.copy:\n        dest: /etc/docker/daemon.json\n");
    pl_buf_fmt(&text,
               "{{ (daemon.stdout | default('{}', true) | from_json | combine('%.*s' | from_json, "
               "recursive=true)) | dict2items | rejectattr('key', 'in', '%.*s' | from_json) | "
               "items2dict | to_nice_json }}",
               PL_F(pl_buf_view(&json)), PL_F(pl_buf_view(&gone)));
    value(out, "content", pl_buf_view(&text));
    command(out, to, "systemctl restart docker");
}

/* One file of ours with a line for each pair or item. */
static void own_file(const pl_remedy_for *to, pl_remedy_form form, pl_str text, pl_buf *out)
{
    PL_AUTO_BUF pl_buf path = {0};

    pl_remedy_own_file(form, to->check, &path);
    task(out, "write a file of settings", to);
    pl_buf_c(out, "      ansible.builtin.copy:\n");
    value(out, "dest", pl_buf_view(&path));
    safe_value(out, "content", text);
    pl_buf_c(out, "        mode: \"0640\"\n");
}

static void settings(const pl_yaml *v, const char *between, pl_buf *out)
{
    for (size_t i = 0; i < v->n; i++)
        pl_buf_fmt(out, "%.*s%s%.*s\n", PL_F(v->items[2 * i].text), between,
                   PL_F(v->items[2 * i + 1].text));
}

static void file_task(const pl_yaml *v, pl_str path, const pl_remedy_for *to, pl_buf *out)
{
    const pl_yaml *owner = pl_yaml_get(v, "owner"), *mode = pl_yaml_get(v, "mode");
    pl_str group = owner ? owner->text : (pl_str){"", 0}, user = {"", 0};

    task(out, "owner and mode", to);
    pl_buf_c(out, "      ansible.builtin.file:\n");
    safe_value(out, "path", path);
    if (owner) {
        if (!pl_str_cut(&group, ':', &user))
            user = owner->text;
        value(out, "owner", user);
        value(out, "group", group);
    }
    if (mode)
        value(out, "mode", mode->text);
}

static void file_tasks(const pl_yaml *v, const pl_remedy_for *to, pl_buf *out)
{
    const pl_yaml *usual = pl_yaml_get(v, "path");

    for (size_t i = 0; i < to->n_paths; i++)
        file_task(v, to->paths[i], to, out);
    if (!to->n_paths)
        file_task(v, usual ? usual->text : PL_S("PATH"), to, out);
}

static void audit_lines(const pl_yaml *v, const pl_remedy_for *to, pl_buf *out)
{
    const pl_str usual = PL_S("PATH");
    bool wants_path = pl_str_has(v->items[0].text, PL_S("PATH"));
    size_t n = wants_path && to->n_paths ? to->n_paths : 1;

    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < v->n; i++)
            pl_remedy_audit_line(v->items[i].text, to->n_paths ? to->paths[k] : usual, out);
}

/* What a task does not look at. */
static void what_stands_beside(const pl_remedy *r, const pl_remedy_for *to, pl_buf *out)
{
    const pl_yaml *const *f = r->forms;

    if (f[PL_REMEDY_SYSCTL])
        pl_buf_c(out, "# What /etc/sysctl.conf sets is read last and goes before this.\n");
    if (f[PL_REMEDY_SSHD])
        pl_buf_c(out, "# /etc/ssh/sshd_config has to include sshd_config.d/*.conf above its own "
                      "settings.\n");
    for (size_t i = 0; f[PL_REMEDY_AUDIT] && i < to->n_paths; i++)
        if (!pl_remedy_can_watch(to->paths[i])) {
            pl_buf_c(out, "# No rule can name a path with a blank: watch the folder above it.\n");
            break;
        }
}

void pl_remedy_ansible(const pl_remedy *r, const pl_remedy_for *to, pl_buf *out)
{
    const pl_yaml *const *f = r->forms;
    PL_AUTO_BUF pl_buf text = {0};

    title(r, to, out);
    what_stands_beside(r, to, out);
    pl_buf_c(out, "- hosts: all\n  become: true\n  tasks:\n");
    if (f[PL_REMEDY_DAEMON])
        daemon_json(f[PL_REMEDY_DAEMON], to, out);
    if (f[PL_REMEDY_SYSCTL]) {
        settings(f[PL_REMEDY_SYSCTL], " = ", &text);
        own_file(to, PL_REMEDY_SYSCTL, pl_buf_view(&text), out);
        command(out, to, "sysctl --system");
    }
    if (f[PL_REMEDY_FILES])
        file_tasks(f[PL_REMEDY_FILES], to, out);
    pl_buf_reset(&text);
    if (f[PL_REMEDY_AUDIT]) {
        audit_lines(f[PL_REMEDY_AUDIT], to, &text);
        own_file(to, PL_REMEDY_AUDIT, pl_buf_view(&text), out);
        command(out, to, "augenrules --load");
    }
    pl_buf_reset(&text);
    if (f[PL_REMEDY_SSHD]) {
        settings(f[PL_REMEDY_SSHD], " ", &text);
        own_file(to, PL_REMEDY_SSHD, pl_buf_view(&text), out);
        pl_buf_c(out, "        validate: /usr/sbin/sshd -t -f %s\n");
        command(out, to, "systemctl reload ssh");
    }
}
