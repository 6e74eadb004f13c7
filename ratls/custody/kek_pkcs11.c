/* A KEK inside a token (PKCS#11 v2.40): it seals and opens there, and never leaves. */
#include <dlfcn.h>
#include <stdlib.h>

#define CRYPTOKI_COMPAT
#include <p11-kit/pkcs11.h>

#include "kek.h"
#include "pkcs11_uri.h"
#include "secret_file.h"

enum { MAX_SLOTS = 64, PIN_MAX = 256 };

struct token {
    void *module; /* dlopen() */
    CK_FUNCTION_LIST *p11;
    bool initialised; /* by us */
    CK_SESSION_HANDLE session;
    bool has_session;
    CK_OBJECT_HANDLE key;
};

static enum ratls_err fail(struct ratls_error *err, const char *what, CK_RV rv)
{
    return ratls_fail(err, RATLS_E_KEK, "PKCS#11: %s: error 0x%lx", what, rv);
}

/* ---- module ---- */

static void token_close(void *self)
{
    struct token *t = self;

    if (t->has_session)
        (void)t->p11->C_CloseSession(t->session);
    if (t->initialised)
        (void)t->p11->C_Finalize(NULL);
    if (t->module)
        (void)dlclose(t->module);
    free(t);
}

static enum ratls_err load(struct token *t, const char *path, struct ratls_error *err)
{
    t->module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!t->module)
        return ratls_fail(err, RATLS_E_NOT_FOUND, "PKCS#11: %s cannot be loaded", path);
    /* The way POSIX has to get at a function (dlsym, RATIONALE). */
    CK_C_GetFunctionList list;
    *(void **)&list = dlsym(t->module, "C_GetFunctionList");
    if (!list || list(&t->p11) != CKR_OK || !t->p11)
        return ratls_fail(err, RATLS_E_KEK, "PKCS#11: %s is no module", path);
    /* Each KEK belongs to one thread, and two of them may be in one module. */
    CK_C_INITIALIZE_ARGS how = {.flags = CKF_OS_LOCKING_OK};
    CK_RV rv = t->p11->C_Initialize(&how);
    t->initialised = rv == CKR_OK;
    return rv == CKR_OK || rv == CKR_CRYPTOKI_ALREADY_INITIALIZED
               ? RATLS_OK
               : fail(err, "the module does not start", rv);
}

/* ---- token ---- */

static bool is_wanted(struct token *t, const struct rt_p11_uri *uri, CK_SLOT_ID slot)
{
    CK_TOKEN_INFO facts;

    return (!uri->has_slot || slot == uri->slot) &&
           t->p11->C_GetTokenInfo(slot, &facts) == CKR_OK &&
           rt_p11_fits(&uri->token, facts.label, sizeof facts.label) &&
           rt_p11_fits(&uri->manufacturer, facts.manufacturerID, sizeof facts.manufacturerID) &&
           rt_p11_fits(&uri->serial, facts.serialNumber, sizeof facts.serialNumber) &&
           rt_p11_fits(&uri->model, facts.model, sizeof facts.model);
}

/* Exactly one: two that fit are a choice that nobody made. */
static enum ratls_err find_slot(struct token *t, const struct rt_p11_uri *uri, CK_SLOT_ID *out,
                                struct ratls_error *err)
{
    CK_SLOT_ID slots[MAX_SLOTS];
    CK_ULONG n = MAX_SLOTS, found = 0;
    CK_RV rv = t->p11->C_GetSlotList(CK_TRUE, slots, &n);

    if (rv != CKR_OK)
        return fail(err, "its tokens", rv);
    for (CK_ULONG i = 0; i < n; i++) {
        if (!is_wanted(t, uri, slots[i]))
            continue;
        *out = slots[i];
        found++;
    }
    return found == 1
               ? RATLS_OK
               : ratls_fail(err, RATLS_E_NOT_FOUND, "PKCS#11: %lu tokens fit, not one", found);
}

