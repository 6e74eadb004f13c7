/* virtcca_guest.h - the attester "virtcca" with the kernel behind two functions, so that tests can
 * give every answer.
 *
 * The structures are those of openEuler's kernel (arch/arm64/include/uapi/asm/virtcca_cvm_tsi.h,
 * drivers/misc or arch/arm64/kernel, "tmm_tsi"), defined anew: `unsigned long` of 64 bits, which is
 * what the device exists on. The number of an ioctl holds the size of its structure, and that
 * of the token changed over time: a driver answers ENOTTY to all sizes but its own. */
#ifndef RT_VIRTCCA_GUEST_H
#define RT_VIRTCCA_GUEST_H

#include <sys/ioctl.h>
#include <sys/types.h>

#include "attesters.h"

#define RT_TSI_GRANULE   4096
#define RT_TSI_CHALLENGE RATLS_REPORT_DATA_LEN

struct rt_tsi_token { /* struct virtcca_cvm_attestation_cmd */
    uint8_t challenge[RT_TSI_CHALLENGE];
    uint8_t token[2 * RT_TSI_GRANULE];
    uint64_t size; /* comes back, of the token */
};

struct rt_tsi_short_token { /* the same with one granule */
    uint8_t challenge[RT_TSI_CHALLENGE];
    uint8_t token[RT_TSI_GRANULE];
    uint64_t size;
};

/* Older: the token is read(2) from the device afterwards. First with members of the kernel's own
 * behind the size (struct cvm_attestation_cmd of asm/cvm_tsi.h), then without. */
struct rt_tsi_readable_token {
    uint8_t challenge[RT_TSI_CHALLENGE];
    uint64_t size;
};

struct rt_tsi_oldest_token {
    uint8_t challenge[RT_TSI_CHALLENGE];
    uint64_t size;
    uint64_t not_used_here[6];
};

struct rt_tsi_cert { /* struct virtcca_device_cert */
    uint64_t size;   /* comes back */
    uint8_t value[4096];
};

#define RT_TSI_GET_TOKEN          _IOWR('T', 1, struct rt_tsi_token)
#define RT_TSI_GET_SHORT_TOKEN    _IOWR('T', 1, struct rt_tsi_short_token)
#define RT_TSI_GET_READABLE_TOKEN _IOWR('T', 1, struct rt_tsi_readable_token)
#define RT_TSI_GET_OLDEST_TOKEN   _IOWR('T', 1, struct rt_tsi_oldest_token)
#define RT_TSI_GET_CERT           _IOR('T', 2, struct rt_tsi_cert)

struct rt_virtcca_guest_ops { /* borrowed as long as the attester is open */
    void *arg;
    /* ioctl(2) on the device: 0 or an errno. */
    int (*request)(void *arg, int fd, unsigned long code, void *request);
    /* pread(2) from its beginning: number of bytes, or -1. */
    ssize_t (*read)(void *arg, int fd, uint8_t *to, size_t len);
};

/* As the `open` of the attester. */
RATLS_MUST_USE enum ratls_err rt_virtcca_guest_open_with(const struct ratls_env *env,
                                                         const char *options,
                                                         const struct rt_virtcca_guest_ops *ops,
                                                         void **self, struct ratls_error *err);

#endif
