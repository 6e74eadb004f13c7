/* virtCCA: which certificates count, whether they reach a trusted root, and revocation. */
#include "mint_crl.h"
#include "virtcca_evidence.h"
#include "virtcca_support.h"

enum { ROOT = RT_SIM_VIRTCCA_ROOT, CA = RT_SIM_VIRTCCA_CA, DEVICE = RT_SIM_VIRTCCA_DEVICE };
#define MAX_CERTS 40

static struct ratls_bytes list[MAX_CERTS];
static size_t n_list;
static struct ratls_buffer evidence, crl[20];
static struct ratls_bytes crls[20];

static void end(void)
{
    ratls_buffer_free(&evidence);
    for (size_t i = 0; i < RT_COUNT(crl); i++)
        ratls_buffer_free(&crl[i]);
    teardown();
}

TestSuite(virtcca_chain, .fini = end, .timeout = 120);

/* ---- a choice of certificates ---- */

static void start(void)
{
    n_list = 0;
    make_usual();
}

static void with(struct ratls_bytes der)
{
    cr_assert_lt(n_list, MAX_CERTS);
    list[n_list++] = der;
}

static struct ratls_bytes der(int which)
{
    return rt_bytes_of(&g.chain.der[which]);
}

/* Those of `list`, and no others. */
static enum ratls_err judge(void)
{
    const struct rt_virtcca_parts parts = {
        .token = rt_bytes_of(&g.token), .certs = list, .n_certs = n_list};

    ratls_buffer_free(&evidence);
    MUST(rt_virtcca_envelope(&parts, &evidence));
    return verify_bytes(rt_bytes_of(&evidence));
}

static void expect(enum ratls_err e, const char *detail)
{
    enum ratls_err found = judge();

    cr_expect_eq(found, e, "%s: %s", ratls_err_reason(found), err.detail);
    cr_expect(strstr(err.detail, detail), "%s", err.detail);
}

Test(virtcca_chain, takes_certificates_in_any_order)
{
    static const int orders[][3] = {{ROOT, CA, DEVICE}, {CA, ROOT, DEVICE}, {DEVICE, ROOT, CA}};

    for (size_t i = 0; i < RT_COUNT(orders); i++) {
        start();
        for (size_t k = 0; k < 3; k++)
            with(der(orders[i][k]));
        expect(RATLS_OK, "");
    }
}

Test(virtcca_chain, needs_each_of_them)
{
    start();
    expect(RATLS_E_COLLATERAL_MISSING, "no certificate of the device");
    with(der(CA));
    with(der(ROOT));
    expect(RATLS_E_COLLATERAL_MISSING, "no certificate of the device");
    n_list = 0;
    with(der(DEVICE));
    expect(RATLS_E_EVIDENCE_CHAIN, "is missing");
    with(der(ROOT));
    expect(RATLS_E_EVIDENCE_CHAIN, "is missing");
    n_list = 0;
    with(der(DEVICE));
    with(der(CA));
    expect(RATLS_E_EVIDENCE_ROOT, "no trusted root");
}

/* The certificate of a root that was configured; by its key, whatever stands beside it. */
Test(virtcca_chain, takes_the_root_out_of_the_configuration)
{
    struct ratls_root roots[2] = {{.simulated = false}};

    start();
    with(der(DEVICE));
    with(der(CA));
    roots[1] = g.root;
    roots[1].cert = der(ROOT);
    roots[0].cert = der(CA); /* of another key than it says */
    input.roots = roots;
    input.n_roots = 2;
    expect(RATLS_OK, "");
    input.n_roots = 1;
    expect(RATLS_E_EVIDENCE_ROOT, "no trusted root");
}

