/* ratls/store.h - where reference values, trust anchors, policies and revocations are kept.
 *
 * A store holds items with versions and states, and an audit trail of every change. What it holds
 * goes out as one trust document (ratls_store_document), which is all that an appraisal ever sees.
 * A library of its own, libratls-store (pkg-config ratls-store), for it brings SQLite, libpq and
 * libcurl along. Four places, one behaviour:
 *   "/path" or "folder:/path"  plain files in a folder, for a few hundred items
 *   "sqlite:/path"             one file; "/path" too when it is an SQLite file already
 *   "postgresql://..."         a database of PostgreSQL, libpq's URL; a server that says nothing
 * for tcp_user_timeout (15 s) is given up: RATLS_E_TIMEOUT
 *   "s3+https://HOST[:PORT]/BUCKET[/PREFIX]?keys=/FILE"  an object of an S3-compatible object store
 *
 * An item is known by kind, tee, name and version. It is a draft, active, superseded or revoked,
 * and moves only in that direction: draft to active to superseded, and from each of them to
 * revoked. Nothing is ever deleted or changed otherwise; whoever wants old values back adds them
 * under a new version. A version that is not above every other of its kind, tee and name is
 * refused (RATLS_E_ROLLBACK), so are values that are revoked (RATLS_E_REFVAL_REVOKED).
 *
 * The audit trail: each row has a hash over its fields, the digest of the item's new content and
 * the hash of the row before it. Every function that gives out items, and every change, first
 * compares all of that with what is there, and ends with RATLS_E_STORE_TAMPERED where it does not
 * fit: a changed, missing, exchanged or smuggled-in item, a changed, missing or inserted row of the
 * trail. What this does NOT detect, because nothing in it is secret: somebody with write access who
 * cuts rows off the end of the trail together with what they say of the items, who puts back an
 * older copy of the whole store, or who computes the whole chain anew. Only somebody who remembers
 * a head detects that: ratls_store_check(store, &known). A poller should remember the last head,
 * and auditors should write heads down elsewhere. In the databases triggers refuse to change or
 * delete rows of the trail, which stops accidents and roles that do not own the tables, and nobody
 * else.
 *
 * What it does NOT do: ask who calls (that is what users, groups, roles and file modes are for;
 * `author` is what the caller says), verify signatures (ratls/bundle.h does, before
 * ratls_store_import), judge evidence, keep secrets, protect from a server that lies.
 *
 * An object store: the whole store is the object PREFIX/store, and every change is one PUT of it,
 * which the server does only while nobody else wrote since (If-Match, If-None-Match). Whoever opens
 * it for writing first tries on an object PREFIX/probe-..., and takes away again, whether the
 * server keeps such conditions; RATLS_E_UNSUPPORTED where it does not, for writers would undo each
 * other's changes there. The bucket must exist. Plain s3+http:// goes to loopback addresses only.
 * &timeout= says how many seconds (10) one request may take: RATLS_E_TIMEOUT. The file is JSON,
 * {"region", "access_key", "secret_key", "ca_file"}, for its owner alone (mode 0600); `ca_file`,
 * which may be left out, names CAs that are trusted instead of the system's. Requests are signed
 * with AWS Signature Version 4. A bucket that keeps versions keeps every earlier state of the
 * store. For what people change, not for thousands of changes a day: each of them sends all of it.
 *
 * Limits: what is active fits into one document (1 MiB, 4096 items, 65,536 values), or it is
 * RATLS_E_LIMIT. Items that are revoked, superseded or drafts enter the document, in this order,
 * while there is room: they let nobody in, and only tell why somebody stays out. The trail of a
 * folder ends at 64 MiB, an object with all that is in it at 16 MiB.
 *
 * Read access is enough to read. A folder is then needed with r and x; SQLite's file together with
 * its -wal and -shm, which stay; of PostgreSQL SELECT on ratls_meta, ratls_items and ratls_audit.
 * Writing takes w on the folder, on SQLite's folder and files, or INSERT on the last two tables and
 * UPDATE on ratls_items; for an object GetObject to read, PutObject and DeleteObject beneath the
 * prefix to write. Without: RATLS_E_STORE_DENIED.
 *
 * PostgreSQL: the server's certificate is verified (sslmode=verify-full) unless the URL says
 * otherwise or goes to a Unix socket; a URL overrides connect_timeout=10 as well. Statements end
 * after 10 seconds. libpq reads its environment variables and ~/.pgpass. A password never appears
 * in an error or in the log.
 *
 * Thread rule: a store belongs to one thread at a time; different stores, also of one place and in
 * several processes, work side by side. Every call blocks: on the disk, on the network, and up to 5
 * seconds (servers 10) on other writers, then RATLS_E_TIMEOUT. Do not carry a store over fork().
 *
 * Errors of every call: RATLS_E_USAGE (arguments), RATLS_E_NO_MEMORY, RATLS_E_TIMEOUT,
 * RATLS_E_STORE_DENIED, RATLS_E_STORE_TAMPERED, RATLS_E_STORE (anything else that the place
 * answers: no space, no connection). A change that failed changed nothing; where a server does not
 * answer at all, that is not known. */
