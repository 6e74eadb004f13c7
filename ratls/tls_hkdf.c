/* HKDF of the key schedule (RFC 8446 s.7.1) by libcrypto: wolfSSL's own never asks the device, and
 * a handshake derives some 30 times on each side. What is not done here wolfCrypt does. */
#include <wolfssl/options.h>

#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/kdf.h>

#include "crypto.h"
#include "offload.h"
#include "tls_impl.h"

enum { PART_MAX = 255, INFO_MAX = 2 + 1 + PART_MAX + 1 + PART_MAX + 1 };

/* 0: not a hash of TLS 1.3. */
static unsigned bits_of(int digest)
{
    return digest == WC_SHA256 ? 256 : digest == WC_SHA384 ? 384 : 0;
}

static uint8_t *put(uint8_t *to, struct ratls_bytes b)
{
    if (b.len > 0)
        memcpy(to, b.p, b.len);
    return to + b.len;
}

/* HkdfLabel, and behind it the number of the only block that HKDF-Expand makes here. */
static struct ratls_bytes label_of(const struct rt_tls_label *l, size_t len, uint8_t info[INFO_MAX])
{
    uint8_t *at = info;

    *at++ = 0;
    *at++ = (uint8_t)len;
    *at++ = (uint8_t)(l->protocol.len + l->label.len);
    at = put(put(at, l->protocol), l->label);
    *at++ = (uint8_t)l->context.len;
    at = put(at, l->context);
    *at++ = 1;
    return ratls_bytes(info, (size_t)(at - info));
}

bool rt_tls_expand_label(int digest, struct ratls_bytes secret, const struct rt_tls_label *l,
                         uint8_t *out, size_t len)
{
    uint8_t info[INFO_MAX], block[RT_SHA384_LEN];
    const unsigned bits = bits_of(digest);

    if (len > bits / 8 || l->protocol.len > PART_MAX || l->label.len > PART_MAX - l->protocol.len ||
        l->context.len > PART_MAX ||
        rt_offload_hmac(bits, secret, label_of(l, len, info), block) != RT_OFFLOAD_DONE)
        return false;
    memcpy(out, block, len);
    rt_wipe(block, sizeof block);
    rt_wipe(info, sizeof info);
    return true;
}

#ifdef HAVE_PK_CALLBACKS

static int hkdf_extract(byte *prk, const byte *salt, word32 salt_len, byte *ikm, word32 ikm_len,
                        int digest, void *ctx)
{
    (void)ctx;
    /* no input stands for zeros, which wolfCrypt writes */
    if (ikm_len > 0 && rt_offload_hmac(bits_of(digest), ratls_bytes(salt, salt_len),
                                       ratls_bytes(ikm, ikm_len), prk) == RT_OFFLOAD_DONE)
        return 0;
    return wc_Tls13_HKDF_Extract(prk, salt, (int)salt_len, ikm, (int)ikm_len, digest);
}

static int hkdf_expand_label(byte *okm, word32 okm_len, const byte *prk, word32 prk_len,
                             const byte *protocol, word32 protocol_len, const byte *label,
                             word32 label_len, const byte *context, word32 context_len, int digest,
                             int side)
{
    const struct rt_tls_label l = {ratls_bytes(protocol, protocol_len),
                                   ratls_bytes(label, label_len),
                                   ratls_bytes(context, context_len)};

    (void)side;
    if (rt_tls_expand_label(digest, ratls_bytes(prk, prk_len), &l, okm, okm_len))
        return 0;
    return wc_Tls13_HKDF_Expand_Label(okm, okm_len, prk, prk_len, protocol, protocol_len, label,
                                      label_len, context, context_len, digest);
}

void rt_tls_use_hkdf(WOLFSSL_CTX *ctx)
{
    wolfSSL_CTX_SetHKDFExtractCb(ctx, hkdf_extract);
    wolfSSL_CTX_SetHKDFExpandLabelCb(ctx, hkdf_expand_label);
}

#else /* a wolfSSL that derives by itself alone */

void rt_tls_use_hkdf(WOLFSSL_CTX *ctx)
{
    (void)ctx;
}

#endif
