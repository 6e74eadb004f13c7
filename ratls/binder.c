/* Binder and proof signature, byte for byte as in PROTOCOL.md. */
#include "binder.h"

/* Strings with their NUL: the zero byte separates the prefix from what follows. */
static const char binder_prefix[] = "ratls/1 binder";
static const char proof_prefix[] = "ratls/1 session proof";

const char *rt_exporter_label(enum ratls_role role)
{
    static const char *const labels[] = {
        [RATLS_CLIENT] = "EXPERIMENTAL-ratls-1-client",
        [RATLS_SERVER] = "EXPERIMENTAL-ratls-1-server",
    };
    return (unsigned)role < RT_COUNT(labels) ? labels[role] : NULL;
}

enum ratls_err rt_binder(const struct ratls_proof_request *req,
                         const uint8_t own_spki_sha256[RT_SHA256_LEN],
                         uint8_t binder[RT_BINDER_LEN])
{
    struct rt_writer w = {0};
    enum ratls_err e = RATLS_E_NO_MEMORY;

    if (!rt_exporter_label(req->role) ||
        (req->level != RATLS_LEVEL_SESSION && req->level != RATLS_LEVEL_QUOTE))
        return RATLS_E_USAGE;
    rt_put(&w, binder_prefix, sizeof binder_prefix);
    rt_put_u8(&w, (uint8_t)req->role);
    rt_put_u8(&w, (uint8_t)req->level);
    rt_put(&w, req->exporter, sizeof req->exporter);
    rt_put(&w, own_spki_sha256, RT_SHA256_LEN);
    rt_put(&w, req->peer_spki_sha256, sizeof req->peer_spki_sha256);
    rt_put(&w, req->hello_sha256, sizeof req->hello_sha256);
    if (!w.bad)
        e = rt_hash(RT_SHA512, rt_written(&w), binder);
    rt_writer_free(&w);
    if (!e && rt_all_zero(binder + RT_BINDER_LEN / 2, RT_BINDER_LEN / 2))
        e = RATLS_E_NONCE;
    return e;
}

struct message {
    uint8_t bytes[sizeof proof_prefix + RT_BINDER_LEN];
};

static struct message message_of(const uint8_t binder[RT_BINDER_LEN])
{
    struct message m;

    memcpy(m.bytes, proof_prefix, sizeof proof_prefix);
    memcpy(m.bytes + sizeof proof_prefix, binder, RT_BINDER_LEN);
    return m;
}

enum ratls_err rt_proof_sign(const struct ratls_env *env, struct rt_key *ak,
                             const uint8_t binder[RT_BINDER_LEN],
                             uint8_t signature[RT_PROOF_SIG_LEN])
{
    struct message m = message_of(binder);

    return rt_sign_raw(env, ak, ratls_bytes(m.bytes, sizeof m.bytes), signature, RT_PROOF_SIG_LEN);
}

enum ratls_err rt_proof_verify(struct ratls_bytes ak_spki, const uint8_t binder[RT_BINDER_LEN],
                               struct ratls_bytes signature, struct ratls_error *err)
{
    struct message m = message_of(binder);
    struct rt_public_key ak;

    if (rt_public_key_parse(ak_spki, &ak, err) != RATLS_OK || ak.type != RT_KEY_P256)
        return ratls_fail(err, RATLS_E_PROOF_SIGNATURE, "the attestation key is not P-256");
    if (rt_verify_raw(RT_P256, ak.point, RT_SHA256, ratls_bytes(m.bytes, sizeof m.bytes),
                      signature) != RATLS_OK)
        return ratls_fail(err, RATLS_E_PROOF_SIGNATURE, "not a proof for this channel");
    return RATLS_OK;
}
