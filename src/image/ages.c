/* SPDX-License-Identifier: Apache-2.0 */
#include "image/ages.h"

#include "model/eol.h"

static void set_days(pl_record *image, int field, int32_t day, int64_t now_us)
{
    if (day == PL_EOL_NO_DATE)
        pl_set_absent(image, field);
    else
        pl_set_int(image, field, pl_eol_days_left(day, now_us));
}

static pl_str text_of(const pl_record *r, int field)
{
    const pl_value *v = pl_get(r, field);
    return v->state == PL_PRESENT ? v->u.s : (pl_str){"", 0};
}

static void set_support(pl_record *image, int64_t now_us)
{
    const pl_eol *e =
        pl_eol_os(text_of(image, PL_F_IMAGE_OS_ID), text_of(image, PL_F_IMAGE_OS_VERSION));

    if (!e || e->state == PL_EOL_UNKNOWN)
        return;
    set_days(image, PL_F_IMAGE_OS_SUPPORT_DAYS, e->security_day, now_us);
    set_days(image, PL_F_IMAGE_OS_EXTENDED_DAYS, e->extended_day, now_us);
}

void pl_image_set_ages(pl_record *image, int64_t now_us)
{
    enum { DAY_S = 24 * 60 * 60 };
    const pl_value *created = pl_get(image, PL_F_IMAGE_CREATED);

    if (created->state == PL_PRESENT)
        pl_set_int(image, PL_F_IMAGE_AGE_DAYS, (now_us - created->u.i) / 1000000 / DAY_S);
    if (pl_get(image, PL_F_IMAGE_OS_SUPPORT)->state == PL_PRESENT)
        set_support(image, now_us);
    pl_set_int(image, PL_F_IMAGE_SCANNED_AT, now_us);
    pl_set_int(image, PL_F_IMAGE_SCAN_AGE_DAYS, 0);
}
