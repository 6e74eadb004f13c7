/* The `ratls` command as its users meet it: arguments, files, output, exit code. */
#include "tool_support.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cjson/cJSON.h>

TestSuite(tool, .init = tool_setup, .fini = tool_teardown, .timeout = 60);

/* ---- usage ---- */

static const struct {
    const char *args;
    int code;
    const char *text;
} usages[] = {
    {"", 2, "usage: ratls"},
    {"frobnicate", 2, "unknown command 'frobnicate'"},
    {"help frobnicate", 2, "unknown command"},
    {"--version", 0, "ratls "},
    {"help", 0, "usage: ratls COMMAND"},
    {"--help", 0, "usage: ratls COMMAND"},
    {"help verify", 0, "--authenticity-only"},
    {"verify --help", 0, "--evidence FILE"},
    {"inspect --help", 0, "usage: ratls inspect FILE"},
    {"attest --help", 0, "--attester NAME"},
    {"cert --help", 0, "--key KEY"},
    {"inspect", 2, "FILE is missing"},
    {"inspect a b", 2, "unexpected argument 'b'"},
    {"inspect /nonexistent", 2, "cannot read /nonexistent"},
    {"inspect --jsonx a", 2, "unknown option '--jsonx'"},
    {"inspect --json=1 a", 2, "--json takes no value"},
    {"inspect --json --json a", 2, "--json is given twice"},
    {"verify", 2, "--evidence is missing"},
    {"verify --tee tdx --authenticity-only", 2, "--evidence is missing"},
    {"verify --tee tdx --crl /dev/null", 2, "--evidence is missing"},
    {"verify --authenticity-only --crl /dev/null", 2, "--evidence is missing"},
    {"verify --tee tdx --authenticity-only --crl /dev/null", 1, "unsupported"},
    {"verify --tee tdx --authenticity-only --evidence /dev/null --crl /dev/null", 1, "no_evidence"},
    {"verify --evidence", 2, "--evidence needs FILE"},
    {"verify --evidence /nonexistent", 2, "cannot read"},
    {"verify --evidence /dev/null extra", 2, "unexpected argument"},
    {"verify --evidence /dev/null --tee tdxx", 2, "no verifier is called 'tdxx'"},
    {"verify --evidence /dev/null --nonce 0g", 2, "--nonce must be hex"},
    {"verify --evidence /dev/null --nonce ''", 2, "--nonce must be hex"},
    {"verify --evidence /dev/null --report-data 123", 2, "--report-data must be hex"},
    {"verify --evidence /dev/null --time yesterday", 2, "--time must be"},
    {"verify --evidence /dev/null --time 2025-02-30T00:00:00Z", 2, "--time must be"},
    {"verify --evidence /dev/null --time ' 5'", 2, "--time must be"},
    {"verify --evidence /dev/null --time -5", 2, "--time must be"},
    {"verify --evidence /dev/null --policy /nonexistent", 2, "cannot read"},
    {"verify --evidence /dev/null --policy /dev/null", 2, "policy_malformed"},
    {"verify --evidence /dev/null --anchors /dev/null", 2, "config_invalid"},
    {"verify --evidence /dev/null --insecure-sim-roots /dev/null", 2, "config_invalid"},
    {"verify --evidence /dev/null --plugins /nonexistent", 2, "plugin_refused"},
    {"token", 2, "usage: ratls token VERB"},
    {"token --help", 0, "token jwks"},
    {"token key", 2, "-o is missing"},
    {"token key -o /nonexistent/key --alg HS256", 2, "--alg must be"},
    {"token key -o /nonexistent/key", 2, "/nonexistent/key"},
    {"token jwks", 2, "KEY... is missing"},
    {"token jwks /nonexistent /nonexistent", 2, "cannot read /nonexistent"},
    {"token jwks /dev/null", 2, "certificate_malformed"},
    {"token jwks RS256=/nonexistent", 2, "cannot read /nonexistent"},
    {"token jwks RS512=/nonexistent", 2, "cannot read RS512=/nonexistent"},
    {"token make --help", 0, "--insecure-sim-roots FILE"},
    {"token make --iss a --aud b", 2, "--key is missing"},
    {"token make --key a --aud b", 2, "--iss is missing"},
    {"token make --key a --iss b", 2, "--aud is missing"},
    {"token make --key a --iss b --aud c --authenticity-only", 2, "unknown option"},
    {"token make --key a --iss b --aud c --json", 2, "unknown option"},
    {"token make --key a --iss b --aud c --lifetime x", 2, "--lifetime must be"},
    {"token make --key a --iss b --aud c --eat-nonce 00", 2, "--eat-nonce must be"},
    {"token make --key a --iss b --aud c --cert /dev/null", 2, "certificate_malformed"},
    {"token make --key a --iss b --aud c --level high", 2, "--level must be"},
    {"token make --key a --iss b --aud c --profile x", 2, "--profile must be"},
    {"token make --key a --iss b --aud c --time x", 2, "--time must be"},
    {"token make --key /nonexistent --iss b --aud c", 2, "cannot read /nonexistent"},
    {"token verify --issuer a=/dev/null --audience b", 2, "TOKEN|- is missing"},
    {"token verify x --audience b", 2, "--issuer is missing"},
    {"token verify x --issuer a --audience b", 2, "--issuer must be ISSUER=FILE"},
    {"token verify x --issuer a=/nonexistent --audience b", 2, "cannot read /nonexistent"},
    {"token verify x --issuer a=/dev/null --audience b", 2, "config_invalid: issuer a: JSON"},
    {"token verify x y --issuer a=/dev/null --audience b", 2, "unexpected argument 'y'"},
    {"verify --evidence /dev/null --opa-path a", 2, "--opa-path and --opa-timeout need --opa"},
    {"verify --evidence /dev/null --opa-timeout 1", 2, "--opa-path and --opa-timeout need --opa"},
    {"verify --evidence /dev/null --opa http://127.0.0.1 --authenticity-only", 2, "exclude each"},
    {"verify --evidence /dev/null --opa http://192.0.2.1", 2, "would leave this machine"},
    {"verify --evidence /dev/null --opa http://127.0.0.1 --opa-path a//b", 2, "path of OPA's rule"},
    {"verify --evidence /dev/null --opa http://127.0.0.1 --opa-timeout 0", 2, "1 to 600 seconds"},
    {"verify --evidence /dev/null --opa http://127.0.0.1 --opa-timeout 601", 2, "1 to 600"},
    {"verify --evidence /dev/null --opa http://127.0.0.1 --opa-timeout x", 2, "1 to 600"},
    {"verify --evidence /dev/null --opa http://127.0.0.1", 1, "no_evidence"},
    {"attest -o x", 2, "--attester is missing"},
    {"attest --attester sim-tdx", 2, "-o is missing"},
    {"attest --attester nobody -o x", 2, "nobody"},
    {"attest --attester sim-tdx --report-data xyz -o x", 2, "--report-data must be hex"},
    {"cert --attester sim-tdx -o c", 2, "--key is missing"},
    {"cert --attester sim-tdx -o c --key k --lifetime soon", 2, "--lifetime must be"},
    {"cert --attester sim-tdx -o c --key k --ca-cert x", 2, "go together"},
    {"cert --attester sim-tdx -o c --key k --with-ak", 2, "unknown option"},
    {"policy", 2, "usage: ratls policy VERB"},
    {"policy frobnicate", 2, "unknown command 'policy frobnicate'"},
    {"policy --json check", 2, "unknown command 'policy --json'"},
    {"policy --help", 0, "usage: ratls policy VERB"},
    {"help policy", 0, "policy check "},
    {"help policy check", 0, "usage: ratls policy check FILE"},
    {"help policy frobnicate", 2, "unknown command 'policy frobnicate'"},
    {"help frobnicate check", 2, "unknown command 'frobnicate'"},
    {"policy check --help", 0, "usage: ratls policy check FILE"},
    {"policy check", 2, "policy check: FILE is missing"},
    {"policy check a b", 2, "policy check: unexpected argument 'b'"},
    {"policy check --jsonx a", 2, "policy check: unknown option '--jsonx'"},
    {"policy check /nonexistent", 2, "cannot read /nonexistent"},
    {"policy check /dev/null", 2, "policy_malformed"},
    {"refval", 2, "usage: ratls refval VERB"},
    {"refval list", 2, "--store is missing"},
    {"refval list --store /nonexistent", 2, "not_found"},
    {"refval list --store /nonexistent --state old", 2, "--state must be"},
    {"refval show --store /x web", 2, "'web' is not TEE/NAME"},
    {"refval show --store /x tdx/web@0", 2, "is not TEE/NAME"},
    {"refval show --store /x tdx/web@1x", 2, "is not TEE/NAME"},
    {"policy show --store /x tdx/web", 2, "'tdx/web' is not NAME"},
    {"refval add --store /x --name web", 2, "--tee is missing"},
    {"refval add --store /x --name web --tee tdx", 2, "either FILE or --measurement"},
    {"refval add --store /x --name web --tee tdx f --measurement 00", 2, "either FILE"},
    {"anchor add --store /x --name web --tee tdx --measurement 00", 2, "is for reference values"},
    {"policy add --store /x --name web --tee tdx f", 2, "a policy is of no TEE"},
    {"refval add --store /x --name a --tee tdx --measurement 00 --not-after x", 2, "is no time"},
    {"refval revoke --store /x", 2, "one thing to revoke"},
    {"refval revoke --store /x tdx/web@1 --key 00", 2, "one thing to revoke"},
    {"refval history --store /x --from 0", 2, "--from must be"},
    {"store check --store /x --head 1", 2, "--head must be SEQ:HASH"},
    {"store check --store /x --head 1:00", 2, "--head must be SEQ:HASH"},
    {"store create --store /x --head 1:00", 2, "has no --head yet"},
    {"store import --store /x /nonexistent", 2, "cannot read /nonexistent"},
    {"store export --store /nonexistent -o x", 2, "not_found"},
};

