/* hygon.h - the certificates of Hygon's CPUs, which are no X.509: packed structures with an SM2 key
 * and signatures over what stands before them. Little endian, numbers of a key or signature too.
 *
 *   HRK  Hygon's root, signed by itself   832 bytes
 *   HSK  of a series of chips, by the HRK  832 bytes
 *   CEK  of one chip, by the HSK          2084 bytes
 *   PEK  of one platform, by the CEK, and by an owner (OCA) if there is one
 *
 * Hygon gives HSK and CEK of a chip as one file of 2916 bytes. They carry no dates, and nothing
 * revokes them. Layout: openanolis/csv-rs, src/certs; inclavare-containers/rats-tls,
 * src/verifiers/csv/hygoncert.h. As text: PEM with the label below, each block an HRK, or an HSK
 * and a CEK. Parsing proves nothing. */
#ifndef RT_HYGON_H
#define RT_HYGON_H

#include "sm.h"

#define RT_HYGON_LABEL    "HYGON CERTIFICATE"
#define RT_HYGON_CA_LEN   832  /* HRK, HSK */
#define RT_HYGON_LEAF_LEN 2084 /* CEK, PEK */
#define RT_HYGON_PAIR_LEN (RT_HYGON_CA_LEN + RT_HYGON_LEAF_LEN)
#define RT_HYGON_ID_LEN   16
#define RT_HYGON_UID_ROOM 254
#define RT_HYGON_CURVE    3  /* SM2 with 256 bits */
#define RT_HYGON_ALGO     4  /* SM2 signatures with SM3 */
#define RT_HYGON_FIELD    72 /* of a number: RT_SM2_SIZE bytes, and zeros */
#define RT_HYGON_SIG_LEN  520
#define RT_HYGON_LEAF_SIG 1044 /* where the first signature of CEK or PEK begins */
#define RT_HYGON_CA_SIG   576

enum rt_hygon_usage {
    RT_HYGON_HRK = 0,
    RT_HYGON_HSK = 0x13,
    RT_HYGON_NONE = 0x1000, /* a signature that is not there */
    RT_HYGON_OCA = 0x1001,
    RT_HYGON_PEK = 0x1002,
    RT_HYGON_CEK = 0x1004,
};

struct rt_hygon_signature {
    bool is_there;
    uint32_t by;                /* usage of the key that signed; of a CA not written, but known */
    uint8_t rs[RT_SM2_SIG_LEN]; /* big endian */
};

struct rt_hygon_cert { /* borrows from the bytes */
    uint32_t usage;
    struct ratls_bytes whole, signed_part;
    struct ratls_bytes uid;          /* what its key signs under (SM2's id) */
    struct ratls_bytes key_id;       /* of HRK and HSK; len 0: it has none */
    struct ratls_bytes issuer;       /* key id of the issuer: of HRK, HSK and CEK; zeros in a PEK */
    uint8_t point[RT_SM2_POINT_LEN]; /* big endian */
    struct rt_hygon_signature signature[2];
};

/* The numbers of a key or signature, as fields that follow each other: two of RT_SM2_SIZE bytes,
 * big endian. The reader is bad also when a high byte is not zero. */
void rt_hygon_read_pair(struct rt_reader *r, uint8_t out[2 * RT_SM2_SIZE]);

/* Exactly such a certificate, of that usage. RATLS_E_CERT_FORMAT: size, usage, length of the uid,
 * high bytes of numbers, reserved bytes that no signature covers, a second signature that has no
 * business there; RATLS_E_CERT_KEY: another curve or algorithm.
 * That the point is on the curve is asked when it verifies. */
RATLS_MUST_USE enum ratls_err rt_hygon_read(struct ratls_bytes cert, enum rt_hygon_usage usage,
                                            struct rt_hygon_cert *out, struct ratls_error *err);

/* Is the issuer named, is there a signature of its usage, and is that one good under its key and
 * uid? RATLS_E_CERT_CHAIN, RATLS_E_CERT_SIGNATURE, RATLS_E_CERT_KEY. */
RATLS_MUST_USE enum ratls_err rt_hygon_signed_by(const struct rt_hygon_cert *cert,
                                                 const struct rt_hygon_cert *issuer,
                                                 struct ratls_error *err);

/* What a simulated root, and what it issues, begin their uid with. */
bool rt_hygon_has_mark(const struct rt_hygon_cert *ca, const char *mark);

/* SubjectPublicKeyInfo of the key. */
void rt_hygon_spki(const struct rt_hygon_cert *cert, uint8_t spki[RT_SM2_SPKI_LEN]);

typedef enum ratls_err rt_hygon_fn(void *arg, struct ratls_bytes block, struct ratls_error *err);

/* The blocks of a text, or the one certificate that `file` is; *n: how many. None is no error.
 * `take` gets each (borrowed); its first error ends the walk. RATLS_E_CONFIG for malformed PEM. */
RATLS_MUST_USE enum ratls_err rt_each_hygon(struct ratls_bytes file, rt_hygon_fn *take, void *arg,
                                            size_t *n, struct ratls_error *err);

#endif
