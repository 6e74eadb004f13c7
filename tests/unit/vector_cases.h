/* vector_cases.h - the AR4SI vectors of some real machines, by the name of their case in the
 * manifests of vectors. */
#ifndef VECTOR_CASES_H
#define VECTOR_CASES_H

#include "vectors_support.h"

#define ALL_FAILED                                                                                 \
    "{\"instance-identity\":99,\"configuration\":99,\"executables\":99,\"file-system\":99,"        \
    "\"hardware\":99,\"runtime-opaque\":99,\"storage-opaque\":99,\"sourced-data\":99}"
#define ALL_UNJUDGED                                                                               \
    "{\"instance-identity\":1,\"configuration\":1,\"executables\":1,\"file-system\":1,"            \
    "\"hardware\":1,\"runtime-opaque\":1,\"storage-opaque\":1,\"sourced-data\":1}"

/* Without a policy: nothing is said of what runs there. */
static const struct {
    const char *id, *status, *vector;
} vector_cases[] = {
    {"tdx-v4-uptodate-1", "affirming", "{\"configuration\":2,\"hardware\":2,\"runtime-opaque\":2}"},
    {"tdx-v4-uptodate-1-append16", "affirming",
     "{\"configuration\":2,\"hardware\":2,\"runtime-opaque\":2}"},
    {"tdx-v4-outofdate-1", "warning",
     "{\"configuration\":36,\"hardware\":32,\"runtime-opaque\":2}"},
    {"tdx-v5-relaunch-1", "warning", "{\"configuration\":36,\"hardware\":32,\"runtime-opaque\":2}"},
    {"tdx-v4-notsupported-1", "contraindicated", "{\"configuration\":96,\"hardware\":96}"},
    {"tdx-v4-debug-1", "contraindicated",
     "{\"configuration\":96,\"hardware\":2,\"runtime-opaque\":96}"},
    {"tdx-v4-trailing-1", "none", "{}"},
    {"tdx-v4-nocrl-1", "none", "{}"},
    {"tdx-v4-uptodate-1-neg-after", "none", "{}"},
    {"tdx-v4-uptodate-1-neg-rtmr1", "contraindicated", ALL_FAILED},
    {"tdx-v4-uptodate-1-neg-other-root", "contraindicated", ALL_FAILED},
    {"tdx-v4-uptodate-1-neg-cut-tail", "none", ALL_UNJUDGED},
    {"sgx-v3-cfgsw-1", "warning", "{\"configuration\":32,\"hardware\":32,\"runtime-opaque\":2}"},
    {"sgx-v3-debug-1", "contraindicated", "{\"configuration\":96,\"runtime-opaque\":96}"},
    {"turin-v5-1", "affirming", "{\"hardware\":2,\"runtime-opaque\":2}"},
    {"milan-v2-1", "none", "{}"}, /* there is no revocation list */
    {"milan-v2-debug-1", "contraindicated", "{\"configuration\":96,\"runtime-opaque\":96}"},
    {"milan-v2-1-neg-measurement", "contraindicated", ALL_FAILED},
    {"milan-v2-1-neg-other-vcek", "contraindicated", ALL_FAILED},
    {"milan-v2-1-neg-version6", "none", ALL_UNJUDGED},
    {"turin-chain-1", "none", "{}"}, /* of certificates alone */
    {"cca-rmm-01", "none", "{}"},    /* its key is published */
    {"cca-cmw-good", "none", "{}"},
    {"cca-no-anchor", "contraindicated", "{\"instance-identity\":97}"},
    {"cca-wrong-nonce", "contraindicated", ALL_FAILED},
    {"virtcca-kunpeng", "warning", "{\"configuration\":36}"},
    {"virtcca-kunpeng-ccel", "warning", "{\"configuration\":36}"},
    {"virtcca-wrong-root", "contraindicated", ALL_FAILED},
    {"nitro-doc", "affirming", "{\"hardware\":2}"},
    {"nitro-bad-sig", "contraindicated", ALL_FAILED},
    {"itrustee-report", "none", "{}"}, /* there is no revocation list */
    {"csv-v1", "affirming", "{\"hardware\":2}"},
    {"csv-no-anchor", "contraindicated", "{\"instance-identity\":97}"},
    {"csv-no-chain", "contraindicated", ALL_FAILED},
    {"csv-wrong-report-data", "contraindicated", ALL_FAILED},
    {"nvidia-h100", "affirming", "{\"hardware\":2}"},
    {"nvidia-ppcie-2gpu-json", "affirming", "{\"hardware\":2}"},
    {"nvidia-h100-no-ica", "contraindicated", ALL_FAILED},
    {"tpm-pinned-ak", "affirming", "{\"instance-identity\":2}"}, /* of hardware nothing is known */
    {"tpm-nonce-truncated", "contraindicated", ALL_FAILED},
    {"az-snp-vtpm-v1", "none", "{}"}, /* there is no revocation list */
    {"az-snp-vtpm-v2-wrong-nonce", "contraindicated", ALL_FAILED},
};

/* `verdict` is the JSON of a verdict. */
static inline void expect_vector(const char *id, const cJSON *verdict)
{
    for (size_t i = 0; i < RT_COUNT(vector_cases); i++) {
        if (strcmp(vector_cases[i].id, id) != 0)
            continue;
        char *found = cJSON_PrintUnformatted(cJSON_GetObjectItemCaseSensitive(verdict, "vector"));
        cr_expect_str_eq(text_of(verdict, "status"), vector_cases[i].status, "%s", id);
        cr_expect_str_eq(found, vector_cases[i].vector, "%s: %s", id, found);
        free(found);
    }
}

#endif
