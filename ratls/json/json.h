/* json.h - JSON (RFC 8259) read strictly, and written safely.
 *
 * cJSON builds the tree; before it sees a byte, the text is checked here, because cJSON is lenient
 * where an attacker wants it: it keeps duplicate members, takes control characters and broken
 * UTF-8, and ends strings at \u0000. Refused: duplicate members at any level, anything but integers
 * within
 * +-(2^53 - 1) as numbers (RFC 7493 s.2.2), nesting deeper than RT_MAX_JSON_DEPTH, objects with
 * more than RT_MAX_JSON_MEMBERS, NUL, lone surrogates, invalid UTF-8, a BOM, trailing bytes, empty
 * input. Does NOT know what a document means: unknown members are the caller's business. */
#ifndef RT_JSON_H
#define RT_JSON_H

#include "base.h"
#include "ratls/evidence.h"

#define RT_JSON_INT_MAX     INT64_C(9007199254740991) /* 2^53 - 1 */
#define RT_MAX_JSON_MEMBERS 512 /* of one object; keeps the search for duplicates short */

struct cJSON;

/* *out is new: rt_json_free(). `malformed` is the code of this kind of document. At most
 * RT_MAX_JSON bytes. */
RATLS_MUST_USE enum ratls_err rt_json_parse(struct ratls_bytes text, enum ratls_err malformed,
                                            struct cJSON **out, struct ratls_error *err);
/* The same with another limit. */
RATLS_MUST_USE enum ratls_err rt_json_parse_up_to(struct ratls_bytes text, size_t max,
                                                  enum ratls_err malformed, struct cJSON **out,
                                                  struct ratls_error *err);

/* The exact text of one member's value, without the white space around it: what a signature covers.
 */
struct rt_json_part {
    const char *name;        /* in */
    struct ratls_bytes text; /* out; borrows from the document */
};
/* The document must be an object with exactly these members, in any order. Nothing is decoded: a
 * name that is written with an escape is unknown. As strict as rt_json_parse() otherwise, but for
 * duplicates inside the values. */
RATLS_MUST_USE enum ratls_err rt_json_split(struct ratls_bytes text, enum ratls_err malformed,
                                            struct rt_json_part *parts, size_t n,
                                            struct ratls_error *err);
/* Does the text hold this name in quotes, anywhere? To tell forms of documents apart, no more. */
bool rt_json_mentions(struct ratls_bytes text, const char *name);
void rt_json_free(struct cJSON *json); /* NULL is legal */
/* Exact name, letter case included; NULL when absent. */
const struct cJSON *rt_json_member(const struct cJSON *object, const char *name);
/* The member is there, and not null. */
bool rt_json_has(const struct cJSON *object, const char *name);
/* A number from `min` to `max`. */
RATLS_MUST_USE bool rt_json_int(const struct cJSON *item, int64_t min, int64_t max, int64_t *out);

/* A quoted string; everything but printable ASCII is escaped. */
void rt_json_put_text(struct rt_writer *w, const char *text);
/* The same of UTF-8 with any character but NUL in it, which comes out of a reader as it was. */
void rt_json_put_utf8(struct rt_writer *w, struct ratls_bytes text);
/* In quotes (RFC 4648 s.4). */
void rt_json_put_base64(struct rt_writer *w, struct ratls_bytes bytes);
void rt_json_put_int(struct rt_writer *w, int64_t value);
void rt_json_put_raw(struct rt_writer *w, const char *json);
/* The value of a claim. Numbers may be larger than those that are read here. */
void rt_json_put_claim(struct rt_writer *w, const struct ratls_claim *c);

#endif
