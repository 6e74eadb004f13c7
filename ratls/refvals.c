#include "refvals.h"

#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "claim_text.h"
#include "json.h"

enum { VALUE_MAX = 64, IMPLEMENTATION_LEN = 32, REMS = 4, TEXT_MAX = 64, CONFIG_MAX = 256 };

struct value { /* len 0: not listed */
    uint8_t p[VALUE_MAX];
    size_t len;
};

struct component {
    struct value measurement, signer_id;
    char type[TEXT_MAX], version[TEXT_MAX]; /* "": not listed */
};

struct platform {
    struct value implementation_id;
    uint8_t config[CONFIG_MAX];
    size_t config_len;
    struct component *components; /* owned */
    size_t n_components;
};

struct realm {
    struct value rim, rpv, rem[REMS];
    char rak_hash_alg[TEXT_MAX];
};

struct rt_refvals {
    struct platform *platforms; /* owned, like realms */
    struct realm *realms;
    size_t n_platforms, n_realms;
};

void rt_refvals_free(struct rt_refvals *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->n_platforms; i++)
        free(r->platforms[i].components);
    free(r->platforms);
    free(r->realms);
    free(r);
}

/* ---- reading ---- */

static enum ratls_err malformed(struct ratls_error *err, const char *name, const char *why)
{
    return ratls_fail(err, RATLS_E_CONFIG, "reference values: '%s' %s", name, why);
}

static bool read_hex(const cJSON *item, uint8_t *out, size_t max, size_t *len)
{
    *len = max;
    return cJSON_IsString(item) &&
           rt_unhex(item->valuestring, strlen(item->valuestring), out, len) && *len > 0;
}

static enum ratls_err read_value(const cJSON *item, struct value *out, struct ratls_error *err)
{
    return read_hex(item, out->p, sizeof out->p, &out->len)
               ? RATLS_OK
               : malformed(err, item->string ? item->string : "extensible-measurements",
                           "is not hex of 1 to 64 bytes");
}

static enum ratls_err read_text(const cJSON *item, char out[TEXT_MAX], struct ratls_error *err)
{
    if (!cJSON_IsString(item) || !item->valuestring[0] || strlen(item->valuestring) >= TEXT_MAX)
        return malformed(err, item->string, "is not a text of 1 to 63 bytes");
    memcpy(out, item->valuestring, strlen(item->valuestring) + 1);
    return RATLS_OK;
}

typedef enum ratls_err read_fn(void *into, const cJSON *item, struct ratls_error *err);

struct member {
    const char *name;
    read_fn *read;
};

static enum ratls_err read_members(const cJSON *object, const struct member *members, void *into,
                                   struct ratls_error *err)
{
    const cJSON *item;

    if (!cJSON_IsObject(object))
        return malformed(err, object->string ? object->string : "an entry", "is no object");
    cJSON_ArrayForEach(item, object)
    {
        const struct member *m = members;
        while (m->name && strcmp(m->name, item->string) != 0)
            m++;
        if (!m->name)
            return malformed(err, item->string, "is not a member known here");
        enum ratls_err e = m->read(into, item, err);
        if (e)
            return e;
    }
    return RATLS_OK;
}

/* A list with zeroed entries of `size`; *entries is new. The JSON reader refuses members that come
 * twice. */
static enum ratls_err open_list(const cJSON *list, size_t max, size_t size, void **entries,
                                struct ratls_error *err)
{
    const int n = cJSON_GetArraySize(list);

    if (!cJSON_IsArray(list) || n == 0 || (size_t)n > max)
        return malformed(err, list->string, "is no list, is empty or too long");
    *entries = calloc((size_t)n, size);
    return *entries ? RATLS_OK : ratls_fail(err, RATLS_E_NO_MEMORY, "reference values");
}

static enum ratls_err component_measurement(void *into, const cJSON *item, struct ratls_error *err)
{
    return read_value(item, &((struct component *)into)->measurement, err);
}

static enum ratls_err component_signer(void *into, const cJSON *item, struct ratls_error *err)
{
    return read_value(item, &((struct component *)into)->signer_id, err);
}

static enum ratls_err component_type(void *into, const cJSON *item, struct ratls_error *err)
{
    return read_text(item, ((struct component *)into)->type, err);
}

static enum ratls_err component_version(void *into, const cJSON *item, struct ratls_error *err)
{
    return read_text(item, ((struct component *)into)->version, err);
}

