#include "registry.h"

#include <dirent.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "ascend.h"
#include "azure.h"
#include "cca.h"
#include "csv.h"
#include "itrustee.h"
#include "nitro.h"
#include "nvidia.h"
#include "plugin.h"
#include "ratls/evidence.h"
#include "sgx.h"
#include "snp.h"
#include "tdx.h"
#include "tpm.h"
#include "virtcca.h"

#define MAX_VERIFIERS 32

/* One line per built-in TEE. */
static const struct ratls_verifier *const builtin[] = {
    &rt_verifier_tdx,        &rt_verifier_sgx,   &rt_verifier_snp,         &rt_verifier_cca,
    &rt_verifier_virtcca,    &rt_verifier_nitro, &rt_verifier_itrustee,    &rt_verifier_csv,
    &rt_verifier_nvidia,     &rt_verifier_tpm,   &rt_verifier_az_snp_vtpm, &rt_verifier_az_tdx_vtpm,
    &rt_verifier_ascend_npu,
};

struct rt_registry {
    atomic_uint refs;
    struct rt_plugin list[MAX_VERIFIERS];
    const char *names[MAX_VERIFIERS + 1]; /* of list[], NULL behind them */
    size_t n;
};

static void append(struct rt_registry *r, const struct rt_plugin *p)
{
    r->names[r->n] = p->verifier->name;
    r->list[r->n++] = *p;
}

enum ratls_err rt_registry_new(struct rt_registry **out)
{
    struct rt_registry *r = *out = calloc(1, sizeof *r);

    if (!r)
        return RATLS_E_NO_MEMORY;
    atomic_init(&r->refs, 1);
    for (size_t i = 0; i < RT_COUNT(builtin); i++)
        append(r, &(struct rt_plugin){.verifier = builtin[i]});
    return RATLS_OK;
}

/* Forget everything behind the first `keep` verifiers. */
static void truncate_to(struct rt_registry *r, size_t keep)
{
    while (r->n > keep) {
        r->names[--r->n] = NULL;
        rt_plugin_close(&r->list[r->n]);
    }
}

struct rt_registry *rt_registry_ref(struct rt_registry *r)
{
    atomic_fetch_add_explicit(&r->refs, 1, memory_order_relaxed);
    return r;
}

void rt_registry_free(struct rt_registry *r)
{
    if (!r || atomic_fetch_sub_explicit(&r->refs, 1, memory_order_acq_rel) != 1)
        return;
    truncate_to(r, 0);
    free(r);
}

const struct ratls_verifier *rt_registry_at(const struct rt_registry *r, size_t i)
{
    return i < r->n ? r->list[i].verifier : NULL;
}

const char *const *rt_registry_names(const struct rt_registry *r)
{
    return r->names;
}

const struct ratls_verifier *rt_registry_by_name(const struct rt_registry *r, const char *name)
{
    for (size_t i = 0; name && i < r->n; i++)
        if (strcmp(r->list[i].verifier->name, name) == 0)
            return r->list[i].verifier;
    return NULL;
}

const struct ratls_verifier *rt_registry_find(const struct rt_registry *r,
                                              struct ratls_bytes evidence)
{
    const struct ratls_verifier *found = NULL;

    if (evidence.len > RT_MAX_EVIDENCE)
        return NULL;
    for (size_t i = 0; i < r->n; i++) {
        if (!r->list[i].verifier->recognises(evidence))
            continue;
        if (found)
            return NULL; /* ambiguous: nobody's choice */
        found = r->list[i].verifier;
    }
    return found;
}

/* ---- plugins ---- */

static enum ratls_err load_one(struct rt_registry *r, const char *directory, const char *file,
                               struct ratls_error *err)
{
    struct rt_plugin p = {0};

    if (r->n == MAX_VERIFIERS)
        return ratls_fail(err, RATLS_E_PLUGIN, "more than %d verifiers", MAX_VERIFIERS);
    enum ratls_err e = rt_plugin_open(directory, file, &p, err);
    if (e)
        return e;
    if (rt_registry_by_name(r, p.verifier->name)) {
        e = ratls_fail(err, RATLS_E_PLUGIN, "%s: the name \"%s\" is taken", file, p.verifier->name);
        rt_plugin_close(&p);
        return e;
    }
    append(r, &p);
    return RATLS_OK;
}

static int is_shared_object(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');

    return dot && dot != entry->d_name && strcmp(dot, ".so") == 0;
}

enum ratls_err rt_registry_load(struct rt_registry *r, const char *directory,
                                struct ratls_error *err)
{
    struct dirent **files = NULL;
    const size_t before = r->n;
    enum ratls_err e = rt_plugin_check_directory(directory, err);

    if (e)
        return e;
    int n = scandir(directory, &files, is_shared_object, alphasort);
    if (n < 0)
        return ratls_fail(err, RATLS_E_PLUGIN, "%s cannot be read: errno %d", directory, errno);
    for (int i = 0; i < n; i++) {
        if (e == RATLS_OK)
            e = load_one(r, directory, files[i]->d_name, err);
        free(files[i]);
    }
    free(files);
    if (e)
        truncate_to(r, before);
    return e;
}

/* ---- running a verifier ---- */

static bool is_hex(const char *text)
{
    size_t len = strlen(text);

    return len > 0 && len % 2 == 0 && strspn(text, "0123456789abcdef") == len;
}

