/* Any bytes as a report of CSV, behind the root that is trusted, 832 bytes. */
#include "csv.h"
#include "evidence.h"
#include "hygon.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct rt_reader r = rt_reader(ratls_bytes(bytes, len));
    struct ratls_root root = {.simulated = true, .cert = rt_take_bytes(&r, RT_HYGON_CA_LEN)};
    const struct ratls_bytes report = r.bad ? ratls_bytes(bytes, len) : rt_rest(&r);
    struct ratls_claims *claims = ratls_claims_new();
    struct ratls_error err = {0};
    struct rt_hygon_cert hrk;

    (void)rt_verifier_csv.recognises(report);
    const enum ratls_err described = rt_verifier_csv.describe(report, claims, &err);
    ratls_claims_free(claims);
    const struct ratls_root pin = {.simulated = true};
    if (fuzz_verify(&rt_verifier_csv, report, &pin, 1751000000) == RATLS_OK)
        abort(); /* no root has this key hash */
    if (!r.bad && rt_hygon_read(root.cert, RT_HYGON_HRK, &hrk, NULL) == RATLS_OK &&
        fuzz_verify(&rt_verifier_csv, report, &root, 1751000000) == RATLS_OK &&
        described != RATLS_OK)
        abort(); /* what can be proven can be shown */
    return 0;
}
