/* JSON of collectors of NVIDIA's evidence: what becomes of it, byte by byte, and what is refused.
 */
#include <criterion/criterion.h>

#include "carrier.h"

static struct rt_carrier carrier;
static struct ratls_error err;

static void teardown(void)
{
    rt_carrier_free(&carrier);
}

TestSuite(carrier_devices, .fini = teardown);

#define DEVICE(members) "{\"evidence\":\"EeAB\",\"certificate\":\"MAA=\"" members "}"
/* [h'11e001', [h'3000'] ... */
#define HEAD "\x83\x43\x11\xe0\x01\x81\x42\x30\x00"

static const struct {
    const char *json, *cbor;
    size_t len;
} good[] = {
#define ROW(json, cbor)                                                                            \
    {                                                                                              \
        (json), (cbor), sizeof(cbor) - 1                                                           \
    }
    ROW("[" DEVICE("") "]", "\x81" HEAD "\xa0"),
    ROW(" [" DEVICE(",\"arch\":\"HOPPER\",\"version\":\"1.0\"") "]", "\x81" HEAD "\xa1\x64"
                                                                     "arch"
                                                                     "\x66"
                                                                     "HOPPER"),
    ROW("[" DEVICE(",\"vbios_version\":\"2\",\"driver_version\":\"1\"") "]", "\x81" HEAD "\xa2\x6e"
                                                                             "driver_version"
                                                                             "\x61"
                                                                             "1"
                                                                             "\x6d"
                                                                             "vbios_version"
                                                                             "\x61"
                                                                             "2"),
    ROW("[" DEVICE(",\"nonce\":"
                   "\"5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a\"") "]",
        "\x81" HEAD "\xa1\x65"
        "nonce"
        "\x58\x20"
        "ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ"),
    ROW("{\"device_evidence_list\":[" DEVICE(",\"uuid\":\"x\"") "]}", "\x81" HEAD "\xa0"),
    ROW("{\"device_evidence_list\":[{\"evidence\":\"11e001\",\"certificate\":\"MAA=\"}]}",
        "\x81" HEAD "\xa0"),
    /* the leaf stays, though the other has the same */
    ROW("[" DEVICE("") "," DEVICE("") "]", "\x82" HEAD "\xa0" HEAD "\xa0"),
#undef ROW
};

Test(carrier_devices, both_forms_become_one)
{
    for (size_t i = 0; i < RT_COUNT(good); i++) {
        const struct ratls_bytes text = ratls_bytes_str(good[i].json);
        cr_expect(rt_carrier_recognises(text), "row %zu", i);
        cr_assert_eq(rt_carrier_open(text, &carrier, &err), RATLS_OK, "row %zu: %s", i, err.detail);
        cr_expect_str_eq(carrier.tee, "nvidia");
        cr_expect(ratls_bytes_equal(rt_bytes_of(&carrier.evidence),
                                    ratls_bytes((const uint8_t *)good[i].cbor, good[i].len)),
                  "row %zu", i);
        cr_expect_null(carrier.certs.p);
        rt_carrier_free(&carrier);
    }
}

/* base64 of two certificates in PEM each, 3000 and 3003020101 before 3003020100. */
#define PEM_ONE                                                                                    \
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1BQT0KLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQot"             \
    "LS0tLUJFR0lOIENFUlRJRklDQVRFLS0tLS0KTUFNQ0FRQT0KLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0t"             \
    "LQo="
#define PEM_TWO                                                                                    \
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1BTUNBUUU9Ci0tLS0tRU5EIENFUlRJRklDQVRFLS0t"             \
    "LS0KLS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1BTUNBUUE9Ci0tLS0tRU5EIENFUlRJRklDQVRF"             \
    "LS0tLS0K"

Test(carrier_devices, a_ca_that_several_show_is_written_once)
{
    static const char due[] = "\x82\x83\x43\x11\xe0\x01\x82\x42\x30\x00\x45\x30\x03\x02\x01\x00\xa0"
                              "\x83\x43\x11\xe0\x01\x81\x45\x30\x03\x02\x01\x01\xa0";

    cr_assert_eq(
        rt_carrier_open(ratls_bytes_str("[{\"evidence\":\"EeAB\",\"certificate\":\"" PEM_ONE
                                        "\"},{\"evidence\":\"EeAB\",\"certificate\":"
                                        "\"" PEM_TWO "\"}]"),
                        &carrier, &err),
        RATLS_OK, "%s", err.detail);
    cr_expect(ratls_bytes_equal(rt_bytes_of(&carrier.evidence),
                                ratls_bytes((const uint8_t *)due, sizeof due - 1)));
}

static const struct {
    const char *json, *why;
} bad[] = {
    {"[\"evidence\",\"certificate\"]", "evidence is missing"},
    {"{\"device_evidence_list\":[]}", "list"},
    {"{\"device_evidence_list\":7}", "list"},
    {"{\"x\":\"device_evidence_list\"}", "list"},
    {"[{\"certificate\":\"MAA=\",\"x\":\"evidence\"}]", "evidence is missing"},
    {"[{\"certificate\":\"MAA=\",\"evidence\":[17]}]", "evidence is missing"},
    {"[{\"certificate\":\"MAA=\",\"evidence\":\"\"}]", "evidence is missing"},
    {"[{\"certificate\":\"MAA=\",\"evidence\":\"E!\"}]", "evidence is no base64"},
    {"[{\"certificate\":\"MAA=\",\"evidence\":\"11e\"}]", "evidence is no hex"},
    {"[{\"certificate\":\"MAA=\",\"evidence\":\"11g0\"}]", "evidence is no hex"},
    {"[{\"evidence\":\"EeAB\",\"x\":\"certificate\"}]", "certificate is missing"},
    {"[{\"evidence\":\"EeAB\",\"certificate\":\"M\"}]", "certificate is no base64"},
    {"[{\"evidence\":\"EeAB\",\"certificate\":\"YWI=\"}]", "certificate is no base64"},
    {"[" DEVICE(",\"nonce\":\"5a\"") "]", "nonce"},
    {"[" DEVICE(",\"nonce\":\"x\"") "]", "nonce"},
    {"[" DEVICE("") "] x", ""},
    {"[" DEVICE(",\"evidence\":\"EeAB\"") "]", ""},
};

Test(carrier_devices, what_is_malformed_is_refused)
{
    for (size_t i = 0; i < RT_COUNT(bad); i++) {
        const struct ratls_bytes text = ratls_bytes_str(bad[i].json);
        err = (struct ratls_error){0};
        cr_expect(rt_carrier_recognises(text), "row %zu", i);
        cr_expect_eq(rt_carrier_open(text, &carrier, &err), RATLS_E_EVIDENCE_FORMAT, "row %zu", i);
        cr_expect(strstr(err.detail, bad[i].why), "row %zu: %s", i, err.detail);
        rt_carrier_free(&carrier);
    }
}

Test(carrier_devices, too_many_devices_are_refused)
{
    static char json[65 * sizeof DEVICE("") + 1];
    size_t len = 0;

    for (size_t i = 0; i < 65; i++) {
        json[len++] = i == 0 ? '[' : ',';
        memcpy(json + len, DEVICE(""), sizeof DEVICE("") - 1);
        len += sizeof DEVICE("") - 1;
    }
    json[len++] = ']';
    cr_expect_eq(rt_carrier_open(ratls_bytes((const uint8_t *)json, len), &carrier, &err),
                 RATLS_E_EVIDENCE_FORMAT);
    cr_expect(strstr(err.detail, "list"), "%s", err.detail);
}
