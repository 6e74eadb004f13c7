/* Devices of NVIDIA in one evidence: its forms, and what must hold between devices. */
#include <stdio.h>

#include "cbor.h"
#include "nvidia_support.h"

TestSuite(nvidia_set, .init = setup, .fini = teardown, .timeout = 120);

/* ---- several devices ---- */

/* The first n of these: GPUs 0 to 7, then NVSwitches 0 to 3, of protected PCIe or not. */
static void make_machine(size_t gpus, size_t switches, bool protected_pcie)
{
    for (size_t i = 0; i < gpus + switches; i++) {
        const bool is_gpu = i < gpus;
        usual_device(i, is_gpu ? RT_SIM_NVIDIA_HOPPER : RT_SIM_NVIDIA_LS10,
                     (uint32_t)(is_gpu ? i : i - gpus));
        sim[i].state.protected_pcie = protected_pcie;
        make_device(i, NULL, NULL);
        if (i != 0 && i != gpus)
            sim[i].n_certs = 2; /* leaf and BROM: the first of its kind has their CAs */
    }
    root.cert = rt_bytes_of(&sim[0].chain.der[RT_SIM_NVIDIA_ROOT]);
}

static enum ratls_err verify_all(size_t n)
{
    present(n);
    return verify();
}

static void remake(size_t i, const struct rt_sim_nvidia_knobs *knobs)
{
    make_device(i, NULL, knobs);
    root.cert = rt_bytes_of(&sim[0].chain.der[RT_SIM_NVIDIA_ROOT]);
}

Test(nvidia_set, takes_several_devices_and_names_each)
{
    make_machine(2, 0, false);
    cr_assert_eq(verify_all(2), RATLS_OK, "%s", err.detail);
    cr_expect(rt_verifier_nvidia.recognises(input.evidence));
    cr_expect_eq(number("nvidia.devices.count"), 2);
    cr_expect_str_eq(text("nvidia.devices.0.device_uid"), "NVIDIA:GH100:5151515100000000");
    cr_expect_str_eq(text("nvidia.devices.1.device_uid"), "NVIDIA:GH100:5151515100000001");
    cr_expect_eq(ratls_claims_get(claims, "nvidia.devices.1.measurements")->n_items, 64);
    cr_expect_null(ratls_claims_get(claims, "platform_id"));
    cr_expect_null(ratls_claims_get(claims, "nvidia.device_uid"));
}

Test(nvidia_set, the_measurement_of_several_does_not_depend_on_their_order)
{
    char first[2 * RT_SIM_NVIDIA_DIGEST + 1];

    make_machine(2, 0, false);
    sim[1].state.block[3][0] ^= 1;
    remake(1, NULL);
    cr_assert_eq(verify_all(2), RATLS_OK, "%s", err.detail);
    memcpy(first, text("measurement"), sizeof first);
    const struct sim_device kept = sim[0];
    sim[0] = sim[1];
    sim[1] = kept;
    cr_assert_eq(verify_all(2), RATLS_OK, "%s", err.detail);
    cr_expect_str_eq(text("measurement"), first);
    sim[0].state.block[3][0] ^= 2;
    remake(0, NULL);
    cr_assert_eq(verify_all(2), RATLS_OK, "%s", err.detail);
    cr_expect_str_neq(text("measurement"), first);
}

/* T149 */
Test(nvidia_set, one_device_does_not_count_twice)
{
    make_machine(2, 0, false);
    usual_device(1, RT_SIM_NVIDIA_HOPPER, 0);
    remake(1, NULL); /* another report of the first */
    cr_expect_eq(verify_all(2), RATLS_E_DEVICE_DUPLICATE, "%s", err.detail);
}

Test(nvidia_set, all_answer_one_nonce)
{
    make_machine(2, 0, false);
    sim[1].state.nonce[31] ^= 1;
    remake(1, NULL);
    cr_expect_eq(verify_all(2), RATLS_E_BINDING_MISMATCH, "%s", err.detail);
}

