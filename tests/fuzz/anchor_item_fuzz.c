/* Anchors of trust documents: the first byte chooses the TEE, the rest is a body. Any bytes end in
 * anchors that count for that TEE, or in a refusal that leaves nothing. */
#include <stdlib.h>

#include "anchors.h"
#include "json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void add(struct rt_anchors *a, const char *tee, const struct cJSON *body)
{
    const struct rt_stored_anchor item = {.tee = tee,
                                          .name = "insecure_x",
                                          .not_before = 10,
                                          .not_after = 20,
                                          .active = true,
                                          .body = body};
    const struct ratls_verifier v = {.name = tee};
    struct rt_anchors_at at;
    const enum ratls_err e = rt_anchors_add_item(a, &item, NULL);

    if (e && (a->n_dated || a->n_keys || a->simulated))
        abort();
    for (int64_t now = 9; now <= 21; now += 6) {
        (void)!rt_anchors_at(a, &v, now, &at);
        if (now != 15 && at.n_roots + at.n_keys + at.n_crls + at.intermediates.len > 0)
            abort();
        rt_anchors_at_free(&at);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const tees[] = {"tdx", "sgx", "snp", "cca", "virtcca"};
    struct rt_anchors anchors = {0};
    struct cJSON *body = NULL;

    if (size == 0)
        return 0;
    if (rt_json_parse_up_to(ratls_bytes(data + 1, size - 1), RT_MAX_FILE, RATLS_E_TRUST_FORMAT,
                            &body, NULL) == RATLS_OK)
        add(&anchors, tees[data[0] % RT_COUNT(tees)], body);
    rt_json_free(body);
    rt_anchors_free(&anchors);
    return 0;
}