Test(tool, tells_wrong_usage_from_denial)
{
    for (size_t i = 0; i < RT_COUNT(usages); i++)
        expect_run(usages[i].args, usages[i].code, usages[i].text);
}

Test(tool, fails_when_output_fails)
{
    char command[8192];

    snprintf(command, sizeof command, "'%s' help >/dev/full 2>/dev/null", tool);
    cr_expect_eq(WEXITSTATUS(system(command)), 2);
}

/* roff writes a hyphen as \- */
static void as_roff(const char *text, char *out)
{
    for (; *text; text++) {
        if (*text == '-')
            *out++ = '\\';
        *out++ = *text;
    }
    *out = 0;
}

/* Each option of each command is in the manual (T164). */
Test(tool, documents_every_option)
{
    static const char *const commands[] = {
        "inspect",         "verify",        "attest",         "cert",          "policy check",
        "policy explain",  "policy test",   "refval list",    "refval show",   "refval add",
        "refval activate", "refval revoke", "refval history", "refval import", "refval export",
        "store check",     "token key",     "token jwks",     "token make",    "token verify"};
    static char manual[65536], help[65536];
    char here[1024], path[1100], args[32], name[64], escaped[130];

    snprintf(here, sizeof here, "%s", __FILE__);
    char *tests = strstr(here, "tests/unit/");
    cr_assert_not_null(tests);
    *tests = 0;
    snprintf(path, sizeof path, "%sratls/man/ratls.1", here);
    slurp(path, manual, sizeof manual);
    cr_assert(manual[0], "%s", path);
    for (size_t i = 0; i < RT_COUNT(commands); i++) {
        snprintf(args, sizeof args, "%s --help", commands[i]);
        strcpy(help, run(args)->out);
        for (char *line = strtok(help, "\n"); line; line = strtok(NULL, "\n")) {
            if (sscanf(line, "  %63s", name) != 1 || name[0] != '-')
                continue;
            as_roff(name, escaped);
            cr_expect(strstr(manual, escaped), "%s %s", commands[i], name);
        }
    }
}

