#include "revocation.h"

#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "claim_text.h"
#include "crypto.h"
#include "json.h"

enum { NAME_DIGEST_LEN = 16, CHIP_ID_LEN = 64, SHORT_CHIP_ID_LEN = 8 };

static const struct {
    const char *name;
    size_t least, most; /* bytes of a value */
} whats[] = {
    [RT_REVOKED_KEY] = {"key", RT_SHA256_LEN, RT_SHA256_LEN},
    [RT_REVOKED_PLATFORM] = {"platform", 8, RT_ITEM_VALUE_MAX},
    [RT_REVOKED_MEASUREMENT] = {"measurement", 16, RT_ITEM_VALUE_MAX},
};

/* ---- reading ---- */

static enum ratls_err check_what(struct rt_item_reader *r, cJSON *value)
{
    for (size_t i = 0; cJSON_IsString(value) && i < RT_COUNT(whats); i++)
        if (strcmp(whats[i].name, value->valuestring) == 0)
            return RATLS_OK;
    return rt_item_malformed(r, value->string, "must be measurement, key or platform");
}

static enum ratls_err check_value(struct rt_item_reader *r, cJSON *value)
{
    if (!rt_item_take_hex(value, 1))
        return rt_item_malformed(r, value->string, "must be hex of at most 64 bytes");
    return rt_item_count_value(r, value->string);
}

/* Both were checked. */
static enum ratls_err take(const struct rt_item_reader *r, const cJSON *what, const cJSON *value,
                           struct rt_revocation *out)
{
    size_t i = 0, len = sizeof out->value;

    while (strcmp(whats[i].name, what->valuestring) != 0)
        i++;
    *out = (struct rt_revocation){.what = (enum rt_revoked)i};
    if (!rt_unhex(value->valuestring, strlen(value->valuestring), out->value, &len) ||
        len < whats[i].least || len > whats[i].most)
        return rt_item_malformed(r, "value", "has a length that no such value has");
    out->len = (uint8_t)len;
    memcpy(out->tee, r->item.tee, sizeof out->tee);
    return RATLS_OK;
}

static enum ratls_err check_name(const struct rt_item_reader *r, const struct rt_revocation *one)
{
    uint8_t digest[RT_SHA256_LEN];
    char hex[2 * NAME_DIGEST_LEN + 1], due[RT_ITEM_NAME_MAX + 1];
    enum ratls_err e = rt_sha256(ratls_bytes(one->value, one->len), digest);

    if (e)
        return ratls_fail(r->err, e, "hash of a revoked value");
    rt_hex(ratls_bytes(digest, NAME_DIGEST_LEN), hex);
    (void)snprintf(due, sizeof due, "%s-%s", whats[one->what].name, hex);
    return strcmp(due, r->item.name) == 0
               ? RATLS_OK
               : rt_item_malformed(r, "name",
                                   "is not made of what is revoked and the value's hash");
}

enum ratls_err rt_revocation_read(struct rt_item_reader *r, cJSON *body, struct rt_revocation *out)
{
    static const struct rt_item_member members[] = {{"what", check_what},
                                                    {"value", check_value},
                                                    {"comment", rt_item_check_comment},
                                                    {NULL, NULL}};
    enum ratls_err e = rt_item_check_object(r, body, members);

    if (e)
        return e;
    const cJSON *what = rt_json_member(body, "what"), *value = rt_json_member(body, "value");
    if (!what || !value)
        return rt_item_malformed(r, what ? "value" : "what", "is missing");
    if (r->item.state != RT_ITEM_ACTIVE)
        return rt_item_malformed(r, "state", "of a revocation is active, for ever");
    if (r->item.not_before || r->item.not_after)
        return rt_item_malformed(r, r->item.not_before ? "not_before" : "not_after",
                                 "has no place in a revocation");
    if (r->item.version != 1)
        return rt_item_malformed(r, "version", "of a revocation is 1");
    e = take(r, what, value, out);
    return e ? e : check_name(r, out);
}

/* ---- asking ---- */

static int compare(const void *x, const void *y)
{
    const struct rt_revocation *a = x, *b = y;
    int order = (int)a->what - (int)b->what;

    if (order == 0)
        order = (int)a->len - (int)b->len;
    if (order == 0)
        order = memcmp(a->value, b->value, a->len);
    return order ? order : strcmp(a->tee, b->tee);
}

void rt_revocations_sort(struct rt_revocations *r)
{
    if (r->n > 0)
        qsort(r->list, r->n, sizeof *r->list, compare);
}

static bool is_listed(const struct rt_revocations *r, struct rt_revocation *key, const char *tee)
{
    (void)snprintf(key->tee, sizeof key->tee, "%s", tee);
    return r->n > 0 && bsearch(key, r->list, r->n, sizeof *r->list, compare) != NULL;
}

