/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CSAF 2.0: products have ids, which a tree gives names and package URLs, and relationships join
 * ("openssl as a component of Red Hat Enterprise Linux 9"). A product without a package URL, and
 * one on a platform whose package URL names no version, cannot be told: what is said of it is
 * counted as unclear, never applied to something else.
 */
#include "vuln/limits.h"
#include "vuln/vex_private.h"

/* Of a full product name: its package URL, else empty. */
static pl_str purl_of(const json_t *product)
{
    const json_t *helper = json_object_get(product, "product_identification_helper");
    const json_t *several = json_object_get(helper, "purls");
    pl_str purl = pl_json_get_str(helper, "purl");

    return purl.n ? purl : pl_json_str_of(json_array_get(several, 0));
}

/* Ids to what they stand for: built once a document, borrowing from it. */
struct index {
    json_t *products;  /* id -> full product name */
    json_t *relations; /* id -> relationship */
};

static void index_done(struct index *x)
{
    json_decref(x->products);
    json_decref(x->relations);
}

static void add(json_t *to, pl_str id, json_t *what)
{
    if (id.n && !json_object_getn(to, id.p, id.n))
        (void)json_object_setn(to, id.p, id.n, what);
}

static void add_product(struct index *x, json_t *product)
{
    if (json_is_object(product))
        add(x->products, pl_json_get_str(product, "product_id"), product);
}

/* The recursion ends at PL_VEX_DEPTH_MAX. */
static pl_rc add_branches(struct index *x, const json_t *branches, unsigned depth, pl_err *err)
{
    pl_rc rc = PL_OK;

    if (depth > PL_VEX_DEPTH_MAX)
        return pl_fail(err, PL_LIMIT, "more than %d branches deep", PL_VEX_DEPTH_MAX);
    for (size_t i = 0; i < json_array_size(branches) && rc == PL_OK; i++) {
        const json_t *branch = json_array_get(branches, i);
        add_product(x, json_object_get(branch, "product"));
        rc = add_branches(x, json_object_get(branch, "branches"), depth + 1, err);
    }
    return rc;
}

static pl_rc make_index(const json_t *doc, struct index *x, pl_err *err)
{
    const json_t *tree = json_object_get(doc, "product_tree");
    const json_t *names = json_object_get(tree, "full_product_names");
    const json_t *relations = json_object_get(tree, "relationships");

    if (!x->products || !x->relations)
        return pl_fail(err, PL_NOMEM, "out of memory");
    for (size_t i = 0; i < json_array_size(names); i++)
        add_product(x, json_array_get(names, i));
    for (size_t i = 0; i < json_array_size(relations); i++) {
        json_t *relation = json_array_get(relations, i);
        const json_t *name = json_object_get(relation, "full_product_name");
        add(x->relations, pl_json_get_str(name, "product_id"), relation);
    }
    return add_branches(x, json_object_get(tree, "branches"), 0, err);
}

static const json_t *product_of(const struct index *x, pl_str id)
{
    return id.n ? json_object_getn(x->products, id.p, id.n) : NULL;
}

static bool is_image(pl_str purl)
{
    return pl_str_starts(purl, PL_S("pkg:oci/")) || pl_str_starts(purl, PL_S("pkg:docker/"));
}

/* Fills product and component of the statement; false: it cannot be told. */
static bool resolve(const struct index *x, pl_str id, pl_vex_statement *s)
{
    const json_t *relation = id.n ? json_object_getn(x->relations, id.p, id.n) : NULL;

    s->component = (pl_str){"", 0};
    s->product =
        purl_of(relation ? json_object_get(relation, "full_product_name") : product_of(x, id));
    if (!relation || s->product.n)
        return s->product.n > 0;
    pl_str on = purl_of(product_of(x, pl_json_get_str(relation, "relates_to_product_reference")));
    pl_str part = purl_of(product_of(x, pl_json_get_str(relation, "product_reference")));
    s->product = is_image(on) ? on : part;
    s->component = is_image(on) ? part : (pl_str){"", 0};
    return part.n && (is_image(on) || pl_str_has(part, PL_S("@")));
}

static bool has_string(const json_t *list, pl_str s)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (pl_str_eq(pl_json_str_of(json_array_get(list, i)), s))
            return true;
    return false;
}

/* A flag's label ("vulnerable_code_not_present") or a threat's text for this product. */
static pl_str reason_of(const json_t *v, pl_str id)
{
    static const struct {
        const char *list, *key;
    } places[] = {{"flags", "label"}, {"threats", "details"}};

    for (size_t i = 0; i < PL_COUNT(places); i++) {
        const json_t *list = json_object_get(v, places[i].list);
        for (size_t k = 0; k < json_array_size(list); k++) {
            const json_t *one = json_array_get(list, k);
            const json_t *ids = json_object_get(one, "product_ids");
            if (!ids || has_string(ids, id))
                return pl_json_get_str(one, places[i].key);
        }
    }
    return (pl_str){"", 0};
}

static const struct {
    const char *list;
    pl_vex_status status;
} status_lists[] = {
    {"known_affected", PL_VEX_AFFECTED},
    {"under_investigation", PL_VEX_UNDER_INVESTIGATION},
    {"known_not_affected", PL_VEX_NOT_AFFECTED},
    {"first_fixed", PL_VEX_FIXED},
    {"fixed", PL_VEX_FIXED},
};

static pl_rc put_list(const struct index *x, const json_t *v, const json_t *ids,
                      pl_vex_statement *s, struct pl_vex_out *out, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (size_t i = 0; i < json_array_size(ids) && rc == PL_OK; i++) {
        pl_str id = pl_json_str_of(json_array_get(ids, i));
        s->reason = reason_of(v, id);
        if (resolve(x, id, s))
            rc = pl_vex_put(out, s, err);
        else
            out->n_unclear++;
    }
    return rc;
}

static pl_rc put_vulnerability(const struct index *x, const json_t *v, int64_t time_us,
                               struct pl_vex_out *out, pl_err *err)
{
    const json_t *ids = json_object_get(v, "ids");
    const json_t *status = json_object_get(v, "product_status");
    pl_vex_statement s = {.id = pl_json_get_str(v, "cve"), .time_us = time_us};
    pl_rc rc = PL_OK;

    if (!s.id.n)
        s.id = pl_json_get_str(json_array_get(ids, 0), "text");
    for (size_t i = 0; i < PL_COUNT(status_lists) && rc == PL_OK; i++) {
        s.status = status_lists[i].status;
        rc = put_list(x, v, json_object_get(status, status_lists[i].list), &s, out, err);
    }
    return rc;
}

pl_rc pl_vex_csaf(const json_t *doc, struct pl_vex_out *out, pl_err *err)
{
    PL_CLEANUP(index_done) struct index x = {json_object(), json_object()};
    const json_t *tracking = json_object_get(json_object_get(doc, "document"), "tracking");
    const json_t *list = json_object_get(doc, "vulnerabilities");

    if (!json_is_array(list))
        return pl_fail(err, PL_FORMAT, "CSAF document without vulnerabilities");
    pl_rc rc = make_index(doc, &x, err);
    for (size_t i = 0; i < json_array_size(list) && rc == PL_OK; i++)
        rc = put_vulnerability(&x, json_array_get(list, i),
                               pl_vex_time(tracking, "current_release_date"), out, err);
    return rc;
}
