/* Anchors that stand in trust documents, and revocation lists of one TEE. */
#include "anchors_impl.h"

#include <stdio.h>

#include <cjson/cJSON.h>

#include "crl.h"
#include "json.h"

#define CRL_HEAD        "-----BEGIN X509 CRL-----"
#define KEY_HEAD        "-----BEGIN PUBLIC KEY-----"
#define INSECURE_PREFIX "insecure_"

/* ---- revocation lists ---- */

static const struct {
    const char *tee, *why;
} without_crls[] = {
    {"tdx", "CRLs of Intel are part of the collateral"},
    {"sgx", "CRLs of Intel are part of the collateral"},
    {"cca", "no CRL revokes a key of CCA"},
    {"csv", "no CRL revokes a key of CSV"},
    {"az_tdx_vtpm", "CRLs of Intel are part of the collateral"},
};

static enum ratls_err check_tee_of_crl(const struct rt_anchors *a, const char *tee,
                                       struct ratls_error *err)
{
    size_t n = 0;

    for (size_t i = 0; i < RT_COUNT(without_crls); i++)
        if (strcmp(without_crls[i].tee, tee) == 0)
            return ratls_fail(err, RATLS_E_UNSUPPORTED, "%s: %s", tee, without_crls[i].why);
    for (size_t i = 0; i < a->n_dated; i++)
        n += a->dated[i].kind == RT_ANCHOR_CRL && strcmp(a->dated[i].tee, tee) == 0;
    return n < RT_MAX_TRUST_CRLS
               ? RATLS_OK
               : ratls_fail(err, RATLS_E_LIMIT, "more than %d CRLs of one TEE", RT_MAX_TRUST_CRLS);
}

/* Who issued it and when it ends is asked at every use. `one->content` is taken. */
static enum ratls_err keep_crl(struct rt_anchors *a, struct rt_dated_anchor *one,
                               struct ratls_error *err)
{
    struct rt_crl crl;
    enum ratls_err e = rt_crl_parse(rt_bytes_of(&one->content), &crl, err);

    rt_crl_free(&crl);
    if (e == RATLS_OK)
        e = check_tee_of_crl(a, one->tee, err);
    if (e == RATLS_OK)
        return rt_anchors_keep(a, one, err);
    ratls_buffer_free(&one->content);
    return e;
}

static enum ratls_err keep_pem_crls(struct rt_anchors *a, const struct rt_dated_anchor *like,
                                    struct ratls_bytes text, struct ratls_error *err)
{
    struct rt_dated_anchor one = *like;
    enum ratls_err e;

    while ((e = rt_pem_next(&text, "X509 CRL", &one.content)) == RATLS_OK)
        if ((e = keep_crl(a, &one, err)) != RATLS_OK)
            return e;
    if (rt_is_own_failure(e))
        return ratls_fail(err, e, "CRL");
    return e == RATLS_E_CLOSED ? RATLS_OK
                               : ratls_fail(err, RATLS_E_COLLATERAL_FORMAT, "CRL: malformed PEM");
}

/* `like` has TEE and dates. */
static enum ratls_err read_crls(struct rt_anchors *a, const struct rt_dated_anchor *like,
                                struct ratls_bytes text, struct ratls_error *err)
{
    struct rt_dated_anchor one = *like;
    enum ratls_err e = check_tee_of_crl(a, like->tee, err);

    if (e)
        return e;
    if (rt_starts_with(rt_without_space(text), CRL_HEAD))
        return keep_pem_crls(a, like, text, err);
    e = rt_crl_decode(text, &one.content, err);
    return e ? e : keep_crl(a, &one, err);
}

static bool name_tee(struct rt_dated_anchor *one, const char *tee)
{
    return snprintf(one->tee, sizeof one->tee, "%s", tee) < (int)sizeof one->tee;
}

enum ratls_err rt_anchors_add_crl(struct rt_anchors *a, const char *tee, struct ratls_bytes crl,
                                  struct ratls_error *err)
{
    const struct rt_anchors_mark before = rt_anchors_mark(a);
    struct rt_dated_anchor like = {.kind = RT_ANCHOR_CRL, .dates = rt_anchor_dates(NULL)};
    enum ratls_err e = name_tee(&like, tee)
                           ? read_crls(a, &like, crl, err)
                           : ratls_fail(err, RATLS_E_UNSUPPORTED, "no TEE has such a long name");

