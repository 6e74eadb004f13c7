/* Devices of NVIDIA: every reject condition, and what must come out of good reports. */
#include <stdio.h>
#include <stdlib.h>

#include "evidence_keys_support.h"

#include "cbor.h"
#include "mint.h"
#include "mint_crl.h"
#include "nvidia_support.h"

#define HEX8(two)  two two two two two two two two
#define HEX32(two) HEX8(two) HEX8(two) HEX8(two) HEX8(two)
#define HEX48(two) HEX32(two) HEX8(two) HEX8(two)

TestSuite(nvidia_verify, .init = setup, .fini = teardown, .timeout = 120);

/* ---- good reports ---- */

Test(nvidia_verify, accepts_each_kind_of_device)
{
    static const char *const arch[] = {"hopper", "blackwell", "ls10"};

    for (unsigned i = 0; i < RT_COUNT(arch); i++) {
        cr_expect_eq(verify_bad(&(const struct bad_nvidia){.arch = (enum rt_sim_nvidia_arch)i}),
                     RATLS_OK, "%s: %s", arch[i], err.detail);
        cr_expect(rt_verifier_nvidia.recognises(input.evidence));
        cr_expect_str_eq(text("nvidia.arch"), arch[i]);
    }
    cr_expect_eq(number("nvidia.measurements.count"), 31);
    cr_expect_str_eq(text("nvidia.vbios_version"), "96.10.6b.00.01");
    cr_expect_null(ratls_claims_get(claims, "nvidia.driver_version"));
    cr_expect_null(ratls_claims_get(claims, "nvidia.switch_pdis"));
    cr_expect_str_eq(ratls_claims_get(claims, "nvidia.own_pdi")->items[0], "0353535353535353");
    cr_expect_eq(ratls_claims_get(claims, "nvidia.gpu_pdis")->n_items, 8);
}

Test(nvidia_verify, shows_each_field_at_its_place)
{
    cr_assert_eq(verify(), RATLS_OK, "%s", err.detail);
    cr_expect_str_eq(text("tee"), "nvidia");
    cr_expect_str_eq(text("tcb_status"), "unrated");
    cr_expect_eq(number("simulated"), 1);
    cr_expect_eq(number("debug"), 0);
    cr_expect_eq(ratls_claims_get(claims, "advisory_ids")->n_items, 0);
    cr_expect_str_eq(text("report_data"), HEX32("5a") HEX32("00"));
    cr_expect_str_eq(text("nonce"), HEX32("5a"));
    cr_expect_str_eq(text("nvidia.nonce"), HEX32("5a"));
    cr_expect_eq(number("nvidia.devices.count"), 1);
    cr_expect_str_eq(text("nvidia.device_uid"), "NVIDIA:GH100:5151515100000007");
    cr_expect_str_eq(text("platform_id"), "5151515100000007");
    cr_expect_str_eq(text("nvidia.driver_version"), "590.12");
    cr_expect_str_eq(text("nvidia.vbios_version"), "96.00.a5.00.01");
    cr_expect_str_eq(text("nvidia.fwid"), HEX48("5f"));
    cr_expect_str_eq(text("nvidia.board_id"), "b1030000");
    cr_expect_str_eq(text("nvidia.chip_sku"), "882");
    cr_expect_str_eq(text("nvidia.nvdec0_status"), "55");
    cr_expect_str_eq(text("nvidia.protected_pcie_status"), "55");
    cr_expect_str_eq(text("nvidia.ocsp_status"), "unknown");
    cr_expect_eq(number("nvidia.feature_flag"), 0);
    cr_expect_eq(number("nvidia.measurements.count"), 64);
    cr_expect_str_eq(text("nvidia.measurements.1"), HEX48("01"));
    cr_expect_str_eq(text("nvidia.measurements.64"), HEX48("40"));
    cr_expect_eq(ratls_claims_get(claims, "nvidia.measurement_counts")->n_items, 64);
    cr_expect_str_eq(ratls_claims_get(claims, "nvidia.measurement_counts")->items[0], "1");
    cr_expect_eq(number("collateral_expires"), UINT64_C(253402300799));
}

