/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Remedies in machine form: what to set where, so that a check passes.
 *
 * content/remedies/ has a row a check (docs/formats/remedies.md): flags of docker run, settings of
 * a Compose service, of a container or pod of Kubernetes and of daemon.json, sysctl values, owners
 * and modes of files, audit rules, lines of a Dockerfile and of sshd_config; or why there is none.
 * A remedy is printed and never carried out. Names of subjects and paths come from outside: in
 * shell every word is quoted, in YAML every text is a JSON string.
 *
 * Everything is borrowed from the content files and the caller's arena. Any thread.
 */
#pragma once

#include "core/arena.h"
#include "core/buf.h"
#include "core/yaml_tree.h"
#include "model/content.h"

/* X(symbol, key in the file, type of its value, what it is) */
#define PL_REMEDY_FORMS(X)                                                                         \
    X(RUN, "docker.run", PL_YAML_MAPPING, "flags of docker run")                                   \
    X(UPDATE, "docker.update", PL_YAML_SEQUENCE, "flags of docker update")                         \
    X(COMPOSE, "compose", PL_YAML_MAPPING, "settings of the Compose service")                      \
    X(CONTAINER, "kubernetes", PL_YAML_MAPPING, "settings of the container in Kubernetes")         \
    X(POD, "kubernetes.pod", PL_YAML_MAPPING, "settings of the pod in Kubernetes")                 \
    X(DAEMON, "daemon.json", PL_YAML_MAPPING, "settings of the engine")                            \
    X(SYSCTL, "sysctl", PL_YAML_MAPPING, "kernel parameters")                                      \
    X(FILES, "files", PL_YAML_MAPPING, "owner and mode of files")                                  \
    X(AUDIT, "audit.rules", PL_YAML_SEQUENCE, "audit rules")                                       \
    X(DOCKERFILE, "dockerfile", PL_YAML_SEQUENCE, "lines at the end of the Dockerfile")            \
    X(SSHD, "sshd", PL_YAML_MAPPING, "settings of the SSH server")

typedef enum pl_remedy_form {
#define X(sym, key, type, help) PL_REMEDY_##sym,
    PL_REMEDY_FORMS(X)
#undef X
        PL_REMEDY_N,
} pl_remedy_form;

extern const char *const pl_remedy_keys[PL_REMEDY_N];

typedef struct pl_remedy {
    const pl_yaml *forms[PL_REMEDY_N]; /* NULL: none of this form */
    pl_str none;                       /* why there is no machine form at all; else empty */
    pl_str note;                       /* what it cannot know; may be empty */
} pl_remedy;

/* All rows of the content; PL_FORMAT names file and line. */
typedef struct pl_remedies {
    const pl_yaml **rows;
    const pl_content_file **files;
    size_t n;
} pl_remedies;
pl_rc pl_remedies_load(const pl_content_file *files, pl_arena *a, pl_remedies *ret,
                       pl_err *err) PL_MUST_USE;

/* False: the content says nothing about this check. */
bool pl_remedy_of(const pl_remedies *all, pl_str check, pl_remedy *ret);

/* Whom it is for. Empty: not known, and a placeholder or an argument stands in its place. */
typedef struct pl_remedy_for {
    pl_str check, title;
    pl_str finding;   /* its id */
    pl_str container; /* name */
    pl_str service;   /* of Compose */
    const pl_str *paths;
    size_t n_paths;
    bool is_template; /* Kubernetes: the pod stands below spec.template */
} pl_remedy_for;

/* What each format can say of a remedy. */
bool pl_remedy_has_sh(const pl_remedy *r);
bool pl_remedy_has_ansible(const pl_remedy *r);

void pl_remedy_sh(const pl_remedy *r, const pl_remedy_for *to, pl_buf *out);
void pl_remedy_ansible(const pl_remedy *r, const pl_remedy_for *to, pl_buf *out);
void pl_remedy_compose(const pl_remedy *r, const pl_remedy_for *to, pl_buf *out);
void pl_remedy_kubernetes(const pl_remedy *r, const pl_remedy_for *to, pl_buf *out);

/* One line of JSON; null stands for what is to be taken away. */
void pl_remedy_flow(const pl_yaml *v, pl_buf *out);

/* ---- shared by the files that print ---- */

/* What follows `key:` in block style, at that depth; with is_reset null is Compose's !reset. */
void pl_remedy_block(const pl_yaml *v, unsigned depth, bool is_reset, pl_buf *out);
/* A line of audit rules with the path where PATH stands; none for a path that no rule can name. */
void pl_remedy_audit_line(pl_str line, pl_str path, pl_buf *out);
bool pl_remedy_can_watch(pl_str path);
/* The file of its own that a form writes, by its place among the others: of sshd's settings the
 * first counts, of kernel parameters the last. */
void pl_remedy_own_file(pl_remedy_form form, pl_str check, pl_buf *out);
