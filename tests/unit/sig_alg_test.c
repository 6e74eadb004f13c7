/* AlgorithmIdentifiers of signatures: exactly the forms that are understood. */
#include <criterion/criterion.h>

#include "crypto_support.h"
#include "x509_parts.h"

/* RSASSA-PSS-params of AMD's certificates, part by part (RFC 4055 s.3.1). */
#define PSS_OID  "06092a864886f70d01010a"
#define SHA384   "300d06096086480165030402020500"
#define SHA384_N "300b0609608648016503040202" /* without parameters */
#define SHA256   "300d06096086480165030402010500"
#define SHA512   "300d06096086480165030402030500"
#define HASH     "a00f" SHA384
#define MGF      "a11c301a06092a864886f70d010108" SHA384
#define SALT     "a203020130"
#define TRAILER  "a303020101"

static const struct {
    const char *what, *alg;
    enum ratls_err expected;
} rows[] = {
    {"as AMD's VCEK", PSS_OID "3034" HASH MGF SALT, RATLS_OK},
    {"as AMD's ARK, with the trailer", PSS_OID "3039" HASH MGF SALT TRAILER, RATLS_OK},
    {"hash without parameters", PSS_OID "3032a00d" SHA384_N MGF SALT, RATLS_OK},
    {"no parameters", PSS_OID, RATLS_E_CERT_KEY},
    {"NULL for parameters", PSS_OID "0500", RATLS_E_CERT_KEY},
    {"the defaults, SHA-1", PSS_OID "3000", RATLS_E_CERT_KEY},
    {"no hash", PSS_OID "3023" MGF SALT, RATLS_E_CERT_KEY},
    {"SHA-256", PSS_OID "3034a00f" SHA256 MGF SALT, RATLS_E_CERT_KEY},
    {"SHA-256 throughout, as COSE's PS256",
     PSS_OID "3034a00f" SHA256 "a11c301a06092a864886f70d010108" SHA256 "a203020120",
     RATLS_E_CERT_KEY},
    {"SHA-512 throughout, as COSE's PS512",
     PSS_OID "3034a00f" SHA512 "a11c301a06092a864886f70d010108" SHA512 "a203020140",
     RATLS_E_CERT_KEY},
    {"no mask generation", PSS_OID "3016" HASH SALT, RATLS_E_CERT_KEY},
    {"mask generation with SHA-256",
     PSS_OID "3034" HASH "a11c301a06092a864886f70d010108" SHA256 SALT, RATLS_E_CERT_KEY},
    {"another mask generation", PSS_OID "3034" HASH "a11c301a06092a864886f70d010109" SHA384 SALT,
     RATLS_E_CERT_KEY},
    {"no salt: 20 bytes", PSS_OID "302f" HASH MGF, RATLS_E_CERT_KEY},
    {"salt of 32 bytes", PSS_OID "3034" HASH MGF "a203020120", RATLS_E_CERT_KEY},
    {"another trailer", PSS_OID "3039" HASH MGF SALT "a303020102", RATLS_E_CERT_KEY},
    {"an element behind the salt", PSS_OID "3037" HASH MGF SALT "a40102", RATLS_E_CERT_KEY},
    {"bytes behind the hash", PSS_OID "3036a011" SHA384 "0500" MGF SALT, RATLS_E_CERT_KEY},
    {"bytes behind the generator",
     PSS_OID "3036" HASH "a11e301a06092a864886f70d010108" SHA384 "0500" SALT, RATLS_E_CERT_KEY},
    {"bytes behind the generator's hash",
     PSS_OID "3036" HASH "a11e301c06092a864886f70d010108" SHA384 "0500" SALT, RATLS_E_CERT_KEY},
    {"bytes behind the salt's number", PSS_OID "3036" HASH MGF "a2050201300500", RATLS_E_CERT_KEY},
    {"bytes behind the trailer's number", PSS_OID "303b" HASH MGF SALT "a3050201010500",
     RATLS_E_CERT_KEY},
    {"parameters of the hash other than NULL",
     PSS_OID "3037a012301006096086480165030402020403000000" MGF SALT, RATLS_E_CERT_KEY},
    {"an element behind the trailer", PSS_OID "303b" HASH MGF SALT TRAILER "0500",
     RATLS_E_CERT_KEY},
    {"bytes behind the parameters", PSS_OID "3034" HASH MGF SALT "0500", RATLS_E_CERT_KEY},
};

