/* policy_impl.h - a parsed policy, shared by the reader (policy_parse.c) and the judge (policy.c).
 */
#ifndef RT_POLICY_IMPL_H
#define RT_POLICY_IMPL_H

#include "policy.h"

#define RT_POLICY_VALUE_MAX 64 /* bytes of one measurement or register */
#define RT_POLICY_NAME_MAX  64 /* claim names, ratls/evidence.h */
#define RT_POLICY_TEE_MAX   32 /* verifier names, ratls/verifier.h */

struct rt_policy_value {
    uint8_t len;
    uint8_t p[RT_POLICY_VALUE_MAX];
};

struct rt_policy_values {
    struct rt_policy_value *items;
    size_t n;
};

struct rt_policy_register {
    char claim[RT_POLICY_NAME_MAX + 1];
    struct rt_policy_values accepted;
};

struct rt_policy_tee {
    char name[RT_POLICY_TEE_MAX + 1];
    struct rt_policy_values measurements;
    struct rt_policy_register *registers;
    size_t n_registers;
    unsigned tcb_accepted;                  /* one bit for each row of rt_tcb_rows */
    int64_t min_tcb_eval_num;               /* 0: any */
    bool any_measurement, debug, simulated; /* the insecure_ switches */
};

struct rt_policy {
    struct rt_policy_tee *tees;
    size_t n_tees;
    enum ratls_level level;
    bool has_max_age;
    int64_t max_age_s;
};

struct rt_tcb_row {
    const char *status;
    bool acceptable; /* false: no policy may name it */
};

extern const struct rt_tcb_row rt_tcb_rows[];
/* Index of the row; -1 for a status nobody defined. */
int rt_tcb_find(const char *status);

#endif
