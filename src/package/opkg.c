/* SPDX-License-Identifier: Apache-2.0 */
#include "package/opkg.h"

#include "package/dpkg.h"

struct pass {
    pl_package_each each;
    void *arg;
};

static pl_rc pass_on(const pl_package *p, void *arg, pl_err *err)
{
    const struct pass *to = arg;
    pl_package own = *p;

    own.type = PL_S("opkg");
    return to->each(&own, to->arg, err);
}

pl_rc pl_opkg_parse(pl_str text, pl_package_each each, void *arg, pl_package_damage *ret_damage,
                    pl_err *err)
{
    struct pass to = {each, arg};

    return pl_dpkg_parse(text, true, pass_on, &to, ret_damage, err);
}
