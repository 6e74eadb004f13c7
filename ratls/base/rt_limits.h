/* rt_limits.h - every length that comes from outside is compared with one of these first. */
#ifndef RT_LIMITS_H
#define RT_LIMITS_H

#define RT_MAX_CERT        (18 * 1024) /* DER of one certificate; TLS ends near 18,400 bytes */
#define RT_MAX_CHAIN       4           /* certificates a peer may send with an identity CA */
#define RT_MAX_EVIDENCE    (64 * 1024) /* raw evidence, also a quote of a session */
#define RT_MAX_CLAIMS_CBOR 4096        /* claims map of the certificate form */
#define RT_MAX_CBOR_ITEMS  32          /* entries of one CBOR array or map */
#define RT_MAX_CBOR_NODES  512         /* items of one CBOR tree, at all levels together */
#define RT_MAX_CBOR_DEPTH  8           /* arrays, maps and tags within each other */
#define RT_MAX_CERT_TABLE  16          /* entries of AMD's certificate table */
#define RT_MAX_EXTENSIONS  32          /* extensions of one certificate */
#define RT_MAX_SAN         64          /* names in one subjectAltName */
#define RT_MAX_FRAME       65535       /* payload of a session frame (protocol, "Session frames") */
#define RT_MAX_JSON        (256 * 1024) /* policy and other documents */
#define RT_MAX_JSON_DEPTH  16
#define RT_MAX_CARRIER     (4 * 1024 * 1024) /* evidence and logs as JSON of other frameworks */
#define RT_MAX_COLLATERAL                                                                          \
    (1024 * 1024) /* all documents of one platform; CRLs are hex there                             \
                   */
#define RT_MAX_COLLATERAL_DOCS 256
#define RT_MAX_FILE            (1024 * 1024)
#define RT_MAX_CRL             (1024 * 1024)
#define RT_MAX_CLAIMS          256  /* named claims of one verdict */
#define RT_MAX_CLAIM_ITEMS     4096 /* of one list */

#define RT_MAX_COMPOSITE (128 * 1024) /* evidence in parts, also the devices of a session */

#define RT_MAX_EVENT_LOG  (1024 * 1024) /* IMA log, boot log, or the ACPI area that holds that */
#define RT_MAX_EVENTS     16384         /* events, or entries, of one such log */
#define RT_MAX_LOG_HASHES 8             /* algorithms that the header of a boot log declares */
#define RT_MAX_IMA_PATH   4096          /* PATH_MAX of Linux */

#define RT_MAX_HTTP_HEADERS (64 * 1024) /* of one answer of a collateral service */
#define RT_MAX_API_KEY      256

#define RT_HANDSHAKE_TIMEOUT_MS 10000 /* handshake and frames together */
#define RT_CERT_LIFETIME_S      3600  /* default and longest life of an ephemeral certificate */
#define RT_CERT_BACKDATE_S      300
#define RT_REFUSED_FOR_S        5   /* a refusal of the same certificate by the same trust stands */
#define RT_CLOCK_SKEW_S         300 /* ratls-iat may lie this far ahead */

#endif
