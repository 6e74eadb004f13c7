/* Any bytes as COSE_Sign1. What is read is, written again, the input; and nobody signs under keys
 * that are fixed here: not with the key's algorithm, and not with another. */
#include <stdlib.h>

#include "cbor.h"
#include "cose.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void must(bool fact)
{
    if (!fact)
        abort();
}

static void check_parts(const struct rt_cose_sign1 *m, struct ratls_bytes in)
{
    struct rt_writer w = {0};

    rt_cbor_put(&w, RT_CBOR_TAG, RT_COSE_TAG_SIGN1);
    rt_cbor_put(&w, RT_CBOR_ARRAY, 4);
    rt_cbor_put_bstr(&w, m->protected_header);
    rt_cbor_put(&w, RT_CBOR_MAP, 0);
    rt_cbor_put_bstr(&w, m->payload);
    rt_cbor_put_bstr(&w, m->signature);
    must(w.bad || ratls_bytes_equal(rt_written(&w), in));
    rt_writer_free(&w);
}

/* RFC 6979 A.2.5, and some modulus. */
static void check_signature(const struct rt_cose_sign1 *m)
{
    static const uint8_t point[64] =
        "\x60\xfe\xd4\xba\x25\x5a\x9d\x31\xc9\x61\xeb\x74\xc6\x35\x6d\x68\xc0\x49\xb8\x92\x3b\x61"
        "\xfa\x6c\xe6\x69\x62\x2e\x60\xf2\x9f\xb6\x79\x03\xfe\x10\x08\xb8\xbc\x99\xa4\x1a\xe9\xe9"
        "\x56\x28\xbc\x64\xf2\xf1\xb2\x0c\x2d\x7e\x9f\x51\x77\xa3\xc2\x94\xd4\x46\x22\x99";
    static const uint8_t modulus[256] = {0xc5, 0x93, 0x11, [255] = 0x4d}, exponent[] = {1, 0, 1};
    const struct rt_public_key rsa = {RT_KEY_RSA, 2048, {0}, {modulus, 256}, {exponent, 3}};
    struct rt_public_key p256;

    must(rt_public_key_of_point(RT_P256, ratls_bytes(point, 64), &p256, NULL) == RATLS_OK);
    for (unsigned i = 0; i < 2; i++) {
        struct ratls_error err = {0};
        enum ratls_err e = rt_cose_verify(m, i ? &rsa : &p256, &err);
        must(e == RATLS_E_EVIDENCE_ALGORITHM || e == RATLS_E_EVIDENCE_SIGNATURE ||
             e == RATLS_E_NO_MEMORY);
        must(err.code == e);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const struct ratls_bytes in = ratls_bytes(bytes, len);
    struct rt_cose_sign1 m;
    struct ratls_error err = {0};

    enum ratls_err e = rt_cose_read(in, &m, &err);
    if (e == RATLS_OK) {
        check_parts(&m, in);
        check_signature(&m);
    } else {
        must(e == RATLS_E_EVIDENCE_FORMAT && err.code == e && m.payload.len == 0);
    }
    return 0;
}
