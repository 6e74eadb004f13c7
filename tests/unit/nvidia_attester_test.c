/* The attester "nvidia" over a played NVML: the report and the certificates of a simulated GPU. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "base.h"
#include "cert_text.h"
#include "ratls/ratls.h"
#include "sim_nvidia.h"

#define MUST(call) cr_assert_eq((call), RATLS_OK, "%s", #call)

static char folder[64];
static struct ratls_attester *attester;
static struct ratls_error err;
static struct ratls_buffer root, out;
static const uint8_t nonce[RATLS_REPORT_DATA_LEN] = {0x42, [31] = 0x24};

static void put_file(const char *ending, struct ratls_bytes content)
{
    char path[128];

    (void)snprintf(path, sizeof path, "%s/gpu%s", folder, ending);
    FILE *f = fopen(path, "wb");
    cr_assert(f && fwrite(content.p, 1, content.len, f) == content.len && fclose(f) == 0);
}

/* PEM from the leaf to the root, as the driver has it. */
static void put_certs(const struct rt_sim_nvidia_chain *chain)
{
    struct ratls_buffer pem;
    struct rt_writer w = {0};

    for (size_t i = 0; i < RT_SIM_NVIDIA_CERTS; i++) {
        MUST(rt_pem_write("CERTIFICATE", rt_bytes_of(&chain->der[RT_SIM_NVIDIA_LEAF - i]), &pem));
        rt_put_bytes(&w, rt_bytes_of(&pem));
        ratls_buffer_free(&pem);
    }
    put_file(".certs", rt_written(&w));
    rt_writer_free(&w);
}

