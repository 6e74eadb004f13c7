/* fields.h - typed members of a signed JSON document, with failure that sticks, as in the reader:
 * a row of reads is checked once at the end. A member that is absent, null or of another form is a
 * failure; members nobody asks for are ignored, for vendors add some. */
#ifndef RT_FIELDS_H
#define RT_FIELDS_H

#include "base.h"

struct cJSON;

struct rt_fields {
    const char *document; /* "TCB info" */
    struct ratls_error *err;
    bool bad; /* the first failure is in `err`: RATLS_E_COLLATERAL_FORMAT, by name */
};

/* Reads a document: strict JSON, an object, then whatever `read` asks of it. *json is new
 * (rt_json_free), also when members fail. RATLS_E_COLLATERAL_FORMAT, RATLS_E_NO_MEMORY. */
typedef void rt_fields_fn(struct rt_fields *f, const struct cJSON *json, void *out);
struct rt_document {
    const char *name; /* "TCB info" */
    rt_fields_fn *read;
};
RATLS_MUST_USE enum ratls_err rt_document_read(const struct rt_document *document,
                                               struct ratls_bytes text, void *out,
                                               struct cJSON **json, struct ratls_error *err);

bool rt_field_exists(const struct cJSON *object, const char *name);
/* 0 once bad. */
uint64_t rt_field_uint(struct rt_fields *f, const struct cJSON *object, const char *name,
                       uint64_t max);
/* Exactly `len` bytes of hex, either letter case; zeros once bad. */
void rt_field_hex(struct rt_fields *f, const struct cJSON *object, const char *name, uint8_t *out,
                  size_t len);
/* "YYYY-MM-DDTHH:MM:SSZ" to seconds since 1970. */
int64_t rt_field_date(struct rt_fields *f, const struct cJSON *object, const char *name);
/* Borrowed; "" once bad. */
const char *rt_field_text(struct rt_fields *f, const struct cJSON *object, const char *name);
const struct cJSON *rt_field_object(struct rt_fields *f, const struct cJSON *object,
                                    const char *name);
/* A list of `min` to `max` objects; NULL once bad. */
const struct cJSON *rt_field_list(struct rt_fields *f, const struct cJSON *object, const char *name,
                                  size_t min, size_t max);
void rt_field_fail(struct rt_fields *f, const char *name, const char *why);

#endif
