/* corim_support.h - CoRIM in hex, read from a block of its own size, and documents to compare. */
#ifndef CORIM_SUPPORT_H
#define CORIM_SUPPORT_H

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "cbor.h"
#include "ratls/bundle.h"
#include "refval.h"

#define MUST(call) cr_assert_eq((call), RATLS_OK, "%s: %s", #call, err.detail)
#define TEXT(s)    ratls_bytes_str(s)

#define HEX_8(d)  d d d d d d d d
#define H32       HEX_8(HEX_8("a"))     /* 32 bytes */
#define H48       H32 HEX_8("bbbb")     /* 48 */
#define H64       H32 HEX_8(HEX_8("c")) /* 64 */
#define DOC(more) "{\"format\":\"ratls-trust/1\"," more "}"
#define ITEM_OF(tee, more, body)                                                                   \
    "{\"kind\":\"refval\",\"tee\":\"" tee                                                          \
    "\",\"name\":\"web\",\"version\":3,\"state\":\"active\"," more "\"body\":{" body "}}"
#define ONE(body) DOC("\"items\":[" ITEM_OF("snp", "", body) "]")

static struct ratls_error err;

/* From a block of its own size; *out is new. */
static inline enum ratls_err from_cbor(struct ratls_bytes cbor, struct ratls_buffer *out)
{
    uint8_t *copy = malloc(cbor.len + !cbor.len);

    cr_assert(copy);
    if (cbor.len)
        memcpy(copy, cbor.p, cbor.len);
    err = (struct ratls_error){0};
    enum ratls_err e = ratls_corim_read(ratls_bytes(copy, cbor.len), out, &err);
    cr_expect_eq(err.code, e);
    cr_expect_eq(e == RATLS_OK, out->p != NULL);
    free(copy);
    return e;
}

static inline struct ratls_buffer to_cbor(const char *json)
{
    struct ratls_buffer cbor = {0};

    err = (struct ratls_error){0};
    MUST(ratls_corim_write(TEXT(json), &cbor, &err));
    return cbor;
}

static inline void expect_same(struct ratls_bytes got, const char *due)
{
    cJSON *a = cJSON_ParseWithLength((const char *)got.p, got.len), *b = cJSON_Parse(due);

    cr_assert(a && b, "%.*s", (int)got.len, (const char *)got.p);
    cr_expect(cJSON_Compare(a, b, true), "%.*s\nnot\n%s", (int)got.len, (const char *)got.p, due);
    cJSON_Delete(a);
    cJSON_Delete(b);
}

/* Hex with spaces, into `out`. */
static inline struct ratls_bytes of_hex(const char *hex)
{
    static char digits[4096];
    static uint8_t bytes[2048];
    size_t n = 0, len = sizeof bytes;

    for (; *hex; hex++)
        if (!isspace((unsigned char)*hex))
            digits[n++] = *hex;
    cr_assert(n < sizeof digits && rt_unhex(digits, n, bytes, &len), "%.*s", (int)n, digits);
    return ratls_bytes(bytes, len);
}

#define SNP      "a1 00 a2 01 63 414d44 02 67 5345562d534e50 " /* AMD, SEV-SNP */
#define MEASURED "00 6b 6d6561737572656d656e74 "               /* 0: "measurement" */
#define IDENTITY "01 a2 00 63 776562 01 03 "                   /* "web", 3 */
#define PROFILE  "03 d820 781e 7461673a7261746c732e696e76616c69642c323032363a636f72696d2f31 "

/* A CoRIM around a CoMID; `more` are further members of the corim-map. New. */
static inline struct ratls_buffer corim_of(const char *comid, const char *more, size_t n_more)
{
    struct rt_writer w = {0};
    struct ratls_buffer out = {0};

    rt_cbor_put(&w, RT_CBOR_TAG, 501);
    rt_cbor_put(&w, RT_CBOR_MAP, 2 + n_more);
    rt_put_bytes(&w, of_hex("00 61 78 01 81 d901fa"));
    rt_cbor_put_bstr(&w, of_hex(comid));
    rt_put_bytes(&w, of_hex(more));
    MUST(rt_writer_take(&w, &out));
    return out;
}

#define COMID(triples)   "a2 " IDENTITY "04 a1 00 " triples
#define TRIPLE(n, m)     "82 " SNP n " " m
#define MKEY_X           "00 61 78 "
#define MEAS(mkey, mval) "a2 " mkey "01 " mval
#define RAW(byte)        "a1 04 d90230 41 " byte " "
#define D32              "82 01 5820 " H32 " "
#define D48              "82 07 5830 " H48 " "
#define GOOD             COMID("81 " TRIPLE("81", MEAS(MKEY_X, RAW("00"))))

static inline void expect_read(struct ratls_bytes cbor, const char *name, const char *detail)
{
    struct ratls_buffer json = {0};

    cr_expect_eq(from_cbor(cbor, &json), RATLS_E_BUNDLE_FORMAT, "%s", name);
    cr_expect(strstr(err.detail, detail), "%s: '%s', not '%s'", name, err.detail, detail);
    ratls_buffer_free(&json);
}

#endif