Test(nvidia_verify, the_measurement_is_over_all_blocks_by_their_index)
{
    uint8_t all[RT_SIM_NVIDIA_BLOCKS][RT_SIM_NVIDIA_DIGEST], due[RT_SIM_NVIDIA_DIGEST];
    char hex[2 * sizeof due + 1];

    memcpy(all, sim[0].state.block, sizeof all);
    MUST(rt_hash(RT_SHA384, ratls_bytes(all[0], sizeof all), due));
    rt_hex(ratls_bytes(due, sizeof due), hex);
    cr_assert_eq(verify(), RATLS_OK, "%s", err.detail);
    cr_expect_str_eq(text("measurement"), hex);
    /* Blocks 1 and 2 in the other order: their values change places as well. */
    make_device(0, NULL,
                &(const struct rt_sim_nvidia_knobs){
                    .patch = {{BAD_BLOCK_INDEX, 2}, {BAD_BLOCK_INDEX + 55, 1}}});
    present_with_root();
    cr_assert_eq(verify(), RATLS_OK, "%s", err.detail);
    cr_expect_str_eq(text("nvidia.measurements.2"), HEX48("01"));
    cr_expect_str_neq(text("measurement"), hex);
}

Test(nvidia_verify, unknown_fields_are_passed_over_and_trailing_bytes_counted)
{
    const struct rt_sim_nvidia_knobs knobs = {
        .edit = {{.type = 255, .value = TAIL("x"), .in_addition = true},
                 {.type = 255, .value = TAIL("y"), .in_addition = true}},
        .trailing = 8};

    make_device(0, NULL, &knobs);
    present_with_root();
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
    cr_expect_eq(number("nvidia.trailing_bytes"), 8);
}

Test(nvidia_verify, text_that_is_none_is_shown_as_hex)
{
    make_device(0, NULL,
                &(const struct rt_sim_nvidia_knobs){.edit = {{.type = 15, .value = TAIL("\x80")}}});
    present_with_root();
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
    cr_expect_str_eq(text("nvidia.chip_sku"), "80");
}

/* The last of 64 bytes, and of a product that is longer than those that are known. */
Test(nvidia_verify, a_serial_number_that_is_no_hex_names_no_platform)
{
    static const char *const ids[] = {"NVIDIA:GH100:XYZ", "NVIDIA:GH100:~",
                                      "NVIDIA:GH100:" FORTY_EIGHT "012",
                                      "NVIDIA:GH100" FORTY_EIGHT ":XYZ"};

    for (size_t i = 0; i < RT_COUNT(ids); i++) {
        make_device(0, &(const struct rt_sim_nvidia_pki_knobs){.leaf_id = ids[i]}, NULL);
        present_with_root();
        cr_expect_eq(verify(), RATLS_OK, "%s: %s", ids[i], err.detail);
        cr_expect_str_eq(text("nvidia.device_uid"), ids[i]);
        cr_expect_null(ratls_claims_get(claims, "platform_id"), "%s", ids[i]);
    }
}

Test(nvidia_verify, the_certificate_of_a_switch_need_not_name_firmware)
{
    cr_expect_eq(verify_bad(&(const struct bad_nvidia){.arch = RT_SIM_NVIDIA_LS10,
                                                       .pki.leaf_fwid_missing = true}),
                 RATLS_OK, "%s", err.detail);
}

Test(nvidia_verify, links_are_listed_once_and_those_that_are_off_never)
{
    static const uint8_t pdis[10][8] = {{0}, {8}, {8}, {7}, {6}, {5}, {4}, {3}, {2}, {1}};

    cr_expect_eq(verify_bad(&(const struct bad_nvidia){
                     .arch = RT_SIM_NVIDIA_LS10,
                     .report.edit = {{.type = 26, .value = {pdis[0], sizeof pdis}}}}),
                 RATLS_OK, "%s", err.detail);
    const struct ratls_claim *list = ratls_claims_get(claims, "nvidia.gpu_pdis");
    cr_assert(list && list->n_items == 8);
    cr_expect_str_eq(list->items[0], "0100000000000000");
}

