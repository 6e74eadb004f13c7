/* csv_support.h - simulated reports of CSV for tests, and the verifier over them. */
#ifndef CSV_SUPPORT_H
#define CSV_SUPPORT_H

#include <criterion/criterion.h>

#include "bad_csv.h"
#include "claims_support.h"
#include "crypto.h"
#include "csv.h"
#include "registry.h"

#define MUST(call) cr_assert_eq((call), RATLS_OK, "%s", #call)

static struct rt_sim_csv_keys keys;
static struct rt_sim_csv_chain chain;
static struct rt_sim_csv_state state;
static struct ratls_buffer evidence;
static struct ratls_root root = {.simulated = true};
static struct ratls_claims *claims;
static struct ratls_error err;
static struct ratls_verify_input input;

static inline void csv_sign(const struct rt_sim_csv_knobs *knobs)
{
    const struct rt_sim_csv_signer by = {&keys, &chain};

    ratls_buffer_free(&evidence);
    MUST(rt_sim_csv_report(&by, &state, knobs, &evidence));
    input.evidence = rt_bytes_of(&evidence);
}

/* Certificates, the trusted root among them, and report by these knobs. */
static inline void csv_make(const struct rt_sim_csv_knobs *knobs)
{
    uint8_t spki[RT_SM2_SPKI_LEN];

    MUST(rt_sim_csv_chain_make(&keys, knobs, &chain));
    rt_sm2_spki(keys.key[RT_SIM_CSV_HRK].point, spki);
    MUST(rt_sha256(ratls_bytes(spki, sizeof spki), root.spki_sha256));
    root.cert = ratls_bytes(chain.hrk, sizeof chain.hrk);
    csv_sign(knobs);
}

static inline void csv_make_bad(const struct bad_csv *plan)
{
    state.version = plan->version ? plan->version : 1;
    csv_make(&plan->knobs);
}

static inline void csv_setup(void)
{
    MUST(rt_sim_csv_keys_open(ratls_env_system(), NULL, &keys, NULL));
    rt_sim_csv_usual(&state);
    memset(state.report_data, 0x11, 32);
    input = (struct ratls_verify_input){
        .size = sizeof input, .roots = &root, .n_roots = 1, .now = 1751000000};
    csv_make(NULL);
}

static inline void csv_teardown(void)
{
    rt_sim_csv_keys_free(&keys);
    ratls_buffer_free(&evidence);
    ratls_claims_free(claims);
}

/* What is in `input`, as it stands. */
static inline enum ratls_err verify(void)
{
    ratls_claims_free(claims);
    claims = ratls_claims_new();
    err = (struct ratls_error){0};
    return rt_verifier_run(&rt_verifier_csv, &input, claims, &err);
}

static inline enum ratls_err verify_signed(const struct rt_sim_csv_knobs *knobs)
{
    csv_sign(knobs);
    return verify();
}

static inline const char *text(const char *name)
{
    return claim_text(claims, name);
}

static inline uint64_t number(const char *name)
{
    return claim_number(claims, name);
}

#endif
