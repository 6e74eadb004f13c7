/* sev_guest.h - the attester "sev-guest" with the kernel behind two functions, so that tests can
 * give every answer.
 *
 * The structures are those of linux/sev-guest.h, defined anew: in older headers the last member of
 * the request is named fw_err, and the errors of the VMM have no names. */
#ifndef RT_SEV_GUEST_H
#define RT_SEV_GUEST_H

#include <sys/ioctl.h>

#include "attesters.h"

struct rt_sev_report_req { /* struct snp_report_req */
    uint8_t user_data[RATLS_REPORT_DATA_LEN];
    uint32_t vmpl;
    uint8_t reserved[28];
};

struct rt_sev_ext_report_req { /* struct snp_ext_report_req */
    struct rt_sev_report_req report;
    uint64_t certs_address;
    uint32_t certs_len; /* in whole pages; comes back when the host needs more */
};

struct rt_sev_report_resp { /* struct snp_report_resp */
    uint8_t bytes[4000];    /* MSG_REPORT_RSP */
};

struct rt_sev_request { /* struct snp_guest_request_ioctl */
    uint8_t msg_version;
    uint64_t req_address, resp_address;
    uint64_t exitinfo2; /* VMM error << 32 | firmware error; not written when both are 0 */
};

#define RT_SEV_GET_REPORT     _IOWR('S', 0x0, struct rt_sev_request)
#define RT_SEV_GET_EXT_REPORT _IOWR('S', 0x2, struct rt_sev_request)

/* GHCB specification 2.03 s.4.1.7 and 4.1.8, SW_EXITINFO2 */
enum { RT_SEV_VMM_INVALID_LEN = 1, RT_SEV_VMM_BUSY = 2 };

struct rt_sev_guest_ops { /* borrowed as long as the attester is open */
    void *arg;
    /* ioctl(2) on the device: 0 or an errno. */
    int (*request)(void *arg, int fd, unsigned long code, struct rt_sev_request *request);
    /* Before a busy host is asked again. */
    void (*pause)(void *arg);
};

/* As the `open` of the attester. */
RATLS_MUST_USE enum ratls_err rt_sev_guest_open_with(const struct ratls_env *env,
                                                     const char *options,
                                                     const struct rt_sev_guest_ops *ops,
                                                     void **self, struct ratls_error *err);

#endif