Test(nvidia_verify, names_the_keys_of_the_whole_chain)
{
    const struct key_digest due[] = {
        digest_of_cert(&sim[0].chain.der[RT_SIM_NVIDIA_LEAF]),
        digest_of_cert(&sim[0].chain.der[RT_SIM_NVIDIA_BROM]),
        digest_of_cert(&sim[0].chain.der[RT_SIM_NVIDIA_PROVISIONER]),
        digest_of_cert(&sim[0].chain.der[RT_SIM_NVIDIA_IDENTITY]),
        digest_of_cert(&sim[0].chain.der[RT_SIM_NVIDIA_ROOT]),
    };

    cr_assert_eq(verify(), RATLS_OK, "%s", err.detail);
    expect_evidence_keys(claims, due, RT_COUNT(due));
}

Test(nvidia_verify, a_genuine_root_is_not_simulated)
{
    root.simulated = false;
    cr_expect_eq(verify(), RATLS_OK);
    cr_expect_eq(number("simulated"), 1, "its organization says so");
    make_device(0, &(const struct rt_sim_nvidia_pki_knobs){.organization = "NVIDIA"}, NULL);
    present_with_root();
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
    cr_expect_eq(number("simulated"), 0);
}

/* ---- flaws ---- */

Test(nvidia_verify, refuses_every_flaw)
{
    for (size_t i = 0; i < RT_COUNT(bad_nvidia); i++) {
        const struct bad_nvidia *plan = &bad_nvidia[i];
        cr_expect_eq(verify_bad(plan), plan->e, "%s: %s %s", plan->name, ratls_err_reason(err.code),
                     err.detail);
        cr_expect(strstr(err.detail, plan->detail), "%s: %s", plan->name, err.detail);
        cr_expect_null(ratls_claims_get(claims, "evidence_keys"), "%s", plan->name);
    }
}

/* T149: each byte that is signed, the responder's nonce among them. */
Test(nvidia_verify, refuses_every_flipped_byte_of_a_report)
{
    for (size_t i = 0; i < sim[0].report.len; i++) {
        sim[0].report.p[i] ^= 0x10;
        present_with_root();
        cr_expect_neq(verify(), RATLS_OK, "byte %zu", i);
        sim[0].report.p[i] ^= 0x10;
    }
}

Test(nvidia_verify, refuses_every_truncation_and_every_longer_envelope)
{
    const size_t len = input.evidence.len;

    for (size_t i = 0; i < len; i += i + 64 < len ? 13 : 1) {
        input.evidence.len = i;
        cr_expect_neq(verify(), RATLS_OK, "%zu bytes", i);
    }
    for (size_t cut = 1; cut <= sim[0].report.len; cut += 7) {
        input.evidence = ratls_bytes(sim[0].report.p, sim[0].report.len - cut);
        cr_expect_neq(verify(), RATLS_OK, "report cut by %zu", cut);
    }
    struct rt_writer w = {0};
    rt_put_bytes(&w, rt_bytes_of(&evidence));
    rt_put_u8(&w, 0);
    input.evidence = rt_written(&w);
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_FORMAT, "%s", err.detail);
    rt_writer_free(&w);
}

Test(nvidia_verify, refuses_a_report_that_is_too_large)
{
    struct ratls_buffer big = {calloc(1, 16 * 1024 + 1), 16 * 1024 + 1};

    cr_assert(big.p);
    memcpy(big.p, sim[0].report.p, sim[0].report.len);
    input.evidence = rt_bytes_of(&big);
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_FORMAT);
    cr_expect(strstr(err.detail, "too large"), "%s", err.detail);
    ratls_buffer_free(&big);
}

