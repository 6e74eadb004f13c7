/* store URL add KIND TEE NAME VERSION STATE BODY
 * store URL state KIND TEE NAME VERSION STATE
 *
 * Changes a store, which is made if there is none; TEE "-" is none. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ratls/store.h"

static const char author[] = "scenario";

static enum ratls_err run(struct ratls_store *s, char **argv, struct ratls_error *err)
{
    const char *tee = strcmp(argv[3], "-") == 0 ? "" : argv[3];
    const struct ratls_store_ref ref = {argv[2], tee, argv[4], strtoll(argv[5], NULL, 10)};

    if (strcmp(argv[1], "state") == 0)
        return ratls_store_set_state(s, &ref, argv[6], author, err);
    const struct ratls_store_item item = {
        .ref = ref, .state = argv[6], .author = author, .body = ratls_bytes_str(argv[7])};
    return ratls_store_add(s, &item, err);
}

int main(int argc, char **argv)
{
    struct ratls_store *s = NULL;
    struct ratls_error err = {0};

    if (argc < 8 || argc != (strcmp(argv[2], "add") == 0 ? 9 : 8))
        return 2;
    enum ratls_err e = ratls_store_open(ratls_env_system(), argv[1], RATLS_STORE_CREATE, &s, &err);
    if (!e)
        e = run(s, &argv[1], &err);
    ratls_store_close(s);
    if (e)
        fprintf(stderr, "store: %s: %s\n", ratls_err_reason(e), err.detail);
    return e != RATLS_OK;
}
