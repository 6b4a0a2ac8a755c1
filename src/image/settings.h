/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings that switch a check off or bring in packages from elsewhere, in the configuration files
 * of package managers and download programs, in the environment and in the words of build steps.
 * Text in, findings out; no tree.
 */
#pragma once

#include "core/str.h"

typedef enum pl_setting_class {
    PL_SETTING_UNSIGNED = 1, /* accepts packages that nobody signed */
    PL_SETTING_TLS = 2,      /* does not check certificates */
    PL_SETTING_SOURCE = 4,   /* packages come from elsewhere than where everybody's come from */
} pl_setting_class;

typedef struct pl_setting {
    unsigned classes;
    pl_str name;   /* a literal, or points into the text */
    pl_str source; /* PL_SETTING_SOURCE: host of it, without what stands before an @; else empty */
    size_t line;   /* from 1; 0: no file */
} pl_setting;

typedef void (*pl_setting_each)(void *arg, const pl_setting *s);

typedef void (*pl_setting_reader)(pl_str text, pl_setting_each each, void *arg);

/* ---- settings.c ---- */

void pl_settings_apt_list(pl_str text, pl_setting_each each, void *arg);    /* one-line style */
void pl_settings_apt_sources(pl_str text, pl_setting_each each, void *arg); /* deb822 style */
void pl_settings_apt_conf(pl_str text, pl_setting_each each, void *arg);
void pl_settings_yum(pl_str text, pl_setting_each each, void *arg);
void pl_settings_git(pl_str text, pl_setting_each each, void *arg);
void pl_settings_curl(pl_str text, pl_setting_each each, void *arg);
void pl_settings_wget(pl_str text, pl_setting_each each, void *arg);

/* ---- settings_language.c ---- */

void pl_settings_pip(pl_str text, pl_setting_each each, void *arg);
void pl_settings_requirements(pl_str text, pl_setting_each each, void *arg);
void pl_settings_npm(pl_str text, pl_setting_each each, void *arg);
void pl_settings_yarn(pl_str text, pl_setting_each each, void *arg);     /* version 1 */
void pl_settings_yarn_yml(pl_str text, pl_setting_each each, void *arg); /* later ones */
void pl_settings_gem(pl_str text, pl_setting_each each, void *arg);
void pl_settings_gemfile(pl_str text, pl_setting_each each, void *arg);
void pl_settings_bundle(pl_str text, pl_setting_each each, void *arg);
void pl_settings_go(pl_str text, pl_setting_each each, void *arg);
void pl_settings_composer(pl_str text, pl_setting_each each, void *arg);
void pl_settings_conda(pl_str text, pl_setting_each each, void *arg);
void pl_settings_maven(pl_str text, pl_setting_each each, void *arg);
void pl_settings_pacman(pl_str text, pl_setting_each each, void *arg);
void pl_settings_registries(pl_str text, pl_setting_each each, void *arg); /* containers */
void pl_settings_policy(pl_str text, pl_setting_each each, void *arg);     /* containers */

/* An environment variable, or NAME=value in a build step. */
void pl_settings_env(pl_str name, pl_str value, pl_setting_each each, void *arg);

/* ---- settings_toml.c ---- */

void pl_settings_uv(pl_str text, pl_setting_each each, void *arg);
void pl_settings_pyproject(pl_str text, pl_setting_each each, void *arg); /* uv, Poetry, PDM */
void pl_settings_pipfile(pl_str text, pl_setting_each each, void *arg);
void pl_settings_bun(pl_str text, pl_setting_each each, void *arg);
void pl_settings_cargo(pl_str text, pl_setting_each each, void *arg);

/* ---- settings_step.c ---- */

/* The command of a RUN step (image/history.h). */
void pl_settings_step(pl_str command, pl_setting_each each, void *arg);
