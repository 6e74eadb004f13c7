/* Headers of the PROXY protocol. Golden bytes were made from the specification by other
 * means than the code under test. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <sys/un.h>
#include <unistd.h>

#include "base.h"
#include "proxy_header.h"

static const char golden_full[] =
    "0d0a0d0a000d0a515549540a21110133c0000207c63364099c4001bb02000a64622e6578616d706c"
    "6505000531612d32622000280700000000210007544c5376312e33230016544c535f4145535f3132"
    "385f47434d5f534841323536e00005616c6c6f77e10003746478e2000463316332e3000773657373"
    "696f6ee4000474727565e5000b66696c653a702e6a736f6ee6004061616161616161616161616161"
    "61616161616161616161616161616161616161616161616161616161616161616161616161616161"
    "6161616161616161616161e700085570546f44617465e80006776562403132e90040626262626262"
    "62626262626262626262626262626262626262626262626262626262626262626262626262626262"
    "626262626262626262626262626262626262ea000a31373030303030303030eb00026462030004ee"
    "870711";
static const char golden_anonymous[] =
    "0d0a0d0a000d0a515549540a2121006220010db800000000000000000000000720010db800000000"
    "00000000000000099c4001bb2000280100000001210007544c5376312e33230016544c535f414553"
    "5f3132385f47434d5f534841323536e000046e6f6e65eb00026462030004c4dfe967";
static const char golden_local[] =
    "0d0a0d0a000d0a515549540a2000003e2000280100000001210007544c5376312e33230016544c53"
    "5f4145535f3132385f47434d5f534841323536e000046e6f6e65eb000264620300047310aca9";
static const char golden_plain4[] = "0d0a0d0a000d0a515549540a2111000cc0000207c63364099c4001bb";

static uint8_t out[PX_HEADER_MAX + 1]; /* one more: nothing may be written there */

static struct sockaddr_storage ip(int family, const char *text, uint16_t port)
{
    struct sockaddr_storage at = {0};
    struct sockaddr_in *four = (struct sockaddr_in *)&at;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)&at;

    at.ss_family = (sa_family_t)family;
    if (family == AF_INET) {
        four->sin_port = htons(port);
        cr_assert_eq(inet_pton(family, text, &four->sin_addr), 1);
    } else {
        six->sin6_port = htons(port);
        cr_assert_eq(inet_pton(family, text, &six->sin6_addr), 1);
    }
    return at;
}

static struct px_facts allowed(void)
{
    struct px_facts f = {.verdict = "allow",
                         .tee = "tdx",
                         .measurement = "c1c2",
                         .level = "session",
                         .tcb_status = "UpToDate",
                         .tier = "none",
                         .simulated = true,
                         .policy = "file:p.json",
                         .baseline = "web",
                         .baseline_version = 12,
                         .generation = 1,
                         .expires = 1700000000,
                         .suite = "TLS_AES_128_GCM_SHA256"};

    memset(f.spki_sha256, 'a', 64);
    memset(f.evidence_sha256, 'b', 64);
    return f;
}

static struct px_facts anonymous(void)
{
    return (struct px_facts){.verdict = "none",
                             .tee = "",
                             .measurement = "",
                             .level = "none",
                             .tcb_status = "",
                             .tier = "none",
                             .baseline = "",
                             .expires = INT64_MAX,
                             .suite = "TLS_AES_128_GCM_SHA256"};
}

static struct px_header over_v4(const struct px_facts *f)
{
    return (struct px_header){.from = ip(AF_INET, "192.0.2.7", 40000),
                              .to = ip(AF_INET, "198.51.100.9", 443),
                              .facts = f,
                              .service = "db"};
}

static void expect_golden(const struct px_header *h, const char *golden)
{
    char hex[2 * PX_HEADER_MAX + 1] = "";

    rt_hex(ratls_bytes(out, px_header_v2(h, out)), hex);
    cr_expect_str_eq(hex, golden);
}

Test(proxy_header, of_an_attested_peer_has_all_that_is_known)
{
    const struct px_facts f = allowed();
    struct px_header h = over_v4(&f);

    h.authority = "db.example";
    h.unique_id = "1a-2b";
    expect_golden(&h, golden_full);
}

Test(proxy_header, of_an_anonymous_peer_says_that_no_certificate_was_verified)
{
    const struct px_facts f = anonymous();
    const struct px_header h = {.from = ip(AF_INET6, "2001:db8::7", 40000),
                                .to = ip(AF_INET6, "2001:db8::9", 443),
                                .facts = &f,
                                .service = "db"};

    expect_golden(&h, golden_anonymous);
}

Test(proxy_header, of_a_peer_without_address_is_local)
{
    const struct px_facts f = anonymous();
    struct px_header h = {.facts = &f, .service = "db"};

    h.from.ss_family = h.to.ss_family = AF_UNIX;
    expect_golden(&h, golden_local);
}

Test(proxy_header, without_facts_has_no_tlv)
{
    const struct px_header h = over_v4(NULL);

    expect_golden(&h, golden_plain4);
}

