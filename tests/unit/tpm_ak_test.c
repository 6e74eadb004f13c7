/* The attestation key by its certificate, and the JSON of global-trust-authority. */
#include "evidence_keys_support.h"

#include "mint.h"
#include "mint_crl.h"
#include "oid.h"
#include "sim_eventlog.h"
#include "sim_ima.h"
#include "tpm_support.h"

enum { ROOT, CA, AK, CERTS };

#define DAY 86400

static struct rt_key *key[CERTS];
static struct ratls_buffer der[CERTS];
static struct ratls_root root;
static struct ratls_buffer crl[2];
static struct ratls_bytes crls[2];

/* What is not as usual. */
struct plan {
    bool ak_is_ca, tls_usage, bare, wrong_issuer_key, names_list;
    const char *usage;   /* of `bare`: the BIT STRING of keyUsage */
    const char *purpose; /* the OID in extKeyUsage */
    int64_t not_after[CERTS];
    const char *organization;
};

static const char aik[] = "\x30\x07\x06\x05\x67\x81\x05\x08\x03"; /* tcg-kp-AIKCertificate */
static const char *const other_purposes[] = {
    "\x30\x07\x06\x05\x67\x81\x05\x08\x01",         /* an EK's */
    "\x30\x07\x06\x05\x67\x81\x05\x08\x03x",        /* a byte behind the list */
    "\x30\x09\x06\x05\x67\x81\x05\x08\x03\x06\x7f", /* and an OID that is cut */
};

static void add_ext(struct rt_mint *m, struct ratls_bytes oid, const char *value, size_t len)
{
    size_t i = 0;

    while (m->ext[i].oid.len > 0)
        i++;
    m->ext[i] = (struct rt_mint_ext){.oid = oid, .value = ratls_bytes(value, len)};
}

static void be_ak(struct rt_mint *m, const struct plan *p)
{
    m->is_ca = p->ak_is_ca;
    m->tls_usage = p->tls_usage;
    m->bare = p->bare;
    if (p->purpose)
        add_ext(m, RT_OID(EXT_KEY_USAGE), p->purpose, strlen(p->purpose));
    if (p->usage)
        add_ext(m, RT_OID(KEY_USAGE), p->usage, 4);
}

static void mint(const struct plan *p, size_t which)
{
    static const char *const names[] = {"TPM Root", "TPM CA", "AK 1"};
    struct rt_x509 issuer;
    struct rt_mint m = {
        .subject_spki = rt_key_spki(key[which]),
        .subject = {.common_name = names[which], .organization = p->organization},
        .issuer_key = key[which == ROOT || p->wrong_issuer_key ? which : which - 1],
        .not_before = input.now - DAY,
        .not_after = p->not_after[which] ? p->not_after[which] : input.now + 2 * DAY,
        .is_ca = true,
        .path_len = -1,
        .crl_url = which != ROOT && p->names_list ? "http://crl.example/1" : NULL,
    };

    if (which != ROOT) {
        MUST(rt_x509_parse(rt_bytes_of(&der[which - 1]), &issuer, NULL));
        m.issuer_name = issuer.subject;
    }
    if (which == AK)
        be_ak(&m, p);
    ratls_buffer_free(&der[which]);
    MUST(rt_mint(ratls_env_system(), &m, &der[which], NULL));
}

static void certify(const struct plan *p)
{
    for (size_t i = 0; i < CERTS; i++)
        mint(p, i);
    root.cert = rt_bytes_of(&der[ROOT]);
    MUST(rt_sha256(rt_key_spki(key[ROOT]), root.spki_sha256));
    parts.certs[0] = rt_bytes_of(&der[AK]);
    parts.certs[1] = rt_bytes_of(&der[CA]);
    parts.n_certs = 2;
    tpm_wrap();
}

static void setup(void)
{
    tpm_setup();
    for (size_t i = 0; i < AK; i++)
        MUST(rt_key_generate(ratls_env_system(), RT_P256, &key[i]));
    key[AK] = ak;
    input.n_keys = 0;
    input.roots = &root;
    input.n_roots = 1;
    certify(&(const struct plan){0});
}