Test(nvidia_verify, refuses_a_chain_without_each_of_its_cas)
{
    const struct ratls_bytes all[] = {sim[0].cert[0], sim[0].cert[1], sim[0].cert[2],
                                      sim[0].cert[3], sim[0].cert[4]};

    for (size_t left_out = 1; left_out < RT_COUNT(all); left_out++) {
        size_t n = 0;
        for (size_t i = 0; i < RT_COUNT(all); i++)
            if (i != left_out)
                sim[0].cert[n++] = all[i];
        sim[0].n_certs = n;
        present(1);
        cr_expect_eq(verify(), RATLS_E_EVIDENCE_CHAIN, "%zu: %s", left_out, err.detail);
        cr_expect(strstr(err.detail, "is missing"), "%s", err.detail);
    }
}

Test(nvidia_verify, takes_cas_in_any_order_and_the_leaf_in_its_place_only)
{
    struct ratls_bytes kept = sim[0].cert[1];

    sim[0].cert[1] = sim[0].cert[3];
    sim[0].cert[3] = kept;
    present_with_root();
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
    kept = sim[0].cert[0];
    sim[0].cert[0] = sim[0].cert[1];
    sim[0].cert[1] = kept;
    present_with_root();
    cr_expect_neq(verify(), RATLS_OK);
}

Test(nvidia_verify, refuses_another_root_and_none)
{
    input.n_roots = 0;
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_ROOT, "%s", err.detail);
    input.n_roots = 1;
    root.spki_sha256[31] ^= 1;
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_ROOT, "%s", err.detail);
    sim[0].n_certs = RT_SIM_NVIDIA_LEAF;
    present(1);
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_CHAIN, "%s", err.detail);
    memcpy(root.spki_sha256, rt_verifier_nvidia.pins[0], sizeof root.spki_sha256);
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_CHAIN, "NVIDIA's key did not sign it");
}

/* A leaf may not be its own anchor. */
Test(nvidia_verify, a_trusted_leaf_is_no_root)
{
    MUST(rt_sha256(rt_key_spki(keys.key[RT_SIM_NVIDIA_LEAF]), root.spki_sha256));
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_ROOT, "%s", err.detail);
}

Test(nvidia_verify, the_roots_certificate_may_be_configured_instead)
{
    sim[0].n_certs = RT_SIM_NVIDIA_LEAF;
    present(1);
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_CHAIN, "%s", err.detail);
    root.cert = rt_bytes_of(&sim[0].chain.der[RT_SIM_NVIDIA_ROOT]);
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
}

Test(nvidia_verify, refuses_another_curve)
{
    rt_key_free(keys.key[RT_SIM_NVIDIA_PROVISIONER]);
    MUST(rt_key_generate(ratls_env_system(), RT_P256, &keys.key[RT_SIM_NVIDIA_PROVISIONER]));
    make_device(0, NULL, NULL);
    present_with_root();
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_ALGORITHM, "%s", err.detail);
}

Test(nvidia_verify, refuses_dates_at_their_edges)
{
    const int64_t ends = 1700000000;

    make_device(0,
                &(const struct rt_sim_nvidia_pki_knobs){.not_after = {[RT_SIM_NVIDIA_BROM] = ends}},
                NULL);
    present_with_root();
    input.now = ends;
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
    cr_expect_eq(number("collateral_expires"), (uint64_t)ends);
    input.now = ends + 1;
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_TIME, "%s", err.detail);
}

/* Of the device alone, where the report is signed as ever. */
Test(nvidia_verify, refuses_another_curve_of_the_device)
{
    rt_key_free(keys.key[RT_SIM_NVIDIA_LEAF]);
    MUST(rt_key_generate(ratls_env_system(), RT_P256, &keys.key[RT_SIM_NVIDIA_LEAF]));
    rt_sim_nvidia_chain_free(&sim[0].chain);
    MUST(rt_sim_nvidia_chain_make(ratls_env_system(), &keys, &sim[0].state.device, NULL,
                                  &sim[0].chain));
    for (size_t k = 0; k < RT_SIM_NVIDIA_CERTS; k++)
        sim[0].cert[k] = rt_bytes_of(&sim[0].chain.der[RT_SIM_NVIDIA_LEAF - k]);
    present_with_root();
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_ALGORITHM, "%s", err.detail);
}