/* ---- evidence ---- */

#define NONCE                                                                                      \
    "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"                             \
    "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100"
#define ATTEST "attest --attester sim-tdx --insecure-sim-root-out root.pem -o quote.bin"
#define VERIFY "verify --evidence quote.bin --insecure-sim-roots root.pem "

Test(tool, verifies_what_it_attests)
{
    expect_run(ATTEST " --report-data " NONCE, 0, "");
    expect_run(VERIFY "--authenticity-only", 0, "allow");
    expect_run(VERIFY "--authenticity-only --tee auto --nonce " NONCE, 0, "allow");
    expect_run(VERIFY "--authenticity-only --tee tdx --report-data " NONCE, 0, "allow");
    expect_run(VERIFY "--authenticity-only --nonce 00", 1, "binding_mismatch");
    expect_run(VERIFY "--authenticity-only --nonce " NONCE " --report-data " NONCE, 0, "allow");
    expect_run(VERIFY "--authenticity-only --nonce " NONCE " --report-data 00", 1,
               "binding_mismatch");
    expect_run(VERIFY "--authenticity-only --nonce 00 --report-data " NONCE, 1, "binding_mismatch");
    expect_run(VERIFY "--authenticity-only --time 0", 1, "deny");
    expect_run(VERIFY "--authenticity-only --time 2100-01-01T00:00:00Z", 1, "deny");
    /* T32: without its root, or by the default policy, nobody believes a simulator */
    expect_run("verify --evidence quote.bin --authenticity-only", 1, "deny");
    expect_run(VERIFY, 1, "simulated");
    expect_run("verify --evidence quote.bin --anchors root.pem", 2, "simulated_anchor");
}

