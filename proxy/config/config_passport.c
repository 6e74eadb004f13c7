/* Keys of passports (RFC 9334 s.5.1): whose are believed, and where the own one comes from. */
#include <stdlib.h>
#include <string.h>

#include "config_impl.h"

#define HTTPS      "https://"
#define HTTPS_PORT 443

/* ---- the endpoint ---- */

/* The host and port of an endpoint that is one, copied; brackets of an address are left out. */
struct authority {
    char host[256];
    uint16_t port;
};

/* "https://HOST[:PORT]", of a text that begins so and has a path. */
static bool copy_origin(const char *text, char origin[sizeof HTTPS + 256])
{
    const size_t scheme = strlen(HTTPS);
    const char *path = strncmp(text, HTTPS, scheme) == 0 ? strchr(&text[scheme], '/') : NULL;

    if (!path || path - text > (ptrdiff_t)(scheme + 256))
        return false;
    (void)snprintf(origin, sizeof HTTPS + 256, "%.*s", (int)(path - text), text);
    return true;
}

/* Printable, and nothing that ends a path or could be read in two ways. */
bool px_endpoint_valid(char *text)
{
    char origin[sizeof HTTPS + 256];

    for (const char *c = text; *c; c++)
        if (*c <= ' ' || *c > '~' || strchr("?#\"\\", *c))
            return false;
    return copy_origin(text, origin) && px_origin_valid(origin);
}

static struct authority authority_of(const char *endpoint)
{
    struct authority a = {.port = HTTPS_PORT};
    char origin[sizeof HTTPS + 256] = "";

    if (!copy_origin(endpoint, origin))
        return a;
    char *host = &origin[strlen(HTTPS)], *colon = strrchr(host, ':');
    if (colon && !strchr(colon, ']')) {
        a.port = (uint16_t)strtoul(&colon[1], NULL, 10);
        *colon = 0;
    }
    const bool literal = host[0] == '[';
    (void)snprintf(a.host, sizeof a.host, "%.*s", (int)strcspn(&host[literal], "]"),
                   &host[literal]);
    return a;
}

uint16_t px_service_passport_port(const struct px_service *s)
{
    return authority_of(s->passport_from).port;
}

/* ---- who the endpoint must be ---- */

/* The service as its own client: what it says of identities of its peers is about others. */
static struct px_service asking(const struct px_service *s, struct authority *a)
{
    struct px_service as = *s;

    as.client = true;
    as.mode = s->passport_ca_file && !s->passport_policy ? RATLS_ATTEST : RATLS_MUTUAL;
    as.opa = NULL;
    if (s->passport_policy) {
        as.policy = s->passport_policy;
        as.stored_policy = NULL;
    }
    if (as.binding > RATLS_LEVEL_SESSION) /* endpoints are asked for no fresh quote */
        as.binding = RATLS_LEVEL_SESSION;
    if (as.proof > RATLS_LEVEL_SESSION)
        as.proof = RATLS_LEVEL_SESSION;
    as.ca_file = s->passport_ca_file;
    as.crl_file = NULL;
    as.ca_path_files = as.crl_path_files = NULL;
    as.ca_path = as.crl_path = NULL;
    as.verify_chain = as.ca_file != NULL;
    as.verify_peer = false;
    as.check_host[0] = as.ca_file ? a->host : NULL;
    as.check_host[as.ca_file ? 1 : 0] = as.check_ip[0] = as.check_email[0] = NULL;
    as.peer_spki[0] = NULL;
    as.sni = (struct px_sni){.name = as.ca_file && !px_ip_valid(a->host) ? a->host : NULL};
    return as;
}

enum ratls_err px_service_passport_ctx(const struct ratls_env *env, const struct ratls_env *trusted,
                                       const struct px_service *s, struct ratls_ctx **out,
                                       struct ratls_error *err)
{
    struct authority a = authority_of(s->passport_from);
    const struct px_service as = asking(s, &a);
    struct ratls_trust *trust = NULL;
    enum ratls_err e = px_service_trust(trusted, &as, NULL, &trust, err);

    *out = NULL;
    if (!e)
        e = px_service_ctx(env, &as, trust, out, err);
    ratls_trust_unref(trust);
    return e;
}

/* ---- contradictions ---- */

/* A passport that was made for others would do. */
static bool believes_for_anybody(const struct px_service *s)
{
    return s->passport_issuer[0] && !s->passport_audience;
}

static bool believes_nobody(const struct px_service *s)
{
    return s->passport_audience && !s->passport_issuer[0];
}

static bool judges_no_endpoint(const struct px_service *s)
{
    return s->passport_from && !ratls_mode_judges(s->mode) && !s->passport_ca_file;
}

/* What it says of peers is said of those who come. */
static bool leaves_out_opa(const struct px_service *s)
{
    return s->passport_from && s->opa && !s->passport_policy && !s->passport_ca_file;
}

const struct px_contradiction *px_passport_contradiction(const struct px_service *s)
{
    static const struct {
        bool (*broken)(const struct px_service *s);
        struct px_contradiction says;
    } rules[] = {
        {believes_for_anybody, {"passport-issuer", "passport-audience is missing"}},
        {believes_nobody, {"passport-audience", "passport-issuer is missing"}},
        {judges_no_endpoint,
         {"passport-from", "mode = attest judges nobody: passport-CAfile is missing"}},
        {leaves_out_opa,
         {"passport-from",
          "opa is not asked about the endpoint: passport-policy or passport-CAfile is missing"}},
    };

    for (size_t i = 0; i < PX_COUNT(rules); i++)
        if (rules[i].broken(s))
            return &rules[i].says;
    return NULL;
}
