/* SPDX-License-Identifier: Apache-2.0 */
/* What the rule set is made of: changes by a folder of the user's, the profile, parameters. */
#include "report/page.h"

static void changes(pl_page *p)
{
    const pl_content *c = p->a->content;

    if (c->n_changes == 0)
        return;
    pl_page_table(p, "content", "Rule set: what a folder added, or changed of what is shipped",
                  "Item", "How", "By", NULL);
    for (size_t i = 0; i < c->n_changes; i++) {
        pl_html_open(&p->h, "tr", NULL);
        pl_html_open(&p->h, "th", "scope", "row", NULL);
        pl_html_text(&p->h, c->changes[i].what, PL_REPORT_NAME_COLUMNS);
        pl_html_close(&p->h);
        pl_html_el_text(&p->h, "td", NULL, c->changes[i].how, PL_REPORT_NAME_COLUMNS);
        pl_html_el_text(&p->h, "td", NULL, c->changes[i].where, PL_REPORT_VALUE_COLUMNS);
        pl_html_close(&p->h);
    }
    pl_page_table_end(p);
}

static void parameters(pl_page *p)
{
    if (p->a->n_parameters == 0)
        return;
    pl_page_table(p, "parameters", "Policy parameters that were set, and by whom", "Parameter",
                  "Value", "From", NULL);
    for (size_t i = 0; i < p->a->n_parameters; i++) {
        const pl_parameter *v = &p->a->parameters[i];
        pl_html_open(&p->h, "tr", NULL);
        pl_html_open(&p->h, "th", "scope", "row", NULL);
        pl_html_el_text(&p->h, "code", NULL, v->name, PL_REPORT_NAME_COLUMNS);
        pl_html_close(&p->h);
        pl_html_el_text(&p->h, "td", NULL, v->value, PL_REPORT_VALUE_COLUMNS);
        pl_html_el_text(&p->h, "td", NULL, v->where, PL_REPORT_VALUE_COLUMNS);
        pl_html_close(&p->h);
    }
    pl_page_table_end(p);
}

void pl_page_content(pl_page *p)
{
    if (p->a->profile) {
        pl_html_open(&p->h, "p", "class", "note", NULL);
        pl_html_c(&p->h, "Profile ");
        pl_html_text(&p->h, p->a->profile->name, PL_REPORT_NAME_COLUMNS);
        pl_html_c(&p->h, ". ");
        pl_html_text(&p->h, p->a->profile->note, PL_REPORT_TEXT_COLUMNS);
        pl_html_close(&p->h);
    }
    changes(p);
    parameters(p);
}