/* T132: the same names, other keys. */
Test(virtcca_chain, a_clone_of_all_names_is_not_the_root)
{
    struct rt_sim_virtcca_keys other = {.rsa = false};
    struct rt_sim_virtcca_chain clone;

    start();
    MUST(rt_sim_virtcca_keys_make(ratls_env_system(), false, &other, NULL));
    MUST(rt_sim_virtcca_chain_make(ratls_env_system(), &other, NULL, &clone));
    for (int i = 0; i < RT_SIM_VIRTCCA_CERTS; i++)
        with(rt_bytes_of(&clone.der[i]));
    expect(RATLS_E_EVIDENCE_ROOT, "no trusted root");
    with(der(ROOT)); /* the true one, which issued nothing of this */
    expect(RATLS_E_EVIDENCE_CHAIN, "CA certificate");
    n_list = 0;
    with(rt_bytes_of(&clone.der[CA])); /* in the way of the genuine ones, of the same names */
    with(rt_bytes_of(&clone.der[ROOT]));
    for (int i = 0; i < RT_SIM_VIRTCCA_CERTS; i++)
        with(der(i));
    expect(RATLS_OK, "");
    with(rt_bytes_of(&clone.der[DEVICE]));
    expect(RATLS_E_EVIDENCE_CHAIN, "more than one");
    rt_sim_virtcca_chain_free(&clone);
    rt_sim_virtcca_keys_free(&other);
}

/* ---- chains of other shapes ---- */

struct link {
    const char *name;
    const struct rt_sim_signer *key, *by;
    struct ratls_bytes issuer; /* len 0: itself */
    bool is_ca;
    int64_t not_after; /* 0: later */
};

static struct ratls_buffer mint(const struct link *l)
{
    struct ratls_buffer out;
    struct ratls_error why = {0};
    const struct rt_mint what = {
        .subject_spki = rt_sim_virtcca_spki(l->key),
        .subject = {.common_name = l->name, .organization = RT_SIM_ORGANIZATION},
        .issuer_key = l->by->ec,
        .issuer_name = l->issuer,
        .not_before = PAST,
        .not_after = l->not_after ? l->not_after : FUTURE,
        .is_ca = l->is_ca,
        .path_len = -1,
    };

    cr_assert_eq(rt_mint(ratls_env_system(), &what, &out, &why), RATLS_OK, "%s", why.detail);
    return out;
}

static struct ratls_bytes subject(struct ratls_bytes certificate)
{
    struct rt_x509 cert;

    MUST(rt_x509_parse(certificate, &cert, NULL));
    return cert.subject;
}

/* A root and `cas` CAs, each with the key of the CA, one below the other, and the device. */
static enum ratls_err judge_depth(size_t cas)
{
    const struct rt_sim_signer *key = ec_keys.key;
    struct ratls_buffer made[8] = {{0}};
    char name[16];

    start();
    made[0] = mint(&(const struct link){"root", &key[ROOT], &key[ROOT], {0}, true, 0});
    for (size_t i = 1; i <= cas + 1; i++) {
        const bool is_ca = i <= cas;
        (void)snprintf(name, sizeof name, "number %zu", i);
        made[i] =
            mint(&(const struct link){name, &key[is_ca ? CA : DEVICE], &key[i == 1 ? ROOT : CA],
                                      subject(rt_bytes_of(&made[i - 1])), is_ca, 0});
    }
    for (size_t i = 0; i < cas + 2; i++)
        with(rt_bytes_of(&made[i]));
    enum ratls_err e = judge();
    for (size_t i = 0; i < RT_COUNT(made); i++)
        ratls_buffer_free(&made[i]);
    return e;
}

Test(virtcca_chain, has_at_most_four_certificates)
{
    start();
    cr_expect_eq(judge_depth(0), RATLS_E_EVIDENCE_CHAIN);
    cr_expect(strstr(err.detail, "without a CA"), "%s", err.detail);
    cr_expect_eq(judge_depth(1), RATLS_OK, "%s", err.detail);
    cr_expect_eq(judge_depth(2), RATLS_OK, "%s", err.detail);
    cr_expect_eq(judge_depth(3), RATLS_E_EVIDENCE_CHAIN);
    cr_expect(strstr(err.detail, "more certificates"), "%s", err.detail);
}

