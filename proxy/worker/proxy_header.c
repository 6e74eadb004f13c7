/* Writing PROXY protocol headers. Section numbers are those of haproxy's doc/proxy-protocol.txt. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>

#include "proxy_header.h"

/* s.2.2: signature, version and command, family and protocol, length of the rest. */
#define V2_SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define V2_LENGTH_AT 14
enum { V2_LOCAL = 0x20, V2_PROXY = 0x21 };
enum { V2_UNSPEC = 0x00, V2_TCP4 = 0x11, V2_TCP6 = 0x21 };
#define CRC_LEN 4

/* s.2.2.6: bits of `client`; `verify` is 0 for a certificate that was verified. */
enum { CLIENT_SSL = 0x01, CLIENT_CERT_CONN = 0x02, CLIENT_CERT_SESS = 0x04 };
enum { VERIFIED = 0, NOT_VERIFIED = 1 };

/* ---- writing ---- */

struct put {
    uint8_t *out;
    size_t len;
    bool bad;
};

static void put_bytes(struct put *p, const void *bytes, size_t len)
{
    if (p->bad || len > PX_HEADER_MAX - p->len) {
        p->bad = true;
        return;
    }
    memcpy(&p->out[p->len], bytes, len);
    p->len += len;
}

static void put_u8(struct put *p, unsigned value)
{
    const uint8_t byte = (uint8_t)value;

    put_bytes(p, &byte, 1);
}

static void put_u32(struct put *p, uint32_t value)
{
    const uint32_t swapped = htonl(value);

    put_bytes(p, &swapped, sizeof swapped);
}

static void put_u16(struct put *p, size_t value)
{
    const uint16_t swapped = htons((uint16_t)value);

    put_bytes(p, &swapped, sizeof swapped);
}

/* What is not known is left out. */
static void put_tlv(struct put *p, enum px_tlv type, const char *value)
{
    size_t len = value ? strlen(value) : 0;

    if (len == 0)
        return;
    if (len > PX_TLV_MAX) {
        p->bad = true;
        return;
    }
    put_u8(p, type);
    put_u16(p, len);
    put_bytes(p, value, len);
}

/* ---- addresses ---- */

struct ends {
    int family; /* AF_INET, AF_INET6, or AF_UNSPEC */
    struct sockaddr_in from4, to4;
    struct sockaddr_in6 from6, to6;
};

static void copy_v4(const struct sockaddr_storage *at, struct sockaddr_in *out)
{
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)at;

    if (at->ss_family == AF_INET) {
        memcpy(out, at, sizeof *out);
        return;
    }
    out->sin_port = six->sin6_port;
    memcpy(&out->sin_addr, &six->sin6_addr.s6_addr[12], sizeof out->sin_addr);
}

static bool is_v4(const struct sockaddr_storage *at)
{
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)at;

    return at->ss_family == AF_INET ||
           (at->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&six->sin6_addr));
}

/* A peer of IPv4 is one of IPv4 also where the listener takes both. */
static struct ends ends_of(const struct px_header *h)
{
    struct ends e = {.family = AF_UNSPEC};

    if (is_v4(&h->from) && is_v4(&h->to)) {
        e.family = AF_INET;
        copy_v4(&h->from, &e.from4);
        copy_v4(&h->to, &e.to4);
    } else if (h->from.ss_family == AF_INET6 && h->to.ss_family == AF_INET6) {
        e.family = AF_INET6;
        memcpy(&e.from6, &h->from, sizeof e.from6);
        memcpy(&e.to6, &h->to, sizeof e.to6);
    }
    return e;
}

bool px_header_ends(struct px_header *h, int fd)
{
    socklen_t from_len = sizeof h->from, to_len = sizeof h->to;

    return getpeername(fd, (struct sockaddr *)&h->from, &from_len) == 0 &&
           getsockname(fd, (struct sockaddr *)&h->to, &to_len) == 0;
}

/* An unknown peer is LOCAL: receivers refuse the command PROXY without addresses, and take LOCAL
 * from everybody. */
static void put_ends(struct put *p, const struct ends *e)
{
    static const unsigned families[] = {
        [AF_UNSPEC] = V2_UNSPEC, [AF_INET] = V2_TCP4, [AF_INET6] = V2_TCP6};

    put_u8(p, e->family == AF_UNSPEC ? V2_LOCAL : V2_PROXY);
    put_u8(p, families[e->family]);
    put_u16(p, 0);
    if (e->family == AF_INET) {
        put_bytes(p, &e->from4.sin_addr, sizeof e->from4.sin_addr);
        put_bytes(p, &e->to4.sin_addr, sizeof e->to4.sin_addr);
        put_bytes(p, &e->from4.sin_port, sizeof e->from4.sin_port);
        put_bytes(p, &e->to4.sin_port, sizeof e->to4.sin_port);
    } else if (e->family == AF_INET6) {
        put_bytes(p, &e->from6.sin6_addr, sizeof e->from6.sin6_addr);
        put_bytes(p, &e->to6.sin6_addr, sizeof e->to6.sin6_addr);
        put_bytes(p, &e->from6.sin6_port, sizeof e->from6.sin6_port);
        put_bytes(p, &e->to6.sin6_port, sizeof e->to6.sin6_port);
    }
}

/* ---- TLVs ---- */

static bool is_allowed(const struct px_facts *f)
{
    return strcmp(f->verdict, "allow") == 0;
}

