/* crypto_support.h - for tests of keys and signatures: hex, commands, the example of RFC 6979. */
#ifndef RT_CRYPTO_SUPPORT_H
#define RT_CRYPTO_SUPPORT_H

#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "crypto.h"
#include "offload.h"

#define MUST(call) cr_assert_eq((call), RATLS_OK, "%s", #call)
#define BYTES(s)   ratls_bytes(s, sizeof(s) - 1)

/* RFC 6979 A.2.5 and A.2.6: public points, and the signature over "sample" with SHA-256. */
#define P256_POINT                                                                                 \
    "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"                             \
    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
#define P256_R     "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
#define P256_S     "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
#define P256_ORDER "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
#define P256_PRIME "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"
#define P384_POINT                                                                                 \
    "ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64def8f0ea9055866064a254515480" \
    "bc138015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1288b231c3ae0d4fe7344fd25" \
    "33264720"
#define ZEROS_32 "0000000000000000000000000000000000000000000000000000000000000000"

/* A small pool, so that a test may hold several values. */
static inline struct ratls_bytes unhex(const char *text)
{
    static uint8_t pool[16][512];
    static size_t next;
    uint8_t *out = pool[next++ % RT_COUNT(pool)];
    size_t len = sizeof pool[0];

    cr_assert(rt_unhex(text, strlen(text), out, &len), "%s", text);
    return ratls_bytes(out, len);
}

static inline struct rt_key *make_key(enum rt_curve curve)
{
    struct rt_key *key = NULL;

    MUST(rt_key_generate(ratls_env_system(), curve, &key));
    return key;
}

/* Output of a shell command in a directory of its own. */
static inline struct ratls_buffer shell(const char *command)
{
    static uint8_t bytes[65536];
    static char line[4096];
    struct ratls_buffer out = {0};

    snprintf(line, sizeof line, "cd $(mktemp -d) && trap 'rm -rf \"$PWD\"' EXIT && { %s\n}",
             command);
    FILE *f = popen(line, "r");
    cr_assert_not_null(f);
    size_t n = fread(bytes, 1, sizeof bytes, f);
    cr_assert(pclose(f) == 0 && n > 0, "%s", command);
    MUST(rt_dup(ratls_bytes(bytes, n), &out));
    return out;
}

#endif
