/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every maximum of room image. What is over a limit becomes one error or one warning that names
 * the object; what depends on it is unknown with reason "limit:...".
 */
#pragma once

enum {
    PL_IMAGE_LAYERS_MAX = 10000,       /* layers of one archive, and of one manifest */
    PL_IMAGE_ENTRIES_MAX = 1000000,    /* tar entries of all layers together */
    PL_IMAGE_NODES_MAX = 2000000,      /* different paths, parents included */
    PL_IMAGE_NAMES_MAX = 48 << 20,     /* bytes of different names and link targets */
    PL_IMAGE_PATH_MAX = 4096,          /* bytes of one path or link target (Linux PATH_MAX) */
    PL_IMAGE_NAME_MAX = 255,           /* bytes between two slashes (Linux NAME_MAX) */
    PL_IMAGE_SYMLINKS_MAX = 40,        /* links followed for one path, as the kernel does */
    PL_IMAGE_DOCUMENT_MAX = 2 << 20,   /* one JSON document of the archive */
    PL_IMAGE_DOCUMENTS_MAX = 24 << 20, /* all of them, kept until the manifest comes */
    PL_IMAGE_KEPT_MAX = 1 << 20,       /* documents of one image that are kept for the next scan */
    PL_IMAGE_BLOBS_MAX = 30000,        /* entries of the outer archive that are kept by name */
    PL_IMAGE_JSON_DEPTH = 32,
    PL_IMAGE_CAPTURE_MAX = 256 << 20,      /* one file that is kept (a package database) */
    PL_IMAGE_CAPTURE_WHOLE_MAX = 32 << 20, /* one that is read whole, not at places */
    PL_IMAGE_CAPTURES_MAX = 48 << 20,      /* all of them together, as they are kept: compressed */
    PL_IMAGE_NOTES_MAX = 400000,           /* notes of analysers, of all layers together */
    PL_IMAGE_NOTES_BYTES_MAX = 24 << 20,   /* bytes of all of them */
    PL_IMAGE_WATCHERS_MAX = 16,
    PL_IMAGE_SAME_MAX = 4000,      /* notes of one file that are compared with each other */
    PL_IMAGE_WHOLE_MAX = 16 << 20, /* one file that an analyser gets whole */
    PL_IMAGE_PACKAGES_MAX = 50000, /* that a parent takes from a worker */
    PL_IMAGE_PROBLEMS_MAX = 200,   /* warnings that are kept; further ones are counted */
    PL_IMAGE_LIST_MAX = 2000,      /* elements of one list in the image record */
    PL_IMAGE_PROGRAMS_MAX = 6000,  /* elements of image.programs */
    PL_IMAGE_ACCOUNTS_BYTES_MAX = 512 << 10, /* etc/passwd, etc/shadow */
    PL_IMAGE_ENV_MAX = 4096,                 /* environment, label, port and history entries */
    PL_IMAGE_WORKERS_MAX = 4,         /* of layers at the same time; each takes 5 to 16 MiB */
    PL_IMAGE_LAYERS_S = 500,          /* for reading all layers of one image */
    PL_IMAGE_SMALL_LAYER = 256 << 10, /* bytes of one that shares its worker with others */
    PL_IMAGE_BATCH_MAX = 64,          /* layers that one worker reads in turn */
    PL_IMAGE_BATCH_BYTES = 4 << 20,   /* bytes of them, before the last */
    PL_IMAGE_AHEAD_MAX = 8 << 20,     /* bytes of results that wait for those of lower layers */
    PL_TAR_META_MAX = 2 << 20,        /* one pax header or GNU long name */
    PL_TAR_SPARSE_MAX = 4096,         /* data segments of one sparse file */
    PL_TAR_HOLES_MAX =
        1 << 30, /* zeros of holes that are read: of each layer, and of the archive */
    PL_ZIP_ENTRIES_MAX = 200000,    /* of one archive */
    PL_ZIP_PREFIX_MAX = 1 << 20,    /* bytes in front of the first entry */
    PL_ZIP_UNPACKED_MAX = 1 << 30,  /* what is read of one file for its packages, nested ones too */
    PL_MEMBERS_DEPTH_MAX = 8,       /* archives inside archives that are looked into */
    PL_MEMBERS_PACKED_MAX = 2,      /* compressed files inside compressed files */
    PL_MEMBERS_MAX = 200000,        /* members of one file, of all archives in it */
    PL_MEMBERS_BYTES_MAX = 1 << 30, /* what one file unpacks to */
    PL_MEMBERS_LAYER_MIB = 4096,    /* what all files of one layer unpack to */
    PL_MEMBERS_FREE = 64 << 20,     /* bytes of one file before its ratio counts */
    PL_MEMBERS_RATIO = 250,         /* unpacked bytes for one byte of the file */
    PL_MEMBERS_NAME_MAX = 1024,     /* bytes of the name of a member that are told */
    PL_UNPACK_WINDOW_LOG = 25,      /* zstd window: 32 MiB */
    PL_UNPACK_XZ_MIB = 72,          /* what a decoder may take; xz -9 needs 65 */
    PL_UNPACK_FREE = 256 << 20,     /* bytes out before the ratio counts */
    PL_UNPACK_RATIO = 400,          /* bytes out for one byte in; gzip reaches 1032 */
};
