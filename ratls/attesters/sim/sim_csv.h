/* sim_csv.h - attestation reports of Hygon CSV guests that do not exist, under a test PKI of
 * Hygon's form. Format-true; what they say proves nothing, and the uid of their root says so
 * itself.
 *
 * The root's key may be kept in a folder; everything below it is made anew. The knobs are for tests
 * of refusal: all zero gives a report that a verifier accepts once the root is trusted. */
#ifndef RT_SIM_CSV_H
#define RT_SIM_CSV_H

#include "csv_evidence.h"
#include "hygon.h"
#include "ratls/evidence.h"

#define RT_SIM_CSV_V1_LEN 2548
#define RT_SIM_CSV_V2_LEN 3380
#define RT_SIM_CSV_RTMRS  5

/* Who signs, from the root down; the last signs reports. */
enum rt_sim_csv_part {
    RT_SIM_CSV_HRK,
    RT_SIM_CSV_HSK,
    RT_SIM_CSV_CEK,
    RT_SIM_CSV_PEK,
    RT_SIM_CSV_CERTS,
    RT_SIM_CSV_REPORT = RT_SIM_CSV_CERTS,
    RT_SIM_CSV_PARTS
};

struct rt_sim_csv_keys {
    struct rt_sm2_key key[RT_SIM_CSV_CERTS];
};

/* With a directory the root's key is the one in it (hrk.key), made there when the directory is
 * absent or empty; NULL: a new one. rt_sim_csv_keys_free() wipes. */
RATLS_MUST_USE enum ratls_err rt_sim_csv_keys_open(const struct ratls_env *env,
                                                   const char *directory,
                                                   struct rt_sim_csv_keys *out,
                                                   struct ratls_error *err);
void rt_sim_csv_keys_free(struct rt_sim_csv_keys *keys);

/* Bytes in the place of others; of a report of version 1 before it is masked. */
struct rt_sim_csv_patch {
    bool is_there, after; /* after: when it is signed, of a report also masked, already */
    enum rt_sim_csv_part part;
    size_t at;
    struct ratls_bytes bytes;
};
#define RT_SIM_CSV_PATCHES 3

struct rt_sim_csv_knobs {
    struct rt_sim_csv_patch patch[RT_SIM_CSV_PATCHES];
    bool own_key[RT_SIM_CSV_PARTS];  /* a certificate is signed by itself, a report by the CEK */
    bool usual_id[RT_SIM_CSV_PARTS]; /* signed under SM2's usual id, not the signer's uid */
    const char *uid;                 /* of the root; NULL: the simulator's mark */
    bool no_owner;                   /* the second signature of the PEK is empty */
    bool sign_clear;                 /* the report is signed before it is masked */
    /* the evidence */
    bool magic, page, with_len, no_pair; /* of version 1: the magic as well; filled up to a page;
                                          * the length of HSK and CEK; without these */
    bool clear_owner;                    /* PEK and serial number unmasked */
    uint8_t mask_again[4];               /* by which anonce is changed afterwards, and PEK and
                                          * serial number masked anew */
    uint32_t flags;                      /* behind the magic, if not 0 */
};

struct rt_sim_csv_chain {
    uint8_t hrk[RT_HYGON_CA_LEN], hsk[RT_HYGON_CA_LEN];
    uint8_t cek[RT_HYGON_LEAF_LEN], pek[RT_HYGON_LEAF_LEN];
};

/* `knobs` may be NULL, here and below. */
RATLS_MUST_USE enum ratls_err rt_sim_csv_chain_make(const struct rt_sim_csv_keys *keys,
                                                    const struct rt_sim_csv_knobs *knobs,
                                                    struct rt_sim_csv_chain *out);
/* What a verifier has to trust, as PEM. *out is new. */
RATLS_MUST_USE enum ratls_err rt_sim_csv_root(const struct rt_sim_csv_chain *chain,
                                              struct ratls_buffer *out);

struct rt_sim_csv_state {
    unsigned version; /* 1 or 2 */
    uint8_t user_pubkey_digest[32], vm_id[16], vm_version[16];
    uint8_t report_data[RATLS_REPORT_DATA_LEN];
    uint8_t mnonce[16], measure[RT_SM3_LEN];
    uint32_t policy;
    uint8_t anonce[4]; /* version 1 */
    uint8_t rtmr[RT_SIM_CSV_RTMRS][RT_SM3_LEN];
};

/* Version 1, without debugging. */
void rt_sim_csv_usual(struct rt_sim_csv_state *out);

struct rt_sim_csv_signer { /* borrowed */
    const struct rt_sim_csv_keys *keys;
    const struct rt_sim_csv_chain *chain;
};

/* *out is new. */
RATLS_MUST_USE enum ratls_err rt_sim_csv_report(const struct rt_sim_csv_signer *by,
                                                const struct rt_sim_csv_state *state,
                                                const struct rt_sim_csv_knobs *knobs,
                                                struct ratls_buffer *out);

/* ---- shared by the files that make these ---- */

void rt_sim_csv_patch(const struct rt_sim_csv_knobs *knobs, enum rt_sim_csv_part part, bool after,
                      uint8_t *bytes);
/* Two numbers as fields. */
void rt_sim_csv_put_pair(uint8_t *at, const uint8_t pair[2 * RT_SM2_SIZE]);
/* The uid of a signer, or SM2's usual id. */
struct ratls_bytes rt_sim_csv_id(const struct rt_sim_csv_knobs *knobs, enum rt_sim_csv_part part,
                                 const char *uid);
extern const char *const rt_sim_csv_uids[RT_SIM_CSV_CERTS]; /* those of CAs are the mark */

#endif
