/* sim_snp_pki.c - certificates in the profile of AMD's (AMD 57230 "VCEK Certificate and KDS
 * Interface Specification" 1.00). */
#include "sim_snp_pki.h"

#include <stdio.h>

#include "der.h"
#include "oid.h"
#include "x509.h"

#define CA_NOT_BEFORE 1577836800 /* 2020-01-01T00:00:00Z, for 25 years */
#define CA_NOT_AFTER  2366841600
#define DAY_S         86400
#define LEAF_AGE_S    (30 * DAY_S)
#define VCEK_LIFE_S   ((7 * 365 + 2) * DAY_S)
#define VLEK_LIFE_S   (365 * DAY_S)
#define CRL_URL       "https://sim-snp.invalid/crl"
#define CSP_ID        "CN=sim-snp.invalid"

enum { SMALL_CA_BITS = 2048, NAME_LEN = 64 };

/* ---- the platform ---- */

const struct rt_sim_snp_product *rt_sim_snp_product(const char *name)
{
    static const struct rt_sim_snp_product products[] = {
        {"Milan", "Milan-B0", false, 0, 64, 0x19, 0x01, 1, 3, {4, 0, 0, 0, 0, 0, 24, 219}},
        {"Genoa", "Genoa", false, 0, 64, 0x19, 0x11, 1, 3, {10, 0, 0, 0, 0, 0, 23, 84}},
        {"Turin", "Turin", true, 1, 8, 0x1a, 0x02, 1, 5, {1, 1, 1, 4, 0, 0, 0, 81}},
    };

    for (size_t i = 0; i < RT_COUNT(products); i++)
        if (strcmp(products[i].name, name) == 0)
            return &products[i];
    return NULL;
}

void rt_sim_snp_platform_usual(const struct rt_sim_snp_keys *keys,
                               const struct rt_sim_snp_product *product,
                               struct rt_sim_snp_platform *out)
{
    uint8_t digest[RT_SHA512_LEN] = {0};

    *out = (struct rt_sim_snp_platform){.product = product};
    memcpy(out->tcb, product->tcb, sizeof out->tcb);
    if (keys && rt_hash(RT_SHA512, rt_key_spki(keys->vek), digest) == RATLS_OK)
        memcpy(out->chip_id, digest, product->hwid_len);
}

/* ---- AMD's extensions ---- */

/* Everything that the list of a certificate points to. */
struct exts {
    struct rt_mint_ext list[RT_MINT_EXTS];
    uint8_t oid[RT_MINT_EXTS][16];
    struct ratls_buffer value[RT_MINT_EXTS];
    size_t n;
};

static enum ratls_err add(struct exts *x, const char *arcs, struct ratls_bytes value)
{
    const struct ratls_bytes base = RT_OID(AMD);
    const size_t i = x->n, len = strlen(arcs);

    if (i == RT_MINT_EXTS)
        return RATLS_E_LIMIT;
    memcpy(x->oid[i], base.p, base.len);
    memcpy(x->oid[i] + base.len, arcs, len);
    enum ratls_err e = rt_dup(value, &x->value[i]);
    x->list[i] = (struct rt_mint_ext){.oid = ratls_bytes(x->oid[i], base.len + len),
                                      .value = rt_bytes_of(&x->value[i])};
    x->n++;
    return e;
}

static const struct rt_sim_snp_ext *knob_of(const struct rt_sim_snp_knobs *k, const char *arcs)
{
    for (size_t i = 0; i < RT_COUNT(k->ext); i++)
        if (k->ext[i].arcs && strcmp(k->ext[i].arcs, arcs) == 0)
            return &k->ext[i];
    return NULL;
}

/* One extension as usual, or as its knob says. */
static enum ratls_err put(struct exts *x, const struct rt_sim_snp_knobs *k, const char *arcs,
                          struct ratls_bytes usual)
{
    const struct rt_sim_snp_ext *knob = knob_of(k, arcs);

