#include "chain.h"

#include "oid.h"

/* SHA-256 of the SubjectPublicKeyInfo: NVIDIA Device Identity CA, P-384, until 9999. */
const uint8_t rt_nvidia_pins[1][RT_SHA256_LEN] = {{0xa9, 0x0c, 0x4e, 0xb5, 0xac, 0xfd, 0x3e, 0x3d,
                                                   0x03, 0xa2, 0x5d, 0xb6, 0xa2, 0x6b, 0x84, 0xf7,
                                                   0x20, 0xad, 0x05, 0x03, 0x19, 0x6c, 0x62, 0x7c,
                                                   0x21, 0xdd, 0xd4, 0x8d, 0xd8, 0x5b, 0x06, 0xa4}};

/* That key itself: tunnels leave the root's certificate out. */
static const uint8_t nvidia_spki[] = {
    0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05,
    0x2b, 0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00, 0x04, 0x0e, 0x4c, 0x14, 0xa3, 0x3b, 0xf8,
    0xa5, 0x62, 0x66, 0x58, 0xdb, 0x41, 0x29, 0x60, 0x7e, 0x4c, 0xbf, 0x45, 0x19, 0xc4, 0x41,
    0x27, 0x16, 0xf4, 0xd0, 0xd9, 0x17, 0xc4, 0x97, 0x80, 0x05, 0xbd, 0xea, 0xbe, 0xae, 0xfd,
    0x57, 0xbc, 0x66, 0x08, 0x2d, 0x71, 0x8a, 0x4f, 0x8b, 0x60, 0x52, 0xe1, 0x51, 0x6e, 0xe8,
    0xa7, 0xc4, 0x22, 0xb8, 0x4d, 0xe8, 0x57, 0x07, 0x1b, 0xb5, 0x8f, 0xd3, 0x95, 0xbe, 0xa0,
    0xcf, 0xa1, 0xc6, 0x3e, 0xe7, 0xc8, 0x0d, 0x6b, 0xd6, 0x39, 0x01, 0xd9, 0x1c, 0xbb, 0xd1,
    0x87, 0xd3, 0x85, 0x7d, 0xc1, 0x6b, 0x5c, 0xce, 0xaf, 0x23, 0x8f, 0xf8, 0xc2, 0x7d, 0xbd};

struct walk {
    const struct rt_nvidia_certs *certs;
    const struct ratls_verify_input *input;
    struct rt_nvidia_chain *chain;
    struct ratls_error *err;
};

/* ---- certificates beside the evidence ---- */

enum ratls_err rt_nvidia_pool_open(struct rt_nvidia_pool *pool, struct ratls_bytes pem,
                                   struct ratls_error *err)
{
    struct ratls_buffer der = {0};
    enum ratls_err e;

    pool->n = 0;
    while ((e = rt_pem_next(&pem, "CERTIFICATE", &der)) == RATLS_OK) {
        if (pool->n == RT_NVIDIA_POOL) {
            ratls_buffer_free(&der);
            return ratls_fail(err, RATLS_E_EVIDENCE_CHAIN, "more than %d certificates",
                              RT_NVIDIA_POOL);
        }
        pool->der[pool->n++] = der;
    }
    if (e == RATLS_E_CLOSED)
        return RATLS_OK;
    return ratls_fail(err, rt_is_own_failure(e) ? e : RATLS_E_EVIDENCE_CHAIN,
                      "certificates: malformed PEM");
}

void rt_nvidia_pool_free(struct rt_nvidia_pool *pool)
{
    while (pool->n > 0)
        ratls_buffer_free(&pool->der[--pool->n]);
}

/* ---- the leaf ---- */

static enum ratls_err not_read(struct ratls_error *err, enum ratls_err e,
                               const struct ratls_error *why)
{
    return ratls_fail(err, rt_is_own_failure(e) ? e : RATLS_E_EVIDENCE_CHAIN,
                      "a certificate of the device: %s", why->detail);
}

/* In a pool one that cannot be read is somebody else's. */
static enum ratls_err find_in_pool(const struct rt_nvidia_pool *pool, struct rt_x509 *out,
                                   struct ratls_error *err)
{
    struct rt_x509 cert;
    bool found = false;

