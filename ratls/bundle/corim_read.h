/* corim_read.h - what reading a CoRIM and the CoMIDs in it have in common. */
#ifndef RT_CORIM_READ_H
#define RT_CORIM_READ_H

#include "cbor_strict.h"
#include "refval.h"

struct rt_corim_reader {
    struct rt_reader r; /* over the CoRIM, or over the CoMID in it that is being read */
    size_t end;         /* offset in the CoRIM at which that ends */
    const char *within; /* for errors: the map that is being read */
    bool private;       /* a member below zero was found */
    struct ratls_error *err;

    /* of the CoMID */
    struct ratls_bytes name, author, comment;
    int64_t version, created;
    char tee[33]; /* "": not known yet */
    struct rt_refvals_list values;
    size_t first; /* of the measurement that is being read */
    size_t condition, group;
    struct ratls_bytes vendor, model, mkey;
    size_t n_entities;
};

typedef enum ratls_err rt_corim_fn(struct rt_corim_reader *c);
struct rt_corim_member {
    int64_t key;
    bool needed;
    rt_corim_fn *read;
};

/* A map of these members and no others, none twice. At most 16 members. */
RATLS_MUST_USE enum ratls_err rt_corim_map(struct rt_corim_reader *c, const char *what,
                                           const struct rt_corim_member *members, size_t n);
/* RATLS_E_BUNDLE_FORMAT, and where. */
RATLS_MUST_USE enum ratls_err rt_corim_malformed(const struct rt_corim_reader *c, const char *why);
/* What has been read so far is what was due. */
RATLS_MUST_USE enum ratls_err rt_corim_check(const struct rt_corim_reader *c, bool good,
                                             const char *why);
/* Text without control characters, 1 to `max` bytes. */
RATLS_MUST_USE enum ratls_err rt_corim_text(struct rt_corim_reader *c, size_t max,
                                            struct ratls_bytes *out);
/* entity-maps; the name of the first in *name. */
RATLS_MUST_USE enum ratls_err rt_corim_entities(struct rt_corim_reader *c,
                                                struct ratls_bytes *name);

/* A concise-mid-tag: fills what is of the CoMID above. c->values: rt_refval_free(). */
RATLS_MUST_USE enum ratls_err rt_comid_read(struct rt_corim_reader *c);
/* A measurement-values-map: its values are added, without their names. */
RATLS_MUST_USE enum ratls_err rt_mval_read(struct rt_corim_reader *c);

#endif