static bool is_obligatory_text(const char *name, const char *text)
{
    if (strcmp(name, "report_data") == 0)
        return strlen(text) == 2 * RATLS_REPORT_DATA_LEN && is_hex(text);
    if (strcmp(name, "measurement") == 0)
        return is_hex(text);
    return text[0] != 0;
}

static enum ratls_err check_claims(const struct ratls_claims *claims, struct ratls_error *err)
{
    static const struct {
        const char *name;
        enum ratls_claim_type type;
    } obligatory[] = {
        {"tee", RATLS_CLAIM_TEXT},         {"measurement", RATLS_CLAIM_TEXT},
        {"report_data", RATLS_CLAIM_TEXT}, {"debug", RATLS_CLAIM_BOOL},
        {"simulated", RATLS_CLAIM_BOOL},   {"tcb_status", RATLS_CLAIM_TEXT},
    };

    for (size_t i = 0; i < RT_COUNT(obligatory); i++) {
        const struct ratls_claim *c = ratls_claims_get(claims, obligatory[i].name);
        if (!c || c->type != obligatory[i].type ||
            (c->type == RATLS_CLAIM_TEXT && !is_obligatory_text(c->name, c->text)))
            return ratls_fail(err, RATLS_E_VERIFIER_FAULT, "claim \"%s\" is missing or malformed",
                              obligatory[i].name);
    }
    return RATLS_OK;
}

/* A genuine TEE needs a root or a key of a genuine TEE. */
static bool could_be_real(const struct ratls_verify_input *input)
{
    for (size_t i = 0; i < input->n_roots; i++)
        if (!input->roots[i].simulated)
            return true;
    for (size_t i = 0; i < input->n_keys; i++)
        if (!input->keys[i].simulated)
            return true;
    return false;
}

static enum ratls_err check_simulated(const struct ratls_verify_input *input,
                                      const struct ratls_claims *claims, struct ratls_error *err)
{
    const struct ratls_claim *c = ratls_claims_get(claims, "simulated");

    if (!c || c->type != RATLS_CLAIM_BOOL)
        return ratls_fail(err, RATLS_E_VERIFIER_FAULT, "claim \"simulated\" is missing");
    if (!c->number && !could_be_real(input))
        return ratls_fail(err, RATLS_E_VERIFIER_FAULT,
                          "not simulated, though no root or key of a genuine TEE is trusted");
    return RATLS_OK;
}

static enum ratls_err check_outcome(const struct ratls_verifier *v,
                                    const struct ratls_verify_input *input,
                                    const struct ratls_claims *claims, struct ratls_error *err)
{
    enum ratls_err e = ratls_claims_status(claims);

    if (e)
        return ratls_fail(err, RATLS_E_VERIFIER_FAULT, "a claim could not be set: %s",
                          ratls_err_text(e));
    if ((e = check_claims(claims, err)) != RATLS_OK)
        return e;
    if (strcmp(ratls_claims_get(claims, "tee")->text, v->name) != 0)
        return ratls_fail(err, RATLS_E_VERIFIER_FAULT, "verifier %s speaks for TEE %s", v->name,
                          ratls_claims_get(claims, "tee")->text);
    return check_simulated(input, claims, err);
}

/* A plugin may return any number; only failures of this list leave here. */
static bool is_failure(enum ratls_err e)
{
    return (unsigned)e < (unsigned)RATLS_ERR_COUNT && !ratls_err_is_want(e) && e != RATLS_E_CLOSED;
}

static enum ratls_err failure(const struct ratls_verifier *v, enum ratls_err e,
                              struct ratls_error *err)
{
    if (!is_failure(e))
        return ratls_fail(err, RATLS_E_VERIFIER_FAULT, "verifier %s answers %d", v->name, (int)e);
    return ratls_fail(err, e, "verifier %s gives no detail", v->name);
}

enum ratls_err rt_verifier_run(const struct ratls_verifier *v,
                               const struct ratls_verify_input *input, struct ratls_claims *claims,
                               struct ratls_error *err)
{
    if (input->evidence.len > RT_MAX_EVIDENCE)
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "%zu bytes of evidence, more than %d",
                          input->evidence.len, RT_MAX_EVIDENCE);
    enum ratls_err e = v->verify(input, claims, err);
    return e == RATLS_OK ? check_outcome(v, input, claims, err) : failure(v, e, err);
}

enum ratls_err rt_verifier_endorsements(const struct ratls_verifier *v,
                                        const struct ratls_verify_input *input,
                                        struct ratls_claims *claims, struct ratls_error *err)
{
    if (!v->endorsements)
        return ratls_fail(err, RATLS_E_UNSUPPORTED,
                          "%s needs evidence, certificates are not enough", v->name);
    enum ratls_err e = v->endorsements(input, claims, err);
    if (e)
        return failure(v, e, err);
    if ((e = ratls_claims_status(claims)) != RATLS_OK)
        return ratls_fail(err, RATLS_E_VERIFIER_FAULT, "a claim could not be set: %s",
                          ratls_err_text(e));
    return check_simulated(input, claims, err);
}

enum ratls_err rt_verifier_prove(const struct ratls_verifier *v,
                                 const struct ratls_collateral_input *input, void **out,
                                 struct ratls_error *err)
{
    *out = NULL;
    enum ratls_err e = v->collateral_new(input, out, err);
    if (e != RATLS_OK)
        return failure(v, e, err);
    return *out ? RATLS_OK
                : ratls_fail(err, RATLS_E_VERIFIER_FAULT, "verifier %s proves nothing", v->name);
}