/* Two CAs that issued each other. */
Test(virtcca_chain, does_not_run_in_circles)
{
    const struct rt_sim_signer *key = ec_keys.key;
    struct ratls_buffer one, first, second, device;

    start();
    one = mint(&(const struct link){"one", &key[CA], &key[CA], {0}, true, 0});
    second = mint(&(const struct link){"two", &key[RT_SIM_VIRTCCA_CVM], &key[CA],
                                       subject(rt_bytes_of(&one)), true, 0});
    first = mint(&(const struct link){"one", &key[CA], &key[RT_SIM_VIRTCCA_CVM],
                                      subject(rt_bytes_of(&second)), true, 0});
    device = mint(&(const struct link){"device", &key[DEVICE], &key[CA],
                                       subject(rt_bytes_of(&first)), false, 0});
    with(rt_bytes_of(&first));
    with(rt_bytes_of(&second));
    with(rt_bytes_of(&device));
    expect(RATLS_E_EVIDENCE_ROOT, "no trusted root");
    ratls_buffer_free(&one);
    ratls_buffer_free(&first);
    ratls_buffer_free(&second);
    ratls_buffer_free(&device);
}

/* The key of a root is public: whoever writes a certificate around it chooses dates and limits. */
Test(virtcca_chain, a_root_has_signed_itself)
{
    const struct rt_sim_signer *key = ec_keys.key;
    struct ratls_buffer real, forged, ca, device;

    start();
    real = mint(&(const struct link){"root", &key[ROOT], &key[ROOT], {0}, true, PAST + 1});
    forged = mint(&(const struct link){"root", &key[ROOT], &key[CA], {0}, true, 0});
    ca = mint(
        &(const struct link){"ca", &key[CA], &key[ROOT], subject(rt_bytes_of(&real)), true, 0});
    device = mint(&(const struct link){"device", &key[DEVICE], &key[CA], subject(rt_bytes_of(&ca)),
                                       false, 0});
    with(rt_bytes_of(&device));
    with(rt_bytes_of(&ca));
    with(rt_bytes_of(&forged));
    expect(RATLS_E_EVIDENCE_CHAIN, "root");
    with(rt_bytes_of(&real));
    expect(RATLS_E_EVIDENCE_CHAIN, "root");
    ratls_buffer_free(&real);
    ratls_buffer_free(&forged);
    ratls_buffer_free(&ca);
    ratls_buffer_free(&device);
}

/* ---- certificates that are none ---- */

Test(virtcca_chain, refuses_what_it_cannot_read)
{
    static const char pem[] = "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";

    start();
    for (int i = 0; i < RT_SIM_VIRTCCA_CERTS; i++)
        with(der(i));
    with(ratls_bytes_str("nothing"));
    expect(RATLS_E_EVIDENCE_CHAIN, "one of the certificates");
    list[n_list - 1] = ratls_bytes_str(pem);
    expect(RATLS_E_EVIDENCE_CHAIN, "malformed PEM");
    n_list--;
    input.certs = ratls_bytes_str(pem);
    expect(RATLS_E_EVIDENCE_CHAIN, "malformed PEM");
}

Test(virtcca_chain, refuses_more_certificates_than_have_room)
{
    struct ratls_buffer extra[32] = {{0}};
    const struct rt_sim_signer *key = ec_keys.key;
    char name[16];

    start();
    for (int i = 0; i < RT_SIM_VIRTCCA_CERTS; i++)
        with(der(i));
    for (size_t i = 0; i < RT_COUNT(extra) - RT_SIM_VIRTCCA_CERTS; i++) {
        (void)snprintf(name, sizeof name, "extra %zu", i);
        extra[i] = mint(&(const struct link){name, &key[CA], &key[CA], {0}, true, 0});
        with(rt_bytes_of(&extra[i]));
    }
    expect(RATLS_OK, "");
    with(der(ROOT));
    expect(RATLS_E_EVIDENCE_CHAIN, "more than 32");
    n_list--;
    extra[31] = mint(&(const struct link){"one more", &key[CA], &key[CA], {0}, true, 0});
    struct ratls_buffer pem;
    MUST(rt_pem_write("CERTIFICATE", rt_bytes_of(&extra[31]), &pem));
    input.certs = rt_bytes_of(&pem);
    expect(RATLS_E_EVIDENCE_CHAIN, "more than 32");
    ratls_buffer_free(&pem);
    for (size_t i = 0; i < RT_COUNT(extra); i++)
        ratls_buffer_free(&extra[i]);
}

