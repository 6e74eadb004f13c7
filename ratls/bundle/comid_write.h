/* comid_write.h - one item of reference values as a concise-mid-tag. */
#ifndef RT_COMID_WRITE_H
#define RT_COMID_WRITE_H

#include "cbor.h"

struct cJSON;

struct rt_comid_source {
    const char *tee, *name, *author; /* author NULL: not said */
    int64_t version, created;        /* created 0: not said */
    int64_t not_before, not_after;   /* of the CoRIM; 0: not said */
    const struct cJSON *body;        /* an object */
    bool private;                    /* out: members below zero were written */
};

/* *out is new. RATLS_E_TRUST_FORMAT: the body is no such object; RATLS_E_UNSUPPORTED, with the name
 * of what has no place in a CoMID. */
RATLS_MUST_USE enum ratls_err rt_comid_write(struct rt_comid_source *item, struct ratls_buffer *out,
                                             struct ratls_error *err);

/* An array of one entity with one role. */
void rt_corim_put_entity(struct rt_writer *w, const char *name, uint64_t role);
/* A key below zero. */
void rt_corim_put_private(struct rt_writer *w, int64_t key);

#endif