struct pin {
    uint8_t text[PIN_MAX];
};

static enum ratls_err log_in(struct token *t, const char *path, struct ratls_error *err)
{
    struct pin *pin = rt_secret_alloc(sizeof *pin);
    size_t len = sizeof pin->text;
    const struct rt_secret_file file = {path, RATLS_E_KEK};
    enum ratls_err e = pin ? rt_secret_file_read(&file, pin->text, &len, err) : RATLS_E_NO_MEMORY;

    if (!e) {
        if (len > 0 && pin->text[len - 1] == '\n')
            len--;
        CK_RV rv = t->p11->C_Login(t->session, CKU_USER, pin->text, len);
        if (rv != CKR_OK && rv != CKR_USER_ALREADY_LOGGED_IN)
            e = fail(err, "the token does not take the PIN", rv);
    }
    rt_secret_free(pin, sizeof *pin);
    return e;
}

static enum ratls_err open_session(struct token *t, const struct rt_p11_uri *uri,
                                   struct ratls_error *err)
{
    CK_SLOT_ID slot = 0;
    enum ratls_err e = find_slot(t, uri, &slot, err);

    if (e)
        return e;
    CK_RV rv = t->p11->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &t->session);
    if (rv != CKR_OK)
        return fail(err, "no session", rv);
    t->has_session = true;
    return *uri->pin_file ? log_in(t, uri->pin_file, err) : RATLS_OK;
}

/* ---- key ---- */

static enum ratls_err find_key(struct token *t, const struct rt_p11_uri *uri,
                               struct ratls_error *err)
{
    CK_OBJECT_CLASS class_ = CKO_SECRET_KEY;
    CK_KEY_TYPE type = CKK_AES;
    struct rt_p11_text object = uri->object, id = uri->id;
    CK_ATTRIBUTE wanted[4] = {{CKA_CLASS, &class_, sizeof class_},
                              {CKA_KEY_TYPE, &type, sizeof type}};
    CK_OBJECT_HANDLE keys[2];
    CK_ULONG n = 2, found = 0;

    if (object.given)
        wanted[n++] = (CK_ATTRIBUTE){CKA_LABEL, object.p, object.len};
    if (id.given)
        wanted[n++] = (CK_ATTRIBUTE){CKA_ID, id.p, id.len};
    CK_RV rv = t->p11->C_FindObjectsInit(t->session, wanted, n);
    if (rv == CKR_OK) {
        rv = t->p11->C_FindObjects(t->session, keys, 2, &found);
        (void)t->p11->C_FindObjectsFinal(t->session);
    }
    if (rv != CKR_OK)
        return fail(err, "its keys", rv);
    if (found != 1)
        return ratls_fail(err, RATLS_E_NOT_FOUND, "PKCS#11: %s AES keys fit, not one",
                          found ? "two or more" : "no");
    t->key = keys[0];
    return RATLS_OK;
}

/* A key that could be read out, or was made elsewhere and is short, is no better than a file. */
static enum ratls_err check_key(struct token *t, struct ratls_error *err)
{
    CK_BBOOL sensitive = CK_FALSE, extractable = CK_TRUE;
    CK_ULONG len = 0;
    CK_ATTRIBUTE facts[] = {{CKA_SENSITIVE, &sensitive, sizeof sensitive},
                            {CKA_EXTRACTABLE, &extractable, sizeof extractable},
                            {CKA_VALUE_LEN, &len, sizeof len}};
    CK_RV rv = t->p11->C_GetAttributeValue(t->session, t->key, facts, RT_COUNT(facts));

    if (rv != CKR_OK)
        return fail(err, "what the key is", rv);
    if (!sensitive || extractable)
        return ratls_fail(err, RATLS_E_KEK, "PKCS#11: the key can be taken out of the token");
    if (len != RT_AES_KEY_LEN)
        return ratls_fail(err, RATLS_E_KEK, "PKCS#11: a key of %lu bytes, not %d", len,
                          RT_AES_KEY_LEN);
    return RATLS_OK;
}

