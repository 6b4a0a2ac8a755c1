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
#include "image/limits.h"
#include "image/packed.h"
#include "image/problems.h"
#include "image/source.h"

/* ClamAV for the workers of a scan: each gets a process of its own to talk to (malware/clamd.h). */
typedef struct pl_image_clamd {
    pl_str version;  /* and database, for people and for keys of caches */
    bool is_missing; /* it was asked for and does not answer */
    pl_rc (*start)(void *arg, int *ret_fd, pl_err *err);
    void *arg;
} pl_image_clamd;
/* What is known of a layer beside its result (image/packed.h). */
typedef struct pl_layer_facts {
    unsigned char diff_id[PL_SHA256], blob[PL_SHA256];
    uint64_t blob_bytes, bytes; /* as it lies in the archive, and unpacked */
} pl_layer_facts;

/* A layer's result as a worker sends it in frames. */
typedef struct pl_layer_frames {
    pl_buf packed; /* owned */
    pl_layer_facts facts;
    bool is_whole; /* nothing is missing from it */
    bool has_end;
} pl_layer_frames;

/*
 * Where results of layers are kept between scans, by diff_id. Neither call fails: what cannot be
 * had is not there, and what cannot be kept is not kept. Several threads.
 */
typedef struct pl_layer_store {
    bool (*get)(void *arg, const unsigned char diff_id[PL_SHA256], pl_layer_frames *ret);
    void (*put)(void *arg, const pl_layer_frames *layer);
    void *arg;
} pl_layer_store;

/*
 * Where descriptions of whole images are kept between scans (image/recall.h), by the digest of what
 * an image's documents say and of how it was asked for. As for layers, neither call fails. Several
 * threads.
 */
typedef struct pl_image_store {
    bool (*get)(void *arg, const unsigned char digest[PL_SHA256], pl_buf *ret);
    void (*put)(void *arg, const unsigned char digest[PL_SHA256], pl_str description);
    void *arg;
} pl_image_store;

/* Called when another layer of an image has been read, by the thread that scans. */
typedef struct pl_image_progress {
    void (*tell)(void *arg, size_t done, size_t n); /* NULL: nobody wants to know */
    void *arg;
} pl_image_progress;

typedef struct pl_image_options pl_image_options;
struct pl_image_options {
    pl_str select;  /* which image of an archive with several: reference, digest or platform */
    int64_t now_us; /* for ages */
    pl_str secrets; /* written form of the patterns (secrets/secrets.h); empty: not searched for */
    pl_str domains; /* of vendors, one a line (govern/hosts.h); empty: likewise */
    pl_str protected;   /* written form of the kinds (protected/protected.h); empty: likewise */
    bool skips_secrets; /* patterns are there to redact by; no file is searched with them */
    pl_str classifiers; /* written form of the table (package/classifiers.h); empty: none */
    pl_str
        redact_key; /* 32 bytes (redact/redact.h): no secret leaves the worker; with secrets only */
    pl_str malware; /* written form of rules and hashes (malware/malware.h); empty: none */
    const pl_image_clamd *clamd; /* NULL: none was asked for */
    pl_str fingerprint;          /* of what reads layers (image/packed.h) */
    const pl_layer_store *store; /* NULL: every layer is read */
    /*
     * Not NULL: of a stream that is read whole, what pl_archive_keep gives, if anything. As a
     * source of form PL_IMAGE_KEPT it gives the same image as long as the store has all of its
     * layers, else an error.
     */
    pl_buf *documents;
    const pl_image_store *images; /* NULL: every image is described anew */
    /* Not NULL: fills in what readers of layers are given. Called for an image that is not known as
     * a whole, and then once. */
    pl_rc (*prepare)(void *arg, pl_image_options *o, pl_err *err);
    void *prepare_arg;
    pl_image_progress progress;
};

typedef struct pl_image_result {
    pl_record *image;
    const pl_problem *problems; /* one line each, naming its object */
    size_t n_problems;
    size_t n_known, n_read; /* layers from the store, and others */
} pl_image_result;

/* The schema must hold the kinds of rooms image and package (pl_image_register,
 * pl_package_register), and of vuln and secrets when they fill fields. The result lives in the
 * arena. */
pl_rc pl_image_scan(pl_image_source *src, const pl_image_options *o, const pl_schema *schema,
                    pl_arena *a, pl_image_result *ret, pl_err *err) PL_MUST_USE;

/* ---- between the worker and its parent ---- */

/* Packages come behind the image, many records in a frame, so that neither side holds all of them
 * twice. */
enum {
    PL_FRAME_IMAGE = 16,
    PL_FRAME_PROBLEM = 17,
    PL_FRAME_PACKAGES = 18,
    PL_FRAME_ASK = 19,  /* a document's name */
    PL_FRAME_PLAN = 20, /* image/plan.h */
    PL_FRAME_LAYER = 21,
    PL_FRAME_LAYER_END = 22,
    PL_FRAME_DOCUMENTS = 23, /* of an export, to be kept */
    PL_FRAME_IDENTITY = 24,  /* digest of its documents; of a worker that reads no more, its plan */
};

/* What the readers of files are given, in the worker of an image and in that of one layer. */
typedef struct pl_image_needs {
    bool has_secrets; /* descriptor 5 holds the patterns */
    bool skips_secrets;
    pl_str redact_key;
    pl_str protected;
    pl_str domains;
    bool has_malware;     /* the next descriptor holds rules and hashes */
    bool has_clamd;       /* the next one leads to ClamAV */
    bool misses_clamd;    /* it was asked for and does not answer */
    pl_str clamd;         /* its version and database */
    bool has_classifiers; /* the next one holds the classifiers of programs */
    pl_str fingerprint;
} pl_image_needs;

typedef struct pl_image_job {
    pl_str select, name, id;
    int64_t now_us;
    pl_image_form form;
    bool has_answers;     /* the last extra descriptor: a plan can be sent (image/plan.h) */
    bool wants_layers;    /* the results of a stream's layers as well */
    bool wants_documents; /* and its documents */
    bool only_identity;   /* no layer is read and nothing is described */
    pl_image_needs needs;
} pl_image_job;

void pl_image_job_encode(const pl_image_job *job, pl_buf *out);
bool pl_image_job_decode(pl_str args, pl_image_job *ret); /* slices point into args */

/* Bytes of the input from a place, or with PL_BLOB_STREAM all of it. */
typedef struct pl_image_part {
    uint64_t at, n;
} pl_image_part;

/* Layers that one worker reads in turn; it sends the result of each as it is done. */
typedef struct pl_image_layer_job {
    pl_image_part parts[PL_IMAGE_BATCH_MAX];
    size_t n_parts; /* 1 or more */
    pl_image_needs needs;
} pl_image_layer_job;

void pl_image_layer_job_encode(const pl_image_layer_job *job, pl_buf *out);
bool pl_image_layer_job_decode(pl_str args, pl_image_layer_job *ret);

/* For the workers: sends the result of layer i of the set as frames. */
struct pl_packer;
pl_rc pl_layer_send(struct pl_packer *p, pl_layers *ls, size_t i, int out_fd,
                    pl_err *err) PL_MUST_USE;
