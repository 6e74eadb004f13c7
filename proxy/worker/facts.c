/* What a backend may be told. */
#include <stdio.h>

#include "facts.h"

static void put_hex(const uint8_t *hash, char out[PX_FACTS_HASH])
{
    for (size_t i = 0; hash && i < (PX_FACTS_HASH - 1) / 2; i++)
        (void)snprintf(&out[2 * i], 3, "%02x", hash[i]);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

void px_facts_policy(const struct px_service *s, char out[PX_FACTS_POLICY])
{
    if (s->policy)
        (void)snprintf(out, PX_FACTS_POLICY, "file:%s", base_name(s->policy));
    else if (s->store)
        (void)snprintf(out, PX_FACTS_POLICY, "store:%s",
                       s->stored_policy ? s->stored_policy : "default");
    else
        (void)snprintf(out, PX_FACTS_POLICY, "built-in");
}

static void put_baseline(const struct ratls_claims *claims, struct px_facts *out)
{
    const struct ratls_claim *name = ratls_claims_get(claims, "baseline.name");
    const struct ratls_claim *version = ratls_claims_get(claims, "baseline.version");

    if (name && name->type == RATLS_CLAIM_TEXT)
        out->baseline = name->text;
    if (version && version->type == RATLS_CLAIM_UINT)
        out->baseline_version = version->number;
}

void px_facts_of(const struct ratls_conn *conn, const struct px_service *service,
                 struct px_facts *out)
{
    const struct ratls_verdict *v = ratls_conn_verdict(conn);

    *out = (struct px_facts){.verdict = v ? "deny" : "none",
                             .tee = "",
                             .measurement = "",
                             .level = ratls_level_name(RATLS_LEVEL_NONE),
                             .tcb_status = "",
                             .tier = "none",
                             .baseline = "",
                             .suite = ratls_conn_suite(conn)};
    if (!ratls_verdict_allowed(v))
        return;
    out->verdict = "allow";
    out->tee = ratls_verdict_tee(v);
    out->measurement = ratls_verdict_measurement(v);
    out->level = ratls_level_name(ratls_conn_level(conn));
    out->tcb_status = ratls_verdict_tcb_status(v);
    out->tier = ratls_verdict_tier(v);
    out->simulated = ratls_verdict_simulated(v);
    out->generation = ratls_verdict_generation(v);
    out->expires = ratls_verdict_expires(v);
    px_facts_policy(service, out->policy);
    put_baseline(ratls_verdict_claims(v), out);
    put_hex(ratls_verdict_spki_sha256(v), out->spki_sha256);
    put_hex(ratls_verdict_evidence_sha256(v), out->evidence_sha256);
}
