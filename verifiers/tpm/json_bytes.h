/* json_bytes.h - bytes in the JSON that carries quotes, in each of the forms that are in use. */
#ifndef RT_TPM_JSON_BYTES_H
#define RT_TPM_JSON_BYTES_H

#include "base.h"

struct cJSON;

enum rt_json_form {
    RT_JSON_HEX,       /* either letter case */
    RT_JSON_BASE64,    /* RFC 4648 s.4, with padding */
    RT_JSON_BASE64URL, /* RFC 4648 s.5, with padding */
    RT_JSON_NUMBERS,   /* an array of numbers */
};

/* The bytes of `item` (NULL: absent), 1 to `max` of them; *out is new. `what` is for the text of
 * the error: RATLS_E_EVIDENCE_FORMAT. */
struct rt_json_bytes {
    enum rt_json_form form;
    size_t max;
    const char *what;
};
RATLS_MUST_USE enum ratls_err rt_json_read_bytes(const struct cJSON *item,
                                                 const struct rt_json_bytes *how,
                                                 struct ratls_buffer *out, struct ratls_error *err);

/* `object` is an object and has no members but these. RATLS_E_EVIDENCE_FORMAT. */
RATLS_MUST_USE enum ratls_err rt_json_check_members(const struct cJSON *object,
                                                    const char *const *names, size_t n,
                                                    struct ratls_error *err);

#endif
