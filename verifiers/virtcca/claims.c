#include "claims.h"

#include <stdio.h>

#include "claim_value.h"
#include "oid.h"

enum { NAME_LEN = 128, SERIAL_LEN = 20 }; /* RFC 5280 s.4.1.2.2 */

static void guest_claims(const struct rt_virtcca_token *t, struct ratls_claims *c)
{
    const struct rt_arm_realm *g = &t->guest;
    const struct {
        const char *name;
        struct ratls_bytes value;
    } list[] = {
        {"measurement", g->rim},
        {"report_data", g->challenge},
        {"virtcca.cvm.challenge", g->challenge},
        {"virtcca.cvm.rpv", g->rpv},
        {"virtcca.cvm.rim", g->rim},
        {"virtcca.cvm.rem0", g->rem[0]},
        {"virtcca.cvm.rem1", g->rem[1]},
        {"virtcca.cvm.rem2", g->rem[2]},
        {"virtcca.cvm.rem3", g->rem[3]},
        {"virtcca.cvm.pub_key_sha256", ratls_bytes(t->key_sha256, sizeof t->key_sha256)},
    };

    for (size_t i = 0; i < RT_COUNT(list); i++)
        (void)ratls_claims_set_hex(c, list[i].name, list[i].value);
    rt_arm_text_claim(c, "virtcca.cvm.hash_alg", g->hash_alg);
    rt_arm_text_claim(c, "virtcca.cvm.pub_key_hash_alg", g->rak_hash_alg);
    (void)ratls_claims_set_uint(c, "virtcca.cvm.unknown_claims", g->n_unknown);
}

/* Without a platform token nothing is known of the life cycle: the claim that says whether there is
 * one is for policy. */
void rt_virtcca_token_claims(const struct rt_virtcca_token *t, struct ratls_claims *claims)
{
    (void)ratls_claims_set_text(claims, "tee", "virtcca");
    guest_claims(t, claims);
    (void)ratls_claims_set_bool(claims, "virtcca.platform_token_present", t->has_platform);
    (void)ratls_claims_set_bool(claims, "debug",
                                t->has_platform && !rt_arm_is_secured(t->machine.lifecycle));
    if (t->has_platform)
        rt_arm_platform_claims(&t->machine, "virtcca.platform", claims);
}

/* Printable ASCII; whatever else a name has is left out rather than shown otherwise. */
static void name_claim(const struct rt_x509 *device, struct ratls_claims *c)
{
    const struct ratls_bytes name = rt_x509_name_attr(device->subject, RT_OID(CN));
    char text[NAME_LEN];

    if (name.len == 0 || name.len >= sizeof text)
        return;
    for (size_t i = 0; i < name.len; i++)
        if (name.p[i] < 0x20 || name.p[i] > 0x7e)
            return;
    memcpy(text, name.p, name.len);
    text[name.len] = 0;
    (void)ratls_claims_set_text(c, "virtcca.dev_cert.subject_cn", text);
}

enum ratls_err rt_virtcca_device_claims(const struct rt_x509 *device, struct ratls_claims *claims,
                                        struct ratls_error *err)
{
    uint8_t spki[RT_SHA256_LEN];
    enum ratls_err e = rt_x509_spki_hash(device, spki);

    if (e)
        return ratls_fail(err, e, "hash of the device's key");
    (void)ratls_claims_set_hex(claims, "platform_id", ratls_bytes(spki, sizeof spki));
    name_claim(device, claims);
    (void)ratls_claims_set_hex(claims, "virtcca.dev_cert.serial", device->serial);
    rt_claim_set_time(claims, "virtcca.dev_cert.not_after", device->not_after);
    return RATLS_OK;
}