Test(nvidia_set, each_is_proven)
{
    make_machine(3, 0, false);
    remake(2, &(const struct rt_sim_nvidia_knobs){.wrong_key = true});
    cr_expect_eq(verify_all(3), RATLS_E_EVIDENCE_SIGNATURE, "%s", err.detail);
}

Test(nvidia_set, one_simulated_root_makes_all_simulated)
{
    struct ratls_root roots[2] = {{.simulated = false}, {.simulated = true}};
    struct rt_sim_nvidia_keys others;
    const struct rt_sim_nvidia_pki_knobs genuine = {.organization = "NVIDIA"};

    make_machine(2, 0, false);
    make_device(0, &genuine, NULL);
    memcpy(roots[0].spki_sha256, root.spki_sha256, sizeof root.spki_sha256);
    roots[0].cert = rt_bytes_of(&sim[0].chain.der[RT_SIM_NVIDIA_ROOT]);
    MUST(rt_sim_nvidia_keys_open(ratls_env_system(), NULL, &others, NULL));
    MUST(rt_sha256(rt_key_spki(others.key[RT_SIM_NVIDIA_ROOT]), roots[1].spki_sha256));
    const struct rt_sim_nvidia_keys kept = keys;
    keys = others;
    make_device(1, &genuine, NULL);
    sim[1].n_certs = RT_SIM_NVIDIA_CERTS;
    input.roots = roots;
    input.n_roots = 2;
    cr_expect_eq(verify_all(2), RATLS_OK, "%s", err.detail);
    cr_expect_eq(number("simulated"), 1);
    cr_expect_eq(verify_all(1), RATLS_OK, "%s", err.detail);
    cr_expect_eq(number("simulated"), 0);
    const struct sim_device second = sim[1];
    sim[1] = sim[0];
    sim[0] = second;
    cr_expect_eq(verify_all(2), RATLS_OK, "%s", err.detail);
    cr_expect_eq(number("simulated"), 1);
    rt_sim_nvidia_keys_free(&others);
    keys = kept;
}

/* ---- protected PCIe ---- */

Test(nvidia_set, takes_a_whole_machine_of_protected_pcie_and_parts_of_it)
{
    make_machine(8, 4, true);
    present(12);
    cr_expect_leq(input.evidence.len, (size_t)RT_MAX_EVIDENCE, "%zu bytes", input.evidence.len);
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
    cr_expect_eq(number("nvidia.devices.count"), 12);
    cr_expect_eq(ratls_claims_get(claims, "nvidia.devices.0.switch_pdis")->n_items, 4);
    cr_expect_eq(number("nvidia.devices.7.feature_flag"), 2);
    cr_expect_eq(verify_all(9), RATLS_OK, "with one switch: %s", err.detail);
    cr_expect_eq(verify_all(2), RATLS_OK, "without: %s", err.detail);
    cr_expect_eq(verify_all(1), RATLS_OK, "one: %s", err.detail);
}

/* What a device names of its links, eight bytes each. */
#define PDI_A "AAAAAAAA"
#define PDI_B "BBBBBBBB"
#define PDI_C "CCCCCCCC"
#define PDI_D "DDDDDDDD"
#define PDI_E "EEEEEEEE"
#define OFF   "\0\0\0\0\0\0\0\0"

