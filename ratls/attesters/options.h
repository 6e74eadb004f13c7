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

/* Readers of one value: "" leaves *out as it is, anything unfit is RATLS_E_USAGE and names `key`.
 * Exactly `len` bytes of hex; "yes" or "no"; a decimal number up to `max`. */
RATLS_MUST_USE enum ratls_err rt_option_hex(const char *key, const char *text, uint8_t *out,
                                            size_t len, struct ratls_error *err);
RATLS_MUST_USE enum ratls_err rt_option_bool(const char *key, const char *text, bool *out,
                                             struct ratls_error *err);
RATLS_MUST_USE enum ratls_err rt_option_uint(const char *key, const char *text, uint32_t max,
                                             uint32_t *out, struct ratls_error *err);

#endif
