/* composite_impl.h - how devices are put together, shared by composite.c and appraise_passport.c.
 */
#ifndef RT_COMPOSITE_IMPL_H
#define RT_COMPOSITE_IMPL_H

#include "composite.h"

/* Of this collection, empty where a passport tells of them; NULL: no memory. */
struct rt_devices *rt_devices_new(struct ratls_bytes collection);
/* One more, whose verdict (taken) comes of `e`. Refused where that is, or where it is there
 * already; the label, at most RT_MAX_CMW_LABEL characters, is named. At most RT_MAX_DEVICES. */
RATLS_MUST_USE enum ratls_err rt_devices_add(struct rt_devices *d, const char *label,
                                             struct ratls_verdict *v, enum ratls_err e,
                                             struct ratls_error *err);

#endif