/* The length, which stands at `at`, of all behind it. */
static void set_length(struct put *p, size_t at)
{
    const uint16_t len = htons((uint16_t)(p->len - at - sizeof len));

    if (!p->bad)
        memcpy(&p->out[at], &len, sizeof len);
}

static void put_ssl(struct put *p, const struct px_facts *f)
{
    bool allowed = is_allowed(f);
    size_t length_at = p->len + 1;

    put_u8(p, PX_TLV_SSL);
    put_u16(p, 0);
    put_u8(p, allowed ? CLIENT_SSL | CLIENT_CERT_CONN | CLIENT_CERT_SESS : CLIENT_SSL);
    put_u32(p, allowed ? VERIFIED : NOT_VERIFIED);
    put_tlv(p, PX_TLV_SSL_VERSION, "TLSv1.3");
    put_tlv(p, PX_TLV_SSL_CIPHER, f->suite);
    set_length(p, length_at);
}

static void put_baseline(struct put *p, const struct px_facts *f)
{
    char text[PX_TLV_MAX + 2];

    if (!f->baseline[0])
        return;
    (void)snprintf(text, sizeof text, "%s@%" PRIu64, f->baseline, f->baseline_version);
    put_tlv(p, PX_TLV_BASELINE, text);
}

static void put_expires(struct put *p, const struct px_facts *f)
{
    char text[24];

    if (f->expires == INT64_MAX)
        return;
    (void)snprintf(text, sizeof text, "%" PRId64, f->expires);
    put_tlv(p, PX_TLV_EXPIRES, text);
}

static void put_peer(struct put *p, const struct px_facts *f)
{
    put_tlv(p, PX_TLV_VERDICT, f->verdict);
    if (!is_allowed(f))
        return;
    put_tlv(p, PX_TLV_TEE, f->tee);
    put_tlv(p, PX_TLV_MEASUREMENT, f->measurement);
    put_tlv(p, PX_TLV_LEVEL, f->level);
    put_tlv(p, PX_TLV_SIMULATED, f->simulated ? "true" : "false");
    put_tlv(p, PX_TLV_POLICY, f->policy);
    put_tlv(p, PX_TLV_SPKI, f->spki_sha256);
    put_tlv(p, PX_TLV_TCB_STATUS, f->tcb_status);
    put_baseline(p, f);
    put_tlv(p, PX_TLV_EVIDENCE, f->evidence_sha256);
    put_expires(p, f);
}

/* RFC 3720 appendix B.4. */
static uint32_t crc32c(const uint8_t *bytes, size_t len)
{
    uint32_t crc = UINT32_MAX;

    for (size_t i = 0; i < len; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ UINT32_C(0x82F63B78) : crc >> 1;
    }
    return ~crc;
}

/* s.2.2.3: over the whole header, with zeros in its place; so the length is set before. */
static void put_crc(struct put *p)
{
    put_u8(p, PX_TLV_CRC32C);
    put_u16(p, CRC_LEN);
    put_u32(p, 0);
    set_length(p, V2_LENGTH_AT);
    if (p->bad)
        return;
    const uint32_t crc = htonl(crc32c(p->out, p->len));
    memcpy(&p->out[p->len - CRC_LEN], &crc, CRC_LEN);
}

/* ---- headers ---- */

size_t px_header_v2(const struct px_header *h, uint8_t out[PX_HEADER_MAX])
{
    struct put p = {.out = out};
    const struct ends ends = ends_of(h);

    put_bytes(&p, V2_SIGNATURE, sizeof V2_SIGNATURE - 1);
    put_ends(&p, &ends);
    set_length(&p, V2_LENGTH_AT);
    if (!h->facts)
        return p.bad ? 0 : p.len;
    if (strcmp(h->facts->verdict, "deny") == 0 ||
        (h->unique_id && strlen(h->unique_id) > PX_UNIQUE_MAX))
        return 0;
    put_tlv(&p, PX_TLV_AUTHORITY, h->authority);
    put_tlv(&p, PX_TLV_UNIQUE_ID, h->unique_id);
    put_ssl(&p, h->facts);
    put_peer(&p, h->facts);
    put_tlv(&p, PX_TLV_SERVICE, h->service);
    put_crc(&p);
    return p.bad ? 0 : p.len;
}

size_t px_header_v1(const struct px_header *h, uint8_t out[PX_HEADER_MAX])
{
    const struct ends e = ends_of(h);
    char from[INET6_ADDRSTRLEN] = "", to[INET6_ADDRSTRLEN] = "";
    int len = 0;

    if (e.family == AF_INET && inet_ntop(AF_INET, &e.from4.sin_addr, from, sizeof from) &&
        inet_ntop(AF_INET, &e.to4.sin_addr, to, sizeof to))
        len = snprintf((char *)out, PX_HEADER_MAX, "PROXY TCP4 %s %s %u %u\r\n", from, to,
                       ntohs(e.from4.sin_port), ntohs(e.to4.sin_port));
    else if (e.family == AF_INET6 && inet_ntop(AF_INET6, &e.from6.sin6_addr, from, sizeof from) &&
             inet_ntop(AF_INET6, &e.to6.sin6_addr, to, sizeof to))
        len = snprintf((char *)out, PX_HEADER_MAX, "PROXY TCP6 %s %s %u %u\r\n", from, to,
                       ntohs(e.from6.sin6_port), ntohs(e.to6.sin6_port));
    else
        len = snprintf((char *)out, PX_HEADER_MAX, "PROXY UNKNOWN\r\n");
    return len > 0 ? (size_t)len : 0;
}
