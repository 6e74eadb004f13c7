/* azure_evidence.h - the JSON that quotes of Azure's guests travel in, as Confidential Containers
 * Trustee reads it. Three versions: 1, 2: {"version": n, "hcl_report": base64url with padding,
 * "tpm_quote": {"message": hex, "signature": hex of RSASSA's bytes, "pcrs": [hex, ...]}, and of the
 * hardware "vcek": base64url of DER (SNP) or "td_quote": base64url (TDX)}; 0, without "version":
 * bytes are arrays of numbers; of SNP the members are "report" and "quote", and "vcek" is PEM.
 * Reading proves nothing. */
#ifndef RT_AZURE_EVIDENCE_H
#define RT_AZURE_EVIDENCE_H

#include "hcl.h"
#include "quoted.h"

struct rt_azure_evidence { /* owns everything */
    int64_t version;
    struct ratls_buffer hcl_report;
    struct ratls_buffer vcek;     /* PEM; of SNP */
    struct ratls_buffer td_quote; /* of TDX */
    struct rt_tpm_quoted quoted;
};

/* Cheap: objects that name their parts. */
bool rt_azure_recognises_snp(struct ratls_bytes evidence);
bool rt_azure_recognises_tdx(struct ratls_bytes evidence);

/* Free it, also after an error. RATLS_E_EVIDENCE_PROFILE for another version; those of
 * rt_tpm_quoted_read(). */
RATLS_MUST_USE enum ratls_err rt_azure_evidence_read(struct ratls_bytes evidence,
                                                     enum rt_hcl_type type,
                                                     struct rt_azure_evidence *out,
                                                     struct ratls_error *err);
void rt_azure_evidence_free(struct rt_azure_evidence *e);

#endif
