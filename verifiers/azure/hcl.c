#include "hcl.h"

#include <cjson/cJSON.h>

#include "json.h"

#define MAGIC  "HCLA"
#define AK_KID "HCLAkPub"

enum {
    VERSION_MIN = 1,
    VERSION_MAX = 2,
    REQUEST_SNP = 2, /* of an attestation report, whatever the hardware */
    HARDWARE_AT = 0x20,
    HARDWARE_LEN = 0x4a0,
    HASH_SHA256 = 1,
};

static enum ratls_err malformed(struct ratls_error *err, const char *what)
{
    return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "HCL report: %s", what);
}

/* ---- the report ---- */

static enum ratls_err check_head(struct rt_reader *r, struct rt_hcl *out, struct ratls_error *err)
{
    out->version = rt_u32le(r);
    rt_skip(r, 4); /* report_size */
    const uint32_t request = rt_u32le(r);
    rt_skip(r, HARDWARE_AT - 16);
    if (r->bad)
        return malformed(err, "too short");
    if (out->version < VERSION_MIN || out->version > VERSION_MAX)
        return ratls_fail(err, RATLS_E_EVIDENCE_VERSION, "HCL report of version %u",
                          (unsigned)out->version);
    return request == REQUEST_SNP ? RATLS_OK : malformed(err, "another type of request");
}

/* The area may be larger than what it holds: behind it there are zeros alone. */
static enum ratls_err read_runtime(struct rt_reader *r, struct rt_hcl *out, struct ratls_error *err)
{
    rt_skip(r, 4); /* data_size */
    rt_skip(r, 4); /* version */
    const uint32_t type = rt_u32le(r), hash = rt_u32le(r), len = rt_u32le(r);

    out->var_data = rt_take_bytes(r, len);
    if (r->bad || len == 0)
        return malformed(err, "its data are not there");
    if (type != RT_HCL_SNP && type != RT_HCL_TDX)
        return malformed(err, "of neither SNP nor TDX");
    if (hash != HASH_SHA256)
        return ratls_fail(err, RATLS_E_EVIDENCE_ALGORITHM,
                          "HCL report: its data are hashed by another algorithm than SHA-256");
    out->type = (enum rt_hcl_type)type;
    const struct ratls_bytes rest = rt_rest(r);
    return rt_all_zero(rest.p, rest.len) ? RATLS_OK : malformed(err, "something behind its data");
}

enum ratls_err rt_hcl_read(struct ratls_bytes report, struct rt_hcl *out, struct ratls_error *err)
{
    struct rt_reader r = rt_reader(report);

    *out = (struct rt_hcl){0};
    if (!rt_starts_with(report, MAGIC))
        return malformed(err, "this is none");
    rt_skip(&r, strlen(MAGIC));
    enum ratls_err e = check_head(&r, out, err);
    if (e)
        return e;
    out->hardware = rt_take_bytes(&r, HARDWARE_LEN);
    return read_runtime(&r, out, err);
}

/* ---- its data ---- */

static bool read_number(const cJSON *key, const char *name, uint8_t *out, size_t *len)
{
    const cJSON *item = rt_json_member(key, name);

    return cJSON_IsString(item) &&
           rt_unbase64url(item->valuestring, strlen(item->valuestring), out, len) && *len > 0 &&
           out[0] != 0;
}

static bool is_text(const cJSON *item, const char *text)
{
    return cJSON_IsString(item) && strcmp(item->valuestring, text) == 0;
}

/* RFC 7517, RFC 7518 s.6.3.1. */
static enum ratls_err read_ak(const cJSON *keys, struct rt_hcl_data *out, struct ratls_error *err)
{
    const cJSON *key, *ak = NULL;

    if (!cJSON_IsArray(keys))
        return malformed(err, "no list of keys");
    cJSON_ArrayForEach(key, keys)
    {
        if (!is_text(rt_json_member(key, "kid"), AK_KID))
            continue;
        if (ak)
            return malformed(err, "more than one key HCLAkPub");
        ak = key;
    }
    out->n_len = sizeof out->n;
    out->e_len = sizeof out->e;
    if (!ak || !is_text(rt_json_member(ak, "kty"), "RSA") ||
        !read_number(ak, "n", out->n, &out->n_len) || !read_number(ak, "e", out->e, &out->e_len))
        return malformed(err, "no key HCLAkPub of RSA");
    return RATLS_OK;
}

static enum ratls_err read_user_data(const cJSON *item, struct rt_hcl_data *out,
                                     struct ratls_error *err)
{
    size_t len = sizeof out->user_data;

    if (!item)
        return RATLS_OK;
    if (!cJSON_IsString(item) ||
        !rt_unhex(item->valuestring, strlen(item->valuestring), out->user_data, &len) ||
        len != sizeof out->user_data)
        return malformed(err, "user-data are not 64 bytes of hex");
    out->has_user_data = true;
    return RATLS_OK;
}

static enum ratls_err read_configuration(const cJSON *object, struct rt_hcl_data *out,
                                         struct ratls_error *err)
{
    const cJSON *boot = rt_json_member(object, "secure-boot");
    const cJSON *id = rt_json_member(object, "vmUniqueId");

    if ((boot && !cJSON_IsBool(boot)) ||
        (id && (!cJSON_IsString(id) || strlen(id->valuestring) >= sizeof out->vm_unique_id)))
        return malformed(err, "vm-configuration is malformed");
    out->has_secure_boot = boot != NULL;
    out->secure_boot = cJSON_IsTrue(boot);
    if (id)
        memcpy(out->vm_unique_id, id->valuestring, strlen(id->valuestring) + 1);
    return RATLS_OK;
}

enum ratls_err rt_hcl_read_data(struct ratls_bytes var_data, struct rt_hcl_data *out,
                                struct ratls_error *err)
{
    cJSON *json = NULL;
    enum ratls_err e = rt_json_parse(var_data, RATLS_E_EVIDENCE_FORMAT, &json, err);

    *out = (struct rt_hcl_data){0};
    if (e == RATLS_OK)
        e = read_ak(rt_json_member(json, "keys"), out, err);
    if (e == RATLS_OK)
        e = read_configuration(rt_json_member(json, "vm-configuration"), out, err);
    if (e == RATLS_OK)
        e = read_user_data(rt_json_member(json, "user-data"), out, err);
    rt_json_free(json);
    return e;
}

enum ratls_err rt_hcl_claims(const struct rt_hcl *hcl, const struct rt_hcl_data *data,
                             struct ratls_claims *claims, struct ratls_error *err)
{
    uint8_t digest[RT_SHA256_LEN];
    enum ratls_err e = rt_sha256(hcl->var_data, digest);

    if (e)
        return ratls_fail(err, e, "hash of the data of an HCL report");
    (void)ratls_claims_set_uint(claims, "az.hcl.version", hcl->version);
    (void)ratls_claims_set_uint(claims, "az.hcl.report_type", hcl->type);
    (void)ratls_claims_set_hex(claims, "az.hcl.var_data_sha256",
                               ratls_bytes(digest, sizeof digest));
    if (data->has_user_data)
        (void)ratls_claims_set_hex(claims, "az.hcl.user_data",
                                   ratls_bytes(data->user_data, sizeof data->user_data));
    if (data->has_secure_boot)
        (void)ratls_claims_set_bool(claims, "az.hcl.secure_boot", data->secure_boot);
    if (data->vm_unique_id[0])
        (void)ratls_claims_set_text(claims, "az.hcl.vm_unique_id", data->vm_unique_id);
    return RATLS_OK;
}
