/* config_impl.h - what the config*.c files share: the text as entries, the table of options,
 * addresses. See config.h for what a configuration is. */
#ifndef PX_CONFIG_IMPL_H
#define PX_CONFIG_IMPL_H

#include "config.h"

#define PX_COUNT(a)     (sizeof(a) / sizeof((a)[0]))
#define PX_MAX_TEXT     (256 * 1024) /* of the configuration file */
#define PX_MAX_TEE      32           /* of a verifier's name */
#define PX_MAX_SECTION  48           /* inih cuts section names at 49 bytes without a word */
#define PX_MAX_ACCEPTED 1000000      /* connections, handshakes and proofs: far above any worker */

/* ---- options ---- */

enum px_scope { PX_GLOBAL, PX_SERVICE };

enum px_kind {
    PX_TEXT,      /* char *; empty is NULL where `min` is 0, else refused */
    PX_URL,       /* char *, not empty; passwords in it are not printed */
    PX_JOINED,    /* char *, repeatable, joined with commas */
    PX_NAME,      /* char *, a host name; empty is NULL */
    PX_NAMES,     /* char *[], host names, repeatable and comma-separated */
    PX_TEE_FILES, /* char *[], TEE:FILE, repeatable */
    PX_ADDRESS,   /* struct px_address */
    PX_BOOL,      /* bool */
    PX_WORD,      /* enum, one of `words` */
    PX_NUMBER,    /* unsigned */
    PX_SECONDS,   /* int64_t seconds */
    PX_MILLIS,    /* int64_t milliseconds, of which a number alone is 1000 */
};

/* When a key has an effect. Elsewhere it is refused, or not taken over from the defaults. */
enum px_use {
    PX_ALWAYS,
    PX_SHOWS,  /* this side shows evidence: mode is not verify */
    PX_JUDGES, /* the peer does: mode is not attest */
    PX_CLIENT, /* client = yes */
};

struct px_word {
    const char *text;
    int value;
};

struct px_option {
    const char *name, *alias;
    enum px_scope scope;
    enum px_kind kind;
    size_t offset; /* in px_config or px_service */
    enum px_use use;
    int64_t min, max;            /* of numbers, and of durations in seconds */
    const char *fallback;        /* default, as it would be written; NULL: none */
    const struct px_word *words; /* the first word of a value is the one printed */
    const char *help;
};

/* In the order of printing and setting: mode and client come before the keys that depend on them.
 */
const struct px_option *px_option_at(size_t i); /* NULL past the end */
const struct px_option *px_option_find(const char *key);
bool px_option_repeats(const struct px_option *o);
bool px_option_fits(const struct px_option *o, const struct px_service *s);
/* Set the member of `base`. RATLS_E_CONFIG says what is wrong with the text. */
RATLS_MUST_USE enum ratls_err px_option_set(const struct px_option *o, void *base, const char *text,
                                            struct ratls_error *why);
void px_option_clear(const struct px_option *o, void *base);

/* ---- text ---- */

struct px_entry {
    size_t section; /* 0: before the first one; k: service k - 1 */
    const struct px_option *option;
    char *value;
    unsigned line;
};

struct px_text {
    const char *path;
    struct ratls_error *err;
    struct px_entry *entries;
    size_t n, cap;
    unsigned lines;
    size_t n_sections;
    struct {
        char name[PX_MAX_SECTION + 1];
        unsigned line;
    } sections[PX_MAX_SERVICES];
};

/* The configuration file as entries; path and err of *t are set by the caller. Free in any case. */
RATLS_MUST_USE enum ratls_err px_text_parse(struct px_text *t, struct ratls_bytes text);
void px_text_free(struct px_text *t);
/* The entry of a key after `after` (NULL: the first) in one section; NULL when there is none. */
const struct px_entry *px_text_find(const struct px_text *t, size_t section,
                                    const struct px_option *o, const struct px_entry *after);
/* Record "path:line: ..."; returns RATLS_E_CONFIG. */
enum ratls_err px_text_fail(const struct px_text *t, unsigned line, const char *fmt, ...)
    RATLS_PRINTF(3, 4);

/* ---- addresses ---- */

RATLS_MUST_USE enum ratls_err px_address_parse(const char *text, struct px_address *out,
                                               struct ratls_error *why);
void px_address_free(struct px_address *a);
/* A connect address without a host is on this machine. */
RATLS_MUST_USE enum ratls_err px_address_default_loopback(struct px_address *a);
bool px_address_loopback(const struct px_address *a); /* or a unix socket */
/* Would two listeners get in each other's way? */
bool px_address_same(const struct px_address *a, const struct px_address *b);
bool px_host_valid(const char *host); /* IP literal or DNS name */

/* ---- contradictions ---- */

RATLS_MUST_USE enum ratls_err px_config_check(const struct px_config *c, const struct px_text *t);

#endif
