/* Files of anchors: any bytes end in roots, intermediates or keys, or in a refusal. */
#include "anchors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct ratls_bytes file = ratls_bytes(data, size);
    struct rt_anchors anchors = {0};

    (void)!rt_anchors_add(&anchors, file, false, NULL);
    (void)!rt_anchors_add(&anchors, file, true, NULL);
    rt_anchors_free(&anchors);
    return 0;
}