    for (size_t i = 0; i < pool->n; i++) {
        enum ratls_err e = rt_x509_parse(rt_bytes_of(&pool->der[i]), &cert, NULL);
        if (rt_is_own_failure(e))
            return ratls_fail(err, e, "certificates");
        if (e || cert.is_ca || !rt_x509_ext(&cert, RT_OID(TCB_INFO)) ||
            (found && ratls_bytes_equal(cert.der, out->der)))
            continue;
        if (found)
            return ratls_fail(err, RATLS_E_EVIDENCE_CHAIN,
                              "certificates of more than one device beside one report");
        found = true;
        *out = cert;
    }
    return found ? RATLS_OK
                 : ratls_fail(err, RATLS_E_EVIDENCE_CHAIN, "the device's certificate is missing");
}

enum ratls_err rt_nvidia_leaf_find(const struct rt_nvidia_certs *certs, struct rt_x509 *out,
                                   struct ratls_error *err)
{
    const struct rt_nvidia_item *item = &certs->items->p[certs->of];
    struct ratls_error why = {0};

    if (item->n_certs == 0)
        return find_in_pool(certs->pool, out, err);
    enum ratls_err e = rt_x509_parse(item->cert[0], out, &why);
    return e ? not_read(err, e, &why) : RATLS_OK;
}

/* ---- who issued it ---- */

static const struct ratls_root *root_of(const struct walk *w, const uint8_t spki[RT_SHA256_LEN])
{
    for (size_t i = 0; i < w->input->n_roots; i++)
        if (memcmp(w->input->roots[i].spki_sha256, spki, RT_SHA256_LEN) == 0)
            return &w->input->roots[i];
    return NULL;
}

/* Those of the device come first, then those of the others: several share their upper CAs. */
static struct ratls_bytes candidate(const struct walk *w, size_t i)
{
    const size_t in_items = w->certs->items->n * RT_NVIDIA_MAX_CERTS;

    if (i < in_items) {
        const size_t device = (w->certs->of + i / RT_NVIDIA_MAX_CERTS) % w->certs->items->n;
        return w->certs->items->p[device].cert[i % RT_NVIDIA_MAX_CERTS];
    }
    i -= in_items;
    return i < w->certs->pool->n ? rt_bytes_of(&w->certs->pool->der[i])
                                 : w->input->roots[i - w->certs->pool->n].cert;
}

static size_t n_candidates(const struct walk *w)
{
    return w->certs->items->n * RT_NVIDIA_MAX_CERTS + w->certs->pool->n + w->input->n_roots;
}

/* The last of the chain gets its issuer; RATLS_E_CLOSED: none is there. Several may bear one name,
 * and what is wrong with the last of them is told. */
static enum ratls_err add_issuer(const struct walk *w)
{
    struct rt_nvidia_chain *c = w->chain;
    struct rt_x509 *next = &c->cert[c->n];
    struct ratls_error why = {0};

    for (size_t i = 0; i < n_candidates(w); i++) {
        const struct ratls_bytes der = candidate(w, i);
        enum ratls_err e = der.len ? rt_x509_parse(der, next, NULL) : RATLS_E_CERT_FORMAT;
        if (rt_is_own_failure(e))
            return ratls_fail(w->err, e, "certificates");
        if (e || !ratls_bytes_equal(next->subject, c->cert[c->n - 1].issuer))
            continue;
        why = (struct ratls_error){0};
        e = rt_x509_issued_by(&c->cert[c->n - 1], next, c->n - 1, &why);
        if (e == RATLS_OK)
            c->n++;
        if (e == RATLS_OK || rt_is_own_failure(e))
            return e ? ratls_fail(w->err, e, "certificates") : RATLS_OK;
    }
    return why.code ? ratls_fail(w->err, RATLS_E_EVIDENCE_CHAIN, "%s", why.detail) : RATLS_E_CLOSED;
}

/* ---- the root ---- */

/* By itself too: anybody may write a certificate with a root's key and other dates. */
static enum ratls_err end_in(const struct walk *w, const struct ratls_root *root)
{
    struct rt_nvidia_chain *c = w->chain;
    const struct rt_x509 *last = &c->cert[c->n - 1];
    struct ratls_error why = {0};
    enum ratls_err e = rt_x509_issued_by(last, last, c->n < 2 ? 0 : c->n - 2, &why);

    c->n_with_root = c->n;
    c->simulated = root->simulated || rt_x509_is_simulated(last);
    return e ? ratls_fail(w->err, rt_is_own_failure(e) ? e : RATLS_E_EVIDENCE_CHAIN, "root: %s",
                          why.detail)
             : RATLS_OK;
}

