/* Values of a measurement. Each member is one condition. */
#include "corim.h"
#include "corim_read.h"
#include "document.h"

static enum ratls_err add(struct rt_corim_reader *c, struct rt_refval v)
{
    v.condition = c->condition;
    v.group = c->group;
    enum ratls_err e = rt_refval_add(&c->values, &v);
    return e == RATLS_E_LIMIT ? rt_corim_malformed(c, "too many values") : e;
}

static enum ratls_err add_hex(struct rt_corim_reader *c, enum rt_refval_part part, int reg,
                              struct ratls_bytes bytes)
{
    enum ratls_err e = rt_corim_check(c, bytes.len > 0, "an empty value");

    return e ? e
             : add(c, (struct rt_refval){
                          .part = part, .reg = reg, .form = RT_REFVAL_HEX, .bytes = bytes});
}

static enum ratls_err add_number(struct rt_corim_reader *c, enum rt_refval_part part,
                                 enum rt_refval_form form, int64_t number)
{
    return add(c, (struct rt_refval){.part = part, .reg = -1, .form = form, .number = number});
}

/* Plain or with tag 552: that very number. */
static enum ratls_err read_svn(struct rt_corim_reader *c)
{
    const struct rt_cbor_item item = rt_strict_item(&c->r);
    enum rt_refval_part part = RT_REFVAL_CLAIMS;
    uint64_t value = item.value;
    bool good = item.major == RT_CBOR_UINT;

    if (item.major == RT_CBOR_TAG && (value == RT_TAG_SVN || value == RT_TAG_MIN_SVN)) {
        part = value == RT_TAG_MIN_SVN ? RT_REFVAL_MINIMUM : RT_REFVAL_CLAIMS;
        value = rt_strict_head(&c->r, RT_CBOR_UINT);
        good = true;
    }
    c->condition++;
    enum ratls_err e = rt_corim_check(c, good && value <= (uint64_t)RT_MAX_DOCUMENT_INT, "no svn");
    return e ? e : add_number(c, part, RT_REFVAL_INT, (int64_t)value);
}

/* One digest and its algorithm; `algs` are those before it. */
static enum ratls_err read_digest(struct rt_corim_reader *c, int reg, unsigned *algs)
{
    const uint64_t n = rt_strict_head(&c->r, RT_CBOR_ARRAY);
    const uint64_t alg = rt_strict_head(&c->r, RT_CBOR_UINT);
    const struct ratls_bytes digest = rt_strict_string(&c->r, RT_CBOR_BSTR);
    enum ratls_err e;

    if ((e = rt_corim_check(c, n == 2, "a digest is two items")) != RATLS_OK ||
        (e = rt_corim_check(c, alg != 0 && rt_corim_alg(digest.len) == alg,
                            "a digest of an unknown algorithm or of another length")) != RATLS_OK ||
        (e = rt_corim_check(c, !(*algs & 1U << alg), "two digests of one algorithm")) != RATLS_OK)
        return e;
    *algs |= 1U << alg;
    return add_hex(c, RT_REFVAL_CLAIMS, reg, digest);
}

/* The same thing under several algorithms: evidence has one of them. */
static enum ratls_err read_digests_of(struct rt_corim_reader *c, int reg)
{
    const uint64_t n = rt_strict_head(&c->r, RT_CBOR_ARRAY);
    enum ratls_err e = rt_corim_check(c, n > 0, "no digests");
    unsigned algs = 0;

    c->condition++;
    for (uint64_t i = 0; i < n && e == RATLS_OK; i++)
        e = read_digest(c, reg, &algs);
    return e;
}

static enum ratls_err read_digests(struct rt_corim_reader *c)
{
    return read_digests_of(c, -1);
}

static enum ratls_err read_raw(struct rt_corim_reader *c)
{
    const uint64_t tag = rt_strict_head(&c->r, RT_CBOR_TAG);
    const struct ratls_bytes bytes = rt_strict_string(&c->r, RT_CBOR_BSTR);
    enum ratls_err e = rt_corim_check(c, tag == RT_TAG_BYTES, "a raw value that is not bytes");

    c->condition++;
    return e ? e : add_hex(c, RT_REFVAL_CLAIMS, -1, bytes);
}

