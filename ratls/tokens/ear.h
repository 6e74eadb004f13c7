/* ear.h - the words of attestation results (draft-ietf-rats-ear; older: github.com/veraison/ear).
 */
#ifndef RT_EAR_H
#define RT_EAR_H

#include "base.h"
#include "ratls/token.h"

#define RT_EAR_SIMULATED  "ratls.simulated"  /* bool */
#define RT_EAR_LEVEL      "ratls.level"      /* 0 to 3 */
#define RT_EAR_DEVICE     "ratls.device"     /* of a device beside the TEE: its kind */
#define RT_EAR_APPRAISERS "ratls.appraisers" /* list of issuers, the first one saw the evidence */
#define RT_EAR_AK         "ratls.ak"         /* base64url of a DER SubjectPublicKeyInfo */

struct cJSON;

struct rt_ear_names {
    const char *profile, *verifier, *status, *vector, *policy;
    bool policy_is_list;
    const char *claims;
    bool claims_are_ours; /* a flat object; others nest as they like */
};

/* The newer one first. NULL past the end. */
const struct rt_ear_names *rt_ear_names(size_t i);

/* Statuses from best to worst, as AR4SI.md orders them. */
enum rt_ear_status { RT_EAR_AFFIRMING, RT_EAR_NONE, RT_EAR_WARNING, RT_EAR_CONTRAINDICATED };
RATLS_MUST_USE bool rt_ear_status_find(const char *text, enum rt_ear_status *out);
const char *rt_ear_status_text(enum rt_ear_status status);
/* What follows from the vector. */
enum rt_ear_status rt_ear_status_of(const int8_t vector[RATLS_VECTOR_LEN]);

/* The attestation key of a submodule (DER SubjectPublicKeyInfo, P-256); *out is new, p NULL: it has
 * none. RATLS_E_TOKEN_FORMAT. */
RATLS_MUST_USE enum ratls_err rt_ear_read_ak(const struct cJSON *submod, struct ratls_buffer *out);

/* `,"name":`, without the comma behind an opening brace. */
void rt_ear_put_name(struct rt_writer *w, const char *name);
/* What is wrong with it; NULL: nothing. */
const char *rt_ear_fault(const struct ratls_ear *what);
/* The claims of any token, `iss` to `cnf`. */
RATLS_MUST_USE enum ratls_err rt_ear_put_head(struct rt_writer *w, const struct ratls_env *env,
                                              const struct ratls_ear_subject *s,
                                              const struct ratls_ear *what,
                                              struct ratls_error *err);
/* openEuler secGear's claims, behind others. */
void rt_ear_put_secgear(struct rt_writer *w, const struct ratls_ear_subject *subject,
                        const struct ratls_ear *what);
/* NVIDIA's names of what its GPUs say, in the submodule of one; nothing of other devices, of
 * simulated ones and of NVSwitches. */
void rt_ear_put_nvidia(struct rt_writer *w, const struct ratls_ear_device *device);

#endif
