/* Any bytes as what a peer puts into its certificate or PROOF frame. The first byte chooses the
 * reader; what a reader accepts must lie inside the input and within the limits. */
#include <stdlib.h>

#include "evidence_ext.h"
#include "oid.h"
#include "ratls/jwt.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void inside(struct ratls_bytes part, struct ratls_bytes whole, size_t max)
{
    if (part.len > max || (part.len && (part.p < whole.p || part.len > whole.len ||
                                        (size_t)(part.p - whole.p) > whole.len - part.len)))
        abort();
}

static void read_claims(struct ratls_bytes in)
{
    struct rt_cert_claims c;
    struct ratls_error err = {0};

    if (rt_cert_claims_read(in, &c, &err) != RATLS_OK)
        return;
    inside(c.pubkey_hash, in, RT_SHA512_LEN);
    inside(c.nonce, in, RT_MAX_CLAIMS_CBOR);
    inside(c.ak_spki, in, RT_MAX_CLAIMS_CBOR);
    if (c.pubkey_hash.len != rt_hash_len(c.hash) || c.iat < 0 || c.n_other >= RT_MAX_CBOR_ITEMS)
        abort();
}

static void read_passport(const struct rt_cert_evidence *ev)
{
    struct ratls_buffer token = {0};

    if (ev->evidence.len || ev->claims.len || ev->media_type.len)
        abort();
    if (rt_passport_token(ev, &token, NULL) == RATLS_OK &&
        (token.len == 0 || token.len > RATLS_TOKEN_MAX))
        abort();
    ratls_buffer_free(&token);
}

static void read_ext(struct ratls_bytes oid, struct ratls_bytes in)
{
    static struct rt_x509 cert;
    struct rt_cert_evidence ev;
    struct ratls_error err = {0};

    cert.n_ext = 1;
    cert.ext[0] = (struct rt_ext){.oid = oid, .value = in};
    if (rt_cert_evidence(&cert, &ev, &err) != RATLS_OK)
        return;
    inside(ev.evidence, in, RT_MAX_EVIDENCE);
    inside(ev.claims, in, RT_MAX_CLAIMS_CBOR);
    inside(ev.media_type, in, 127);
    inside(ev.passport, in, rt_base64url_len(RATLS_TOKEN_MAX));
    if ((ev.envelope == RT_ENVELOPE_PASSPORT) != (ev.passport.len > 0))
        abort();
    if (ev.envelope == RT_ENVELOPE_PASSPORT) {
        read_passport(&ev);
        return;
    }
    if (ev.evidence.len == 0 || (ev.envelope == RT_ENVELOPE_CMW) != (ev.media_type.len > 0))
        abort();
    read_claims(ev.claims);
}

static void read_ccc(struct ratls_bytes in)
{
    read_ext(RT_OID(TAGGED_EVIDENCE), in);
}

static void read_cmw_ext(struct ratls_bytes in)
{
    read_ext(RT_OID(PE_CMW), in);
}

static void read_cmw(struct ratls_bytes in)
{
    struct ratls_bytes type, evidence;
    struct ratls_error err = {0};

    if (rt_cmw_read(in, &type, &evidence, &err) != RATLS_OK)
        return;
    inside(type, in, 127);
    inside(evidence, in, RT_MAX_EVIDENCE);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static void (*const readers[])(struct ratls_bytes in) = {read_ccc, read_cmw_ext, read_claims,
                                                             read_cmw};
    struct rt_reader r = rt_reader(ratls_bytes(bytes, len));
    uint8_t choice = rt_u8(&r);

    if (!r.bad)
        readers[choice % RT_COUNT(readers)](rt_rest(&r));
    return 0;
}