static enum ratls_err token_open(const struct ratls_env *env, const char *where, void **self,
                                 struct ratls_error *err)
{
    struct rt_p11_uri uri;
    struct token *t = calloc(1, sizeof *t);
    enum ratls_err e = t ? rt_p11_uri_parse(where, &uri, err) : RATLS_E_NO_MEMORY;

    (void)env;
    if (!e)
        e = load(t, uri.module, err);
    if (!e)
        e = open_session(t, &uri, err);
    if (!e)
        e = find_key(t, &uri, err);
    if (!e)
        e = check_key(t, err);
    if (e && t)
        token_close(t);
    else
        *self = t;
    return e;
}

/* ---- work ---- */

static CK_GCM_PARAMS params_of(const struct rt_gcm *with)
{
    return (CK_GCM_PARAMS){.iv_ptr = (unsigned char *)with->iv,
                           .iv_len = RT_GCM_IV_LEN,
                           .iv_bits = 8 * RT_GCM_IV_LEN,
                           .aad_ptr = (unsigned char *)with->aad.p,
                           .aad_len = with->aad.len,
                           .tag_bits = 8 * RT_GCM_TAG_LEN};
}

static enum ratls_err token_seal(void *self, const struct rt_gcm *with, struct ratls_bytes plain,
                                 uint8_t *sealed)
{
    struct token *t = self;
    CK_GCM_PARAMS params = params_of(with);
    CK_MECHANISM gcm = {CKM_AES_GCM, &params, sizeof params};
    CK_ULONG len = plain.len + RT_GCM_TAG_LEN;
    CK_RV rv = t->p11->C_EncryptInit(t->session, &gcm, t->key);

    if (rv == CKR_OK)
        rv = t->p11->C_Encrypt(t->session, (CK_BYTE_PTR)plain.p, plain.len, sealed, &len);
    return rv == CKR_OK && len == plain.len + RT_GCM_TAG_LEN ? RATLS_OK : RATLS_E_KEK;
}

/* What tokens say of a wrong tag. */
static bool is_forged(CK_RV rv)
{
    return rv == CKR_ENCRYPTED_DATA_INVALID || rv == CKR_ENCRYPTED_DATA_LEN_RANGE ||
           rv == CKR_GENERAL_ERROR || rv == CKR_SIGNATURE_INVALID;
}

static enum ratls_err token_unseal(void *self, const struct rt_gcm *with, struct ratls_bytes sealed,
                                   uint8_t *plain, enum ratls_err forged)
{
    struct token *t = self;
    CK_GCM_PARAMS params = params_of(with);
    CK_MECHANISM gcm = {CKM_AES_GCM, &params, sizeof params};
    CK_ULONG len = sealed.len;
    uint8_t room[RT_AES_KEY_LEN + RT_GCM_TAG_LEN]; /* some modules want room for the tag as well */

    if (sealed.len < RT_GCM_TAG_LEN || sealed.len > sizeof room)
        return forged;
    CK_RV rv = t->p11->C_DecryptInit(t->session, &gcm, t->key);
    if (rv != CKR_OK)
        return RATLS_E_KEK;
    rv = t->p11->C_Decrypt(t->session, (CK_BYTE_PTR)sealed.p, sealed.len, room, &len);
    const bool ok = rv == CKR_OK && len == sealed.len - RT_GCM_TAG_LEN;
    if (ok)
        memcpy(plain, room, len);
    rt_wipe(room, sizeof room);
    return ok ? RATLS_OK : is_forged(rv) ? forged : RATLS_E_KEK;
}

const struct rt_kek_ops rt_kek_pkcs11 = {
    .scheme = "pkcs11:",
    .open = token_open,
    .seal = token_seal,
    .unseal = token_unseal,
    .close = token_close,
};