static void setup(void)
{
    const struct ratls_env *env = ratls_env_system();
    struct rt_sim_nvidia_keys keys = {0};
    struct rt_sim_nvidia_state state;
    struct rt_sim_nvidia_chain chain;
    struct ratls_buffer report;
    char path[128];

    memcpy(folder, "/tmp/nvidia_attester.XXXXXX", sizeof "/tmp/nvidia_attester.XXXXXX");
    cr_assert(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/gpu", folder);
    cr_assert_eq(setenv("PLAYED_NVML", path, 1), 0);
    cr_assert_eq(unsetenv("PLAYED_NVML_FAULT"), 0);
    MUST(rt_sim_nvidia_keys_open(env, NULL, &keys, &err));
    rt_sim_nvidia_usual((struct rt_sim_nvidia_device){.number = 0}, &state);
    memcpy(state.nonce, nonce, sizeof state.nonce);
    MUST(rt_sim_nvidia_chain_make(env, &keys, &state.device, NULL, &chain));
    MUST(rt_sim_nvidia_report(env, &keys, &state, NULL, &report));
    MUST(rt_dup(rt_bytes_of(&chain.der[RT_SIM_NVIDIA_ROOT]), &root));
    put_file(".report", rt_bytes_of(&report));
    put_certs(&chain);
    ratls_buffer_free(&report);
    rt_sim_nvidia_chain_free(&chain);
    rt_sim_nvidia_keys_free(&keys);
}

static void teardown(void)
{
    char command[128];

    ratls_attester_close(attester);
    ratls_buffer_free(&root);
    ratls_buffer_free(&out);
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    cr_assert_eq(system(command), 0);
}

TestSuite(nvidia_attester, .init = setup, .fini = teardown);

static enum ratls_err open_with(const char *options)
{
    ratls_attester_close(attester);
    attester = NULL;
    err = (struct ratls_error){0};
    return ratls_attester_open(ratls_env_system(), "nvidia", options, &attester, &err);
}

static void fault(const char *what)
{
    cr_assert_eq(setenv("PLAYED_NVML_FAULT", what, 1), 0);
}

Test(nvidia_attester, what_the_driver_gives_verifies)
{
    struct ratls_verdict *v = NULL;
    struct ratls_trust *t;

    MUST(open_with("library=" PLAYED_NVML ",gpu=0"));
    cr_expect_str_eq(ratls_attester_tee(attester), "nvidia");
    cr_expect_str_eq(ratls_attester_media_type(attester), "application/vnd.ratls.nvidia");
    cr_expect_not(ratls_attester_simulated(attester));
    MUST(ratls_attester_evidence(attester, nonce, &out, &err));
    cr_expect_null(memmem(out.p, out.len, root.p, root.len), "verifiers have the root");
    MUST(ratls_trust_new(ratls_env_system(), &t));
    MUST(ratls_trust_insecure_add_sim_roots(t, rt_bytes_of(&root), &err));
    const struct ratls_appraisal what = {.subject = rt_bytes_of(&out),
                                         .report_data = ratls_bytes(nonce, sizeof nonce),
                                         .now = ratls_env_system()->now(NULL),
                                         .authenticity_only = true};
    cr_expect_eq(ratls_appraise(t, &what, &v), RATLS_OK, "%s", ratls_verdict_detail(v));
    ratls_verdict_unref(v);
    ratls_trust_unref(t);
}

Test(nvidia_attester, refuses_report_data_that_it_cannot_carry)
{
    static const uint8_t full[RATLS_REPORT_DATA_LEN] = {[32] = 1};

    MUST(open_with("library=" PLAYED_NVML));
    cr_expect_eq(ratls_attester_evidence(attester, full, &out, &err), RATLS_E_ATTESTER);
    cr_expect_null(out.p);
}

Test(nvidia_attester, is_not_opened_where_there_is_no_gpu)
{
    static const struct {
        const char *options, *fault, *detail;
        enum ratls_err due;
    } rows[] = {
        {"library=/nonexistent.so", "", "/nonexistent.so", RATLS_E_ATTESTER},
        {"library=" OLD_NVML, "", "nvmlDeviceGetConfComputeGpuAttestationReport", RATLS_E_ATTESTER},
        {"library=" PLAYED_NVML, "no driver", "Driver Not Loaded", RATLS_E_ATTESTER},
        {"library=" PLAYED_NVML ",gpu=1", "", "Invalid Argument", RATLS_E_ATTESTER},
        {"library=" PLAYED_NVML, "no certificates", "certificates: unknown", RATLS_E_ATTESTER},
        {"library=" PLAYED_NVML, "certificates too long", "certificates", RATLS_E_ATTESTER},
        {"library=" PLAYED_NVML, "certificates cut", "certificates", RATLS_E_ATTESTER},
        {"library=" PLAYED_NVML, "an empty list of certificates", "no certificate",
         RATLS_E_ATTESTER},
        {"library=" PLAYED_NVML ",gpu=first", "", "gpu", RATLS_E_USAGE},
        {"gpu=1025", "", "gpu", RATLS_E_USAGE},
        {"index=0", "", "index", RATLS_E_USAGE},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        fault(rows[i].fault);
        cr_expect_eq(open_with(rows[i].options), rows[i].due, "%s, %s", rows[i].options,
                     rows[i].fault);
        cr_expect(strstr(err.detail, rows[i].detail), "%s, %s: %s", rows[i].options, rows[i].fault,
                  err.detail);
    }
}

Test(nvidia_attester, a_root_alone_is_no_chain)
{
    struct ratls_buffer pem;

    MUST(rt_pem_write("CERTIFICATE", rt_bytes_of(&root), &pem));
    put_file(".certs", rt_bytes_of(&pem));
    ratls_buffer_free(&pem);
    cr_expect_eq(open_with("library=" PLAYED_NVML), RATLS_E_ATTESTER);
    cr_expect_str_eq(err.detail, "nvidia: the GPU's certificates: none");
}

Test(nvidia_attester, of_a_failed_report_nothing_is_left)
{
    static const struct {
        const char *fault, *detail;
    } rows[] = {{"not confidential", "Not Supported"},
                {"report too long", "8193 bytes"},
                {"an empty report", "0 bytes"}};

    MUST(open_with("library=" PLAYED_NVML));
    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        fault(rows[i].fault);
        err = (struct ratls_error){0};
        cr_expect_eq(ratls_attester_evidence(attester, nonce, &out, &err), RATLS_E_ATTESTER);
        cr_expect(strstr(err.detail, rows[i].detail), "%s", err.detail);
        cr_expect_null(out.p);
    }
}
