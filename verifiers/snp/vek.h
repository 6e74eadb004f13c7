/* vek.h - the certificate of a versioned endorsement key: VCEK (of a chip) or VLEK (of a cloud).
 *
 * AMD 57230 "VCEK Certificate and KDS Interface Specification" 1.00, tables 8 and 9; AMD 58369
 * "VLEK Certificate" likewise. Reading proves nothing but that the certificate has AMD's form.
 * A VEK is immutable and counted (kept.h), so that proven ones can be kept. */
#ifndef RT_SNP_VEK_H
#define RT_SNP_VEK_H

#include "kept.h"
#include "product.h"
#include "report.h"
#include "x509.h"

#define RT_SNP_TEXT_LEN 128

/* In front of the generation's name in the common name of who issues such keys. */
const char *rt_snp_issuer_prefix(enum rt_snp_signing_key key);

struct rt_snp_vek {
    struct rt_kept kept; /* its key is the DER as given */
    struct rt_x509 cert;
    enum rt_snp_signing_key key;
    enum rt_snp_product product;
    uint8_t struct_version;
    struct rt_snp_tcb spl;
    struct ratls_bytes hwid;            /* 8 or 64 bytes; len 0 for a VLEK */
    char product_name[RT_SNP_TEXT_LEN]; /* "Milan-B0" */
    char csp_id[RT_SNP_TEXT_LEN];       /* "" for a VCEK */
};

/* `der` is copied. *out is new with one reference: rt_snp_vek_unref(). RATLS_E_EVIDENCE_CHAIN. */
RATLS_MUST_USE enum ratls_err rt_snp_vek_new(struct ratls_bytes der, struct rt_snp_vek **out,
                                             struct ratls_error *err);
struct rt_snp_vek *rt_snp_vek_ref(struct rt_snp_vek *v);
void rt_snp_vek_unref(struct rt_snp_vek *v); /* NULL is legal */

/* By its common name: may this certificate be a VEK? */
bool rt_snp_is_vek(const struct rt_x509 *cert);

/* Is it the certificate of the key that signed this report: kind of key, generation, chip, TCB?
 * RATLS_E_ENDORSEMENT. */
RATLS_MUST_USE enum ratls_err
rt_snp_vek_fits(const struct rt_snp_vek *v, const struct rt_snp_report *r, struct ratls_error *err);

#endif