static enum ratls_err platform_components(void *into, const cJSON *list, struct ratls_error *err)
{
    static const struct member members[] = {{"measurement-value", component_measurement},
                                            {"signer-id", component_signer},
                                            {"component-type", component_type},
                                            {"version", component_version},
                                            {NULL, NULL}};
    struct platform *p = into;
    const cJSON *item;
    void *entries = NULL;
    enum ratls_err e = open_list(list, RT_MAX_COMPONENTS, sizeof *p->components, &entries, err);

    p->components = entries;
    if (e)
        return e;
    cJSON_ArrayForEach(item, list)
    {
        struct component *c = &p->components[p->n_components++];
        if ((e = read_members(item, members, c, err)) != RATLS_OK)
            return e;
        if (c->measurement.len == 0 || c->signer_id.len == 0)
            return malformed(err, list->string, "lacks a measurement-value or signer-id");
    }
    return RATLS_OK;
}

static enum ratls_err platform_implementation(void *into, const cJSON *item,
                                              struct ratls_error *err)
{
    struct platform *p = into;
    enum ratls_err e = read_value(item, &p->implementation_id, err);

    if (e == RATLS_OK && p->implementation_id.len != IMPLEMENTATION_LEN)
        e = malformed(err, item->string, "has not 32 bytes");
    return e;
}

static enum ratls_err platform_config(void *into, const cJSON *item, struct ratls_error *err)
{
    struct platform *p = into;

    return read_hex(item, p->config, sizeof p->config, &p->config_len)
               ? RATLS_OK
               : malformed(err, item->string, "is not hex of 1 to 256 bytes");
}

static enum ratls_err realm_rim(void *into, const cJSON *item, struct ratls_error *err)
{
    return read_value(item, &((struct realm *)into)->rim, err);
}

static enum ratls_err realm_rpv(void *into, const cJSON *item, struct ratls_error *err)
{
    return read_value(item, &((struct realm *)into)->rpv, err);
}

static enum ratls_err realm_rak_hash(void *into, const cJSON *item, struct ratls_error *err)
{
    return read_text(item, ((struct realm *)into)->rak_hash_alg, err);
}

static enum ratls_err realm_rems(void *into, const cJSON *list, struct ratls_error *err)
{
    struct realm *r = into;
    const cJSON *item;
    size_t i = 0;

    if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) != REMS)
        return malformed(err, list->string, "is no list of four");
    cJSON_ArrayForEach(item, list)
    {
        enum ratls_err e = read_value(item, &r->rem[i++], err);
        if (e)
            return e;
    }
    return RATLS_OK;
}

static enum ratls_err read_platforms(void *into, const cJSON *list, struct ratls_error *err)
{
    static const struct member members[] = {{"implementation-id", platform_implementation},
                                            {"platform-configuration", platform_config},
                                            {"sw-components", platform_components},
                                            {NULL, NULL}};
    struct rt_refvals *r = into;
    const cJSON *item;
    void *entries = NULL;
    enum ratls_err e = open_list(list, RT_MAX_REFVALS, sizeof *r->platforms, &entries, err);

    r->platforms = entries;
    if (e)
        return e;
    cJSON_ArrayForEach(item, list)
    {
        struct platform *p = &r->platforms[r->n_platforms++];
        if ((e = read_members(item, members, p, err)) != RATLS_OK)
            return e;
        if (p->implementation_id.len == 0 || p->n_components == 0)
            return malformed(err, list->string, "lacks an implementation-id or sw-components");
    }
    return RATLS_OK;
}

static enum ratls_err read_realms(void *into, const cJSON *list, struct ratls_error *err)
{
    static const struct member members[] = {{"initial-measurement", realm_rim},
                                            {"extensible-measurements", realm_rems},
                                            {"personalization-value", realm_rpv},
                                            {"rak-hash-algorithm", realm_rak_hash},
                                            {NULL, NULL}};
    struct rt_refvals *r = into;
    const cJSON *item;
    void *entries = NULL;
    enum ratls_err e = open_list(list, RT_MAX_REFVALS, sizeof *r->realms, &entries, err);

    r->realms = entries;
    if (e)
        return e;
    cJSON_ArrayForEach(item, list)
    {
        struct realm *one = &r->realms[r->n_realms++];
        if ((e = read_members(item, members, one, err)) != RATLS_OK)
            return e;
        if (one->rim.len == 0)
            return malformed(err, list->string, "lacks an initial-measurement");
    }
    return RATLS_OK;
}

enum ratls_err rt_refvals_read(struct ratls_bytes text, struct rt_refvals **out,
                               struct ratls_error *err)
{
    static const struct member members[] = {
        {"platform", read_platforms}, {"realm", read_realms}, {NULL, NULL}};
    struct rt_refvals *r = calloc(1, sizeof *r);
    cJSON *json = NULL;
    enum ratls_err e = r ? rt_json_parse_up_to(text, RT_MAX_FILE, RATLS_E_CONFIG, &json, err)
                         : ratls_fail(err, RATLS_E_NO_MEMORY, "reference values");

