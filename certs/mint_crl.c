/* CertificateList of RFC 5280 s.5.1, written from the inside out. */
#include "mint_crl.h"

#include "der.h"
#include "mint_parts.h"
#include "oid.h"

enum { VERSION_2 = 1 };

static enum ratls_err check(const struct rt_mint_crl *what, struct ratls_error *err)
{
    if (!what->issuer_key == !what->issuer_rsa)
        return ratls_fail(err, RATLS_E_USAGE, "no key to sign with, or two");
    if (!rt_mint_is_name(what->issuer_name))
        return ratls_fail(err, RATLS_E_USAGE, "the issuer's name is not a Name");
    return rt_mint_check_dates(what->this_update, what->next_update, err);
}

static void put_reason(struct rt_writer *w)
{
    static const uint8_t key_compromise = 1; /* RFC 5280 s.5.3.1 */
    size_t list = rt_der_begin(w, RT_DER_SEQUENCE);
    struct rt_ext_marks m = rt_mint_begin_ext(w, RT_OID(CRL_REASON), false);

    rt_der_put(w, RT_DER_ENUMERATED, ratls_bytes(&key_compromise, 1));
    rt_mint_end_ext(w, m);
    rt_der_end(w, list);
}

/* An empty list is left out (RFC 5280 s.5.1.2.6). */
static void put_revoked(struct rt_writer *w, const struct rt_mint_crl *what)
{
    if (what->n == 0)
        return;
    size_t list = rt_der_begin(w, RT_DER_SEQUENCE);
    for (size_t i = 0; i < what->n; i++) {
        size_t entry = rt_der_begin(w, RT_DER_SEQUENCE);
        rt_der_put_positive(w, what->serials[i]);
        rt_der_put_time(w, what->this_update);
        put_reason(w);
        rt_der_end(w, entry);
    }
    rt_der_end(w, list);
}

static void put_number(struct rt_writer *w, uint64_t number)
{
    struct rt_ext_marks m = rt_mint_begin_ext(w, RT_OID(CRL_NUMBER), false);

    rt_der_put_uint(w, number);
    rt_mint_end_ext(w, m);
}

static void put_extensions(struct rt_writer *w, const struct rt_mint_crl *what,
                           const uint8_t key_id[RT_KEY_ID_LEN])
{
    if (what->no_number && what->no_aki && what->ext_oid.len == 0)
        return;
    size_t explicit = rt_der_begin(w, RT_DER_CONTEXT_CONSTRUCTED | 0);
    size_t list = rt_der_begin(w, RT_DER_SEQUENCE);
    if (!what->no_number)
        put_number(w, what->number);
    if (!what->no_aki)
        rt_mint_put_aki(w, ratls_bytes(key_id, RT_KEY_ID_LEN));
    if (what->ext_oid.len) {
        struct rt_ext_marks m = rt_mint_begin_ext(w, what->ext_oid, what->ext_critical);
        rt_put_bytes(w, what->ext_value);
        rt_mint_end_ext(w, m);
    }
    rt_der_end(w, list);
    rt_der_end(w, explicit);
}

static void put_tbs(struct rt_writer *w, const struct rt_mint_crl *what,
                    const uint8_t key_id[RT_KEY_ID_LEN])
{
    size_t tbs = rt_der_begin(w, RT_DER_SEQUENCE);

    rt_der_put_uint(w, VERSION_2);
    rt_mint_put_algorithm(
        w, &(const struct rt_mint_key){what->issuer_key, what->issuer_rsa, what->rsa_pkcs1});
    rt_put_bytes(w, what->issuer_name);
    rt_der_put_time(w, what->this_update);
    rt_der_put_time(w, what->next_update);
    put_revoked(w, what);
    put_extensions(w, what, key_id);
    rt_der_end(w, tbs);
}

enum ratls_err rt_mint_crl(const struct ratls_env *env, const struct rt_mint_crl *what,
                           struct ratls_buffer *der, struct ratls_error *err)
{
    struct rt_writer tbs = {0};
    const struct rt_mint_key by = {what->issuer_key, what->issuer_rsa, what->rsa_pkcs1};
    uint8_t key_id[RT_KEY_ID_LEN];
    enum ratls_err e;

    *der = (struct ratls_buffer){0};
    if ((e = check(what, err)) != RATLS_OK ||
        (e = rt_mint_key_id(rt_mint_spki(&by), key_id, err)) != RATLS_OK)
        return e;
    put_tbs(&tbs, what, key_id);
    if ((e = rt_mint_sign(env, &by, &tbs, der)) != RATLS_OK)
        return e;
    if (der->len > RT_MAX_CRL) {
        e = ratls_fail(err, RATLS_E_COLLATERAL_FORMAT, "a CRL of %zu bytes, at most %d", der->len,
                       RT_MAX_CRL);
        ratls_buffer_free(der);
    }
    return e;
}
