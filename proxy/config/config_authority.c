/* Services that answer by themselves instead of connecting: mode = token and mode = secrets. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config_impl.h"

#define HTTPS      "https://"
#define POSTGRESQL 5432

static const char *const algorithms[] = {"ES256", "ES384", "PS256", "RS256", "SM2"};

/* ---- values ---- */

const char *px_token_key_file(const char *value, char alg[PX_TOKEN_ALG])
{
    alg[0] = 0;
    for (size_t i = 0; i < PX_COUNT(algorithms); i++) {
        const size_t len = strlen(algorithms[i]);
        if (strncmp(value, algorithms[i], len) == 0 && value[len] == ':') {
            (void)snprintf(alg, PX_TOKEN_ALG, "%s", algorithms[i]);
            return &value[len + 1];
        }
    }
    return value;
}

/* A file is an absolute path, so that a misspelled algorithm is none. */
enum ratls_err px_set_key(const struct px_option *o, void *member, const char *text,
                          struct ratls_error *why)
{
    char alg[PX_TOKEN_ALG];

    (void)o;
    if (px_token_key_file(text, alg)[0] != '/')
        return ratls_fail(why, RATLS_E_CONFIG,
                          "expected /FILE, or ES256:, ES384:, PS256:, RS256: or SM2: and /FILE");
    return px_add_value(member, text, why);
}

const char *px_token_trust_file(const char *value, char iss[PX_TOKEN_ISS])
{
    const size_t len = strcspn(value, " \t");
    const char *file = &value[len + strspn(&value[len], " \t")];

    (void)snprintf(iss, PX_TOKEN_ISS, "%.*s", (int)len, value);
    return len < PX_TOKEN_ISS && *file == '/' ? file : NULL;
}

enum ratls_err px_set_trusted(const struct px_option *o, void *member, const char *text,
                              struct ratls_error *why)
{
    char iss[PX_TOKEN_ISS];

    (void)o;
    if (!px_token_trust_file(text, iss))
        return ratls_fail(why, RATLS_E_CONFIG, "expected ISS /FILE");
    return px_add_value(member, text, why);
}

const char *px_secret_file(const struct px_option *o, const void *base, size_t i)
{
    const char *const *member = (const void *)((const char *)base + o->offset);
    char alg[PX_TOKEN_ALG];

    if (o->kind != PX_KEYS)
        return i == 0 ? member[0] : NULL;
    return member[i] ? px_token_key_file(member[i], alg) : NULL;
}

bool px_origin_valid(char *text)
{
    const char *host = &text[strlen(HTTPS)];
    char copy[256];

    if (strncmp(text, HTTPS, strlen(HTTPS)) != 0 || strlen(host) >= sizeof copy)
        return false;
    (void)snprintf(copy, sizeof copy, "%s", host);
    char *colon = strrchr(copy, ':');
    if (colon && !strchr(colon, ']')) {
        if (!px_port_valid(&colon[1]))
            return false;
        *colon = 0;
    }
    const size_t len = strlen(copy);
    if (copy[0] == '[' && len > 2 && copy[len - 1] == ']') {
        copy[len - 1] = 0;
        return strchr(copy, ':') && px_ip_valid(&copy[1]);
    }
    return !strchr(copy, ':') && px_host_valid(copy);
}

char *px_store_folder(const char *url)
{
    if (strncmp(url, "folder:/", 8) == 0)
        return strdup(&url[7]);
    if (strncmp(url, "sqlite:/", 8) != 0)
        return NULL;
    const size_t len = (size_t)(strrchr(url, '/') - &url[7]);
    return len > 0 ? strndup(&url[7], len) : strdup("/");
}

/* Behind the '?' libpq takes what stands before it, too: that would be another place. Names with
 * a '%' in them are not looked at any closer. */
static bool says_where(const char *query)
{
    static const char *const names[] = {"host", "hostaddr", "port", "service", "servicefile"};

    for (; query; query = strchr(query, '&')) {
        const size_t len = strcspn(++query, "=&"); /* behind '?' or '&' */
        if (memchr(query, '%', len))
            return true;
        for (size_t i = 0; i < PX_COUNT(names); i++)
            if (strlen(names[i]) == len && memcmp(query, names[i], len) == 0)
                return true;
    }
    return false;
}

/* "", "HOST", "HOST:PORT", "[ADDRESS]:PORT", or the folder of a socket, where '/' is %2F. */
static bool port_of(const char *host, uint16_t *port)
{
    const char *end = *host == '[' ? strchr(host, ']') : host;
    const char *colon = end ? strchr(end, ':') : NULL;
    const bool local = !*host || *host == ':' || strncasecmp(host, "%2f", 3) == 0;

    if (!end || strchr(host, ',') || (colon && !px_port_valid(&colon[1])))
        return false;
    *port = local ? 0 : colon ? (uint16_t)strtoul(&colon[1], NULL, 10) : POSTGRESQL;
    return true;
}

bool px_store_port(const char *url, uint16_t *port)
{
    static const char *const schemes[] = {"postgresql://", "postgres://"};
    const char *at = NULL;

    for (size_t i = 0; !at && i < PX_COUNT(schemes); i++)
        if (strncmp(url, schemes[i], strlen(schemes[i])) == 0)
            at = &url[strlen(schemes[i])];
    char *place = at ? strndup(at, strcspn(at, "/?")) : NULL;
    if (!place)
        return false;
    const char *user = strrchr(place, '@');
    const bool good = !says_where(strchr(at, '?')) && port_of(user ? &user[1] : place, port);
    free(place);
    return good;
}

