/* nvidia.c - the report of a GPU, from the driver's library.
 *
 * NVML API Reference, "Confidential Compute" (nvml.h): the library is loaded when an attester is
 * opened, as it comes with the driver and from no package. Report: the SPDM request with the nonce
 * and the response to it; certificates: PEM, the leaf first (NVIDIA/nvtrust:
 * guest_tools/gpu_verifiers/local_gpu_verifier/src/verifier/nvml/nvml_handler.py). */
#include <dlfcn.h>
#include <stdlib.h>

#include "attesters.h"
#include "cert_text.h"
#include "nvidia_evidence.h"
#include "options.h"
#include "x509.h"

#define LIBRARY "libnvidia-ml.so.1"

enum { NVML_SUCCESS = 0, NONCE_LEN = 32, REPORT_ROOM = 0x2000, CERTS_MAX = 8, GPUS_MAX = 1024 };

struct nvml_report { /* nvmlConfComputeGpuAttestationReport_t */
    unsigned has_cec, report_len, cec_len;
    uint8_t nonce[NONCE_LEN], report[REPORT_ROOM], cec_report[0x1000];
};

struct nvml_certs { /* nvmlConfComputeGpuCertificate_t */
    unsigned identity_len, attestation_len;
    uint8_t identity[0x1000], attestation[0x1400];
};

struct nvml {
    void *handle;
    int (*init)(void);
    int (*shutdown)(void);
    const char *(*error_text)(int);
    int (*gpu_by_index)(unsigned, void **);
    int (*report)(void *, struct nvml_report *);
    int (*certs)(void *, struct nvml_certs *);
};

struct nvidia {
    struct nvml nvml;
    bool begun; /* nvmlInit was called */
    void *gpu;
    struct ratls_buffer cert[CERTS_MAX];
    size_t n_certs;
};

/* ---- the library ---- */

static enum ratls_err load(const char *path, struct nvml *out, struct ratls_error *err)
{
    const struct {
        const char *name;
        void *place;
    } wanted[] = {
        {"nvmlInit_v2", &out->init},
        {"nvmlShutdown", &out->shutdown},
        {"nvmlErrorString", &out->error_text},
        {"nvmlDeviceGetHandleByIndex_v2", &out->gpu_by_index},
        {"nvmlDeviceGetConfComputeGpuAttestationReport", &out->report},
        {"nvmlDeviceGetConfComputeGpuCertificate", &out->certs},
    };

    out->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!out->handle)
        return ratls_fail(err, RATLS_E_ATTESTER, "nvidia: %s", dlerror());
    for (size_t i = 0; i < RT_COUNT(wanted); i++) {
        void *symbol = dlsym(out->handle, wanted[i].name);
        if (!symbol)
            return ratls_fail(err, RATLS_E_ATTESTER, "nvidia: %s has no %s: an older driver?", path,
                              wanted[i].name);
        memcpy(wanted[i].place, &symbol, sizeof symbol);
    }
    return RATLS_OK;
}

static enum ratls_err failed(const struct nvidia *a, const char *what, int result,
                             struct ratls_error *err)
{
    const char *text = a->nvml.error_text(result);

    return ratls_fail(err, RATLS_E_ATTESTER, "nvidia: %s: %s", what, text ? text : "unknown");
}

/* ---- certificates ---- */

/* Those below the root, which verifiers have. */
static enum ratls_err keep_cert(void *arg, struct ratls_bytes der, struct ratls_error *err)
{
    struct nvidia *a = arg;
    struct rt_x509 cert;
    enum ratls_err e = rt_x509_parse(der, &cert, err);

    if (e || ratls_bytes_equal(cert.subject, cert.issuer))
        return e;
    if (a->n_certs == CERTS_MAX)
        return ratls_fail(err, RATLS_E_LIMIT, "more than %d certificates", CERTS_MAX);
    return rt_dup(der, &a->cert[a->n_certs++]);
}

static enum ratls_err read_certs(struct nvidia *a, struct ratls_error *err)
{
    struct nvml_certs *certs = calloc(1, sizeof *certs);
    struct ratls_error why = {0};

