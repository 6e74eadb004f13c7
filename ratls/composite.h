/* composite.h - evidence of more than one part: that of a CPU TEE, and of the devices it uses.
 *
 * A device signs whatever nonce it is handed, by anybody who can reach it: alone it says nothing
 * about a peer. Beside a CPU's evidence its nonce must be
 *     SHA-256("ratls/1 device" || 0x00 || report data of the CPU's evidence, 64 bytes),
 * which that TEE alone knows before its certificate is seen (PROTOCOL.md, "Devices"). Each part is
 * judged like any evidence, by the rules of its kind; how many of which kind are due is a rule of
 * the policy. Thread rule: parts never change and are shared by reference count. */
#ifndef RT_COMPOSITE_H
#define RT_COMPOSITE_H

#include "appraise_impl.h"
#include "cmw_collection.h"

#define RT_CPU_LABEL   "cpu0"
#define RT_MAX_DEVICES (RT_MAX_CMW_ITEMS - 1)

struct rt_devices;

/* The collection a peer showed beside the evidence that `cpu` is about, at the moment that was
 * judged. *out is new where all parts
 * are allowed; else the error of the first that is not, with its label.
 *   RATLS_E_EVIDENCE_FORMAT, RATLS_E_EVIDENCE_UNKNOWN   no collection of devices
 *   RATLS_E_EVIDENCE_DUPLICATE the CPU showed a passport, which tells of its devices
 *   RATLS_E_BINDING_MISMATCH   the nonce is of another CPU, or of another time
 *   RATLS_E_DEVICE_DUPLICATE   one device counts once */
RATLS_MUST_USE enum ratls_err rt_devices_appraise(const struct ratls_trust *t,
                                                  struct ratls_bytes collection,
                                                  const struct ratls_verdict *cpu,
                                                  struct rt_devices **out, struct ratls_error *err);
/* As rt_appraise_claims(), of each part; the bytes are shared. */
RATLS_MUST_USE enum ratls_err rt_devices_again(const struct ratls_trust *t, struct rt_devices *of,
                                               int64_t now, struct rt_devices **out,
                                               struct ratls_error *err);
/* The policy's say about how many there are; a verdict without any included. */
RATLS_MUST_USE enum ratls_err
rt_devices_due(const struct ratls_trust *t, const struct ratls_verdict *v, struct ratls_error *err);
/* `devices` becomes part of the verdict, which ends with the first of them. NULL is legal. */
void rt_verdict_take_devices(struct ratls_verdict *v, struct rt_devices *devices);
struct rt_devices *rt_devices_ref(struct rt_devices *d);
void rt_devices_unref(struct rt_devices *d); /* NULL is legal */
/* As shown; borrowed. Empty where they were told. */
struct ratls_bytes rt_devices_collection(const struct rt_devices *d);
/* By a passport: they are part of what is said of the certificate. */
bool rt_devices_are_told(const struct rt_devices *d);
bool rt_devices_stand(const struct rt_devices *d, int64_t now); /* NULL: true */

/* A file with all parts: that of the CPU, which `j` is about, and devices. */
RATLS_MUST_USE enum ratls_err rt_judge_composite(struct rt_job *j, struct ratls_bytes collection);

#endif
