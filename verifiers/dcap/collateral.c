#include "collateral.h"

#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "crypto.h"
#include "json.h"

enum { SIGNATURE_LEN = 64 };

/* A document under construction. */
struct load {
    const cJSON *json;
    struct rt_roots roots;
    struct rt_collateral *c;
    struct ratls_error *err;
};

/* ---- members ---- */

static enum ratls_err get_text(const struct load *l, const char *name, struct ratls_bytes *out)
{
    const cJSON *item = rt_json_member(l->json, name);

    *out = ratls_bytes(NULL, 0);
    if (!rt_json_has(l->json, name))
        return ratls_fail(l->err, RATLS_E_COLLATERAL_MISSING, "%s is missing", name);
    if (!cJSON_IsString(item))
        return ratls_fail(l->err, RATLS_E_COLLATERAL_FORMAT, "%s is no text", name);
    *out = ratls_bytes_str(item->valuestring);
    return RATLS_OK;
}

static enum ratls_err load_chain(const struct load *l, const struct rt_intel_kind *kind,
                                 const char *name, struct rt_intel_chain *out)
{
    struct ratls_bytes pem;
    enum ratls_err e = get_text(l, name, &pem);

    return e ? e : rt_intel_chain_read(kind, pem, out, l->err);
}

/* ---- CRLs ---- */

static enum ratls_err load_crl(const struct load *l, const char *name, const struct rt_x509 *issuer,
                               struct ratls_buffer *der, struct rt_crl *crl)
{
    struct ratls_error inner = {0};
    struct ratls_bytes text;
    enum ratls_err e = get_text(l, name, &text);

    if (e)
        return e;
    if ((e = rt_crl_decode(text, der, &inner)) != RATLS_OK ||
        (e = rt_crl_parse(rt_bytes_of(der), crl, &inner)) != RATLS_OK ||
        (e = rt_crl_check_issuer(crl, issuer, &inner)) != RATLS_OK)
        return ratls_fail(l->err, e, "%s: %s", name, inner.detail);
    return RATLS_OK;
}

static enum ratls_err load_crls(const struct load *l)
{
    struct rt_collateral *c = l->c;
    enum ratls_err e =
        load_crl(l, "root_ca_crl", rt_intel_root(&c->crl_issuer), &c->root_crl_der, &c->root_crl);

    if (e == RATLS_OK)
        e = load_crl(l, "pck_crl", &c->crl_issuer.certs[0], &c->pck_crl_der, &c->pck_crl);
    c->has_crls = e == RATLS_OK;
    return e;
}

/* ---- signed documents ---- */

static bool read_signature(struct ratls_bytes text, uint8_t out[SIGNATURE_LEN])
{
    struct rt_reader r = rt_reader(text);
    size_t len = SIGNATURE_LEN;

    if (text.len != 2 + 2 * SIGNATURE_LEN || rt_u8(&r) != '"')
        return false;
    const char *digits = (const char *)rt_take(&r, 2 * SIGNATURE_LEN);
    return rt_u8(&r) == '"' && rt_unhex(digits, 2 * SIGNATURE_LEN, out, &len);
}

/* {"<member>": <value>, "signature": "<hex>"}: *value is the exact text, after its signature was
 * verified and before anything in it is read. */
static enum ratls_err open_signed(const struct load *l, const char *name, const char *member,
                                  const struct rt_x509 *signer, struct ratls_bytes *value)
{
    struct rt_json_part parts[] = {{.name = member}, {.name = "signature"}};
    struct ratls_error inner = {0};
    uint8_t signature[SIGNATURE_LEN];
    struct ratls_bytes text;
    enum ratls_err e = get_text(l, name, &text);

    *value = ratls_bytes(NULL, 0);
    if (e)
        return e;
    e = rt_json_split(text, RATLS_E_COLLATERAL_FORMAT, parts, RT_COUNT(parts), &inner);
    if (e)
        return ratls_fail(l->err, e, "%s: %s", name, inner.detail);
    if (!read_signature(parts[1].text, signature))
        return ratls_fail(l->err, RATLS_E_COLLATERAL_FORMAT,
                          "%s: the signature is not 128 hex digits", name);
    e = rt_verify_raw(RT_P256, signer->key.point, RT_SHA256, parts[0].text,
                      ratls_bytes(signature, sizeof signature));
    if (rt_is_own_failure(e))
        return ratls_fail(l->err, e, "%s", name);
    if (e)
        return ratls_fail(l->err, RATLS_E_COLLATERAL_SIGNATURE, "%s is not signed by its signer",
                          name);
    *value = parts[0].text;
    return RATLS_OK;
}