/* NVIDIA's own is known without a certificate. */
static enum ratls_err end_in_pin(const struct walk *w)
{
    struct rt_nvidia_chain *c = w->chain;
    const struct rt_x509 *last = &c->cert[c->n - 1];
    struct rt_x509 *root = &c->cert[c->n];
    const struct ratls_root *pin = root_of(w, rt_nvidia_pins[0]);

    if (ratls_bytes_equal(last->subject, last->issuer))
        return ratls_fail(w->err, RATLS_E_EVIDENCE_ROOT, "the chain ends in no trusted root");
    if (!pin)
        return ratls_fail(w->err, RATLS_E_EVIDENCE_CHAIN, "the issuer of a certificate is missing");
    *root = (struct rt_x509){.spki = ratls_bytes(nvidia_spki, sizeof nvidia_spki),
                             .subject = last->issuer,
                             .is_ca = true,
                             .key_usage = RT_KU_CERT_SIGN | RT_KU_CRL_SIGN};
    c->n_with_root = c->n + 1;
    enum ratls_err e = rt_public_key_parse(root->spki, &root->key, w->err);
    if (e == RATLS_OK)
        e = rt_x509_signed_by(last, root, NULL);
    c->simulated = pin->simulated;
    return e == RATLS_OK || rt_is_own_failure(e)
               ? e
               : ratls_fail(w->err, RATLS_E_EVIDENCE_CHAIN,
                            "the issuer of a certificate is missing");
}

static enum ratls_err walk_up(const struct walk *w)
{
    struct rt_nvidia_chain *c = w->chain;
    uint8_t spki[RT_SHA256_LEN];

    for (;;) {
        const struct rt_x509 *last = &c->cert[c->n - 1];
        enum ratls_err e = rt_x509_spki_hash(last, spki);
        const struct ratls_root *root = root_of(w, spki);
        if (e)
            return ratls_fail(w->err, e, "hash of a key");
        if (root && c->n > 1)
            return end_in(w, root);
        if (c->n == RT_NVIDIA_MAX_CERTS)
            return ratls_fail(w->err, RATLS_E_EVIDENCE_CHAIN, "more than %d certificates",
                              RT_NVIDIA_MAX_CERTS);
        e = ratls_bytes_equal(last->subject, last->issuer) ? RATLS_E_CLOSED : add_issuer(w);
        if (e)
            return e == RATLS_E_CLOSED ? end_in_pin(w) : e;
    }
}

/* ---- all of it ---- */

static enum ratls_err check_leaf(const struct rt_x509 *leaf, struct ratls_error *err)
{
    if (leaf->is_ca)
        return ratls_fail(err, RATLS_E_EVIDENCE_CHAIN, "the device's certificate is a CA's");
    if (!(leaf->key_usage & RT_KU_DIGITAL_SIGNATURE)) /* none at all, too */
        return ratls_fail(err, RATLS_E_EVIDENCE_CHAIN,
                          "the device's certificate: keyUsage without digitalSignature");
    return RATLS_OK;
}

static enum ratls_err check_each(const struct walk *w)
{
    struct rt_nvidia_chain *c = w->chain;
    struct ratls_error why = {0};

    c->expires = INT64_MAX;
    for (size_t i = 0; i < c->n; i++) {
        if (c->cert[i].key.type != RT_KEY_P384 || c->cert[i].sig_alg != RT_SIG_ECDSA_SHA384)
            return ratls_fail(w->err, RATLS_E_EVIDENCE_ALGORITHM,
                              "a certificate is not of ECDSA on P-384 with SHA-384");
        if (rt_x509_check_dates(&c->cert[i], w->input->now, &why) != RATLS_OK)
            return ratls_fail(w->err, RATLS_E_EVIDENCE_TIME, "%s: %s",
                              i == 0 ? "the device's certificate" : "a CA above the device",
                              why.detail);
        if (c->cert[i].not_after < c->expires)
            c->expires = c->cert[i].not_after;
    }
    return RATLS_OK;
}

enum ratls_err rt_nvidia_chain_prove(const struct rt_nvidia_certs *certs,
                                     const struct ratls_verify_input *input,
                                     struct rt_nvidia_chain *out, struct ratls_error *err)
{
    const struct walk w = {certs, input, out, err};
    enum ratls_err e;

    out->n = 1;
    if ((e = check_leaf(&out->cert[0], err)) != RATLS_OK || (e = walk_up(&w)) != RATLS_OK)
        return e;
    return check_each(&w);
}
