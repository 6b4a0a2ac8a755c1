/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads one image in a jailed worker of kind "image" and gives back its record.
 *
 *     pl_image_source src;
 *     rc = pl_image_source_open("web.tar", &src, err);
 *     rc = pl_image_scan(&src, &(pl_image_options){.now_us = now}, schema, arena, &ret, err);
 *     pl_get(ret.image, PL_F_IMAGE_PACKAGES)
 *
 * An error means that there is no image to speak of (no manifest, a config that is not what its
 * digest says, a worker that died). A layer that is missing, damaged or not what its digest says
 * is a problem that names it; the record then tells what is left, and says "unreadable" wherever
 * that layer could have changed the answer.
 *
 * One thread at a time per source; several scans may run at once.
 */
#pragma once

#include "core/buf.h"
#include "image/fields.h"
#include "image/problems.h"
#include "image/source.h"

/* ClamAV for the workers of a scan: each gets a process of its own to talk to (malware/clamd.h). */
typedef struct pl_image_clamd {
    pl_str version;  /* and database, for people and for keys of caches */
    bool is_missing; /* it was asked for and does not answer */
    pl_rc (*start)(void *arg, int *ret_fd, pl_err *err);
    void *arg;
} pl_image_clamd;

typedef struct pl_image_options {
    pl_str select;  /* which image of an archive with several: reference, digest or platform */
    int64_t now_us; /* for ages */
    pl_str secrets; /* written form of the patterns (secrets/secrets.h); empty: not searched for */
    pl_str protected;   /* written form of the kinds (protected/protected.h); empty: likewise */
    pl_str classifiers; /* written form of the table (package/classifiers.h); empty: none */
    pl_str
        redact_key; /* 32 bytes (redact/redact.h): no secret leaves the worker; with secrets only */
    pl_str malware; /* written form of rules and hashes (malware/malware.h); empty: none */
    const pl_image_clamd *clamd; /* NULL: none was asked for */
} pl_image_options;

typedef struct pl_image_result {
    pl_record *image;
    const pl_problem *problems; /* one line each, naming its object */
    size_t n_problems;
} pl_image_result;

/* The schema must hold the kinds of rooms image and package (pl_image_register,
 * pl_package_register), and of vuln and secrets when they fill fields. The result lives in the
 * arena. */
pl_rc pl_image_scan(pl_image_source *src, const pl_image_options *o, const pl_schema *schema,
                    pl_arena *a, pl_image_result *ret, pl_err *err) PL_MUST_USE;

/* ---- between the worker and its parent ---- */

/* Packages come behind the image, many records in a frame, so that neither side holds all of them
 * twice. */
enum { PL_FRAME_IMAGE = 16, PL_FRAME_PROBLEM = 17, PL_FRAME_PACKAGES = 18 };

typedef struct pl_image_job {
    pl_str select, name, id;
    int64_t now_us;
    pl_image_form form;
    bool has_secrets; /* descriptor 5 holds the patterns */
    pl_str redact_key;
    pl_str protected;
    bool has_malware;     /* the next descriptor holds rules and hashes */
    bool has_clamd;       /* the next one leads to ClamAV */
    bool misses_clamd;    /* it was asked for and does not answer */
    pl_str clamd;         /* its version and database */
    bool has_classifiers; /* the last descriptor holds the table of classifiers */
} pl_image_job;

void pl_image_job_encode(const pl_image_job *job, pl_buf *out);
bool pl_image_job_decode(pl_str args, pl_image_job *ret); /* slices point into args */
