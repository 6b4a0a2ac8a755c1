/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The jailed worker of kind "registry": one document in, one record out. The functions below run it
 * and believe nothing of its answer that they have not checked: digests, names, sizes, counts.
 *
 * Results live in the arena. Errors are those of the readers (documents.h) and of jail.h. Any
 * thread.
 */
#pragma once

#include "core/jail.h"
#include "registry/documents.h"
#include "registry/signature_docs.h"

#define PL_REGISTRY_WORKER "registry"

/* For the table of worker kinds. */
pl_rc pl_registry_worker(int in_fd, int out_fd, pl_str args, pl_err *err);

/* Documents of an OCI layout in a tar (signatures.h). Arguments: u64le size of the file. */
#define PL_LAYOUT_WORKER "layout"
pl_rc pl_layout_worker(int in_fd, int out_fd, pl_str args, pl_err *err);

/* All digests are well-formed, sizes at most PL_REGISTRY_LAYER_MAX; of a config
 * PL_REGISTRY_DOC_MAX.
 */
pl_rc pl_jailed_manifest(pl_str json, pl_str platform, pl_arena *a, pl_manifest *ret,
                         pl_err *err) PL_MUST_USE;
pl_rc pl_jailed_config(pl_str json, pl_arena *a, pl_image_config_head *ret,
                       pl_err *err) PL_MUST_USE;
/* Raw: the caller asks pl_registry_is_tag or pl_registry_is_repository of each. */
pl_rc pl_jailed_names(pl_str json, const char *key, pl_arena *a, pl_names *ret,
                      pl_err *err) PL_MUST_USE;
pl_rc pl_jailed_auths(pl_str json, pl_str host, pl_str repository, pl_arena *a, pl_auth_entry *ret,
                      pl_err *err) PL_MUST_USE;
pl_rc pl_jailed_helper_answer(pl_str json, pl_arena *a, pl_auth_entry *ret,
                              pl_err *err) PL_MUST_USE;

/* Parts with a digest that is malformed are left out. */
pl_rc pl_jailed_attached(pl_str json, pl_arena *a, pl_attached *ret, pl_err *err) PL_MUST_USE;
/* is_statement: of a bundle, else simple signing. */
pl_rc pl_jailed_claim(pl_str json, bool is_statement, pl_arena *a, pl_signed_claim *ret,
                      pl_err *err) PL_MUST_USE;
pl_rc pl_jailed_bundle(pl_str json, pl_arena *a, pl_signature_bundle *ret, pl_err *err) PL_MUST_USE;
/* Whether the key (SubjectPublicKeyInfo) made the signature of the bytes. */
pl_rc pl_jailed_signature(pl_str der, pl_str signature, pl_str bytes, bool *ret,
                          pl_err *err) PL_MUST_USE;
