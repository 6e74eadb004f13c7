#include "cbor.h"
#include "sim_cca.h"
#include "x509.h"

/* Arm CCA platform token and realm token (RMM specification, Arm DEN0137). */
enum {
    CHALLENGE = 10,
    INSTANCE_ID = 256,
    PROFILE = 265,
    LIFECYCLE = 2395,
    IMPLEMENTATION_ID = 2396,
    SW_COMPONENTS = 2399,
    CONFIG = 2401,
    HASH_ALG = 2402,
    RPV = 44235,
    REALM_HASH_ALG = 44236,
    RAK = 44237,
    RIM = 44238,
    REM = 44239,
    RAK_HASH_ALG = 44240,
    MEC_POLICY = 44243,
};
enum { TYPE = 1, MEASUREMENT = 2, VERSION = 4, SIGNER_ID = 5 };
enum { LABEL_PLATFORM = 44234, LABEL_REALM = 44241 };
enum { EAT_CWT = 263, SECURED = 0x3000, COORDINATE_LEN = 48, MAX_CLAIMS = 16 };

static const struct rt_sim_cca_knobs no_knobs;

/* ---- a map of claims, and edits of it ---- */

struct claim {
    uint64_t key;
    size_t at; /* where its value begins */
};

struct map {
    struct rt_writer values;
    struct claim claim[MAX_CLAIMS];
    size_t n;
};

/* The writer for the value of the next claim. */
static struct rt_writer *next(struct map *m, uint64_t key)
{
    m->claim[m->n++] = (struct claim){key, m->values.len};
    return &m->values;
}

static void put_bytes(struct map *m, uint64_t key, const void *p, size_t n)
{
    rt_cbor_put_bstr(next(m, key), ratls_bytes(p, n));
}

static void put_text(struct map *m, uint64_t key, const char *text)
{
    rt_cbor_put_tstr(next(m, key), text);
}

static const struct rt_sim_cca_edit *edit_of(const struct rt_sim_cca_edit *edits, uint64_t key)
{
    for (size_t i = 0; i < RT_SIM_CCA_EDITS; i++)
        if (edits[i].key == key && !edits[i].in_addition)
            return &edits[i];
    return NULL;
}

static void put_pair(struct rt_writer *w, uint64_t key, struct ratls_bytes value)
{
    rt_cbor_put(w, RT_CBOR_UINT, key);
    rt_put_bytes(w, value);
}

/* How many claims are left once the edits are made. */
static size_t count(const struct map *m, const struct rt_sim_cca_edit *edits)
{
    size_t n = m->n;

    for (size_t i = 0; i < m->n; i++) {
        const struct rt_sim_cca_edit *e = edit_of(edits, m->claim[i].key);
        n -= e && !e->value.p;
    }
    for (size_t i = 0; i < RT_SIM_CCA_EDITS; i++)
        n += edits[i].in_addition;
    return n;
}

/* The values are freed. */
static enum ratls_err finish(struct map *m, const struct rt_sim_cca_edit *edits,
                             struct ratls_buffer *out)
{
    struct rt_writer w = {.bad = m->values.bad};

    rt_cbor_put(&w, RT_CBOR_MAP, count(m, edits));
    for (size_t i = 0; i < m->n && !w.bad; i++) {
        const size_t end = i + 1 < m->n ? m->claim[i + 1].at : m->values.len;
        const struct rt_sim_cca_edit *e = edit_of(edits, m->claim[i].key);
        if (!e)
            put_pair(&w, m->claim[i].key,
                     ratls_bytes(m->values.p + m->claim[i].at, end - m->claim[i].at));
        else if (e->value.p)
            put_pair(&w, e->key, e->value);
    }
    for (size_t i = 0; i < RT_SIM_CCA_EDITS; i++)
        if (edits[i].in_addition)
            put_pair(&w, edits[i].key, edits[i].value);
    rt_writer_free(&m->values);
    return rt_writer_take(&w, out);
}

/* ---- the platform ---- */

static void put_component(struct rt_writer *w, const char *type, uint8_t fill)
{
    uint8_t digest[RT_SHA256_LEN], signer[RT_SHA256_LEN];

    memset(digest, fill, sizeof digest);
    memset(signer, 0x53, sizeof signer);
    rt_cbor_put(w, RT_CBOR_MAP, 4);
    rt_cbor_put(w, RT_CBOR_UINT, TYPE);
    rt_cbor_put_tstr(w, type);
    rt_cbor_put(w, RT_CBOR_UINT, MEASUREMENT);
    rt_cbor_put_bstr(w, ratls_bytes(digest, sizeof digest));
    rt_cbor_put(w, RT_CBOR_UINT, VERSION);
    rt_cbor_put_tstr(w, "1.0.0");
    rt_cbor_put(w, RT_CBOR_UINT, SIGNER_ID);
    rt_cbor_put_bstr(w, ratls_bytes(signer, sizeof signer));
}

