#include "pkcs11_uri.h"

#include <stddef.h>

enum kind { TEXT, PATH, SLOT, TYPE, REFUSED };

static const struct attribute {
    const char *name;
    bool query; /* behind the '?' */
    enum kind kind;
    size_t offset; /* in struct rt_p11_uri */
} attributes[] = {
    {"token", false, TEXT, offsetof(struct rt_p11_uri, token)},
    {"manufacturer", false, TEXT, offsetof(struct rt_p11_uri, manufacturer)},
    {"serial", false, TEXT, offsetof(struct rt_p11_uri, serial)},
    {"model", false, TEXT, offsetof(struct rt_p11_uri, model)},
    {"object", false, TEXT, offsetof(struct rt_p11_uri, object)},
    {"id", false, TEXT, offsetof(struct rt_p11_uri, id)},
    {"slot-id", false, SLOT, 0},
    {"type", false, TYPE, 0},
    {"module-path", true, PATH, offsetof(struct rt_p11_uri, module)},
    {"pin-source", true, PATH, offsetof(struct rt_p11_uri, pin_file)},
    {"pin-value", true, REFUSED, 0},
};

static enum ratls_err refuse(struct ratls_error *err, const char *why)
{
    return ratls_fail(err, RATLS_E_USAGE, "the URL of PKCS#11: %s", why);
}

/* One byte, as it is or as %HH. */
static bool take_byte(struct rt_reader *r, uint8_t *out)
{
    size_t len = 1;

    *out = rt_u8(r);
    if (*out != '%')
        return *out > 0x20 && *out < 0x7f;
    struct ratls_bytes hex = rt_take_bytes(r, 2);
    return !r->bad && rt_unhex((const char *)hex.p, 2, out, &len);
}

static bool decode(struct ratls_bytes text, uint8_t *out, size_t *len)
{
    struct rt_reader r = rt_reader(text);
    size_t n = 0;

    while (r.left && n < *len && take_byte(&r, &out[n]))
        n++;
    *len = n;
    return rt_at_end(&r) && n > 0;
}

/* ---- values ---- */

static enum ratls_err take_text(struct rt_p11_text *out, struct ratls_bytes value,
                                struct ratls_error *err)
{
    if (out->given)
        return refuse(err, "an attribute is given twice");
    out->given = true;
    out->len = sizeof out->p;
    return decode(value, out->p, &out->len) ? RATLS_OK : refuse(err, "a malformed value");
}

static enum ratls_err take_path(char out[RT_P11_PATH_MAX], struct ratls_bytes value,
                                struct ratls_error *err)
{
    size_t len = RT_P11_PATH_MAX - 1;

    if (*out)
        return refuse(err, "an attribute is given twice");
    if (rt_starts_with(value, "file:"))
        value = ratls_bytes(value.p + strlen("file:"), value.len - strlen("file:"));
    if (!decode(value, (uint8_t *)out, &len) || *out != '/' || memchr(out, 0, len))
        return refuse(err, "a path is not absolute, or malformed");
    out[len] = 0;
    return RATLS_OK;
}

static enum ratls_err take_slot(struct rt_p11_uri *out, struct ratls_bytes value,
                                struct ratls_error *err)
{
    if (out->has_slot)
        return refuse(err, "an attribute is given twice");
    out->has_slot = true;
    for (size_t i = 0; i < value.len; i++) {
        if (value.p[i] < '0' || value.p[i] > '9')
            return refuse(err, "'slot-id' is no number");
        out->slot = out->slot * 10 + (unsigned long)(value.p[i] - '0');
    }
    return value.len > 0 && value.len <= 18 ? RATLS_OK : refuse(err, "'slot-id' is no number");
}

static enum ratls_err take_value(struct rt_p11_uri *out, const struct attribute *a,
                                 struct ratls_bytes value, struct ratls_error *err)
{
    char *member = (char *)out + a->offset;

    switch (a->kind) {
    case TEXT:
        return take_text((struct rt_p11_text *)(void *)member, value, err);
    case PATH:
        return take_path(member, value, err);
    case SLOT:
        return take_slot(out, value, err);
    case TYPE:
        return ratls_bytes_equal(value, ratls_bytes_str("secret-key"))
                   ? RATLS_OK
                   : refuse(err, "'type' is not secret-key");
    case REFUSED:
        return refuse(err, "a PIN in it is seen by everybody: pin-source=FILE");
    }
    return RATLS_E_INTERNAL;
}

/* ---- attributes ---- */

static enum ratls_err take_attribute(struct rt_p11_uri *out, bool query, struct ratls_bytes text,
                                     struct ratls_error *err)
{
    const uint8_t *equals = text.len ? memchr(text.p, '=', text.len) : NULL;
    struct rt_reader r = rt_reader(text);

    if (!equals)
        return refuse(err, "an attribute without value");
    const struct ratls_bytes name = rt_take_bytes(&r, (size_t)(equals - text.p));
    rt_skip(&r, 1);
    for (size_t i = 0; i < RT_COUNT(attributes); i++)
        if (attributes[i].query == query &&
            ratls_bytes_equal(name, ratls_bytes_str(attributes[i].name)))
            return take_value(out, &attributes[i], rt_rest(&r), err);
    return refuse(err, "an unknown attribute");
}

static enum ratls_err take_list(struct rt_p11_uri *out, bool query, struct ratls_bytes text,
                                struct ratls_error *err)
{
    struct rt_reader r = rt_reader(text);
    enum ratls_err e = RATLS_OK;

    while (!e && r.left) {
        const uint8_t *end = memchr(r.p, query ? '&' : ';', r.left);
        const struct ratls_bytes one = rt_take_bytes(&r, end ? (size_t)(end - r.p) : r.left);
        if (end)
            rt_skip(&r, 1);
        e = take_attribute(out, query, one, err);
    }
    return e;
}

enum ratls_err rt_p11_uri_parse(const char *text, struct rt_p11_uri *out, struct ratls_error *err)
{
    const struct ratls_bytes all = ratls_bytes(text, strnlen(text, 4 * RT_P11_PATH_MAX));
    const uint8_t *mark = all.len ? memchr(all.p, '?', all.len) : NULL;
    struct rt_reader r = rt_reader(all);

    *out = (struct rt_p11_uri){0};
    const struct ratls_bytes path = rt_take_bytes(&r, mark ? (size_t)(mark - all.p) : all.len);
    if (mark)
        rt_skip(&r, 1);
    enum ratls_err e = take_list(out, false, path, err);
    if (!e)
        e = take_list(out, true, rt_rest(&r), err);
    if (!e && !out->object.given && !out->id.given)
        e = refuse(err, "neither object nor id names the key");
    if (!e && !*out->module)
        e = refuse(err, "module-path names no module");
    return e;
}

bool rt_p11_fits(const struct rt_p11_text *wanted, const uint8_t *field, size_t len)
{
    if (!wanted->given)
        return true;
    while (len > 0 && (field[len - 1] == ' ' || field[len - 1] == 0))
        len--;
    return ratls_bytes_equal(ratls_bytes(wanted->p, wanted->len), ratls_bytes(field, len));
}
