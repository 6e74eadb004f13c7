/* appraise_passport_support.h - passports of an issuer in certificates, and how they are judged. */
#ifndef APPRAISE_PASSPORT_SUPPORT_H
#define APPRAISE_PASSPORT_SUPPORT_H

#include "appraise_support.h"
#include "der.h"
#include "passport_support.h"
#include "verdict.h"

#define DATES(exp) "\"iat\":1750000000,\"nbf\":1750000000,\"exp\":" exp
#define CLAIMS(measurement, status)                                                                \
    "\"tee\":\"tdx\",\"measurement\":\"" measurement "\",\"debug\":false,\"simulated\":false,"     \
    "\"tcb_status\":\"" status "\",\"report_data\":\"00\""
#define GOOD   CLAIMS(M_AB, "UpToDate")
#define VECTOR "\"ear_trustworthiness_vector\":{\"hardware\":2},"

/* A passport and its certificate; zeroed: a good one with an attestation key. */
struct pass {
    const char *typ, *iss, *aud, *dates, *cnf; /* cnf: the whole claim */
    const char *tee, *status, *claims, *more;  /* more: a further submodule */
    const char *raw_claims;                    /* in the place of the claim with `claims` */
    bool without_ak, json, with_evidence, of_other_key;
    const struct issuer *by;
    size_t spoil; /* 1 + index of the character of the token to replace, from its end; 0: none */
    bool spliced; /* signed was something else */
    int64_t lifetime_s;
};

static struct issuer issuer, stranger;
static struct rt_key *tls, *ak;

static inline void start(void)
{
    setup();
    issuer_make(&issuer);
    issuer_make(&stranger);
    MUST(rt_key_generate(ratls_env_system(), RT_P256, &tls));
    MUST(rt_key_generate(ratls_env_system(), RT_P256, &ak));
    issuer_believe(&issuer, trust);
}

static inline void end(void)
{
    issuer_free(&issuer);
    issuer_free(&stranger);
    rt_key_free(tls);
    rt_key_free(ak);
    teardown();
}

static const char *or_usual(const char *given, const char *usual)
{
    return given ? given : usual;
}

static inline void put(struct rt_writer *w, const char *text)
{
    rt_put_bytes(w, ratls_bytes_str(text));
}

static inline void put_cnf(struct rt_writer *w, const struct pass *p)
{
    char jkt[RATLS_JWK_THUMB_LEN + 1];

    if (p->cnf) {
        put(w, p->cnf);
        return;
    }
    MUST(ratls_jwk_thumbprint(rt_key_spki(p->of_other_key ? ak : tls), jkt, NULL));
    put(w, "\"cnf\":{\"jkt\":\"");
    put(w, jkt);
    put(w, "\"},");
}

static inline void put_submodule(struct rt_writer *w, const struct pass *p)
{
    put(w, "\"submods\":{\"");
    put(w, or_usual(p->tee, "tdx"));
    put(w, "\":{");
    put(w, or_usual(p->status, VECTOR "\"ear_status\":\"affirming\""));
    if (!p->without_ak) {
        put(w, ",\"ratls.ak\":\"");
        rt_put_base64url(w, rt_key_spki(ak));
        put(w, "\"");
    }
    put(w, p->raw_claims ? p->raw_claims : ",\"ratls.claims\":{");
    put(w, p->raw_claims ? "" : or_usual(p->claims, GOOD));
    put(w, p->raw_claims ? "}" : "}}");
    put(w, or_usual(p->more, ""));
    put(w, "}}");
}

enum { SIGNATURE = 86 }; /* characters, ES256 */

static inline void splice(struct ratls_buffer *token)
{
    struct ratls_buffer other = issuer_sign(&issuer, "eat+jwt", ratls_bytes_str("{}"));

    memcpy(token->p + token->len - SIGNATURE, other.p + other.len - SIGNATURE, SIGNATURE);
    ratls_buffer_free(&other);
}

