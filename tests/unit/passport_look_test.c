/* A token about oneself: whose is it? */
#include "passport.h"
#include "token_support.h"

TestSuite(passport_look, .init = make_issuer, .fini = free_issuer, .timeout = 60);

#define EAR_HEAD "{\"alg\":\"ES256\",\"typ\":\"eat+jwt\",\"kid\":\"es256\"}"
#define TEN      "abcdefghij"
#define JKT      TEN TEN TEN TEN "klm"
#define CNF      ",\"cnf\":{\"jkt\":\"" JKT "\"}"
#define ONE      ",\"submods\":{\"tdx\":{}}"

#define GPU(label) "\"" label "\":{\"ratls.device\":\"nvidia\"}"

static const struct {
    const char *header, *payload;
    enum ratls_err due;
} rows[] = {
    {EAR_HEAD, "{\"exp\":5" CNF ONE "}", RATLS_OK},
    {HEAD("ES256", "es256"), "{\"exp\":5" CNF ONE "}", RATLS_E_TOKEN_TYPE},
    {"{\"alg\":\"ES256\",\"kid\":\"es256\"}", "{\"exp\":5" CNF ONE "}", RATLS_E_TOKEN_TYPE},
    {"{\"alg\":\"none\",\"typ\":\"eat+jwt\",\"kid\":\"es256\"}", "{\"exp\":5" CNF ONE "}",
     RATLS_E_TOKEN_ALGORITHM},
    {EAR_HEAD, "{" ONE "}", RATLS_E_TOKEN_FORMAT},
    {EAR_HEAD, "{\"exp\":\"5\"" CNF ONE "}", RATLS_E_TOKEN_FORMAT},
    {EAR_HEAD, "{\"exp\":5.5" CNF ONE "}", RATLS_E_TOKEN_FORMAT},
    {EAR_HEAD, "{\"exp\":5" ONE "}", RATLS_E_TOKEN_BINDING},
    {EAR_HEAD, "{\"exp\":5,\"cnf\":{\"x5t#S256\":\"" JKT "\"}" ONE "}", RATLS_E_TOKEN_BINDING},
    {EAR_HEAD, "{\"exp\":5,\"cnf\":{\"jkt\":\"" TEN "\"}" ONE "}", RATLS_E_TOKEN_BINDING},
    {EAR_HEAD, "{\"exp\":5,\"cnf\":{\"jkt\":\"" JKT "n\"}" ONE "}", RATLS_E_TOKEN_BINDING},
    {EAR_HEAD, "{\"exp\":5,\"cnf\":\"" JKT "\"" ONE "}", RATLS_E_TOKEN_BINDING},
    {EAR_HEAD, "{\"exp\":5" CNF "}", RATLS_E_TOKEN_FORMAT},
    {EAR_HEAD, "{\"exp\":5" CNF ",\"submods\":{}}", RATLS_E_TOKEN_FORMAT},
    {EAR_HEAD, "{\"exp\":5" CNF ",\"submods\":[{}]}", RATLS_E_TOKEN_FORMAT},
    {EAR_HEAD, "{\"exp\":5" CNF ",\"submods\":{\"tdx\":{},\"snp\":{}}}", RATLS_E_TOKEN_FORMAT},
    {EAR_HEAD, "{\"exp\":5" CNF ",\"submods\":{\"tdx\":{\"ratls.ak\":\"MAA\"}}}",
     RATLS_E_TOKEN_FORMAT},
    {EAR_HEAD, "{\"exp\":5" CNF ",\"submods\":{" GPU("gpu0") ",\"tdx\":{}}}", RATLS_OK},
    {EAR_HEAD, "{\"exp\":5" CNF ",\"submods\":{" GPU("gpu0") "}}", RATLS_E_TOKEN_FORMAT},
    {EAR_HEAD, "{\"exp\":5" CNF ",\"submods\":{\"tdx\":{}," GPU("abcdefghabcdefghi") "}}",
     RATLS_E_TOKEN_FORMAT},
    {EAR_HEAD,
     "{\"exp\":5" CNF
     ",\"submods\":{\"tdx\":{}," GPU("0") "," GPU("1") "," GPU("2") "," GPU("3") "," GPU("4") "," GPU("5") "," GPU("6") "," GPU(
         "7") "," GPU("8") "," GPU("9") "," GPU("a") "," GPU("b") "," GPU("c") "," GPU("d") "," GPU("e") "," GPU("f") "," GPU("g") "}}",
     RATLS_E_TOKEN_FORMAT},
};

Test(passport_look, refuses_what_is_about_nobody)
{
    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        struct ratls_buffer token = make_token(rows[i].header, rows[i].payload, ES256);
        struct ratls_error why = {0};
        struct rt_passport p;
        enum ratls_err e = rt_passport_look(rt_bytes_of(&token), &p, &why);
        cr_expect_eq(e, rows[i].due, "row %zu: %s %s", i, ratls_err_reason(e), why.detail);
        cr_expect_eq(why.code, e);
        rt_passport_free(&p);
        ratls_buffer_free(&token);
    }
}

Test(passport_look, tells_keys_and_end)
{
    const struct ratls_bytes ak = rt_key_spki(ec[ES256]);
    struct rt_writer w = {0};
    struct rt_passport p;

    rt_put_bytes(&w, TEXT("{\"exp\":1234567" CNF ",\"submods\":{\"tdx\":{\"ratls.ak\":\""));
    rt_put_base64url(&w, ak);
    rt_put(&w, "\"}}}", sizeof "\"}}}");
    struct ratls_buffer token = make_token(EAR_HEAD, (const char *)w.p, ES256);
    MUST(rt_passport_look(rt_bytes_of(&token), &p, NULL));
    cr_expect_str_eq(p.jkt, JKT);
    cr_expect_eq(p.expires, 1234567);
    cr_expect(ratls_bytes_equal(rt_bytes_of(&p.ak_spki), ak));
    rt_passport_free(&p);
    cr_expect_null(p.ak_spki.p);
    ratls_buffer_free(&token);
    rt_writer_free(&w);
}

/* Whose key the submodule of a device may have is nobody's. */
Test(passport_look, tells_devices_and_the_key_of_the_tee_alone)
{
    struct ratls_buffer token =
        make_token(EAR_HEAD,
                   "{\"exp\":5" CNF
                   ",\"submods\":{\"gpu0\":{\"ratls.device\":\"nvidia\",\"ratls.ak\":\"MAA\"},"
                   "\"tdx\":{}," GPU("gpu1") "}}",
                   ES256);
    struct rt_passport p;

    MUST(rt_passport_look(rt_bytes_of(&token), &p, &err));
    cr_expect_eq(p.n_devices, 2);
    cr_expect(rt_passport_tells_of(&p, "gpu0") && rt_passport_tells_of(&p, "gpu1"));
    cr_expect_not(rt_passport_tells_of(&p, "tdx"));
    cr_expect_eq(p.ak_spki.len, 0);
    rt_passport_free(&p);
    ratls_buffer_free(&token);
}
