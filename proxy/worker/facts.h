/* facts.h - what a backend may be told of an attested peer.
 *
 * Filled from a connection that is open, by its present verdict. Fail closed: unless that verdict
 * allows, every text is empty and nothing but `verdict` says anything.
 * What it does NOT do: judge, and outlive the verdict: texts are borrowed from the connection until
 * its peer is judged again, and from the service. Ask anew whenever a backend is told. */
#ifndef PX_FACTS_H
#define PX_FACTS_H

#include "config.h"

#define PX_FACTS_HASH   (2 * 32 + 1)
#define PX_FACTS_POLICY 128

struct px_facts {
    const char *verdict;     /* "allow"; "none": nobody was judged; "deny" */
    const char *tee;         /* "tdx" */
    const char *measurement; /* hex, up to 64 bytes */
    const char *level;       /* "key", "session", "quote"; "none" */
    const char *tcb_status;
    const char *tier; /* AR4SI: "affirming", "warning", "contraindicated", "none" */
    bool simulated;
    /* The operator's name for what the peer was judged by: "file:NAME" without the folder,
     * "store:NAME", or "built-in". */
    char policy[PX_FACTS_POLICY];
    const char *baseline;      /* id of the reference values that fitted */
    uint64_t baseline_version; /* 0: none */
    uint64_t generation;       /* of the trust */
    int64_t expires;           /* seconds since 1970; INT64_MAX: no end */
    char spki_sha256[PX_FACTS_HASH], evidence_sha256[PX_FACTS_HASH]; /* of the peer; hex */
    const char *suite;                                               /* TLS cipher suite */
};

/* The name of a service's policy; no more than that is known without a connection. */
void px_facts_policy(const struct px_service *service, char out[PX_FACTS_POLICY]);
void px_facts_of(const struct ratls_conn *conn, const struct px_service *service,
                 struct px_facts *out);

#endif
