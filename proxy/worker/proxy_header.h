/* proxy_header.h - the PROXY protocol header that goes to a backend before the peer's first byte.
 *
 * Version 2 (haproxy's doc/proxy-protocol.txt, s.2.2) with what is known of the attested peer as
 * TLVs, or version 1 (s.2.1) with addresses alone. proxy/PROXY-TLV.md lists the types.
 * A receiver must take the first header only: whatever follows it, another header for instance, are
 * the peer's own bytes.
 * What it does NOT do: read headers, or shorten what does not fit: then there is no header. */
#ifndef PX_PROXY_HEADER_H
#define PX_PROXY_HEADER_H

#include <sys/socket.h>

#include "facts.h"

#define PX_HEADER_MAX 2048
#define PX_TLV_MAX    255 /* one value; s.2.2.5 allows PP2_TYPE_UNIQUE_ID 128 */
#define PX_UNIQUE_MAX 128

/* Types from s.2.2, and ours from the range for applications (s.2.2.8). */
enum px_tlv {
    PX_TLV_AUTHORITY = 0x02,
    PX_TLV_CRC32C = 0x03,
    PX_TLV_UNIQUE_ID = 0x05,
    PX_TLV_SSL = 0x20,
    PX_TLV_SSL_VERSION = 0x21,
    PX_TLV_SSL_CIPHER = 0x23,

    PX_TLV_VERDICT = 0xE0,     /* "allow", or "none": nobody was judged */
    PX_TLV_TEE = 0xE1,         /* "tdx" */
    PX_TLV_MEASUREMENT = 0xE2, /* hex */
    PX_TLV_LEVEL = 0xE3,       /* "key", "session", "quote" */
    PX_TLV_SIMULATED = 0xE4,   /* "true", "false" */
    PX_TLV_POLICY = 0xE5,      /* struct px_facts */
    PX_TLV_SPKI = 0xE6,        /* hex, SHA-256 of the peer's key */
    PX_TLV_TCB_STATUS = 0xE7,
    PX_TLV_BASELINE = 0xE8, /* "ID@VERSION" */
    PX_TLV_EVIDENCE = 0xE9, /* hex, SHA-256 */
    PX_TLV_EXPIRES = 0xEA,  /* seconds since 1970, decimal; absent without an end */
    PX_TLV_SERVICE = 0xEB,  /* of the proxy */
};

/* All borrowed. */
struct px_header {
    struct sockaddr_storage from, to; /* of the accepted connection; not IP: an unknown peer */
    const struct px_facts *facts;     /* NULL: no TLV at all */
    const char *service, *authority;  /* authority: SNI; NULL: none */
    const char *unique_id;            /* NULL: none */
};

/* Ends of an accepted connection; false when it is none any more. */
RATLS_MUST_USE bool px_header_ends(struct px_header *h, int fd);
/* The length written; 0: it does not fit, or the verdict is a refusal. */
RATLS_MUST_USE size_t px_header_v2(const struct px_header *h, uint8_t out[PX_HEADER_MAX]);
RATLS_MUST_USE size_t px_header_v1(const struct px_header *h, uint8_t out[PX_HEADER_MAX]);

#endif