/* Agents with a platform token send PEM where others send DER. */
Test(virtcca_chain, takes_pem_from_the_envelope)
{
    struct ratls_buffer pem;

    start();
    MUST(rt_pem_write("CERTIFICATE", der(DEVICE), &pem));
    const struct ratls_bytes above[] = {der(CA), der(ROOT)};
    const struct rt_virtcca_parts parts = {.token = rt_bytes_of(&g.token),
                                           .dev_cert = rt_bytes_of(&pem),
                                           .certs = above,
                                           .n_certs = 2};
    MUST(rt_virtcca_envelope(&parts, &evidence));
    cr_expect_eq(verify_bytes(rt_bytes_of(&evidence)), RATLS_OK, "%s", err.detail);
    ratls_buffer_free(&pem);
}

/* ---- revocation ---- */

struct crl_plan {
    int by;           /* whose name and key */
    int key;          /* -1: the same */
    int revoked;      /* certificate; -1: none */
    int64_t from, to; /* 0: a day ago, in a month */
};

static struct ratls_bytes serial(int which)
{
    struct rt_x509 cert;

    MUST(rt_x509_parse(der(which), &cert, NULL));
    return cert.serial;
}

static void add_crl(const struct crl_plan *p)
{
    const struct rt_sim_signer *key = &g.plan.keys->key[p->key < 0 ? p->by : p->key];
    const size_t i = input.n_crls++;
    const struct ratls_bytes none = ratls_bytes("\x01", 1),
                             revoked = p->revoked < 0 ? none : serial(p->revoked);
    const struct rt_mint_crl what = {
        .issuer_key = key->ec,
        .issuer_rsa = key->rsa,
        .rsa_pkcs1 = key->rsa != NULL,
        .issuer_name = subject(der(p->by)),
        .this_update = p->from ? p->from : input.now - DAY_S,
        .next_update = p->to ? p->to : input.now + 30 * DAY_S,
        .number = 1,
        .serials = &revoked,
        .n = 1,
    };

    MUST(rt_mint_crl(ratls_env_system(), &what, &crl[i], NULL));
    crls[i] = rt_bytes_of(&crl[i]);
    input.crls = crls;
}

static void drop_crls(void)
{
    while (input.n_crls > 0)
        ratls_buffer_free(&crl[--input.n_crls]);
}

static void expect_crls(enum ratls_err e, const char *status, const char *revocation)
{
    cr_expect_eq(verify(), e, "%s", err.detail);
    if (e == RATLS_OK) {
        cr_expect_str_eq(text("tcb_status"), status);
        cr_expect_str_eq(text("virtcca.dev_cert.revocation"), revocation);
    }
    drop_crls();
}

Test(virtcca_chain, is_rated_when_lists_cover_all_of_it)
{
    for (int rsa = 0; rsa < 2; rsa++) {
        make(&(const struct bad_virtcca){.rsa = rsa});
        add_crl(&(const struct crl_plan){CA, -1, -1, 0, 0});
        expect_crls(RATLS_OK, "not_evaluated", "good");
        add_crl(&(const struct crl_plan){ROOT, -1, -1, 0, 0});
        expect_crls(RATLS_OK, "not_evaluated", "not_checked");
        add_crl(&(const struct crl_plan){ROOT, -1, -1, 0, 0});
        add_crl(&(const struct crl_plan){CA, -1, -1, 0, 0});
        cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
        cr_expect_eq(number("collateral_expires"), (uint64_t)input.now + 30 * DAY_S);
        expect_crls(RATLS_OK, "unrated", "good");
    }
}

Test(virtcca_chain, is_refused_when_one_of_it_is_revoked)
{
    make_usual();
    add_crl(&(const struct crl_plan){CA, -1, DEVICE, 0, 0});
    expect_crls(RATLS_E_REVOKED, NULL, NULL);
    add_crl(&(const struct crl_plan){ROOT, -1, CA, 0, 0});
    expect_crls(RATLS_E_REVOKED, NULL, NULL);
    add_crl(&(const struct crl_plan){CA, -1, CA, 0, 0}); /* of another issuer: no serial of its */
    expect_crls(RATLS_OK, "not_evaluated", "good");
    /* an older list, out of date, beside a newer one that forgot */
    add_crl(&(const struct crl_plan){CA, -1, -1, 0, 0});
    add_crl(&(const struct crl_plan){CA, -1, DEVICE, PAST, PAST + 1});
    expect_crls(RATLS_E_REVOKED, NULL, NULL);
}

