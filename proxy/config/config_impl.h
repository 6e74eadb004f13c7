/* config_impl.h - what the config*.c files share: the text as entries, the table of options,
 * addresses. See config.h for what a configuration is. */
#ifndef PX_CONFIG_IMPL_H
#define PX_CONFIG_IMPL_H

#include "config.h"

#define PX_COUNT(a)     (sizeof(a) / sizeof((a)[0]))
#define PX_MAX_TEXT     (256 * 1024) /* of the configuration file */
#define PX_MAX_TEE      32           /* of a verifier's name */
#define PX_MAX_SECTION  48           /* inih cuts section names at 49 bytes without a word */
#define PX_PEMS         ".pem"       /* of CApath and CRLpath */
#define PX_MAX_PEMS     512          /* files of each */
#define PX_PARTS        ".conf"      /* of a folder that is included */
#define PX_MAX_ACCEPTED 1000000      /* connections, handshakes and proofs: far above any worker */

/* ---- options ---- */

enum px_scope { PX_GLOBAL, PX_SERVICE };

enum px_kind {
    PX_TEXT,    /* char *; empty is NULL where `min` is 0, else refused */
    PX_URL,     /* char *, not empty; passwords in it are not printed */
    PX_INCLUDE, /* nothing: done when it is read; repeatable */
    PX_NOTHING, /* nothing: one of `words`, if there are any; repeatable */
    PX_COVERS,  /* nothing: a list with colons, which must hold something for each bit of `words` */
    PX_LEVEL,   /* enum, one of `words`, perhaps with a syslog facility and a dot before it */
    PX_JOINED,  /* char *, repeatable, joined with commas */
    PX_NAMES,   /* char *[], host names, repeatable and comma-separated */
    PX_TEE_FILES, /* char *[], TEE:FILE, repeatable */
    PX_DEVICES,   /* char *[], NAME[:OPTIONS], repeatable; options have commas */
    PX_IP,        /* char *, an IP literal */
    PX_IPS,       /* char *[], IP literals, repeatable and comma-separated */
    PX_EMAILS,    /* char *[], likewise */
    PX_PINS,      /* char *[], likewise: SHA-256 in hexadecimal digits */
    PX_PATHS,     /* char *[], absolute paths of URLs, repeatable */
    PX_TOKEN,     /* char *, the name of an HTTP header */
    PX_MODE,      /* enum ratls_mode, and with it the purpose: one of `words` */
    PX_ENDPOINT,  /* char *, https://HOST[:PORT]/PATH */
    PX_ORIGIN,    /* char *, https://HOST[:PORT] */
    PX_TARGETS,   /* char *[], printable texts without blanks, repeatable */
    PX_TARGET,    /* char *, one of them */
    PX_KEYS,      /* char *[], [ALG:]FILE, repeatable */
    PX_TRUSTED,   /* char *[], ISS FILE, repeatable */
    PX_LISTEN,    /* struct px_address, one or a range or systemd:NAME */
    PX_CONNECTS,  /* struct px_address [], repeatable, each one or a range */
    PX_FILTERS,   /* struct px_filter [], repeatable */
    PX_SOCKETS,   /* struct px_socket_option [], repeatable */
    PX_SNI,       /* struct px_sni; empty is none */
    PX_HEALTH,    /* struct px_health */
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
    PX_SERVER, /* client = no, with a backend */
    PX_RELAYS, /* the service connects: mode is neither token nor secrets */
    PX_ISSUES, /* mode = token */
    PX_KEEPS,  /* mode = secrets */
};

/* What becomes of a key. Those that stunnel has and we cannot or need not obey are in the table
 * too: whoever comes from there is told why. */
enum px_disposition {
    PX_OBEYED,
    PX_IGNORED, /* with a warning: `help` says why */
    PX_REFUSED, /* likewise */
};

/* What a reload may do to a key. One of which the table does not say so is not changed. */
enum px_change {
    PX_RESTART, /* nothing: another value is refused */
    PX_RELOAD,  /* everything */
    PX_FIRST,   /* everything, once a service has it: the first one is refused */
};

#define PX_WORDS_OF_PURPOSE 16 /* a word of `mode` is purpose * this + enum ratls_mode */

