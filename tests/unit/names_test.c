/* RFC 9525 service identity (T62, T64). */
#include "x509_support.h"

/* A certificate that holds nothing but this subjectAltName. */
static enum ratls_err check_san(struct ratls_bytes san, const char *name, struct ratls_error *err)
{
    struct rt_x509 cert = {.n_ext = 1};

    cert.ext[0] = (struct rt_ext){.oid = RT_OID(SAN), .value = san};
    return rt_x509_check_name(&cert, name, err);
}

static enum ratls_err check(uint8_t tag, struct ratls_bytes presented, const char *name)
{
    struct rt_writer w = {0};
    size_t list = rt_der_begin(&w, RT_DER_SEQUENCE);

    rt_der_put(&w, tag, presented);
    rt_der_end(&w, list);
    enum ratls_err e = check_san(rt_written(&w), name, NULL);
    rt_writer_free(&w);
    return e;
}

enum { EMAIL = 0x81, DNS = 0x82, URI = 0x86, IP = 0x87 };

#define LABEL_63 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg"

static const struct {
    uint8_t tag;
    const char *presented;
    size_t len;
    const char *name;
    bool ok;
} rows[] = {
#define ROW(tag, presented, name, ok)                                                              \
    {                                                                                              \
        tag, presented, sizeof(presented) - 1, name, ok                                            \
    }
    /* whole names, any case of ASCII letters */
    ROW(DNS, "peer.example", "peer.example", true),
    ROW(DNS, "Peer.EXAMPLE", "pEER.example", true),
    ROW(DNS, "localhost", "localhost", true),
    ROW(DNS, "_sip.example", "_sip.example", true),
    ROW(DNS, LABEL_63 ".example", LABEL_63 ".example", true),
    ROW(DNS, "peer.example", "peer.example.org", false),
    ROW(DNS, "peer.example", "a.peer.example", false),
    ROW(DNS, "peer.example", "eer.example", false),
    ROW(DNS, "peer.example", "example", false),
    ROW(DNS, "a" LABEL_63 ".example", "a" LABEL_63 ".example", false),
    /* A-labels are plain labels; nothing else stands for them */
    ROW(DNS, "xn--bcher-kva.example", "XN--BCHER-KVA.example", true),
    ROW(DNS,
        "b\xc3\xbc"
        "cher.example",
        "b\xc3\xbc"
        "cher.example",
        false),
    ROW(DNS, "xn--bcher-kva.example", "bucher.example", false),
    /* the trailing dot belongs to the reference alone */
    ROW(DNS, "peer.example", "peer.example.", true),
    ROW(DNS, "peer.example.", "peer.example", false),
    ROW(DNS, "peer.example.", "peer.example.", false),
    ROW(DNS, "peer.example", "peer.example..", false),
    ROW(DNS, "peer.example.", "peer.example..", false),
    ROW(DNS, "peer.example", ".peer.example", false),
    ROW(DNS, "peer..example", "peer..example", false),
    ROW(DNS, "", "", false),
    ROW(DNS, ".", ".", false),
    /* NUL and white space */
    ROW(DNS, "peer.example\0.evil", "peer.example", false),
    ROW(DNS, "peer.example\0", "peer.example", false),
    ROW(DNS, "\0peer.example", "peer.example", false),
    ROW(DNS, " peer.example", " peer.example", false),
    ROW(DNS, "peer.example ", "peer.example", false),
    ROW(DNS, "-peer.example", "-peer.example", false),
    ROW(DNS, "peer-.example", "peer-.example", false),
    /* wildcards */
    ROW(DNS, "*.peer.example", "a.peer.example", true),
    ROW(DNS, "*.peer.example", "xn--a.PEER.example", true),
    ROW(DNS, "*.peer.example", "a.b.peer.example", false),
    ROW(DNS, "*.peer.example", "peer.example", false),
    ROW(DNS, "*.peer.example", ".peer.example", false),
    ROW(DNS, "*.example", "peer.example", false),
    ROW(DNS, "*", "example", false),
    ROW(DNS, "*.", "example", false),
    ROW(DNS, "*.*.example", "a.b.example", false),
    ROW(DNS, "a.*.example", "a.b.example", false),
    ROW(DNS, "p*.peer.example", "pa.peer.example", false),
    ROW(DNS, "*p.peer.example", "ap.peer.example", false),
    ROW(DNS, "**.peer.example", "a.peer.example", false),
    ROW(DNS, "*.peer.example.", "a.peer.example", false),
    ROW(DNS, "*.peer.example", "*.peer.example", false),
    ROW(DNS, "peer.example", "*.example", false),
    /* addresses */
    ROW(IP, "\xc0\x00\x02\x01", "192.0.2.1", true),
    ROW(IP, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", "2001:db8::1", true),
    ROW(IP, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", "2001:DB8:0:0::1", true),
    ROW(IP, "\xc0\x00\x02\x01", "192.0.2.2", false),
    ROW(IP, "\xc0\x00\x02\x01", "192.0.2.1.", false),
    ROW(IP, "\xc0\x00\x02\x01", "192.0.513", false),
    ROW(IP, "\xc0\x00\x02\x01", "0xc0000201", false),
    ROW(IP, "\xc0\x00\x02\x01\xff\xff\xff\xff", "192.0.2.1", false),
    ROW(IP, "\xc0\x00\x02", "192.0.2.1", false),
    ROW(IP, "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\x00\x02\x01", "192.0.2.1", false),
    ROW(IP, "192.0.2.1", "192.0.2.1", false),
    ROW(IP, "peer.example", "peer.example", false),
    ROW(DNS, "192.0.2.1", "192.0.2.1", false),
    ROW(DNS, "192.0.2.1", "192.0.2.1.", false),
    ROW(DNS, "\xc0\x00\x02\x01", "192.0.2.1", false),
    ROW(DNS, "2001:db8::1", "2001:db8::1", false),
    ROW(DNS, "*.0.2.1", "192.0.2.1", false),
    ROW(DNS, "fe80::1%lo", "fe80::1%lo", false),
    ROW(DNS, "10.1", "10.1", false),
    /* other kinds of name */
    ROW(EMAIL, "peer.example", "peer.example", false),
    ROW(URI, "peer.example", "peer.example", false),
    ROW(0xa2, "peer.example", "peer.example", false),
};

Test(names, follows_rfc_9525)
{
    for (size_t i = 0; i < RT_COUNT(rows); i++)
        cr_expect_eq(check(rows[i].tag, ratls_bytes(rows[i].presented, rows[i].len), rows[i].name),
                     rows[i].ok ? RATLS_OK : RATLS_E_IDENTITY_MISMATCH, "'%s' for '%s'",
                     rows[i].presented, rows[i].name);
}

struct search {
    const char *name;
    unsigned presented, matching;
};

static void look(void *arg, const char *presented)
{
    struct search *s = arg;

    s->presented++;
    s->matching += rt_name_matches(presented, s->name);
}

/* The way of policies: names come out as text, and then match or do not. */
static struct search search_san(struct ratls_bytes san, const char *name)
{
    struct rt_x509 cert = {.n_ext = 1};
    struct search s = {.name = name};

    cert.ext[0] = (struct rt_ext){.oid = RT_OID(SAN), .value = san};
    rt_x509_each_name(&cert, look, &s);
    return s;
}

static struct search search(uint8_t tag, struct ratls_bytes presented, const char *name)
{
    struct rt_writer w = {0};
    size_t list = rt_der_begin(&w, RT_DER_SEQUENCE);

    rt_der_put(&w, tag, presented);
    rt_der_end(&w, list);
    const struct search s = search_san(rt_written(&w), name);
    rt_writer_free(&w);
    return s;
}

/* T64: an address within a dNSName, a NUL, a wildcard too wide get no text at all. */
Test(names, match_as_text_exactly_when_they_match_in_the_certificate)
{
    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        const struct ratls_bytes presented = ratls_bytes(rows[i].presented, rows[i].len);
        const struct search s = search(rows[i].tag, presented, rows[i].name);
        cr_expect_eq(s.matching, rows[i].ok ? 1 : 0, "'%s' for '%s'", rows[i].presented,
                     rows[i].name);
    }
    cr_expect_eq(search(DNS, BYTES("192.0.2.1"), "192.0.2.1").presented, 0);
    cr_expect_eq(search(DNS, BYTES("a.example\0"), "a.example").presented, 0);
    cr_expect_eq(search(DNS, BYTES("*.example"), "a.example").presented, 0);
    cr_expect_eq(search(DNS, BYTES("*.a.example"), "b.example").presented, 1);
    cr_expect_eq(search(IP, BYTES("12345"), "a.example").presented, 0);
}

static void collect(void *arg, const char *presented)
{
    (void)snprintf(arg, 300, "%s", presented);
}

Test(names, give_addresses_and_domain_names_as_text)
{
    static const char v4[] = "\x30\x06\x87\x04\xc0\x00\x02\x01";
    static const char dns[] = "\x30\x0e\x82\x0cPeer.example";
    struct rt_x509 cert = {.n_ext = 1};
    char text[300] = "";

    cert.ext[0] = (struct rt_ext){.oid = RT_OID(SAN), .value = BYTES(v4)};
    rt_x509_each_name(&cert, collect, text);
    cr_expect_str_eq(text, "192.0.2.1");
    cert.ext[0].value = BYTES(dns);
    rt_x509_each_name(&cert, collect, text);
    cr_expect_str_eq(text, "Peer.example");
}

Test(names, are_hosts_before_they_are_expected)
{
    static const char *const hosts[] = {"peer.example", "localhost", "192.0.2.1", "2001:db8::1",
                                        "peer.example."};
    static const char *const others[] = {"",     ".",   "*.peer.example", "peer..example",
                                         "10.1", "a b", "-a.example",     "peer.example.."};

    for (size_t i = 0; i < RT_COUNT(hosts); i++)
        cr_expect(rt_name_is_host(hosts[i]), "%s", hosts[i]);
    for (size_t i = 0; i < RT_COUNT(others); i++) {
        cr_expect_not(rt_name_is_host(others[i]), "%s", others[i]);
        cr_expect_not(rt_name_matches("peer.example", others[i]), "%s", others[i]);
    }
}

/* "a.a.a...", as long as asked. */
static const char *long_name(size_t len)
{
    static char name[400];

    for (size_t i = 0; i < len; i++)
        name[i] = i % 2 ? '.' : 'a';
    name[len] = 0;
    return name;
}

Test(names, end_at_253_characters)
{
    cr_expect_eq(check(DNS, ratls_bytes_str(long_name(253)), long_name(253)), RATLS_OK);
    cr_expect_eq(check(DNS, ratls_bytes_str(long_name(255)), long_name(255)),
                 RATLS_E_IDENTITY_MISMATCH);
    cr_expect_eq(check(DNS, ratls_bytes_str(long_name(399)), long_name(399)),
                 RATLS_E_IDENTITY_MISMATCH);
}

/* `n` names, the last one of which would match; `extra` bytes behind the list. */
static enum ratls_err check_many(size_t n, size_t extra)
{
    struct rt_writer w = {0};
    size_t list = rt_der_begin(&w, RT_DER_SEQUENCE);

    for (size_t i = 0; i < n; i++)
        rt_der_put(&w, DNS, i + 1 < n ? BYTES("other.example") : BYTES("peer.example"));
    rt_der_end(&w, list);
    rt_put(&w, "\0\0", extra);
    enum ratls_err e = check_san(rt_written(&w), "peer.example", NULL);
    cr_expect_eq(search_san(rt_written(&w), "peer.example").matching, e ? 0 : 1);
    rt_writer_free(&w);
    return e;
}

Test(names, reads_all_names_up_to_the_limit)
{
    cr_expect_eq(check_many(1, 0), RATLS_OK);
    cr_expect_eq(check_many(RT_MAX_SAN, 0), RATLS_OK);
    cr_expect_eq(check_many(RT_MAX_SAN + 1, 0), RATLS_E_IDENTITY_MISMATCH);
    cr_expect_eq(check_many(1, 1), RATLS_E_IDENTITY_MISMATCH);
    cr_expect_eq(check_many(0, 0), RATLS_E_IDENTITY_MISMATCH);
}

/* A match does not excuse what stands behind it. */
Test(names, refuses_a_malformed_list_whatever_matches)
{
    static const char cut[] = "\x30\x10\x82\x0cpeer.example\x82\x05";
    static const char not_a_list[] = "\x31\x0e\x82\x0cpeer.example";

    cr_expect_eq(check_san(BYTES(cut), "peer.example", NULL), RATLS_E_IDENTITY_MISMATCH);
    cr_expect_eq(check_san(BYTES(not_a_list), "peer.example", NULL), RATLS_E_IDENTITY_MISMATCH);
    cr_expect_eq(check_san(BYTES(""), "peer.example", NULL), RATLS_E_IDENTITY_MISMATCH);
    cr_expect_eq(search_san(BYTES(cut), "peer.example").presented, 0);
    cr_expect_eq(search_san(BYTES(not_a_list), "peer.example").presented, 0);
    cr_expect_eq(search_san(BYTES(""), "peer.example").presented, 0);
}

/* RFC 9525 s.1.4: the common name names nobody. */
Test(names, never_falls_back_to_the_common_name)
{
    struct ratls_error err = {0};
    struct made m;

    make((struct rt_mint){.subject = {.common_name = "peer.example"}, .path_len = -1}, NULL, &m);
    cr_expect_eq(rt_x509_check_name(&m.cert, "peer.example", &err), RATLS_E_IDENTITY_MISMATCH);
    cr_expect(strstr(err.detail, "no subjectAltName"), "%s", err.detail);
    made_free(&m);
}

Test(names, finds_what_the_mint_wrote)
{
    static const char *const san[] = {"peer.example", "*.wild.example", "192.0.2.1", "::1", NULL};
    struct made m;

    make((struct rt_mint){.subject = {.common_name = "x"}, .san = san, .path_len = -1}, NULL, &m);
    MUST(rt_x509_check_name(&m.cert, "peer.example", NULL));
    MUST(rt_x509_check_name(&m.cert, "a.wild.example", NULL));
    MUST(rt_x509_check_name(&m.cert, "192.0.2.1", NULL));
    MUST(rt_x509_check_name(&m.cert, "0::1", NULL));
    cr_expect_eq(rt_x509_check_name(&m.cert, "x", NULL), RATLS_E_IDENTITY_MISMATCH);
    made_free(&m);
}

/* ---- mailboxes ---- */

static enum ratls_err check_email(uint8_t tag, struct ratls_bytes presented, const char *email)
{
    struct rt_writer w = {0};
    struct rt_x509 cert = {.n_ext = 1};
    size_t list = rt_der_begin(&w, RT_DER_SEQUENCE);

    rt_der_put(&w, tag, presented);
    rt_der_end(&w, list);
    cert.ext[0] = (struct rt_ext){.oid = RT_OID(SAN), .value = rt_written(&w)};
    enum ratls_err e = rt_x509_check_email(&cert, email, NULL);
    rt_writer_free(&w);
    return e;
}

/* T64 */
Test(names, of_mailboxes_match_exactly_but_for_the_case_of_the_domain)
{
    static const struct {
        uint8_t tag;
        const char *presented;
        size_t len;
        const char *email;
        bool ok;
    } table[] = {
        ROW(EMAIL, "ops@peer.example", "ops@peer.example", true),
        ROW(EMAIL, "ops@Peer.Example", "ops@pEER.example", true),
        ROW(EMAIL, "a.b+c@peer.example", "a.b+c@peer.example", true),
        ROW(EMAIL, "Ops@peer.example", "ops@peer.example", false),
        ROW(EMAIL, "ops@peer.example", "ops@a.peer.example", false),
        ROW(EMAIL, "ops@a.peer.example", "ops@peer.example", false),
        ROW(EMAIL, "peer.example", "ops@peer.example", false),
        ROW(EMAIL, ".peer.example", "ops@peer.example", false),
        ROW(EMAIL, "@peer.example", "@peer.example", false),
        ROW(EMAIL, "ops@", "ops@", false),
        ROW(EMAIL, "ops", "ops", false),
        ROW(EMAIL, "", "", false),
        ROW(EMAIL, "ops@*.example.org", "ops@peer.example.org", false),
        ROW(EMAIL, "ops@*.example.org", "ops@*.example.org", false),
        ROW(EMAIL, "*@peer.example", "ops@peer.example", false),
        ROW(EMAIL, "ops@peer.example.", "ops@peer.example", false),
        ROW(EMAIL, "ops@peer.example", "ops@peer.example.", false),
        ROW(EMAIL, "ops@peer.example\0.evil", "ops@peer.example", false),
        ROW(EMAIL, "ops\0@peer.example", "ops@peer.example", false),
        ROW(EMAIL, "ops@peer@peer.example", "ops@peer@peer.example", false),
        ROW(EMAIL, "\"ops\"@peer.example", "\"ops\"@peer.example", false),
        ROW(EMAIL, "o s@peer.example", "o s@peer.example", false),
        ROW(EMAIL, ".ops@peer.example", ".ops@peer.example", false),
        ROW(EMAIL, "ops.@peer.example", "ops.@peer.example", false),
        ROW(EMAIL, "\xc3\xb6@peer.example", "\xc3\xb6@peer.example", false),
        ROW(EMAIL, LABEL_63 "a@peer.example", LABEL_63 "a@peer.example", true),
        ROW(EMAIL, LABEL_63 "ab@peer.example", LABEL_63 "ab@peer.example", false),
        ROW(DNS, "ops@peer.example", "ops@peer.example", false),
        ROW(URI, "ops@peer.example", "ops@peer.example", false),
    };

    for (size_t i = 0; i < RT_COUNT(table); i++) {
        enum ratls_err e = check_email(table[i].tag, ratls_bytes(table[i].presented, table[i].len),
                                       table[i].email);
        cr_expect_eq(e, table[i].ok ? RATLS_OK : RATLS_E_IDENTITY_MISMATCH, "row %zu: %s", i,
                     table[i].email);
    }
    cr_expect_eq(check(EMAIL, ratls_bytes_str("peer.example"), "peer.example"),
                 RATLS_E_IDENTITY_MISMATCH);
    cr_expect_eq(check_email(DNS, ratls_bytes_str("peer.example"), "peer.example"),
                 RATLS_E_IDENTITY_MISMATCH);
    cr_expect(rt_name_is_email("ops@peer.example"));
    cr_expect_not(rt_name_is_email("peer.example"));
}
