/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Feeds by https: the public export, or a mirror laid out like it. Each file is kept under no name
 * beside the database until its worker has read it.
 */
#include "core/http_client.h"
#include "vuln/ecosystem.h"
#include "vuln/import_private.h"
#include "vuln/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define OSV_BASE "https://osv-vulnerabilities.storage.googleapis.com/"
#define KEV_URL                                                                                    \
    "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json"
#define EPSS_URL "https://epss.empiricalsecurity.com/epss_scores-current.csv.gz"

enum { HTTP_OK = 200, HTTP_NOT_FOUND = 404, FETCH_DEADLINE_MS = 3600 * 1000, URL_ROOM = 2048 };

static const struct feed {
    const char *ecosystem; /* NULL: of all */
    const char *path;      /* below a mirror */
    const char *url;       /* of the public export */
    pl_feed_form form;
    bool is_optional; /* also there: what has no feed is a gap for its packages */
} feeds[] = {
    {"Debian", "Debian/all.zip", OSV_BASE "Debian/all.zip", PL_FEED_ZIP, false},
    {"Ubuntu", "Ubuntu/all.zip", OSV_BASE "Ubuntu/all.zip", PL_FEED_ZIP, false},
    {"Alpine", "Alpine/all.zip", OSV_BASE "Alpine/all.zip", PL_FEED_ZIP, false},
    {"AlmaLinux", "AlmaLinux/all.zip", OSV_BASE "AlmaLinux/all.zip", PL_FEED_ZIP, true},
    {"Bitnami", "Bitnami/all.zip", OSV_BASE "Bitnami/all.zip", PL_FEED_ZIP, true},
    {"Chainguard", "Chainguard/all.zip", OSV_BASE "Chainguard/all.zip", PL_FEED_ZIP, true},
    {"Red Hat", "Red%20Hat/all.zip", OSV_BASE "Red%20Hat/all.zip", PL_FEED_ZIP, true},
    {"Rocky Linux", "Rocky%20Linux/all.zip", OSV_BASE "Rocky%20Linux/all.zip", PL_FEED_ZIP, true},
    {"SUSE", "SUSE/all.zip", OSV_BASE "SUSE/all.zip", PL_FEED_ZIP, true},
    {"openSUSE", "openSUSE/all.zip", OSV_BASE "openSUSE/all.zip", PL_FEED_ZIP, true},
    {"Wolfi", "Wolfi/all.zip", OSV_BASE "Wolfi/all.zip", PL_FEED_ZIP, true},
    {"crates.io", "crates.io/all.zip", OSV_BASE "crates.io/all.zip", PL_FEED_ZIP, true},
    {"CRAN", "CRAN/all.zip", OSV_BASE "CRAN/all.zip", PL_FEED_ZIP, true},
    {"Go", "Go/all.zip", OSV_BASE "Go/all.zip", PL_FEED_ZIP, true},
    {"Hex", "Hex/all.zip", OSV_BASE "Hex/all.zip", PL_FEED_ZIP, true},
    {"Maven", "Maven/all.zip", OSV_BASE "Maven/all.zip", PL_FEED_ZIP, true},
    {"npm", "npm/all.zip", OSV_BASE "npm/all.zip", PL_FEED_ZIP, true},
    {"NuGet", "NuGet/all.zip", OSV_BASE "NuGet/all.zip", PL_FEED_ZIP, true},
    {"Packagist", "Packagist/all.zip", OSV_BASE "Packagist/all.zip", PL_FEED_ZIP, true},
    {"Pub", "Pub/all.zip", OSV_BASE "Pub/all.zip", PL_FEED_ZIP, true},
    {"PyPI", "PyPI/all.zip", OSV_BASE "PyPI/all.zip", PL_FEED_ZIP, true},
    {"RubyGems", "RubyGems/all.zip", OSV_BASE "RubyGems/all.zip", PL_FEED_ZIP, true},
    {NULL, "kev.json", KEV_URL, PL_FEED_KEV, false},
    {NULL, "epss.csv.gz", EPSS_URL, PL_FEED_EPSS, false},
};

/* A list may name one release of a distribution: its feed has them all. */
static bool is_wanted(const struct feed *f, pl_str only)
{
    pl_str one;

    if (!f->ecosystem || !only.n)
        return true;
    while (pl_str_cut(&only, ',', &one))
        if (pl_str_eq(pl_ecosystem_family(pl_str_trim(one)), pl_str_c(f->ecosystem)))
            return true;
    return false;
}

const char *pl_import_public_source(void)
{
    return OSV_BASE;
}