struct px_word {
    const char *text;
    int value;
    const char *refused; /* why this word cannot be had; NULL: it can */
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
    bool secret;                 /* a file of which others must not have anything */
    const char *help;
    enum px_disposition disposition;
    const char *harmless; /* the value of an ignored or refused key that asks for nothing */
    const char *note;     /* a warning where the key is used in a service that `noted` fits */
    enum px_use noted;
    const char *needs; /* the key without which this one has no effect */
    enum px_change change;
};

/* In the order of printing and setting: mode and client come before the keys that depend on them.
 */
const struct px_option *px_option_at(size_t i); /* NULL past the end */
const struct px_option *px_option_find(const char *key);
char px_key_char(char c); /* what does not matter in keys, taken away */
/* The key that was meant, perhaps; NULL. */
const char *px_option_near(const char *key);
bool px_option_repeats(const struct px_option *o);
bool px_option_fits(const struct px_option *o, const struct px_service *s);
/* Set the member of `base`. RATLS_E_CONFIG says what is wrong with the text. */
RATLS_MUST_USE enum ratls_err px_option_set(const struct px_option *o, void *base, const char *text,
                                            struct ratls_error *why);
/* What there is to say about a good value; NULL: nothing. `s` is one of the services it is for. */
const char *px_option_note(const struct px_option *o, const char *text, const struct px_service *s);
/* Is something else there than the zero of its kind? */
bool px_option_is_set(const struct px_option *o, const struct px_service *s);
void px_option_clear(const struct px_option *o, void *base);
/* The line of --check; nothing where there is no value. */
void px_option_print(const struct px_option *o, const void *base, FILE *out);

/* ---- text ---- */

struct px_where {
    const char *file; /* borrowed from px_config */
    unsigned line;
};

struct px_entry {
    size_t section; /* 0: before the first one; k: service k - 1 */
    const struct px_option *option;
    char *value;
    struct px_where at;
};

struct px_text {
    const struct ratls_env *env;
    struct px_config *config; /* gets the names of the files */
    struct ratls_error *err;
    struct px_entry *entries;
    size_t n, cap;
    struct px_where at; /* where reading is */
    size_t first;       /* of the sections, the first that this file can begin */
    bool included;      /* reading is in a file that another one named */
    size_t n_sections;
    struct {
        char name[PX_MAX_SECTION + 1];
        struct px_where at;
    } sections[PX_MAX_SERVICES];
};

/* A file and those it includes as entries; env, config and err of *t are set by the caller. Free in
 * any case. */
RATLS_MUST_USE enum ratls_err px_text_read(struct px_text *t, const char *path);
/* Every file of a folder that ends in PX_PARTS, by name. */
RATLS_MUST_USE enum ratls_err px_text_include(struct px_text *t, const char *folder);
/* Fills s->ca_path_files and crl_path_files: every file of the folders that ends in PX_PEMS. */
RATLS_MUST_USE enum ratls_err px_text_list_folders(const struct px_text *t, struct px_service *s);
void px_text_free(struct px_text *t);
/* The entry of a key after `after` (NULL: the first) in one section; NULL when there is none. */
const struct px_entry *px_text_find(const struct px_text *t, size_t section,
                                    const struct px_option *o, const struct px_entry *after);
/* Record "file:line: ..."; returns RATLS_E_CONFIG. */
enum ratls_err px_text_fail(const struct px_text *t, struct px_where at, const char *fmt, ...)
    RATLS_PRINTF(3, 4);

/* ---- addresses ---- */

RATLS_MUST_USE enum ratls_err px_address_parse(const char *text, struct px_address *out,
                                               struct ratls_error *why);
/* Also host:FIRST-LAST. */
RATLS_MUST_USE enum ratls_err px_address_parse_range(const char *text, struct px_address *out,
                                                     struct ratls_error *why);
/* Also systemd:NAME. */
RATLS_MUST_USE enum ratls_err px_address_parse_listen(const char *text, struct px_address *out,
                                                      struct ratls_error *why);
