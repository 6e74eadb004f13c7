/* One WOLFSSL_CTX: pinned, without CA, without memory of earlier sessions. The order of the
 * settings matters: tickets go off before the first handshake. */
#include <wolfssl/options.h>

#include <wolfssl/ssl.h>

#include "tls_impl.h"

#include <stdlib.h>

#include "crypto.h"
#include "der.h"
#include "offload.h"

#define ALPN_WIRE "\x07" RATLS_ALPN

/* RFC 8446 names for the suites that are allowed; wolfSSL's own beside them. */
const struct rt_tls_suite rt_tls_suites[] = {
    {"TLS13-AES128-GCM-SHA256", "TLS_AES_128_GCM_SHA256"},
    {"TLS13-AES256-GCM-SHA384", "TLS_AES_256_GCM_SHA384"},
    {"TLS13-CHACHA20-POLY1305-SHA256", "TLS_CHACHA20_POLY1305_SHA256"},
    {NULL, NULL},
};

#define SUITES "TLS13-AES128-GCM-SHA256:TLS13-AES256-GCM-SHA384:TLS13-CHACHA20-POLY1305-SHA256"
/* RSA for peers of other projects; the leaf's key is checked again by appraisal. */
#define SIGNATURES "ECDSA+SHA256:ECDSA+SHA384:RSA-PSS+SHA256:RSA-PSS+SHA384:RSA-PSS+SHA512"

/* Of a server, by its preference. */
enum { GROUPS = 3 };
static const int server_groups[GROUPS] = {WOLFSSL_ECC_SECP256R1, WOLFSSL_ECC_X25519,
                                          WOLFSSL_ECC_SECP384R1};

/* ---- callbacks: they look, copy, and judge nothing ---- */

/* No ticket of ours is ever issued; one that a peer presents leads to a full handshake. */
static int refuse_ticket(WOLFSSL *ssl, unsigned char name[WOLFSSL_TICKET_NAME_SZ],
                         unsigned char iv[WOLFSSL_TICKET_IV_SZ],
                         unsigned char mac[WOLFSSL_TICKET_MAC_SZ], int encrypt,
                         unsigned char *ticket, int len, int *out_len, void *arg)
{
    (void)ssl, (void)name, (void)iv, (void)mac, (void)encrypt;
    (void)ticket, (void)len, (void)out_len, (void)arg;
    return WOLFSSL_TICKET_RET_REJECT;
}

static bool offers_frames(const unsigned char *in, unsigned in_len, struct ratls_bytes *found)
{
    struct rt_reader r = rt_reader(ratls_bytes(in, in_len));

    while (r.left && !r.bad) {
        *found = rt_take_bytes(&r, rt_u8(&r));
        if (!r.bad && ratls_bytes_equal(*found, ratls_bytes_str(RATLS_ALPN)))
            return true;
    }
    return false;
}

/* arg not NULL: nothing is taken, and the connection tells an attested client by what it offered.
 */
static int choose_alpn(WOLFSSL *ssl, const unsigned char **out, unsigned char *out_len,
                       const unsigned char *in, unsigned in_len, void *arg)
{
    struct ratls_bytes name;

    if (!offers_frames(in, in_len, &name))
        return SSL_TLSEXT_ERR_NOACK;
    if (arg)
        return wolfSSL_set_ex_data(ssl, rt_tls_slot(), arg) == WOLFSSL_SUCCESS
                   ? SSL_TLSEXT_ERR_NOACK
                   : SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = name.p;
    *out_len = (unsigned char)name.len;
    return SSL_TLSEXT_ERR_OK;
}

/* Client: runs only when the server asks for a certificate, so the binder knows what was sent. */
static int note_request(WOLFSSL *ssl, void *arg)
{
    (void)arg;
    return wolfSSL_set_ex_data(ssl, rt_tls_slot(), (void *)(uintptr_t)1) == WOLFSSL_SUCCESS;
}

/* wolfSSL's own opinion (preverify, error) says nothing for self-signed peers. */
static int copy_peer(int preverify, WOLFSSL_X509_STORE_CTX *store)
{
    struct rt_tls *t = (struct rt_tls *)store->userCtx;

    (void)preverify;
    return t ? rt_tls_keep_peer(t, store) : 1;
}

/* ---- settings ---- */

bool ratls_offload(bool on)
{
    rt_offload_switch(on);
    if (on)
        rt_offload_warm();
    return rt_offload_is_on();
}

static enum ratls_err pin(WOLFSSL_CTX *ctx, enum ratls_role role)
{
    int groups[GROUPS] = {RT_TLS_CLIENT_GROUP};

    if (role == RATLS_SERVER)
        memcpy(groups, server_groups, sizeof groups);
    if (wolfSSL_CTX_SetDevId(ctx, rt_offload_device()) != WOLFSSL_SUCCESS)
        return RATLS_E_TLS;
    if (rt_offload_is_on())
        rt_tls_use_hkdf(ctx);
    if (role == RATLS_SERVER && wolfSSL_CTX_no_ticket_TLSv13(ctx) != 0)
        return RATLS_E_TLS;
    (void)wolfSSL_CTX_set_session_cache_mode(ctx, WOLFSSL_SESS_CACHE_OFF);
    if (wolfSSL_CTX_set_num_tickets(ctx, 0) != WOLFSSL_SUCCESS ||
        wolfSSL_CTX_set_TicketEncCb(ctx, refuse_ticket) != WOLFSSL_SUCCESS ||
        wolfSSL_CTX_set_cipher_list(ctx, SUITES) != WOLFSSL_SUCCESS ||
        wolfSSL_CTX_set_groups(ctx, groups, role == RATLS_SERVER ? GROUPS : 1) != WOLFSSL_SUCCESS ||
        wolfSSL_CTX_set1_sigalgs_list(ctx, SIGNATURES) != WOLFSSL_SUCCESS)
        return RATLS_E_TLS;
    return RATLS_OK;
}

