/* folder_trail.h - the trail as lines of JSON, read as a whole: audit.jsonl of a folder, and what
 * an object of an object store begins with. */
#ifndef RT_FOLDER_TRAIL_H
#define RT_FOLDER_TRAIL_H

#include "backend.h"

struct rt_trail {
    struct rt_trail_row {
        struct rt_event event;
        struct ratls_buffer text; /* what its texts point into */
    } * rows;
    size_t n, cap;
};

/* Each row is a line, the last one too. Chain and numbers are not judged. RATLS_E_STORE_TAMPERED.
 * Fills *out, also after an error: rt_trail_free(). */
RATLS_MUST_USE enum ratls_err rt_trail_read(struct ratls_bytes file, struct rt_trail *out,
                                            struct ratls_error *err);
void rt_trail_free(struct rt_trail *t);
void rt_trail_write(const struct rt_trail *t, struct rt_writer *w);
/* The rows from this one on, as a place gives them out. */
RATLS_MUST_USE enum ratls_err rt_trail_each(const struct rt_trail *t, int64_t from_seq,
                                            rt_event_fn *fn, void *arg, struct ratls_error *err);
/* Everything up to the next line end, which is skipped. False: there is none. */
bool rt_take_line(struct rt_reader *r, struct ratls_bytes *line);
/* A copy of `event` becomes the last row. */
RATLS_MUST_USE enum ratls_err rt_trail_append(struct rt_trail *t, const struct rt_event *event);
/* The last line of the end of a file. An empty end gives a zeroed head. */
RATLS_MUST_USE enum ratls_err rt_trail_head(struct ratls_bytes end, struct ratls_store_head *out,
                                            struct ratls_error *err);

/* Of each item the row that is the newest about it, sorted by file name. *out is new, free(). */
struct rt_current {
    const struct rt_event *event;
    char file[RT_SUBJECT_LEN];
};
RATLS_MUST_USE enum ratls_err rt_trail_current(const struct rt_trail *t, struct rt_current **out,
                                               size_t *n, struct ratls_error *err);
/* "refval.tdx.web.3.0123456789abcdef.json": identity and the beginning of the digest of its
 * content. */
RATLS_MUST_USE bool rt_trail_file(const char *subject, const uint8_t digest[RT_DIGEST_LEN],
                                  char out[RT_SUBJECT_LEN]);

#endif