static void teardown(void)
{
    for (size_t i = 0; i < AK; i++)
        rt_key_free(key[i]);
    for (size_t i = 0; i < CERTS; i++)
        ratls_buffer_free(&der[i]);
    while (input.n_crls > 0)
        ratls_buffer_free(&crl[--input.n_crls]);
    tpm_teardown();
}

TestSuite(tpm_ak, .init = setup, .fini = teardown, .timeout = 60);

/* ---- certificates ---- */

Test(tpm_ak, a_certificate_leads_to_a_trusted_root)
{
    const struct key_digest due[] = {digest_of_cert(&der[AK]), digest_of_cert(&der[CA]),
                                     digest_of_cert(&der[ROOT])};

    cr_assert_eq(verify(), RATLS_OK, "%s", err.detail);
    cr_expect_str_eq(text("tpm.ak_trust"), "certificate");
    cr_expect_str_eq(text("tcb_status"), "unrated", "it names no list of what is revoked");
    cr_expect_str_eq(text("tpm.ak_revocation"), "not_checked");
    cr_expect_eq(number("simulated"), 0);
    cr_expect_eq(number("collateral_expires"), (uint64_t)input.now + 2 * DAY);
    expect_evidence_keys(claims, due, RT_COUNT(due));
}

Test(tpm_ak, the_ca_may_come_from_beside_the_evidence)
{
    struct ratls_buffer ca;

    MUST(rt_pem_write("CERTIFICATE", rt_bytes_of(&der[CA]), &ca));
    parts.n_certs = 1;
    tpm_wrap();
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_ROOT, "without it");
    input.certs = rt_bytes_of(&ca);
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
    ratls_buffer_free(&ca);
}

/* As PEM they may be many in one member; more than 8 are too many. */
Test(tpm_ak, at_most_8_certificates_are_read)
{
    struct ratls_buffer pem;
    struct rt_writer all = {0};

    MUST(rt_pem_write("CERTIFICATE", rt_bytes_of(&der[CA]), &pem));
    parts.n_certs = 2;
    for (size_t i = 2; i <= 9; i++) {
        rt_put_bytes(&all, rt_bytes_of(&pem));
        parts.certs[1] = rt_written(&all);
        tpm_wrap();
        cr_expect_eq(verify(), i <= 8 ? RATLS_OK : RATLS_E_EVIDENCE_FORMAT, "%zu: %s", i,
                     err.detail);
    }
    rt_writer_free(&all);
    ratls_buffer_free(&pem);
}

Test(tpm_ak, the_root_may_be_in_the_evidence_and_counts_for_nothing)
{
    parts.certs[parts.n_certs++] = rt_bytes_of(&der[ROOT]);
    tpm_wrap();
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
    input.n_roots = 0;
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_ROOT);
    input.n_roots = 1;
    root.cert = ratls_bytes(NULL, 0);
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_ROOT, "a pin is of an AK, not of a CA");
}

/* One that another has made, of the same name, is no obstacle. */
Test(tpm_ak, several_roots_may_bear_one_name)
{
    struct ratls_buffer ours = der[ROOT];
    struct rt_key *own = key[ROOT];
    struct ratls_root roots[2] = {root};

    der[ROOT] = (struct ratls_buffer){0};
    MUST(rt_key_generate(ratls_env_system(), RT_P256, &key[ROOT]));
    mint(&(const struct plan){0}, ROOT);
    roots[1].cert = rt_bytes_of(&der[ROOT]);
    input.roots = roots;
    input.n_roots = 2;
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
    roots[0].cert = roots[1].cert;
    roots[1] = root;
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
    input.n_roots = 1;
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_CHAIN, "the other's alone");
    rt_key_free(own);
    ratls_buffer_free(&ours);
}

Test(tpm_ak, a_simulated_root_is_simulated)
{
    root.simulated = true;
    cr_assert_eq(verify(), RATLS_OK);
    cr_expect_eq(number("simulated"), 1);
    root.simulated = false;
    certify(&(const struct plan){.organization = RT_SIM_ORGANIZATION});
    cr_assert_eq(verify(), RATLS_OK, "%s", err.detail);
    cr_expect_eq(number("simulated"), 1, "its organization says so");
}