Test(virtcca_chain, lists_have_dates)
{
    make_usual();
    add_crl(&(const struct crl_plan){CA, -1, -1, PAST, PAST + 1});
    expect_crls(RATLS_E_COLLATERAL_TIME, NULL, NULL);
    add_crl(&(const struct crl_plan){CA, -1, -1, FUTURE, FUTURE + 1});
    expect_crls(RATLS_E_COLLATERAL_TIME, NULL, NULL);
    add_crl(&(const struct crl_plan){CA, -1, -1, PAST, input.now});
    expect_crls(RATLS_OK, "not_evaluated", "good");
    add_crl(&(const struct crl_plan){CA, -1, -1, input.now, FUTURE});
    expect_crls(RATLS_OK, "not_evaluated", "good");
    /* the newest counts, in any order */
    for (int i = 0; i < 2; i++) {
        add_crl(&(const struct crl_plan){CA, -1, -1, i ? 0 : PAST, i ? 0 : PAST + 1});
        add_crl(&(const struct crl_plan){CA, -1, -1, i ? PAST : 0, i ? PAST + 1 : 0});
        expect_crls(RATLS_OK, "not_evaluated", "good");
    }
}

Test(virtcca_chain, lists_are_of_its_cas)
{
    make_usual();
    add_crl(&(const struct crl_plan){DEVICE, -1, -1, 0, 0});
    expect_crls(RATLS_E_COLLATERAL_MISMATCH, NULL, NULL);
    /* one of another CA says nothing here, but hides nothing either, in any order */
    for (int i = 0; i < 2; i++) {
        add_crl(&(const struct crl_plan){i ? DEVICE : CA, -1, -1, 0, 0});
        add_crl(&(const struct crl_plan){i ? CA : DEVICE, -1, -1, 0, 0});
        expect_crls(RATLS_OK, "not_evaluated", "good");
        add_crl(&(const struct crl_plan){i ? DEVICE : CA, -1, i ? -1 : DEVICE, 0, 0});
        add_crl(&(const struct crl_plan){i ? CA : DEVICE, -1, i ? DEVICE : -1, 0, 0});
        expect_crls(RATLS_E_REVOKED, NULL, NULL);
    }
    add_crl(&(const struct crl_plan){DEVICE, -1, -1, 0, 0});
    add_crl(&(const struct crl_plan){ROOT, -1, -1, 0, 0});
    expect_crls(RATLS_OK, "not_evaluated", "not_checked");
    add_crl(&(const struct crl_plan){CA, ROOT, -1, 0, 0});
    expect_crls(RATLS_E_COLLATERAL_SIGNATURE, NULL, NULL);
    input.n_crls = 1;
    crls[0] = ratls_bytes_str("none");
    input.crls = crls;
    cr_expect_eq(verify(), RATLS_E_COLLATERAL_FORMAT, "%s", err.detail);
    input.n_crls = 0;
    make(&(const struct bad_virtcca){.chain.usage[CA] = RT_KU_CERT_SIGN});
    add_crl(&(const struct crl_plan){CA, -1, -1, 0, 0});
    expect_crls(RATLS_E_COLLATERAL_SIGNATURE, NULL, NULL);
}

Test(virtcca_chain, lists_are_limited_in_number)
{
    make_usual();
    for (int i = 0; i < 16; i++)
        add_crl(&(const struct crl_plan){CA, -1, -1, 0, 0});
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
    add_crl(&(const struct crl_plan){CA, -1, -1, 0, 0});
    expect_crls(RATLS_E_LIMIT, NULL, NULL);
}

Test(virtcca_chain, nobody_asks_for_revocation_where_it_is_waived)
{
    make_usual();
    add_crl(&(const struct crl_plan){CA, -1, DEVICE, 0, 0});
    input.insecure_no_crl = true;
    expect_crls(RATLS_OK, "unrated", "not_checked");
}