    if (!knob)
        return add(x, arcs, usual);
    enum ratls_err e = knob->in_addition ? add(x, arcs, usual) : RATLS_OK;
    return e == RATLS_OK && knob->value.p ? add(x, arcs, knob->value) : e;
}

static enum ratls_err put_number(struct exts *x, const struct rt_sim_snp_knobs *k, const char *arcs,
                                 uint8_t value)
{
    struct rt_writer w = {0};

    rt_der_put_uint(&w, value);
    enum ratls_err e = w.bad ? RATLS_E_NO_MEMORY : put(x, k, arcs, rt_written(&w));
    rt_writer_free(&w);
    return e;
}

static enum ratls_err put_text(struct exts *x, const struct rt_sim_snp_knobs *k, const char *arcs,
                               const char *text)
{
    struct rt_writer w = {0};

    rt_der_put(&w, RT_DER_IA5_STRING, ratls_bytes_str(text));
    enum ratls_err e = w.bad ? RATLS_E_NO_MEMORY : put(x, k, arcs, rt_written(&w));
    rt_writer_free(&w);
    return e;
}

enum { ZERO = -1, ABSENT = -2 };

/* Which byte of a TCB version stands in which extension (AMD 57230, table 9), in the order of real
 * certificates without and with an FMC. */
static enum ratls_err put_spls(struct exts *x, const struct rt_sim_snp_knobs *k,
                               const struct rt_sim_snp_platform *p)
{
    static const struct spl {
        const char *arcs;
        int at; /* ZERO: reserved; ABSENT: only where a knob wants it */
    } spls[2][9] = {
        {{"\x03\x01", 0},
         {"\x03\x02", 1},
         {"\x03\x04", ZERO},
         {"\x03\x05", ZERO},
         {"\x03\x06", ZERO},
         {"\x03\x07", ZERO},
         {"\x03\x03", 6},
         {"\x03\x08", 7},
         {"\x03\x09", ABSENT}},
        {{"\x03\x09", 0},
         {"\x03\x01", 1},
         {"\x03\x02", 2},
         {"\x03\x03", 3},
         {"\x03\x05", ZERO},
         {"\x03\x06", ZERO},
         {"\x03\x07", ZERO},
         {"\x03\x08", 7},
         {"\x03\x04", ABSENT}},
    };
    const struct spl *row = spls[p->product->has_fmc];
    enum ratls_err e = RATLS_OK;

    for (const struct spl *end = row + RT_COUNT(spls[0]); row < end && e == RATLS_OK; row++) {
        if (row->at != ABSENT)
            e = put_number(x, k, row->arcs, row->at == ZERO ? 0 : p->tcb[row->at]);
        else if (knob_of(k, row->arcs))
            e = add(x, row->arcs, knob_of(k, row->arcs)->value);
    }
    return e;
}

static enum ratls_err put_owner(struct exts *x, const struct rt_sim_snp_knobs *k,
                                const struct rt_sim_snp_platform *p)
{
    const char *own = p->vlek ? "\x05" : "\x04", *other = p->vlek ? "\x04" : "\x05";
    const struct rt_sim_snp_ext *foreign = knob_of(k, other);
    enum ratls_err e = p->vlek ? put_text(x, k, own, CSP_ID)
                               : put(x, k, own, ratls_bytes(p->chip_id, p->product->hwid_len));

    return e == RATLS_OK && foreign ? add(x, other, foreign->value) : e;
}

static enum ratls_err put_all(struct exts *x, const struct rt_sim_snp_knobs *k,
                              const struct rt_sim_snp_platform *p)
{
    enum ratls_err e;

    if ((e = put_number(x, k, "\x01", p->product->struct_version)) != RATLS_OK ||
        (e = put_text(x, k, "\x02", p->product->product_name)) != RATLS_OK ||
        (e = put_spls(x, k, p)) != RATLS_OK)
        return e;
    return put_owner(x, k, p);
}

