/* SPDX-License-Identifier: Apache-2.0 */
/* A run in progress: shared by the files of room audit, nobody else includes this. */
#pragma once

#include "audit/audit.h"
#include "audit/inventory.h"
#include "audit/record.h"
#include "govern/read.h"
#include "image/scan.h"
#include "registry/signature_key.h"
#include "vuln/freshness.h"
#include "vuln/vex.h"

typedef struct pl_run_malware pl_run_malware;

struct pl_run {
    pl_run_options o;
    pl_arena *arena;
    int state_fd;                 /* -1: nothing is recorded */
    pl_state_db *state;           /* NULL with it */
    pl_inventory known;           /* what earlier runs saw; empty with it */
    pl_str redact_key;            /* for workers; PL_REDACT_KEY bytes */
    pl_buf patterns;              /* of secrets, as written: pl_run_patterns */
    pl_buf protected;             /* kinds of protected data, likewise: pl_run_protected */
    pl_buf classifiers;           /* the table, likewise: pl_run_classifiers */
    struct pl_licences *licences; /* NULL: not needed yet */
    pl_run_malware *malware;      /* NULL: not needed yet */
    pl_signature_keys keys;       /* of image signatures */
    struct pl_layer_cache *cache; /* NULL: not needed yet, or none */
    unsigned char cache_key[PL_SHA256];
    bool has_asked_cache;
    pl_recorder rec;
    struct pl_advisories *db; /* NULL: no advisories */
    pl_freshness fresh;
    pl_vex vex;
    const struct pl_vendors *vendors; /* NULL: no file says who they are */
    pl_str vendor_domains; /* that files of images are searched for; empty: none, or too many */
    pl_govern govern;      /* what people said; empty without a log */
    pl_str *told_stale;    /* feeds whose age is among the gaps */
    size_t n_told_stale, room_told_stale;
    bool has_told_none;       /* that there are no advisories */
    pl_str place;             /* whole path of the folder that is scanned; empty: none is */
    bool has_one_image;       /* and nothing that could take long comes after it */
    bool is_engine_silent;    /* it gave up answering while images were read */
    const pl_subject *engine; /* whose images are read; NULL: of none */
    pl_str sandbox_notes;     /* "; WHO reduced: ..." of processes that are no workers */
    pl_assessment as;         /* filled as the run goes on */

    pl_subject **subjects;
    size_t n_subjects, room_subjects;
    pl_finding **findings;
    size_t n_findings, room_findings;
    pl_gap *gaps;
    size_t n_gaps, room_gaps;
    pl_exclusion *exclusions;
    size_t n_exclusions, room_exclusions;
    pl_engine_attempt *engines;
    size_t n_engines, room_engines;
    pl_place *places;
    size_t n_places, room_places;
    pl_arena **arenas; /* owned */
    size_t n_arenas, room_arenas;
};

