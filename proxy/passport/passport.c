/* The process that fetches a passport: what its master hands over, and the one request. */
#include "passport.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

#include "ipc_handed.h"
#include "privileges.h"
#include "ratls/request.h"
#include "sandbox.h"
#include "web.h"

#define LIBRARY  "libratls-fetch.so.0"
#define DNS_PORT 53

/* libratls-fetch. */
struct library {
    enum ratls_err (*fetch)(const struct ratls_env *env, struct ratls_ctx *ctx,
                            const struct ratls_token_fetch *what, struct ratls_response *out,
                            struct ratls_error *err);
    void (*free_response)(struct ratls_response *r);
};

struct passport {
    struct event_base *base;
    struct px_channel *master;
    struct ratls_env env, trust_env; /* read from what was handed over */
    struct px_files files, trust_files;
    uint32_t issuer;
    struct ratls_identity *identity;
    char *path;
    uint16_t service;
    bool told, gone; /* all is here; the master is not */
    struct px_config *config;
    struct ratls_ctx *ctx;
    struct px_answer proof;
    bool proven; /* it is there */
    struct library library;
};

/* ---- what the master hands over ---- */

static bool on_identity(struct passport *p, struct px_reader *r)
{
    p->issuer = px_get_u32(r);
    return !p->identity && px_identity_take(&p->env, r, &p->identity, NULL) == RATLS_OK;
}

static bool on_fetch(struct passport *p, struct px_reader *r)
{
    p->service = px_get_u16(r);
    p->path = p->path ? NULL : px_get_text(r);
    if (!p->path || !px_reader_done(r) || !p->identity)
        return false;
    p->told = true;
    (void)event_base_loopbreak(p->base);
    return true;
}

static bool on_proof(struct passport *p, struct px_reader *r)
{
    p->proven = px_answer_parse(px_get_rest(r), &p->proof);
    p->proof.evidence = ratls_bytes(NULL, 0);
    return p->proven;
}

static bool on_message(void *arg, uint8_t type, struct ratls_bytes payload)
{
    struct passport *p = arg;
    struct px_reader r = px_reader(payload);

    switch (type) {
    case PX_MSG_FILE:
        return px_file_take(&p->files, &r);
    case PX_MSG_TRUST_FILE:
        return px_file_take(&p->trust_files, &r);
    case PX_MSG_IDENTITY:
        return on_identity(p, &r);
    case PX_MSG_FETCH:
        return on_fetch(p, &r);
    case PX_MSG_PROOF:
        return on_proof(p, &r);
    }
    return false;
}

static void on_master_gone(void *arg)
{
    struct passport *p = arg;

    p->gone = true;
    (void)event_base_loopbreak(p->base);
}

/* ---- before the network ---- */

static enum ratls_err load_library(struct library *l, struct ratls_error *err)
{
    const struct {
        const char *name;
        void *to;
    } functions[] = {{"ratls_token_fetch", &l->fetch}, {"ratls_response_free", &l->free_response}};
    void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

    if (!handle)
        return ratls_fail(err, RATLS_E_UNSUPPORTED, "%s", dlerror());
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        void *symbol = dlsym(handle, functions[i].name);
        if (!symbol)
            return ratls_fail(err, RATLS_E_UNSUPPORTED, LIBRARY " has no %s", functions[i].name);
        memcpy(functions[i].to, &symbol, sizeof symbol); /* POSIX dlsym: ISO C has no such cast */
    }
    return RATLS_OK;
}

static enum ratls_err load(struct passport *p, struct ratls_error *err)
{
    enum ratls_err e = px_config_load(&p->env, p->path, &p->config, err);

    if (e)
        return e;
    if (p->service >= p->config->n_services || !p->config->services[p->service].passport_from)
        return ratls_fail(err, RATLS_E_STATE, "no such service");
    e = px_service_passport_ctx(&p->env, &p->trust_env, &p->config->services[p->service], &p->ctx,
                                err);
    if (!e)
        e = ratls_ctx_set_identity(p->ctx, p->identity, err);
    return e ? e : load_library(&p->library, err);
}