Test(sig_alg, knows_one_form_of_pss)
{
    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        enum rt_sig_alg alg = RT_SIG_ECDSA_SHA256;
        struct ratls_error err = {0};
        cr_expect_eq(rt_x509_read_sig_alg(unhex(rows[i].alg), &alg, &err), rows[i].expected,
                     "%s: %s", rows[i].what, err.detail);
        if (rows[i].expected == RATLS_OK)
            cr_expect_eq(alg, RT_SIG_RSAPSS_SHA384, "%s", rows[i].what);
    }
}

#define ECDSA_SHA256 "06082a8648ce3d040302"
#define ECDSA_SHA512 "06082a8648ce3d040304"
#define RSA_SHA256   "06092a864886f70d01010b"
#define RSA_SHA384   "06092a864886f70d01010c"

static const struct {
    const char *what, *alg;
    enum ratls_err expected;
    enum rt_sig_alg due;
} others[] = {
    {"ECDSA", ECDSA_SHA256, RATLS_OK, RT_SIG_ECDSA_SHA256},
    {"ECDSA with NULL", ECDSA_SHA256 "0500", RATLS_OK, RT_SIG_ECDSA_SHA256},
    {"ECDSA with something else", ECDSA_SHA256 "0401aa", RATLS_E_CERT_FORMAT, 0},
    {"ECDSA, bytes behind NULL", ECDSA_SHA256 "05000500", RATLS_E_CERT_FORMAT, 0},
    {"ECDSA with SHA-512", ECDSA_SHA512, RATLS_OK, RT_SIG_ECDSA_SHA512},
    {"ECDSA with SHA-512 and NULL", ECDSA_SHA512 "0500", RATLS_OK, RT_SIG_ECDSA_SHA512},
    {"ECDSA with SHA-512, bytes behind NULL", ECDSA_SHA512 "05000500", RATLS_E_CERT_FORMAT, 0},
    {"ECDSA with SHA-1", "06072a8648ce3d0401", RATLS_E_CERT_KEY, 0},
    {"ECDSA with SHA-224", "06082a8648ce3d040301", RATLS_E_CERT_KEY, 0},
    {"RSA", RSA_SHA384 "0500", RATLS_OK, RT_SIG_RSA_SHA384},
    {"RSA without NULL", RSA_SHA256, RATLS_E_CERT_FORMAT, 0},
    {"RSA with a NULL that is not empty", RSA_SHA256 "050100", RATLS_E_CERT_FORMAT, 0},
    {"RSA, bytes behind NULL", RSA_SHA256 "05000500", RATLS_E_CERT_FORMAT, 0},
    {"RSA with SHA-1", "06092a864886f70d0101050500", RATLS_E_CERT_KEY, 0},
    {"nothing", "", RATLS_E_CERT_KEY, 0},
};

Test(sig_alg, knows_the_others_by_their_oid)
{
    for (size_t i = 0; i < RT_COUNT(others); i++) {
        enum rt_sig_alg alg = RT_SIG_RSAPSS_SHA384;
        struct ratls_error err = {0};
        cr_expect_eq(rt_x509_read_sig_alg(unhex(others[i].alg), &alg, &err), others[i].expected,
                     "%s: %s", others[i].what, err.detail);
        if (others[i].expected == RATLS_OK)
            cr_expect_eq(alg, others[i].due, "%s", others[i].what);
    }
}
