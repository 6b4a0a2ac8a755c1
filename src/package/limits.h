/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every maximum of room package. What one of them cuts is a problem whose text has its name, and
 * the list of packages then ends in an element that cannot be read.
 */
#pragma once

enum {
    PL_REMOVED_MAX = 2000,              /* packages of lower layers that are looked for */
    PL_PACKAGES_MAX = 40000,            /* of one image or host; 35 MB of the worker */
    PL_PACKAGE_FIELD_MAX = 1024,        /* bytes of a name, version or architecture */
    PL_PACKAGE_TEXT_MAX = 4096,         /* bytes of a licence or vendor; what is longer is cut */
    PL_PACKAGE_DIGESTS_MAX = 1000000,   /* files of packages in all databases together */
    PL_LANGUAGE_PACKAGES_MAX = 40000,   /* packages of programming languages of one image */
    PL_FOUND_TEXT_MAX = 2048,           /* bytes of a licence, a URL, a digest */
    PL_FOUND_SCRATCH = 4 << 20,         /* memory for the strings of one file */
    PL_JAR_DEPTH_MAX = 16,              /* archives inside archives */
    PL_JAR_POMS_MAX = 4000,             /* pom.properties of one archive */
    PL_MANIFEST_MAX = 4 << 20,          /* one package.json, METADATA, gemspec */
    PL_FILE_LIST_MAX = 1 << 20,         /* bytes of what is kept of one list of files */
    PL_LOCK_MAX = 16 << 20,             /* one lock file */
    PL_LOCK_GRAPH = 96 << 20,           /* memory for who needs whom in it */
    PL_SBOM_MAX = 64 << 20,             /* one bill of materials */
    PL_SBOM_DEPTH_MAX = 32,             /* components inside components */
    PL_DIVERSIONS_MAX = 1000,           /* entries of dpkg's diversions */
    PL_RPM_TAGS_MAX = 65535,            /* index entries of one header, as in rpm itself */
    PL_RPM_HEADER_MAX = 32 << 20,       /* bytes of one header; a kernel's has 3 MB */
    PL_RPM_FOLDER_MAX = 4096,           /* bytes of the name of one of them */
    PL_RPM_FOLDERS_MAX = 200000,        /* folders that one header names */
    PL_SQLITE_DEPTH_MAX = 20,           /* pages between the root and a leaf of a table */
    PL_SQLITE_WAL_MAX = 1 << 20,        /* frames of a write-ahead log */
    PL_SQLITE_SCHEMA_MAX = 64 << 10,    /* bytes of one row of the schema */
    PL_NDB_SLOT_PAGES_MAX = 2048,       /* pages of slots, as in rpm's readers */
    PL_NIX_NAME_MAX = 255,              /* bytes of a name in a nix store */
    PL_CHISEL_MANIFEST_MAX = 16 << 20,  /* bytes of a manifest, unpacked */
    PL_ELF_SEGMENTS_MAX = 512,          /* rows of a table of segments; usual are a dozen */
    PL_ELF_SECTIONS_MAX = 4096,         /* rows of a table of sections; usual are forty */
    PL_GO_MODULES_MAX = 4 << 20,        /* bytes of a Go program's list of modules */
    PL_GO_PLACES_MAX = 4096,            /* places of a program where the version of Go may stand */
    PL_RUST_AUDIT_MAX = 8 << 20,        /* bytes of a list of crates, unpacked */
    PL_RUST_TRIES_MAX = 200000,         /* places of a program where one may begin */
    PL_RUST_BEGUN_MAX = 16,             /* of them that begin like one and are unpacked */
    PL_RUST_AUDITS_MAX = 4,             /* such lists in one program */
    PL_CLASSIFIERS_MAX = 1000,          /* rows of the table of classifiers */
    PL_CLASSIFIERS_BYTES_MAX = 1 << 20, /* bytes of that table for a worker */
    PL_CLASSIFY_ROWS_MAX = 16,          /* of them that one file's name chooses */
    PL_CLASSIFY_TRIES_MAX = 5000,       /* places of one file that are looked at for one row */
};