/* Of a range, the k-th address alone. */
RATLS_MUST_USE enum ratls_err px_address_pick(struct px_address *a, unsigned k);
void px_address_free(struct px_address *a);
/* A connect address without a host is on this machine. */
RATLS_MUST_USE enum ratls_err px_address_default_loopback(struct px_address *a);
bool px_address_loopback(const struct px_address *a); /* or a unix socket */
/* Why nobody can be connected to there, NULL when somebody may be: a name may be anything. */
const char *px_address_undialable(const struct px_address *a);
/* Would two listeners get in each other's way? */
bool px_address_same(const struct px_address *a, const struct px_address *b);
bool px_host_valid(const char *host); /* IP literal or DNS name */
bool px_ip_valid(const char *host);   /* IP literal */
/* 1 to 65535 in decimal digits without leading zeros. */
bool px_port_valid(const char *port);

/* ---- filters and socket options ---- */

RATLS_MUST_USE enum ratls_err px_filter_parse(const char *text, struct px_filter *out,
                                              struct ratls_error *why);
void px_filter_free(struct px_filter *f);
RATLS_MUST_USE enum ratls_err px_socket_parse(const char *text, struct px_socket_option *out,
                                              struct ratls_error *why);

/* ---- kinds of values with a file of their own, as the table of setters has them ---- */

enum ratls_err px_set_checked(const struct px_option *o, void *member, const char *text,
                              struct ratls_error *why);
enum ratls_err px_set_connects(const struct px_option *o, void *member, const char *text,
                               struct ratls_error *why);
enum ratls_err px_set_filters(const struct px_option *o, void *member, const char *text,
                              struct ratls_error *why);
enum ratls_err px_set_sockets(const struct px_option *o, void *member, const char *text,
                              struct ratls_error *why);
enum ratls_err px_set_sni(const struct px_option *o, void *member, const char *text,
                          struct ratls_error *why);
enum ratls_err px_set_health(const struct px_option *o, void *member, const char *text,
                             struct ratls_error *why);
/* Appends a copy to a list of PX_MAX_NAMES. */
enum ratls_err px_add_value(char **values, const char *value, struct ratls_error *why);
enum ratls_err px_set_mode(const struct px_option *o, void *member, const char *text,
                           struct ratls_error *why);
enum ratls_err px_set_trusted(const struct px_option *o, void *member, const char *text,
                              struct ratls_error *why);
enum ratls_err px_set_key(const struct px_option *o, void *member, const char *text,
                          struct ratls_error *why);
/* Frees what a member that is an array or a struct holds. */
void px_clear_lists(const struct px_option *o, void *member);

/* ---- stunnel's words for what we say otherwise ---- */

void px_config_translate(struct px_service *s);
/* Whom a service judges and shows evidence to, where its purpose leaves that open. */
void px_config_purpose(struct px_service *s);
/* Fills c->warnings. */
RATLS_MUST_USE enum ratls_err px_config_note(struct px_config *c, const struct px_text *t);

/* ---- contradictions ---- */

/* Of `admin`; a socket that is handed over can only be looked at by the master. */
#define PX_ADMIN_IS_LOCAL    "is for this machine only: 127.0.0.1, [::1] or unix:/path"
#define PX_ADMIN_NEEDS_TOKEN "a TCP address needs admin-token"

struct px_contradiction {
    const char *key, *text; /* the key whose line is named */
};
/* Between keys of identity; NULL: none. */
const struct px_contradiction *px_identity_contradiction(const struct px_service *s);
/* Why no connection would ever come to service i by its k-th part of others; or NULL. */
const char *px_sni_unroutable(const struct px_config *c, size_t i, size_t k);
/* In services that do not relay; NULL: none. */
const struct px_contradiction *px_authority_contradiction(const struct px_service *s);
/* Between keys of passports; NULL: none. */
const struct px_contradiction *px_passport_contradiction(const struct px_service *s);
bool px_endpoint_valid(char *text); /* https://HOST[:PORT]/PATH */
bool px_origin_valid(char *text);   /* https://HOST[:PORT] */
/* Keys that nobody but the owner may read: the i-th file of a secret option, NULL past the end. */
const char *px_secret_file(const struct px_option *o, const void *base, size_t i);
/* Are the certificates of CAfile CAs, and not only a list of peers? */
bool px_service_chains(const struct px_service *s);
RATLS_MUST_USE enum ratls_err px_config_check(const struct px_config *c, const struct px_text *t);

#endif