/* One more at the end of an array in the run's arena; NULL: the budget is used up. */
void *pl_run_push(pl_run *r, void **array, size_t *n, size_t *room, size_t size);
#define PL_RUN_PUSH(r, what)                                                                       \
    pl_run_push((r), (void **)&(r)->what, &(r)->n_##what, &(r)->room_##what, sizeof(*(r)->what))

/* A line for people, and at level debug how long something took since a pl_mono_ns. */
void pl_run_say(const pl_run *r, const char *fmt, ...) PL_PRINTF(2, 3);
void pl_run_took(const pl_run *r, const char *event, pl_str what, uint64_t since_ns);

/* SHA-256 of the running program, hex; empty when it cannot be read. After the state is open, which
 * remembers it as long as the file is the same one and was not changed. */
pl_str pl_run_program_digest(pl_run *r);

/* Stores what waits for the log. */
pl_rc pl_run_store(pl_run *r, pl_str what, pl_err *err) PL_MUST_USE;

/* A formatted text in the run's arena; empty when the budget is used up. */
pl_str pl_run_text(pl_run *r, const char *fmt, ...) PL_PRINTF(2, 3);

pl_rc pl_run_add_subject(pl_run *r, pl_subject *s, pl_err *err) PL_MUST_USE;

/* Something could not be read. reason: a code; kind: whose subjects may be missing, or NULL. */
pl_rc pl_run_add_gap(pl_run *r, pl_str what, const char *reason, pl_str detail, const char *kind,
                     pl_err *err) PL_MUST_USE;

pl_rc pl_run_add_place(pl_run *r, const char *what, pl_str path, pl_err *err) PL_MUST_USE;

/* vulns.c: opens the advisories; their absence is a gap and no error. */
pl_rc pl_run_open_advisories(pl_run *r, pl_err *err) PL_MUST_USE;
void pl_run_close_advisories(pl_run *r);

/* vex.c: reads the documents of the options; what cannot be read ends the run. */
pl_rc pl_run_read_vex(pl_run *r, pl_err *err) PL_MUST_USE;

/* Says in the facts what is said of the vulnerability. */
void pl_run_apply_vex(const pl_run *r, const pl_subject *s, pl_vuln_facts *facts);

/* govern.c: what people said, and what it changes in the findings, which are all there. */
pl_rc pl_run_read_statements(pl_run *r, pl_err *err) PL_MUST_USE;
void pl_run_fill_windows(pl_run *r); /* before judging */
pl_rc pl_run_apply_statements(pl_run *r, pl_err *err) PL_MUST_USE;

/* vendors.c: reads the file that the options name; what is wrong in it is the caller's mistake. And
 * what it says of where containers point to, and of the agreements themselves, before judging. */
pl_rc pl_run_read_vendors(pl_run *r, pl_err *err) PL_MUST_USE;
pl_rc pl_run_fill_vendors(pl_run *r, pl_err *err) PL_MUST_USE;
void pl_run_fill_image_vendors(const pl_run *r, pl_record *image); /* before it is recorded */

/* ingested.c: runs of other tools that the log has, into the assessment. */
pl_rc pl_run_list_ingested(pl_run *r, pl_log *log, pl_err *err) PL_MUST_USE;

/* changes.c: what is set otherwise than before, and the decisions that say why. */
pl_rc pl_run_tell_changes(pl_run *r, pl_err *err) PL_MUST_USE;
pl_rc pl_run_tell_parameters(pl_run *r, pl_err *err) PL_MUST_USE;
void pl_run_number_changes(pl_run *r); /* once they are stored */

/* The engine's containers are those that were seen, unless some could not be. */
bool pl_run_saw_containers(const pl_run *r);
/* reach.c: of each vulnerability of an image, whether it runs behind a published port. */
pl_rc pl_run_tell_reach(pl_run *r, pl_err *err) PL_MUST_USE;

/* support.c: says of each package of the field `packages` until when its maker supports it. */
pl_rc pl_run_fill_support(pl_run *r, const pl_subject *s, int packages, pl_err *err) PL_MUST_USE;

/* Matches the packages of a subject (records of kind package, in field `packages`): fills the field
 * `into` (records of kind vuln) of its record and adds one finding a vulnerability. */
pl_rc pl_run_match(pl_run *r, const pl_subject *s, int packages, int into, pl_err *err) PL_MUST_USE;

/* One gap a reason for what could not be matched; names some of the packages, or the feeds. */
struct pl_vuln_query;
struct pl_vuln_match;
pl_rc pl_run_tell_unmatched(pl_run *r, const pl_subject *s, const struct pl_vuln_query *queries,
                            const struct pl_vuln_match *m, size_t n, pl_err *err) PL_MUST_USE;

/* Who can mend what came with that layer: whoever made the base image, or the application team. */
pl_str pl_run_owner(const pl_subject *s, pl_str layer);

/* packages.c: fills the assessment's list from the records of all subjects. */
pl_rc pl_run_list_packages(pl_run *r, pl_err *err) PL_MUST_USE;

/* patterns.c: the content that a folder's files are taken from: the run's, or the built-in one
 * where that has none of it. */
const pl_content_file *pl_run_content_files(const pl_run *r, const char *folder);

/* The patterns of secrets for the workers (secrets/secrets.h), compiled once a run outside the
 * jail: of the content, or the built-in ones where it has none. */
pl_rc pl_run_patterns(pl_run *r, pl_str *ret, pl_err *err) PL_MUST_USE;
/* The kinds of protected data (protected/protected.h), tried once a run. */
pl_rc pl_run_protected(pl_run *r, pl_str *ret, pl_err *err) PL_MUST_USE;

/* licences.c: package.license_spdx and package.license_policy of all packages of a subject. */
pl_rc pl_run_fill_licences(pl_run *r, const pl_subject *s, int packages, pl_err *err) PL_MUST_USE;

/* newer_base.c: image.base.newer_days, and vuln.mended_in_base_days of what was matched. */
pl_rc pl_run_fill_newer_base(pl_run *r, pl_record *image, pl_err *err) PL_MUST_USE;

/* malware.c: rules, hashes and ClamAV for the workers, made ready once a run. */
struct pl_image_options;
pl_rc pl_run_open_malware(pl_run *r, struct pl_image_options *to, pl_err *err) PL_MUST_USE;
/* image.malware_data_age_days */
void pl_run_fill_malware_age(const pl_run *r, pl_record *image);
void pl_run_close_malware(pl_run *r);
/* malware_test.c: host.malware_found and host.malware_missed. has_images: this audit reads some. */
void pl_run_test_malware(pl_run *r, bool has_images, pl_record *host);
/* The same of the table of classifiers (package/classifiers.h). */
pl_rc pl_run_classifiers(pl_run *r, pl_str *ret, pl_err *err) PL_MUST_USE;

/* cache.c: what is kept of layers, for scans with these options. */
pl_rc pl_run_open_cache(pl_run *r, struct pl_image_options *to, pl_err *err) PL_MUST_USE;
void pl_run_close_cache(pl_run *r);
/* And what is kept of whole images, without making ready what layers are read with. */
pl_rc pl_run_open_descriptions(pl_run *r, struct pl_image_options *to, pl_err *err) PL_MUST_USE;

/* Records the facts that a subject is judged by: its record as JSON in the blob of one leaf. */
pl_rc pl_run_record_subject(pl_run *r, const pl_subject *s, const char *type, const char *collector,
                            pl_err *err) PL_MUST_USE;

/* endpoints.c: those of this host and those that the scope names. engine, host: NULL without. */
struct pl_engine_facts;
pl_rc pl_run_audit_endpoints(pl_run *r, const pl_audit_scope *scope,
                             const struct pl_engine_facts *engine, const pl_subject *host,
                             pl_err *err) PL_MUST_USE;

/* audit.c: *ret stays NULL when there is no engine at the usual places (a gap). */
struct pl_engine_client;
pl_rc pl_run_find_engine(pl_run *r, const pl_audit_scope *scope, struct pl_engine_client **ret,
                         const char **ret_origin, pl_err *err) PL_MUST_USE;

/* images.c: reads one image of an engine and adds it; *ret stays NULL when it could not be read. */
pl_rc pl_run_engine_image(pl_run *r, struct pl_engine_client *c, pl_str id, pl_str reference,
                          pl_subject **ret, pl_err *err) PL_MUST_USE;

/* images.c: what every image is read with; an image that was read, as a subject with its findings;
 * both in one. reference: what it is called, empty: what it calls itself. */
pl_rc pl_run_image_options(pl_run *r, pl_str select, pl_image_options *ret,
                           pl_err *err) PL_MUST_USE;
/* From any thread, with an arena of its own. */
pl_rc pl_run_scan_source(const pl_run *r, pl_image_source *src, const pl_image_options *o,
                         pl_arena *a, pl_image_result *ret, pl_err *err) PL_MUST_USE;
/* exported.c: an engine's image, by id or name; name: what it is called in messages. */
pl_rc pl_run_scan_exported(pl_run *r, struct pl_engine_client *c, const char *id, pl_str name,
                           const pl_image_options *o, pl_image_result *ret,
                           pl_err *err) PL_MUST_USE;
pl_rc pl_run_add_image(pl_run *r, const pl_image_result *res, pl_str reference, pl_subject **ret,
                       pl_err *err) PL_MUST_USE;
pl_rc pl_run_read_image(pl_run *r, pl_image_source *src, pl_str select, pl_str reference,
                        pl_subject **ret, pl_err *err) PL_MUST_USE;

/* images.c: PL_NOTFOUND: there is no engine, or it has no image of that name. */
pl_rc pl_run_scan_at_engine(pl_run *r, const pl_scan_scope *scope, const char *name,
                            pl_err *err) PL_MUST_USE;

/* bundles.c: containers of this host that no engine told of. host: their host's record; may be
 * NULL. */
pl_rc pl_run_audit_bundles(pl_run *r, const pl_audit_scope *scope, bool has_engine, pl_record *host,
                           pl_err *err) PL_MUST_USE;

/* cluster.c: the cluster that scope names. */
pl_rc pl_run_audit_cluster(pl_run *r, const pl_audit_scope *scope, pl_err *err) PL_MUST_USE;

/* declared.c: whether a file's name says that it declares containers; reads it. "-": from
 * stdin_fd. */
bool pl_run_is_declaration(const char *path);
pl_rc pl_run_scan_declared(pl_run *r, const pl_scan_scope *scope, const char *path,
                           pl_err *err) PL_MUST_USE;
/* declared_folder.c: the files of an engine in a folder, as declared/engine_unit.h takes them. */
pl_rc pl_run_engine_files(const char *folder, pl_buf *ret, pl_err *err) PL_MUST_USE;
/* A command line: "docker run ...". */
pl_rc pl_run_scan_line(pl_run *r, const char *line, pl_err *err) PL_MUST_USE;

/* registries.c: name is a reference, or with is_whole HOST[:PORT]: all that its catalog lists. */
pl_rc pl_run_scan_at_registry(pl_run *r, const pl_scan_scope *scope, const char *name,
                              bool is_whole, pl_err *err) PL_MUST_USE;
/* How many of its images at a time, by --at-once. PL_USAGE: it names no such number. */
pl_rc pl_run_at_once(const pl_scan_scope *scope, size_t *ret, pl_err *err) PL_MUST_USE;

/* fetcher.c: a fetcher for the mirrors of a registry and the registry itself, in this order:
 * hosts 0 to *ret_n - 1. */
struct pl_registry;
pl_rc pl_run_start_fetcher(pl_run *r, const pl_registry_scope *s, const pl_reference *for_whom,
                           struct pl_registry **ret, size_t *ret_n, pl_err *err) PL_MUST_USE;

/* signatures.c: who has signed an image, into its record: beside it in a registry. From any thread,
 * with an arena of its own. */
struct pl_remote_image;
pl_rc pl_run_look_for_signatures(const pl_run *r, struct pl_registry *c, const uint32_t *hosts,
                                 size_t n_hosts, const struct pl_remote_image *image, pl_arena *a,
                                 pl_record *to, pl_err *err) PL_MUST_USE;

/* The same of an image in an OCI layout, by the signatures that lie in it. */
typedef struct pl_layout_look {
    int fd; /* borrowed: its folder, or the file of its tar; -1: it cannot be read again */
    bool is_folder;
    const char *name;
} pl_layout_look;
pl_rc pl_run_layout_signatures(const pl_run *r, const pl_layout_look *look, pl_arena *a,
                               pl_record *to, pl_err *err) PL_MUST_USE;

/* The same of an engine's image, by the names that it has at registries. A registry is asked only
 * where a key is named for the repository. */
pl_rc pl_run_ask_for_signatures(pl_run *r, const pl_registry_scope *how, pl_record *to,
                                pl_err *err) PL_MUST_USE;

/* Takes the arena over: what lives in it is there until the run is closed. */
pl_rc pl_run_keep_arena(pl_run *r, pl_arena *a, pl_err *err) PL_MUST_USE;

/* Something deliberately left out. */
pl_rc pl_run_add_exclusion(pl_run *r, pl_str what, const char *reason, pl_err *err) PL_MUST_USE;

/* A process of ours that could not give up what it should is said beside what the workers could
 * not. sandbox: "full", or "reduced: ...". */
void pl_run_note_sandbox(pl_run *r, const char *who, const char *sandbox);

/* evidence_log.c: host.evidence_log, host.verdict_entries, host.verdict_entries_short. */
void pl_run_verify_log(pl_run *r, pl_record *host);

/* engine_stack.c: says of each program of host.engine_programs what is known against it, from the
 * host's findings. */
pl_rc pl_run_fill_programs(pl_run *r, const pl_record *host, pl_err *err) PL_MUST_USE;
