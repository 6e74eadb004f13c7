/* options.h - "key=value,key=value" of an attester, split into the places its table names. */
#ifndef RT_OPTIONS_H
#define RT_OPTIONS_H

#include "base.h"

#define RT_OPTION_MAX 1024 /* longest value, with NUL */

struct rt_option {
    const char *key;
    char *value; /* filled with the text, NUL-terminated; "" when the key is absent */
    size_t cap;  /* of value */
};

/* Every key at most once, no unknown key, no empty value; a comma cannot be part of a value.
 * RATLS_E_USAGE names what is wrong. `options` may be NULL. */
RATLS_MUST_USE enum ratls_err rt_options_read(const char *options, const struct rt_option *table,
                                              size_t n, struct ratls_error *err);

#endif