Test(tpm_ak, the_purpose_is_that_of_an_attestation_key)
{
    certify(&(const struct plan){.purpose = aik});
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
    for (size_t i = 0; i < RT_COUNT(other_purposes); i++) {
        certify(&(const struct plan){.purpose = other_purposes[i]});
        cr_expect_eq(verify(), RATLS_E_EVIDENCE_CHAIN, "%zu", i);
    }
    certify(&(const struct plan){.tls_usage = true});
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_CHAIN);
}

Test(tpm_ak, refuses_each_flaw_of_a_chain)
{
    const int64_t past = input.now - 1;
    const struct {
        const char *name;
        struct plan plan;
        enum ratls_err due;
    } rows[] = {
        {"a CA", {.ak_is_ca = true}, RATLS_E_EVIDENCE_CHAIN},
        {"may not sign", {.bare = true, .usage = "\x03\x02\x05\x20"}, RATLS_E_EVIDENCE_CHAIN},
        {"other keys", {.wrong_issuer_key = true}, RATLS_E_EVIDENCE_CHAIN},
        {"AK ended", {.not_after = {[AK] = past}}, RATLS_E_EVIDENCE_TIME},
        {"CA ended", {.not_after = {[CA] = past}}, RATLS_E_EVIDENCE_TIME},
        {"root ended", {.not_after = {[ROOT] = past}}, RATLS_E_EVIDENCE_TIME},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        certify(&rows[i].plan);
        cr_expect_eq(verify(), rows[i].due, "%s: %s", rows[i].name, err.detail);
    }
    certify(&rows[0].plan);
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_CHAIN);
    cr_expect(strstr(err.detail, "a CA's"), "%s", err.detail);
    certify(&(const struct plan){.bare = true});
    cr_expect_eq(verify(), RATLS_OK, "no keyUsage: %s", err.detail);
    certify(&(const struct plan){.bare = true, .usage = "\x03\x02\x07\x80"});
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
    input.now -= 2 * DAY;
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_TIME, "%s", err.detail);
}

Test(tpm_ak, the_certificate_is_that_of_the_key)
{
    parts.certs[0] = rt_bytes_of(&der[CA]);
    parts.n_certs = 1;
    tpm_wrap();
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_CHAIN, "none");
    parts.certs[0] = parts.certs[1] = rt_bytes_of(&der[AK]);
    parts.n_certs = 2;
    tpm_wrap();
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_CHAIN, "two");
}

/* The DER of one certificate, and no certificate. */
Test(tpm_ak, refuses_a_certificate_that_cannot_be_read)
{
    parts.certs[parts.n_certs++] = ratls_bytes("\x30\x00", 2);
    tpm_wrap();
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_CHAIN, "%s: %s", ratls_err_reason(err.code),
                 err.detail);
}

/* ---- revocation ---- */

/* In the list of `by`; none: CERTS. */
struct list {
    size_t by, revoked;
    bool wrong_key;
    int64_t from, until; /* 0: the usual ones */
};

static void add_list(const struct list *l)
{
    const size_t i = input.n_crls++;
    const struct ratls_bytes nobody = ratls_bytes("\x01", 1);
    struct rt_x509 issuer, revoked = {.serial = nobody};

    MUST(rt_x509_parse(rt_bytes_of(&der[l->by]), &issuer, NULL));
    if (l->revoked < CERTS)
        MUST(rt_x509_parse(rt_bytes_of(&der[l->revoked]), &revoked, NULL));
    const struct rt_mint_crl what = {
        .issuer_key = key[l->wrong_key ? AK : l->by],
        .issuer_name = issuer.subject,
        .this_update = l->from ? l->from : input.now - DAY,
        .next_update = l->until ? l->until : input.now + DAY,
        .number = 1,
        .serials = &revoked.serial,
        .n = 1,
    };
    MUST(rt_mint_crl(ratls_env_system(), &what, &crl[i], NULL));
    crls[i] = rt_bytes_of(&crl[i]);
    input.crls = crls;
}

static void drop_lists(void)
{
    while (input.n_crls > 0)
        ratls_buffer_free(&crl[--input.n_crls]);
}

