/* T78: what is not a proper plugin in a proper place is refused. The plugins under test are built
 * from tests/unit/plugins into the folder "plugins" beside this program. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "registry.h"

static char dir[64];
static struct rt_registry *r;
static struct ratls_error err;

static void setup(void)
{
    memcpy(dir, "/tmp/plugin_test.XXXXXX", sizeof "/tmp/plugin_test.XXXXXX");
    cr_assert(mkdtemp(dir));
    cr_assert_eq(rt_registry_new(&r), RATLS_OK);
    err = (struct ratls_error){0};
}

static void teardown(void)
{
    char command[128];

    rt_registry_free(r);
    (void)snprintf(command, sizeof command, "rm -rf %s", dir);
    cr_assert_eq(system(command), 0);
}

TestSuite(plugin, .init = setup, .fini = teardown);

/* The folder of this program, with NUL. */
static void program_folder(char out[512])
{
    ssize_t n = readlink("/proc/self/exe", out, 511);

    cr_assert_gt(n, 0);
    out[n] = 0;
    *strrchr(out, '/') = 0;
}

static void copy(const char *from, const char *to)
{
    static char bytes[4 << 20];
    char path[256];
    FILE *in = fopen(from, "rb");

    cr_assert(in, "%s", from);
    size_t n = fread(bytes, 1, sizeof bytes, in);
    (void)fclose(in);
    (void)snprintf(path, sizeof path, "%s/%s", dir, to);
    FILE *out = fopen(path, "wb");
    cr_assert(out);
    cr_assert_eq(fwrite(bytes, 1, n, out), n);
    (void)fclose(out);
    cr_assert_eq(chmod(path, 0644), 0);
}

static void install(const char *plugin, const char *as)
{
    char folder[512], path[600];

    program_folder(folder);
    (void)snprintf(path, sizeof path, "%s/plugins/%s.so", folder, plugin);
    copy(path, as);
}

static void in_dir(const char *name, char path[256])
{
    (void)snprintf(path, 256, "%s/%s", dir, name);
}

static size_t count(void)
{
    size_t n = 0;

    while (rt_registry_at(r, n))
        n++;
    return n;
}

static void expect_refusal(const char *detail)
{
    size_t before = count();

    cr_expect_eq(rt_registry_load(r, dir, &err), RATLS_E_PLUGIN);
    cr_expect(strstr(err.detail, detail), "%s", err.detail);
    cr_expect_eq(count(), before, "all or nothing");
}

Test(plugin, a_good_one_is_loaded_and_found)
{
    uint8_t evidence[4 + 64 + 1] = "GOOD";

    install("good", "good.so");
    cr_assert_eq(rt_registry_load(r, dir, &err), RATLS_OK, "%s", err.detail);
    const struct ratls_verifier *v = rt_registry_by_name(r, "good");
    cr_assert(v);
    cr_assert_eq(rt_registry_find(r, ratls_bytes(evidence, sizeof evidence)), v);
    const struct ratls_verify_input input = {.size = sizeof input,
                                             .evidence = ratls_bytes(evidence, sizeof evidence)};
    struct ratls_claims *claims = ratls_claims_new();
    cr_assert_eq(rt_verifier_run(v, &input, claims, &err), RATLS_OK, "%s", err.detail);
    cr_assert_str_eq(ratls_claims_get(claims, "tee")->text, "good");
    ratls_claims_free(claims);
}

/* T85: nobody gets evidence that two verifiers claim. */
Test(plugin, evidence_that_two_recognise_is_nobodys)
{
    uint8_t evidence[4 + 64 + 1] = "GOOD";

    install("good", "good.so");
    install("greedy", "greedy.so");
    cr_assert_eq(rt_registry_load(r, dir, &err), RATLS_OK, "%s", err.detail);
    cr_assert_null(rt_registry_find(r, ratls_bytes(evidence, sizeof evidence)));
    const struct ratls_verifier *only = rt_registry_find(r, ratls_bytes("other", 5));
    cr_assert(only);
    cr_assert_str_eq(only->name, "greedy");
}

/* T84: what was found before says nothing about what comes next. */
Test(plugin, each_evidence_finds_its_own_verifier)
{
    uint8_t good[4 + 64 + 1] = "GOOD", tdx[48] = {4, 0, 2, 0, 0x81};

    install("good", "good.so");
    cr_assert_eq(rt_registry_load(r, dir, &err), RATLS_OK, "%s", err.detail);
    for (int i = 0; i < 2; i++) {
        cr_assert_str_eq(rt_registry_find(r, ratls_bytes(tdx, sizeof tdx))->name, "tdx");
        cr_assert_str_eq(rt_registry_find(r, ratls_bytes(good, sizeof good))->name, "good");
    }
}

Test(plugin, an_empty_folder_is_fine)
{
    cr_assert_eq(rt_registry_load(r, dir, &err), RATLS_OK);
}

Test(plugin, other_files_are_not_touched)
{
    install("wrong_abi", "wrong_abi.so.bak");
    install("wrong_abi", ".so");
    cr_assert_eq(rt_registry_load(r, dir, &err), RATLS_OK);
}

static const struct {
    const char *plugin, *detail;
} refused[] = {
    {"wrong_abi", "ABI 7, not 6"},
    {"half_collateral", "a function for collateral is missing"},
    {"wrong_size", "table of"},
    {"no_symbol", "exports no ratls_verifier_plugin"},
    {"no_table", "gives no verifier"},
    {"no_recognises", "a function is missing"},
    {"no_describe", "a function is missing"},
    {"no_verify", "a function is missing"},
    {"no_pins", "pins are missing"},
    {"no_name", "malformed name"},
    {"bad_name", "malformed name"},
    {"long_name", "malformed name"},
    {"taken_name", "the name \"tdx\" is taken"},
};

