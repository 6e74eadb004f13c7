/* ratls/evidence.h - named claims, and attesters that produce evidence.
 *
 * Claims are what a verifier found in evidence: flat names ("tdx.mr_td"), typed values. Binary
 * values are lower-case hex text. Which claims exist per TEE is said in verifiers/<tee>/README.md.
 * An attester asks the TEE it runs in for evidence over 64 bytes of report data (RFC 9334
 * "Attester"). Hardware may take a second, so requests are asynchronous: start one, wait until the
 * attester's descriptor is readable, dispatch.
 * What this header does NOT do: judge anything. A claim set by hand is as good as any other; only
 * claims inside a verdict (ratls/appraise.h) were verified.
 * Thread rule: one claims object or attester belongs to one thread at a time. */
#ifndef RATLS_EVIDENCE_H
#define RATLS_EVIDENCE_H

#include "ratls/bytes.h"
#include "ratls/env.h"
#include "ratls/error.h"

#define RATLS_REPORT_DATA_LEN 64

/* ---- claims ---- */

enum ratls_claim_type { RATLS_CLAIM_TEXT, RATLS_CLAIM_UINT, RATLS_CLAIM_BOOL, RATLS_CLAIM_LIST };

/* One claim; all pointers borrowed from the claims object, valid until it changes or is freed. */
struct ratls_claim {
    const char *name;
    enum ratls_claim_type type;
    const char *text;         /* TEXT: printable, NUL-terminated */
    uint64_t number;          /* UINT, BOOL (0 or 1) */
    const char *const *items; /* LIST of texts */
    size_t n_items;
};

struct ratls_claims;

RATLS_API struct ratls_claims *ratls_claims_new(void); /* new; NULL when out of memory */
RATLS_API void ratls_claims_free(struct ratls_claims *c);

/* Set (replacing) a claim. Names: [a-z0-9_.]{1,64}. Values are copied. Failures (RATLS_E_NO_MEMORY,
 * RATLS_E_LIMIT, RATLS_E_USAGE for a bad name or unprintable text) stick in the object too, so that
 * a row of calls can be checked once with ratls_claims_status(). */
RATLS_API enum ratls_err ratls_claims_set_hex(struct ratls_claims *c, const char *name,
                                              struct ratls_bytes value);
RATLS_API enum ratls_err ratls_claims_set_text(struct ratls_claims *c, const char *name,
                                               const char *value);
RATLS_API enum ratls_err ratls_claims_set_uint(struct ratls_claims *c, const char *name,
                                               uint64_t value);
RATLS_API enum ratls_err ratls_claims_set_bool(struct ratls_claims *c, const char *name,
                                               bool value);
/* An empty list exists once set with item NULL; each further call appends. */
RATLS_API enum ratls_err ratls_claims_add_item(struct ratls_claims *c, const char *name,
                                               const char *item);
RATLS_API RATLS_MUST_USE enum ratls_err ratls_claims_status(const struct ratls_claims *c);

/* Look-up, in order of first setting. NULL when absent. */
RATLS_API size_t ratls_claims_count(const struct ratls_claims *c);
RATLS_API const struct ratls_claim *ratls_claims_at(const struct ratls_claims *c, size_t i);
RATLS_API const struct ratls_claim *ratls_claims_get(const struct ratls_claims *c,
                                                     const char *name);

/* ---- attesters ---- */

struct ratls_attester;

/* Called once per request, from ratls_attester_dispatch(). `evidence` is borrowed for the call and
 * empty unless e is RATLS_OK. */
typedef void ratls_evidence_fn(void *arg, enum ratls_err e, struct ratls_bytes evidence,
                               const struct ratls_error *err);

