/* Service identity, RFC 9525: subjectAltName only, exact or with one whole-label wildcard. */
#include <arpa/inet.h>

#include "der.h"
#include "oid.h"
#include "x509.h"

/* GeneralName, RFC 5280 s.4.2.1.6: implicit tags. */
enum {
    MAILBOX = RT_DER_CONTEXT | 1,
    DNS_NAME = RT_DER_CONTEXT | 2,
    IP_ADDRESS = RT_DER_CONTEXT | 7
};
enum {
    LOCAL_MAX = 64 /* RFC 5321 s.4.5.3.1 */,
    LABEL_MAX = 63,
    NAME_MAX_LEN = 253
}; /* RFC 1035 s.2.3.4 */

/* What the caller expects: an address, a domain name without trailing dot, or a mailbox. */
struct reference {
    uint8_t tag;
    struct ratls_bytes local; /* of a mailbox: in front of the @ */
    struct ratls_bytes value;
    uint8_t address[16];
};

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Letters, digits, inner hyphens; the underscore is no host name but in use. */
static bool is_label(struct ratls_bytes label)
{
    if (label.len == 0 || label.len > LABEL_MAX || label.p[0] == '-' ||
        label.p[label.len - 1] == '-')
        return false;
    for (size_t i = 0; i < label.len; i++)
        if (!is_letter(label.p[i]) && !is_digit(label.p[i]) && label.p[i] != '-' &&
            label.p[i] != '_')
            return false;
    return true;
}

static bool has_letter(struct ratls_bytes label)
{
    for (size_t i = 0; i < label.len; i++)
        if (is_letter(label.p[i]))
            return true;
    return false;
}

/* Cut the first label off `name`; the rest begins behind the dot. */
static struct ratls_bytes cut_label(struct ratls_bytes *name)
{
    struct rt_reader r = rt_reader(*name);
    size_t n = 0;

    while (n < name->len && name->p[n] != '.')
        n++;
    struct ratls_bytes label = rt_take_bytes(&r, n);
    rt_skip(&r, r.left > 0);
    *name = rt_rest(&r);
    return label;
}

/* Number of labels; 0 for what is no domain name. A top label without letters is an address written
 * in some other way (RFC 3696 s.2). */
static size_t count_labels(struct ratls_bytes name)
{
    struct ratls_bytes label = {0};
    size_t n = 0;

    if (name.len == 0 || name.len > NAME_MAX_LEN || name.p[name.len - 1] == '.')
        return 0;
    for (; name.len > 0; n++) {
        label = cut_label(&name);
        if (!is_label(label))
            return 0;
    }
    return has_letter(label) ? n : 0;
}

static bool read_reference(const char *name, struct reference *out)
{
    size_t len = strnlen(name, NAME_MAX_LEN + 2);

    out->tag = IP_ADDRESS;
    if (inet_pton(AF_INET, name, out->address) == 1) {
        out->value = ratls_bytes(out->address, 4);
        return true;
    }
    if (inet_pton(AF_INET6, name, out->address) == 1) {
        out->value = ratls_bytes(out->address, 16);
        return true;
    }
    if (len > 0 && name[len - 1] == '.') /* "host." is "host", written absolutely */
        len--;
    out->tag = DNS_NAME;
    out->value = ratls_bytes(name, len);
    return count_labels(out->value) > 0;
}

/* Dot-atoms only (RFC 5321 s.4.1.2): nobody needs quotes, and they have many spellings. */
static bool is_local(struct ratls_bytes local)
{
    static const char others[] = ".!#$%&'*+-/=?^_`{|}~";

    if (local.len == 0 || local.len > LOCAL_MAX || local.p[0] == '.' ||
        local.p[local.len - 1] == '.')
        return false;
    for (size_t i = 0; i < local.len; i++)
        if (!is_letter(local.p[i]) && !is_digit(local.p[i]) &&
            !memchr(others, local.p[i], sizeof others - 1))
            return false;
    return true;
}

/* "local@domain"; false for all else. */
static bool split_mailbox(struct ratls_bytes text, struct ratls_bytes *local,
                          struct ratls_bytes *domain)
{
    struct rt_reader r = rt_reader(text);
    size_t at = 0;

    while (at < text.len && text.p[at] != '@')
        at++;
    *local = rt_take_bytes(&r, at);
    rt_skip(&r, 1);
    *domain = rt_rest(&r);
    return !r.bad && is_local(*local) && count_labels(*domain) > 0;
}

static bool read_mailbox(const char *email, struct reference *out)
{
    const size_t len = strnlen(email, LOCAL_MAX + NAME_MAX_LEN + 2);

    out->tag = MAILBOX;
    return split_mailbox(ratls_bytes(email, len), &out->local, &out->value);
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

static bool equal_ignoring_case(struct ratls_bytes a, struct ratls_bytes b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.p[i]) != lower(b.p[i]))
            return false;
    return true;
}

/* RFC 9525 s.6.3: "*" stands for exactly one label, and two labels at least follow it. */
static bool is_wildcard(struct ratls_bytes presented, struct ratls_bytes *rest)
{
    *rest = presented;
    return ratls_bytes_equal(cut_label(rest), ratls_bytes_str("*")) && count_labels(*rest) >= 2;
}