#ifndef RATLS_STORE_H
#define RATLS_STORE_H

#include "ratls/bytes.h"
#include "ratls/env.h"
#include "ratls/error.h"

struct ratls_store;

enum ratls_store_access {
    RATLS_STORE_READ,   /* every change is RATLS_E_STORE_DENIED */
    RATLS_STORE_WRITE,  /* an older layout is brought up to date */
    RATLS_STORE_CREATE, /* and made when there is none: a folder for its owner and group */
};

/* *out is new: ratls_store_close(). `env` is borrowed as long as the store lives; its clock dates
 * every change. Asks SQLite for its own integrity check.
 * RATLS_E_NOT_FOUND      there is no store
 * RATLS_E_STORE_VERSION  made by a newer program; or by an older one, and opened for reading
 * RATLS_E_STORE_TAMPERED the file is damaged, or the triggers of the trail are gone
 * RATLS_E_UNSUPPORTED    an object store keeps no conditions */
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_store_open(const struct ratls_env *env, const char *url, enum ratls_store_access access,
                 struct ratls_store **out, struct ratls_error *err);
RATLS_API void ratls_store_close(struct ratls_store *s); /* NULL is legal */

/* ---- items ---- */

#define RATLS_STORE_NAME_MAX   64  /* letters, digits, '_' and '-' of ASCII, at least one */
#define RATLS_STORE_TEE_MAX    32  /* a-z, 0-9, '_' */
#define RATLS_STORE_AUTHOR_MAX 128 /* printable ASCII, at least one */
#define RATLS_STORE_ACTION_MAX 32  /* a-z and '_', at least one */
#define RATLS_STORE_DETAIL_MAX 512 /* printable ASCII, may be empty */

struct ratls_store_ref {
    const char *kind; /* "refval" "anchor" "policy" "revocation" */
    const char *tee;  /* "tdx"; "" for policies, and for revocations of any TEE */
    const char *name;
    int64_t version; /* 1 to 2^31 - 1 */
};

struct ratls_store_item {
    struct ratls_store_ref ref;
    const char *state;             /* "draft" "active" "superseded" "revoked" */
    const char *author;            /* who made it; who changed its state stands in the trail */
    int64_t not_before, not_after; /* seconds since 1970; 0: open */
    int64_t created, changed;      /* seconds since 1970 */
    struct ratls_bytes body;       /* JSON object, without white space; NUL behind it */
};

/* A new item. Everything in it is borrowed. `state` is "draft" or "active", that of a revocation
 * "active"; `created` and `changed` are set by the store. The body is validated as an appraisal
 * would, and kept without white space.
 * RATLS_E_TRUST_FORMAT   the body, or the name of a revocation, is not as it should be
 * RATLS_E_ROLLBACK       a version as high as this one exists
 * RATLS_E_REFVAL_REVOKED it holds a measurement that is revoked for its TEE
 * RATLS_E_LIMIT          the store is full */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_store_add(struct ratls_store *s,
                                                        const struct ratls_store_item *item,
                                                        struct ratls_error *err);

/* All of these, 1 to 4096, one after the other as by ratls_store_add(); or, when one of them is
 * refused, none. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_store_add_all(struct ratls_store *s,
                                                            const struct ratls_store_item *items,
                                                            size_t n, struct ratls_error *err);

/* The name that a revocation must have: `what` ("measurement", "key", "platform"), a dash, and the
 * first 32 hex digits of the SHA-256 of the value, so that nothing is revoked twice. `hex` is the
 * value; how long one of each is, ratls_store_add() knows. RATLS_E_USAGE: `what` is another word,
 * or the value no hex of 1 to 64 bytes. */
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_store_revocation_name(const char *what, const char *hex, char name[RATLS_STORE_NAME_MAX + 1],
                            struct ratls_error *err);