/* A member of the answer; valid until the next call. */
static const char *member(const cJSON *json, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, name);

    return cJSON_IsString(item) ? item->valuestring : "(none)";
}

static void check_json(const char *args, const char *verdict, const char *reason)
{
    const struct tool_result *r = run(args);
    cJSON *json = cJSON_Parse(r->out);

    cr_assert_not_null(json, "%s: %s%s", args, r->out, r->err);
    cr_expect_str_eq(member(json, "verdict"), verdict, "%s", args);
    cr_expect_str_eq(member(json, "reason"), reason, "%s", args);
    cr_expect_eq(r->code, strcmp(verdict, "allow") == 0 ? 0 : 1);
    cJSON_Delete(json);
}

#define POLICY(measurements, rest)                                                                 \
    "{\"tees\":{\"tdx\":{\"tcb_status\":[\"UpToDate\",\"not_evaluated\"]," measurements rest "}}}"
#define SIMULATED ",\"insecure_simulated\":true"
#define ZEROS     "000000000000000000000000000000000000000000000000"

Test(tool, judges_by_the_policy_given)
{
    expect_run(ATTEST, 0, "report_data: ");
    put_file("any.json", POLICY("\"insecure_any_measurement\":true", SIMULATED));
    put_file("none.json", POLICY("\"measurements\":[]", SIMULATED));
    put_file("other.json", POLICY("\"measurements\":[\"" ZEROS ZEROS "\"]", SIMULATED));
    put_file("real.json", POLICY("\"insecure_any_measurement\":true", ""));
    put_file("broken.json", "{\"tees\":{},\"tees\":{}}");
    check_json(VERIFY "--json --policy any.json", "allow", "ok");
    check_json(VERIFY "--json --policy none.json", "deny", "no_reference_value");
    check_json(VERIFY "--json --policy other.json", "deny", "measurement_mismatch");
    check_json(VERIFY "--json --policy real.json", "deny", "simulated");
    expect_run(VERIFY "--policy broken.json", 2, "'tees' appears twice");
}

#define ITEM(kind, tee, name, state, body)                                                         \
    "{\"kind\":\"" kind "\"," tee "\"name\":\"" name "\",\"version\":1,\"state\":\"" state         \
    "\",\"body\":" body "}"
#define REFVAL(state, m)                                                                           \
    ITEM("refval", "\"tee\":\"tdx\",", "web", state, "{\"measurements\":[\"" m "\"]}")
#define DOCUMENT(items) "{\"format\":\"ratls-trust/1\",\"items\":[" items "]}"
#define STORED          "--trust refval.json --trust policy.json --stored-policy p"

Test(tool, judges_by_trust_documents)
{
    expect_run("attest --attester sim-tdx --attester-options mrtd=" ZEROS ZEROS
               " --insecure-sim-root-out root.pem -o quote.bin",
               0, "report_data: ");
    put_file("refval.json", DOCUMENT(REFVAL("active", ZEROS ZEROS)));
    put_file("revoked.json", DOCUMENT(REFVAL("revoked", ZEROS ZEROS)));
    put_file("policy.json", DOCUMENT(ITEM("policy", "", "p", "active",
                                          POLICY("\"reference_values\":[\"web\"]",
                                                 SIMULATED)) "," ITEM("policy", "", "q", "draft",
                                                                      "{\"tees\":{}}")));
    put_file("broken.json", DOCUMENT(REFVAL("active", "xx")));
    check_json(VERIFY "--json " STORED, "allow", "ok");
    cr_expect(
        strstr(run(VERIFY "--json " STORED)->out, "\"baseline\":{\"id\":\"web\",\"version\":1}"));
    check_json(VERIFY "--json --trust revoked.json --trust policy.json --stored-policy p", "deny",
               "reference_value_revoked");
    check_json(VERIFY "--json --trust policy.json --stored-policy p", "deny", "no_reference_value");
    cr_expect(
        strstr(run(VERIFY "--trust policy.json --stored-policy p")->err, "everybody is denied"));
    expect_run(VERIFY "--trust policy.json --stored-policy q", 2, "no version of the policy 'q'");
    expect_run(VERIFY STORED " --policy policy.json", 2, "exclude each other");
    expect_run(VERIFY "--trust broken.json", 2, "refval tdx/web version 1: 'measurements'");
    expect_run(VERIFY "--trust refval.json --trust refval.json", 2, "is there twice");
}