/* Open an attester by name:
 *   "tsm"      Linux configfs-tsm (TDX, SEV-SNP and Arm CCA);
 *              options: "base=DIR" (default /sys/kernel/config/tsm/report), "wait_ms=N" (default
 *              0: the kernel answers at once; for emulations over a plain folder); for SEV-SNP
 *              only: "vmpl=N", the privilege level (0 to 3, not below the own one) that the report
 *              names (default: the kernel's), and "certs=FILE", certificates fetched beforehand,
 *              PEM or DER: a VCEK or VLEK and, optionally, ASK (ASVK) and ARK. They travel with
 *              the report when the host gives neither VCEK nor VLEK
 *   "sev-guest" the older device of Linux for SEV-SNP, for guests without configfs-tsm; options:
 *              "device=PATH" (default /dev/sev-guest), "vmpl=N" (default 0) and "certs=FILE" as for
 *              "tsm". Opening asks for one report, and fails where there is none to be had
 *   "sgx"      an SGX enclave under Gramine or Occlum, from the files they offer inside of it, DCAP
 *              only (Gramine: Documentation/attestation.rst; Occlum: demos/remote_attestation/
 *              dcap_fs); options: "base=PATH" (default /dev/attestation): Gramine's files are below
 *              it (/dev/attestation/quote), the names of Occlum's begin with it
 *              (/dev/attestation_quote)
 *   "virtcca"  a guest of Huawei virtCCA, from the device of openEuler's kernel; options:
 *              "device=PATH" (default /dev/tsi), "certs=FILE", PEM or DER: up to 8 certificates
 *              above that of the device, for verifiers that do not have them; "eventlog=yes|no|
 *              PATH", the measured-boot log (yes: /sys/firmware/acpi/tables/data/CCEL), and
 *              "ima_log=yes|no|PATH", that of Linux's IMA (yes: /sys/kernel/security/ima/
 *              binary_runtime_measurements), both "no" by default: they travel whole, with token
 *              and certificates within the 64 KiB of evidence, and rarely fit into the certificates
 *              of TLS, which end near 18 KiB. Opening asks for one token and the certificate of the
 *              device, and fails where there are none to be had
 *   "tpm"      a TPM 2.0, through libtss2 (RATLS_E_UNSUPPORTED where the library was built without
 *              it); options: "ak=HANDLE" of its attestation key (required; persistent, such as
 *              0x81010002: tpm2_createak(1), tpm2_evictcontrol(1)), "tcti=NAME" as tss2-tctildr(3)
 *              reads it (default: its own, /dev/tpmrm0), and "certs=FILE", PEM or DER: the key's
 *              certificate and CAs above it, which travel along. All PCRs of SHA-256 are quoted.
 *              Where the TPM takes no 64 bytes, the quote is over the SHA-256 of the report data,
 *              and the evidence names them. Opening asks for the key, and fails where there is none
 *              or one that would sign anything
 *   "nvidia"   a GPU of NVIDIA in confidential mode, through the library of its driver, NVML: a
 *              device as sim-nvidia is; options: "gpu=N", its number there (default 0), and
 *              "library=PATH" (default libnvidia-ml.so.1). Opening asks for its certificates
 *   "ascend"   the host of Ascend NPUs, by its TPM and the log of Linux's IMA, a device as well;
 *              options: those of "tpm", and "ima_log=PATH" (default /sys/kernel/security/ima/
 *              binary_runtime_measurements), of which some 45 KiB fit into evidence
 *   "sim-tdx"  a simulated TDX platform under a test PKI: never evidence of anything; options:
 *              "pki=DIR" (load or create the PKI there; default: made on the spot), "mrtd=HEX48",
 *              "rtmr0=HEX48" ... "rtmr3=HEX48", "debug=yes|no", "version=4|5" of the quote (default
 *              4; 5 comes with TD report 1.5); what its collateral says:
 *              "tcb_status=STATUS" (UpToDate, the default, SWHardeningNeeded,
 *              ConfigurationNeeded, ConfigurationAndSWHardeningNeeded, OutOfDate,
 *              OutOfDateConfigurationNeeded, Revoked), "qe_status=STATUS" and
 *              "module_status=STATUS" (UpToDate, OutOfDate, Revoked)
 *   "sim-sgx"  likewise an SGX enclave, quotes of version 3; options: "pki=DIR",
 *              "mrenclave=HEX32", "mrsigner=HEX32", "isvprodid=N", "isvsvn=N", "debug=yes|no",
 *              "tcb_status=STATUS", "qe_status=STATUS"
 *   "sim-snp"  a simulated SEV-SNP guest under a test PKI in AMD's profile; options: "pki=DIR"
 *              (load or create its keys there: making them takes some seconds, and "key=vlek"
 *              takes one more), "product=P" (Milan, the default, Genoa, Turin), "key=vcek|vlek"
 *              (default vcek), "version=2|3|5" of the report (default 3, for Turin 5),
 *              "measurement=HEX48", "host_data=HEX32", "chip_id=HEX64" (Turin: HEX8; default: named
 *              after its key; not with a VLEK), "guest_svn=N", "vmpl=N" (0 to 3, default 0),
 *              "debug=yes|no", "migrate_ma=yes|no", "certs=yes|no" (VEK, ASK or ASVK, and ARK
 *              behind the report, default yes; without them the collateral holds the VEK)
 *   "sim-cca"  a simulated realm of Arm CCA; options: "pki=DIR" (load or create the platform's key
 *              there), "profile=legacy|realm1|realm2" of the tokens (default realm2, the newest:
 *              cca_platform#1.0.0 with realm#2.0.0), "cmw=yes|no" (tag 907 or 399; default yes, for
 *              legacy no), "rim=HEX", "rem0=HEX" ... "rem3=HEX" (32, 48 or 64 bytes),
 *              "rpv=HEX64", "lifecycle=HEX2" (default 3000, secured)
 *   "sim-virtcca" a simulated Huawei virtCCA guest under a test PKI in Huawei's profile; options:
 *              "pki=DIR" (load or create its keys there), "key=p521|rsa" (default p521; RSA keys
 *              take some seconds to make), "platform_token=yes|no" (default yes: the machine's
 *              token vouches for the guest's own key; without it the guest's key is the device's),
 *              "rim=HEX32", "rem0=HEX32" ... "rem3=HEX32", "rpv=HEX64", "lifecycle=HEX2" of the
 *              machine (default 3003, secured), "eventlog=yes|no" (default no; REM0 to REM2 come
 *              from it), "ima_log=yes|no" (default no; REM3 comes from it)
 *   "sim-nitro" a simulated AWS Nitro Enclave under a test PKI in AWS's profile; options: "pki=DIR"
 *              (load or create the root's key there), "pcr0=HEX48" ... "pcr4=HEX48", "pcr8=HEX48",
 *              "debug=yes|no" (registers of zeros), "tag=yes|no" (COSE tag 18, default no)
 *   "sim-itrustee" a simulated TA of Huawei iTrustee under a test PKI in Huawei's profile; options:
 *              "pki=DIR" (load or create its keys there: making them takes some seconds),
 *              "ta_img=HEX32", "ta_mem=HEX32", "uuid=TEXT"
 *   "sim-csv"  a simulated guest of Hygon CSV under a test PKI of Hygon's form; options: "pki=DIR"
 *              (load or create the root's key there), "version=1|2" of the report (default 1),
 *              "measure=HEX32", "vm_id=HEX16", "vm_version=HEX16", "debug=yes|no", and for version
 *              2 "rtmr0=HEX32" ... "rtmr4=HEX32"
 *   "sim-nvidia" a simulated GPU or NVSwitch of NVIDIA under a test PKI in NVIDIA's profile, for
 *              report data of 32 bytes and 32 zeros: a device's evidence binds no key, and alone
 *              it opens no connection; options: "pki=DIR" (load or create the root's key there),
 *              "arch=hopper|blackwell|ls10" (default hopper), "device=N" (its number, default 0),
 *              "driver=TEXT", "firmware=HEX48" (measurement 10), "protected_pcie=yes|no",
 *              "nonce=HEX32": the report of a device that somebody else has asked
 *   "sim-az-snp", "sim-az-tdx" a simulated guest of Azure with the TPM of a paravisor, on the
 *              hardware of sim-snp or sim-tdx; options: "pki=DIR", "debug=yes|no" and
 *              "measurement=HEX48" or "mrtd=HEX48" as there, "pcr00=HEX32" ... "pcr23=HEX32"
 *   "sim-ascend" the simulated host of Ascend NPUs, with the TPM and IMA log of none; a device like
 *              sim-nvidia; options: "pki=DIR" (load or create the keys of its root and its TPM
 *              there), "firmware=TEXT" (what the file that it loads into an NPU holds)
 * `options` is a comma-separated list of key=value; NULL or "" for none.
 * RATLS_E_USAGE names what is wrong with them. *out is new. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_attester_open(const struct ratls_env *env,
                                                            const char *name, const char *options,
                                                            struct ratls_attester **out,
                                                            struct ratls_error *err);
/* Waits for a request under way, then frees. Requests not yet dispatched are dropped silently. */
RATLS_API void ratls_attester_close(struct ratls_attester *a);

