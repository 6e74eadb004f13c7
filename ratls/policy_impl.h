/* policy_impl.h - a parsed policy, shared by the reader (policy_parse.c) and the judge (policy.c).
 */
#ifndef RT_POLICY_IMPL_H
#define RT_POLICY_IMPL_H

#include "policy.h"

#define RT_POLICY_VALUE_MAX 64  /* bytes of one measurement or register */
#define RT_POLICY_NAME_MAX  64  /* claim names, ratls/evidence.h */
#define RT_POLICY_TEE_MAX   32  /* verifier names, ratls/verifier.h */
#define RT_POLICY_TEXT_MAX  64  /* identifiers of advisories, names of services */
#define RT_POLICY_HOST_MAX  254 /* names of peers: 253, and a dot behind */
#define RT_POLICY_MAX_NAMES 64  /* of peers; of services */

/* Of one thing that is said of a policy: seconds up to ten years. */
#define RT_POLICY_MAX_AGE_LIMIT_S (10LL * 366 * 86400)

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

struct rt_policy_text {
    char p[RT_POLICY_TEXT_MAX + 1];
};

struct rt_policy_texts {
    struct rt_policy_text *items;
    size_t n;
};

/* What is said of the platform, whatever the TEE. */
struct rt_policy_platform {
    bool has_ids, has_accepted; /* the list is there, empty or not */
    struct rt_policy_values ids, denied_ids;
    struct rt_policy_texts accepted, rejected; /* advisories */
    int64_t max_tcb_age_s;                     /* 0: any */
};

struct rt_condition; /* policy_rules.h */

struct rt_policy_rules {
    struct rt_condition *items; /* each with its parts behind it */
    size_t n;
};

/* Sets of stored reference values, by name. */
struct rt_policy_sets {
    rt_baseline_name *names; /* owned */
    size_t n;
};

struct rt_policy_tee {
    char name[RT_POLICY_TEE_MAX + 1];
    struct rt_policy_values measurements;
    struct rt_policy_sets sets;
    struct rt_policy_register *registers;
    size_t n_registers;
    struct rt_policy_register *lists; /* claims that are lists: each item must be accepted */
    size_t n_lists;
    unsigned tcb_accepted;    /* one bit for each row of rt_tcb_rows */
    int64_t min_tcb_eval_num; /* 0: any */
    struct rt_policy_platform platform;
    struct rt_policy_rules rules;
    struct rt_policy_snp snp;
    struct rt_policy_arm arm;
    bool any_measurement, debug, simulated; /* the insecure_ switches */
};

struct rt_policy_host {
    char p[RT_POLICY_HOST_MAX + 1];
};

/* Devices of one kind beside a CPU. */
struct rt_policy_devices {
    char kind[RT_POLICY_TEE_MAX + 1];
    int64_t least, most;
};

enum rt_passports { RT_PASSPORTS_ACCEPTED, RT_PASSPORTS_REQUIRED, RT_PASSPORTS_REFUSED };

struct rt_policy {
    struct rt_policy_tee *tees;
    size_t n_tees;
    struct rt_policy_host *peer_names; /* any of them; none: nobody is asked for a name */
    size_t n_peer_names;
    struct rt_policy_text *services; /* names of those that have members of their own */
    size_t n_services;
    bool has_devices; /* the list is there, empty or not */
    struct rt_policy_devices *devices;
    size_t n_devices;
    enum ratls_level level;
    enum rt_passports passports;
    bool passport_warning; /* accepted as well as affirming ones */
    bool has_max_age;
    int64_t max_age_s;
};

/* ---- reading ---- */

struct cJSON;

