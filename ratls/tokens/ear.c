#include "ear.h"

static const struct rt_ear_names profiles[] = {
    {
        .profile = "tag:ietf.org,2026:rats/ear#03",
        .verifier = "ear_verifier_id",
        .status = "ear_status",
        .vector = "ear_trustworthiness_vector",
        .policy = "ear_appraisal_policy_ids",
        .policy_is_list = true,
        .claims = "ratls.claims",
        .claims_are_ours = true,
    },
    {
        .profile = "tag:github.com,2023:veraison/ear",
        .verifier = "ear.verifier-id",
        .status = "ear.status",
        .vector = "ear.trustworthiness-vector",
        .policy = "ear.appraisal-policy-id",
        .claims = "ear.veraison.annotated-evidence",
    },
};

static const char *const statuses[] = {"affirming", "none", "warning", "contraindicated"};

bool ratls_ear_tells_device(const char *name)
{
    const char *last = strrchr(name, '.');

    return !strstr(name, ".measurement") && strcmp(name, "report_data") != 0 &&
           strcmp(last ? last + 1 : name, "nonce") != 0;
}

const struct rt_ear_names *rt_ear_names(size_t i)
{
    return i < RT_COUNT(profiles) ? &profiles[i] : NULL;
}

bool rt_ear_status_find(const char *text, enum rt_ear_status *out)
{
    for (size_t i = 0; i < RT_COUNT(statuses); i++) {
        if (strcmp(statuses[i], text) == 0) {
            *out = (enum rt_ear_status)i;
            return true;
        }
    }
    return false;
}

const char *rt_ear_status_text(enum rt_ear_status status)
{
    return statuses[status];
}

enum rt_ear_status rt_ear_status_of(const int8_t vector[RATLS_VECTOR_LEN])
{
    enum rt_ear_status status;

    /* The same four words. */
    return rt_ear_status_find(ratls_vector_status(vector), &status) ? status
                                                                    : RT_EAR_CONTRAINDICATED;
}