/* ---- certificates ---- */

struct maker {
    const struct ratls_env *env;
    const struct rt_sim_snp_keys *keys;
    const struct rt_sim_snp_platform *platform;
    const struct rt_sim_snp_knobs *knobs;
    struct rt_sim_snp_chain *chain;
};

static void put_name(const struct maker *m, enum rt_sim_snp_cert which, char out[NAME_LEN])
{
    const struct rt_sim_snp_platform *p = m->platform;
    const char *prefix = which == RT_SIM_ARK ? "ARK-" : p->vlek ? "SEV-VLEK-" : "SEV-";

    if (m->knobs->name[which])
        (void)snprintf(out, NAME_LEN, "%s", m->knobs->name[which]);
    else if (which == RT_SIM_VEK)
        (void)snprintf(out, NAME_LEN, "%s", p->vlek ? "SEV-VLEK" : "SEV-VCEK");
    else
        (void)snprintf(out, NAME_LEN, "%s%s", prefix, p->product->name);
}

static void put_dates(const struct maker *m, enum rt_sim_snp_cert which, struct rt_mint *what)
{
    const int64_t begin = m->env->now(m->env->arg) - LEAF_AGE_S;
    const bool is_ca = which != RT_SIM_VEK;

    what->not_before = is_ca ? CA_NOT_BEFORE : begin;
    what->not_after =
        is_ca ? CA_NOT_AFTER : begin + (m->platform->vlek ? VLEK_LIFE_S : VCEK_LIFE_S);
    if (m->knobs->not_before[which])
        what->not_before = m->knobs->not_before[which];
    if (m->knobs->not_after[which])
        what->not_after = m->knobs->not_after[which];
}

/* Serials as AMD counts them; a VEK has none. */
static struct ratls_bytes serial_of(const struct maker *m, enum rt_sim_snp_cert which)
{
    static const uint8_t ark[] = {1, 0, 0}, ask[] = {1, 0, 1}, asvk[] = {1, 1, 1}, vek[] = {0};

    if (which == RT_SIM_VEK)
        return ratls_bytes(vek, sizeof vek);
    if (which == RT_SIM_ARK)
        return ratls_bytes(ark, sizeof ark);
    return m->platform->vlek ? ratls_bytes(asvk, sizeof asvk) : ratls_bytes(ask, sizeof ask);
}

/* Everything but subject key, issuer and extensions of AMD. */
static struct rt_mint frame(const struct maker *m, enum rt_sim_snp_cert which, const char *name)
{
    const struct rt_sim_snp_knobs *k = m->knobs;
    const bool is_ca = (which != RT_SIM_VEK) != k->flip_ca[which];
    struct rt_mint what = {
        .subject = {.common_name = name,
                    .organization = k->organization ? k->organization : RT_SIM_ORGANIZATION,
                    .locality = "Santa Clara",
                    .state = "CA",
                    .country = "US",
                    .unit = "Engineering"},
        .serial = serial_of(m, which),
        .is_ca = is_ca,
        .path_len = which == RT_SIM_ASK || (which == RT_SIM_ARK && k->zero_path_len) ? 0 : -1,
        .ca_usage = which == RT_SIM_ASK ? RT_KU_CERT_SIGN : 0,
        .crl_url = which == RT_SIM_VEK ? NULL : CRL_URL,
        .bare = which == RT_SIM_VEK,
    };

    if (!is_ca)
        what.path_len = -1;
    if (k->usage[which])
        what.ca_usage = k->usage[which];
    put_dates(m, which, &what);
    return what;
}

/* Of the ASK or the ASVK: the platform's, or the other one. */
static struct rt_rsa_key *ca_key(const struct maker *m, bool other)
{
    return m->platform->vlek != other ? m->keys->asvk : m->keys->ask;
}

