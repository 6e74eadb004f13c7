/* vector.h - a verdict in the words of AR4SI (draft-ietf-rats-ar4si): a value for each of eight
 * trustworthiness claims, and the status that follows from them. AR4SI.md has the tables.
 *
 * Three steps, in this order: what was proven gives values by tables over TEE, claims and what the
 * policy's rules found; whatever is simulated says nothing; the reason of a refusal worsens. The
 * last step is a merge that cannot improve anything. Pure functions of a verdict. */
#ifndef RT_VECTOR_H
#define RT_VECTOR_H

#include "base.h"
#include "ratls/appraise.h"

/* In the order of their keys in CBOR (draft-ietf-rats-ar4si, trustworthiness-vector.cddl). */
enum rt_member {
    RT_INSTANCE_IDENTITY,
    RT_CONFIGURATION,
    RT_EXECUTABLES,
    RT_FILE_SYSTEM,
    RT_HARDWARE,
    RT_RUNTIME_OPAQUE,
    RT_STORAGE_OPAQUE,
    RT_SOURCED_DATA,
};

struct rt_vector {
    int8_t value[RATLS_VECTOR_LEN]; /* 0: nothing is said */
};

/* From best to worst. None stands below affirming: who takes back what he affirmed says less of the
 * peer; and above warning: who goes silent after a warning would hide it. */
enum rt_tier { RT_AFFIRMING, RT_NONE, RT_WARNING, RT_CONTRAINDICATED };

enum rt_tier rt_vector_tier(int8_t value);
/* The worse one, a total order: by tier; in a tier AR4SI's own values count as worse than others,
 * and larger ones as worse than smaller ones. */
int8_t rt_vector_worse(int8_t a, int8_t b);

void rt_vector_of(const struct ratls_verdict *v, struct rt_vector *out);
/* The same as if nothing refused: for the question that comes before the verdict is made. */
void rt_vector_found(const struct ratls_verdict *v, struct rt_vector *out);
/* JSON object of the members that have a value. */
void rt_vector_put(struct rt_writer *w, const struct rt_vector *vector);

/* ---- what the policy's rules found ---- */

/* Facts like claims, not opinions: a rule notes them whether or not another one refuses later. */
enum rt_noted {
    RT_NOTED_MEASUREMENT = 1 << 0, /* the launch measurement is one of the reference values */
    RT_NOTED_RUNTIME = 1 << 1,     /* so is what was loaded after the boot */
    RT_NOTED_FILES = 1 << 2,       /* so is every file that IMA measured */
    RT_NOTED_PLATFORM = 1 << 3,    /* the platform is among those listed */
    RT_NOTED_STRANGER = 1 << 4,    /* it is not, though there is a list */
};

/* What a rule notes whose reference values the claim `name` fits. */
unsigned rt_vector_note(const char *name);

#endif
