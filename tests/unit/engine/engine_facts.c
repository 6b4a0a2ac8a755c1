/* SPDX-License-Identifier: Apache-2.0 */
/* engine_facts [ADDRESS [ROOT]]: all fields of an engine and its containers, one a line. */
#include "core/text.h"
#include "engine/facts.h"
#include "engine/worker.h"

#include <string.h>
#include <time.h>

static void print_record(const char *name, const pl_record *r)
{
    for (size_t i = 0; i < r->kind->n; i++) {
        const pl_field *f = &r->kind->fields[i];
        PL_AUTO_BUF pl_buf raw = {0}, b = {0};
        if (f->type == PL_T_RECS && r->v[i].state == PL_PRESENT) {
            for (size_t k = 0; k < r->v[i].n; k++) {
                char sub[256];
                (void)snprintf(sub, sizeof(sub), "%s %s[%zu]", name, f->name, k);
                print_record(sub, r->v[i].u.recs[k]);
            }
            continue;
        }
        pl_value_print(f, &r->v[i], &raw);
        pl_text_visible(&b, pl_buf_view(&raw), 2000);
        printf("%s %s = %.*s\n", name, f->name, PL_F(pl_buf_view(&b)));
    }
}

int main(int argc, char **argv)
{
    static const pl_worker_kind kinds[] = {{"engine", pl_engine_worker}, {NULL, NULL}};
    pl_jail_main(argc, argv, kinds);
    pl_engine_client_main(argc, argv);

    pl_err err = {0};
    PL_AUTO_SCHEMA pl_schema *schema = pl_schema_new();
    PL_AUTO_ARENA pl_arena *a = pl_arena_new((size_t)256 << 20);
    PL_AUTO_ENGINE_CLIENT pl_engine_client *c = NULL;
    pl_engine_facts facts;
    pl_engine_register(schema);
    struct timespec t0, t1;
    clock_gettime(CLOCK_MONOTONIC, &t0);
    pl_engine_endpoint e = {.address = argc > 1 ? argv[1] : "/run/docker.sock"};
    pl_rc rc = pl_engine_open(&e, &c, &err);
    if (rc == PL_OK)
        rc = pl_engine_collect(c, &(pl_engine_where){.root = argc > 2 ? argv[2] : NULL}, schema,
                               &pl_clock_system, a, &facts, &err);
    if (rc != PL_OK) {
        printf("error: %s\n", err.text);
        return pl_rc_exit_status(rc);
    }
    clock_gettime(CLOCK_MONOTONIC, &t1);
    print_record("engine", facts.engine.rec);
    for (size_t i = 0; i < facts.n_containers; i++) {
        char name[160];
        (void)snprintf(name, sizeof(name), "%.*s",
                       PL_F(pl_str_sub(facts.containers[i].name, 0, 100)));
        print_record(name, facts.containers[i].rec);
    }
    for (size_t i = 0; i < facts.n_problems; i++)
        printf("problem %.*s\n", PL_F(facts.problems[i]));
    fprintf(stderr, "%zu containers in %.1f ms\n", facts.n_containers,
            (double)(t1.tv_sec - t0.tv_sec) * 1e3 + (double)(t1.tv_nsec - t0.tv_nsec) / 1e6);
    return 0;
}