struct rt_policy_parse {
    struct rt_policy *policy;
    const char *service;       /* the one whose members are read; NULL: those of all */
    struct rt_policy_tee *tee; /* the one being read */
    unsigned rule;             /* position of the one being read; 0: none */
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
/* `object` is one, its caller has looked. `tables`: of the members known here, up to a NULL. */
RATLS_MUST_USE enum ratls_err rt_policy_read_object(struct rt_policy_parse *p,
                                                    const struct cJSON *object,
                                                    const struct rt_policy_members *const *tables);
RATLS_MUST_USE enum ratls_err rt_policy_read_values(struct rt_policy_parse *p,
                                                    const struct cJSON *list, size_t min,
                                                    struct rt_policy_values *out);
/* The name of a claim. */
RATLS_MUST_USE bool rt_policy_copy_name(char *out, size_t max, const char *name);
/* Printable, 1 to `max` characters; `out` has one byte more. */
RATLS_MUST_USE bool rt_policy_copy_text(char *out, size_t max, const char *text);
/* Printable texts of 1 to RT_POLICY_TEXT_MAX characters. */
RATLS_MUST_USE enum ratls_err rt_policy_read_texts(struct rt_policy_parse *p,
                                                   const struct cJSON *list,
                                                   struct rt_policy_texts *out);
RATLS_MUST_USE enum ratls_err rt_policy_read_switch(struct rt_policy_parse *p,
                                                    const struct cJSON *item, bool *out);

/* ---- judging ---- */

struct rt_policy_judge {
    const struct rt_policy *policy;
    const struct rt_policy_tee *tee;
    const struct rt_policy_subject *subject;
    const struct ratls_claims *claims;   /* NULL: nobody is judged, words alone are wanted */
    const struct rt_refvals *refvals;    /* for this TEE; NULL: none */
    const struct rt_policy_found *found; /* NULL: nobody asks */
    unsigned *noted;                     /* enum rt_noted, vector.h; NULL: nobody asks */
    struct ratls_error *err;
};

typedef bool rt_policy_words_fn(const struct rt_policy_judge *j, struct rt_writer *w);

/* A row of the table in POLICY.md. */
struct rt_policy_rule {
    const char *name;  /* the member of a policy */
    const char *tee;   /* the one TEE it is about (rt_policy_hardware); NULL: each */
    const char *claim; /* that it needs; ".x" stands for "<tee>.x"; NULL: none, or several */
    enum ratls_claim_type type; /* of that claim */
    enum ratls_err (*judge)(const struct rt_policy_judge *j);
    /* What is asked, as a sentence, with the values found where there are claims. false: nothing is
     * asked, and the sentence says why, or is empty. */
    rt_policy_words_fn *words;
    /* Instead of words, where one sentence does not suffice: all findings; `e` is what judge()
     * said.
     */
    void (*tell)(const struct rt_policy_judge *j, enum ratls_err e);
};

static inline void rt_policy_note(const struct rt_policy_judge *j, unsigned noted)
{
    if (j->noted)
        *j->noted |= noted;
}

/* Only a claim that is there, is a truth value and is false clears anybody. */
/* Whose rules and claims hold for this TEE as well: of Azure's guests those of their hardware; of
 * any other its own. */
const char *rt_policy_hardware(const char *tee);
bool rt_policy_is_false(const struct rt_policy_judge *j, const char *name);
bool rt_same_ignoring_case(const char *a, const char *b); /* of ASCII letters */
bool rt_policy_is_among(const struct rt_policy_values *accepted, const char *hex);

/* ---- names of peers, members of services: policy_names.c, policy_parse.c ---- */

RATLS_MUST_USE enum ratls_err rt_policy_read_peer_names(struct rt_policy_parse *p,
                                                        const struct cJSON *list);
extern const struct rt_policy_rule rt_rule_peer_names;

/* ---- attestation results of others: policy_passport.c ---- */

RATLS_MUST_USE enum ratls_err rt_policy_read_passports(struct rt_policy_parse *p,
                                                       const struct cJSON *item);
RATLS_MUST_USE enum ratls_err rt_policy_read_passport_status(struct rt_policy_parse *p,
                                                             const struct cJSON *list);
extern const struct rt_policy_rule rt_rule_passports, rt_rule_passport_status;

/* ---- devices beside a CPU: policy_devices.c ---- */

RATLS_MUST_USE enum ratls_err rt_policy_read_devices(struct rt_policy_parse *p,
                                                     const struct cJSON *object);
extern const struct rt_policy_rule rt_rule_devices;

/* ---- platforms, advisories, the date of the TCB: policy_platform.c ---- */

extern const struct rt_policy_members rt_policy_platform_members;
void rt_policy_platform_free(struct rt_policy_platform *platform);
extern const struct rt_policy_rule rt_rule_advisories, rt_rule_tcb_age, rt_rule_platform;

/* ---- conditions on claims: policy_rules.c, policy_rules_judge.c ---- */

extern const struct rt_policy_members rt_policy_rules_members;
void rt_policy_rules_free(struct rt_policy_rules *rules);
extern const struct rt_policy_rule rt_rule_rules;

/* ---- what a guest under a paravisor booted: policy_boot.c ---- */

#define RT_POLICY_BOOT_PCRS "tpm.pcr04, tpm.pcr07, tpm.pcr09, tpm.pcr11"
bool rt_policy_is_boot_pcr(const char *claim);
/* It must be known, and the policy itself names no PCR: reference values have to. */
bool rt_policy_boot_is_open(const struct rt_policy_tee *tee);

/* ---- stored reference values: policy_baseline.c ---- */

RATLS_MUST_USE enum ratls_err rt_policy_read_sets(struct rt_policy_parse *p,
                                                  const struct cJSON *list);
void rt_policy_sets_free(struct rt_policy_sets *sets);
extern const struct rt_policy_rule rt_rule_baselines;

/* ---- SEV-SNP: policy_snp.c ---- */

extern const struct rt_policy_members rt_policy_snp_members;
void rt_policy_snp_default(struct rt_policy_snp *snp);
void rt_policy_snp_free(struct rt_policy_snp *snp);
extern const struct rt_policy_rule rt_rule_vmpl, rt_rule_migration_agent, rt_rule_guest_svn,
    rt_rule_min_tcb, rt_rule_chip;

/* ---- CCA and virtCCA: policy_arm.c ---- */

extern const struct rt_policy_members rt_policy_cca_members, rt_policy_virtcca_members;
void rt_policy_arm_default(struct rt_policy_arm *arm);
extern const struct rt_policy_rule rt_rule_platform_token, rt_rule_cca_lifecycle,
    rt_rule_virtcca_lifecycle, rt_rule_event_log, rt_rule_ima_log;

/* ---- words: policy_words.c ---- */

#define RT_SHOWN_VALUES 4   /* of a list; the others are counted */
#define RT_SHOWN_TEXT   160 /* characters of a value: more than the hex of 64 bytes */
void rt_say(struct rt_writer *w, const char *fmt, ...) RATLS_PRINTF(2, 3);
/* "name 'value'", where nobody is judged the name alone. */
void rt_say_claim(struct rt_writer *w, const struct rt_policy_judge *j, const char *name);
/* "value, value": of `n` the first ones. */
void rt_say_values(struct rt_writer *w, const struct rt_policy_values *values);
/* Between two of a list; nothing before the first. */
void rt_say_next(struct rt_writer *w, size_t i, const char *between);
/* "name 'value' is false" (or true), as a rule's whole sentence. */
void rt_say_is(struct rt_writer *w, const struct rt_policy_judge *j, const char *name, bool value);
/* "platform_id 'x' is one of ...; is none of ..."; `only` NULL: any. */
bool rt_say_allowed(struct rt_writer *w, const struct rt_policy_judge *j,
                    const struct rt_policy_values *only, const struct rt_policy_values *denied);
/* Tell the caller's callback what became of this rule; `e` is what judge() said. */
void rt_policy_tell(const struct rt_policy_rule *rule, const struct rt_policy_judge *j,
                    enum ratls_err e);

/* Of the rules in policy.c. */
rt_policy_words_fn rt_words_simulated, rt_words_debug, rt_words_measurement, rt_words_refvals,
    rt_words_registers, rt_words_lists, rt_words_tcb_status, rt_words_eval_num, rt_words_age,
    rt_words_binding;

struct rt_tcb_row {
    const char *status;
    bool acceptable; /* false: no policy may name it */
};

extern const struct rt_tcb_row rt_tcb_rows[];
/* Index of the row; -1 for a status nobody defined. */
int rt_tcb_find(const char *status);
const char *rt_tcb_status(int row); /* NULL past the end */

#endif
