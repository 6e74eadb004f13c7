/* JSON of other frameworks: any bytes end in evidence with its logs or in a refusal. */
#include <stdlib.h>

#include "carrier.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct ratls_bytes text = ratls_bytes(data, size);
    struct rt_carrier carrier;

    (void)rt_carrier_recognises(text);
    if (rt_carrier_open(text, &carrier, NULL) == RATLS_OK &&
        (carrier.evidence.len == 0 || !carrier.tee[0]))
        abort();
    rt_carrier_free(&carrier);
    return 0;
}
