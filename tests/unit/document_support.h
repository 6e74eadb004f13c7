/* document_support.h - trust documents for the tests, as texts of the preprocessor. */
#ifndef DOCUMENT_SUPPORT_H
#define DOCUMENT_SUPPORT_H

/* Measurements of 32 bytes. */
#define HEX_16(d) d d d d d d d d d d d d d d d d
#define HEX_64(d) HEX_16(d) HEX_16(d) HEX_16(d) HEX_16(d)
#define M_A       HEX_64("a")
#define M_B       HEX_64("b")
#define M_C       HEX_64("c")

#define DOCUMENT(items) "{\"format\":\"ratls-trust/1\",\"items\":[" items "]}"
/* `more`: further members, each with a comma before it. */
#define ITEM(kind, tee, name, version, state, more, body)                                          \
    "{\"kind\":\"" kind "\",\"tee\":\"" tee "\",\"name\":\"" name "\",\"version\":" version        \
    ",\"state\":\"" state "\"" more ",\"body\":" body "}"
#define REFVAL(name, version, state, body) ITEM("refval", "tdx", name, version, state, "", body)
#define LISTS(m)                           "{\"measurements\":[\"" m "\"]}"
#define REVOKE(tee, name, what, value)                                                             \
    ITEM("revocation", tee, name, "1", "active", "",                                               \
         "{\"what\":\"" what "\",\"value\":\"" value "\"}")

/* Names of revocations: the first 16 bytes of SHA-256 over the bytes of the value. */
#define REVOKED_M_A "measurement-e0e77a507412b120f6ede61f62295b1a"
#define KEY_1       HEX_64("1")
#define REVOKED_KEY "key-02d449a31fbb267c8f352e9968a79e3e"

#endif