bool rt_is_revoked(const struct rt_revocations *r, enum rt_revoked what, const char *tee,
                   struct ratls_bytes value)
{
    struct rt_revocation key = {.what = what, .len = (uint8_t)value.len};

    if (value.len == 0 || value.len > sizeof key.value)
        return false;
    memcpy(key.value, value.p, value.len);
    return is_listed(r, &key, tee) || is_listed(r, &key, "");
}

/* Is any of these revoked for this TEE? */
static bool has_any(const struct rt_revocations *r, enum rt_revoked what, const char *tee)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->list[i].what == what && (!r->list[i].tee[0] || strcmp(r->list[i].tee, tee) == 0))
            return true;
    return false;
}

enum ratls_err rt_revocations_judge_key(const struct rt_revocations *r, const char *tee,
                                        struct ratls_bytes sha256, struct ratls_error *err)
{
    char hex[2 * RT_SHA256_LEN + 1];

    if (sha256.len != RT_SHA256_LEN || !rt_is_revoked(r, RT_REVOKED_KEY, tee, sha256))
        return RATLS_OK;
    rt_hex(sha256, hex);
    return ratls_fail(err, RATLS_E_KEY_REVOKED, "key %s is revoked", hex);
}

enum ratls_err rt_revocations_judge_keys(const struct rt_revocations *r, const char *tee,
                                         const struct ratls_claims *claims, struct ratls_error *err)
{
    const struct ratls_claim *keys = ratls_claims_get(claims, "evidence_keys");
    const bool named = keys && keys->type == RATLS_CLAIM_LIST && keys->n_items > 0;
    uint8_t sha256[RT_SHA256_LEN];

    if (!has_any(r, RT_REVOKED_KEY, tee))
        return RATLS_OK;
    for (size_t i = 0; named && i < keys->n_items; i++) {
        size_t len = sizeof sha256;
        if (!rt_unhex(keys->items[i], strlen(keys->items[i]), sha256, &len) || len != sizeof sha256)
            return ratls_fail(err, RATLS_E_KEY_REVOKED, "evidence_keys holds no hash of a key");
        enum ratls_err e = rt_revocations_judge_key(r, tee, ratls_bytes(sha256, len), err);
        if (e)
            return e;
    }
    return named ? RATLS_OK
                 : ratls_fail(err, RATLS_E_KEY_REVOKED,
                              "keys are revoked, and the %s verifier does not name those it used",
                              tee);
}

/* SEV-SNP: the eight bytes of a Turin stand in a CHIP_ID with zeros behind them, and are revoked in
 * either form. */
static struct ratls_bytes short_chip_id(struct ratls_bytes id)
{
    struct rt_reader r = rt_reader(id);
    const struct ratls_bytes head = rt_take_bytes(&r, SHORT_CHIP_ID_LEN);
    const struct ratls_bytes tail = rt_rest(&r);

    return id.len == CHIP_ID_LEN && rt_all_zero(tail.p, tail.len) ? head : id;
}

static enum ratls_err judge_platform(const struct rt_revocations *r, const char *tee,
                                     const struct ratls_claims *claims, struct ratls_error *err)
{
    const char *hex = rt_claim_text(claims, "platform_id");
    uint8_t id[RT_ITEM_VALUE_MAX];
    size_t len = sizeof id;

    if (!has_any(r, RT_REVOKED_PLATFORM, tee))
        return RATLS_OK;
    if (!rt_unhex(hex, strlen(hex), id, &len) || len == 0)
        return ratls_fail(err, RATLS_E_PLATFORM_REVOKED,
                          "platforms are revoked, and the evidence does not name its own");
    if (rt_is_revoked(r, RT_REVOKED_PLATFORM, tee, ratls_bytes(id, len)) ||
        rt_is_revoked(r, RT_REVOKED_PLATFORM, tee, short_chip_id(ratls_bytes(id, len))))
        return ratls_fail(err, RATLS_E_PLATFORM_REVOKED, "platform %s is revoked", hex);
    return RATLS_OK;
}

enum ratls_err rt_revocations_judge(const struct rt_revocations *r, const char *tee,
                                    const struct ratls_claims *claims, struct ratls_error *err)
{
    const char *hex = rt_claim_text(claims, "measurement");
    uint8_t measurement[RT_ITEM_VALUE_MAX];
    size_t len = sizeof measurement;
    enum ratls_err e = judge_platform(r, tee, claims, err);

    if (e || !has_any(r, RT_REVOKED_MEASUREMENT, tee))
        return e;
    if (!rt_unhex(hex, strlen(hex), measurement, &len) ||
        rt_is_revoked(r, RT_REVOKED_MEASUREMENT, tee, ratls_bytes(measurement, len)))
        return ratls_fail(err, RATLS_E_REFVAL_REVOKED, "measurement %s is revoked", hex);
    return RATLS_OK;
}
