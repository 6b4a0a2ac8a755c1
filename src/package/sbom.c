/* SPDX-License-Identifier: Apache-2.0 */
#include "package/sbom.h"

#include "image/js.h"
#include "package/found.h"
#include "package/limits.h"
#include "package/purl.h"

#include <string.h>

typedef struct reader {
    pl_arena *a;
    pl_sbom *ret;
    pl_err *err;
} reader;

static pl_rc no_room(pl_err *err)
{
    return pl_fail(err, PL_LIMIT, "bill of materials does not fit its budget");
}

static pl_str kept(reader *r, pl_str s)
{
    pl_str copy = s.n ? pl_arena_str(r->a, s) : (pl_str){"", 0};

    return copy.p ? copy : (pl_str){"", 0};
}

static pl_rc add(reader *r, const pl_package *p)
{
    pl_sbom *b = r->ret;

    if (b->n == PL_PACKAGES_MAX)
        return pl_fail(r->err, PL_LIMIT, "limit:packages: more than %d", PL_PACKAGES_MAX);
    if (b->n == b->room) {
        b->room = b->room ? b->room * 2 : 256;
        pl_package *more = pl_arena_calloc(r->a, b->room, sizeof(*more));
        if (!more)
            return no_room(r->err);
        if (b->n)
            memcpy(more, b->items, b->n * sizeof(*more));
        b->items = more;
    }
    b->items[b->n++] = *p;
    return PL_OK;
}

/* One package of either format. */
typedef struct entry {
    pl_str name, version, purl, licence, source, source_version;
    /* Of our own documents, and of makers that have the like. */
    pl_str ecosystem, owned_by, path, provenance, scope;
} entry;

static bool fits(const entry *e)
{
    return e->name.n && e->name.n <= PL_PACKAGE_FIELD_MAX && e->version.n <= PL_PACKAGE_FIELD_MAX;
}

/* Those of the system have no place of their own: that is how they are told apart later. */
static bool is_of_system(const pl_package *p)
{
    return !p->language.n && !pl_str_eq(p->type, PL_S("generic")) &&
           !pl_str_eq(p->type, pl_str_c(pl_lang_type(PL_LANG_CONDA)));
}

static pl_rc add_entry(reader *r, const entry *e)
{
    pl_purl_parts parts;
    pl_err why = {0};
    pl_package p = {.type = PL_S("generic")};

    if (!fits(e)) {
        r->ret->nameless++;
        return PL_OK;
    }
    pl_str purl = kept(r, e->purl);
    if (purl.n && pl_purl_parse(purl, r->a, &parts, &why) == PL_OK) {
        pl_rc rc = pl_purl_package(&parts, purl, &r->ret->os, r->a, &p, r->err);
        if (rc)
            return rc;
    } else {
        p.name = kept(r, e->name);
        p.version = kept(r, e->version);
    }
    if (!p.version.n)
        p.version = kept(r, e->version);
    p.license = kept(r, pl_str_sub(e->licence, 0, PL_PACKAGE_TEXT_MAX));
    if (e->source.n) {
        p.source = kept(r, e->source);
        p.source_version = e->source_version.n ? kept(r, e->source_version) : p.version;
    }
    if (e->ecosystem.n)
        p.ecosystem = kept(r, e->ecosystem);
    p.owned_by = kept(r, e->owned_by);
    if (!is_of_system(&p))
        p.path = kept(r, e->path);
    p.provenance = kept(r, e->provenance);
    p.scope = kept(r, e->scope);
    return add(r, &p);
}

static void note_os(reader *r, pl_str name, pl_str version)
{
    r->ret->os = (pl_distribution){.id = kept(r, name), .version = kept(r, version)};
}

/* ---- CycloneDX ---- */

static pl_str property(const json_t *component, const char *name)
{
    const json_t *list = json_object_get(component, "properties"), *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        if (pl_str_eq(pl_js_str(item, "name"), pl_str_c(name)))
            return pl_js_str(item, "value");
    }
    return (pl_str){"", 0};
}

static pl_str first_of(const json_t *component, const char *const names[])
{
    pl_str v = {"", 0};

    for (size_t i = 0; names[i] && !v.n; i++)
        v = property(component, names[i]);
    return v;
}

static pl_str licence_of(const json_t *component)
{
    const json_t *first = json_array_get(json_object_get(component, "licenses"), 0);
    const json_t *licence = json_object_get(first, "license");
    pl_str v = pl_js_str(first, "expression");

    if (!v.n)
        v = pl_js_str(licence, "id");
    return v.n ? v : pl_js_str(licence, "name");
}

/* Makers that keep the source package apart say so in properties of their own. */
static const char *const source_names[] = {"plimsoll:source", "aquasecurity:trivy:SrcName",
                                           "syft:metadata:source", NULL};