static bool matches_dns(struct ratls_bytes presented, struct ratls_bytes reference)
{
    struct ratls_bytes rest, below = reference;

    if (count_labels(presented) > 0)
        return equal_ignoring_case(presented, reference);
    if (!is_wildcard(presented, &rest))
        return false;
    (void)cut_label(&below);
    return equal_ignoring_case(rest, below);
}

/* RFC 5280 s.7.5: case counts in front of the @ only. */
static bool matches_mailbox(struct ratls_bytes presented, const struct reference *reference)
{
    struct ratls_bytes local, domain;

    return split_mailbox(presented, &local, &domain) &&
           ratls_bytes_equal(local, reference->local) &&
           equal_ignoring_case(domain, reference->value);
}

static bool matches(uint8_t tag, struct ratls_bytes presented, const struct reference *reference)
{
    if (tag != reference->tag)
        return false;
    if (tag == MAILBOX)
        return matches_mailbox(presented, reference);
    return tag == DNS_NAME ? matches_dns(presented, reference->value)
                           : ratls_bytes_equal(presented, reference->value);
}

static enum ratls_err find_in_san(const struct rt_x509 *cert, const struct reference *reference,
                                  const char *name, struct ratls_error *err)
{
    const struct rt_ext *san = rt_x509_ext(cert, RT_OID(SAN));
    bool found = false;

    if (!san)
        return ratls_fail(err, RATLS_E_IDENTITY_MISMATCH, "the certificate has no subjectAltName");
    struct rt_reader outer = rt_reader(san->value), list = rt_der_enter(&outer, RT_DER_SEQUENCE);
    for (size_t n = 0; n < RT_MAX_SAN && list.left > 0; n++) {
        uint8_t tag;
        struct ratls_bytes presented = rt_der_any(&list, &tag, NULL);
        found = found || matches(tag, presented, reference);
    }
    if (!rt_at_end(&list) || !rt_at_end(&outer))
        return ratls_fail(err, RATLS_E_IDENTITY_MISMATCH, "subjectAltName malformed or too long");
    return found ? RATLS_OK
                 : ratls_fail(err, RATLS_E_IDENTITY_MISMATCH, "no name of the certificate is '%s'",
                              name);
}

enum ratls_err rt_x509_check_name(const struct rt_x509 *cert, const char *name,
                                  struct ratls_error *err)
{
    struct reference reference = {0};

    if (!read_reference(name, &reference))
        return ratls_fail(err, RATLS_E_IDENTITY_MISMATCH, "the name expected is no host name");
    return find_in_san(cert, &reference, name, err);
}

enum ratls_err rt_x509_check_email(const struct rt_x509 *cert, const char *email,
                                   struct ratls_error *err)
{
    struct reference reference = {0};

    if (!read_mailbox(email, &reference))
        return ratls_fail(err, RATLS_E_IDENTITY_MISMATCH, "the mailbox expected is none");
    return find_in_san(cert, &reference, email, err);
}

bool rt_name_is_email(const char *email)
{
    struct reference reference;

    return read_mailbox(email, &reference);
}

bool rt_name_is_host(const char *name)
{
    struct reference reference;

    return read_reference(name, &reference);
}

bool rt_name_matches(const char *presented, const char *name)
{
    struct reference reference, address;
    const size_t len = strnlen(presented, NAME_MAX_LEN + 1);

    if (!read_reference(name, &reference))
        return false;
    if (read_reference(presented, &address) && address.tag == IP_ADDRESS)
        return matches(IP_ADDRESS, address.value, &reference);
    return matches(DNS_NAME, ratls_bytes(presented, len), &reference);
}

/* The text of a name that can be asked for; false for any other. */
static bool present(uint8_t tag, struct ratls_bytes value, char out[NAME_MAX_LEN + 1])
{
    struct ratls_bytes rest;

    if (tag == IP_ADDRESS)
        return (value.len == 4 || value.len == 16) &&
               inet_ntop(value.len == 4 ? AF_INET : AF_INET6, value.p, out, NAME_MAX_LEN + 1);
    if (tag != DNS_NAME || value.len > NAME_MAX_LEN ||
        (count_labels(value) == 0 && !is_wildcard(value, &rest)))
        return false;
    memcpy(out, value.p, value.len);
    out[value.len] = 0;
    return true;
}

static bool is_list_of_names(struct ratls_bytes san)
{
    struct rt_reader outer = rt_reader(san), list = rt_der_enter(&outer, RT_DER_SEQUENCE);
    uint8_t tag;

    for (size_t n = 0; n < RT_MAX_SAN && list.left > 0; n++)
        (void)rt_der_any(&list, &tag, NULL);
    return rt_at_end(&list) && rt_at_end(&outer);
}

void rt_x509_each_name(const struct rt_x509 *cert, void (*fn)(void *arg, const char *name),
                       void *arg)
{
    const struct rt_ext *san = rt_x509_ext(cert, RT_OID(SAN));
    char name[NAME_MAX_LEN + 1];
    uint8_t tag;

    if (!san || !is_list_of_names(san->value))
        return;
    struct rt_reader outer = rt_reader(san->value), list = rt_der_enter(&outer, RT_DER_SEQUENCE);
    while (list.left > 0) {
        const struct ratls_bytes value = rt_der_any(&list, &tag, NULL);
        if (present(tag, value, name))
            fn(arg, name);
    }
}
