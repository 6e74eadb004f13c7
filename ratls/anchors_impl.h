/* anchors_impl.h - shared by the files that read anchors. */
#ifndef RT_ANCHORS_IMPL_H
#define RT_ANCHORS_IMPL_H

#include "anchors.h"
#include "crypto.h"

/* Where anchors go that are being read. */
struct rt_anchor_sink {
    struct rt_anchors *anchors;
    bool simulated;
    const struct rt_stored_anchor *item; /* NULL: they come out of a file */
};

RATLS_MUST_USE enum ratls_err rt_anchors_read_certs(const struct rt_anchor_sink *sink,
                                                    struct ratls_bytes file,
                                                    struct ratls_error *err);
RATLS_MUST_USE enum ratls_err rt_anchors_read_keys(const struct rt_anchor_sink *sink,
                                                   const struct cJSON *list,
                                                   struct ratls_error *err);

/* Roots of Hygon in a file or text, *n of them; none is no error. */
RATLS_MUST_USE enum ratls_err rt_anchors_read_hygon(const struct rt_anchor_sink *sink,
                                                    struct ratls_bytes file, size_t *n,
                                                    struct ratls_error *err);

/* A certificate is in it, or something malformed that its reader will tell. */
bool rt_anchors_hold_x509(struct ratls_bytes file);

/* Attestation keys of TPMs in a file or text, *n of them; none is no error. Those of an item are
 * pins: the keys of files are of every TEE that has any, an item is of one. */
RATLS_MUST_USE enum ratls_err rt_anchors_read_ak(const struct rt_anchor_sink *sink,
                                                 struct ratls_bytes file, size_t *n,
                                                 struct ratls_error *err);
/* One more key; `id` as in struct ratls_trusted_key. RATLS_E_LIMIT. */
RATLS_MUST_USE enum ratls_err rt_anchors_keep_key(const struct rt_anchor_sink *sink,
                                                  struct ratls_bytes id, struct ratls_bytes spki,
                                                  struct ratls_error *err);

struct rt_given_root { /* borrowed; whatever the form of its certificate */
    struct ratls_bytes cert, spki;
    bool signed_by_itself, marked; /* as the simulator's */
};
RATLS_MUST_USE enum ratls_err rt_anchors_keep_root(const struct rt_anchor_sink *sink,
                                                   const struct rt_given_root *root,
                                                   struct ratls_error *err);

/* Of an item. */
RATLS_MUST_USE enum ratls_err rt_anchors_keep_pin(const struct rt_anchor_sink *sink,
                                                  const uint8_t spki_sha256[RT_SHA256_LEN],
                                                  struct ratls_error *err);
/* One more of a TEE's own; `content` is taken, also after an error. */
RATLS_MUST_USE enum ratls_err
rt_anchors_keep(struct rt_anchors *a, const struct rt_dated_anchor *one, struct ratls_error *err);
struct rt_dates rt_anchor_dates(const struct rt_stored_anchor *item); /* NULL: open */
/* A key whose private half is published. */
bool rt_is_published(const uint8_t spki_sha256[RT_SHA256_LEN]);

#endif
