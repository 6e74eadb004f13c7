/* urlform.h - the body of a request to a token endpoint: application/x-www-form-urlencoded (RFC
 * 6749 appendix B), read strictly.
 *
 * Names and values are printable ASCII once decoded. A field without `=`, an empty name, a broken
 * percent sign, a raw character that has to be encoded, and too many fields make the whole form
 * bad: nobody then has to guess what another reader made of it. */
#ifndef PX_URLFORM_H
#define PX_URLFORM_H

#include "ratls/ratls.h"

#define PX_FORM_FIELDS 32

struct px_form {
    size_t n;
    struct {
        const char *name, *value; /* value "": as if the field were not there (RFC 6749 s.3.2) */
    } field[PX_FORM_FIELDS];
    char *text; /* that they are in: NUL at its end, also of a form that is bad */
    size_t size;
};

enum px_form_is { PX_FORM_GOOD, PX_FORM_BAD, PX_FORM_NO_MEMORY };

/* *out is new in any case. */
enum px_form_is px_form_read(struct ratls_bytes body, struct px_form *out);
void px_form_free(struct px_form *f); /* wipes; legal on a zeroed one */

/* How often the name is there, with or without a value. */
size_t px_form_count(const struct px_form *f, const char *name);
/* The value of its first field that has one; NULL: none. */
const char *px_form_get(const struct px_form *f, const char *name);

#endif