Test(tpm_ak, lists_that_are_named_must_be_looked_up)
{
    certify(&(const struct plan){.names_list = true});
    cr_assert_eq(verify(), RATLS_OK, "%s", err.detail);
    cr_expect_str_eq(text("tcb_status"), "not_evaluated", "none is there");
    cr_expect_str_eq(text("tpm.ak_revocation"), "not_checked");
    add_list(&(const struct list){.by = ROOT, .revoked = CERTS});
    cr_assert_eq(verify(), RATLS_OK, "%s", err.detail);
    cr_expect_str_eq(text("tcb_status"), "not_evaluated", "the AK's is missing");
    cr_expect_str_eq(text("tpm.ak_revocation"), "not_checked");
    drop_lists();
    add_list(&(const struct list){.by = CA, .revoked = CERTS});
    cr_assert_eq(verify(), RATLS_OK, "%s", err.detail);
    cr_expect_str_eq(text("tcb_status"), "not_evaluated", "the CA's is missing");
    cr_expect_str_eq(text("tpm.ak_revocation"), "good");
    add_list(&(const struct list){.by = ROOT, .revoked = CERTS, .until = input.now + 60});
    cr_assert_eq(verify(), RATLS_OK, "%s", err.detail);
    cr_expect_str_eq(text("tcb_status"), "unrated");
    cr_expect_eq(number("collateral_expires"), (uint64_t)input.now + 60);
}

Test(tpm_ak, refuses_who_is_revoked_and_lists_that_are_not_right)
{
    const struct {
        const char *name;
        struct list list;
        enum ratls_err due;
    } rows[] = {
        {"AK", {.by = CA, .revoked = AK}, RATLS_E_REVOKED},
        {"AK, in an old list", {.by = CA, .revoked = AK, .until = input.now - 1}, RATLS_E_REVOKED},
        {"CA", {.by = ROOT, .revoked = CA}, RATLS_E_REVOKED},
        {"signature",
         {.by = CA, .revoked = CERTS, .wrong_key = true},
         RATLS_E_COLLATERAL_SIGNATURE},
        {"ended", {.by = CA, .revoked = CERTS, .until = input.now - 1}, RATLS_E_COLLATERAL_TIME},
        {"to come", {.by = CA, .revoked = CERTS, .from = input.now + 1}, RATLS_E_COLLATERAL_TIME},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        drop_lists();
        add_list(&rows[i].list);
        cr_expect_eq(verify(), rows[i].due, "%s: %s", rows[i].name, err.detail);
    }
    input.insecure_no_crl = true;
    certify(&(const struct plan){.names_list = true});
    cr_assert_eq(verify(), RATLS_OK, "%s", err.detail);
    cr_expect_str_eq(text("tcb_status"), "unrated");
    cr_expect_str_eq(text("tpm.ak_revocation"), "not_checked");
}

Test(tpm_ak, lists_of_others_alone_are_a_mistake)
{
    struct ratls_buffer theirs = der[CA];

    der[CA] = (struct ratls_buffer){0};
    certify(&(const struct plan){.organization = "ACME"}); /* other names */
    struct ratls_buffer ours = der[CA];
    der[CA] = theirs;
    add_list(&(const struct list){.by = CA, .revoked = CERTS});
    der[CA] = ours;
    cr_expect_eq(verify(), RATLS_E_COLLATERAL_MISMATCH, "%s", err.detail);
    ratls_buffer_free(&theirs);
    crls[0] = ratls_bytes("x", 1);
    cr_expect_eq(verify(), RATLS_E_COLLATERAL_FORMAT);
}

/* ---- global-trust-authority ---- */

static const char values[] =
    "[{\"pcr_index\":2,"
    "\"pcr_value\":\"7002000000000000000000000000000000000000000000000000000000000000\"},"
    "{\"pcr_index\":1,"
    "\"pcr_value\":\"7001000000000000000000000000000000000000000000000000000000000000\"}]";

struct gta {
    const char *alg, *values, *logs; /* NULL: the usual ones */
    const char *from, *to;           /* an edit of all of it */
    bool one_cert, no_cert;
};

