#include "azure_evidence.h"

#include <cjson/cJSON.h>

#include "json.h"

enum { VERSION_MAX = 2 };

static bool is_object_with(struct ratls_bytes evidence, const char *member)
{
    return rt_starts_with(rt_without_space(evidence), "{") && rt_json_mentions(evidence, member);
}

bool rt_azure_recognises_snp(struct ratls_bytes evidence)
{
    return is_object_with(evidence, "vcek") && !rt_json_mentions(evidence, "td_quote");
}

bool rt_azure_recognises_tdx(struct ratls_bytes evidence)
{
    return is_object_with(evidence, "td_quote") && !rt_json_mentions(evidence, "vcek");
}

void rt_azure_evidence_free(struct rt_azure_evidence *e)
{
    ratls_buffer_free(&e->hcl_report);
    ratls_buffer_free(&e->vcek);
    ratls_buffer_free(&e->td_quote);
    rt_tpm_quoted_free(&e->quoted);
}

/* What the members of each version and hardware are called; a member that is not there is NULL. */
struct names {
    const char *version, *report, *quote, *hardware;
};

static struct names names_of(int64_t version, enum rt_hcl_type type)
{
    const char *hardware = type == RT_HCL_SNP ? "vcek" : "td_quote";

    if (version == 0 && type == RT_HCL_SNP)
        return (struct names){NULL, "report", "quote", hardware};
    return (struct names){version ? "version" : NULL, "hcl_report", "tpm_quote", hardware};
}

static enum ratls_err check_members(const cJSON *json, const struct names *n,
                                    struct ratls_error *err)
{
    const char *const members[] = {n->report, n->quote, n->hardware, n->version};

    return rt_json_check_members(json, members, n->version ? RT_COUNT(members) : 3, err);
}

static enum ratls_err read_version(const cJSON *json, int64_t *version, struct ratls_error *err)
{
    const cJSON *item = rt_json_member(json, "version");

    *version = 0;
    if (!item)
        return RATLS_OK;
    return rt_json_int(item, 1, VERSION_MAX, version)
               ? RATLS_OK
               : ratls_fail(err, RATLS_E_EVIDENCE_PROFILE,
                            "evidence of Azure: neither version 1 nor 2");
}

/* As PEM, which it is in version 0. */
static enum ratls_err read_vcek(const cJSON *item, int64_t version, struct ratls_buffer *out,
                                struct ratls_error *err)
{
    const struct rt_json_bytes how = {RT_JSON_BASE64URL, RT_MAX_CERT, "vcek"};
    struct ratls_buffer der = {0};

    if (version == 0)
        return cJSON_IsString(item) ? rt_dup(ratls_bytes_str(item->valuestring), out)
                                    : ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "'vcek' is no text");
    enum ratls_err e = rt_json_read_bytes(item, &how, &der, err);
    if (e == RATLS_OK)
        e = rt_pem_write("CERTIFICATE", rt_bytes_of(&der), out);
    ratls_buffer_free(&der);
    return e;
}

static enum ratls_err read_hardware(const cJSON *item, enum rt_hcl_type type,
                                    struct rt_azure_evidence *out, struct ratls_error *err)
{
    const struct rt_json_bytes how = {out->version ? RT_JSON_BASE64URL : RT_JSON_NUMBERS,
                                      RT_MAX_EVIDENCE, "td_quote"};

    return type == RT_HCL_SNP ? read_vcek(item, out->version, &out->vcek, err)
                              : rt_json_read_bytes(item, &how, &out->td_quote, err);
}

static enum ratls_err read_parts(const cJSON *json, enum rt_hcl_type type,
                                 struct rt_azure_evidence *out, struct ratls_error *err)
{
    const struct names names = names_of(out->version, type);
    const bool is_text = out->version > 0;
    const struct rt_json_bytes report = {is_text ? RT_JSON_BASE64URL : RT_JSON_NUMBERS, RT_HCL_MAX,
                                         names.report};
    const enum rt_json_form form = is_text ? RT_JSON_HEX : RT_JSON_NUMBERS;
    const struct rt_tpm_forms forms = {form, form, .is_bare = true};
    enum ratls_err e;

    if ((e = check_members(json, &names, err)) != RATLS_OK ||
        (e = rt_json_read_bytes(rt_json_member(json, names.report), &report, &out->hcl_report,
                                err)) != RATLS_OK ||
        (e = read_hardware(rt_json_member(json, names.hardware), type, out, err)) != RATLS_OK)
        return e;
    return rt_tpm_quoted_read(rt_json_member(json, names.quote), &forms, &out->quoted, err);
}

enum ratls_err rt_azure_evidence_read(struct ratls_bytes evidence, enum rt_hcl_type type,
                                      struct rt_azure_evidence *out, struct ratls_error *err)
{
    cJSON *json = NULL;
    enum ratls_err e = rt_json_parse(evidence, RATLS_E_EVIDENCE_FORMAT, &json, err);

    *out = (struct rt_azure_evidence){0};
    if (e == RATLS_OK)
        e = read_version(json, &out->version, err);
    if (e == RATLS_OK)
        e = read_parts(json, type, out, err);
    rt_json_free(json);
    return e;
}