Test(proxy_header, of_a_mapped_address_is_one_of_ipv4)
{
    const struct px_header h = {.from = ip(AF_INET6, "::ffff:192.0.2.7", 40000),
                                .to = ip(AF_INET6, "::ffff:198.51.100.9", 443)};

    expect_golden(&h, golden_plain4);
    cr_expect_eq(px_header_v1(&h, out), 45);
    cr_expect_eq(memcmp(out, "PROXY TCP4 192.0.2.7 198.51.100.9 40000 443\r\n", 45), 0);
}

/* Whatever a verdict that does not allow leaves in the facts is not passed on. */
Test(proxy_header, tells_nothing_of_a_peer_that_was_not_allowed)
{
    struct px_facts f = allowed();
    const struct px_header h = over_v4(&f);

    f.verdict = "none";
    size_t len = px_header_v2(&h, out);
    cr_assert_gt(len, 0);
    cr_expect_null(memmem(out, len, "tdx", 3));
    cr_expect_null(memmem(out, len, "c1c2", 4));
    f.verdict = "deny";
    cr_expect_eq(px_header_v2(&h, out), 0);
}

Test(proxy_header, never_says_verified_of_an_anonymous_peer)
{
    struct px_facts f = anonymous();
    const struct px_header h = over_v4(&f);
    static const uint8_t unverified[] = {PX_TLV_SSL, 0, 40, 0x01, 0, 0, 0, 1};
    static const uint8_t verified[] = {PX_TLV_SSL, 0, 40, 0x07, 0, 0, 0, 0};

    size_t len = px_header_v2(&h, out);
    cr_expect_not_null(memmem(out, len, unverified, sizeof unverified));
    cr_expect_null(memmem(out, len, verified, sizeof verified));
    f.verdict = "allow";
    len = px_header_v2(&h, out);
    cr_expect_not_null(memmem(out, len, verified, sizeof verified));
    cr_expect_null(memmem(out, len, unverified, sizeof unverified));
}

Test(proxy_header, takes_the_longest_value_and_none_that_is_longer)
{
    char text[PX_TLV_MAX + 2] = "";
    struct px_facts f = allowed();
    struct px_header h = over_v4(&f);

    memset(text, 'x', PX_TLV_MAX);
    f.measurement = h.authority = f.baseline = text;
    cr_expect_eq(px_header_v2(&h, out), 0, "the version makes the baseline too long");
    f.baseline = "";
    cr_expect_gt(px_header_v2(&h, out), 0);
    text[PX_TLV_MAX] = 'x';
    cr_expect_eq(px_header_v2(&h, out), 0);
    f.measurement = "c1c2";
    h.authority = NULL;
    h.unique_id = text;
    text[PX_UNIQUE_MAX + 1] = 0;
    cr_expect_eq(px_header_v2(&h, out), 0);
    text[PX_UNIQUE_MAX] = 0;
    cr_expect_gt(px_header_v2(&h, out), 0);
}

Test(proxy_header, that_does_not_fit_is_none)
{
    char text[PX_TLV_MAX + 1] = "", unique[PX_UNIQUE_MAX + 1] = "";
    struct px_facts f = allowed();
    struct px_header h = over_v4(&f);

    memset(text, 'x', PX_TLV_MAX);
    memset(unique, 'u', PX_UNIQUE_MAX);
    f.measurement = f.tee = f.level = f.tcb_status = f.suite = text;
    h.authority = h.service = text;
    h.unique_id = unique;
    out[PX_HEADER_MAX] = 0x5a;
    cr_expect_eq(px_header_v2(&h, out), 0);
    cr_expect_eq(out[PX_HEADER_MAX], 0x5a);
}

Test(proxy_header, of_version_1_is_one_line)
{
    static const char *const lines[] = {
        "PROXY TCP4 192.0.2.7 198.51.100.9 40000 443\r\n",
        "PROXY TCP6 2001:db8::7 2001:db8::9 40000 443\r\n",
        "PROXY UNKNOWN\r\n",
    };
    struct px_header of[] = {
        over_v4(NULL),
        {.from = ip(AF_INET6, "2001:db8::7", 40000), .to = ip(AF_INET6, "2001:db8::9", 443)},
        {.service = "db"},
    };

    of[2].from.ss_family = of[2].to.ss_family = AF_UNIX;
    for (size_t i = 0; i < RT_COUNT(of); i++) {
        size_t len = px_header_v1(&of[i], out);
        cr_expect_eq(len, strlen(lines[i]));
        cr_expect_eq(memcmp(out, lines[i], len), 0, "%.*s", (int)len, (const char *)out);
    }
}

Test(proxy_header, knows_the_ends_of_sockets)
{
    struct px_header h = {0};
    int pair[2];

    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    cr_expect(px_header_ends(&h, pair[0]));
    cr_expect_eq(h.from.ss_family, AF_UNIX);
    (void)close(pair[0]);
    (void)close(pair[1]);
    cr_expect_not(px_header_ends(&h, pair[0]));
}