/* Borrowed constants: the attester's name, its TEE ("tdx"), and the media type its evidence travels
 * under in a CMW (NULL: the CCC form with CBOR tag 60000). */
RATLS_API const char *ratls_attester_name(const struct ratls_attester *a);
RATLS_API const char *ratls_attester_tee(const struct ratls_attester *a);
RATLS_API const char *ratls_attester_media_type(const struct ratls_attester *a);
RATLS_API bool ratls_attester_simulated(const struct ratls_attester *a);
/* True: it is a device's, which answers 32 bytes and counts beside a TEE only. */
RATLS_API bool ratls_attester_device(const struct ratls_attester *a);
/* ---- devices beside a TEE ----
 *
 * Attesters of devices (GPUs) sign whatever nonce they are handed; a device counts where the nonce
 * names the report data of a CPU's evidence (PROTOCOL.md, "Devices"). */

/* SHA-256("ratls/1 device" || 0x00 || report_data) and 32 zero bytes: what the devices of a TEE are
 * asked about that itself was asked about `report_data`; RATLS_REPORT_DATA_LEN bytes each. */
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_device_report_data(const uint8_t report_data[RATLS_REPORT_DATA_LEN],
                         uint8_t out[RATLS_REPORT_DATA_LEN]);
/* `what` is NAME or NAME:OPTIONS, as of ratls_attester_open(). RATLS_E_USAGE as there, and for an
 * attester that is no device's. *out is new. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_device_open(const struct ratls_env *env,
                                                          const char *what,
                                                          struct ratls_attester **out,
                                                          struct ratls_error *err);
#define RATLS_DEVICE_LABEL_LEN 17 /* with its NUL */
/* Name of the n-th device of a kind, which is an attester's TEE: "gpu0" for "nvidia", "npu0"
 * for "ascend_npu", else "dev0". */