Test(tool, shows_evidence_to_people_and_programs)
{
    expect_run(ATTEST, 0, "report_data: ");
    expect_run("inspect quote.bin", 0, "nothing was verified");
    const struct tool_result *r = run("inspect quote.bin --json");
    cJSON *json = cJSON_Parse(r->out);
    cr_assert_not_null(json, "%s", r->out);
    cr_expect_str_eq(member(json, "format"), "tdx");
    cr_expect(cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(json, "claims")));
    cJSON_Delete(json);
}

/* Malformed evidence is an answer, not a failure of the tool. */
Test(tool, denies_malformed_evidence)
{
    put_file("junk", "junk");
    put_file("junk.pem", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n");
    expect_run("verify --evidence junk", 1, "unknown_evidence");
    expect_run("verify --evidence junk.pem", 1, "certificate_malformed");
    expect_run("verify --evidence /dev/null --json", 1, "\"reason\":\"no_evidence\"");
    cr_expect_eq(run("inspect junk")->code, 1);
}

/* "name": of a JSON file */
static bool has_member(const char *path, const char *name)
{
    static char text[64 * 1024];

    slurp(path, text, sizeof text);
    cJSON *json = cJSON_Parse(text);
    bool found = cJSON_GetObjectItemCaseSensitive(json, name) != NULL;
    cJSON_Delete(json);
    return found;
}

Test(tool, saves_the_collateral_of_a_simulated_platform)
{
    expect_run(ATTEST " --insecure-sim-collateral-out a.json", 0, "");
    expect_run("cert --attester sim-tdx --insecure-sim-collateral-out c.json -o c.pem --key k.pem "
               "--attester-options tcb_status=OutOfDate",
               0, "");
    cr_expect(has_member("a.json", "tcb_info"));
    cr_expect(has_member("c.json", "tcb_info"));
    expect_run(ATTEST " --insecure-sim-collateral-out /nonexistent/x", 2, "cannot write");
    expect_run(ATTEST " --attester-options tcb_status=Good", 2, "tcb_status cannot be");
}

/* T184 */
Test(tool, attests_no_report_data_in_the_form_of_certificates)
{
    expect_run("attest --attester sim-tdx -o q --report-data 00", 2, "challenge_refused");
    expect_run("attest --attester sim-tdx -o q --report-data ''", 2, "challenge_refused");
    cr_expect_neq(access("q", F_OK), 0, "nothing was written");
}

/* ---- certificates ---- */

#define CERT "cert --attester sim-tdx --insecure-sim-root-out root.pem -o c.pem --key k.pem "

Test(tool, makes_certificates_that_verify)
{
    struct stat st;

    put_file("any.json", POLICY("\"insecure_any_measurement\":true", SIMULATED));
    expect_run(CERT "--san peer.example --san 192.0.2.1 --lifetime 600", 0, "");
    cr_assert_eq(stat("k.pem", &st), 0);
    cr_expect_eq(st.st_mode & 07777, 0600);
    expect_run("verify --evidence c.pem --insecure-sim-roots root.pem --policy any.json", 0,
               "DNS:peer.example, IP:192.0.2.1");
    expect_run("verify --evidence c.pem --insecure-sim-roots root.pem", 1, "simulated");
    expect_run("inspect c.pem", 0, "cert.spki_sha256");
    cr_expect_null(strstr(run("inspect c.pem")->out, "ratls.ak_sha256"), "level 1 only");
}

/* Neither an existing key nor the target of a link is overwritten. */
Test(tool, leaves_existing_keys_alone_unless_forced)
{
    char kept[64];

    put_file("k.pem", "precious");
    put_file("target", "precious");
    expect_run(CERT, 2, "cannot write k.pem");
    slurp("k.pem", kept, sizeof kept);
    cr_expect_str_eq(kept, "precious");
    cr_assert_eq(unlink("k.pem"), 0);
    cr_assert_eq(symlink("target", "k.pem"), 0);
    expect_run(CERT, 2, "cannot write k.pem");
    expect_run(CERT "--force", 0, "");
    slurp("target", kept, sizeof kept);
    cr_expect_str_eq(kept, "precious", "the link was replaced, not followed");
    slurp("k.pem", kept, sizeof kept);
    cr_expect(strstr(kept, "PRIVATE KEY"));
}

Test(tool, writes_no_certificate_longer_lived_than_an_hour)
{
    cr_expect_eq(run(CERT "--lifetime 3601")->code, 2);
    cr_expect_neq(access("c.pem", F_OK), 0);
}
