/* x509_support.h - certificates for tests: from our own mint, from openssl, or patched. */
#ifndef RT_X509_SUPPORT_H
#define RT_X509_SUPPORT_H

#include "crypto_support.h"
#include "der.h"
#include "mint.h"
#include "oid.h"
#include "x509.h"

#define NOW INT64_C(1750000000)
#define DAY 86400

/* A certificate with the key it is for. */
struct made {
    struct rt_key *key;
    struct ratls_buffer der;
    struct rt_x509 cert;
};

static inline struct ratls_bytes der_of(const struct made *m)
{
    return rt_bytes_of(&m->der);
}

static inline void made_free(struct made *m)
{
    rt_key_free(m->key);
    ratls_buffer_free(&m->der);
    *m = (struct made){0};
}

/* `what` without key, issuer and dates, which are filled in; by == NULL: self-signed. */
static inline void make(struct rt_mint what, const struct made *by, struct made *out)
{
    struct ratls_error err = {0};

    *out = (struct made){.key = make_key(RT_P256)};
    what.subject_spki = rt_key_spki(out->key);
    what.issuer_key = by ? by->key : out->key;
    if (by)
        what.issuer_name = by->cert.subject;
    if (!what.not_before)
        what.not_before = NOW - DAY;
    if (!what.not_after)
        what.not_after = NOW + DAY;
    cr_assert_eq(rt_mint(ratls_env_system(), &what, &out->der, &err), RATLS_OK, "%s", err.detail);
    cr_assert_eq(rt_x509_parse(der_of(out), &out->cert, &err), RATLS_OK, "%s", err.detail);
}

static inline void make_ca(const char *cn, int path_len, const struct made *by, struct made *out)
{
    make((struct rt_mint){.subject = {.common_name = cn}, .is_ca = true, .path_len = path_len}, by,
         out);
}

/* A new buffer with the only occurrence of `from` replaced by `to`, of the same length. */
static inline struct ratls_buffer patched(struct ratls_bytes der, struct ratls_bytes from,
                                          struct ratls_bytes to)
{
    struct ratls_buffer out = {0};

    cr_assert_eq(from.len, to.len);
    MUST(rt_dup(der, &out));
    uint8_t *at = memmem(out.p, out.len, from.p, from.len);
    cr_assert_not_null(at);
    memcpy(at, to.p, to.len);
    return out;
}

#endif