static const char *const source_versions[] = {"plimsoll:source_version",
                                              "syft:metadata:sourceVersion", NULL};
static const char *const paths[] = {"plimsoll:path", "aquasecurity:trivy:FilePath",
                                    "syft:location:0:path", NULL};

/* Trivy has the parts of "epoch:version-release". The binary package's own epoch may differ. */
static void put_source_version(const json_t *c, pl_buf *out)
{
    pl_str whole = first_of(c, source_versions);
    pl_str epoch = property(c, "aquasecurity:trivy:SrcEpoch");
    pl_str version = property(c, "aquasecurity:trivy:SrcVersion");
    pl_str release = property(c, "aquasecurity:trivy:SrcRelease");

    if (whole.n || !version.n) {
        pl_buf_str(out, whole);
        return;
    }
    if (epoch.n && !pl_str_eq(epoch, PL_S("0")))
        pl_buf_fmt(out, "%.*s:", PL_F(epoch));
    pl_buf_fmt(out, "%.*s%s%.*s", PL_F(version), release.n ? "-" : "", PL_F(release));
}

static pl_rc read_component(reader *r, const json_t *c)
{
    pl_str type = pl_js_str(c, "type"), group = pl_js_str(c, "group");
    PL_AUTO_BUF pl_buf name = {0};
    PL_AUTO_BUF pl_buf source_version = {0};

    if (pl_str_eq(type, PL_S("operating-system")) || pl_str_eq(type, PL_S("file")))
        return PL_OK;
    pl_buf_fmt(&name, "%.*s%s%.*s", PL_F(group), group.n ? "/" : "", PL_F(pl_js_str(c, "name")));
    put_source_version(c, &source_version);
    const entry e = {.name = pl_buf_view(&name),
                     .version = pl_js_str(c, "version"),
                     .purl = pl_js_str(c, "purl"),
                     .licence = licence_of(c),
                     .source = first_of(c, source_names),
                     .source_version = pl_buf_view(&source_version),
                     .ecosystem = property(c, "plimsoll:ecosystem"),
                     .owned_by = property(c, "plimsoll:owned_by"),
                     .path = first_of(c, paths),
                     .provenance = property(c, "plimsoll:provenance"),
                     .scope = property(c, "plimsoll:scope")};
    return add_entry(r, &e);
}

static void find_os(reader *r, const json_t *list)
{
    const json_t *c;
    size_t i;

    json_array_foreach(list, i, c)
    {
        if (pl_str_eq(pl_js_str(c, "type"), PL_S("operating-system")))
            note_os(r, pl_js_str(c, "name"), pl_js_str(c, "version"));
    }
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by PL_SBOM_DEPTH_MAX */
static pl_rc read_components(reader *r, const json_t *list, unsigned depth)
{
    const json_t *c;
    size_t i;
    pl_rc rc = PL_OK;

    if (depth > PL_SBOM_DEPTH_MAX)
        return pl_fail(r->err, PL_LIMIT, "limit:depth: components deeper than %d",
                       PL_SBOM_DEPTH_MAX);
    json_array_foreach(list, i, c)
    {
        rc = read_component(r, c);
        if (!rc)
            rc = read_components(r, json_object_get(c, "components"), depth + 1);
        if (rc)
            return rc;
    }
    return rc;
}

static pl_rc read_cyclonedx(reader *r, const json_t *doc)
{
    const json_t *about = json_object_get(json_object_get(doc, "metadata"), "component");
    const json_t *components = json_object_get(doc, "components");

    r->ret->format = "CycloneDX";
    r->ret->version = kept(r, pl_js_str(doc, "specVersion"));
    r->ret->name = kept(r, pl_js_str(about, "name"));
    find_os(r, components);
    pl_rc rc = read_components(r, json_object_get(about, "components"), 1);
    return rc ? rc : read_components(r, components, 0);
}

/* ---- SPDX ---- */

static pl_str purl_of(const json_t *package)
{
    const json_t *list = json_object_get(package, "externalRefs"), *ref;
    size_t i;

    json_array_foreach(list, i, ref)
    {
        if (pl_str_eq(pl_js_str(ref, "referenceType"), PL_S("purl")))
            return pl_js_str(ref, "referenceLocator");
    }
    return (pl_str){"", 0};
}

static bool is_described(const json_t *doc, pl_str id)
{
    const json_t *list = json_object_get(doc, "documentDescribes"), *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        if (pl_str_eq(pl_js_text(item), id))
            return true;
    }
    list = json_object_get(doc, "relationships");
    json_array_foreach(list, i, item)
    {
        if (pl_str_eq(pl_js_str(item, "relationshipType"), PL_S("DESCRIBES")) &&
            pl_str_eq(pl_js_str(item, "relatedSpdxElement"), id))
            return true;
    }
    return false;
}