/* CAs that each issued the next, `n` of them between root and leaf. */
static void mint_chain(struct ratls_buffer *der, size_t n)
{
    struct rt_x509 above;

    MUST(rt_x509_parse(rt_bytes_of(&sim[0].chain.der[RT_SIM_NVIDIA_IDENTITY]), &above, NULL));
    for (size_t i = 0; i < n; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "CA %zu", i);
        const struct rt_mint what = {
            .subject_spki = rt_key_spki(
                keys.key[i + 1 == n ? RT_SIM_NVIDIA_PROVISIONER : RT_SIM_NVIDIA_IDENTITY]),
            .subject = {.common_name = i + 1 == n ? "sim GH100 Provisioner ICA 1" : name,
                        .organization = i + 1 == n ? RT_SIM_ORGANIZATION : NULL,
                        .country = i + 1 == n ? "US" : NULL},
            .issuer_key = keys.key[RT_SIM_NVIDIA_IDENTITY],
            .issuer_name = above.subject,
            .is_ca = true,
            .path_len = -1,
            .not_before = 1600000000,
            .not_after = 4000000000,
        };
        MUST(rt_mint(ratls_env_system(), &what, &der[i], NULL));
        MUST(rt_x509_parse(rt_bytes_of(&der[i]), &above, NULL));
    }
}

Test(nvidia_verify, refuses_a_chain_of_more_than_eight)
{
    struct ratls_buffer der[5] = {{0}};

    for (size_t n = 4; n <= 5; n++) {
        /* leaf, BROM, n CAs, identity, root */
        mint_chain(der, n);
        struct rt_writer pem = {0};
        struct ratls_buffer text_of_one;
        for (size_t i = 0; i < n; i++) {
            MUST(rt_pem_write("CERTIFICATE", rt_bytes_of(&der[i]), &text_of_one));
            rt_put_bytes(&pem, rt_bytes_of(&text_of_one));
            ratls_buffer_free(&text_of_one);
            ratls_buffer_free(&der[i]);
        }
        const struct ratls_bytes own[] = {sim[0].cert[0], sim[0].cert[1], sim[0].cert[3],
                                          sim[0].cert[4]};
        const struct rt_nvidia_parts parts = {rt_bytes_of(&sim[0].report), own, RT_COUNT(own)};
        ratls_buffer_free(&evidence);
        MUST(rt_nvidia_evidence(&parts, 1, &evidence));
        input.evidence = rt_bytes_of(&evidence);
        input.certs = rt_written(&pem);
        cr_expect_eq(verify(), n == 4 ? RATLS_OK : RATLS_E_EVIDENCE_CHAIN, "%zu: %s", n,
                     err.detail);
        rt_writer_free(&pem);
    }
    cr_expect(strstr(err.detail, "more than 8"), "%s", err.detail);
}

/* ---- beside the evidence ---- */

Test(nvidia_verify, refuses_what_it_has_no_use_for)
{
    const struct ratls_bytes log = ratls_bytes_str("log");

    input.event_log = log;
    cr_expect_eq(verify(), RATLS_E_EVENT_LOG);
    input.event_log = ratls_bytes(NULL, 0);
    input.ima_log = log;
    cr_expect_eq(verify(), RATLS_E_EVENT_LOG);
}

/* All certificates of the i-th device as PEM. */
static void put_pem(struct rt_writer *w, size_t i, size_t from, size_t n)
{
    struct ratls_buffer one;

    for (size_t k = from; k < n; k++) {
        MUST(rt_pem_write("CERTIFICATE", sim[i].cert[k], &one));
        rt_put_bytes(w, rt_bytes_of(&one));
        ratls_buffer_free(&one);
    }
}