static void put_components(struct rt_writer *w)
{
    rt_cbor_put(w, RT_CBOR_ARRAY, 2);
    put_component(w, "TF-A", 0x41);
    put_component(w, "RMM", 0x52);
}

static enum rt_hash hash_of(const struct rt_sim_cca_knobs *knobs, const char **name)
{
    *name = knobs->rak_hash ? knobs->rak_hash : "sha-256";
    if (strcmp(*name, "sha-384") == 0)
        return RT_SHA384;
    return strcmp(*name, "sha-512") == 0 ? RT_SHA512 : RT_SHA256;
}

enum ratls_err rt_sim_cca_platform_claims(const struct rt_sim_cca_state *state,
                                          struct ratls_bytes rak,
                                          const struct rt_sim_cca_knobs *knobs,
                                          struct ratls_buffer *out)
{
    const struct rt_sim_cca_knobs *k = knobs ? knobs : &no_knobs;
    const char *ignored;
    const enum rt_hash hash = hash_of(k, &ignored);
    uint8_t challenge[RT_SHA512_LEN];
    struct map m = {.n = 0};

    *out = (struct ratls_buffer){0};
    enum ratls_err e = rt_hash(hash, rak, challenge);
    if (e)
        return e;
    put_bytes(&m, CHALLENGE, challenge, rt_hash_len(hash));
    put_bytes(&m, INSTANCE_ID, state->instance_id, sizeof state->instance_id);
    put_text(&m, PROFILE,
             state->profile == RT_SIM_CCA_LEGACY ? "http://arm.com/CCA-SSD/1.0.0"
                                                 : "tag:arm.com,2023:cca_platform#1.0.0");
    rt_cbor_put(next(&m, LIFECYCLE), RT_CBOR_UINT, state->lifecycle);
    put_bytes(&m, IMPLEMENTATION_ID, state->implementation_id, sizeof state->implementation_id);
    put_components(next(&m, SW_COMPONENTS));
    put_bytes(&m, CONFIG, "\xcf\xcf\xcf\xcf", 4);
    put_text(&m, HASH_ALG, "sha-256");
    return finish(&m, k->platform, out);
}

/* ---- the realm ---- */

static void put_rems(struct rt_writer *w, const struct rt_sim_cca_digest rem[RT_SIM_CCA_REMS])
{
    rt_cbor_put(w, RT_CBOR_ARRAY, RT_SIM_CCA_REMS);
    for (size_t i = 0; i < RT_SIM_CCA_REMS; i++)
        rt_cbor_put_bstr(w, ratls_bytes(rem[i].value, rem[i].len));
}

static void put_realm_2(struct map *m)
{
    uint8_t id[RT_SIM_CCA_INSTANCE_LEN] = {0x01};

    memset(id + 1, 0x49, sizeof id - 1);
    put_bytes(m, INSTANCE_ID, id, sizeof id);
    rt_cbor_put(next(m, MEC_POLICY), RT_CBOR_UINT, 0);
}

enum ratls_err rt_sim_cca_realm_claims(const struct rt_sim_cca_state *state, struct ratls_bytes rak,
                                       const struct rt_sim_cca_knobs *knobs,
                                       struct ratls_buffer *out)
{
    const struct rt_sim_cca_knobs *k = knobs ? knobs : &no_knobs;
    const char *rak_hash;
    struct map m = {.n = 0};

    (void)hash_of(k, &rak_hash);
    put_bytes(&m, CHALLENGE, state->challenge, sizeof state->challenge);
    if (state->profile != RT_SIM_CCA_LEGACY)
        put_text(&m, PROFILE,
                 state->profile == RT_SIM_CCA_REALM1 ? "tag:arm.com,2023:realm#1.0.0"
                                                     : "tag:arm.com,2024:realm#2.0.0");
    put_bytes(&m, RPV, state->rpv, sizeof state->rpv);
    put_text(&m, REALM_HASH_ALG, "sha-256");
    put_bytes(&m, RAK, rak.p, rak.len);
    put_bytes(&m, RIM, state->rim.value, state->rim.len);
    put_rems(next(&m, REM), state->rem);
    put_text(&m, RAK_HASH_ALG, rak_hash);
    if (state->profile == RT_SIM_CCA_REALM2)
        put_realm_2(&m);
    return finish(&m, k->realm, out);
}

/* ---- all of it ---- */

void rt_sim_cca_usual(struct rt_sim_cca_state *out)
{
    *out = (struct rt_sim_cca_state){
        .profile = RT_SIM_CCA_REALM2,
        .lifecycle = SECURED,
        .rim.len = RT_SHA256_LEN,
    };
    memcpy(out->implementation_id, RT_SIM_ORGANIZATION, sizeof out->implementation_id);
    memset(out->rim.value, 0x52, RT_SHA256_LEN);
    for (size_t i = 0; i < RT_SIM_CCA_REMS; i++)
        out->rem[i].len = RT_SHA256_LEN;
}

