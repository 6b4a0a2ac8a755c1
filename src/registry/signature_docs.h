/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The documents that registries keep beside an image to say who signed it, read inside the jail
 * (worker.h). What comes out is checked again by who receives it.
 *
 * Formats: OCI image specification 1.1 (manifest with artifactType, index as the list of
 * referrers); cosign's signature specification (layer annotation dev.cosignproject.cosign/
 * signature) whose payload is "simple signing" of containers-signature(5); Sigstore bundle 0.3 with
 * a DSSE envelope around an in-toto statement.
 */
#pragma once

#include "core/arena.h"
#include "core/err.h"

#include <stdint.h>

/* Something that a manifest or a list names. */
typedef struct pl_attached_part {
    pl_str digest;
    uint64_t size;
    pl_str type;      /* artifactType, else mediaType */
    pl_str signature; /* cosign's annotation, base64 undone; empty: none, or malformed */
    pl_str name;      /* annotation org.opencontainers.image.ref.name */
} pl_attached_part;

/* Layers of a manifest, or manifests of an index. */
typedef struct pl_attached {
    bool is_index;
    bool is_cut; /* over PL_REGISTRY_ATTACHED: the rest was not read */
    pl_str type; /* of a manifest: artifactType, else its config's type */
    pl_attached_part *parts;
    size_t n;
} pl_attached;

pl_rc pl_attached_read(pl_str json, pl_arena *a, pl_attached *ret, pl_err *err) PL_MUST_USE;

/* What somebody signed: that this name has this digest. */
typedef struct pl_signed_claim {
    pl_str type;      /* critical.type */
    pl_str reference; /* critical.identity.docker-reference */
    pl_str digest;    /* critical.image.docker-manifest-digest */
} pl_signed_claim;

pl_rc pl_signed_claim_read(pl_str json, pl_arena *a, pl_signed_claim *ret, pl_err *err) PL_MUST_USE;

enum { PL_BUNDLE_SIGNATURES = 4 };

/* A bundle: what is signed is pl_dsse_signed of type and payload. */
typedef struct pl_signature_bundle {
    pl_str payload_type, payload; /* base64 undone */
    pl_str signatures[PL_BUNDLE_SIGNATURES];
    size_t n;
} pl_signature_bundle;

pl_rc pl_signature_bundle_read(pl_str json, pl_arena *a, pl_signature_bundle *ret,
                               pl_err *err) PL_MUST_USE;

/* An in-toto statement: whether it says what cosign says when it signs, and of which digest
 * ("sha256:..." of its only subject). */
pl_rc pl_signed_statement_read(pl_str json, pl_arena *a, pl_signed_claim *ret,
                               pl_err *err) PL_MUST_USE;
