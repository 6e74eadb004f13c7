/* crypto_curve.h - what crypto*.c share: the named curves (FIPS 186-4 D.1.2) and checks on their
 * numbers. Not for other files. */
#ifndef RT_CRYPTO_CURVE_H
#define RT_CRYPTO_CURVE_H

#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/types.h>

#include "crypto.h"

#define RT_SCALAR_MAX 66 /* P-521 */
#define RT_POINT_MAX  (2 * RT_SCALAR_MAX)

struct rt_curve_row {
    enum rt_curve curve;
    enum rt_key_type type;
    int wolf_id;
    size_t size;                     /* bytes of a coordinate, and of the order */
    unsigned bits;                   /* of the field, and of the order */
    struct ratls_bytes (*oid)(void); /* of the named curve, RFC 5480 s.2.1.1.1 */
    const uint8_t *order, *prime;    /* big endian, `size` bytes */
    enum rt_hash hash;               /* signatures of our own keys */
};

/* NULL for types and curves that are none of these. */
const struct rt_curve_row *rt_curve_row(enum rt_curve curve);
const struct rt_curve_row *rt_curve_of_type(enum rt_key_type type);
const struct rt_curve_row *rt_curve_of_oid(struct ratls_bytes oid);

/* 1 <= v < limit, both big endian of `len` bytes; constant time, for v may be secret. */
bool rt_in_range(const uint8_t *v, const uint8_t *limit, size_t len);
/* X || Y names a point of the curve, else RATLS_E_CERT_KEY. All curves here have cofactor 1, so no
 * subgroup is left over. */
RATLS_MUST_USE enum ratls_err rt_check_point(const struct rt_curve_row *curve,
                                             struct ratls_bytes point);
/* A result of wolfCrypt that says nothing of the numbers that it was given: memory was short. With
 * fixed curves and numbers in range it reports that also as a failure to set them up. */
bool rt_is_wolf_failure(int rc);

/* A key of this scalar; `scalar` is copied. `env` may be NULL: then only the system's randomness
 * blinds the computation. RATLS_E_CERT_KEY when the scalar is outside 1..n-1. */
RATLS_MUST_USE enum ratls_err rt_key_of_scalar(const struct ratls_env *env,
                                               const struct rt_curve_row *curve,
                                               struct ratls_bytes scalar, struct rt_key **out);

/* What wolfCrypt calls a hash that RSASSA-PSS is used with, and MGF1 with the same hash. */
struct rt_pss_row {
    enum rt_hash hash;
    enum wc_HashType type;
    int mgf;
};
const struct rt_pss_row *rt_pss_row(enum rt_hash hash); /* NULL for others */

#endif