static enum ratls_err issuer_of(const struct maker *m, enum rt_sim_snp_cert which,
                                struct rt_mint *what)
{
    const enum rt_sim_snp_cert by = which == RT_SIM_VEK ? RT_SIM_ASK : RT_SIM_ARK;
    struct rt_x509 issuer;
    enum ratls_err e = RATLS_OK;

    what->issuer_rsa = (by == RT_SIM_ARK) != m->knobs->wrong_issuer_key[which]
                           ? m->keys->ark
                           : ca_key(m, m->knobs->by_sibling);
    if (m->knobs->by_ec[which]) {
        what->issuer_rsa = NULL;
        what->issuer_key = m->keys->vek;
    }
    if (by != which && !m->knobs->wrong_issuer_name[which]) {
        e = rt_x509_parse(rt_bytes_of(&m->chain->der[by]), &issuer, NULL);
        what->issuer_name = issuer.subject;
    }
    return e;
}

/* A key that is too small, for once. */
struct stranger {
    struct rt_rsa_key *rsa;
    struct rt_key *ec;
};

static enum ratls_err subject_of(const struct maker *m, enum rt_sim_snp_cert which,
                                 struct stranger *s, struct rt_mint *what)
{
    enum ratls_err e = RATLS_OK;

    if (!m->knobs->small_key[which]) {
        what->subject_spki = which == RT_SIM_VEK   ? rt_key_spki(m->keys->vek)
                             : which == RT_SIM_ARK ? rt_rsa_spki(m->keys->ark)
                                                   : rt_rsa_spki(ca_key(m, false));
        return RATLS_OK;
    }
    e = which == RT_SIM_VEK ? rt_key_generate(m->env, RT_P256, &s->ec)
                            : rt_rsa_generate(m->env, SMALL_CA_BITS, &s->rsa);
    if (e == RATLS_OK)
        what->subject_spki = s->ec ? rt_key_spki(s->ec) : rt_rsa_spki(s->rsa);
    return e;
}

static enum ratls_err make_cert(const struct maker *m, enum rt_sim_snp_cert which)
{
    char name[NAME_LEN];
    struct exts exts = {.n = 0};
    struct stranger stranger = {0};
    enum ratls_err e;

    put_name(m, which, name);
    struct rt_mint what = frame(m, which, name);
    if ((e = subject_of(m, which, &stranger, &what)) != RATLS_OK ||
        (e = issuer_of(m, which, &what)) != RATLS_OK)
        goto out;
    if (which == RT_SIM_VEK)
        e = put_all(&exts, m->knobs, m->platform);
    memcpy(what.ext, exts.list, sizeof exts.list);
    if (e == RATLS_OK)
        e = rt_mint(m->env, &what, &m->chain->der[which], NULL);
out:
    for (size_t i = 0; i < exts.n; i++)
        ratls_buffer_free(&exts.value[i]);
    rt_rsa_free(stranger.rsa);
    rt_key_free(stranger.ec);
    return e;
}

enum ratls_err rt_sim_snp_chain_make(const struct ratls_env *env,
                                     const struct rt_sim_snp_keys *keys,
                                     const struct rt_sim_snp_platform *platform,
                                     const struct rt_sim_snp_knobs *knobs,
                                     struct rt_sim_snp_chain *out)
{
    static const struct rt_sim_snp_knobs usual;
    const struct maker m = {env, keys, platform, knobs ? knobs : &usual, out};
    enum ratls_err e = RATLS_OK;

    *out = (struct rt_sim_snp_chain){0};
    if (!keys->asvk && (platform->vlek || m.knobs->by_sibling))
        return RATLS_E_USAGE;
    for (unsigned i = 0; i < RT_SIM_SNP_CERTS && e == RATLS_OK; i++)
        e = make_cert(&m, (enum rt_sim_snp_cert)i);
    return e;
}

void rt_sim_snp_chain_free(struct rt_sim_snp_chain *chain)
{
    for (size_t i = 0; i < RT_SIM_SNP_CERTS; i++)
        ratls_buffer_free(&chain->der[i]);
}
