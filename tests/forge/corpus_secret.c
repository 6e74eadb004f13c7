/* forge corpus: seeds of what custody reads. The first byte chooses what the rest is: a record, a
 * JWE, a header of one, a URL of PKCS#11 (tests/fuzz/secret_fuzz.c). */
#include "corpus.h"

#define ZEROS_20 "AAAAAAAAAAAAAAAAAAAA"
#define RECORD(value)                                                                              \
    "{\"format\":\"ratls-secret/1\",\"policy\":\"web\",\"policy_sha256\":"                         \
    "\"0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20\","                        \
    "\"kek\":\"000102030405060708090a0b0c0d0e0f\",\"until\":0,\"key\":\"" ZEROS_20 ZEROS_20        \
        ZEROS_20 ZEROS_20 "\",\"value\":\"" value "\"}"
#define EPK                                                                                        \
    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0\","     \
    "\"y\":\"SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps\"}"

enum { IS_RECORD, IS_JWE, IS_HEADER, IS_URL };

static const struct {
    uint8_t reader;
    const char *name, *text;
} seeds[] = {
    {IS_RECORD, "record", RECORD(ZEROS_20 ZEROS_20)},
    {IS_RECORD, "destroyed", "{\"format\":\"ratls-secret/1\"}"},
    {IS_JWE, "jwe",
     "eyJhbGciOiJSU0EtT0FFUC0yNTYiLCJlbmMiOiJBMjU2R0NNIn0.AAAA.AAAAAAAAAAAAAAAA.AA."
     "AAAAAAAAAAAAAAAAAAAAAA"},
    {IS_HEADER, "ecdh",
     "{\"alg\":\"ECDH-ES+A256KW\",\"enc\":\"A256GCM\",\"epk\":" EPK
     ",\"apu\":\"QWxpY2U\",\"apv\":\"Qm9i\"}"},
    {IS_HEADER, "oaep", "{\"alg\":\"RSA-OAEP-256\",\"enc\":\"A256GCM\",\"kid\":\"1\"}"},
    {IS_HEADER, "sm4", "{\"alg\":\"RSA-OAEP-256\",\"enc\":\"SGD_SM4_GCM\"}"},
    {IS_HEADER, "crit", "{\"alg\":\"RSA-OAEP-256\",\"enc\":\"A256GCM\",\"crit\":[\"x\"]}"},
    {IS_URL, "url",
     "token=My%20token;object=kek;id=%01;slot-id=7;type=secret-key?module-path=/m.so&pin-source="
     "file:/pin"},
};

bool corpus_secret(const struct corpus *c)
{
    for (size_t i = 0; i < RT_COUNT(seeds); i++) {
        struct ratls_buffer copy = {0};
        if (rt_dup(ratls_bytes_str(seeds[i].text), &copy) != RATLS_OK ||
            !seed_for_reader(c, seeds[i].name, seeds[i].reader, &copy))
            return false;
    }
    return true;
}
