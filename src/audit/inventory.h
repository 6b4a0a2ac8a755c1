/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was ever scanned, and what ran when it was last looked at: images and hosts with their
 * layers and packages, containers, and the base images that are known here. In state.db, so that
 * `plimsoll affected` answers without reading an image again.
 *
 * A subject is what it was at its last complete reading; a container is forgotten when an audit of
 * its host does not see it any more. One thread at a time.
 */
#pragma once

#include "audit/state_db.h"
#include "model/assessment.h"

typedef struct pl_inventory_subject {
    pl_str key, kind, name, klass;
    int64_t seen_us;
    bool is_complete;
    bool is_newest;    /* the last seen of its class */
    pl_str *diff_ids;  /* layers, lowest first */
    pl_str *chain_ids; /* OCI image specification, beside them */
    size_t n_layers;
    size_t n_steps;  /* of its history; 0: it has none */
    pl_str *digests; /* of its manifests, as far as they were seen */
    size_t n_digests;
} pl_inventory_subject;

typedef struct pl_inventory_container {
    pl_str key, name, state, host;
    pl_str image; /* key of its image */
    int64_t seen_us;
} pl_inventory_container;

/* Whoever made the layers up to chain_id. */
typedef struct pl_inventory_base {
    pl_str chain_id; /* of its highest layer */
    pl_str name, owner;
    size_t n_layers;
    int64_t added_us;
} pl_inventory_base;

typedef struct pl_inventory {
    pl_inventory_subject *subjects; /* by key */
    size_t n_subjects;
    pl_inventory_container *containers;
    size_t n_containers;
    pl_inventory_base *bases; /* most layers first */
    size_t n_bases;
} pl_inventory;

/* Everything but packages, into the arena. */
pl_rc pl_inventory_read(pl_state_db *d, pl_arena *a, pl_inventory *ret, pl_err *err) PL_MUST_USE;

const pl_inventory_subject *pl_inventory_find(const pl_inventory *v, pl_str key); /* or NULL */

/*
 * Packages: those that are called (or built from) `name`, or all, each different one once, without
 * a subject. Small and capital letters are the same; of Maven the artifact's name alone will do.
 * PL_LIMIT: the arena is used up.
 */
pl_rc pl_inventory_packages(pl_state_db *d, pl_str name, pl_arena *a, pl_scope_package **ret,
                            size_t *ret_n, pl_err *err) PL_MUST_USE;

/* Where one of them is: key of the subject, and the package as it lies there. */
typedef pl_rc (*pl_inventory_place)(pl_str subject, const pl_scope_package *p, void *arg,
                                    pl_err *err);
pl_rc pl_inventory_where(pl_state_db *d, const pl_scope_package *what, pl_arena *a,
                         pl_inventory_place each, void *arg, pl_err *err) PL_MUST_USE;

/* Which subjects have packages of a distribution with advisories of its own; beside v->subjects. */
pl_rc pl_inventory_systems(pl_state_db *d, const pl_inventory *v, bool *ret,
                           pl_err *err) PL_MUST_USE;

/* ---- by a run, inside its transaction ---- */

/* The subjects of a run, and which of them were read whole. */
typedef struct pl_inventory_run {
    pl_subject *const *subjects;
    size_t n_subjects;
    const pl_scope_package *packages; /* subject by subject */
    size_t n_packages;
    bool saw_containers; /* all of the host's engine were listed */
    int64_t now_us;
} pl_inventory_run;

pl_rc pl_inventory_keep(pl_state_db *d, const pl_inventory_run *run, pl_err *err) PL_MUST_USE;

/* ---- base images ---- */

pl_rc pl_inventory_add_base(pl_state_db *d, const pl_inventory_base *b, pl_err *err) PL_MUST_USE;
/* By name or chain id. PL_NOTFOUND: there is none. */
pl_rc pl_inventory_remove_base(pl_state_db *d, pl_str name, pl_err *err) PL_MUST_USE;

/* The base with the most layers that an image with these chain ids stands on; NULL: none. */
const pl_inventory_base *pl_inventory_base_of(const pl_inventory *v, const pl_str *chain_ids,
                                              size_t n);

/* Steps of the base image's history: of the images with just its layers the one with the fewest. 0:
 * not known. */
size_t pl_inventory_base_steps(const pl_inventory *v, const pl_inventory_base *b);

/* A manifest with that digest has just the layers of the base image. */
bool pl_inventory_base_is(const pl_inventory *v, const pl_inventory_base *b, pl_str digest);

/* The base image with a manifest of that digest, or NULL. */
const pl_inventory_base *pl_inventory_base_by_digest(const pl_inventory *v, pl_str digest);
