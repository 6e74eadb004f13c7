/* anchors.h - what verification may rest on, as it was configured: roots, certificates that only
 * complete chains, and keys of single devices.
 *
 * One file is one of two forms, told apart by content:
 *   certificates, PEM (several allowed) or DER. One that names itself as its issuer is a root: a CA
 *   that signed itself. Any other is an intermediate: it must be a CA, completes chains and is
 *   trusted for nothing.
 *   keys of Arm CCA platforms (CPAK), JSON as Veraison and Trustee store them:
 *   [{"pkey": JWK, "implementation-id": hex of 32 bytes, "instance-id": hex of 33 bytes}, ...];
 *   further members are not looked at, a private key is refused.
 * Anchors of simulated TEEs never come in together with others: a root says so in its subject
 * (x509.h), a key in its implementation id. A key whose private half is published counts as
 * simulated wherever it comes from: whoever holds it proves nothing. */
#ifndef RT_ANCHORS_H
#define RT_ANCHORS_H

#include "base.h"
#include "ratls/verifier.h"

#define RT_MAX_ROOTS       64   /* given, and again as many simulated ones */
#define RT_MAX_DEVICE_KEYS 4096 /* of CCA platforms */

#define RT_CCA_IMPLEMENTATION_ID_LEN 32
#define RT_CCA_INSTANCE_ID_LEN       33 /* a UEID of type RAND, RFC 9711 s.4.2.1 */
#define RT_CCA_DEVICE_ID_LEN         (RT_CCA_IMPLEMENTATION_ID_LEN + RT_CCA_INSTANCE_ID_LEN)

struct rt_root_list {
    struct ratls_root items[RT_MAX_ROOTS];
    struct ratls_buffer certs[RT_MAX_ROOTS]; /* owned; items[i].cert borrows */
    size_t n;
};

struct rt_anchors {
    struct rt_root_list given, sim;
    struct rt_writer intermediates; /* PEM */
    struct ratls_trusted_key
        *keys; /* owned, with the bytes of id and SPKI; as verifiers take them */
    size_t n_keys, n_published;
};

/* All of the file or nothing. RATLS_E_SIMULATED_ANCHOR, RATLS_E_CONFIG (also for an id that has a
 * key already), RATLS_E_LIMIT. */
RATLS_MUST_USE enum ratls_err rt_anchors_add(struct rt_anchors *a, struct ratls_bytes file,
                                             bool simulated, struct ratls_error *err);
void rt_anchors_free(struct rt_anchors *a);

struct cJSON;

/* An item of kind anchor in a trust document (TRUST.md). Borrowed. */
struct rt_stored_anchor {
    const char *tee, *name;
    int64_t not_before, not_after;
    bool active;
    const struct cJSON *body;
};
/* Stored anchors are not taken yet: RATLS_E_UNSUPPORTED. */
RATLS_MUST_USE enum ratls_err rt_anchors_add_item(struct rt_anchors *a,
                                                  const struct rt_stored_anchor *s,
                                                  struct ratls_error *err);

/* Something other than keys was given: the roots built in do not count any more. */
bool rt_anchors_replace_pins(const struct rt_anchors *a);

#endif
