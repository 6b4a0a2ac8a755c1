/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* style.css, compiled in. */
extern const char pl_report_style_css[];