    *out = NULL;
    if (e == RATLS_OK)
        e = read_members(json, members, r, err);
    if (e == RATLS_OK && (r->n_platforms == 0 || r->n_realms == 0))
        e = malformed(err, r->n_platforms ? "realm" : "platform", "is missing");
    rt_json_free(json);
    if (e)
        rt_refvals_free(r);
    else
        *out = r;
    return e;
}

/* ---- judging ---- */

static bool is_bytes(const struct ratls_claims *claims, const char *name, struct ratls_bytes due)
{
    const char *hex = rt_claim_text(claims, name);
    uint8_t found[CONFIG_MAX]; /* none that is due is longer */
    size_t len = sizeof found;

    return rt_unhex(hex, strlen(hex), found, &len) &&
           ratls_bytes_equal(ratls_bytes(found, len), due);
}

/* What is not listed fits. */
static bool fits(const struct ratls_claims *claims, const char *name, const struct value *due)
{
    return due->len == 0 || is_bytes(claims, name, ratls_bytes(due->p, due->len));
}

static bool fits_text(const struct ratls_claims *claims, const char *name, const char *due)
{
    return !due[0] || strcmp(due, rt_claim_text(claims, name)) == 0;
}

static bool fits_component(const struct ratls_claims *claims, size_t i, const struct component *c)
{
    const struct {
        const char *field;
        const struct value *value;
        const char *text;
    } parts[] = {{"measurement", &c->measurement, ""},
                 {"signer_id", &c->signer_id, ""},
                 {"type", NULL, c->type},
                 {"version", NULL, c->version}};
    char name[64];

    for (size_t k = 0; k < RT_COUNT(parts); k++) {
        (void)snprintf(name, sizeof name, "cca.platform.sw_components.%zu.%s", i, parts[k].field);
        if (parts[k].value ? !fits(claims, name, parts[k].value)
                           : !fits_text(claims, name, parts[k].text))
            return false;
    }
    return true;
}

/* Every component of the token takes the first one listed that fits and is not taken, and none is
 * left. */
static bool fits_components(const struct ratls_claims *claims, const struct platform *p)
{
    const struct ratls_claim *count = ratls_claims_get(claims, "cca.platform.sw_components.count");
    bool taken[RT_MAX_COMPONENTS] = {false};

    if (!count || count->type != RATLS_CLAIM_UINT || count->number != p->n_components)
        return false;
    for (size_t i = 0; i < p->n_components; i++) {
        size_t k = 0;
        while (k < p->n_components && (taken[k] || !fits_component(claims, i, &p->components[k])))
            k++;
        if (k == p->n_components)
            return false;
        taken[k] = true;
    }
    return true;
}

static bool fits_platform(const struct ratls_claims *claims, const struct platform *p)
{
    return fits(claims, "cca.platform.implementation_id", &p->implementation_id) &&
           (p->config_len == 0 ||
            is_bytes(claims, "cca.platform.config", ratls_bytes(p->config, p->config_len))) &&
           fits_components(claims, p);
}

static bool fits_realm(const struct ratls_claims *claims, const struct realm *r)
{
    static const char *const rems[REMS] = {"cca.realm.rem0", "cca.realm.rem1", "cca.realm.rem2",
                                           "cca.realm.rem3"};

    for (size_t i = 0; i < REMS; i++)
        if (!fits(claims, rems[i], &r->rem[i]))
            return false;
    return fits(claims, "cca.realm.initial_measurement", &r->rim) &&
           fits(claims, "cca.realm.personalization_value", &r->rpv) &&
           fits_text(claims, "cca.realm.rak_hash_alg", r->rak_hash_alg);
}

enum ratls_err rt_refvals_judge(const struct rt_refvals *r, const struct ratls_claims *claims,
                                struct ratls_error *err)
{
    size_t i = 0, k = 0;

    while (i < r->n_platforms && !fits_platform(claims, &r->platforms[i]))
        i++;
    if (i == r->n_platforms)
        return ratls_fail(err, RATLS_E_MEASUREMENT,
                          "the platform's firmware is none of the reference values");
    while (k < r->n_realms && !fits_realm(claims, &r->realms[k]))
        k++;
    return k < r->n_realms
               ? RATLS_OK
               : ratls_fail(err, RATLS_E_MEASUREMENT, "the realm is none of the reference values");
}
