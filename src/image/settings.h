/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings that switch a check off, in the configuration files of package managers and download
 * programs: apt, dnf and yum, pip, npm, git, curl, wget. Text in, findings out; no tree.
 */
#pragma once

#include "core/str.h"

typedef enum pl_setting_class {
    PL_SETTING_UNSIGNED = 1, /* accepts packages that nobody signed */
    PL_SETTING_TLS = 2,      /* does not check certificates */
} pl_setting_class;

/* name is a literal or points into the text; line from 1. */
typedef void (*pl_setting_each)(void *arg, unsigned classes, pl_str name, size_t line);

typedef void (*pl_setting_reader)(pl_str text, pl_setting_each each, void *arg);

void pl_settings_apt_list(pl_str text, pl_setting_each each, void *arg);    /* one-line style */
void pl_settings_apt_sources(pl_str text, pl_setting_each each, void *arg); /* deb822 style */
void pl_settings_apt_conf(pl_str text, pl_setting_each each, void *arg);
void pl_settings_yum(pl_str text, pl_setting_each each, void *arg);
void pl_settings_pip(pl_str text, pl_setting_each each, void *arg);
void pl_settings_npm(pl_str text, pl_setting_each each, void *arg);
void pl_settings_git(pl_str text, pl_setting_each each, void *arg);
void pl_settings_curl(pl_str text, pl_setting_each each, void *arg);
void pl_settings_wget(pl_str text, pl_setting_each each, void *arg);

/* NAME and value of an environment variable: the classes it belongs to, or 0. */
unsigned pl_setting_env(pl_str name, pl_str value);