/* ---- purpose ---- */

void px_config_purpose(struct px_service *s)
{
    if (s->purpose == PX_TOKENS && s->token_clients == PX_CLIENTS_ANY)
        s->mode = s->attester ? RATLS_ATTEST : RATLS_NONE;
    else if (s->purpose != PX_RELAY && !s->attester)
        s->mode = RATLS_VERIFY;
}

bool px_service_judges(const struct px_service *s)
{
    return ratls_mode_judges(s->mode) || (s->purpose == PX_TOKENS && s->token_evidence);
}

unsigned px_service_takes(const struct px_service *s)
{
    return (s->token_clients == PX_CLIENTS_ATTESTED ? PX_TAKES_CHANNEL : 0u) |
           (s->token_trusts[0] ? PX_TAKES_RESULT : 0u) |
           (s->token_evidence ? PX_TAKES_EVIDENCE : 0u);
}

const char *px_service_mode(const struct px_service *s)
{
    switch (s->purpose) {
    case PX_RELAY:
        return ratls_mode_name(s->mode);
    case PX_TOKENS:
        return "token";
    case PX_SECRETS:
        return "secrets";
    }
    return "unknown";
}

/* ---- contradictions ---- */

static bool serves_nobody(const struct px_service *s)
{
    return s->client && s->purpose != PX_RELAY;
}

static bool shows_nothing(const struct px_service *s)
{
    return s->purpose != PX_RELAY && !s->attester && !s->cert;
}

static bool lacks_issuer(const struct px_service *s)
{
    return s->purpose == PX_TOKENS && !s->token_issuer;
}

static bool lacks_audience(const struct px_service *s)
{
    return s->purpose == PX_TOKENS && !s->token_audience[0];
}

static bool lacks_token_key(const struct px_service *s)
{
    return s->purpose == PX_TOKENS && !s->token_key[0];
}

static bool is_for_anybody(const struct px_service *s)
{
    return s->purpose == PX_TOKENS && s->token_clients == PX_CLIENTS_ANY;
}

static bool takes_nothing(const struct px_service *s)
{
    return s->purpose == PX_TOKENS && px_service_takes(s) == 0;
}

/* Whoever asks without evidence of his own is known by his address alone. */
static bool lacks_limit_of_sources(const struct px_service *s)
{
    return is_for_anybody(s) && s->max_connections_per_source == 0;
}

static bool judges_nothing(const struct px_service *s)
{
    return is_for_anybody(s) && !s->token_evidence && (s->policy || s->store);
}

/* The OPA is asked by the loop, about peers of connections. */
static bool asks_opa_of_evidence(const struct px_service *s)
{
    return s->purpose == PX_TOKENS && s->token_evidence && s->opa;
}

static bool lacks_store(const struct px_service *s)
{
    return s->purpose == PX_SECRETS && !s->secrets_store;
}

static bool lacks_kek(const struct px_service *s)
{
    return s->purpose == PX_SECRETS && !s->secrets_kek;
}

/* The process that releases reaches what it is said to reach, and nothing else. */
static bool keeps_elsewhere(const struct px_service *s)
{
    char *folder = s->secrets_store ? px_store_folder(s->secrets_store) : NULL;
    uint16_t port = 0;
    const bool known = folder || (s->secrets_store && px_store_port(s->secrets_store, &port));

    free(folder);
    return s->secrets_store && !known;
}

static bool has_no_key_there(const struct px_service *s)
{
    return s->secrets_kek && strncmp(s->secrets_kek, "file:/", strlen("file:/")) != 0 &&
           strncmp(s->secrets_kek, "pkcs11:", strlen("pkcs11:")) != 0;
}

const struct px_contradiction *px_authority_contradiction(const struct px_service *s)
{
    static const struct {
        bool (*broken)(const struct px_service *s);
        struct px_contradiction says;
    } rules[] = {
        {serves_nobody, {"mode", "token and secrets are served: they need client = no"}},
        {shows_nothing, {"mode", "who comes must know this side: attester or cert is missing"}},
        {lacks_issuer, {"mode", "token-issuer is missing"}},
        {lacks_audience, {"mode", "tokens are for somebody: token-audience is missing"}},
        {lacks_token_key, {"mode", "token-key is missing"}},
        {takes_nothing,
         {"token-clients", "any has nothing to judge: token-evidence or token-trusts is missing"}},
        {lacks_limit_of_sources,
         {"token-clients", "anybody may come: max-connections-per-source is missing"}},
        {judges_nothing,
         {"token-clients", "nothing is judged by a policy: token-evidence is missing"}},
        {asks_opa_of_evidence,
         {"token-evidence", "an OPA is not asked about evidence in requests: leave one of them"}},
        {lacks_store, {"mode", "secrets-store is missing"}},
        {lacks_kek, {"mode", "secrets-kek is missing"}},
        {keeps_elsewhere,
         {"secrets-store", "expected folder:/path, sqlite:/path or postgresql://HOST[:PORT]/..."}},
        {has_no_key_there, {"secrets-kek", "expected file:/path or pkcs11:..."}},
    };

    for (size_t i = 0; i < PX_COUNT(rules); i++)
        if (rules[i].broken(s))
            return &rules[i].says;
    return NULL;
}
