/* http_head.h - the head of an HTTP/1.x request, as strict as RFC 9112 allows a recipient to be.
 *
 * Lines end in CR LF and nothing else; one space each in the request line; no space around a field
 * name, no folded lines, no control characters, no empty line in front; HTTP/1.1 has exactly one
 * Host. Two readers of the same bytes must not come to different ends: what could be read in two
 * ways is refused (smuggling, RFC 9112 s.11.2).
 * Everything is borrowed from the bytes given. What it does NOT do: decide which methods, targets
 * and fields are welcome; look behind the head; decode percent signs.
 * Thread rule: all functions are pure. */
#ifndef PX_HTTP_HEAD_H
#define PX_HTTP_HEAD_H

#include "ratls/bytes.h"

#define PX_HEAD_MAX_BYTES  (8 * 1024) /* the usual limits */
#define PX_HEAD_MAX_FIELDS 100

struct px_head_limits {
    size_t bytes, fields;
};
extern const struct px_head_limits px_head_usual;

struct px_head {
    struct ratls_bytes method, target; /* as sent; of the target only 0x21 to 0x7e */
    unsigned minor;                    /* HTTP/1.minor: 0 or 1 */
    struct ratls_bytes fields;         /* their lines */
    struct ratls_bytes host;           /* the value; absent in some of HTTP/1.0 */
    size_t n_fields;
    size_t len; /* of all, the empty line included: what follows is no head */
};

enum px_head_is {
    PX_HEAD_WHOLE,
    PX_HEAD_PART, /* so far nothing is wrong with it */
    PX_HEAD_MALFORMED,
    PX_HEAD_TOO_LARGE,
};

/* `*out` is filled where the head is whole. The answer does not depend on how the bytes came: what
 * is malformed stays so when more follows. */
enum px_head_is px_head_parse(struct ratls_bytes bytes, const struct px_head_limits *limits,
                              struct px_head *out);

struct px_field {
    struct ratls_bytes name, value; /* value without the space around it */
    struct ratls_bytes line;        /* all of it, with CR LF */
};

/* The next field, after `rest` was set to head->fields; false when there is none. */
bool px_head_next(struct ratls_bytes *rest, struct px_field *out);
/* How many fields have the name, in any case of letters; *last (may be NULL) is the last one. */
size_t px_head_find(const struct px_head *head, const char *name, struct ratls_bytes *last);
/* Case of letters does not matter. */
bool px_text_is(struct ratls_bytes text, const char *word);

enum px_body_is {
    PX_BODY_NONE,    /* neither Content-Length nor Transfer-Encoding */
    PX_BODY_LENGTH,  /* *length bytes, perhaps 0 */
    PX_BODY_CHUNKED, /* and nothing but chunked */
    PX_BODY_UNCLEAR, /* both, twice, a list, another coding: refuse */
};

enum px_body_is px_head_body(const struct px_head *head, uint64_t *length);

#endif