    if (e)
        rt_anchors_rewind(a, &before);
    return e;
}

/* ---- bodies of items ---- */

static enum ratls_err refuse(struct ratls_error *why, const char *member, const char *what)
{
    return ratls_fail(why, RATLS_E_TRUST_FORMAT, "'%s' %s", member, what);
}

static enum ratls_err take_certs(const struct rt_anchor_sink *sink, const cJSON *pem,
                                 struct ratls_error *why)
{
    return rt_anchors_read_certs(sink, ratls_bytes_str(pem->valuestring), why);
}

static enum ratls_err take_keys(const struct rt_anchor_sink *sink, const cJSON *keys,
                                struct ratls_error *why)
{
    if (strcmp(sink->item->tee, "cca") != 0)
        return refuse(why, keys->string, "are of the TEE cca alone");
    return rt_anchors_read_keys(sink, keys, why);
}

static bool has_attestation_keys(const char *tee)
{
    return strcmp(tee, "tpm") == 0 || strcmp(tee, "ascend_npu") == 0;
}

static enum ratls_err take_attestation_keys(const struct rt_anchor_sink *sink, const cJSON *pem,
                                            struct ratls_error *why)
{
    const struct ratls_bytes text = ratls_bytes_str(pem->valuestring);
    size_t n;

    if (!has_attestation_keys(sink->item->tee))
        return refuse(why, pem->string, "is of the TEEs tpm and ascend_npu alone");
    enum ratls_err e = rt_anchors_read_ak(sink, text, &n, why);
    if (e)
        return e;
    if (n == 0)
        return refuse(why, pem->string, "holds no PUBLIC KEY");
    return rt_anchors_hold_x509(text) ? refuse(why, pem->string, "holds keys and certificates")
                                      : RATLS_OK;
}

/* A root, or what of a simulated TPM is trusted by itself. */
static enum ratls_err take_simulated(const struct rt_anchor_sink *sink, const cJSON *pem,
                                     struct ratls_error *why)
{
    return has_attestation_keys(sink->item->tee) && strstr(pem->valuestring, KEY_HEAD)
               ? take_attestation_keys(sink, pem, why)
               : take_certs(sink, pem, why);
}

static enum ratls_err take_pin(const struct rt_anchor_sink *sink, const cJSON *hex,
                               struct ratls_error *why)
{
    uint8_t spki[RT_SHA256_LEN];
    size_t len = sizeof spki;

    if (!rt_unhex(hex->valuestring, strlen(hex->valuestring), spki, &len) || len != sizeof spki)
        return refuse(why, hex->string, "must be 64 hex digits");
    return rt_anchors_keep_pin(sink, spki, why);
}

static enum ratls_err take_crls(const struct rt_anchor_sink *sink, const cJSON *pem,
                                struct ratls_error *why)
{
    struct rt_dated_anchor like = {.kind = RT_ANCHOR_CRL, .dates = rt_anchor_dates(sink->item)};

    (void)name_tee(&like, sink->item->tee);
    if (!rt_starts_with(rt_without_space(ratls_bytes_str(pem->valuestring)), CRL_HEAD))
        return refuse(why, pem->string, "must hold CRLs");
    return read_crls(sink->anchors, &like, ratls_bytes_str(pem->valuestring), why);
}

static const struct form {
    const char *type, *member;
    bool is_list, simulated;
    enum ratls_err (*take)(const struct rt_anchor_sink *sink, const cJSON *value,
                           struct ratls_error *why);
} forms[] = {
    {"certificates", "pem", .take = take_certs},
    {"pin", "spki_sha256", .take = take_pin},
    {"device_keys", "keys", .is_list = true, .take = take_keys},
    {"device_keys", "pem", .take = take_attestation_keys},
    {"crl", "pem", .take = take_crls},
    {"insecure_sim_root", "pem", .simulated = true, .take = take_simulated},
    {"insecure_sim_root", "keys", .is_list = true, .simulated = true, .take = take_keys},
};

