/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Java archives: jar, war, ear and their kin, nested to PL_JAR_DEPTH_MAX.
 *
 * Evidence, strongest first: META-INF/maven/GROUP/ARTIFACT/pom.properties; the manifest; the
 * file's name. An archive with several pom.properties holds the others shaded: they are bundled,
 * and the one whose artifact the file is named after is the archive itself. A group that nothing
 * says is taken from the manifest's vendor id or symbolic name, else it is the artifact.
 */
#pragma once

#include "image/members.h"
#include "package/found.h"

/* name: the file's own. m: sees all that is in it, NULL: nobody does. PL_FORMAT: no zip;
 * PL_UNSUPPORTED, PL_LIMIT: there may be more in it. */
pl_rc pl_jar_read(pl_in *in, pl_str name, pl_members *m, pl_found_each each, void *arg,
                  pl_err *err) PL_MUST_USE;

/* One pom.properties as a file: of an unpacked archive. */
pl_rc pl_pom_properties(pl_str text, pl_arena *a, pl_found_each each, void *arg,
                        pl_err *err) PL_MUST_USE;

/* "commons-lang3" and "3.12.0" of "commons-lang3-3.12.0.jar". False: it has no version. */
bool pl_jar_file_name(pl_str name, pl_str *ret_artifact, pl_str *ret_version);

/* True for names that end like an archive of Java. */
bool pl_jar_is_name(pl_str name);
