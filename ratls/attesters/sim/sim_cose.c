#include "sim_cose.h"
#include "cbor.h"

#define TAG_SIGN1 18 /* RFC 9052 s.2 */
#define LABEL_ALG 1  /* RFC 9052 s.3.1 */

/* IANA "COSE Algorithms" */
enum { ES256 = -7, ES384 = -35, ES512 = -36, PS256 = -37, PS384 = -38, PS512 = -39 };

int64_t rt_sim_cose_alg(const struct rt_sim_signer *by)
{
    if (by->rsa)
        return PS256;
    switch (rt_key_curve(by->ec)) {
    case RT_P256:
        return ES256;
    case RT_P384:
        return ES384;
    case RT_P521:
        return ES512;
    }
    return 0; /* reserved */
}

static void put_int(struct rt_writer *w, int64_t v)
{
    if (v < 0)
        rt_cbor_put(w, RT_CBOR_NINT, (uint64_t)(-1 - v));
    else
        rt_cbor_put(w, RT_CBOR_UINT, (uint64_t)v);
}

static enum ratls_err make_header(int64_t alg, struct ratls_buffer *out)
{
    struct rt_writer w = {0};

    rt_cbor_put(&w, RT_CBOR_MAP, 1);
    put_int(&w, LABEL_ALG);
    put_int(&w, alg);
    return rt_writer_take(&w, out);
}

/* Sig_structure, RFC 9052 s.4.4 */
static enum ratls_err make_signed(struct ratls_bytes header, struct ratls_bytes payload,
                                  struct ratls_buffer *out)
{
    struct rt_writer w = {0};

    rt_cbor_put(&w, RT_CBOR_ARRAY, 4);
    rt_cbor_put_tstr(&w, "Signature1");
    rt_cbor_put_bstr(&w, header);
    rt_cbor_put_bstr(&w, ratls_bytes("", 0));
    rt_cbor_put_bstr(&w, payload);
    return rt_writer_take(&w, out);
}

static enum ratls_err sign_ec(const struct ratls_env *env, struct rt_key *key,
                              struct ratls_bytes msg, struct ratls_buffer *sig)
{
    const struct ratls_bytes place = rt_key_point(key); /* as long as r || s */
    enum ratls_err e = rt_dup(place, sig);

    return e ? e : rt_sign_raw(env, key, msg, sig->p, sig->len);
}

static enum rt_hash hash_of(int64_t alg)
{
    return alg == PS384 ? RT_SHA384 : alg == PS512 ? RT_SHA512 : RT_SHA256;
}

/* *sig is new, also after an error. */
static enum ratls_err sign(const struct ratls_env *env, const struct rt_sim_signer *by, int64_t alg,
                           struct ratls_bytes msg, struct ratls_buffer *sig)
{
    return by->rsa ? rt_rsa_sign_pss(env, by->rsa, hash_of(alg), msg, sig)
                   : sign_ec(env, by->ec, msg, sig);
}

static enum ratls_err make_message(struct ratls_bytes header, struct ratls_bytes payload,
                                   struct ratls_bytes sig, struct ratls_buffer *out)
{
    struct rt_writer w = {0};

    rt_cbor_put(&w, RT_CBOR_TAG, TAG_SIGN1);
    rt_cbor_put(&w, RT_CBOR_ARRAY, 4);
    rt_cbor_put_bstr(&w, header);
    rt_cbor_put(&w, RT_CBOR_MAP, 0);
    rt_cbor_put_bstr(&w, payload);
    rt_cbor_put_bstr(&w, sig);
    return rt_writer_take(&w, out);
}

enum ratls_err rt_sim_cose_sign1(const struct ratls_env *env, const struct rt_sim_signer *by,
                                 int64_t alg, struct ratls_bytes payload, struct ratls_buffer *out)
{
    struct ratls_buffer header = {0}, msg = {0}, sig = {0};
    enum ratls_err e = make_header(alg, &header);

    *out = (struct ratls_buffer){0};
    if (e == RATLS_OK)
        e = make_signed(rt_bytes_of(&header), payload, &msg);
    if (e == RATLS_OK)
        e = sign(env, by, alg, rt_bytes_of(&msg), &sig);
    if (e == RATLS_OK)
        e = make_message(rt_bytes_of(&header), payload, rt_bytes_of(&sig), out);
    ratls_buffer_free(&header);
    ratls_buffer_free(&msg);
    ratls_buffer_free(&sig);
    return e;
}
