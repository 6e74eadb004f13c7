#include "pcs.h"

#include <stdio.h>

#include "form.h"
#include "http.h"
#include "json.h"

#define DEFAULT_TIMEOUT_MS 30000
#define MAX_TIMEOUT_MS     3600000
#define URL_LEN            1024

/* What is asked, in the words of URLs. */
struct question {
    const struct ratls_collateral_source *source;
    char base[URL_LEN]; /* without slashes at its end */
    const char *tee, *ca;
    char fmspc[2 * 6 + 1];
    struct rt_http *http;
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
    return ratls_fail(err, RATLS_E_USAGE, "collateral is for the TEEs sgx and tdx");
}

enum ratls_err rt_pcs_name(const struct ratls_collateral_query *query, char name[RT_PCS_NAME_LEN],
                           struct ratls_error *err)
{
    char fmspc[2 * sizeof query->fmspc + 1];
    enum ratls_err e = check_query(query, err);

    name[0] = 0;
    if (e)
        return e;
    rt_hex(ratls_bytes(query->fmspc, sizeof query->fmspc), fmspc);
    (void)snprintf(name, RT_PCS_NAME_LEN, "%s-%s-%s", query->tee, fmspc, ca_name(query));
    return RATLS_OK;
}

/* ---- the documents ---- */

typedef int url_fn(const struct question *q, char url[URL_LEN]);

static int pck_crl_url(const struct question *q, char url[URL_LEN])
{
    return snprintf(url, URL_LEN, "%s/sgx/certification/v4/pckcrl?ca=%s&encoding=der", q->base,
                    q->ca);
}

static int root_crl_url(const struct question *q, char url[URL_LEN])
{
    if (q->source->pccs)
        return snprintf(url, URL_LEN, "%s/sgx/certification/v4/rootcacrl", q->base);
    const char *given = q->source->root_crl_url;
    return snprintf(url, URL_LEN, "%s", given ? given : RATLS_PCS_ROOT_CRL_URL);
}

static int tcb_info_url(const struct question *q, char url[URL_LEN])
{
    return snprintf(url, URL_LEN, "%s/%s/certification/v4/tcb?fmspc=%s%s", q->base, q->tee,
                    q->fmspc, q->source->early ? "&update=early" : "");
}

static int qe_identity_url(const struct question *q, char url[URL_LEN])
{
    return snprintf(url, URL_LEN, "%s/%s/certification/v4/qe/identity%s", q->base, q->tee,
                    q->source->early ? "?update=early" : "");
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

static enum ratls_err put_member(struct rt_writer *w, const char *name, rt_form_fn *form,
                                 const struct ratls_buffer *received, struct ratls_error *err)
{
    struct ratls_buffer text = {0};
    struct ratls_error inner = {0};
    enum ratls_err e = form(rt_bytes_of(received), &text, &inner);

    if (e)
        return ratls_fail(err, e, "%s: %s", name, inner.detail);
    rt_json_put_raw(w, w->len ? ",\n " : "{\n ");
    rt_json_put_text(w, name);
    rt_json_put_raw(w, ": ");
    rt_json_put_text(w, (const char *)text.p);
    ratls_buffer_free(&text);
    return RATLS_OK;
}

static enum ratls_err fetch_document(const struct question *q, const struct document *d,
                                     struct rt_writer *w, struct ratls_error *err)
{
    char url[URL_LEN];
    struct rt_http_answer answer = {0};
    /* the root's CRL of PCS is on another host, which has no business with the key */
    const struct rt_http_request request = {
        .url = url,
        .with_key = d->url != root_crl_url || q->source->pccs,
        .max_body = d->max_body,
        .header = {d->header[0], d->header[1]},
    };

    if (d->url(q, url) >= URL_LEN)
        return ratls_fail(err, RATLS_E_USAGE, "the URL of the collateral service is too long");
    enum ratls_err e = rt_http_get(q->http, &request, &answer, err);
    if (!e && d->chain_member)
        e = put_member(w, d->chain_member, rt_form_chain, &answer.header, err);
    if (!e)
        e = put_member(w, d->member, d->form, &answer.body, err);
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
    rt_json_put_raw(&w, "\n}\n");
    if (e == RATLS_OK && w.len > RT_MAX_COLLATERAL)
        e = ratls_fail(err, RATLS_E_LIMIT, "the collateral is larger than %d bytes",
                       RT_MAX_COLLATERAL);
    if (e == RATLS_OK)
        return rt_writer_take(&w, json);
    rt_writer_free(&w);
    return e;
}

static enum ratls_err set_base(struct question *q, struct ratls_error *err)
{
    const char *url = q->source->base_url ? q->source->base_url : RATLS_PCS_URL;
    size_t len = strlen(url);

    while (len > 0 && url[len - 1] == '/')
        len--;
    if (len >= sizeof q->base)
        return ratls_fail(err, RATLS_E_USAGE, "the URL of the collateral service is too long");
    memcpy(q->base, url, len);
    q->base[len] = 0;
    return rt_http_check_url(q->base, err);
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

static enum ratls_err check_source(struct question *q, struct ratls_error *err)
{
    const int64_t timeout_ms = q->source->timeout_ms;
    enum ratls_err e = set_base(q, err);

    if (e || (e = check_root_crl_url(q->source, err)) != RATLS_OK)
        return e;
    if (strchr(q->base, '?')) /* it would swallow the paths put behind it */
        return ratls_fail(err, RATLS_E_USAGE, "the URL of the collateral service has a query");
    if (timeout_ms < 0 || timeout_ms > MAX_TIMEOUT_MS)
        return ratls_fail(err, RATLS_E_USAGE, "a timeout above %d s", MAX_TIMEOUT_MS / 1000);
    return RATLS_OK;
}

enum ratls_err rt_pcs_fetch(const struct ratls_env *env,
                            const struct ratls_collateral_source *source,
                            const struct ratls_collateral_query *query, struct ratls_buffer *json,
                            struct ratls_error *err)
{
    const struct rt_http_config config = {
        .ca_file = source->ca_file,
        .api_key = source->api_key,
        .timeout_ms = source->timeout_ms ? source->timeout_ms : DEFAULT_TIMEOUT_MS,
    };
    struct question q = {
        .source = source,
        .tee = query->tee,
        .ca = ca_name(query),
    };
    enum ratls_err e;

    *json = (struct ratls_buffer){0};
    rt_hex(ratls_bytes(query->fmspc, sizeof query->fmspc), q.fmspc);
    if ((e = check_query(query, err)) != RATLS_OK || (e = check_source(&q, err)) != RATLS_OK ||
        (e = rt_http_open(env, &config, &q.http, err)) != RATLS_OK)
        return e;
    e = fetch_documents(&q, json, err);
    rt_http_close(q.http);
    return e;
}