static const struct {
    const char *name;
    size_t device; /* 0: a GPU, 2: an NVSwitch */
    struct rt_sim_nvidia_edit edit;
    const char *detail;
} unfit[] = {
    {"three switches", 0, {22, TAIL(PDI_A PDI_B PDI_C PDI_C OFF), false}, "other than 4"},
    {"five switches", 0, {22, TAIL(PDI_A PDI_B PDI_C PDI_D PDI_E), false}, "other than 4"},
    {"no switches", 0, {22, {NULL, 0}, false}, "other than 4"},
    {"four others", 0, {22, TAIL(PDI_A PDI_B PDI_C PDI_D), false}, "not linked to the same"},
    {"another mode", 0, {36, TAIL("\1\0"), false}, "another mode"},
    {"no mode", 0, {36, {NULL, 0}, false}, "another mode"},
    {"a GPU", 2, {26, TAIL(PDI_A), false}, "other than 8"},
    {"other GPUs",
     3,
     {26, TAIL(PDI_A PDI_B PDI_C PDI_D PDI_E "FFFFFFFFGGGGGGGGHHHHHHHH"), false},
     "not linked to the same"},
    {"a stranger", 2, {22, TAIL(PDI_A), false}, "no GPU is linked to"},
    {"not reversed", 2, {22, TAIL("SSSSSSS\0"), false}, "no GPU is linked to"},
    {"two of its own", 2, {22, TAIL(PDI_A PDI_B), false}, "no GPU is linked to"},
};

Test(nvidia_set, refuses_links_that_do_not_fit)
{
    for (size_t i = 0; i < RT_COUNT(unfit); i++) {
        make_machine(2, 2, true);
        remake(unfit[i].device, &(const struct rt_sim_nvidia_knobs){.edit = {unfit[i].edit}});
        cr_expect_eq(verify_all(4), RATLS_E_DEVICE_SET, "%s: %s", unfit[i].name, err.detail);
        cr_expect(strstr(err.detail, unfit[i].detail), "%s: %s", unfit[i].name, err.detail);
    }
}

Test(nvidia_set, a_switch_counts_once_whatever_its_certificate_says)
{
    make_machine(2, 2, true);
    usual_device(3, RT_SIM_NVIDIA_LS10, 4); /* the PDI of number 0 */
    remake(3, NULL);
    cr_expect_eq(verify_all(4), RATLS_E_DEVICE_DUPLICATE, "%s", err.detail);
}

Test(nvidia_set, switches_without_gpus_fit_each_other)
{
    make_machine(0, 2, true);
    root.cert = rt_bytes_of(&sim[0].chain.der[RT_SIM_NVIDIA_ROOT]);
    cr_expect_eq(verify_all(2), RATLS_OK, "%s", err.detail);
}

Test(nvidia_set, a_machine_has_eight_gpus)
{
    make_machine(9, 0, true);
    cr_expect_eq(verify_all(9), RATLS_E_DEVICE_SET, "%s", err.detail);
    cr_expect(strstr(err.detail, "more than 8"), "%s", err.detail);
}

/* ---- the CBOR ---- */

static enum ratls_err verify_cbor(struct rt_writer *w)
{
    input.evidence = rt_written(w);
    enum ratls_err e = verify();
    rt_writer_free(w);
    return e;
}

/* An array of `items`, its report and certificates, and `extra` behind them. */
static void put_device(struct rt_writer *w, size_t items, size_t certs, const char *extra)
{
    rt_cbor_put(w, RT_CBOR_ARRAY, items);
    rt_cbor_put_bstr(w, rt_bytes_of(&sim[0].report));
    rt_cbor_put(w, RT_CBOR_ARRAY, certs);
    for (size_t i = 0; i < certs; i++)
        rt_cbor_put_bstr(w, sim[0].cert[i % RT_SIM_NVIDIA_CERTS]);
    rt_put_bytes(w, ratls_bytes_str(extra));
}