static void put_certs(struct rt_writer *w, const struct gta *g)
{
    if (g->no_cert) {
        rt_json_put_raw(w, "{\"ak_certs\":[]");
        return;
    }
    rt_json_put_raw(w, g->one_cert ? "{\"ak_cert\":"
                                   : "{\"ak_certs\":[{\"cert_type\":\"aik\",\"cert_data\":");
    put_base64(w, rt_bytes_of(&der[AK]));
    if (!g->one_cert) {
        rt_json_put_raw(w, "},{\"cert_type\":\"ca\",\"cert_data\":");
        put_base64(w, rt_bytes_of(&der[CA]));
    }
    rt_json_put_raw(w, g->one_cert ? "" : "}]");
}

static enum ratls_err verify_gta(const struct gta *g)
{
    struct rt_writer w = {0};

    put_certs(&w, g);
    rt_json_put_raw(&w, ",\"quote\":{\"quote_data\":");
    put_base64(&w, rt_bytes_of(&message));
    rt_json_put_raw(&w, ",\"signature\":");
    put_base64(&w, rt_bytes_of(&tpmt));
    rt_json_put_raw(&w, "},\"pcrs\":{\"hash_alg\":");
    rt_json_put_raw(&w, g->alg ? g->alg : "\"sha256\"");
    rt_json_put_raw(&w, ",\"pcr_values\":");
    rt_json_put_raw(&w, g->values ? g->values : values);
    rt_json_put_raw(&w, "},\"logs\":");
    rt_json_put_raw(&w, g->logs ? g->logs : "[]");
    rt_json_put_raw(&w, "}");
    take(&w, &evidence);
    input.evidence = rt_bytes_of(&evidence);
    if (g->from)
        tpm_edit(g->from, g->to);
    cr_expect(rt_verifier_tpm.recognises(input.evidence));
    return verify();
}

Test(tpm_ak, reads_the_json_of_global_trust_authority)
{
    struct ratls_buffer ca;

    tpm.selected = 1U << 1 | 1U << 2;
    tpm_make();
    cr_assert_eq(verify_gta(&(const struct gta){0}), RATLS_OK, "%s", err.detail);
    cr_expect_eq(strncmp(text("tpm.pcr01"), "7001", 4), 0);
    cr_expect_eq(strncmp(text("tpm.pcr02"), "7002", 4), 0);
    MUST(rt_pem_write("CERTIFICATE", rt_bytes_of(&der[CA]), &ca));
    input.certs = rt_bytes_of(&ca);
    cr_expect_eq(verify_gta(&(const struct gta){.one_cert = true}), RATLS_OK, "%s", err.detail);
    ratls_buffer_free(&ca);
    cr_expect_eq(verify_gta(&(const struct gta){.no_cert = true}), RATLS_E_EVIDENCE_CHAIN,
                 "neither key nor certificate: %s", err.detail);
}

/* T150: an index beside a value is no more than what the quote says of it. */
Test(tpm_ak, refuses_values_under_other_indices)
{
#define MEMBERS(i, two)                                                                            \
    "\"pcr_index\":" i ",\"pcr_value\":\"" two                                                     \
    "00000000000000000000000000000000000000000000000000000000000000\""
#define VALUE(i, two) "{" MEMBERS(i, two) "}"
    static const struct {
        const char *values;
        enum ratls_err due;
    } rows[] = {
        {"[" VALUE("1", "7001") "]", RATLS_E_EVIDENCE_FORMAT},
        {"[]", RATLS_E_EVIDENCE_MISMATCH},
        {"[" VALUE("1", "11") "," VALUE("3", "22") "]", RATLS_E_EVIDENCE_MISMATCH},
        {"[" VALUE("1", "11") "," VALUE("2", "22") "]", RATLS_E_EVIDENCE_MISMATCH},
        {"[" VALUE("1", "11") "," VALUE("1", "11") "]", RATLS_E_EVIDENCE_FORMAT},
        {"[" VALUE("24", "11") "]", RATLS_E_EVIDENCE_FORMAT},
        {"[" VALUE("-1", "11") "]", RATLS_E_EVIDENCE_FORMAT},
        {"[{\"pcr_index\":1,\"pcr_value\":\"7001\"}]", RATLS_E_EVIDENCE_FORMAT},
        {"[{\"pcr_index\":1,\"pcr_value\":7001}]", RATLS_E_EVIDENCE_FORMAT},
        {"[{\"x\":1," MEMBERS("1", "11") "},{" MEMBERS("2", "22") "}]", RATLS_E_EVIDENCE_FORMAT},
        {"[1]", RATLS_E_EVIDENCE_FORMAT},
        {"[[1]]", RATLS_E_EVIDENCE_FORMAT},
        {"{}", RATLS_E_EVIDENCE_FORMAT},
    };

    tpm.selected = 1U << 1 | 1U << 2;
    tpm_make();
    for (size_t i = 0; i < RT_COUNT(rows); i++)
        cr_expect_eq(verify_gta(&(const struct gta){.values = rows[i].values}), rows[i].due,
                     "row %zu: %s", i, err.detail);
    cr_expect_eq(verify_gta(&(const struct gta){.alg = "\"sha1\""}), RATLS_E_EVIDENCE_ALGORITHM);
    cr_expect_eq(verify_gta(&(const struct gta){.alg = "1"}), RATLS_E_EVIDENCE_ALGORITHM);
}

