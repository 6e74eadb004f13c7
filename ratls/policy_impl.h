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

enum { RT_SNP_TCB_PARTS = 5, RT_SNP_GENERATIONS = 3 };

/* What is said of SEV-SNP alone. */
struct rt_policy_snp {
    unsigned vmpl_accepted; /* one bit for each VMPL */
    bool migration_agent;   /* insecure_migration_agent */
    int64_t min_guest_svn;
    bool has_min_tcb;
    struct {
        bool listed;
        uint8_t part[RT_SNP_TCB_PARTS];
    } min_tcb[RT_SNP_GENERATIONS];
    bool has_chip_ids;
    struct rt_policy_values chip_ids, denied_chip_ids;
};

enum rt_arm_part { RT_ARM_PLATFORM_TOKEN, RT_ARM_EVENT_LOG, RT_ARM_IMA_LOG, RT_ARM_PARTS };

/* What is said of CCA and virtCCA. */
struct rt_policy_arm {
    unsigned lifecycles;         /* one bit for each state accepted */
    bool optional[RT_ARM_PARTS]; /* of the evidence (virtCCA) */
};

struct rt_policy_tee {
    char name[RT_POLICY_TEE_MAX + 1];
    struct rt_policy_values measurements;
    struct rt_policy_register *registers;
    size_t n_registers;
    struct rt_policy_register *lists; /* claims that are lists: each item must be accepted */
    size_t n_lists;
    unsigned tcb_accepted;    /* one bit for each row of rt_tcb_rows */
    int64_t min_tcb_eval_num; /* 0: any */
    struct rt_policy_snp snp;
    struct rt_policy_arm arm;
    bool any_measurement, debug, simulated; /* the insecure_ switches */
};

struct rt_policy {
    struct rt_policy_tee *tees;
    size_t n_tees;
    enum ratls_level level;
    bool has_max_age;
    int64_t max_age_s;
};

/* ---- reading ---- */

struct cJSON;

struct rt_policy_parse {
    struct rt_policy *policy;
    struct rt_policy_tee *tee; /* the one being read */
    size_t n_values;
    struct ratls_error *err;
};

struct rt_policy_member {
    const char *name;
    enum ratls_err (*read)(struct rt_policy_parse *p, const struct cJSON *item);
};
struct rt_policy_members {
    const struct rt_policy_member *p;
    size_t n;
};

enum ratls_err rt_policy_malformed(struct rt_policy_parse *p, const char *name, const char *why);
/* `more` (may be NULL): members that are known beside the first. */
RATLS_MUST_USE enum ratls_err rt_policy_read_object(struct rt_policy_parse *p,
                                                    const struct cJSON *object,
                                                    const struct rt_policy_members *members,
                                                    const struct rt_policy_members *more);
RATLS_MUST_USE enum ratls_err rt_policy_read_values(struct rt_policy_parse *p,
                                                    const struct cJSON *list, size_t min,
                                                    struct rt_policy_values *out);
RATLS_MUST_USE enum ratls_err rt_policy_read_switch(struct rt_policy_parse *p,
                                                    const struct cJSON *item, bool *out);

/* ---- judging ---- */

struct rt_policy_judge {
    const struct rt_policy_tee *tee;
    const struct ratls_claims *claims;
    const struct rt_refvals *refvals; /* for this TEE; NULL: none */
    struct ratls_error *err;
};
typedef enum ratls_err rt_policy_rule(const struct rt_policy_judge *j);

/* Only a claim that is there, is a truth value and is false clears anybody. */
bool rt_policy_is_false(const struct rt_policy_judge *j, const char *name);
bool rt_policy_is_among(const struct rt_policy_values *accepted, const char *hex);

/* ---- SEV-SNP: policy_snp.c; the rules say nothing of other TEEs ---- */

extern const struct rt_policy_members rt_policy_snp_members;
void rt_policy_snp_default(struct rt_policy_snp *snp);
void rt_policy_snp_free(struct rt_policy_snp *snp);
rt_policy_rule rt_policy_snp_guest, rt_policy_snp_platform;

/* ---- CCA and virtCCA: policy_arm.c; likewise ---- */

extern const struct rt_policy_members rt_policy_cca_members, rt_policy_virtcca_members;
void rt_policy_arm_default(struct rt_policy_arm *arm);
rt_policy_rule rt_policy_arm_platform, rt_policy_arm_logs;

struct rt_tcb_row {
    const char *status;
    bool acceptable; /* false: no policy may name it */
};

extern const struct rt_tcb_row rt_tcb_rows[];
/* Index of the row; -1 for a status nobody defined. */
int rt_tcb_find(const char *status);

#endif
