/* Any bytes as a form: what is read is printable, and judged with an error or a target of ours. */
#include <stdlib.h>

#include "exchange.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char one[] = "https://one.example/", two[] = "two";
static char *const targets[] = {one, two, NULL};

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void inspect(const char *text)
{
    for (; *text; text++)
        must(*text >= 0x20 && *text <= 0x7e);
}

static void judge(const struct px_form *form, unsigned takes)
{
    struct px_exchange x;
    const enum px_oauth e = px_exchange_judge(form, targets, takes, &x);

    must(e == PX_OAUTH_GOOD ? x.target == one || x.target == two : !x.target && x.why);
    must(e || (x.subject & takes) != 0);
    must(e || !x.result || (x.subject == PX_TAKES_RESULT && x.nonce));
    must(e || !x.evidence || (x.subject == PX_TAKES_EVIDENCE && x.nonce));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct px_form form;

    if (px_form_read(ratls_bytes(data, size), &form) == PX_FORM_GOOD) {
        must(form.n <= PX_FORM_FIELDS && form.n <= size);
        for (size_t i = 0; i < form.n; i++) {
            must(form.field[i].name[0]);
            inspect(form.field[i].name);
            inspect(form.field[i].value);
        }
        for (unsigned takes = 1; takes <= PX_TAKES_ALL; takes++)
            judge(&form, takes);
    }
    px_form_free(&form);
    return 0;
}