/* Behind a quote, certificates and values that are good. */
Test(tpm_ak, refuses_other_members_there)
{
    static const struct {
        const char *from, *to;
        enum ratls_err due;
    } rows[] = {
        {",\"logs\":[]", "", RATLS_OK},
        {",\"logs\":[]", ",\"x\":[]", RATLS_E_EVIDENCE_FORMAT},
        {"\"cert_type\"", "\"x\":1,\"cert_type\"", RATLS_E_EVIDENCE_FORMAT},
        {"\"quote_data\"", "\"x\":1,\"quote_data\"", RATLS_E_EVIDENCE_FORMAT},
        {"\"quote_data\":\"", "\"quote_data\":\"AAAA", RATLS_E_EVIDENCE_FORMAT},
        {"\"quote_data\":\"", "\"quote_data\":\"!", RATLS_E_EVIDENCE_FORMAT},
        {"\"signature\":\"", "\"signature\":\"!", RATLS_E_EVIDENCE_FORMAT},
        {"\"hash_alg\"", "\"x\":1,\"hash_alg\"", RATLS_E_EVIDENCE_FORMAT},
    };

    tpm.selected = 1U << 1 | 1U << 2;
    tpm_make();
    for (size_t i = 0; i < RT_COUNT(rows); i++)
        cr_expect_eq(verify_gta(&(const struct gta){.from = rows[i].from, .to = rows[i].to}),
                     rows[i].due, "row %zu: %s", i, err.detail);
}

/* T150: what is quoted is right, and something is said beside it, or left out. */
Test(tpm_ak, refuses_a_value_more_and_a_value_less)
{
    char more[1024];

    tpm.selected = 1U << 1 | 1U << 2;
    tpm_make();
    (void)snprintf(more, sizeof more,
                   "%.*s,{\"pcr_index\":4,\"pcr_value\":"
                   "\"4400000000000000000000000000000000000000000000000000000000000000\"}]",
                   (int)strlen(values) - 1, values);
    cr_expect_eq(verify_gta(&(const struct gta){.values = more}), RATLS_E_EVIDENCE_MISMATCH);
    tpm.selected |= 1U << 9; /* which is zero */
    tpm_make();
    cr_expect_eq(verify_gta(&(const struct gta){0}), RATLS_E_EVIDENCE_MISMATCH);
}