/* That no register appears twice is seen when the item is written: each is a condition. */
static enum ratls_err read_registers(struct rt_corim_reader *c)
{
    const uint64_t n = rt_strict_head(&c->r, RT_CBOR_MAP);
    enum ratls_err e = rt_corim_check(c, n > 0, "no registers");

    for (uint64_t i = 0; i < n && e == RATLS_OK; i++) {
        const uint64_t reg = rt_strict_head(&c->r, RT_CBOR_UINT);
        e = rt_corim_check(c, reg <= RT_MAX_REGISTER, "a register of a high number");
        if (e == RATLS_OK)
            e = read_digests_of(c, (int)reg);
    }
    return e;
}

static enum ratls_err read_int(struct rt_corim_reader *c)
{
    const int64_t number = rt_strict_int(&c->r);
    enum ratls_err e = rt_corim_check(c, true, "");

    c->condition++;
    return e ? e : add_number(c, RT_REFVAL_CLAIMS, RT_REFVAL_INT, number);
}

static bool has_nul(struct ratls_bytes text)
{
    return text.len > 0 && memchr(text.p, 0, text.len);
}

static enum ratls_err read_value(struct rt_corim_reader *c)
{
    const struct rt_cbor_item item = rt_strict_item(&c->r);
    const bool text = item.major == RT_CBOR_TSTR;
    enum ratls_err e =
        rt_corim_check(c, (text && !has_nul(item.bytes)) || item.major == RT_CBOR_SIMPLE,
                       "no text, true or false");

    c->condition++;
    if (e)
        return e;
    if (!text)
        return add_number(c, RT_REFVAL_CLAIMS, RT_REFVAL_BOOL, item.value == RT_CBOR_TRUE);
    return add(
        c, (struct rt_refval){
               .part = RT_REFVAL_CLAIMS, .reg = -1, .form = RT_REFVAL_TEXT, .bytes = item.bytes});
}

/* An empty list says something, too. */
static enum ratls_err read_list(struct rt_corim_reader *c, enum rt_refval_part part,
                                enum rt_refval_form form)
{
    const uint64_t n = rt_strict_head(&c->r, RT_CBOR_ARRAY);
    enum ratls_err e = rt_corim_check(c, true, "");

    c->condition++;
    if (e == RATLS_OK)
        e = add_number(c, part, RT_REFVAL_NOTHING, 0);
    for (uint64_t i = 0; i < n && e == RATLS_OK; i++) {
        const struct ratls_bytes v =
            rt_strict_string(&c->r, form == RT_REFVAL_HEX ? RT_CBOR_BSTR : RT_CBOR_TSTR);
        e = rt_corim_check(c, v.len > 0 && (form == RT_REFVAL_HEX || !has_nul(v)),
                           "a value that is empty or holds NUL");
        if (e == RATLS_OK)
            e = add(c, (struct rt_refval){.part = part, .reg = -1, .form = form, .bytes = v});
    }
    return e;
}

static enum ratls_err read_claim_list(struct rt_corim_reader *c)
{
    return read_list(c, RT_REFVAL_LISTS, RT_REFVAL_HEX);
}

static enum ratls_err read_tcb(struct rt_corim_reader *c)
{
    return read_list(c, RT_REFVAL_TCB_STATUS, RT_REFVAL_TEXT);
}

static enum ratls_err read_accepted(struct rt_corim_reader *c)
{
    return read_list(c, RT_REFVAL_ACCEPTED, RT_REFVAL_TEXT);
}

static enum ratls_err read_rejected(struct rt_corim_reader *c)
{
    return read_list(c, RT_REFVAL_REJECTED, RT_REFVAL_TEXT);
}

enum ratls_err rt_mval_read(struct rt_corim_reader *c)
{
    static const struct rt_corim_member members[] = {
        {RT_MVAL_SVN, false, read_svn},
        {RT_MVAL_DIGESTS, false, read_digests},
        {RT_MVAL_RAW, false, read_raw},
        {RT_MVAL_REGISTERS, false, read_registers},
        {RT_MVAL_INT, false, read_int},
        {RT_MVAL_X_VALUE, false, read_value},
        {RT_MVAL_X_LIST, false, read_claim_list},
        {RT_MVAL_X_TCB, false, read_tcb},
        {RT_MVAL_X_ACCEPTED, false, read_accepted},
        {RT_MVAL_X_REJECTED, false, read_rejected},
    };

    return rt_corim_map(c, "measurement values", members, RT_COUNT(members));
}
