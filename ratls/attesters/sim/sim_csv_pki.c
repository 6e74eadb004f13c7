/* sim_csv_pki.c - keys and certificates of simulated CSV platforms. Layout: hygon.h. */
#include "crypto.h"
#include "sim_csv.h"
#include "sim_store.h"
#include "x509.h"

/* ---- keys ---- */

static enum ratls_err make_file(const struct ratls_env *env, const struct rt_sim_store *store,
                                struct ratls_error *err)
{
    struct rt_sm2_key key;
    enum ratls_err e = rt_sm2_key_new(env, &key);

    if (e == RATLS_OK)
        e = rt_dup(ratls_bytes(key.scalar, sizeof key.scalar), &store->file[0].der);
    rt_wipe(&key, sizeof key);
    return e ? ratls_fail(err, e, "simulated PKI") : RATLS_OK;
}

static enum ratls_err use_file(const struct rt_sim_store *store, struct rt_sm2_key *out,
                               struct ratls_error *err)
{
    const struct ratls_buffer *scalar = &store->file[0].der;

    if (scalar->len != RT_SM2_SIZE)
        return rt_sim_store_malformed(store, 0, "not 32 bytes", err);
    const enum ratls_err e = rt_sm2_key_of(scalar->p, out);
    if (e == RATLS_E_CERT_KEY)
        return rt_sim_store_malformed(store, 0, "no scalar of SM2", err);
    return e ? ratls_fail(err, e, "simulated PKI") : RATLS_OK;
}

static enum ratls_err open_root(const struct ratls_env *env, const char *directory,
                                struct rt_sm2_key *out, struct ratls_error *err)
{
    struct rt_sim_file file = {.name = "hrk.key", .label = "SM2 SCALAR", .is_secret = true};
    const struct rt_sim_store store = {
        .directory = directory, .file = &file, .n = 1, .make = make_file};
    enum ratls_err e = rt_sim_store_open(env, &store, err);

    if (e == RATLS_OK)
        e = use_file(&store, out, err);
    rt_sim_store_free(&store);
    return e;
}

enum ratls_err rt_sim_csv_keys_open(const struct ratls_env *env, const char *directory,
                                    struct rt_sim_csv_keys *out, struct ratls_error *err)
{
    enum ratls_err e = directory ? open_root(env, directory, &out->key[RT_SIM_CSV_HRK], err)
                                 : rt_sm2_key_new(env, &out->key[RT_SIM_CSV_HRK]);

    for (size_t i = RT_SIM_CSV_HSK; i < RT_SIM_CSV_CERTS && e == RATLS_OK; i++)
        e = rt_sm2_key_new(env, &out->key[i]);
    return e ? ratls_fail(err, e, "the simulated PKI cannot be made") : RATLS_OK;
}

void rt_sim_csv_keys_free(struct rt_sim_csv_keys *keys)
{
    rt_wipe(keys, sizeof *keys);
}

/* ---- shared ---- */

const char *const rt_sim_csv_uids[RT_SIM_CSV_CERTS] = {RT_SIM_ORGANIZATION, RT_SIM_ORGANIZATION,
                                                       "HYGON-SSD-CEK", "HYGON-SSD-PEK"};

void rt_sim_csv_patch(const struct rt_sim_csv_knobs *knobs, enum rt_sim_csv_part part, bool after,
                      uint8_t *bytes)
{
    for (size_t i = 0; i < RT_SIM_CSV_PATCHES; i++) {
        const struct rt_sim_csv_patch *p = &knobs->patch[i];
        if (p->is_there && p->part == part && p->after == after)
            memcpy(bytes + p->at, p->bytes.p, p->bytes.len);
    }
}

void rt_sim_csv_put_pair(uint8_t *at, const uint8_t pair[2 * RT_SM2_SIZE])
{
    for (size_t i = 0; i < RT_SM2_SIZE; i++) {
        at[i] = pair[RT_SM2_SIZE - 1 - i];
        at[RT_HYGON_FIELD + i] = pair[2 * RT_SM2_SIZE - 1 - i];
    }
}

struct ratls_bytes rt_sim_csv_id(const struct rt_sim_csv_knobs *knobs, enum rt_sim_csv_part part,
                                 const char *uid)
{
    return ratls_bytes_str(knobs->usual_id[part] ? "1234567812345678" : uid);
}

/* ---- certificates ---- */

static void put_u32(uint8_t *at, uint32_t v)
{
    for (size_t i = 0; i < sizeof v; i++)
        at[i] = (uint8_t)(v >> 8 * i);
}

static void put_uid(uint8_t *at, const char *uid)
{
    const size_t len = strlen(uid);

    at[0] = (uint8_t)len;
    memcpy(at + 2, uid, len);
}

/* Named after its key. */
static enum ratls_err key_id(const struct rt_sm2_key *key, uint8_t id[RT_HYGON_ID_LEN])
{
    uint8_t hash[RT_SHA256_LEN];
    const enum ratls_err e = rt_sha256(ratls_bytes(key->point, sizeof key->point), hash);

    memcpy(id, hash, RT_HYGON_ID_LEN);
    return e;
}

struct maker {
    const struct rt_sim_csv_keys *keys;
    const struct rt_sim_csv_knobs *knobs;
    const char *uids[RT_SIM_CSV_CERTS];
};

/* openanolis/csv-rs, src/certs/ca/cert. */
static enum ratls_err put_ca(const struct maker *m, enum rt_sim_csv_part which, uint8_t *out)
{
    enum {
        VERSION = 0,
        KEY_ID = 4,
        CERTIFYING_ID = 20,
        USAGE = 36,
        CURVE = 64,
        POINT = 68,
        UID = 212
    };
    enum ratls_err e = key_id(&m->keys->key[which], out + KEY_ID);

