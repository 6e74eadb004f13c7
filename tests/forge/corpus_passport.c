/* forge corpus: a leaf with an attestation result in the place of evidence, about its own key and
 * by the issuer whom the target believes (tests/fuzz/appraise_fuzz.c). */
#include "bundle_key.h"
#include "corpus.h"
#include "evidence_ext.h"
#include "mint.h"
#include "oid.h"
#include "ratls/token.h"

#define BEFORE_KEY                                                                                 \
    "{\"eat_profile\":\"tag:ietf.org,2026:rats/ear#03\",\"iss\":\"https://as.example\","           \
    "\"aud\":\"web\",\"iat\":1750000000,\"nbf\":1750000000,\"exp\":1750000300,\"cnf\":{\"jkt\":\""
#define BEHIND_KEY                                                                                 \
    "\"},\"ear_verifier_id\":{\"developer\":\"d\",\"build\":\"b\"},\"submods\":{\"tdx\":{"         \
    "\"ear_status\":\"affirming\",\"ear_trustworthiness_vector\":{\"hardware\":2},"                \
    "\"ratls.claims\":{\"tee\":\"tdx\",\"measurement\":\"ab\",\"debug\":false,"                    \
    "\"simulated\":false,\"tcb_status\":\"UpToDate\",\"ratls.iat\":1749999990}},"                  \
    "\"gpu0\":{\"ear_status\":\"affirming\",\"ear_trustworthiness_vector\":{\"hardware\":2},"      \
    "\"ratls.device\":\"nvidia\",\"ratls.claims\":{\"measurement\":\"ab\",\"debug\":false,"        \
    "\"simulated\":false,\"tcb_status\":\"unrated\",\"device_ids\":[\"a\"]}}}}"

static bool make_token(struct ratls_bytes spki, struct ratls_buffer *token)
{
    char jkt[RATLS_JWK_THUMB_LEN + 1];
    struct ratls_jwt_key *key = NULL;
    struct rt_writer w = {0};
    bool made = ratls_jwk_thumbprint(spki, jkt, NULL) == RATLS_OK &&
                ratls_jwt_key_new(ratls_env_system(), ratls_bytes_str(BUNDLE_PRIVATE_KEY), NULL,
                                  &key, NULL) == RATLS_OK;

    if (made) {
        rt_put_bytes(&w, ratls_bytes_str(BEFORE_KEY));
        rt_put_bytes(&w, ratls_bytes_str(jkt));
        rt_put_bytes(&w, ratls_bytes_str(BEHIND_KEY));
        made = ratls_jwt_sign_json(key, RATLS_EAR_TYP, rt_written(&w), token) == RATLS_OK;
    }
    rt_writer_free(&w);
    ratls_jwt_key_free(key);
    return made;
}

bool corpus_passport(const struct corpus *c, struct ratls_buffer *leaf)
{
    const struct rt_key *key = c->pki.key[RT_SIM_PCK];
    struct ratls_buffer token = {0}, ext = {0};
    bool made = make_token(rt_key_spki(key), &token) &&
                rt_passport_write(rt_bytes_of(&token), &ext) == RATLS_OK;
    const struct rt_mint what = {
        .subject_spki = rt_key_spki(key),
        .subject = {.common_name = "ratls"},
        .issuer_key = c->pki.key[RT_SIM_PCK],
        .not_before = 1750000000,
        .not_after = 1750003600,
        .path_len = -1,
        .tls_usage = true,
        .ext[0] = {.oid = RT_OID(PE_CMW), .value = rt_bytes_of(&ext)},
    };

    made = made && rt_mint(ratls_env_system(), &what, leaf, NULL) == RATLS_OK;
    ratls_buffer_free(&token);
    ratls_buffer_free(&ext);
    return made;
}