static pl_str said(const json_t *package, const char *key)
{
    pl_str v = pl_js_str(package, key);

    return pl_str_eq(v, PL_S("NOASSERTION")) || pl_str_eq(v, PL_S("NONE")) ||
                   pl_str_starts(v, PL_S("LicenseRef-"))
               ? (pl_str){"", 0}
               : v;
}

/* "built package from: openssl 3.0.15-1", as several makers write it. */
static void read_source_info(pl_str info, entry *e)
{
    const pl_str before = PL_S("built package from: ");

    if (!pl_str_starts(info, before))
        return;
    info = pl_str_sub(info, before.n, info.n);
    if (pl_str_cut(&info, ' ', &e->source))
        e->source_version = info;
}

/* What stands behind the last such mark, which is cut off; empty when there is none. */
static pl_str cut_mark(pl_str *text, const char *mark)
{
    size_t n = strlen(mark);

    for (size_t at = text->n; at-- > 0;)
        if (pl_str_starts(pl_str_sub(*text, at, n), pl_str_c(mark))) {
            pl_str tail = pl_str_sub(*text, at + n, text->n);
            *text = pl_str_sub(*text, 0, at);
            return tail;
        }
    return (pl_str){"", 0};
}

/* "owner app; found at PATH; layer DIGEST; owned by NAME", as report/spdx.c writes it. */
static void read_comment(pl_str text, entry *e)
{
    if (!pl_str_starts(text, PL_S("owner ")) || text.n > PL_PACKAGE_TEXT_MAX)
        return;
    e->owned_by = cut_mark(&text, "; owned by ");
    (void)cut_mark(&text, "; layer ");
    e->path = cut_mark(&text, "; found at ");
}

static pl_rc read_spdx(reader *r, const json_t *doc)
{
    const json_t *list = json_object_get(doc, "packages"), *p;
    size_t i;
    pl_rc rc = PL_OK;

    r->ret->format = "SPDX";
    r->ret->version = kept(r, pl_str_sub(pl_js_str(doc, "spdxVersion"), 5, PL_PACKAGE_FIELD_MAX));
    r->ret->name = kept(r, pl_js_str(doc, "name"));
    json_array_foreach(list, i, p)
    {
        if (pl_str_eq(pl_js_str(p, "primaryPackagePurpose"), PL_S("OPERATING-SYSTEM")))
            note_os(r, pl_js_str(p, "name"), pl_js_str(p, "versionInfo"));
    }
    json_array_foreach(list, i, p)
    {
        entry e = {.name = pl_js_str(p, "name"),
                   .version = pl_js_str(p, "versionInfo"),
                   .purl = purl_of(p),
                   .licence = said(p, "licenseDeclared")};
        read_source_info(pl_js_str(p, "sourceInfo"), &e);
        read_comment(pl_js_str(p, "comment"), &e);
        /* What the document is about is no package in it. */
        if (pl_str_eq(pl_js_str(p, "primaryPackagePurpose"), PL_S("OPERATING-SYSTEM")) ||
            (!e.purl.n && is_described(doc, pl_js_str(p, "SPDXID"))))
            continue;
        if ((rc = add_entry(r, &e)))
            return rc;
    }
    return rc;
}

bool pl_sbom_looks_like(pl_str head)
{
    head =
        pl_str_trim(pl_str_starts(head, PL_S("\xef\xbb\xbf")) ? pl_str_sub(head, 3, head.n) : head);
    return head.n && head.p[0] == '{';
}

pl_rc pl_sbom_read(pl_str json, pl_arena *a, pl_sbom *ret, pl_err *err)
{
    reader r = {a, ret, err};
    json_error_t where;

    *ret = (pl_sbom){0};
    if (pl_str_starts(json, PL_S("\xef\xbb\xbf")))
        json = pl_str_sub(json, 3, json.n);
    if (json.n > PL_SBOM_MAX)
        return pl_fail(err, PL_LIMIT, "limit:sbom-bytes: more than %d", PL_SBOM_MAX);
    json_auto_t *doc = json_loadb(json.p, json.n, JSON_ALLOW_NUL, &where);
    if (!doc)
        return pl_fail(err, PL_FORMAT, "line %d, column %d: %s", where.line, where.column,
                       where.text);
    if (pl_str_eq(pl_js_str(doc, "bomFormat"), PL_S("CycloneDX")))
        return read_cyclonedx(&r, doc);
    if (pl_str_starts(pl_js_str(doc, "spdxVersion"), PL_S("SPDX-2.")))
        return read_spdx(&r, doc);
    return pl_fail(err, PL_FORMAT, "is JSON, but no bill of materials in CycloneDX or SPDX 2");
}
