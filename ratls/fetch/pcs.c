#include "pcs.h"

#include <stdio.h>

#include "service.h"

#define URL_LEN RT_URL_LEN

/* What is asked, in the words of URLs. */
struct question {
    struct rt_service service;
    const char *tee, *ca;
    char fmspc[2 * 6 + 1];
};

static const char *ca_name(const struct ratls_collateral_query *query)
{
    return query->platform_ca ? "platform" : "processor";
}

static enum ratls_err check_query(const struct ratls_collateral_query *query,
                                  struct ratls_error *err)
{
    if (query->tee && (strcmp(query->tee, "sgx") == 0 || strcmp(query->tee, "tdx") == 0))
        return RATLS_OK;
    return ratls_fail(err, RATLS_E_USAGE, "collateral is for the TEEs sgx, tdx and snp");
}

enum ratls_err rt_pcs_name(const struct ratls_collateral_query *query,
                           char name[RATLS_COLLATERAL_NAME_LEN], struct ratls_error *err)
{
    char fmspc[2 * sizeof query->fmspc + 1];
    enum ratls_err e = check_query(query, err);

    name[0] = 0;
    if (e)
        return e;
    rt_hex(ratls_bytes(query->fmspc, sizeof query->fmspc), fmspc);
    (void)snprintf(name, RATLS_COLLATERAL_NAME_LEN, "%s-%s-%s", query->tee, fmspc, ca_name(query));
    return RATLS_OK;
}

/* ---- the documents ---- */

typedef int url_fn(const struct question *q, char url[URL_LEN]);

static int pck_crl_url(const struct question *q, char url[URL_LEN])
{
    return snprintf(url, URL_LEN, "%s/sgx/certification/v4/pckcrl?ca=%s&encoding=der",
                    q->service.base, q->ca);
}

static int root_crl_url(const struct question *q, char url[URL_LEN])
{
    if (q->service.source->pccs)
        return snprintf(url, URL_LEN, "%s/sgx/certification/v4/rootcacrl", q->service.base);
    const char *given = q->service.source->root_crl_url;
    return snprintf(url, URL_LEN, "%s", given ? given : RATLS_PCS_ROOT_CRL_URL);
}

static int tcb_info_url(const struct question *q, char url[URL_LEN])
{
    return snprintf(url, URL_LEN, "%s/%s/certification/v4/tcb?fmspc=%s%s", q->service.base, q->tee,
                    q->fmspc, q->service.source->early ? "&update=early" : "");
}

static int qe_identity_url(const struct question *q, char url[URL_LEN])
{
    return snprintf(url, URL_LEN, "%s/%s/certification/v4/qe/identity%s", q->service.base, q->tee,
                    q->service.source->early ? "?update=early" : "");
}

/* In the order of the file. The older name of a header is that of API version 3, which some PCCS
 * still send. */
static const struct document {
    const char *member;
    const char *chain_member; /* NULL: its issuer is the root itself */
    const char *header[2];
    url_fn *url;
    rt_form_fn *form;
    size_t max_body;
} documents[] = {
    {"pck_crl",
     "pck_crl_issuer_chain",
     {"SGX-PCK-CRL-Issuer-Chain"},
     pck_crl_url,
     rt_form_crl,
     RT_MAX_CRL},
    {"root_ca_crl", NULL, {NULL}, root_crl_url, rt_form_crl, RT_MAX_CRL},
    {"tcb_info",
     "tcb_info_issuer_chain",
     {"TCB-Info-Issuer-Chain", "SGX-TCB-Info-Issuer-Chain"},
     tcb_info_url,
     rt_form_json,
     RT_MAX_JSON},
    {"qe_identity",
     "qe_identity_issuer_chain",
     {"SGX-Enclave-Identity-Issuer-Chain"},
     qe_identity_url,
     rt_form_json,
     RT_MAX_JSON},
};

/* ---- putting them together ---- */

static enum ratls_err fetch_document(const struct question *q, const struct document *d,
                                     struct rt_writer *w, struct ratls_error *err)
{
    char url[URL_LEN];
    struct rt_http_answer answer = {0};
    /* the root's CRL of PCS is on another host, which has no business with the key */
    const struct rt_http_request request = {
        .url = url,
        .with_key = d->url != root_crl_url || q->service.source->pccs,
        .max_body = d->max_body,
        .header = {d->header[0], d->header[1]},
    };

    if (d->url(q, url) >= URL_LEN)
        return ratls_fail(err, RATLS_E_USAGE, "the URL of the collateral service is too long");
    enum ratls_err e = rt_http_get(q->service.http, &request, &answer, err);
    if (!e && d->chain_member)
        e = rt_service_put(w, d->chain_member, rt_form_chain, &answer.header, err);
    if (!e)
        e = rt_service_put(w, d->member, d->form, &answer.body, err);
    rt_http_answer_free(&answer);
    return e;
}

static enum ratls_err fetch_documents(const struct question *q, struct ratls_buffer *json,
                                      struct ratls_error *err)
{
    struct rt_writer w = {0};
    enum ratls_err e = RATLS_OK;

    for (size_t i = 0; i < RT_COUNT(documents) && e == RATLS_OK; i++)
        e = fetch_document(q, &documents[i], &w, err);
    return rt_service_finish(&w, e, json, err);
}

static enum ratls_err check_root_crl_url(const struct ratls_collateral_source *s,
                                         struct ratls_error *err)
{
    if (!s->root_crl_url)
        return RATLS_OK;
    if (s->pccs)
        return ratls_fail(err, RATLS_E_USAGE, "a PCCS has the root's CRL, no URL is needed for it");
    if (strlen(s->root_crl_url) >= URL_LEN)
        return ratls_fail(err, RATLS_E_USAGE, "the URL of the root's CRL is too long");
    return rt_http_check_url(s->root_crl_url, err);
}

enum ratls_err rt_pcs_fetch(const struct ratls_env *env,
                            const struct ratls_collateral_source *source,
                            const struct ratls_collateral_query *query, struct ratls_buffer *json,
                            struct ratls_error *err)
{
    struct question q = {
        .tee = query->tee,
        .ca = ca_name(query),
    };
    enum ratls_err e;

    *json = (struct ratls_buffer){0};
    rt_hex(ratls_bytes(query->fmspc, sizeof query->fmspc), q.fmspc);
    if ((e = check_query(query, err)) != RATLS_OK ||
        (e = check_root_crl_url(source, err)) != RATLS_OK ||
        (e = rt_service_open(env, source, RATLS_PCS_URL, &q.service, err)) != RATLS_OK)
        return e;
    e = fetch_documents(&q, json, err);
    rt_http_close(q.service.http);
    return e;
}
