/* ratls/collateral.h - collateral of Intel TEEs, from Intel's service or a cache of it.
 *
 * A quote says which platform it comes from; whether that platform is up to date and not revoked is
 * said by collateral: signed lists that expire after a month. This header gets them, checks them
 * against the roots of a trust, and keeps them in a folder. It is the one part of the library that
 * opens sockets, and nothing else in the library calls it: a handshake never waits for a vendor.
 * Programs call it by hand or from a timer (`ratls collateral`) and verify with the file it made.
 * What it does NOT do: judge evidence. TLS to the service is verified, but decides nothing:
 * signatures do. Sources: Intel PCS API version 4; Intel PCCS design guide. The file is one JSON
 * object: pck_crl_issuer_chain, tcb_info_issuer_chain, qe_identity_issuer_chain (PEM), pck_crl,
 * root_ca_crl (DER in hex), tcb_info, qe_identity (the signed documents, byte for byte, as
 * strings).
 *
 * Thread rule: every call stands alone and blocks; a trust may be shared once it is filled. */
#ifndef RATLS_COLLATERAL_H
#define RATLS_COLLATERAL_H

#include "ratls/appraise.h"

#define RATLS_PCS_URL          "https://api.trustedservices.intel.com"
#define RATLS_PCS_ROOT_CRL_URL "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der"

/* Where to ask. Zero is Intel's service. URLs are https; http only to a loopback address or
 * "localhost"; without user and password. No redirects, no proxy. */
struct ratls_collateral_source {
    const char *base_url;     /* what comes before "/sgx/certification/v4/"; NULL: RATLS_PCS_URL */
    bool pccs;                /* a PCCS, which has the root's CRL as well */
    const char *root_crl_url; /* otherwise the root's CRL; NULL: RATLS_PCS_ROOT_CRL_URL */
    const char *ca_file;      /* trusted for TLS instead of the system's CAs, PEM; NULL: those */
    const char *api_key;      /* sent to base_url as Ocp-Apim-Subscription-Key; NULL: none */
    bool early;               /* TCB information before its general release ("update=early") */
    int64_t timeout_ms;       /* for everything together, at most an hour; 0: 30 s */
};

/* About which platform: as its PCK certificate says. */
struct ratls_collateral_query {
    const char *tee; /* "sgx" or "tdx" */
    uint8_t fmspc[6];
    bool platform_ca; /* the PCK certificate was issued by the Platform CA, not the Processor CA */
};

struct ratls_collateral_request {
    struct ratls_collateral_source source;
    struct ratls_collateral_query query;
    const char *cache;        /* folder of collateral files, which must exist; NULL: none */
    int64_t refresh_before_s; /* ask the service when less life than this is left in the cache; 0: a
                               * quarter of the whole life */
    int64_t now;              /* seconds since 1970, for all dates */
};

enum ratls_collateral_origin {
    RATLS_COLLATERAL_FETCHED, /* just now */
    RATLS_COLLATERAL_CACHED,  /* from the cache, which had enough life left */
    RATLS_COLLATERAL_KEPT,    /* from the cache, still valid, because the service failed */
};

#define RATLS_COLLATERAL_FILE_LEN 40

struct ratls_collateral {
    struct ratls_buffer json;             /* NUL behind it */
    char file[RATLS_COLLATERAL_FILE_LEN]; /* its name in the cache: "tdx-b0c06f000000-platform.json"
                                           */
    enum ratls_collateral_origin origin;
    int64_t begins, expires; /* valid from and to, seconds since 1970 */
    uint32_t tcb_eval_num;   /* tcbEvaluationDataNumber, the smaller of the two documents' */
};

/* Collateral that is authentic by the roots of `t` for this TEE, valid at request->now, of the
 * platform asked for, and in no part older than what the cache had. It enters the cache only then;
 * a file there that does not verify is ignored and replaced. Everything is borrowed for the call;
 * out->json is new, ratls_collateral_free().
 *
 * RATLS_E_USAGE         source or query make no sense
 * RATLS_E_UNSUPPORTED   the trust has no verifier for the TEE
 * RATLS_E_FETCH         the service gave no usable answer and the cache nothing valid
 * RATLS_E_IO            the CA file cannot be read, the cache not be written
 * RATLS_E_COLLATERAL_*  what the service sent is malformed, not signed by the vendor, out of its
 *                       dates, of another platform, or older than the cache; the cache stays */
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_collateral_get(const struct ratls_trust *t, const struct ratls_collateral_request *request,
                     struct ratls_collateral *out, struct ratls_error *err);
RATLS_API void ratls_collateral_free(struct ratls_collateral *c); /* legal on a zeroed one */

#endif