static enum ratls_err give_up_rights(const struct passport *p, struct ratls_error *err)
{
    const uint16_t ports[] = {px_service_passport_port(&p->config->services[p->service]), DNS_PORT,
                              0};
    const struct px_sandbox_plan plan = {.who = PX_WHO_FETCHES, .ports = ports};
    struct px_sandbox made;
    enum ratls_err e = px_privileges_drop(p->config, err);

    (void)ratls_offload(p->config->offload != 0);
    if (!e && p->config->lock_memory)
        e = px_privileges_lock_memory(err);
    return !e && p->config->sandbox ? px_sandbox_enter(&plan, &made, err) : e;
}

/* ---- the request ---- */

static enum ratls_err prove(void *arg, const struct ratls_proof_request *request,
                            const uint8_t own_spki_sha256[32], uint8_t signature[64])
{
    struct passport *p = arg;
    struct px_prove ask = {.issuer = p->issuer, .request = *request};

    memcpy(ask.own_spki_sha256, own_spki_sha256, sizeof ask.own_spki_sha256);
    p->proven = false;
    if (p->gone || !px_channel_send(p->master, px_prove_message(&ask)))
        return RATLS_E_INTERNAL;
    while (!p->proven && !p->gone)
        if (event_base_loop(p->base, EVLOOP_ONCE))
            return RATLS_E_INTERNAL;
    memcpy(signature, p->proof.signature, sizeof p->proof.signature);
    return p->proven ? p->proof.e : RATLS_E_INTERNAL;
}

static enum ratls_err ask(struct passport *p, struct ratls_response *out, struct ratls_error *err)
{
    const struct px_service *s = &p->config->services[p->service];
    const struct ratls_prover prover = {prove, p};
    const struct ratls_token_fetch what = {
        .url = s->passport_from, .audience = s->passport_target, .prover = &prover};

    return p->library.fetch(&p->env, p->ctx, &what, out, err);
}

static bool say(struct passport *p, enum ratls_err e, struct ratls_bytes words)
{
    struct px_message *m = px_message_new(PX_MSG_FETCHED, 2 + words.len);

    px_put_uint(m, (uint64_t)e, 2);
    px_put_bytes(m, words);
    return px_channel_send(p->master, m);
}

static bool fetch(struct passport *p)
{
    struct ratls_response response = {0};
    struct ratls_error err = {0};
    enum ratls_err e = load(p, &err);
    bool said = false;

    if (!e)
        e = give_up_rights(p, &err);
    if (!e)
        e = ask(p, &response, &err);
    said = e ? say(p, e, ratls_bytes_str(err.detail))
             : say(p, RATLS_OK, ratls_bytes(response.body.p, response.body.len));
    if (p->library.free_response)
        p->library.free_response(&response);
    return said;
}

/* ---- life ---- */

static void prepare(struct passport *p)
{
    p->files.complete = p->trust_files.complete = true;
    p->env = *ratls_env_system(); /* its clocks and randomness do not look at arg */
    p->env.read_file = px_files_read;
    p->env.list_files = px_files_list;
    p->env.log = NULL; /* workers say the same */
    p->trust_env = p->env;
    p->env.arg = &p->files;
    p->trust_env.arg = &p->trust_files;
}

static void teardown(struct passport *p)
{
    ratls_ctx_unref(p->ctx);
    ratls_identity_unref(p->identity);
    px_config_free(p->config);
    px_channel_free(p->master);
    if (p->base)
        event_base_free(p->base);
    px_files_clear(&p->files);
    px_files_clear(&p->trust_files);
    free(p->path);
    free(p);
}

/* The master ends it when it has heard. */
int px_passport_run(void)
{
    static const struct px_channel_ops ops = {.message = on_message, .closed = on_master_gone};
    struct passport *p = calloc(1, sizeof *p);
    bool good = false;

    px_web_process("ratls-passport");
    if (!p)
        return 1;
    prepare(p);
    p->base = event_base_new();
    if (p->base)
        p->master = px_channel_new(p->base, PX_PASSPORT_FD_MASTER, PX_MAX_FROM_MASTER, &ops, p);
    if (p->master)
        (void)event_base_dispatch(p->base);
    good = p->told && !p->gone && fetch(p);
    while (good && !p->gone && event_base_loop(p->base, EVLOOP_ONCE) == 0)
        continue;
    teardown(p);
    return good ? 0 : 1;
}
