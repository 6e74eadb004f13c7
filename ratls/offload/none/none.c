/* A build without libcrypto: wolfCrypt does everything. */
#include "offload.h"

void rt_offload_switch(bool on)
{
    (void)on;
}

void rt_offload_warm(void)
{
}

bool rt_offload_is_on(void)
{
    return false;
}

int rt_offload_device(void)
{
    return -2; /* INVALID_DEVID */
}

void rt_offload_forget(void)
{
}

enum rt_offload rt_offload_hash(unsigned bits, struct ratls_bytes in, uint8_t *out)
{
    (void)bits, (void)in, (void)out;
    return RT_OFFLOAD_NOT;
}

enum rt_offload rt_offload_hmac(unsigned bits, struct ratls_bytes key, struct ratls_bytes in,
                                uint8_t *out)
{
    (void)bits, (void)key, (void)in, (void)out;
    return RT_OFFLOAD_NOT;
}

enum rt_offload rt_offload_check_point(unsigned bits, const uint8_t *point)
{
    (void)bits, (void)point;
    return RT_OFFLOAD_NOT;
}

enum rt_offload rt_offload_verify(unsigned bits, const uint8_t *point, struct ratls_bytes digest,
                                  const uint8_t *sig)
{
    (void)bits, (void)point, (void)digest, (void)sig;
    return RT_OFFLOAD_NOT;
}

enum rt_offload rt_offload_sign(unsigned bits, const uint8_t *scalar, struct ratls_bytes digest,
                                uint8_t *sig)
{
    (void)bits, (void)scalar, (void)digest, (void)sig;
    return RT_OFFLOAD_NOT;
}

enum rt_offload rt_offload_public(unsigned bits, const uint8_t *scalar, uint8_t *point)
{
    (void)bits, (void)scalar, (void)point;
    return RT_OFFLOAD_NOT;
}

enum rt_offload rt_offload_agree(unsigned bits, const uint8_t *scalar, const uint8_t *point,
                                 uint8_t *shared)
{
    (void)bits, (void)scalar, (void)point, (void)shared;
    return RT_OFFLOAD_NOT;
}
