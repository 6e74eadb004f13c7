#include "snp_collateral.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "json.h"

/* A document under construction. */
struct load {
    const cJSON *json;
    struct rt_amd_roots roots;
    struct rt_snp_collateral *c;
    struct ratls_error *err;
};

bool rt_snp_collateral_recognises(struct ratls_bytes document)
{
    return rt_starts_with(rt_without_space(document), "{") &&
           rt_json_mentions(document, "vek_issuer_chain");
}

/* ---- members ---- */

static enum ratls_err malformed(const struct load *l, const char *name, const char *why)
{
    return ratls_fail(l->err, RATLS_E_COLLATERAL_FORMAT, "%s: %s", name, why);
}

static enum ratls_err get_text(const struct load *l, const char *name, struct ratls_bytes *out)
{
    const cJSON *item = rt_json_member(l->json, name);

    *out = ratls_bytes(NULL, 0);
    if (!rt_json_has(l->json, name))
        return ratls_fail(l->err, RATLS_E_COLLATERAL_MISSING, "%s is missing", name);
    if (!cJSON_IsString(item))
        return malformed(l, name, "no text");
    *out = ratls_bytes_str(item->valuestring);
    return RATLS_OK;
}

/* Exactly `n` certificates and nothing behind them. */
static enum ratls_err get_certs(const struct load *l, const char *name, struct ratls_buffer **der,
                                size_t n)
{
    struct ratls_bytes text;
    enum ratls_err e = get_text(l, name, &text);

    for (size_t i = 0; i < n && e == RATLS_OK; i++) {
        e = rt_pem_next(&text, "CERTIFICATE", der[i]);
        if (e && !rt_is_own_failure(e))
            e = malformed(l, name, "too few certificates, or malformed PEM");
    }
    if (e == RATLS_OK && rt_without_space(text).len > 0)
        e = malformed(l, name, "something behind the certificates");
    return e;
}

static enum ratls_err parse_cert(const struct load *l, const char *name,
                                 const struct ratls_buffer *der, struct rt_x509 *out)
{
    struct ratls_error inner = {0};
    enum ratls_err e = rt_x509_parse(rt_bytes_of(der), out, &inner);

    if (rt_is_own_failure(e))
        return ratls_fail(l->err, e, "%s", name);
    return e ? malformed(l, name, inner.detail) : RATLS_OK;
}

/* What is wrong with certificates is a matter of the collateral here. */
static enum ratls_err as_signature(const struct load *l, enum ratls_err e,
                                   const struct ratls_error *why)
{
    if (e == RATLS_OK || rt_is_own_failure(e))
        return e ? ratls_fail(l->err, e, "%s", why->detail) : RATLS_OK;
    return ratls_fail(l->err, RATLS_E_COLLATERAL_SIGNATURE, "%s", why->detail);
}

static enum ratls_err load_chain(const struct load *l)
{
    struct rt_snp_collateral *c = l->c;
    struct ratls_buffer *der[] = {&c->issuer_der, &c->ark_der};
    struct ratls_error inner = {0};
    enum ratls_err e;

    if ((e = get_certs(l, "vek_issuer_chain", der, RT_COUNT(der))) != RATLS_OK ||
        (e = parse_cert(l, "vek_issuer_chain", &c->issuer_der, &c->issuer)) != RATLS_OK ||
        (e = parse_cert(l, "vek_issuer_chain", &c->ark_der, &c->ark)) != RATLS_OK)
        return e;
    c->ca = (struct rt_amd_ca){.issuer = &c->issuer, .ark = &c->ark};
    return as_signature(l, rt_amd_ca_prove(&c->ca, l->roots, &inner), &inner);
}

static enum ratls_err load_crl(const struct load *l)
{
    struct rt_snp_collateral *c = l->c;
    struct ratls_error inner = {0};
    struct ratls_bytes text;
    enum ratls_err e = get_text(l, "crl", &text);

    if (e)
        return e;
    if ((e = rt_crl_decode(text, &c->crl_der, &inner)) != RATLS_OK ||
        (e = rt_crl_parse(rt_bytes_of(&c->crl_der), &c->crl, &inner)) != RATLS_OK ||
        (e = rt_amd_check_crl(&c->crl, &c->ark, &inner)) != RATLS_OK)
        return ratls_fail(l->err, e, "crl: %s", inner.detail);
    c->has_crl = true;
    return RATLS_OK;
}

/* Proven here, so that it counts like one that was kept. */
static enum ratls_err load_vek(const struct load *l)
{
    struct ratls_buffer der = {0}, *list[] = {&der};
    struct ratls_error inner = {0};
    enum ratls_err e = get_certs(l, "vek", list, 1);