static inline struct ratls_buffer make_token(const struct pass *p)
{
    struct rt_writer w = {0};

    put(&w, "{\"eat_profile\":\"tag:ietf.org,2026:rats/ear#03\",\"iss\":\"");
    put(&w, or_usual(p->iss, ISS));
    put(&w, "\",\"aud\":\"");
    put(&w, or_usual(p->aud, AUD));
    put(&w, "\",");
    put(&w, or_usual(p->dates, DATES("1750000300")));
    put(&w, ",");
    put_cnf(&w, p);
    put(&w, "\"ear_verifier_id\":{\"developer\":\"d\",\"build\":\"b\"},");
    put_submodule(&w, p);
    struct ratls_buffer token =
        issuer_sign(p->by ? p->by : &issuer, or_usual(p->typ, "eat+jwt"), rt_written(&w));
    rt_writer_free(&w);
    if (p->spoil)
        token.p[token.len - p->spoil] = token.p[token.len - p->spoil] == 'A' ? 'B' : 'A';
    if (p->spliced)
        splice(&token);
    return token;
}

static inline struct ratls_buffer make_ext(const struct pass *p)
{
    struct ratls_buffer token = make_token(p), ext = {0};
    struct rt_writer json = {0}, w = {0};

    if (p->json) {
        put(&json, "[\"application/eat+jwt\",\"");
        rt_put_base64url(&json, rt_bytes_of(&token));
        put(&json, "\",8]");
        rt_der_put(&w, RT_DER_UTF8_STRING, rt_written(&json));
        MUST(rt_writer_take(&w, &ext));
        rt_writer_free(&json);
    } else {
        MUST(rt_passport_write(rt_bytes_of(&token), &ext));
    }
    ratls_buffer_free(&token);
    return ext;
}

/* New. */
static inline struct ratls_buffer make_cert(const struct pass *p)
{
    struct ratls_buffer ext = make_ext(p), cert = {0}, ccc = {0};
    struct rt_mint mint = {
        .subject_spki = rt_key_spki(tls),
        .subject = {.common_name = "peer"},
        .issuer_key = tls,
        .not_before = NOW - RT_CERT_BACKDATE_S,
        .not_after = NOW + (p->lifetime_s ? p->lifetime_s : RT_CERT_LIFETIME_S),
        .path_len = -1,
        .tls_usage = true,
        .ext = {{.oid = RT_OID(PE_CMW), .value = rt_bytes_of(&ext)}},
    };

    if (p->with_evidence) {
        MUST(rt_cert_evidence_write(NULL, ratls_bytes_str("FAKE"), ratls_bytes_str("x"), &ccc));
        mint.ext[1] =
            (struct rt_mint_ext){.oid = RT_OID(TAGGED_EVIDENCE), .value = rt_bytes_of(&ccc)};
    }
    MUST(rt_mint(ratls_env_system(), &mint, &cert, NULL));
    ratls_buffer_free(&ext);
    ratls_buffer_free(&ccc);
    return cert;
}

/* *v is new. */
static inline enum ratls_err judge_at(const struct pass *p, const struct rt_cert_rules *rules,
                                      int64_t now, struct ratls_verdict **v)
{
    struct ratls_buffer cert = make_cert(p);
    struct ratls_bytes leaf = rt_bytes_of(&cert);
    enum ratls_err e = rt_appraise_cert(trust, (struct rt_der_list){&leaf, 1}, rules, now, v);

    e = code_of(*v, e);
    ratls_buffer_free(&cert);
    return e;
}

static inline struct ratls_verdict *verdict_of(const struct pass *p)
{
    struct ratls_verdict *v = NULL;

    cr_assert_eq(judge_at(p, &any_role, NOW, &v), RATLS_OK, "%s", ratls_verdict_detail(v));
    return v;
}

static inline void expect(const struct pass *p, enum ratls_err due, const char *what)
{
    struct ratls_verdict *v = NULL;
    enum ratls_err e = judge_at(p, &any_role, NOW, &v);

    cr_expect_eq(e, due, "%s: %s (%s)", what, ratls_err_reason(e), ratls_verdict_detail(v));
    ratls_verdict_unref(v);
}

static inline void use(const char *policy)
{
    ratls_trust_unref(trust);
    trust = trust_with(policy);
}

static inline void use_with_issuer(const char *policy)
{
    use(policy);
    issuer_believe(&issuer, trust);
}

static const char *text_of(const struct ratls_verdict *v, const char *name)
{
    const struct ratls_claim *c = ratls_claims_get(ratls_verdict_claims(v), name);

    return c && c->type == RATLS_CLAIM_TEXT ? c->text : "";
}

#endif
