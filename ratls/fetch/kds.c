#include "kds.h"

#include <stdio.h>

#include "service.h"

#define MAX_CERTS_LEN (64 * 1024)
#define URL_LEN       RT_URL_LEN

/* Which byte of a TCB version is which parameter (AMD 57230, table 11). */
struct spl {
    const char *parameter;
    size_t at;
};

static const struct generation {
    const char *name, *file_name;
    size_t hwid_len;
    struct spl spl[5]; /* in the order of the query; NULL ends */
} generations[] = {
    {"Milan", "milan", 64, {{"blSPL", 0}, {"teeSPL", 1}, {"snpSPL", 6}, {"ucodeSPL", 7}}},
    {"Genoa", "genoa", 64, {{"blSPL", 0}, {"teeSPL", 1}, {"snpSPL", 6}, {"ucodeSPL", 7}}},
    {"Turin",
     "turin",
     8,
     {{"fmcSPL", 0}, {"blSPL", 1}, {"teeSPL", 2}, {"snpSPL", 3}, {"ucodeSPL", 7}}},
};

struct question {
    struct rt_service service;
    const struct ratls_collateral_query *query;
    const struct generation *of;
    const char *key; /* "vcek", "vlek" */
};

/* ---- the query ---- */

static const struct generation *generation_of(const struct ratls_collateral_query *query)
{
    for (size_t i = 0; query->product && i < RT_COUNT(generations); i++)
        if (strcmp(generations[i].name, query->product) == 0)
            return &generations[i];
    return NULL;
}

static const char *key_name(const struct ratls_collateral_query *query)
{
    return query->vlek ? "vlek" : "vcek";
}

/* Bytes that are in no question would be in the name all the same. */
static bool has_reserved(const uint8_t tcb[8], const struct generation *of)
{
    uint8_t rest[8];

    memcpy(rest, tcb, sizeof rest);
    for (size_t i = 0; i < RT_COUNT(of->spl) && of->spl[i].parameter; i++)
        rest[of->spl[i].at] = 0;
    return !rt_all_zero(rest, sizeof rest);
}

static enum ratls_err check_query(const struct ratls_collateral_query *query,
                                  const struct generation *of, struct ratls_error *err)
{
    if (!of)
        return ratls_fail(err, RATLS_E_USAGE, "the product must be Milan, Genoa or Turin");
    if (query->with_vcek && query->vlek)
        return ratls_fail(err, RATLS_E_USAGE, "AMD's service gives out no VLEKs");
    if (query->with_vcek && !rt_all_zero(query->chip_id + of->hwid_len, 64 - of->hwid_len))
        return ratls_fail(err, RATLS_E_USAGE, "a chip id of %s has %zu bytes", of->name,
                          of->hwid_len);
    if (query->with_vcek && rt_all_zero(query->chip_id, sizeof query->chip_id))
        return ratls_fail(err, RATLS_E_USAGE, "the chip id is masked");
    if (query->with_vcek && has_reserved(query->tcb, of))
        return ratls_fail(err, RATLS_E_USAGE, "reserved bytes of the TCB are not zero");
    return RATLS_OK;
}

enum ratls_err rt_kds_name(const struct ratls_collateral_query *query,
                           char name[RATLS_COLLATERAL_NAME_LEN], struct ratls_error *err)
{
    const struct generation *of = generation_of(query);
    char chip[2 * 8 + 1], tcb[2 * 8 + 1];
    enum ratls_err e = check_query(query, of, err);

    name[0] = 0;
    if (e)
        return e;
    size_t n = (size_t)snprintf(name, RATLS_COLLATERAL_NAME_LEN, "snp-%s-%s", of->file_name,
                                key_name(query));
    if (!query->with_vcek)
        return RATLS_OK;
    rt_hex(ratls_bytes(query->chip_id, 8), chip);
    rt_hex(ratls_bytes(query->tcb, 8), tcb);
    (void)snprintf(name + n, RATLS_COLLATERAL_NAME_LEN - n, "-%s-%s", chip, tcb);
    return RATLS_OK;
}