/* By type and by the member that holds it. */
static const struct form *form_of(const cJSON *body, const char *type)
{
    const struct form *found = NULL;

    for (size_t i = 0; i < RT_COUNT(forms); i++)
        if (strcmp(forms[i].type, type) == 0 && (!found || rt_json_has(body, forms[i].member)))
            found = &forms[i];
    return found;
}

static enum ratls_err check_members(const cJSON *body, const struct form *form,
                                    struct ratls_error *why)
{
    const cJSON *value = rt_json_member(body, form->member), *member;

    cJSON_ArrayForEach(member, body)
    {
        if (strcmp(member->string, "type") != 0 && strcmp(member->string, form->member) != 0)
            return refuse(why, member->string, "is not a member known here");
    }
    if (!value)
        return refuse(why, form->member, "is missing");
    if (form->is_list ? !cJSON_IsArray(value) : !cJSON_IsString(value))
        return refuse(why, form->member, form->is_list ? "must be a list" : "must be a text");
    return RATLS_OK;
}

static enum ratls_err read_body(struct rt_anchors *a, const struct rt_stored_anchor *s,
                                struct ratls_error *why)
{
    const cJSON *type = rt_json_member(s->body, "type");
    const struct form *form = cJSON_IsString(type) ? form_of(s->body, type->valuestring) : NULL;

    if (!form)
        return refuse(why, "type",
                      "must be certificates, pin, device_keys, crl or insecure_sim_root");
    enum ratls_err e = check_members(s->body, form, why);
    if (e)
        return e;
    if (form->simulated && strncmp(s->name, INSECURE_PREFIX, strlen(INSECURE_PREFIX)) != 0)
        return ratls_fail(why, RATLS_E_SIMULATED_ANCHOR, "its name must begin with insecure_");
    const struct rt_anchor_sink sink = {a, form->simulated, s};
    e = form->take(&sink, rt_json_member(s->body, form->member), why);
    a->simulated = a->simulated || form->simulated;
    return e;
}

/* What is wrong with a file of certificates or a CRL is wrong with the document here. */
static enum ratls_err code_of(enum ratls_err e)
{
    return e == RATLS_E_CONFIG || e == RATLS_E_COLLATERAL_FORMAT || e == RATLS_E_UNSUPPORTED
               ? RATLS_E_TRUST_FORMAT
               : e;
}

/* One more link of the digest over all that items say. */
static enum ratls_err note(struct rt_anchors *a, const struct rt_stored_anchor *s)
{
    char *body = cJSON_PrintUnformatted(s->body);
    struct rt_writer w = {0};
    enum ratls_err e = RATLS_E_NO_MEMORY;

    rt_put(&w, a->said_sha256, sizeof a->said_sha256);
    rt_put(&w, s->tee, strlen(s->tee) + 1);
    rt_put(&w, s->name, strlen(s->name) + 1);
    rt_put_u64be(&w, (uint64_t)s->not_before);
    rt_put_u64be(&w, (uint64_t)s->not_after);
    if (body)
        rt_put(&w, body, strlen(body));
    if (body && !w.bad)
        e = rt_sha256(rt_written(&w), a->said_sha256);
    cJSON_free(body);
    rt_writer_free(&w);
    return e;
}

enum ratls_err rt_anchors_add_item(struct rt_anchors *a, const struct rt_stored_anchor *s,
                                   struct ratls_error *err)
{
    const struct rt_anchors_mark before = rt_anchors_mark(a);
    struct ratls_error why = {0};
    enum ratls_err e = s->tee[0] && strlen(s->tee) <= RT_ANCHOR_TEE_MAX
                           ? read_body(a, s, &why)
                           : refuse(&why, "tee", "must be the name of a TEE");

    if (!e && s->active)
        e = note(a, s);
    if (e || !s->active)
        rt_anchors_rewind(a, &before);
    return e ? ratls_fail(err, code_of(e), "anchor %s/%s: %s", s->tee, s->name,
                          why.detail[0] ? why.detail : ratls_err_text(e))
             : RATLS_OK;
}