    if (e == RATLS_OK) {
        e = rt_snp_vek_new(rt_bytes_of(&der), &l->c->vek, &inner);
        if (e == RATLS_OK)
            e = rt_amd_check_vek(l->c->vek, &l->c->ca, &inner);
        e = as_signature(l, e, &inner);
    }
    ratls_buffer_free(&der);
    return e;
}

static enum ratls_err load_all(const struct load *l, bool crl_optional)
{
    enum ratls_err e;

    if (!cJSON_IsObject(l->json))
        return ratls_fail(l->err, RATLS_E_COLLATERAL_FORMAT, "collateral is no JSON object");
    if ((e = load_chain(l)) != RATLS_OK)
        return e;
    if ((!crl_optional || rt_json_has(l->json, "crl")) && (e = load_crl(l)) != RATLS_OK)
        return e;
    return rt_json_has(l->json, "vek") ? load_vek(l) : RATLS_OK;
}

/* ---- the whole ---- */

enum ratls_err rt_snp_collateral_new(const struct ratls_collateral_input *input, void **out,
                                     struct ratls_error *err)
{
    struct load l = {
        .roots = {input->roots, input->n_roots}, .c = calloc(1, sizeof *l.c), .err = err};
    cJSON *json = NULL;
    enum ratls_err e = RATLS_E_NO_MEMORY;

    *out = NULL;
    if (!l.c || !(l.c->veks = rt_kept_cache_new()))
        goto out;
    e = rt_json_parse_up_to(input->document, RT_MAX_COLLATERAL, RATLS_E_COLLATERAL_FORMAT, &json,
                            err);
    if (e)
        goto out;
    l.json = json;
    if ((e = load_all(&l, input->insecure_no_crl)) != RATLS_OK)
        goto out;
    *out = l.c;
    l.c = NULL;
out:
    rt_snp_collateral_free(l.c);
    rt_json_free(json);
    return e ? ratls_fail(err, e, "collateral: %s", ratls_err_text(e)) : RATLS_OK;
}

void rt_snp_collateral_free(void *collateral)
{
    struct rt_snp_collateral *c = collateral;

    if (!c)
        return;
    rt_snp_vek_unref(c->vek);
    rt_kept_cache_free(c->veks);
    rt_crl_free(&c->crl);
    ratls_buffer_free(&c->crl_der);
    ratls_buffer_free(&c->issuer_der);
    ratls_buffer_free(&c->ark_der);
    free(c);
}

/* ---- facts ---- */

/* AMD counts issues: small numbers. One of eight bytes may not fit an int64_t. */
static uint64_t crl_number(const struct rt_crl *crl)
{
    uint64_t n;

    return crl->number.len < sizeof n && rt_crl_number(crl, &n) ? n : INT64_MAX;
}

static void put_name(const struct rt_snp_collateral *c, char *out, size_t cap)
{
    const struct rt_snp_vek *v = c->vek;
    char chip[17], tcb[17];
    size_t n = (size_t)snprintf(out, cap, "snp-%s-%s", rt_snp_product_name(c->ca.product),
                                rt_snp_key_name(c->ca.key));

    if (v && v->hwid.len >= 8) {
        rt_hex(ratls_bytes(v->hwid.p, 8), chip);
        rt_snp_tcb_text(v->product, &v->spl, tcb);
        (void)snprintf(out + n, cap - n, "-%s-%s", chip, tcb);
    }
    for (char *p = out; *p; p++)
        *p = (char)tolower((unsigned char)*p);
}

void rt_snp_collateral_facts(const void *collateral, struct ratls_collateral_facts *out)
{
    const struct rt_snp_collateral *c = collateral;
    const struct rt_x509 *certs[] = {&c->issuer, &c->ark, c->vek ? &c->vek->cert : &c->ark};

    *out = (struct ratls_collateral_facts){.begins = INT64_MIN, .expires = INT64_MAX};
    for (size_t i = 0; i < RT_COUNT(certs); i++) {
        out->begins = certs[i]->not_before > out->begins ? certs[i]->not_before : out->begins;
        out->expires = certs[i]->not_after < out->expires ? certs[i]->not_after : out->expires;
    }
    if (c->has_crl) {
        out->begins = c->crl.this_update > out->begins ? c->crl.this_update : out->begins;
        out->expires = c->crl.next_update < out->expires ? c->crl.next_update : out->expires;
        out->number = crl_number(&c->crl);
    }
    out->issue[0] = (int64_t)out->number;
    out->issue[1] = c->has_crl ? c->crl.this_update : 0;
    out->n_issue = 2;
    put_name(c, out->name, sizeof out->name);
}
