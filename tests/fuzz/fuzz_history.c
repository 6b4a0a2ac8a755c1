/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a build step, as settings files and as account files: slices stay inside. */
#include "image/accounts.h"
#include "image/history.h"
#include "image/settings.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_inside(pl_str part, pl_str text)
{
    return part.n == 0 || (part.p >= text.p && part.p + part.n <= text.p + text.n);
}

/* A name may be a literal; a source is always a piece of the text. */
static void look(void *arg, const pl_setting *s)
{
    assert(s->classes && is_inside(s->source, *(const pl_str *)arg));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const pl_setting_reader readers[] = {
        pl_settings_apt_list,   pl_settings_apt_sources, pl_settings_apt_conf, pl_settings_yum,
        pl_settings_git,        pl_settings_curl,        pl_settings_wget,     pl_settings_pip,
        pl_settings_uv,         pl_settings_npm,         pl_settings_yarn,     pl_settings_yarn_yml,
        pl_settings_gem,        pl_settings_gemfile,     pl_settings_bundle,   pl_settings_go,
        pl_settings_composer,   pl_settings_conda,       pl_settings_maven,    pl_settings_pacman,
        pl_settings_registries, pl_settings_policy,
    };
    pl_str text = {(const char *)data, size};
    pl_step step;
    pl_passwd_line line;
    pl_shadow_line shadow;

    pl_step_parse(text, true, &step);
    pl_step_parse(text, false, &step);
    assert(step.command.n <= text.n);
    for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
        readers[i](text, look, &text);
    pl_settings_step(text, look, &text);
    for (pl_str rest = text; pl_passwd_next(&rest, &line);)
        assert(line.name.n);
    for (pl_str rest = text; pl_shadow_next(&rest, &shadow);)
        assert(shadow.name.n);
    return 0;
}
