/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hosts of vendors in the configuration files of an image, as they pass. Part of the worker
 * "image". A note holds a host's name and its line, or that the file is a table of hosts or too
 * large; nothing else of the file.
 */
#pragma once

#include "govern/hosts.h"
#include "image/facts.h"

typedef struct pl_image_hosts pl_image_hosts;

/* domains: as pl_vendors_domains made them; borrowed. */
pl_rc pl_image_hosts_open(pl_str domains, pl_image_hosts **ret, pl_err *err) PL_MUST_USE;
void pl_image_hosts_close(pl_image_hosts *h); /* accepts NULL */

/* Borrowed; for pl_analysis_watch. */
const pl_watcher *pl_image_hosts_watcher(const pl_image_hosts *h);

/* Fills image.hosts from the watcher's notes, without what the agreements say: of files of the
 * merged tree that no system package owns. */
pl_rc pl_image_hosts_fill(const pl_image_hosts *h, const pl_analysis *a, pl_facts *f,
                          pl_err *err) PL_MUST_USE;