static enum ratls_err put_pem(struct rt_writer *w, struct ratls_bytes der)
{
    struct ratls_buffer pem = {0};
    enum ratls_err e = rt_pem_write("CERTIFICATE", der, &pem);

    rt_put_bytes(w, rt_bytes_of(&pem));
    ratls_buffer_free(&pem);
    return e;
}

/* wolfSSL takes several certificates at once as PEM only. */
static enum ratls_err chain_as_pem(struct ratls_bytes chain, struct rt_writer *pem)
{
    struct rt_reader r = rt_reader(chain);
    struct ratls_bytes der;
    enum ratls_err e = RATLS_OK;

    while (r.left && !r.bad && !e) {
        (void)rt_der_get(&r, RT_DER_SEQUENCE, &der);
        e = r.bad ? RATLS_E_CERT_FORMAT : put_pem(pem, der);
    }
    if (!e && pem->bad)
        e = RATLS_E_NO_MEMORY;
    return e;
}

static enum ratls_err use_identity(WOLFSSL_CTX *ctx, const struct ratls_identity *id)
{
    struct rt_writer pem = {0};
    struct ratls_buffer key = {0};
    enum ratls_err e = chain_as_pem(ratls_identity_chain(id), &pem);

    if (!e)
        e = ratls_identity_export_key(id, &key);
    if (!e &&
        (wolfSSL_CTX_use_certificate_chain_buffer(ctx, pem.p, (long)pem.len) != WOLFSSL_SUCCESS ||
         wolfSSL_CTX_use_PrivateKey_buffer(ctx, key.p, (long)key.len, WOLFSSL_FILETYPE_ASN1) !=
             WOLFSSL_SUCCESS))
        e = RATLS_E_TLS;
    ratls_buffer_free(&key);
    rt_writer_free(&pem);
    return e;
}

static enum ratls_err configure_server(WOLFSSL_CTX *ctx, const struct rt_tls_params *p)
{
    int ask = WOLFSSL_VERIFY_PEER | WOLFSSL_VERIFY_FAIL_IF_NO_PEER_CERT;

    if (!p->identity)
        return RATLS_E_STATE;
    wolfSSL_CTX_set_verify(ctx, p->ask_peer ? ask : WOLFSSL_VERIFY_NONE, copy_peer);
    wolfSSL_CTX_set_alpn_select_cb(ctx, choose_alpn, p->plain ? (void *)(uintptr_t)1 : NULL);
    return RATLS_OK;
}

static enum ratls_err configure_client(WOLFSSL_CTX *ctx, const struct rt_tls_params *p)
{
    wolfSSL_CTX_set_verify(ctx, WOLFSSL_VERIFY_PEER, copy_peer);
    /* Returns 0 for success, like OpenSSL's. */
    if (!p->plain && wolfSSL_CTX_set_alpn_protos(ctx, (const unsigned char *)ALPN_WIRE,
                                                 sizeof ALPN_WIRE - 1) != 0)
        return RATLS_E_TLS;
    if (p->identity)
        wolfSSL_CTX_set_cert_cb(ctx, note_request, NULL);
    if (p->server_name &&
        wolfSSL_CTX_UseSNI(ctx, WOLFSSL_SNI_HOST_NAME, p->server_name,
                           (unsigned short)strlen(p->server_name)) != WOLFSSL_SUCCESS)
        return RATLS_E_TLS;
    return RATLS_OK;
}

enum ratls_err rt_tls_ctx_configure(WOLFSSL_CTX *ctx, const struct rt_tls_params *p,
                                    struct ratls_error *err)
{
    rt_crypto_enter(); /* keys are checked */
    enum ratls_err e = rt_tls_slot() < 0 ? RATLS_E_TLS : pin(ctx, p->role);

    if (!e && p->identity)
        e = use_identity(ctx, p->identity);
    if (!e)
        e = p->role == RATLS_SERVER ? configure_server(ctx, p) : configure_client(ctx, p);
    return e ? ratls_fail(err, e, "the TLS library refuses a setting") : RATLS_OK;
}

enum ratls_err rt_tls_ctx_new(const struct rt_tls_params *p, struct rt_tls_ctx **out,
                              struct ratls_error *err)
{
    struct rt_tls_ctx *c = calloc(1, sizeof *c);
    enum ratls_err e = RATLS_E_NO_MEMORY;

    *out = NULL;
    if (c)
        c->ctx = wolfSSL_CTX_new(p->role == RATLS_SERVER ? wolfTLSv1_3_server_method()
                                                         : wolfTLSv1_3_client_method());
    if (c && c->ctx)
        e = rt_tls_ctx_configure(c->ctx, p, err);
    if (e) {
        rt_tls_ctx_free(c);
        return ratls_fail(err, e, "TLS context");
    }
    c->role = p->role;
    *out = c;
    return RATLS_OK;
}

void rt_tls_ctx_free(struct rt_tls_ctx *c)
{
    if (!c)
        return;
    wolfSSL_CTX_free(c->ctx); /* counted: connections keep theirs */
    free(c);
}
