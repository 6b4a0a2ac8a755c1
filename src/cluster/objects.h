/* SPDX-License-Identifier: Apache-2.0 */
/* Objects of a page into records; runs in the worker. Each reader takes one object of its list. */
#pragma once

#include "cluster/kinds.h"
#include "cluster/lists.h"
#include "cluster/worker.h"
#include "core/yaml_tree.h"

typedef struct pl_objects {
    pl_arena *arena; /* of one object and its records */
    pl_cluster_list list;
    int out_fd;
    int64_t now_us;
    const pl_engine_hooks *hooks;
    size_t n_containers;
} pl_objects;

typedef pl_rc (*pl_object_reader)(pl_objects *o, const pl_yaml *object, pl_err *err);

pl_rc pl_object_namespace(pl_objects *o, const pl_yaml *object, pl_err *err) PL_MUST_USE;
pl_rc pl_object_node(pl_objects *o, const pl_yaml *object, pl_err *err) PL_MUST_USE;
pl_rc pl_object_workload(pl_objects *o, const pl_yaml *object, pl_err *err) PL_MUST_USE;
pl_rc pl_object_role(pl_objects *o, const pl_yaml *object, pl_err *err) PL_MUST_USE;
pl_rc pl_object_binding(pl_objects *o, const pl_yaml *object, pl_err *err) PL_MUST_USE;
pl_rc pl_object_service_account(pl_objects *o, const pl_yaml *object, pl_err *err) PL_MUST_USE;
pl_rc pl_object_token_secret(pl_objects *o, const pl_yaml *object, pl_err *err) PL_MUST_USE;
pl_rc pl_object_service(pl_objects *o, const pl_yaml *object, pl_err *err) PL_MUST_USE;
pl_rc pl_object_ingress(pl_objects *o, const pl_yaml *object, pl_err *err) PL_MUST_USE;
pl_rc pl_object_network_policy(pl_objects *o, const pl_yaml *object, pl_err *err) PL_MUST_USE;
pl_rc pl_object_webhooks(pl_objects *o, const pl_yaml *object, pl_err *err) PL_MUST_USE;

/* worker.c: names the object and, unless it was deleted, has its list's reader read it. One that
 * cannot be read is told, and the others go on. */
pl_rc pl_objects_take(pl_objects *o, pl_cluster_change change, const pl_yaml *object,
                      pl_err *err) PL_MUST_USE;

/*
 * events.c: an answer to a watch, a JSON object a line. Those in front of one that is bad have been
 * taken. PL_FORMAT: they are not what was asked for, or end in the middle; PL_LIMIT: too many.
 * *ret_is_gone: the server no longer knows what has changed since then.
 */
pl_rc pl_events_read(pl_objects *o, pl_arena *tree, pl_str text, bool *ret_is_gone,
                     pl_err *err) PL_MUST_USE;

/* ---- what they share (objects.c) ---- */

/* NULL: the budget is used up. */
pl_record *pl_objects_record(pl_objects *o, pl_cluster_element kind);
/* Redacts the record and sends it: RECORD. */
pl_rc pl_objects_send(pl_objects *o, pl_record *r, pl_err *err) PL_MUST_USE;
/* Redacts the record and sends it behind what out holds. */
pl_rc pl_objects_send_with(pl_objects *o, uint32_t frame, pl_buf *out, pl_record *r,
                           pl_err *err) PL_MUST_USE;
/* Begins a frame: u32 list. */
void pl_objects_begin(const pl_objects *o, pl_buf *out);

/* Text in the arena; empty when the budget is used up. */
pl_str pl_objects_text(pl_objects *o, const char *fmt, ...) PL_PRINTF(2, 3);

const pl_yaml *pl_object_meta(const pl_yaml *object);
/* "NAMESPACE/NAME", or the name alone. */
pl_str pl_object_name(pl_objects *o, const pl_yaml *object);
/* "v1.32.4-eks-abc" -> 32; -1: no such number. */
int64_t pl_object_minor(pl_str version);

/* Sets, or says that it is absent. */
void pl_object_set_text(pl_record *r, int field, pl_str text);
/* true and false; absent for nothing and null; unreadable for anything else. */
void pl_object_set_flag(pl_record *r, int field, const pl_yaml *v);
/* Records of kind label from a mapping of texts. */
void pl_object_set_labels(pl_objects *o, pl_record *r, int field, const pl_yaml *map);

/* A list of texts that grows in the arena. */
typedef struct pl_words {
    pl_arena *arena;
    pl_str *v;
    size_t n, room;
    bool is_lost; /* the budget is used up */
} pl_words;
void pl_words_add(pl_words *w, pl_str word); /* once */
bool pl_words_has(const pl_words *w, pl_str word);
void pl_words_set(const pl_words *w, pl_record *r, int field);