static const struct {
    const char *name;
    size_t items, certs;
    const char *extra;
    enum ratls_err e;
} forms[] = {
    {"two items", 2, 5, "", RATLS_OK},
    {"nothing said", 3, 5, "\xa0", RATLS_OK},
    {"eight certificates", 2, 8, "", RATLS_OK},
    {"nine certificates", 2, 9, "", RATLS_E_EVIDENCE_FORMAT},
    {"no certificates", 2, 0, "", RATLS_E_EVIDENCE_FORMAT},
    {"four items", 4, 5, "\xa0\xa0", RATLS_E_EVIDENCE_FORMAT},
    {"a number behind", 3, 5, "\x01", RATLS_E_EVIDENCE_FORMAT},
    {"an array behind", 3, 5, "\x80", RATLS_E_EVIDENCE_FORMAT},
    {"an unknown saying", 3, 5, "\xa1\x61x\x61y", RATLS_E_EVIDENCE_FORMAT},
    {"an arch in bytes", 3, 5,
     "\xa1\x64"
     "arch"
     "\x46"
     "hopper",
     RATLS_E_EVIDENCE_FORMAT},
    {"an empty arch", 3, 5,
     "\xa1\x64"
     "arch"
     "\x60",
     RATLS_E_EVIDENCE_FORMAT},
    {"the arch", 3, 5,
     "\xa1\x64"
     "arch"
     "\x66"
     "HOPPER",
     RATLS_OK},
    {"another arch", 3, 5,
     "\xa1\x64"
     "arch"
     "\x69"
     "BLACKWELL",
     RATLS_E_EVIDENCE_MISMATCH},
    {"the driver", 3, 5,
     "\xa1\x6e"
     "driver_version"
     "\x66"
     "590.12",
     RATLS_OK},
    {"a newer driver", 3, 5,
     "\xa1\x6e"
     "driver_version"
     "\x66"
     "590.13",
     RATLS_E_EVIDENCE_MISMATCH},
    {"the driver's beginning", 3, 5,
     "\xa1\x6e"
     "driver_version"
     "\x65"
     "590.1",
     RATLS_E_EVIDENCE_MISMATCH},
    {"64 letters", 3, 5,
     "\xa1\x6e"
     "driver_version"
     "\x78\x40" FORTY_EIGHT "0123456789abcdef",
     RATLS_E_EVIDENCE_MISMATCH},
    {"65 letters", 3, 5,
     "\xa1\x6e"
     "driver_version"
     "\x78\x41" FORTY_EIGHT "0123456789abcdef0",
     RATLS_E_EVIDENCE_FORMAT},
    {"the VBIOS", 3, 5,
     "\xa1\x6d"
     "vbios_version"
     "\x6e"
     "96.00.A5.00.01",
     RATLS_OK},
    {"another VBIOS", 3, 5,
     "\xa1\x6d"
     "vbios_version"
     "\x6e"
     "96.00.A5.00.02",
     RATLS_E_EVIDENCE_MISMATCH},
    {"the nonce", 3, 5,
     "\xa1\x65"
     "nonce"
     "\x58\x20"
     "ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ",
     RATLS_OK},
    {"another nonce", 3, 5,
     "\xa1\x65"
     "nonce"
     "\x58\x20"
     "ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZY",
     RATLS_E_EVIDENCE_MISMATCH},
    {"the nonce's beginning", 3, 5,
     "\xa1\x65"
     "nonce"
     "\x41"
     "Z",
     RATLS_E_EVIDENCE_MISMATCH},
    {"a saying twice", 3, 5,
     "\xa2\x64"
     "arch"
     "\x66"
     "HOPPER"
     "\x64"
     "arch"
     "\x66"
     "HOPPER",
     RATLS_E_EVIDENCE_FORMAT},
};

Test(nvidia_set, takes_lawful_forms_and_no_others)
{
    for (size_t i = 0; i < RT_COUNT(forms); i++) {
        struct rt_writer w = {0};
        put_device(&w, forms[i].items, forms[i].certs, forms[i].extra);
        cr_expect_eq(verify_cbor(&w), forms[i].e, "%s: %s", forms[i].name, err.detail);
    }
}