    if (e == RATLS_OK)
        e = key_id(&m->keys->key[RT_SIM_CSV_HRK], out + CERTIFYING_ID);
    put_u32(out + VERSION, 1);
    put_u32(out + USAGE, which == RT_SIM_CSV_HRK ? RT_HYGON_HRK : RT_HYGON_HSK);
    put_u32(out + CURVE, RT_HYGON_CURVE);
    rt_sim_csv_put_pair(out + POINT, m->keys->key[which].point);
    put_uid(out + UID, m->uids[which]);
    return e;
}

/* openanolis/csv-rs, src/certs/csv. */
static enum ratls_err put_leaf(const struct maker *m, enum rt_sim_csv_part which, uint8_t *out)
{
    enum {
        VERSION = 0,
        API = 4,
        USAGE = 8,
        ALGO = 12,
        CURVE = 16,
        POINT = 20,
        UID = 164,
        SID = 420
    };
    const bool is_cek = which == RT_SIM_CSV_CEK;

    put_u32(out + VERSION, is_cek ? 2 : 1);
    put_u32(out + API, 0x0301);
    put_u32(out + USAGE, is_cek ? RT_HYGON_CEK : RT_HYGON_PEK);
    put_u32(out + ALGO, RT_HYGON_ALGO);
    put_u32(out + CURVE, RT_HYGON_CURVE);
    rt_sim_csv_put_pair(out + POINT, m->keys->key[which].point);
    put_uid(out + UID, m->uids[which]);
    return is_cek ? key_id(&m->keys->key[RT_SIM_CSV_HSK], out + SID) : RATLS_OK;
}

/* ---- signatures ---- */

static enum ratls_err sign(const struct maker *m, enum rt_sim_csv_part which, uint8_t *cert,
                           size_t signed_len, uint8_t *numbers)
{
    const enum rt_sim_csv_part above = which ? which - 1 : RT_SIM_CSV_HRK;
    const enum rt_sim_csv_part signer = m->knobs->own_key[which] ? which : above;
    const struct rt_sm2_message msg = {rt_sim_csv_id(m->knobs, which, m->uids[above]),
                                       ratls_bytes(cert, signed_len)};
    uint8_t sig[RT_SM2_SIG_LEN] = {0};
    const enum ratls_err e = rt_sm2_sign(&m->keys->key[signer], &msg, sig);

    rt_sim_csv_put_pair(numbers, sig);
    return e;
}

static enum ratls_err make_ca(const struct maker *m, enum rt_sim_csv_part which, uint8_t *out)
{
    enum ratls_err e = put_ca(m, which, out);

    rt_sim_csv_patch(m->knobs, which, false, out);
    if (e == RATLS_OK)
        e = sign(m, which, out, RT_HYGON_CA_SIG, out + RT_HYGON_CA_SIG);
    rt_sim_csv_patch(m->knobs, which, true, out);
    return e;
}

/* An owner's, as a platform has one whose owner is its maker: of nobody that is known here. */
static void put_second(const struct maker *m, enum rt_sim_csv_part which, uint8_t *out)
{
    uint8_t *second = out + RT_HYGON_LEAF_SIG + RT_HYGON_SIG_LEN;
    const bool has_owner = which == RT_SIM_CSV_PEK && !m->knobs->no_owner;

    put_u32(second, has_owner ? RT_HYGON_OCA : RT_HYGON_NONE);
    put_u32(second + 4, has_owner ? RT_HYGON_ALGO : 0);
    if (has_owner)
        rt_sim_csv_put_pair(second + 8, m->keys->key[which].point);
}

static enum ratls_err make_leaf(const struct maker *m, enum rt_sim_csv_part which, uint8_t *out)
{
    uint8_t *first = out + RT_HYGON_LEAF_SIG;
    enum ratls_err e = put_leaf(m, which, out);

    put_u32(first, which == RT_SIM_CSV_CEK ? RT_HYGON_HSK : RT_HYGON_CEK);
    put_u32(first + 4, RT_HYGON_ALGO);
    put_second(m, which, out);
    rt_sim_csv_patch(m->knobs, which, false, out);
    if (e == RATLS_OK)
        e = sign(m, which, out, RT_HYGON_LEAF_SIG, first + 8);
    rt_sim_csv_patch(m->knobs, which, true, out);
    return e;
}

enum ratls_err rt_sim_csv_chain_make(const struct rt_sim_csv_keys *keys,
                                     const struct rt_sim_csv_knobs *knobs,
                                     struct rt_sim_csv_chain *out)
{
    static const struct rt_sim_csv_knobs none;
    struct maker m = {.keys = keys, .knobs = knobs ? knobs : &none};
    enum ratls_err e;

    *out = (struct rt_sim_csv_chain){0};
    memcpy(m.uids, rt_sim_csv_uids, sizeof m.uids);
    if (m.knobs->uid)
        m.uids[RT_SIM_CSV_HRK] = m.knobs->uid;
    if ((e = make_ca(&m, RT_SIM_CSV_HRK, out->hrk)) != RATLS_OK ||
        (e = make_ca(&m, RT_SIM_CSV_HSK, out->hsk)) != RATLS_OK ||
        (e = make_leaf(&m, RT_SIM_CSV_CEK, out->cek)) != RATLS_OK)
        return e;
    return make_leaf(&m, RT_SIM_CSV_PEK, out->pek);
}

enum ratls_err rt_sim_csv_root(const struct rt_sim_csv_chain *chain, struct ratls_buffer *out)
{
    return rt_pem_write(RT_HYGON_LABEL, ratls_bytes(chain->hrk, sizeof chain->hrk), out);
}
