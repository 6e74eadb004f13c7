/* rim_signer.h - the certificates of a RIM's signer, as its signature carries them. */
#ifndef RT_RIM_SIGNER_H
#define RT_RIM_SIGNER_H

#include "signature.h"
#include "x509.h"

struct rt_rim_signer {
    struct ratls_buffer der[RT_MAX_CHAIN]; /* the signer's first */
    struct rt_x509 cert[RT_MAX_CHAIN];     /* borrow from them */
    size_t n;
};

/* One more; RATLS_E_CERT_CHAIN_LENGTH, RATLS_E_CERT_FORMAT. */
RATLS_MUST_USE enum ratls_err rt_rim_signer_add(struct rt_rim_signer *s, const char *base64,
                                                struct ratls_error *err);
/* Do they lead to a root, and may the first sign? */
RATLS_MUST_USE enum ratls_err rt_rim_signer_check(const struct rt_rim_signer *s,
                                                  const struct rt_rim_trust *trust,
                                                  struct ratls_error *err);
void rt_rim_signer_free(struct rt_rim_signer *s);

#endif
