/* corim.h - the subset of CoRIM that is written and read (ratls/CORIM.md).
 *
 * Keys and tags of draft-ietf-rats-corim; what is below zero is of the profile of this project. */
#ifndef RT_CORIM_H
#define RT_CORIM_H

#include "base.h"

#define RT_CORIM_PROFILE "tag:ratls.invalid,2026:corim/1"
#define RT_MAX_MKEY      128
#define RT_MAX_TEE       32

enum {
    RT_TAG_TIME = 1,
    RT_TAG_URI = 32,
    RT_TAG_CORIM = 501, /* unsigned */
    RT_TAG_COMID = 506,
    RT_TAG_SVN = 552,
    RT_TAG_MIN_SVN = 553,
    RT_TAG_BYTES = 560,
};

/* corim-map, validity-map, entity-map and its roles */
enum {
    RT_CORIM_ID = 0,
    RT_CORIM_TAGS = 1,
    RT_CORIM_PROFILE_KEY = 3,
    RT_CORIM_VALIDITY = 4,
    RT_CORIM_ENTITIES = 5,
    RT_CORIM_X_REVISION = -1,

    RT_VALIDITY_NOT_BEFORE = 0,
    RT_VALIDITY_NOT_AFTER = 1,

    RT_ENTITY_NAME = 0,
    RT_ENTITY_URI = 1,
    RT_ENTITY_ROLES = 2,
    RT_ROLE_TAG_CREATOR = 0,
    RT_ROLE_MANIFEST_CREATOR = 1,
};

/* concise-mid-tag and what is in it */
enum {
    RT_COMID_LANGUAGE = 0,
    RT_COMID_IDENTITY = 1,
    RT_COMID_ENTITIES = 2,
    RT_COMID_TRIPLES = 4,
    RT_COMID_X_CREATED = -1,
    RT_COMID_X_COMMENT = -2,

    RT_IDENTITY_ID = 0,
    RT_IDENTITY_VERSION = 1,

    RT_TRIPLES_REFERENCE = 0,

    RT_ENVIRONMENT_CLASS = 0,
    RT_CLASS_VENDOR = 1,
    RT_CLASS_MODEL = 2,

    RT_MEASUREMENT_MKEY = 0,
    RT_MEASUREMENT_MVAL = 1,
};

/* measurement-values-map */
enum {
    RT_MVAL_SVN = 1,
    RT_MVAL_DIGESTS = 2,
    RT_MVAL_RAW = 4,
    RT_MVAL_REGISTERS = 14,
    RT_MVAL_INT = 15,
    RT_MVAL_X_VALUE = -1,    /* text or bool of a claim */
    RT_MVAL_X_LIST = -2,     /* byte strings: every item of the claim is one of them */
    RT_MVAL_X_TCB = -3,      /* texts, of the mkey "tcb_status" */
    RT_MVAL_X_ACCEPTED = -4, /* texts, of the mkey "advisory_ids" */
    RT_MVAL_X_REJECTED = -5,
};

/* Not claims of this name, but other members of reference values. */
#define RT_MKEY_MEASUREMENT "measurement"
#define RT_MKEY_TCB         "tcb_status"
#define RT_MKEY_ADVISORIES  "advisory_ids"

/* 0: no hash has digests of this length. IANA named information ids. */
unsigned rt_corim_alg(size_t len);
/* 1 to RT_MAX_MKEY printable ASCII characters, no space. */
bool rt_corim_is_mkey(struct ratls_bytes text);

/* vendor and model of a TEE; one that is not listed is a model of the vendor "ratls". */
void rt_corim_class(const char *tee, const char **vendor, const char **model);
/* false: no TEE has this vendor and model. */
RATLS_MUST_USE bool rt_corim_tee(struct ratls_bytes vendor, struct ratls_bytes model,
                                 char tee[RT_MAX_TEE + 1]);

#endif
