#include "rim_signer.h"

#include "cert_text.h"

enum { MAX_ROOTS = 8 };

struct roots {
    struct ratls_buffer der[MAX_ROOTS];
    struct rt_x509 cert[MAX_ROOTS];
    size_t n;
};

static enum ratls_err take_root(void *arg, struct ratls_bytes der, struct ratls_error *err)
{
    struct roots *r = arg;

    if (r->n == MAX_ROOTS)
        return ratls_fail(err, RATLS_E_CONFIG, "more than %d roots", MAX_ROOTS);
    enum ratls_err e = rt_dup(der, &r->der[r->n]);
    if (e == RATLS_OK)
        e = rt_x509_parse(rt_bytes_of(&r->der[r->n]), &r->cert[r->n], err);
    r->n++;
    return e;
}

enum ratls_err rt_rim_signer_add(struct rt_rim_signer *s, const char *base64,
                                 struct ratls_error *err)
{
    if (s->n == RT_MAX_CHAIN)
        return ratls_fail(err, RATLS_E_CERT_CHAIN_LENGTH, "more than %d certificates",
                          RT_MAX_CHAIN);
    struct ratls_buffer *der = &s->der[s->n];
    if (!base64 || rt_unbase64(ratls_bytes_str(base64), der) != RATLS_OK)
        return ratls_fail(err, RATLS_E_CERT_FORMAT, "a certificate is no base64");
    return rt_x509_parse(rt_bytes_of(der), &s->cert[s->n++], err);
}

/* NVIDIA signs with nothing else. */
static enum ratls_err check_algorithms(const struct rt_rim_signer *s, struct ratls_error *err)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->cert[i].key.type != RT_KEY_P384 || s->cert[i].sig_alg != RT_SIG_ECDSA_SHA384)
            return ratls_fail(err, RATLS_E_CERT_KEY,
                              "a certificate is not of ECDSA on P-384 with SHA-384");
    return RATLS_OK;
}

static enum ratls_err check_leaf(const struct rt_x509 *leaf, struct ratls_error *err)
{
    if (leaf->is_ca || !(leaf->key_usage & RT_KU_DIGITAL_SIGNATURE))
        return ratls_fail(err, RATLS_E_CERT_USAGE, "the signer's certificate is for other uses");
    return RATLS_OK;
}

static enum ratls_err check_chain(const struct rt_rim_signer *s, const struct rt_rim_trust *trust,
                                  struct ratls_error *err)
{
    struct roots r = {.n = 0};
    enum ratls_err e = rt_each_cert(trust->roots, take_root, &r, err);

    if (e == RATLS_OK) {
        e = rt_chain_to_anchor((struct rt_x509_list){s->cert, s->n},
                               (struct rt_x509_list){r.cert, r.n}, trust->now, NULL);
        if (e)
            (void)ratls_fail(err, e, "the signer's certificates: %s", ratls_err_text(e));
    }
    for (size_t i = 0; i < RT_COUNT(r.der); i++)
        ratls_buffer_free(&r.der[i]);
    return e;
}

enum ratls_err rt_rim_signer_check(const struct rt_rim_signer *s, const struct rt_rim_trust *trust,
                                   struct ratls_error *err)
{
    enum ratls_err e = check_algorithms(s, err);

    if (e == RATLS_OK)
        e = check_leaf(&s->cert[0], err);
    return e ? e : check_chain(s, trust, err);
}

void rt_rim_signer_free(struct rt_rim_signer *s)
{
    for (size_t i = 0; i < RT_COUNT(s->der); i++)
        ratls_buffer_free(&s->der[i]);
    *s = (struct rt_rim_signer){.n = 0};
}