static enum ratls_err load_tcb_info(const struct load *l)
{
    struct ratls_bytes value;
    enum ratls_err e = open_signed(l, "tcb_info", "tcbInfo", &l->c->tcb_signer.certs[0], &value);

    return e ? e : rt_tcb_info_parse(value, &l->c->tcb, l->err);
}

static enum ratls_err load_qe_identity(const struct load *l)
{
    struct ratls_bytes value;
    enum ratls_err e =
        open_signed(l, "qe_identity", "enclaveIdentity", &l->c->qe_signer.certs[0], &value);

    if (e || (e = rt_qe_identity_parse(value, &l->c->qe, l->err)) != RATLS_OK)
        return e;
    return rt_qe_identity_check_kind(&l->c->qe, l->c->tcb.tdx, l->err);
}

/* ---- the whole ---- */

/* Each chain knows what the ones before it proved: the root is the same in all three, and both
 * documents usually have the same signer. */
static enum ratls_err load_chains(const struct load *l)
{
    struct rt_collateral *c = l->c;
    const struct {
        const struct rt_intel_kind *kind;
        const char *name;
        struct rt_intel_chain *chain;
        const struct rt_intel_chain *proven;
    } rows[] = {
        {&rt_intel_crl_issuer, "pck_crl_issuer_chain", &c->crl_issuer, NULL},
        {&rt_intel_tcb_signer, "tcb_info_issuer_chain", &c->tcb_signer, &c->crl_issuer},
        {&rt_intel_qe_signer, "qe_identity_issuer_chain", &c->qe_signer, &c->tcb_signer},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        bool simulated; /* the chain of the quote says that */
        enum ratls_err e = load_chain(l, rows[i].kind, rows[i].name, rows[i].chain);
        if (e == RATLS_OK)
            e = rt_intel_chain_check_root(rows[i].kind, rows[i].chain, l->roots, &simulated,
                                          l->err);
        if (e == RATLS_OK)
            e = rt_intel_chain_prove(rows[i].kind, rows[i].chain, rows[i].proven, l->err);
        if (e)
            return e;
        if (!rt_intel_same_root(rows[i].chain, &c->crl_issuer))
            return ratls_fail(l->err, RATLS_E_COLLATERAL_SIGNATURE, "%s ends at another root",
                              rows[i].name);
    }
    return RATLS_OK;
}

static enum ratls_err load_pck_chain(const struct load *l)
{
    struct ratls_bytes pem;
    enum ratls_err e = get_text(l, "pck_certificate_chain", &pem);

    return e ? e : rt_dup(pem, &l->c->pck_pem);
}

static enum ratls_err load_all(const struct load *l, bool crl_optional)
{
    bool no_crls =
        crl_optional && (!rt_json_has(l->json, "root_ca_crl") || !rt_json_has(l->json, "pck_crl"));
    enum ratls_err e;

    if (!cJSON_IsObject(l->json))
        return ratls_fail(l->err, RATLS_E_COLLATERAL_FORMAT, "collateral is no JSON object");
    if ((e = load_chains(l)) != RATLS_OK || (!no_crls && (e = load_crls(l)) != RATLS_OK) ||
        (e = load_tcb_info(l)) != RATLS_OK || (e = load_qe_identity(l)) != RATLS_OK)
        return e;
    return rt_json_has(l->json, "pck_certificate_chain") ? load_pck_chain(l) : RATLS_OK;
}

enum ratls_err rt_collateral_new(struct ratls_bytes text, struct rt_roots roots, bool crl_optional,
                                 struct rt_collateral **out, struct ratls_error *err)
{
    struct load l = {.roots = roots, .c = calloc(1, sizeof *l.c), .err = err};
    cJSON *json = NULL;
    enum ratls_err e = RATLS_E_NO_MEMORY;

    *out = NULL;
    if (!l.c || !(l.c->pck_cache = rt_kept_cache_new()))
        goto out;
    e = rt_json_parse_up_to(text, RT_MAX_COLLATERAL, RATLS_E_COLLATERAL_FORMAT, &json, err);
    if (e)
        goto out;
    l.json = json;
    if ((e = load_all(&l, crl_optional)) != RATLS_OK)
        goto out;
    *out = l.c;
    l.c = NULL;
out:
    rt_collateral_free(l.c);
    rt_json_free(json);
    return e ? ratls_fail(err, e, "collateral: %s", ratls_err_text(e)) : RATLS_OK;
}

