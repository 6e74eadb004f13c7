/* pkcs11_uri.h - a URL of PKCS#11 (RFC 7512) that names one secret key of one token. */
#ifndef RT_PKCS11_URI_H
#define RT_PKCS11_URI_H

#include "base.h"

#define RT_P11_TEXT_MAX 64   /* bytes of a label, id or serial number */
#define RT_P11_PATH_MAX 1024 /* with NUL */

struct rt_p11_text {
    bool given;
    size_t len;
    uint8_t p[RT_P11_TEXT_MAX];
};

struct rt_p11_uri {
    struct rt_p11_text token, manufacturer, serial, model; /* of the token */
    struct rt_p11_text object, id;                         /* of the key */
    bool has_slot;
    unsigned long slot;
    char module[RT_P11_PATH_MAX], pin_file[RT_P11_PATH_MAX]; /* absolute */
};

/* What follows "pkcs11:". RATLS_E_USAGE: malformed, an attribute twice or unknown, no key or no
 * module named, a PIN in the URL itself. */
RATLS_MUST_USE enum ratls_err rt_p11_uri_parse(const char *text, struct rt_p11_uri *out,
                                               struct ratls_error *err);
/* A field of a token, padded with blanks (PKCS#11 v2.40, 3.2), is what the URL says, if it does. */
bool rt_p11_fits(const struct rt_p11_text *wanted, const uint8_t *field, size_t len);

#endif