Test(nvidia_set, refuses_too_many_devices_certificates_and_other_items)
{
    static const uint8_t big[2049];
    struct rt_writer w = {0};

    rt_cbor_put(&w, RT_CBOR_ARRAY, 13);
    for (size_t i = 0; i < 13; i++) {
        rt_cbor_put(&w, RT_CBOR_ARRAY, 2);
        rt_cbor_put_bstr(&w, ratls_bytes_str("\x11\xe0"));
        rt_cbor_put(&w, RT_CBOR_ARRAY, 1);
        rt_cbor_put_bstr(&w, ratls_bytes_str("0"));
    }
    cr_expect_eq(verify_cbor(&w), RATLS_E_EVIDENCE_FORMAT);
    cr_expect(strstr(err.detail, "more than 12"), "%s", err.detail);
    put_device(&w, 2, 0, "");
    w.p[w.len - 1]++; /* one certificate */
    rt_cbor_put_bstr(&w, ratls_bytes(big, sizeof big));
    cr_expect_eq(verify_cbor(&w), RATLS_E_EVIDENCE_FORMAT);
    cr_expect(strstr(err.detail, "1 to 8 byte strings"), "%s", err.detail);
    rt_put_bytes(&w, ratls_bytes_str("\x82\x01\x02"));
    cr_expect_eq(verify_cbor(&w), RATLS_E_EVIDENCE_FORMAT);
    rt_cbor_put(&w, RT_CBOR_ARRAY, 2);
    put_device(&w, 2, 1, "");
    rt_put_u8(&w, 1); /* a number among devices */
    cr_expect_eq(verify_cbor(&w), RATLS_E_EVIDENCE_FORMAT, "%s", err.detail);
}

Test(nvidia_set, certificates_are_byte_strings_in_an_array)
{
    static const char *const odd[] = {"\x40", "\x61x"};
    const size_t head = 4 + sim[0].report.len; /* of the array */
    struct rt_writer w = {0};

    for (size_t i = 0; i < RT_COUNT(odd); i++) {
        put_device(&w, 2, 5, odd[i]);
        w.p[head]++;
        cr_expect_eq(verify_cbor(&w), RATLS_E_EVIDENCE_FORMAT, "%zu: %s", i, err.detail);
        cr_expect(strstr(err.detail, "1 to 8 byte strings"), "%zu: %s", i, err.detail);
    }
    put_device(&w, 2, 0, "");
    w.p[head] = 1; /* a number */
    cr_expect_eq(verify_cbor(&w), RATLS_E_EVIDENCE_FORMAT, "%s", err.detail);
}

Test(nvidia_set, recognises_its_forms_alone)
{
    static const struct {
        const char *text;
        bool ours;
    } rows[] = {
        {"\x11\xe0", true},
        {"\x12\xe0", true},
        {"\x21\xe0", false},
        {"\x11\xe1", false},
        {"\x11", false},
        {"", false},
        {"\x82\x42\x11\xe0", true},
        {"\x83\x42\x11\xe0", true},
        {"\x84\x42\x11\xe0", false},
        {"\x82\x43\x11\xe0", false},
        {"\x81\x82\x42\x11\xe0", true},
        {"\x80\x82\x42\x11\xe0", false},
        {"\x81\x81\x82\x42\x11\xe0", false},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++)
        cr_expect_eq(rt_verifier_nvidia.recognises(ratls_bytes_str(rows[i].text)), rows[i].ours,
                     "row %zu", i);
}

/* ---- for people ---- */

Test(nvidia_set, is_described_without_proof)
{
    claims = ratls_claims_new();
    cr_expect_eq(rt_verifier_nvidia.describe(input.evidence, claims, &err), RATLS_OK, "%s",
                 err.detail);
    cr_expect_str_eq(text("nvidia.device_uid"), "NVIDIA:GH100:5151515100000007");
    cr_expect_str_eq(text("tcb_status"), "not_evaluated");
    cr_expect_null(ratls_claims_get(claims, "simulated"));
    ratls_claims_free(claims);
    claims = ratls_claims_new();
    cr_expect_eq(rt_verifier_nvidia.describe(rt_bytes_of(&sim[0].report), claims, &err), RATLS_OK,
                 "%s", err.detail);
    cr_expect_null(ratls_claims_get(claims, "nvidia.device_uid"));
    cr_expect_null(ratls_claims_get(claims, "nvidia.arch"));
    cr_expect_null(ratls_claims_get(claims, "platform_id"));
    cr_expect_str_eq(text("nvidia.driver_version"), "590.12");
}