/* ---- the documents ---- */

typedef int url_fn(const struct question *q, char url[URL_LEN]);

static int chain_url(const struct question *q, char url[URL_LEN])
{
    return snprintf(url, URL_LEN, "%s/%s/v1/%s/cert_chain", q->service.base, q->key, q->of->name);
}

static int crl_url(const struct question *q, char url[URL_LEN])
{
    return snprintf(url, URL_LEN, "%s/%s/v1/%s/crl", q->service.base, q->key, q->of->name);
}

static int vcek_url(const struct question *q, char url[URL_LEN])
{
    char hwid[2 * 64 + 1], spls[128] = "";

    rt_hex(ratls_bytes(q->query->chip_id, q->of->hwid_len), hwid);
    for (size_t i = 0; i < RT_COUNT(q->of->spl) && q->of->spl[i].parameter; i++) {
        const size_t n = strlen(spls);
        (void)snprintf(spls + n, sizeof spls - n, "%c%s=%u", n ? '&' : '?', q->of->spl[i].parameter,
                       q->query->tcb[q->of->spl[i].at]);
    }
    return snprintf(url, URL_LEN, "%s/vcek/v1/%s/%s%s", q->service.base, q->of->name, hwid, spls);
}

static const struct document {
    const char *member;
    url_fn *url;
    rt_form_fn *form;
    size_t max_body;
} documents[] = {
    {"vek_issuer_chain", chain_url, rt_form_certs, MAX_CERTS_LEN},
    {"crl", crl_url, rt_form_crl, RT_MAX_CRL},
    {"vek", vcek_url, rt_form_certs, MAX_CERTS_LEN}, /* only with_vcek */
};

static enum ratls_err fetch_document(const struct question *q, const struct document *d,
                                     struct rt_writer *w, struct ratls_error *err)
{
    char url[URL_LEN];
    struct rt_http_answer answer = {0};
    const struct rt_http_request request = {.url = url, .with_key = true, .max_body = d->max_body};

    if (d->url(q, url) >= URL_LEN)
        return ratls_fail(err, RATLS_E_USAGE, "the URL of the key service is too long");
    enum ratls_err e = rt_http_get(q->service.http, &request, &answer, err);
    if (!e)
        e = rt_service_put(w, d->member, d->form, &answer.body, err);
    rt_http_answer_free(&answer);
    return e;
}

/* What only Intel's service knows must not look as if it had an effect. */
static enum ratls_err check_source(const struct ratls_collateral_source *s, struct ratls_error *err)
{
    if (s->pccs || s->root_crl_url || s->early)
        return ratls_fail(err, RATLS_E_USAGE,
                          "PCCS, URL of a root's CRL and early updates are of Intel's service");
    return RATLS_OK;
}

enum ratls_err rt_kds_fetch(const struct ratls_env *env,
                            const struct ratls_collateral_source *source,
                            const struct ratls_collateral_query *query, struct ratls_buffer *json,
                            struct ratls_error *err)
{
    struct question q = {.query = query, .of = generation_of(query), .key = key_name(query)};
    const size_t n = RT_COUNT(documents) - (query->with_vcek ? 0 : 1);
    struct rt_writer w = {0};
    enum ratls_err e;

    *json = (struct ratls_buffer){0};
    if ((e = check_query(query, q.of, err)) != RATLS_OK ||
        (e = check_source(source, err)) != RATLS_OK ||
        (e = rt_service_open(env, source, RATLS_KDS_URL, &q.service, err)) != RATLS_OK)
        return e;
    for (size_t i = 0; i < n && e == RATLS_OK; i++)
        e = fetch_document(&q, &documents[i], &w, err);
    rt_http_close(q.service.http);
    return rt_service_finish(&w, e, json, err);
}
