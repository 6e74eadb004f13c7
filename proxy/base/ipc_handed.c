/* Payloads of what is handed over. */
#include "ipc_handed.h"

#include <stdlib.h>

struct px_message *px_file_message(enum px_msg_type type, const struct px_file *f)
{
    struct px_message *m = px_message_new(type, 2 + strlen(f->path) + f->content.len);

    px_put_text(m, f->path);
    px_put_bytes(m, ratls_bytes(f->content.p, f->content.len));
    return m;
}

bool px_file_take(struct px_files *files, struct px_reader *r)
{
    char *path = px_get_text(r);
    bool good = path && px_files_add(files, path, px_get_rest(r)) == RATLS_OK;

    free(path);
    return good;
}

struct px_message *px_identity_message(uint32_t issuer, const struct ratls_identity *id)
{
    const struct ratls_bytes chain = ratls_identity_chain(id);
    const struct ratls_bytes devices = ratls_identity_devices(id);
    struct ratls_buffer key = {0};
    enum ratls_err e = ratls_identity_export_key(id, &key);
    struct px_message *m =
        e ? NULL : px_message_new(PX_MSG_IDENTITY, 4 + 4 + chain.len + 4 + devices.len + key.len);

    px_put_uint(m, issuer, 4);
    px_put_uint(m, chain.len, 4);
    px_put_bytes(m, chain);
    px_put_uint(m, devices.len, 4);
    px_put_bytes(m, devices);
    px_put_bytes(m, ratls_bytes(key.p, key.len));
    ratls_buffer_free(&key);
    return m;
}

enum ratls_err px_identity_take(const struct ratls_env *env, struct px_reader *r,
                                struct ratls_identity **out, struct ratls_error *err)
{
    const struct ratls_bytes chain = px_get_bytes(r, px_get_u32(r));
    const struct ratls_bytes devices = px_get_bytes(r, px_get_u32(r));
    const struct ratls_bytes key = px_get_rest(r);

    *out = NULL;
    if (!px_reader_done(r))
        return ratls_fail(err, RATLS_E_INTERNAL, "a message about an identity is malformed");
    enum ratls_err e = ratls_identity_import(env, chain, key, out, err);
    if (!e && devices.len > 0)
        e = ratls_identity_import_devices(*out, devices, err);
    return e;
}

struct px_message *px_answer_message(const struct px_answer *a)
{
    struct px_message *m = px_message_new(PX_MSG_PROOF, 8 + 2 + 64 + a->evidence.len);

    px_put_uint(m, a->id, 8);
    px_put_uint(m, (uint64_t)a->e, 2);
    px_put_bytes(m, ratls_bytes(a->signature, 64));
    px_put_bytes(m, a->evidence);
    return m;
}

bool px_answer_parse(struct ratls_bytes payload, struct px_answer *out)
{
    struct px_reader r = px_reader(payload);

    *out = (struct px_answer){.id = px_get_u64(&r)};
    const uint16_t reason = px_get_u16(&r);
    px_get_copy(&r, out->signature, sizeof out->signature);
    out->evidence = px_get_rest(&r);
    out->e = reason < RATLS_ERR_COUNT ? (enum ratls_err)reason : RATLS_E_INTERNAL;
    return px_reader_done(&r) && reason < RATLS_ERR_COUNT;
}
