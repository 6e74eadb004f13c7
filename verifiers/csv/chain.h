/* chain.h - from the PEK of a report over CEK and HSK to a trusted HRK. */
#ifndef RT_CSV_CHAIN_H
#define RT_CSV_CHAIN_H

#include "hygon.h"
#include "ratls/verifier.h"

extern const uint8_t rt_csv_pins[1][32];

struct rt_csv_chain { /* borrows from input, pair and itself */
    struct rt_hygon_cert hrk, hsk, cek;
    struct ratls_buffer given; /* HSK and CEK that came beside the evidence */
    bool simulated;
};

/* `pair`: HSK and CEK of the evidence; len 0: those of input->certs are taken, of several the one
 * whose CEK signed. An HRK that comes along with them counts for nothing. *out is to be freed, also
 * after an error. RATLS_E_NO_ANCHOR, RATLS_E_EVIDENCE_FORMAT, _ALGORITHM, _CHAIN, _ROOT. */
RATLS_MUST_USE enum ratls_err rt_csv_chain_prove(const struct rt_hygon_cert *pek,
                                                 struct ratls_bytes pair,
                                                 const struct ratls_verify_input *input,
                                                 struct rt_csv_chain *out, struct ratls_error *err);
void rt_csv_chain_free(struct rt_csv_chain *chain);

/* HSK and CEK, parsed and nothing else. RATLS_E_EVIDENCE_FORMAT, _ALGORITHM. */
RATLS_MUST_USE enum ratls_err rt_csv_pair_read(struct ratls_bytes pair, struct rt_hygon_cert *hsk,
                                               struct rt_hygon_cert *cek, struct ratls_error *err);

#endif
