#include "options.h"

#include <stdlib.h>

static const struct rt_option *look_up(const struct rt_option *table, size_t n, const char *key,
                                       size_t key_len)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(table[i].key) == key_len && memcmp(table[i].key, key, key_len) == 0)
            return &table[i];
    return NULL;
}

/* One "key=value" of `len` bytes. */
static enum ratls_err read_one(const char *pair, size_t len, const struct rt_option *table,
                               size_t n, struct ratls_error *err)
{
    const char *equals = memchr(pair, '=', len);
    size_t key_len = equals ? (size_t)(equals - pair) : len;
    const struct rt_option *o = look_up(table, n, pair, key_len);

    if (!o)
        return ratls_fail(err, RATLS_E_USAGE, "unknown option \"%.*s\"", (int)key_len, pair);
    size_t value_len = equals ? len - key_len - 1 : 0;
    if (value_len == 0)
        return ratls_fail(err, RATLS_E_USAGE, "option \"%s\" has no value", o->key);
    if (o->value[0])
        return ratls_fail(err, RATLS_E_USAGE, "option \"%s\" is given twice", o->key);
    if (value_len >= o->cap)
        return ratls_fail(err, RATLS_E_USAGE, "the value of option \"%s\" is too long", o->key);
    memcpy(o->value, equals + 1, value_len);
    o->value[value_len] = 0;
    return RATLS_OK;
}

enum ratls_err rt_options_read(const char *options, const struct rt_option *table, size_t n,
                               struct ratls_error *err)
{
    enum ratls_err e = RATLS_OK;

    for (size_t i = 0; i < n; i++)
        table[i].value[0] = 0;
    for (const char *at = options; at && *at && e == RATLS_OK;) {
        size_t len = strcspn(at, ",");
        e = read_one(at, len, table, n, err);
        at += len;
        if (*at == ',' && at[1] == 0)
            e = ratls_fail(err, RATLS_E_USAGE, "the options end with a comma");
        else if (*at == ',')
            at++;
    }
    return e;
}

enum ratls_err rt_option_hex(const char *key, const char *text, uint8_t *out, size_t len,
                             struct ratls_error *err)
{
    size_t n = len;

    if (!text[0])
        return RATLS_OK;
    if (strlen(text) != 2 * len || !rt_unhex(text, 2 * len, out, &n))
        return ratls_fail(err, RATLS_E_USAGE, "%s is not %zu bytes of hex", key, len);
    return RATLS_OK;
}

enum ratls_err rt_option_bool(const char *key, const char *text, bool *out, struct ratls_error *err)
{
    if (!text[0])
        return RATLS_OK;
    *out = strcmp(text, "yes") == 0;
    if (!*out && strcmp(text, "no") != 0)
        return ratls_fail(err, RATLS_E_USAGE, "%s is neither yes nor no", key);
    return RATLS_OK;
}

enum ratls_err rt_option_uint(const char *key, const char *text, uint32_t max, uint32_t *out,
                              struct ratls_error *err)
{
    size_t len = strlen(text);
    unsigned long value = strtoul(text, NULL, 10); /* ULONG_MAX when it does not fit */

    if (len == 0)
        return RATLS_OK;
    if (strspn(text, "0123456789") != len || value > max)
        return ratls_fail(err, RATLS_E_USAGE, "%s is not a number up to %u", key, (unsigned)max);
    *out = (uint32_t)value;
    return RATLS_OK;
}