    if (!certs)
        return ratls_fail(err, RATLS_E_NO_MEMORY, "nvidia");
    const int result = a->nvml.certs(a->gpu, certs);
    enum ratls_err e = result != NVML_SUCCESS ? failed(a, "certificates", result, err) : RATLS_OK;
    if (e == RATLS_OK && (certs->attestation_len > sizeof certs->attestation ||
                          rt_each_cert(ratls_bytes(certs->attestation, certs->attestation_len),
                                       keep_cert, a, &why) != RATLS_OK ||
                          a->n_certs == 0))
        e = ratls_fail(err, RATLS_E_ATTESTER, "nvidia: the GPU's certificates: %s",
                       why.detail[0] ? why.detail : "none");
    free(certs);
    return e;
}

/* ---- attester ---- */

static void nvidia_close(void *self)
{
    struct nvidia *a = self;

    for (size_t i = 0; i < a->n_certs; i++)
        ratls_buffer_free(&a->cert[i]);
    if (a->begun)
        (void)a->nvml.shutdown();
    if (a->nvml.handle)
        (void)dlclose(a->nvml.handle);
    free(a);
}

static enum ratls_err begin(struct nvidia *a, const char *path, unsigned number,
                            struct ratls_error *err)
{
    enum ratls_err e = load(path, &a->nvml, err);
    int result;

    if (e)
        return e;
    if ((result = a->nvml.init()) != NVML_SUCCESS)
        return failed(a, "the driver", result, err);
    a->begun = true;
    if ((result = a->nvml.gpu_by_index(number, &a->gpu)) != NVML_SUCCESS)
        return failed(a, "the GPU of that number", result, err);
    return read_certs(a, err);
}

static enum ratls_err nvidia_open(const struct ratls_env *env, const char *options, void **self,
                                  struct ratls_error *err)
{
    char gpu[8] = "", library[RT_OPTION_MAX] = "";
    const struct rt_option table[] = {{"gpu", gpu, sizeof gpu},
                                      {"library", library, sizeof library}};
    uint32_t number = 0;
    enum ratls_err e = rt_options_read(options, table, RT_COUNT(table), err);

    (void)env;
    if (e == RATLS_OK)
        e = rt_option_uint("gpu", gpu, GPUS_MAX, &number, err);
    if (e)
        return e;
    struct nvidia *a = calloc(1, sizeof *a);
    if (!a)
        return ratls_fail(err, RATLS_E_NO_MEMORY, "nvidia");
    e = begin(a, library[0] ? library : LIBRARY, number, err);
    if (e)
        nvidia_close(a);
    else
        *self = a;
    return e;
}

static enum ratls_err wrap(const struct nvidia *a, const struct nvml_report *r,
                           struct ratls_buffer *out, struct ratls_error *err)
{
    struct ratls_bytes cert[CERTS_MAX];

    if (r->report_len == 0 || r->report_len > sizeof r->report)
        return ratls_fail(err, RATLS_E_ATTESTER, "nvidia: a report of %u bytes", r->report_len);
    for (size_t i = 0; i < a->n_certs; i++)
        cert[i] = rt_bytes_of(&a->cert[i]);
    const struct rt_nvidia_parts parts = {ratls_bytes(r->report, r->report_len), cert, a->n_certs};
    const enum ratls_err e = rt_nvidia_evidence(&parts, 1, out);
    return e ? ratls_fail(err, e, "nvidia") : RATLS_OK;
}

static enum ratls_err nvidia_evidence(void *self, const uint8_t report_data[RATLS_REPORT_DATA_LEN],
                                      struct ratls_buffer *out, struct ratls_error *err)
{
    const struct nvidia *a = self;

    *out = (struct ratls_buffer){0};
    struct nvml_report *r = calloc(1, sizeof *r);
    if (!r)
        return ratls_fail(err, RATLS_E_NO_MEMORY, "nvidia");
    memcpy(r->nonce, report_data, sizeof r->nonce);
    const int result = a->nvml.report(a->gpu, r);
    const enum ratls_err e =
        result != NVML_SUCCESS ? failed(a, "report", result, err) : wrap(a, r, out, err);
    free(r);
    return e;
}

static const char *nvidia_tee(void *self)
{
    (void)self;
    return "nvidia";
}

static const char *nvidia_media_type(void *self)
{
    (void)self;
    return RT_NVIDIA_MEDIA_TYPE;
}

const struct rt_attester_type rt_attester_nvidia = {
    .name = "nvidia",
    .device = true,
    .open = nvidia_open,
    .close = nvidia_close,
    .evidence = nvidia_evidence,
    .tee = nvidia_tee,
    .media_type = nvidia_media_type,
};
