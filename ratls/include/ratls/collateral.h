/* ratls/collateral.h - collateral of Intel's and AMD's TEEs, from the vendor's service or a cache.
 *
 * Evidence says which platform it comes from; whether that platform is up to date and not revoked
 * is said by collateral: signed lists that expire after some weeks. This header gets them, checks
 * them against the roots of a trust, and keeps them in a folder. That part is a library of its own,
 * libratls-fetch (pkg-config ratls-fetch), for it brings libcurl along: what runs in a TEE need not
 * link it, and a handshake never waits for a vendor.
 * Programs call it by hand or from a timer (`ratls collateral`) and verify with the file it made.
 * What it does NOT do: judge evidence. TLS to the service is verified, but decides nothing:
 * signatures do. Sources: Intel PCS API version 4; Intel PCCS design guide; AMD 57230 "VCEK
 * Certificate and KDS Interface Specification". The file is one JSON object. Of Intel:
 * pck_crl_issuer_chain, tcb_info_issuer_chain, qe_identity_issuer_chain (PEM), pck_crl, root_ca_crl
 * (DER in hex), tcb_info, qe_identity (the signed documents, byte for byte, as strings). Of AMD:
 * vek_issuer_chain (PEM: ASK or ASVK, then ARK), crl (DER in hex), vek (PEM: a VCEK).
 *
 * Thread rule: every call stands alone and blocks; a trust may be shared once it is filled. */
#ifndef RATLS_COLLATERAL_H
#define RATLS_COLLATERAL_H

#include "ratls/appraise.h"
#include "ratls/verifier.h"

/* ---- libratls ---- */

/* Proves a document under the roots of `t` for this TEE ("sgx", "tdx", "snp") and says what it is.
 * Dates are not judged. RATLS_E_UNSUPPORTED: the trust has no such verifier. RATLS_E_COLLATERAL_*.
 */
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_collateral_check(const struct ratls_trust *t, const char *tee, struct ratls_bytes document,
                       struct ratls_collateral_facts *out, struct ratls_error *err);

/* ---- libratls-fetch ---- */

#define RATLS_PCS_URL          "https://api.trustedservices.intel.com"
#define RATLS_PCS_ROOT_CRL_URL "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der"
#define RATLS_KDS_URL          "https://kdsintf.amd.com"

/* Where to ask. Zero is the vendor's service. URLs are https; http only to a loopback address or
 * "localhost"; without user and password. No redirects, no proxy. */
struct ratls_collateral_source {
    const char *base_url;     /* what comes before "/sgx/certification/v4/" or "/vcek/v1/" and
                               * "/vlek/v1/"; NULL: RATLS_PCS_URL, RATLS_KDS_URL */
    bool pccs;                /* Intel: a PCCS, which has the root's CRL as well */
    const char *root_crl_url; /* Intel: otherwise the root's CRL; NULL: RATLS_PCS_ROOT_CRL_URL */
    const char *ca_file;      /* trusted for TLS instead of the system's CAs, PEM; NULL: those */
    const char *api_key;      /* sent to base_url as Ocp-Apim-Subscription-Key; NULL: none */
    bool early;         /* Intel: TCB information before its general release ("update=early") */
    int64_t timeout_ms; /* for everything together, at most an hour; 0: 30 s */
};

/* About which platform. */
struct ratls_collateral_query {
    const char *tee; /* "sgx", "tdx" or "snp" */

    /* sgx, tdx: as the PCK certificate says */
    uint8_t fmspc[6];
    bool platform_ca; /* the PCK certificate was issued by the Platform CA, not the Processor CA */

    /* snp: as the report says */
    const char *product; /* "Milan", "Genoa", "Turin" */
    bool vlek;           /* reports are signed by a VLEK, not by a VCEK */
    bool with_vcek;      /* the VCEK itself as well, of this chip at this TCB; not with vlek: AMD
                          * gives out no VLEKs, clouds do */
    uint8_t chip_id[64]; /* CHIP_ID, of Turin 8 bytes and zeros; not masked */
    uint8_t tcb[8];      /* REPORTED_TCB, as it stands in a report */
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

#define RATLS_COLLATERAL_FILE_LEN (RATLS_COLLATERAL_NAME_LEN + 8)

struct ratls_collateral {
    struct ratls_buffer json;             /* NUL behind it */
    char file[RATLS_COLLATERAL_FILE_LEN]; /* its name in the cache: "tdx-b0c06f000000-platform.json"
                                           */
    enum ratls_collateral_origin origin;
    int64_t begins, expires; /* valid from and to, seconds since 1970 */
    uint64_t number;         /* of the issue: tcbEvaluationDataNumber, the smaller of the two
                              * documents' (Intel); number of the CRL (AMD) */
};

/* Collateral that is authentic by the roots of `t` for this TEE, valid at request->now, of the
 * platform asked for, and in no part older than what the cache had of it. It enters the cache only
 * then; what is cached with a VCEK and without one are two files that know nothing of each other;
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
ratls_collateral_get(const struct ratls_env *env, const struct ratls_trust *t,
                     const struct ratls_collateral_request *request, struct ratls_collateral *out,
                     struct ratls_error *err);
RATLS_API void ratls_collateral_free(struct ratls_collateral *c); /* legal on a zeroed one */

#endif
