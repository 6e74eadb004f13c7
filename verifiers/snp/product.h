/* product.h - the generations of AMD processors with SEV-SNP: what differs between them.
 *
 * Sources: AMD 56860 "SEV Secure Nested Paging Firmware ABI Specification" 1.58 (tables 3, 4, 23);
 * AMD 57230 "VCEK Certificate and KDS Interface Specification" 1.00. */
#ifndef RT_SNP_PRODUCT_H
#define RT_SNP_PRODUCT_H

#include "base.h"
#include "crypto.h"

enum rt_snp_product { RT_SNP_MILAN, RT_SNP_GENOA, RT_SNP_TURIN, RT_SNP_PRODUCTS };

#define RT_SNP_CHIP_ID_LEN 64

/* SHA-256 over the SubjectPublicKeyInfo of each generation's ARK, in the order of the enum. */
extern const uint8_t rt_snp_pins[RT_SNP_PRODUCTS][RT_SHA256_LEN];

const char *rt_snp_product_name(enum rt_snp_product p); /* "Milan" */
bool rt_snp_has_fmc(enum rt_snp_product p);
uint8_t rt_snp_struct_version(enum rt_snp_product p); /* of the VEK certificate */
size_t rt_snp_hwid_len(enum rt_snp_product p); /* leading bytes of CHIP_ID that may be non-zero */

/* `name` is "Milan", or "Milan-" and a stepping; false when it is of no generation known here. */
RATLS_MUST_USE bool rt_snp_product_of_name(struct ratls_bytes name, enum rt_snp_product *out);
/* `name` is `prefix` and the name of a generation, nothing else: a CA's common name. */
RATLS_MUST_USE bool rt_snp_product_behind(struct ratls_bytes name, const char *prefix,
                                          enum rt_snp_product *out);
/* Combined family and model of CPUID. */
RATLS_MUST_USE bool rt_snp_product_of_cpuid(uint8_t family, uint8_t model,
                                            enum rt_snp_product *out);

/* A TCB version in its parts: it is no number, and never compared as one. */
struct rt_snp_tcb {
    uint8_t fmc, bootloader, tee, snp, microcode; /* fmc is 0 where the generation has none */
};

/* False when a reserved byte is not zero; the parts are read all the same. */
bool rt_snp_tcb_read(enum rt_snp_product p, const uint8_t raw[8], struct rt_snp_tcb *out);
/* The form of the claims: the eight bytes as they stand in a report, in hex. */
void rt_snp_tcb_text(enum rt_snp_product p, const struct rt_snp_tcb *tcb, char out[17]);
/* No part of `a` is below that of `b`. */
bool rt_snp_tcb_covers(const struct rt_snp_tcb *a, const struct rt_snp_tcb *b);
bool rt_snp_tcb_equal(const struct rt_snp_tcb *a, const struct rt_snp_tcb *b);

#endif
