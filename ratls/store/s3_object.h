/* s3_object.h - a whole store as the text of one object:
 *
 *   {"format":"ratls-store-object/1","write":"<32 hex digits>"}
 *   the trail, a row per line, as in a folder's audit.jsonl
 *   an empty line
 *   the items, one per line, as in a folder's files, sorted by identity
 *
 * `write` is another one each time it is written: two texts are never the same by chance, and who
 * finds his own knows that he wrote it. Whether trail and items fit each other is not judged here
 * (snapshot.h). */
#ifndef RT_S3_OBJECT_H
#define RT_S3_OBJECT_H

#include "folder_trail.h"
#include "snapshot.h"

#define RT_OBJECT_MARK_LEN 16 /* bytes */

struct rt_object {
    struct rt_trail trail;
    struct rt_snapshot items; /* its head stays empty */
};

/* RATLS_E_STORE: it is none; RATLS_E_STORE_VERSION: of a newer program; RATLS_E_STORE_TAMPERED: not
 * as it is written here. Fills *out, also after an error: rt_object_free(). */
RATLS_MUST_USE enum ratls_err rt_object_read(struct ratls_bytes text, struct rt_object *out,
                                             struct ratls_error *err);
/* The end of the trail, without looking at the rest. */
RATLS_MUST_USE enum ratls_err rt_object_head(struct ratls_bytes text, struct ratls_store_head *out,
                                             struct ratls_error *err);
void rt_object_write(const struct rt_object *o, const uint8_t mark[RT_OBJECT_MARK_LEN],
                     struct rt_writer *w);
/* A copy; in place of the one with the same identity. */
RATLS_MUST_USE enum ratls_err rt_object_put(struct rt_object *o,
                                            const struct ratls_store_item *item);
void rt_object_free(struct rt_object *o);

#endif