Test(nvidia_verify, a_bare_report_takes_its_leaf_from_beside_it)
{
    struct rt_writer pem = {0};

    input.evidence = rt_bytes_of(&sim[0].report);
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_CHAIN);
    cr_expect(strstr(err.detail, "the device's certificate is missing"), "%s", err.detail);
    put_pem(&pem, 0, 1, RT_SIM_NVIDIA_CERTS);
    put_pem(&pem, 0, 0, 1);
    put_pem(&pem, 0, 0, 1); /* the same twice */
    input.certs = rt_written(&pem);
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
    usual_device(1, RT_SIM_NVIDIA_HOPPER, 8);
    make_device(1, NULL, NULL);
    put_pem(&pem, 1, 0, 1);
    input.certs = rt_written(&pem);
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_CHAIN);
    cr_expect(strstr(err.detail, "more than one device"), "%s", err.detail);
    rt_writer_free(&pem);
}

/* Those of other TEEs stand in the same place. */
Test(nvidia_verify, a_bare_report_passes_over_certificates_of_others)
{
    static const struct rt_sim_nvidia_pki_knobs others[] = {{.leaf_fwid_missing = true},
                                                            {.leaf_is_ca = true}};
    struct rt_writer pem = {0};

    put_pem(&pem, 0, 0, RT_SIM_NVIDIA_CERTS);
    usual_device(1, RT_SIM_NVIDIA_HOPPER, 8);
    for (size_t i = 0; i < RT_COUNT(others); i++) {
        make_device(1, &others[i], NULL);
        put_pem(&pem, 1, 0, 1);
        input.evidence = rt_bytes_of(&sim[0].report);
        input.certs = rt_written(&pem);
        cr_expect_eq(verify(), RATLS_OK, "%zu: %s", i, err.detail);
    }
    rt_writer_free(&pem);
}

Test(nvidia_verify, refuses_too_many_certificates_and_broken_ones_beside_it)
{
    struct rt_writer pem = {0};

    for (size_t i = 0; i < 32; i++)
        put_pem(&pem, 0, 1, 2);
    input.certs = rt_written(&pem);
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
    put_pem(&pem, 0, 1, 2);
    input.certs = rt_written(&pem);
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_CHAIN);
    cr_expect(strstr(err.detail, "more than 32"), "%s", err.detail);
    input.certs = ratls_bytes_str("-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----\n");
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_CHAIN);
    cr_expect(strstr(err.detail, "malformed PEM"), "%s", err.detail);
    rt_writer_free(&pem);
}

Test(nvidia_verify, refuses_other_versions_of_spdm)
{
    sim[0].report.p[0] = 0x12;
    present_with_root();
    cr_expect(rt_verifier_nvidia.recognises(input.evidence));
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_PROFILE, "%s", err.detail);
}

/* ---- revocation ---- */

enum { LISTS = 17 };
static struct ratls_buffer list[LISTS];
static struct ratls_bytes lists[LISTS];

/* The i-th list, by this CA, of what `of` (or nothing, below 0) is, good for some time. */
static void make_list(size_t i, enum rt_sim_nvidia_cert by, int of, int64_t from)
{
    struct rt_x509 issuer, revoked = {.serial = {NULL, 0}};

    MUST(rt_x509_parse(rt_bytes_of(&sim[0].chain.der[by]), &issuer, NULL));
    if (of >= 0)
        MUST(rt_x509_parse(rt_bytes_of(&sim[0].chain.der[of]), &revoked, NULL));
    ratls_buffer_free(&list[i]);
    MUST(rt_mint_crl(ratls_env_system(),
                     &(struct rt_mint_crl){.issuer_key = keys.key[by],
                                           .issuer_name = issuer.subject,
                                           .this_update = from,
                                           .next_update = from + 1000,
                                           .number = 1,
                                           .serials = &revoked.serial,
                                           .n = of >= 0},
                     &list[i], NULL));
    lists[i] = rt_bytes_of(&list[i]);
    input.crls = lists;
}

