#include "trustee.h"

#include <stdlib.h>

#include "json.h"
#include "ratls/evidence.h"

/* Which evidence is the quote alone, in base64 (deps/verifier/src/{tdx,sgx}/mod.rs), and why it is
 * not that of others. */
static const struct tee {
    const char *name, *why_not;
} tees[] = {
    {"tdx", NULL},
    {"sgx", NULL},
    {"snp", "there the report is JSON, in the form of whichever release of the sev crate it has"},
    {"cca", "there the token is wrapped differently from release to release"},
};

static enum ratls_err refuse_tee(const char *name, struct ratls_error *err)
{
    for (size_t i = 0; i < RT_COUNT(tees); i++) {
        if (strcmp(tees[i].name, name) != 0)
            continue;
        return tees[i].why_not ? ratls_fail(err, RATLS_E_UNSUPPORTED, "evidence of %s: %s", name,
                                            tees[i].why_not)
                               : RATLS_OK;
    }
    return ratls_fail(err, RATLS_E_UNSUPPORTED, "evidence of '%s': Trustee does not know it", name);
}

/* {"quote": base64}; a boot log would stand beside it. */
static enum ratls_err put_evidence(struct rt_writer *w, struct ratls_bytes quote)
{
    char *text = malloc(4 * ((quote.len + 2) / 3) + 1);
    struct rt_writer json = {0};

    if (!text)
        return RATLS_E_NO_MEMORY;
    rt_base64(quote, text);
    rt_json_put_raw(&json, "{\"quote\":\"");
    rt_json_put_raw(&json, text);
    rt_json_put_raw(&json, "\"}");
    free(text);
    rt_put_base64url(w, rt_written(&json));
    const bool bad = json.bad;
    rt_writer_free(&json);
    return bad ? RATLS_E_NO_MEMORY : RATLS_OK;
}

/* "raw" is compared as it is, without a hash. */
static void put_report_data(struct rt_writer *w, struct ratls_bytes report)
{
    uint8_t padded[RATLS_REPORT_DATA_LEN] = {0};

    memcpy(padded, report.p, report.len < sizeof padded ? report.len : sizeof padded);
    rt_json_put_raw(w, "\",\"runtime_data\":{\"raw\":\"");
    rt_put_base64url(w, ratls_bytes(padded, sizeof padded));
    rt_json_put_raw(w, "\"},\"runtime_data_hash_algorithm\":\"sha384\"}],\"policy_ids\":[");
}

enum ratls_err rt_trustee_write(const struct rt_trustee_request *request, struct ratls_buffer *out,
                                struct ratls_error *err)
{
    struct rt_writer w = {0};
    enum ratls_err e = refuse_tee(request->tee, err);

    *out = (struct ratls_buffer){0};
    if (e)
        return e;
    rt_json_put_raw(&w, "{\"verification_requests\":[{\"tee\":");
    rt_json_put_text(&w, request->tee);
    rt_json_put_raw(&w, ",\"evidence\":\"");
    e = put_evidence(&w, request->quote);
    put_report_data(&w, request->report);
    rt_json_put_text(&w, request->policy ? request->policy : "default");
    rt_json_put_raw(&w, "]}");
    if (!e)
        return rt_writer_take(&w, out);
    rt_writer_free(&w);
    return e;
}
