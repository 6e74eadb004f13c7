/* quoted.h - a quote with its signature and the values of its PCRs, as one JSON object:
 * {"message": bytes, "signature": bytes, "pcrs": [value, ...]}. Values stand in the order of the
 * PCRs that are quoted: it is the quote that names them, not their place in the list. */
#ifndef RT_TPM_QUOTED_H
#define RT_TPM_QUOTED_H

#include "json_bytes.h"
#include "tpm_quote.h"
#include "ratls/evidence.h"

struct rt_tpm_quoted { /* owns the bytes that quote and signature borrow */
    struct ratls_buffer message, signature;
    struct rt_tpm_quote quote;
    struct rt_tpm_signature sig;
    struct rt_tpm_pcrs pcrs;
};

struct rt_tpm_forms {
    enum rt_json_form bytes, values; /* of message and signature; of PCRs */
    bool is_bare;                    /* the signature is RSASSA's bytes alone, no TPMT_SIGNATURE */
};

struct cJSON;

/* What is in `object`, read and nothing proven. Free it, also after an error. */
RATLS_MUST_USE enum ratls_err rt_tpm_quoted_read(const struct cJSON *object,
                                                 const struct rt_tpm_forms *forms,
                                                 struct rt_tpm_quoted *out,
                                                 struct ratls_error *err);
/* The same of message and signature that are in *out already. */
RATLS_MUST_USE enum ratls_err rt_tpm_quoted_open(struct rt_tpm_quoted *out, bool is_bare,
                                                 struct ratls_error *err);
void rt_tpm_quoted_free(struct rt_tpm_quoted *q);

/* Claims `nonce` (extraData) and `tpm.*` but that of the key. */
void rt_tpm_quoted_claims(const struct rt_tpm_quoted *q, struct ratls_claims *claims);
/* The SHA-256 of its SubjectPublicKeyInfo. */
RATLS_MUST_USE enum ratls_err rt_tpm_key_claim(struct ratls_bytes spki, const char *name,
                                               struct ratls_claims *claims,
                                               struct ratls_error *err);

#endif