Test(plugin, bad_ones_are_refused_and_nothing_is_kept)
{
    char path[256];

    install("good", "a_good.so");
    for (size_t i = 0; i < RT_COUNT(refused); i++) {
        err = (struct ratls_error){0};
        install(refused[i].plugin, "bad.so");
        expect_refusal(refused[i].detail);
        in_dir("bad.so", path);
        cr_assert_eq(unlink(path), 0);
    }
    cr_assert_null(rt_registry_by_name(r, "good"));
}

Test(plugin, a_name_is_taken_once_only)
{
    install("good", "a.so");
    install("good", "b.so");
    expect_refusal("the name \"good\" is taken");
}

Test(plugin, a_file_that_is_no_shared_object_is_refused)
{
    copy("/etc/hostname", "text.so");
    expect_refusal("text.so");
}

Test(plugin, one_that_sets_no_claims_is_a_fault)
{
    uint8_t evidence[4 + 64 + 1] = "GOOD";
    const struct ratls_verify_input input = {.size = sizeof input,
                                             .evidence = ratls_bytes(evidence, sizeof evidence)};
    struct ratls_claims *claims = ratls_claims_new();

    install("no_claims", "no_claims.so");
    cr_assert_eq(rt_registry_load(r, dir, &err), RATLS_OK, "%s", err.detail);
    cr_assert_eq(rt_verifier_run(rt_registry_by_name(r, "good"), &input, claims, &err),
                 RATLS_E_VERIFIER_FAULT);
    ratls_claims_free(claims);
}

Test(plugin, files_that_others_can_write_are_refused)
{
    static const mode_t modes[] = {0664, 0646, 0666};
    char path[256];

    install("good", "good.so");
    in_dir("good.so", path);
    for (size_t i = 0; i < RT_COUNT(modes); i++) {
        err = (struct ratls_error){0};
        cr_assert_eq(chmod(path, modes[i]), 0);
        expect_refusal("can be written by others");
    }
}

Test(plugin, a_folder_that_others_can_write_is_refused)
{
    static const mode_t modes[] = {0775, 0757, 01777};

    install("good", "good.so");
    for (size_t i = 0; i < RT_COUNT(modes); i++) {
        err = (struct ratls_error){0};
        cr_assert_eq(chmod(dir, modes[i]), 0);
        expect_refusal("can be written by others");
    }
}

Test(plugin, files_of_other_users_are_refused)
{
    char path[256];

    if (geteuid() != 0)
        cr_skip_test("needs root to give files away");
    install("good", "good.so");
    in_dir("good.so", path);
    cr_assert_eq(chown(path, 65534, 0), 0);
    expect_refusal("belongs to user 65534");
}

Test(plugin, a_folder_of_another_user_is_refused)
{
    if (geteuid() != 0)
        cr_skip_test("needs root to give files away");
    cr_assert_eq(chown(dir, 65534, 0), 0);
    expect_refusal("belongs to user 65534");
}

Test(plugin, symlinks_are_refused)
{
    char from[256], to[256];

    install("good", "good.bin");
    in_dir("good.bin", from);
    in_dir("good.so", to);
    cr_assert_eq(symlink(from, to), 0);
    expect_refusal("is no regular file");
}

Test(plugin, a_symlink_to_a_folder_is_refused)
{
    char link[128];

    (void)snprintf(link, sizeof link, "%s.link", dir);
    cr_assert_eq(symlink(dir, link), 0);
    cr_expect_eq(rt_registry_load(r, link, &err), RATLS_E_PLUGIN);
    cr_expect(strstr(err.detail, "is no directory"), "%s", err.detail);
    (void)unlink(link);
}

Test(plugin, a_missing_folder_is_refused)
{
    cr_assert_eq(rt_registry_load(r, "/nonexistent/plugins", &err), RATLS_E_PLUGIN);
}

/* ---- the example that is shown to authors of plugins ---- */

Test(plugin, the_example_works)
{
    uint8_t evidence[8 + 64 + 32] = "EXAMPLE1";
    char folder[512], path[600];

    program_folder(folder);
    (void)snprintf(path, sizeof path, "%s/../examples/plugins/plugin_example.so", folder);
    copy(path, "example.so");
    cr_assert_eq(rt_registry_load(r, dir, &err), RATLS_OK, "%s", err.detail);
    evidence[8] = 0x42;
    evidence[8 + 64] = 0x77;
    const struct ratls_bytes bytes = ratls_bytes(evidence, sizeof evidence);
    const struct ratls_verifier *v = rt_registry_find(r, bytes);
    cr_assert(v);
    struct ratls_verify_input input = {.size = sizeof input, .evidence = bytes};
    struct ratls_claims *claims = ratls_claims_new();
    cr_assert_eq(rt_verifier_run(v, &input, claims, &err), RATLS_OK, "%s", err.detail);
    cr_assert(strncmp(ratls_claims_get(claims, "measurement")->text, "7700", 4) == 0);
    cr_assert_eq(ratls_claims_get(claims, "simulated")->number, 1);
    input.evidence.len--;
    cr_assert_eq(rt_verifier_run(v, &input, claims, &err), RATLS_E_EVIDENCE_FORMAT);
    ratls_claims_free(claims);
}