/* `ref` (all members given; version 0: the highest there is) and both texts are borrowed.
 * RATLS_E_NOT_FOUND
 * RATLS_E_ROLLBACK       the state would go back
 * RATLS_E_STATE          it is in this state already; a draft cannot be superseded; a revocation
 *                        stays as it is
 * RATLS_E_REFVAL_REVOKED activated, it would hold a measurement that is revoked
 * RATLS_E_LIMIT          activated, the document would be too large */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_store_set_state(struct ratls_store *s,
                                                              const struct ratls_store_ref *ref,
                                                              const char *state, const char *author,
                                                              struct ratls_error *err);

/* Calls `fn` for each item that fits the filter, by kind, tee, name and version; the item is
 * borrowed for the call. Filter NULL, a member NULL, version 0: any. All items are of one moment.
 * What `fn` returns but RATLS_OK ends it and is returned. `fn` must not use the store. */
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_store_each(struct ratls_store *s, const struct ratls_store_ref *filter,
                 enum ratls_err (*fn)(void *arg, const struct ratls_store_item *item), void *arg,
                 struct ratls_error *err);

/* The trust document of all items, JSON (new: ratls_buffer_free(), NUL behind it). An empty store
 * gives a document without items, which denies everybody. */
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_store_document(struct ratls_store *s, struct ratls_buffer *out, struct ratls_error *err);

/* ---- import ---- */

struct ratls_store_import {
    const char *author; /* who imports */
    const char *by;     /* which key signed, 1 to 128 printable ASCII characters */
};

/* Takes all of a trust document (JSON, borrowed), or nothing. Its signature was verified by the
 * caller. It names issuer, bundle and revision, and the revision is above every one that was taken
 * of this issuer and bundle, or it is RATLS_E_ROLLBACK. Revocations come first. Items that exist
 * must have the same body and dates (RATLS_E_ROLLBACK); their state moves on and never back, so
 * that what is revoked here stays so, whatever the document says. Items that do not exist are added
 * by the rules of ratls_store_add(), and in any state; superseded and revoked ones also below
 * existing versions.
 * RATLS_E_TRUST_FORMAT names what is wrong with the document. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_store_import(struct ratls_store *s,
                                                           struct ratls_bytes document,
                                                           const struct ratls_store_import *import,
                                                           struct ratls_error *err);

/* ---- audit trail ---- */

struct ratls_store_event {
    int64_t seq;         /* 1, 2, 3 ... */
    int64_t time;        /* seconds since 1970 */
    const char *author;  /* who did it */
    const char *action;  /* "add" "activate" "supersede" "revoke" "import", or that of a note */
    const char *subject; /* "refval/tdx/web/3", "bundle/NAME/REVISION/ISSUER"; "" for a note */
    const char *detail;
    uint8_t hash[32];
};

/* Calls `fn` for each row of the trail from `from_seq` on, oldest first, borrowed for the call.
 * Does NOT check the chain: the trail of a store that was tampered with can be read. Otherwise as
 * ratls_store_each(). */
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_store_history(struct ratls_store *s, int64_t from_seq,
                    enum ratls_err (*fn)(void *arg, const struct ratls_store_event *event),
                    void *arg, struct ratls_error *err);

/* A row of the trail about no item, such as a refused import. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_store_note(struct ratls_store *s, const char *author,
                                                         const char *action, const char *detail,
                                                         struct ratls_error *err);

struct ratls_store_head {
    int64_t seq; /* of the last row; 0: there is none */
    uint8_t hash[32];
};

/* The end of the trail: it changes with every change. One small read, no check; for polling: an
 * object is only read when it is another one than before (If-None-Match). A
 * folder or an SQLite file that was replaced by another since it was opened is RATLS_E_STORE: open
 * it anew, and check it against the last head. */
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_store_head(struct ratls_store *s, struct ratls_store_head *head, struct ratls_error *err);

/* SQLite's own check, the whole chain, every item against it; and, unless `known` (borrowed) is
 * NULL, that a row with this number and hash is in the trail. Of the pages of PostgreSQL only its
 * server knows. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_store_check(struct ratls_store *s,
                                                          const struct ratls_store_head *known,
                                                          struct ratls_error *err);

#endif
