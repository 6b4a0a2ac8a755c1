/* SPDX-License-Identifier: Apache-2.0 */
#include "core/json_put.h"

void pl_jput_str(pl_jw *w, const char *key, pl_str s)
{
    pl_jw_key(w, key);
    if (s.n)
        pl_jw_str(w, s);
    else
        pl_jw_null(w);
}

void pl_jput_c(pl_jw *w, const char *key, const char *s)
{
    pl_jput_str(w, key, pl_str_c(s));
}

void pl_jput_some(pl_jw *w, const char *key, pl_str s)
{
    if (s.n)
        pl_jput_str(w, key, s);
}

void pl_jput_int(pl_jw *w, const char *key, int64_t v)
{
    pl_jw_key(w, key);
    pl_jw_int(w, v);
}

void pl_jput_bool(pl_jw *w, const char *key, bool v)
{
    pl_jw_key(w, key);
    pl_jw_bool(w, v);
}

void pl_jopen_object(pl_jw *w, const char *key)
{
    pl_jw_key(w, key);
    pl_jw_object(w);
}

void pl_jopen_array(pl_jw *w, const char *key)
{
    pl_jw_key(w, key);
    pl_jw_array(w);
}
