/* What libnvidia-ml.so.1 is to the attester "nvidia", without a GPU: its one GPU has the report and
 * the certificates in the files $PLAYED_NVML.report and .certs, and $PLAYED_NVML_FAULT is what is
 * wrong with it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SUCCESS = 0, INVALID_ARGUMENT = 2, NOT_SUPPORTED = 3, DRIVER_NOT_LOADED = 9, UNKNOWN = 999 };

struct report {
    unsigned has_cec, report_len, cec_len;
    unsigned char nonce[32], report[0x2000], cec_report[0x1000];
};

struct certs {
    unsigned identity_len, attestation_len;
    unsigned char identity[0x1000], attestation[0x1400];
};

int nvmlInit_v2(void);
int nvmlShutdown(void);
const char *nvmlErrorString(int result);
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **gpu);
int nvmlDeviceGetConfComputeGpuCertificate(void *gpu, struct certs *out);
#ifndef WITHOUT_REPORTS
int nvmlDeviceGetConfComputeGpuAttestationReport(void *gpu, struct report *out);
#endif

static int the_gpu;

static int is(const char *fault)
{
    const char *due = getenv("PLAYED_NVML_FAULT");

    return due && strcmp(due, fault) == 0;
}

static unsigned fill(const char *ending, unsigned char *out, size_t room)
{
    char path[256];
    size_t n = 0;

    (void)snprintf(path, sizeof path, "%s%s", getenv("PLAYED_NVML"), ending);
    FILE *f = fopen(path, "rb");
    if (f) {
        n = fread(out, 1, room, f);
        (void)fclose(f);
    }
    return (unsigned)n;
}

int nvmlInit_v2(void)
{
    return is("no driver") ? DRIVER_NOT_LOADED : SUCCESS;
}

int nvmlShutdown(void)
{
    return SUCCESS;
}

const char *nvmlErrorString(int result)
{
    return result == INVALID_ARGUMENT    ? "Invalid Argument"
           : result == NOT_SUPPORTED     ? "Not Supported"
           : result == DRIVER_NOT_LOADED ? "Driver Not Loaded"
                                         : NULL;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **gpu)
{
    *gpu = &the_gpu;
    return index == 0 ? SUCCESS : INVALID_ARGUMENT;
}

int nvmlDeviceGetConfComputeGpuCertificate(void *gpu, struct certs *out)
{
    if (gpu != &the_gpu || is("no certificates"))
        return UNKNOWN;
    out->attestation_len = fill(".certs", out->attestation, sizeof out->attestation);
    if (is("certificates too long"))
        out->attestation_len = sizeof out->attestation + 1;
    if (is("certificates cut"))
        out->attestation_len -= 200;
    if (is("an empty list of certificates"))
        out->attestation_len = 0;
    return SUCCESS;
}

#ifndef WITHOUT_REPORTS
/* The report in the file was made over one nonce. */
int nvmlDeviceGetConfComputeGpuAttestationReport(void *gpu, struct report *out)
{
    if (gpu != &the_gpu || is("not confidential"))
        return NOT_SUPPORTED;
    out->report_len = fill(".report", out->report, sizeof out->report);
    if (is("report too long"))
        out->report_len = sizeof out->report + 1;
    if (is("an empty report"))
        out->report_len = 0;
    return SUCCESS;
}
#endif