void rt_collateral_free(struct rt_collateral *c)
{
    if (!c)
        return;
    rt_intel_chain_free(&c->crl_issuer);
    rt_intel_chain_free(&c->tcb_signer);
    rt_intel_chain_free(&c->qe_signer);
    ratls_buffer_free(&c->pck_pem);
    rt_crl_free(&c->root_crl);
    rt_crl_free(&c->pck_crl);
    ratls_buffer_free(&c->root_crl_der);
    ratls_buffer_free(&c->pck_crl_der);
    rt_tcb_info_free(&c->tcb);
    rt_qe_identity_free(&c->qe);
    rt_kept_cache_free(c->pck_cache);
    free(c);
}

uint32_t rt_collateral_eval_num(const struct rt_collateral *c)
{
    return c->tcb.eval_num < c->qe.eval_num ? c->tcb.eval_num : c->qe.eval_num;
}

/* ---- dates ---- */

#define MAX_WINDOWS 16

/* Validity of one part, both ends inclusive. */
struct window {
    const char *what;
    int64_t begins, ends;
};

static size_t add_chain(struct window *w, const struct rt_intel_chain *c, const char *what)
{
    for (size_t i = 0; i < c->n; i++)
        w[i] = (struct window){what, c->certs[i].not_before, c->certs[i].not_after};
    return c->n;
}

static size_t windows_of(const struct rt_collateral *c, bool with_crls,
                         struct window out[MAX_WINDOWS])
{
    size_t n = 0;

    out[n++] = (struct window){"the TCB info", c->tcb.issue_date, c->tcb.next_update};
    out[n++] = (struct window){"the QE identity", c->qe.issue_date, c->qe.next_update};
    if (with_crls) {
        out[n++] = (struct window){"the PCK CRL", c->pck_crl.this_update, c->pck_crl.next_update};
        out[n++] =
            (struct window){"the root CA CRL", c->root_crl.this_update, c->root_crl.next_update};
    }
    n += add_chain(out + n, &c->crl_issuer, "the issuer of the PCK CRL");
    n += add_chain(out + n, &c->tcb_signer, "the signer of the TCB info");
    n += add_chain(out + n, &c->qe_signer, "the signer of the QE identity");
    return n;
}

enum ratls_err rt_collateral_check_dates(const struct rt_collateral *c, int64_t now, bool with_crls,
                                         int64_t *expires, struct ratls_error *err)
{
    struct window w[MAX_WINDOWS];
    size_t n = windows_of(c, with_crls, w);
    char at[32];

    for (size_t i = 0; i < n; i++) {
        if (now >= w[i].begins && now <= w[i].ends) {
            *expires = w[i].ends < *expires ? w[i].ends : *expires;
            continue;
        }
        rt_time_format(now < w[i].begins ? w[i].begins : w[i].ends, at);
        return ratls_fail(err, RATLS_E_COLLATERAL_TIME, "%s %s valid %s %s", w[i].what,
                          now < w[i].begins ? "is" : "was", now < w[i].begins ? "from" : "until",
                          at);
    }
    return RATLS_OK;
}

/* ---- facts ---- */

void rt_collateral_facts(const struct rt_collateral *c, struct ratls_collateral_facts *out)
{
    const int64_t issue[] = {c->tcb.eval_num,  c->qe.eval_num,         c->tcb.issue_date,
                             c->qe.issue_date, c->pck_crl.this_update, c->root_crl.this_update};
    char fmspc[2 * sizeof c->tcb.fmspc + 1];
    struct window w[MAX_WINDOWS];
    size_t n = windows_of(c, c->has_crls, w);

    *out = (struct ratls_collateral_facts){
        .begins = INT64_MIN, .expires = INT64_MAX, .number = rt_collateral_eval_num(c)};
    for (size_t i = 0; i < n; i++) {
        out->begins = w[i].begins > out->begins ? w[i].begins : out->begins;
        out->expires = w[i].ends < out->expires ? w[i].ends : out->expires;
    }
    out->n_issue = RT_COUNT(issue);
    memcpy(out->issue, issue, sizeof issue);
    rt_hex(ratls_bytes(c->tcb.fmspc, sizeof c->tcb.fmspc), fmspc);
    (void)snprintf(out->name, sizeof out->name, "%s-%s-%s", c->tcb.tdx ? "tdx" : "sgx", fmspc,
                   rt_intel_is_platform_ca(&c->crl_issuer.certs[0]) ? "platform" : "processor");
}
