/* Revocation lists from outside, and every question about them. */
#include "crl.h"

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t len);

/* Each entry is found, with and without a leading zero. */
static void find_all(const struct rt_crl *crl)
{
    for (size_t i = 0; i < crl->n_revoked; i++) {
        const struct ratls_bytes serial = crl->revoked[i];
        uint8_t padded[32] = {0};
        if (serial.len == 0 || serial.len > 20)
            __builtin_trap();
        memcpy(padded + 1, serial.p, serial.len);
        if (!rt_crl_lists(crl, serial) || !rt_crl_lists(crl, ratls_bytes(padded, serial.len + 1)))
            __builtin_trap();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
    const struct ratls_bytes bytes = ratls_bytes(in, len);
    struct rt_x509 issuer = {.is_ca = true, .key_usage = RT_KU_CRL_SIGN};
    struct rt_crl crl;

    if (rt_crl_parse(bytes, &crl, NULL) == RATLS_OK) {
        find_all(&crl);
        (void)rt_crl_lists(&crl, bytes);
        if (crl.next_update < crl.this_update || crl.number.len == 0)
            __builtin_trap();
        issuer.subject = crl.issuer;
        if (rt_crl_check_issuer(&crl, &issuer, NULL) == RATLS_OK)
            __builtin_trap();
    }
    rt_crl_free(&crl);
    return 0;
}