RATLS_API void ratls_device_label(const char *kind, unsigned n, char out[RATLS_DEVICE_LABEL_LEN]);
struct ratls_part {               /* borrowed */
    const char *label;            /* "cpu0" for the CPU, which comes first */
    const char *tee, *media_type; /* of its attester */
    struct ratls_bytes evidence;
};
/* One file of all parts, for `ratls verify` and ratls_appraise(); *out is new. At most 17 parts of
 * 128 KiB together. RATLS_E_USAGE. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_composite_write(const struct ratls_part *parts,
                                                              size_t n, struct ratls_buffer *out,
                                                              struct ratls_error *err);

/* Simulated attesters: the test root (DER certificate; of "sim-cca", whose platforms have none, the
 * JSON list of its device key; of "sim-itrustee" PEM, for the CA below it is needed as well),
 * borrowed; empty otherwise. */
RATLS_API struct ratls_bytes ratls_attester_sim_root(const struct ratls_attester *a);
/* Simulated attesters: collateral for their evidence, as a vendor's service would give it for real
 * ones; JSON, good for 30 days. *out is new. Not while requests are queued. RATLS_E_UNSUPPORTED for
 * real attesters, and where the verifier needs no collateral. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_attester_sim_collateral(struct ratls_attester *a,
                                                                      struct ratls_buffer *out,
                                                                      struct ratls_error *err);

/* Queue a request for evidence over exactly these 64 bytes. Many may be queued; they are answered
 * in order. RATLS_E_LIMIT when the queue is full. */
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_attester_request(struct ratls_attester *a, const uint8_t report_data[RATLS_REPORT_DATA_LEN],
                       ratls_evidence_fn *done, void *arg);
/* Readable when ratls_attester_dispatch() has something to deliver. */
RATLS_API int ratls_attester_fd(const struct ratls_attester *a);
/* Call `done` of every finished request; never blocks. */
RATLS_API void ratls_attester_dispatch(struct ratls_attester *a);

/* Blocking form of the above. *out is new. Not while requests are queued. */
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_attester_evidence(struct ratls_attester *a, const uint8_t report_data[RATLS_REPORT_DATA_LEN],
                        struct ratls_buffer *out, struct ratls_error *err);

/* Evidence over a challenge that somebody else chose. Refused with RATLS_E_CHALLENGE_REFUSED unless
 * it has 33..64 bytes and the last 32 of the padded 64 are not all zero: that is the form in which
 * certificates name keys, and the caller could have his own keys certified. A device ("sim-nvidia")
 * answers that form and no other: nobody is allowed by what it certifies. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_attester_challenge(struct ratls_attester *a,
                                                                 struct ratls_bytes challenge,
                                                                 struct ratls_buffer *out,
                                                                 struct ratls_error *err);

#endif
