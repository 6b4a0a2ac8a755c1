/* SPDX-License-Identifier: Apache-2.0 */
#include "model/context.h"

#include "model/finding.h"

const char *const pl_subject_context_words[PL_CONTEXT_MEMBERS] = {
#define X(member, help) #member,
    PL_CONTEXT_LIST(X)
#undef X
};

/* Which field says it, of the subject's record or of the one that `via` leads to. What an earlier
 * row said stays. */
static const struct {
    size_t offset;
    const char *kind, *via, *field;
} sources[] = {
#define AT(member) offsetof(pl_subject_context, member)
    {AT(host), "host", NULL, "host.name"},
    {AT(host), "engine", "engine.host", "host.name"},
    {AT(host), "engine", NULL, "engine.name"},
    {AT(host), "container", "container.host", "host.name"},
    {AT(host), "container", "container.engine", "engine.name"},
    {AT(engine), "engine", NULL, "engine.endpoint"},
    {AT(engine), "container", "container.engine", "engine.endpoint"},
    {AT(engine_id), "engine", NULL, "engine.id"},
    {AT(engine_id), "container", "container.engine", "engine.id"},
    {AT(container), "container", NULL, "container.name"},
    {AT(container_id), "container", NULL, "container.full_id"},
    {AT(image), "image", NULL, "image.reference"},
    {AT(image), "container", NULL, "container.image.name"},
    {AT(image_id), "image", NULL, "image.id"},
    {AT(image_id), "container", NULL, "container.image.id"},
    {AT(image_digest), "image", NULL, "image.digest"},
    {AT(image_digest), "container", NULL, "container.image.digest"},
    {AT(stack), "container", NULL, "container.stack"},
    {AT(service), "container", NULL, "container.service"},
    {AT(namespace), "container", NULL, "k8s.ns.name"},
    {AT(pod), "container", NULL, "k8s.pod.name"},
    {AT(task), "container", NULL, "container.task"},
    {AT(cluster), "cluster", NULL, "cluster.name"},
    {AT(cluster), "container", NULL, "container.cluster"},
#undef AT
};

static const pl_value *value_of(const pl_record *r, const char *field)
{
    int at = r ? pl_kind_field(r->kind, pl_str_c(field)) : -1;

    return at < 0 || pl_get(r, at)->state != PL_PRESENT ? NULL : pl_get(r, at);
}

static pl_str text_of(const pl_record *r, const char *via, const char *field)
{
    const pl_value *v = via ? value_of(r, via) : NULL;

    if (via)
        r = v ? v->u.rec : NULL;
    v = value_of(r, field);
    return v ? v->u.s : (pl_str){"", 0};
}

static pl_str *member(pl_subject_context *c, size_t offset)
{
    return (pl_str *)(void *)((char *)c + offset);
}

pl_str pl_subject_context_get(const pl_subject_context *c, size_t i)
{
    return ((const pl_str *)(const void *)c)[i];
}

void pl_subject_context_of(const pl_subject *s, pl_subject_context *ret)
{
    *ret = (pl_subject_context){0};
    for (size_t i = 0; s->rec && i < PL_COUNT(sources); i++)
        if (pl_str_eq(s->kind, pl_str_c(sources[i].kind)) && !member(ret, sources[i].offset)->n)
            *member(ret, sources[i].offset) = text_of(s->rec, sources[i].via, sources[i].field);
    if (pl_str_eq(s->kind, PL_S("image")) && s->name.n)
        ret->image = s->name;
    if (!s->of)
        return;
    pl_subject_context above;
    pl_subject_context_of(s->of, &above);
    for (size_t i = 0; i < PL_CONTEXT_MEMBERS; i++)
        if (!member(ret, i * sizeof(pl_str))->n)
            *member(ret, i * sizeof(pl_str)) = pl_subject_context_get(&above, i);
}
