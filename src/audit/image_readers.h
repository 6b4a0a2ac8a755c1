/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All that reads the files of a layer while it passes: wanted files, analysers, the search for
 * secrets. The worker that reads one layer and the one that joins them have the same. One thread.
 */
#pragma once

#include "audit/image_hosts.h"
#include "audit/image_protected.h"
#include "audit/image_secrets.h"
#include "image/layers.h"
#include "image/packed.h"
#include "image/scan.h"
#include "malware/watch.h"
#include "package/catalog.h"
#include "package/owners.h"
#include "package/program.h"

enum { PL_READERS_WANTS = PL_PACKAGE_WANTS + PL_OWNER_WANTS + PL_IMAGE_WANTS };

typedef struct pl_image_readers {
    pl_want wants[PL_READERS_WANTS]; /* with the ends of all lists */
    pl_analysis *analysis;
    pl_layers *layers;
    pl_buf patterns; /* of secrets, as they were written */
    pl_classifiers *classifiers;
    pl_program_watch *programs;
    pl_image_secrets *secrets;     /* NULL: not searched for */
    bool skips_secrets;            /* their files are not searched */
    pl_image_protected *protected; /* NULL: likewise */
    pl_image_hosts *hosts;         /* NULL: likewise */
    pl_malware_watch *malware;     /* NULL: likewise */
} pl_image_readers;

/* Loads what they need, before the worker gives up its files. */
void pl_image_readers_prepare(const pl_image_needs *needs);

/* First those that need what the parent gives, which tells early that it is wrong; borrowed. */
pl_rc pl_image_readers_open(pl_image_readers *r, const pl_image_needs *needs,
                            pl_err *err) PL_MUST_USE;
/* Then the set of layers that they read. */
pl_rc pl_image_readers_layers(pl_image_readers *r, pl_problems *problems, pl_err *err) PL_MUST_USE;
void pl_image_readers_free_layers(pl_image_readers *r);
void pl_image_readers_done(pl_image_readers *r);

/* Of all that the workers are given by these options. */
void pl_image_readers_fingerprint(const pl_image_options *o, unsigned char ret[PL_FINGERPRINT]);

/* Where the extra descriptors of a worker begin: of the readers, and behind them others. */
enum { PL_READERS_FD = 5 };
static inline int pl_image_readers_fds(const pl_image_needs *needs)
{
    return needs->has_secrets + needs->has_malware + needs->has_clamd + needs->has_classifiers;
}