static pl_rc open_unnamed(const char *dir, int *ret, pl_err *err)
{
    if (mkdir(dir, 0700) != 0 && errno != EEXIST)
        return pl_fail_sys(err, errno, "make folder %s", dir);
    int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0)
        return pl_fail_sys(err, errno, "temporary file in %s", dir);
    *ret = fd;
    return PL_OK;
}

/* *ret_found false: the server says that there is no such file. */
static pl_rc download(struct pl_importer *i, pl_http *http, const char *url, int fd,
                      bool *ret_found, pl_err *err)
{
    PL_AUTO_HTTP_CALL pl_http_call call = {.url = url,
                                           .deadline_ms = FETCH_DEADLINE_MS,
                                           .max = PL_VULN_FILE_MAX,
                                           .sink = pl_http_to_fd,
                                           .sink_arg = &fd};
    pl_rc rc = pl_http_one(http, &call, err);
    if (rc != PL_OK)
        return rc;
    *ret_found = call.status == HTTP_OK;
    if (call.status != HTTP_OK && call.status != HTTP_NOT_FOUND)
        return pl_fail(err, PL_NET, "%s: HTTP status %d", url, call.status);
    if (*ret_found)
        pl_import_say(i, "%s: %llu KiB fetched", url,
                      (unsigned long long)(call.length + 1023) / 1024);
    return PL_OK;
}

static pl_rc fetch_one(struct pl_importer *i, pl_http *http, const char *url, pl_feed_form form,
                       bool is_optional, pl_err *err)
{
    PL_AUTO_FD int fd = -1;
    bool found = false;

    pl_rc rc = open_unnamed(i->im->dir, &fd, err);
    if (rc == PL_OK)
        rc = download(i, http, url, fd, &found, err);
    if (rc != PL_OK)
        return rc;
    if (!found) {
        pl_import_say(i, "%s: not there", url);
        return is_optional ? PL_OK : pl_fail(err, PL_NOTFOUND, "%s: HTTP status 404", url);
    }
    if (lseek(fd, 0, SEEK_SET) != 0)
        return pl_fail_sys(err, errno, "rewind");
    return pl_import_file(i, fd, url, form, err);
}

static pl_rc fetch_public(struct pl_importer *i, pl_http *http, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (size_t k = 0; k < PL_COUNT(feeds) && rc == PL_OK; k++)
        if (is_wanted(&feeds[k], i->im->only))
            rc = fetch_one(i, http, feeds[k].url, feeds[k].form, feeds[k].is_optional, err);
    return rc;
}

/* A mirror may have fewer feeds; that it has one at least is seen when the database is made. */
static pl_rc fetch_mirror(struct pl_importer *i, pl_http *http, const char *base, pl_err *err)
{
    bool has_slash = pl_str_ends(pl_str_c(base), PL_S("/"));
    char url[URL_ROOM];
    pl_rc rc = PL_OK;

    for (size_t k = 0; k < PL_COUNT(feeds) && rc == PL_OK; k++) {
        if (!is_wanted(&feeds[k], i->im->only))
            continue;
        int n = snprintf(url, sizeof(url), "%s%s%s", base, has_slash ? "" : "/", feeds[k].path);
        if (n < 0 || (size_t)n >= sizeof(url))
            return pl_fail(err, PL_USAGE, "address longer than %d bytes", URL_ROOM);
        rc = fetch_one(i, http, url, feeds[k].form, true, err);
    }
    return rc;
}

pl_rc pl_import_fetch(struct pl_importer *i, const char *source, pl_err *err)
{
    const pl_proxies proxies = pl_proxies_of_environment();
    char no_proxy[URL_ROOM];
    pl_proxy proxy;
    const pl_http_options options = {
        .ca_file = i->im->ca_file, .follow = true, .proxy = &proxy, .no_proxy = no_proxy};
    PL_AUTO_HTTP pl_http *http = NULL;
    pl_feed_form form;

    if (!pl_str_starts(pl_str_c(source), PL_S("https://")))
        return pl_fail(err, PL_USAGE, "only https:// addresses are fetched");
    if (!pl_str_to_c(proxies.none, no_proxy, sizeof(no_proxy)))
        return pl_fail(err, PL_USAGE, "NO_PROXY is longer than %d bytes", URL_ROOM);
    pl_rc rc = pl_proxy_of(&proxies, false, &proxy, err);
    if (rc == PL_OK)
        rc = pl_http_new(&options, &http, err);
    if (rc != PL_OK)
        return rc;
    if (pl_str_eq(pl_str_c(source), PL_S(OSV_BASE)))
        return fetch_public(i, http, err);
    if (pl_import_form_of(source, &form))
        return fetch_one(i, http, source, form, false, err);
    return fetch_mirror(i, http, source, err);
}
