/* passport.h - an attestation result about oneself, before it is shown to others: whose is it?
 *
 * Nothing is verified: no signature, no date, no issuer. Good for its holder, who would otherwise
 * hear of a mistake from those who refuse him; whoever is shown it asks ratls_token_verify(). */
#ifndef RT_PASSPORT_H
#define RT_PASSPORT_H

#include "base.h"
#include "ratls/token.h"

struct rt_passport {
    char device[RATLS_EAR_DEVICES][RATLS_DEVICE_LABEL_LEN]; /* labels of those that it tells of */
    size_t n_devices;
    char jkt[RATLS_JWK_THUMB_LEN + 1]; /* of the TLS key */
    struct ratls_buffer ak_spki;       /* attestation key; p NULL: none is named */
    int64_t expires;
};

/* RATLS_E_TOKEN_FORMAT, RATLS_E_TOKEN_ALGORITHM; RATLS_E_TOKEN_TYPE: no attestation result;
 * RATLS_E_TOKEN_BINDING: it names no key (`cnf.jkt`). rt_passport_free() also after an error. */
RATLS_MUST_USE enum ratls_err rt_passport_look(struct ratls_bytes token, struct rt_passport *out,
                                               struct ratls_error *err);
bool rt_passport_tells_of(const struct rt_passport *p, const char *label);
void rt_passport_free(struct rt_passport *p);

#endif
