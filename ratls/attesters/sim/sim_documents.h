/* sim_documents.h - the inner values of TCB info and QE identity, as they are signed, and what the
 * two share: members in JSON, and lists of TCB levels. */
#ifndef RT_SIM_DOCUMENTS_H
#define RT_SIM_DOCUMENTS_H

#include "sim_collateral.h"

#define RT_SIM_COLLATERAL_AGE_S  86400        /* issued a day ago ... */
#define RT_SIM_COLLATERAL_LIFE_S (30 * 86400) /* ... and good for 30 more */

/* Without the edits. */
void rt_sim_put_tcb_info(struct rt_writer *w, const struct rt_sim_collateral_knobs *k, int64_t now);
void rt_sim_put_qe_identity(struct rt_writer *w, const struct rt_sim_collateral_knobs *k,
                            int64_t now);

/* ---- members, with a comma where one is due; name NULL: an element of an array ---- */

void rt_sim_open(struct rt_writer *w, const char *name, uint8_t bracket); /* the caller closes */
void rt_sim_put_text(struct rt_writer *w, const char *name, const char *text);
void rt_sim_put_number(struct rt_writer *w, const char *name, unsigned v);
/* `instead`, or hex of `usual` when that is NULL. */
void rt_sim_put_hex(struct rt_writer *w, const char *name, const char *instead,
                    struct ratls_bytes usual);
/* issueDate, nextUpdate */
void rt_sim_put_dates(struct rt_writer *w, const struct rt_sim_document_knobs *k, int64_t now);
/* tcbEvaluationDataNumber */
void rt_sim_put_eval_number(struct rt_writer *w, const struct rt_sim_document_knobs *k);

/* ---- levels ---- */

/* What one level asks for, measured against what the platform has. */
struct rt_sim_step {
    const char *date;
    int more;     /* of a component and of an ISVSVN; 0: the platform's own level */
    int more_pce; /* of the PCE's SVN, and once more of an ISVSVN */
};

struct rt_sim_levels { /* in the order of the document; constants */
    const struct rt_sim_step *step[4];
    size_t n;
};

/* What the levels of one list say. */
struct rt_sim_outcome {
    const char *status; /* of the platform's own level; NULL: UpToDate */
    const char *const *advisories;
    const char *const *usual; /* advisories of what is not up to date */
};

struct rt_sim_levels rt_sim_levels(const struct rt_sim_outcome *o, bool shuffled);
/* tcbDate, tcbStatus, advisoryIDs */
void rt_sim_put_outcome(struct rt_writer *w, const struct rt_sim_step *s,
                        const struct rt_sim_outcome *o);
/* tcbLevels of a quoting enclave or a TDX module that has `svn`. */
void rt_sim_put_svn_levels(struct rt_writer *w, int svn, const struct rt_sim_outcome *o,
                           bool shuffled);

#endif
