/* Certificates, public and private keys from outside, and every question about them. */
#include "crypto.h"
#include "x509.h"

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t len);

static void ask(const struct rt_x509 *cert)
{
    static const char *const names[] = {"peer.example", "a.wild.example.", "192.0.2.1", "::1", ""};
    char text[128];
    uint8_t hash[RT_SHA256_LEN];

    (void)!rt_x509_signed_by(cert, cert, NULL);
    (void)!rt_x509_check_dates(cert, 1750000000, NULL);
    (void)!rt_x509_spki_hash(cert, hash);
    (void)!rt_x509_check_leaf_key(cert, NULL);
    (void)!rt_x509_check_leaf_usage(cert, true, NULL);
    (void)!rt_x509_check_leaf_usage(cert, false, NULL);
    (void)!rt_chain_check(cert, 1, cert->not_before, NULL);
    (void)!rt_chain_to_anchor((struct rt_x509_list){cert, 1}, (struct rt_x509_list){cert, 1},
                              cert->not_before, NULL);
    (void)rt_x509_is_simulated(cert);
    rt_x509_name_text(cert->subject, text, sizeof text);
    rt_x509_name_text(cert->issuer, text, 5);
    for (size_t i = 0; i < RT_COUNT(names); i++)
        (void)!rt_x509_check_name(cert, names[i], NULL);
    (void)!rt_x509_check_email(cert, "ops@peer.example", NULL);
    for (size_t i = 0; i < cert->n_ext; i++)
        if (rt_x509_ext(cert, cert->ext[i].oid) != &cert->ext[i])
            __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
    const struct ratls_bytes bytes = ratls_bytes(in, len);
    struct rt_public_key public_key;
    struct rt_key *key = NULL;
    struct rt_x509 cert;
    char text[64];

    if (rt_x509_parse(bytes, &cert, NULL) == RATLS_OK)
        ask(&cert);
    (void)!rt_public_key_parse(bytes, &public_key, NULL);
    (void)!rt_key_import(bytes, &key, NULL);
    rt_key_free(key);
    rt_x509_name_text(bytes, text, sizeof text);
    return 0;
}
