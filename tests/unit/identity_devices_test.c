/* Devices of an identity: taken between its two steps, and handed on with its leaf. */
#include <criterion/criterion.h>

#include "composite.h"
#include "ratls/ratls.h"

static struct ratls_error err;

#define MUST(call) cr_assert_eq((call), RATLS_OK, "%s: %s", #call, err.detail)

static struct ratls_identity *identity(bool without_ak)
{
    const struct ratls_identity_params params = {.without_ak = without_ak};
    struct ratls_identity *id;

    MUST(ratls_identity_prepare(ratls_env_system(), &params, &id, &err));
    return id;
}

Test(identity_devices, are_taken_between_the_steps)
{
    const struct ratls_bytes evidence = ratls_bytes_str("evidence");
    struct ratls_identity *id = identity(false), *plain = identity(true);
    char label[RATLS_DEVICE_LABEL_LEN];
    uint8_t due[RATLS_REPORT_DATA_LEN];

    MUST(ratls_device_report_data(ratls_identity_report_data(id), due));
    cr_expect_arr_eq(due, ratls_identity_device_report_data(id), sizeof due);
    cr_expect_eq(ratls_identity_devices(id).len, 0);
    cr_expect_eq(ratls_identity_add_device(plain, "gpu0", "a/b", evidence, &err), RATLS_E_STATE);
    cr_expect_eq(ratls_identity_add_device(id, "cpu0", "a/b", evidence, &err), RATLS_E_USAGE);
    cr_expect_eq(ratls_identity_add_device(id, "GPU", "a/b", evidence, &err), RATLS_E_USAGE);
    MUST(ratls_identity_add_device(id, "gpu0", "a/b", evidence, &err));
    cr_expect_eq(ratls_identity_add_device(id, "gpu0", "a/b", evidence, &err), RATLS_E_USAGE);
    for (unsigned i = 1; i < RT_MAX_DEVICES; i++) {
        ratls_device_label("nvidia", i, label);
        MUST(ratls_identity_add_device(id, label, "a/b", evidence, &err));
    }
    cr_expect_eq(ratls_identity_add_device(id, "dev0", "a/b", evidence, &err), RATLS_E_USAGE);
    const struct ratls_bytes all = ratls_identity_devices(id);
    MUST(ratls_identity_import_devices(plain, all, &err));
    cr_expect(ratls_bytes_equal(ratls_identity_devices(plain), all));
    cr_expect_neq(ratls_identity_import_devices(plain, ratls_bytes(all.p, all.len - 1), &err),
                  RATLS_OK);
    ratls_identity_unref(id);
    ratls_identity_unref(plain);
}