static void free_lists(void)
{
    for (size_t i = 0; i < LISTS; i++)
        ratls_buffer_free(&list[i]);
}

Test(nvidia_verify, lists_that_cover_the_chain_are_good_and_end_the_verdict)
{
    const int64_t from = input.now - 500;

    cr_expect_eq(verify(), RATLS_OK);
    cr_expect_str_eq(text("nvidia.crl_status"), "not_checked");
    make_list(0, RT_SIM_NVIDIA_ROOT, -1, from);
    input.n_crls = 1;
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
    cr_expect_str_eq(text("nvidia.crl_status"), "not_checked");
    cr_expect_eq(number("collateral_expires"), (uint64_t)from + 1000);
    make_list(1, RT_SIM_NVIDIA_IDENTITY, RT_SIM_NVIDIA_IDENTITY, from);
    input.n_crls = 2;
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
    cr_expect_str_eq(text("nvidia.crl_status"), "good");
    input.insecure_no_crl = true;
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
    cr_expect_str_eq(text("nvidia.crl_status"), "not_checked");
    free_lists();
}

Test(nvidia_verify, what_a_list_revokes_is_refused)
{
    make_list(0, RT_SIM_NVIDIA_ROOT, RT_SIM_NVIDIA_IDENTITY, input.now - 500);
    input.n_crls = 1;
    cr_expect_eq(verify(), RATLS_E_REVOKED, "%s", err.detail);
    make_list(0, RT_SIM_NVIDIA_IDENTITY, RT_SIM_NVIDIA_PROVISIONER, input.now - 500);
    cr_expect_eq(verify(), RATLS_E_REVOKED, "%s", err.detail);
    /* an old one, too, beside a newer one without it */
    make_list(0, RT_SIM_NVIDIA_IDENTITY, RT_SIM_NVIDIA_PROVISIONER, input.now - 5000);
    make_list(1, RT_SIM_NVIDIA_IDENTITY, -1, input.now - 500);
    input.n_crls = 2;
    cr_expect_eq(verify(), RATLS_E_REVOKED, "%s", err.detail);
    make_list(0, RT_SIM_NVIDIA_PROVISIONER, RT_SIM_NVIDIA_BROM, input.now - 500);
    cr_expect_eq(verify(), RATLS_E_REVOKED, "%s", err.detail);
    input.insecure_no_crl = true;
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
    free_lists();
}

Test(nvidia_verify, refuses_lists_that_are_old_forged_or_of_others)
{
    make_list(0, RT_SIM_NVIDIA_ROOT, -1, input.now - 1001);
    input.n_crls = 1;
    cr_expect_eq(verify(), RATLS_E_COLLATERAL_TIME, "%s", err.detail);
    make_list(0, RT_SIM_NVIDIA_ROOT, -1, input.now + 1);
    cr_expect_eq(verify(), RATLS_E_COLLATERAL_TIME, "%s", err.detail);
    make_list(0, RT_SIM_NVIDIA_ROOT, -1, input.now - 500);
    list[0].p[list[0].len - 1] ^= 1;
    cr_expect_eq(verify(), RATLS_E_COLLATERAL_SIGNATURE, "%s", err.detail);
    make_list(0, RT_SIM_NVIDIA_LEAF, -1, input.now - 500);
    cr_expect_eq(verify(), RATLS_E_COLLATERAL_MISMATCH, "%s", err.detail);
    lists[0] = ratls_bytes_str("list");
    cr_expect_eq(verify(), RATLS_E_COLLATERAL_FORMAT, "%s", err.detail);
    input.n_crls = LISTS;
    cr_expect_eq(verify(), RATLS_E_LIMIT, "%s", err.detail);
    free_lists();
}

Test(nvidia_verify, of_several_lists_the_newest_counts_for_its_dates)
{
    make_list(0, RT_SIM_NVIDIA_ROOT, -1, input.now - 5000);
    make_list(1, RT_SIM_NVIDIA_ROOT, -1, input.now - 500);
    input.n_crls = 2;
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
    free_lists();
}
