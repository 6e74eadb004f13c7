/* Any bytes as the answer of an OPA. It allows only what says so: the word true must be there. */
#include <stdlib.h>

#include "answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ratls_error err = {0};
    enum ratls_err e = rt_opa_answer(ratls_bytes(data, size), &err);

    if (e == RATLS_OK) {
        if (err.code || size > RT_MAX_OPA_ANSWER || !memmem(data, size, "true", 4))
            abort();
    } else if (err.code != e || !err.detail[0] ||
               (e != RATLS_E_OPA_DENIED && e != RATLS_E_OPA_FAILED)) {
        abort();
    }
    return 0;
}