Test(tpm_ak, reads_the_logs_there)
{
    static const struct {
        const char *logs;
        enum ratls_err due;
    } rows[] = {
        {"null", RATLS_OK},
        {"{}", RATLS_E_EVIDENCE_FORMAT},
        {"[{\"log_type\":\"TcgEventLog\",\"log_data\":\"YQ==\"}]", RATLS_E_EVENT_LOG},
        {"[{\"log_type\":\"ImaLog\",\"log_data\":\"YQ==\"}]", RATLS_E_EVENT_LOG},
        {"[{\"log_type\":\"Other\",\"log_data\":\"YQ==\"}]", RATLS_E_EVIDENCE_FORMAT},
        {"[{\"log_type\":\"ImaLog\",\"log_data\":\"YQ==\"},"
         "{\"log_type\":\"ImaLog\",\"log_data\":\"YQ==\"}]",
         RATLS_E_EVIDENCE_FORMAT},
        {"[{\"log_type\":\"ImaLog\"}]", RATLS_E_EVIDENCE_FORMAT},
        {"[{\"log_type\":1,\"log_data\":\"YQ==\"}]", RATLS_E_EVIDENCE_FORMAT},
        {"[{\"log_type\":\"ImaLog\",\"log_data\":\"YQ==\",\"x\":1}]", RATLS_E_EVIDENCE_FORMAT},
    };

    tpm.selected = 1U << 1 | 1U << 2;
    tpm_make();
    for (size_t i = 0; i < RT_COUNT(rows); i++)
        cr_expect_eq(verify_gta(&(const struct gta){.logs = rows[i].logs}), rows[i].due,
                     "row %zu: %s", i, err.detail);
}

/* Logs in the JSON, and the values of PCRs 1 and 10 that they lead to. */
static void make_logs(struct ratls_buffer *events, struct ratls_buffer *logs, char pcrs[256])
{
    static const struct rt_sim_event event = {
        .index = 1, .type = 4, .event = {(const uint8_t *)"a", 1}};
    struct rt_sim_registers regs;
    struct ratls_buffer ima;
    struct rt_writer w = {0};
    char one[65], ten[65];

    MUST(rt_sim_eventlog(RT_SHA256, &event, 1, events, &regs));
    MUST(rt_sim_ima_usual(10, RT_SIM_IMA_BINARY, &ima, tpm.pcr[10]));
    memcpy(tpm.pcr[1], regs.value[0], RT_SHA256_LEN);
    rt_hex(ratls_bytes(tpm.pcr[1], RT_SHA256_LEN), one);
    rt_hex(ratls_bytes(tpm.pcr[10], RT_SHA256_LEN), ten);
    (void)snprintf(pcrs, 256,
                   "[{\"pcr_index\":1,\"pcr_value\":\"%s\"},"
                   "{\"pcr_index\":10,\"pcr_value\":\"%s\"}]",
                   one, ten);
    rt_json_put_raw(&w, "[{\"log_type\":\"TcgEventLog\",\"log_data\":");
    put_base64(&w, rt_bytes_of(events));
    rt_json_put_raw(&w, "},{\"log_type\":\"ImaLog\",\"log_data\":");
    put_base64(&w, rt_bytes_of(&ima));
    rt_json_put_raw(&w, "}]");
    rt_put_u8(&w, 0);
    MUST(rt_writer_take(&w, logs));
    ratls_buffer_free(&ima);
}

/* Each kind of log may be in the evidence or beside it, and not both. */
Test(tpm_ak, the_logs_there_are_judged)
{
    struct ratls_buffer events, logs = {0};
    char pcrs[256];

    make_logs(&events, &logs, pcrs);
    const struct gta with = {.values = pcrs, .logs = (const char *)logs.p};
    tpm.selected = 1U << 1 | 1U << 10;
    tpm_make();
    cr_assert_eq(verify_gta(&with), RATLS_OK, "%s", err.detail);
    cr_expect_str_eq(text("tpm.pcr01_log"), "match");
    cr_expect_gt(number("tpm.ima.entries"), 1);
    input.event_log = rt_bytes_of(&events);
    cr_expect_eq(verify_gta(&with), RATLS_E_EVENT_LOG);
    cr_expect(strstr(err.detail, "beside"), "%s", err.detail);
    cr_expect_eq(verify_gta(&(const struct gta){.values = pcrs}), RATLS_OK, "%s", err.detail);
    input.event_log = ratls_bytes(NULL, 0);
    input.ima_log = ratls_bytes("a", 1);
    cr_expect_eq(verify_gta(&with), RATLS_E_EVENT_LOG);
    cr_expect(strstr(err.detail, "beside"), "%s", err.detail);
    ratls_buffer_free(&events);
    ratls_buffer_free(&logs);
}
