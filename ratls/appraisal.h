/* appraisal.h - inside the core: certificates and quotes become verdicts, in one place.
 *
 * ratls/appraise.h is the public face. Both entries below end in the same function: find the
 * verifier by format, run it, compare report data (all 64 bytes), ask the policy. */
#ifndef RT_APPRAISAL_H
#define RT_APPRAISAL_H

#include "base.h"
#include "crl.h"
#include "crypto.h"
#include "ratls/appraise.h"
#include "ratls/identity.h"
#include "x509.h"

struct rt_pin {
    uint8_t spki_sha256[RT_SHA256_LEN];
};

/* What a certificate is held against besides its evidence. */
struct rt_cert_rules {
    enum ratls_role peer_role;   /* of the certificate's owner; 0: usage is not looked at */
    struct rt_x509_list anchors; /* identity CAs; none: self-signed, exactly one certificate */
    struct rt_crl_list crls;     /* of the chain's issuers, all of them; none: nobody asks */
    /* One of names and emails together must match; none: they are not looked at. */
    const char *const *names, *const *emails;
    size_t n_names, n_emails;
    const struct rt_pin *pins; /* the leaf's key is one of them; none: any key */
    size_t n_pins;
    bool without_evidence; /* nothing binds an unsigned certificate: CAs or pins must */
    bool authenticity_only;
};

struct rt_der_list { /* borrowed */
    const struct ratls_bytes *p;
    size_t n;
};

/* chain.p[0] is the leaf as sent by the peer. Order of checks: parse, chain length, signature (own
 * or chain), CRLs, dates, key, usage, pins, name, evidence extension, claims map, lifetime (it
 * depends on the AK), key hash, verifier, own claims, report data, future iat, revoked keys, ends
 * of anchors and collateral, revoked platform and measurement, policy. Returns like
 * ratls_appraise(). */
enum ratls_err rt_appraise_cert(const struct ratls_trust *t, struct rt_der_list chain,
                                const struct rt_cert_rules *rules, int64_t now,
                                struct ratls_verdict **out);

/* Media type of a session's quote where the verifier has none of its own: prefix and its name. */
#define RT_SESSION_MEDIA_PREFIX "application/vnd.ratls."
#define RT_SESSION_MEDIA_ROOM   (sizeof RT_SESSION_MEDIA_PREFIX + 32) /* with a TEE's name */
/* `own` of the verifier or attester; where that is NULL, made of the TEE's name in `room`. */
const char *rt_session_media_type(const char *own, const char *tee,
                                  char room[RT_SESSION_MEDIA_ROOM]);

/* What the quote of a session is held against. */
struct rt_quote_rules {
    const uint8_t *report_data;     /* RATLS_REPORT_DATA_LEN bytes: the binder */
    const struct ratls_verdict *of; /* about the certificate: verifier, measurement and platform id
                                       must be equal (RATLS_E_PROOF_EVIDENCE) */
};

/* A quote made for one session, as CMW record. Same policy. Returns like ratls_appraise(). */
enum ratls_err rt_appraise_quote(const struct ratls_trust *t, struct ratls_bytes cmw,
                                 const struct rt_quote_rules *rules, int64_t now,
                                 struct ratls_verdict **out);
/* What was proven for the verdict `of` against another policy and other reference values: cheap, no
 * cryptography. Good where the trust has the same grounds. RATLS_E_INTERNAL unless `of` allows and
 * rt_verdict_stands(). Returns likewise. */
enum ratls_err rt_appraise_claims(const struct ratls_trust *t, const struct ratls_verdict *of,
                                  int64_t now, struct ratls_verdict **out);

/* ---- what the session needs of a certificate's verdict ---- */

const uint8_t *rt_verdict_spki_sha256(const struct ratls_verdict *v); /* of the peer's leaf */
const uint8_t *rt_verdict_evidence_sha256(const struct ratls_verdict *v);
/* Is what was proven still so at `now`, by the dates of all that it rests on? */
bool rt_verdict_stands(const struct ratls_verdict *v, int64_t now);
/* `v` ends no later than `other`, which it rests on. */
void rt_verdict_end_with(struct ratls_verdict *v, const struct ratls_verdict *other);
/* Record the level reached (claim `binding.level`). */
enum ratls_err rt_verdict_set_level(struct ratls_verdict *v, enum ratls_level level);
void rt_verdict_set_alpn(struct ratls_verdict *v, const char *alpn); /* a constant, or NULL */
/* Another one about the same peer, denied for `why`; NULL when out of memory. */
struct ratls_verdict *rt_verdict_denied(const struct ratls_verdict *v,
                                        const struct ratls_error *why);
/* Turn an allow into a deny: the session failed after appraisal. The first reason stays. */
void rt_verdict_deny(struct ratls_verdict *v, const struct ratls_error *why);
const struct ratls_env *rt_trust_env(const struct ratls_trust *t);

#endif