enum ratls_err rt_sim_cca_name(const struct rt_sim_cca_keys *keys, struct rt_sim_cca_state *state)
{
    state->instance_id[0] = 0x01; /* a random UEID, RFC 9711 */
    return rt_sha256(rt_key_spki(keys->cpak), state->instance_id + 1);
}

/* As its profile prescribes: 04 || X || Y, or a COSE_Key. */
static void put_rak(struct rt_writer *w, const struct rt_key *rak, bool is_raw)
{
    const struct ratls_bytes point = rt_key_point(rak);

    if (is_raw) {
        rt_put_u8(w, 0x04);
        rt_put_bytes(w, point);
        return;
    }
    rt_put(w, "\xa4\x01\x02\x20\x02\x21", 6); /* {1: 2, -1: 2, -2: */
    rt_cbor_put_bstr(w, ratls_bytes(point.p, COORDINATE_LEN));
    rt_put_u8(w, 0x22); /* -3: */
    rt_cbor_put_bstr(w, ratls_bytes(point.p + COORDINATE_LEN, COORDINATE_LEN));
}

static void put_entry(struct rt_writer *w, uint64_t tag, uint64_t label, struct ratls_bytes token)
{
    rt_cbor_put(w, RT_CBOR_UINT, label);
    if (tag == RT_SIM_CCA_TAG_CMW) {
        rt_cbor_put(w, RT_CBOR_ARRAY, 2);
        rt_cbor_put(w, RT_CBOR_UINT, EAT_CWT);
    }
    rt_cbor_put_bstr(w, token);
}

enum ratls_err rt_sim_cca_collection(uint64_t tag, struct ratls_bytes platform,
                                     struct ratls_bytes realm, struct ratls_buffer *out)
{
    struct rt_writer w = {0};

    rt_cbor_put(&w, RT_CBOR_TAG, tag);
    rt_cbor_put(&w, RT_CBOR_MAP, 2);
    put_entry(&w, tag, LABEL_PLATFORM, platform);
    put_entry(&w, tag, LABEL_REALM, realm);
    return rt_writer_take(&w, out);
}

typedef enum ratls_err claims_fn(const struct rt_sim_cca_state *state, struct ratls_bytes rak,
                                 const struct rt_sim_cca_knobs *knobs, struct ratls_buffer *out);

struct maker {
    const struct ratls_env *env;
    const struct rt_sim_cca_state *state;
    const struct rt_sim_cca_knobs *knobs;
    struct ratls_bytes rak; /* as carried */
};

static enum ratls_err make_one(const struct maker *m, claims_fn *claims, struct rt_key *key,
                               int64_t alg, struct ratls_buffer *out)
{
    const struct rt_sim_signer by = {.ec = key};
    struct ratls_buffer payload = {0};
    enum ratls_err e = claims(m->state, m->rak, m->knobs, &payload);

    if (e == RATLS_OK)
        e = rt_sim_cose_sign1(m->env, &by, alg ? alg : rt_sim_cose_alg(&by), rt_bytes_of(&payload),
                              out);
    ratls_buffer_free(&payload);
    return e;
}

static enum ratls_err make_both(const struct maker *m, const struct rt_sim_cca_keys *keys,
                                struct ratls_buffer *out)
{
    const struct rt_sim_cca_knobs *k = m->knobs;
    const uint64_t usual_tag =
        m->state->profile == RT_SIM_CCA_LEGACY ? RT_SIM_CCA_TAG_LEGACY : RT_SIM_CCA_TAG_CMW;
    struct ratls_buffer platform = {0}, realm = {0};
    enum ratls_err e =
        make_one(m, rt_sim_cca_platform_claims, k->platform_key ? k->platform_key : keys->cpak,
                 k->platform_alg, &platform);

    if (e == RATLS_OK)
        e = make_one(m, rt_sim_cca_realm_claims, k->realm_key ? k->realm_key : keys->rak,
                     k->realm_alg, &realm);
    if (e == RATLS_OK)
        e = rt_sim_cca_collection(k->tag ? k->tag : usual_tag, rt_bytes_of(&platform),
                                  rt_bytes_of(&realm), out);
    ratls_buffer_free(&platform);
    ratls_buffer_free(&realm);
    return e;
}

enum ratls_err rt_sim_cca_token(const struct ratls_env *env, const struct rt_sim_cca_keys *keys,
                                const struct rt_sim_cca_state *state,
                                const struct rt_sim_cca_knobs *knobs, struct ratls_buffer *out)
{
    struct maker m = {.env = env, .state = state, .knobs = knobs ? knobs : &no_knobs};
    const bool is_raw = (state->profile == RT_SIM_CCA_LEGACY) != m.knobs->other_rak_form;
    struct rt_writer w = {0};

    *out = (struct ratls_buffer){0};
    put_rak(&w, keys->rak, is_raw);
    m.rak = m.knobs->rak.p ? m.knobs->rak : rt_written(&w);
    enum ratls_err e = w.bad ? RATLS_E_NO_MEMORY : make_both(&m, keys, out);
    rt_writer_free(&w);
    return e;
}
