/* oid.h - content bytes of the OBJECT IDENTIFIERs this project reads and writes. */
#ifndef RT_OID_H
#define RT_OID_H

#include "ratls/bytes.h"

/* X(NAME, bytes..., comment by line) */
#define RT_OIDS(X)                                                                                 \
    X(EC_PUBLIC_KEY, "\x2a\x86\x48\xce\x3d\x02\x01")      /* 1.2.840.10045.2.1 */                  \
    X(P256, "\x2a\x86\x48\xce\x3d\x03\x01\x07")           /* 1.2.840.10045.3.1.7 */                \
    X(P384, "\x2b\x81\x04\x00\x22")                       /* 1.3.132.0.34 */                       \
    X(P521, "\x2b\x81\x04\x00\x23")                       /* 1.3.132.0.35 */                       \
    X(SM2, "\x2a\x81\x1c\xcf\x55\x01\x82\x2d")            /* 1.2.156.10197.1.301 */                \
    X(ED25519, "\x2b\x65\x70")                            /* 1.3.101.112 */                        \
    X(RSA, "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01")        /* 1.2.840.113549.1.1.1 */               \
    X(RSA_SHA256, "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b") /* 1.2.840.113549.1.1.11 */              \
    X(RSA_SHA384, "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c") /* 1.2.840.113549.1.1.12 */              \
    X(RSA_SHA512, "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d") /* 1.2.840.113549.1.1.13 */              \
    X(RSA_PSS, "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a")    /* 1.2.840.113549.1.1.10 */              \
    X(MGF1, "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08")       /* 1.2.840.113549.1.1.8 */               \
    X(SHA384, "\x60\x86\x48\x01\x65\x03\x04\x02\x02")     /* 2.16.840.1.101.3.4.2.2 */             \
    X(ECDSA_SHA256, "\x2a\x86\x48\xce\x3d\x04\x03\x02")   /* 1.2.840.10045.4.3.2 */                \
    X(ECDSA_SHA384, "\x2a\x86\x48\xce\x3d\x04\x03\x03")   /* 1.2.840.10045.4.3.3 */                \
    X(ECDSA_SHA512, "\x2a\x86\x48\xce\x3d\x04\x03\x04")   /* 1.2.840.10045.4.3.4 */                \
    X(CN, "\x55\x04\x03")                                 /* 2.5.4.3 */                            \
    X(COUNTRY, "\x55\x04\x06")                            /* 2.5.4.6 */                            \
    X(LOCALITY, "\x55\x04\x07")                           /* 2.5.4.7 */                            \
    X(STATE, "\x55\x04\x08")                              /* 2.5.4.8 */                            \
    X(ORGANIZATION, "\x55\x04\x0a")                       /* 2.5.4.10 */                           \
    X(UNIT, "\x55\x04\x0b")                               /* 2.5.4.11 */                           \
    X(SKI, "\x55\x1d\x0e")                                /* 2.5.29.14 */                          \
    X(KEY_USAGE, "\x55\x1d\x0f")                          /* 2.5.29.15 */                          \
    X(SAN, "\x55\x1d\x11")                                /* 2.5.29.17 */                          \
    X(BASIC_CONSTRAINTS, "\x55\x1d\x13")                  /* 2.5.29.19 */                          \
    X(CRL_NUMBER, "\x55\x1d\x14")                         /* 2.5.29.20 */                          \
    X(CRL_REASON, "\x55\x1d\x15")                         /* 2.5.29.21 */                          \
    X(DELTA_CRL, "\x55\x1d\x1b")                          /* 2.5.29.27 */                          \
    X(ISSUING_POINT, "\x55\x1d\x1c")                      /* 2.5.29.28 */                          \
    X(CERTIFICATE_ISSUER, "\x55\x1d\x1d")                 /* 2.5.29.29 */                          \
    X(NAME_CONSTRAINTS, "\x55\x1d\x1e")                   /* 2.5.29.30 */                          \
    X(CRL_DISTRIBUTION, "\x55\x1d\x1f")                   /* 2.5.29.31 */                          \
    X(AKI, "\x55\x1d\x23")                                /* 2.5.29.35 */                          \
    X(EXT_KEY_USAGE, "\x55\x1d\x25")                      /* 2.5.29.37 */                          \
    X(EKU_SERVER, "\x2b\x06\x01\x05\x05\x07\x03\x01")     /* 1.3.6.1.5.5.7.3.1 */                  \
    X(EKU_CLIENT, "\x2b\x06\x01\x05\x05\x07\x03\x02")     /* 1.3.6.1.5.5.7.3.2 */                  \
    X(EKU_ANY, "\x55\x1d\x25\x00")                        /* 2.5.29.37.0 */                        \
    X(TCG_AIK, "\x67\x81\x05\x08\x03")                    /* 2.23.133.8.3 */                       \
    X(TAGGED_EVIDENCE, "\x67\x81\x05\x05\x04\x09")        /* 2.23.133.5.4.9 (CCC RA-TLS) */        \
    X(PE_CMW, "\x2b\x06\x01\x05\x05\x07\x01\x23")         /* 1.3.6.1.5.5.7.1.35 (RFC 9999) */      \
    X(SGX, "\x2a\x86\x48\x86\xf8\x4d\x01\x0d\x01")        /* 1.2.840.113741.1.13.1 (PCK) */        \
    X(AMD, "\x2b\x06\x01\x04\x01\x9c\x78\x01")            /* 1.3.6.1.4.1.3704.1 (VEK) */           \
    X(TCB_INFO, "\x67\x81\x05\x05\x04\x01")               /* 2.23.133.5.4.1 (TCG DICE) */          \
    X(DMTF, "\x2b\x06\x01\x04\x01\x83\x1c\x82\x12\x01")   /* 1.3.6.1.4.1.412.274.1 */

struct rt_oid {
    const char *name;
    struct ratls_bytes der;
};

#define RT_X_OID(name, bytes)                                                                      \
    static inline struct ratls_bytes rt_oid_##name(void)                                           \
    {                                                                                              \
        return ratls_bytes(bytes, sizeof(bytes) - 1);                                              \
    }
RT_OIDS(RT_X_OID)
#undef RT_X_OID

#define RT_OID(name) rt_oid_##name()

#endif
