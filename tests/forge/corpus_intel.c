/* forge corpus: seeds of Intel quotes and of collateral, good ones and each flawed one. */
#include "bad_quotes.h"
#include "corpus.h"
#include "good_collateral.h"
#include "json.h"
#include "sim_sgx.h"

#include <cjson/cJSON.h>

/* ---- quotes ---- */

static enum ratls_err make_quote(const struct rt_sim_pki *pki, bool sgx,
                                 const struct rt_sim_quote_knobs *knobs, struct ratls_buffer *out)
{
    const struct ratls_env *env = ratls_env_system();
    struct rt_sim_enclave enclave;
    struct rt_sim_td td;

    rt_sim_enclave_usual(&enclave);
    rt_sim_td_usual(&td);
    return sgx ? rt_sim_sgx_quote(env, pki, &enclave, knobs, out)
               : rt_sim_tdx_quote(env, pki, &td, knobs, out);
}

static bool fill_bad_quotes(const struct corpus *c, bool sgx)
{
    for (size_t i = 0; i < RT_COUNT(bad_quotes); i++) {
        struct rt_sim_pki pki;
        struct ratls_buffer quote = {0};
        bool made =
            rt_sim_pki_make(ratls_env_system(), &bad_quotes[i].pki, &pki, NULL) == RATLS_OK &&
            make_quote(&pki, sgx, &bad_quotes[i].quote, &quote) == RATLS_OK;
        rt_sim_pki_free(&pki);
        if (!made || !seed_buffer(c, bad_quotes[i].name, &quote))
            return false;
    }
    return true;
}

/* Every layout, with each way of certification. */
static bool fill_layouts(const struct corpus *c, bool sgx)
{
    for (uint16_t i = 0; i < 4 * 5; i++) {
        const struct rt_sim_quote_knobs knobs = {.layout = sgx ? 3 + i % 3 : 4 + i % 2,
                                                 .td_report_1_5 = i % 4 == 3,
                                                 .cert_type = 1 + i / 4,
                                                 .trailing_len = i % 3};
        struct ratls_buffer quote;
        char name[32];
        (void)snprintf(name, sizeof name, "layout-%u", i);
        if (make_quote(&c->pki, sgx, &knobs, &quote) != RATLS_OK || !seed_buffer(c, name, &quote))
            return false;
    }
    return true;
}

bool corpus_tdx_quote(const struct corpus *c)
{
    return fill_bad_quotes(c, false) && fill_layouts(c, false) &&
           seed(c, "good", rt_bytes_of(&c->quote));
}

bool corpus_sgx_quote(const struct corpus *c)
{
    return fill_bad_quotes(c, true) && fill_layouts(c, true);
}

/* ---- collateral ---- */

/* Called for each document of both tables, and for SGX and version 2; `json` is taken. */
typedef bool document_fn(const struct corpus *c, const char *name, struct ratls_buffer *json);

static bool make_document(const struct corpus *c, const char *name,
                          const struct rt_sim_collateral_knobs *knobs, document_fn *use)
{
    struct ratls_buffer json;

    return rt_sim_collateral(ratls_env_system(), &c->pki, knobs, &json) == RATLS_OK &&
           use(c, name, &json);
}

static bool each_document(const struct corpus *c, document_fn *use)
{
    const struct rt_sim_collateral_knobs sgx = {.sgx = true},
                                         version_2 = {.sgx = true, .tcb_info_version = 2};
    bool made =
        make_document(c, "sgx", &sgx, use) && make_document(c, "version-2", &version_2, use);

    for (size_t i = 0; i < RT_COUNT(bad_collateral) && made; i++)
        made = make_document(c, bad_collateral[i].name, &bad_collateral[i].collateral, use);
    for (size_t i = 0; i < RT_COUNT(good_collateral) && made; i++)
        made = make_document(c, good_collateral[i].name, &good_collateral[i].collateral, use);
    return made;
}

bool corpus_collateral(const struct corpus *c)
{
    return each_document(c, seed_buffer);
}

/* The text that is signed; nothing where the flaw left none. */
static bool seed_inner(const struct corpus *c, const char *name, const char *member,
                       struct ratls_buffer *json)
{
    cJSON *file = cJSON_ParseWithLength((const char *)json->p, json->len);
    const char *text = cJSON_GetStringValue(rt_json_member(file, member));
    const char *begin = text ? strchr(text, ':') : NULL;
    const char *end = begin ? strstr(begin, ",\"signature\"") : NULL;
    bool written = true;

    if (end)
        written = seed(c, name, ratls_bytes(begin + 1, (size_t)(end - begin - 1)));
    cJSON_Delete(file);
    ratls_buffer_free(json);
    return written;
}

static bool seed_tcb_info(const struct corpus *c, const char *name, struct ratls_buffer *json)
{
    return seed_inner(c, name, "tcb_info", json);
}

bool corpus_tcb_info(const struct corpus *c)
{
    return each_document(c, seed_tcb_info);
}

static bool seed_qe_identity(const struct corpus *c, const char *name, struct ratls_buffer *json)
{
    return seed_inner(c, name, "qe_identity", json);
}

bool corpus_qe_identity(const struct corpus *c)
{
    return each_document(c, seed_qe_identity);
}
