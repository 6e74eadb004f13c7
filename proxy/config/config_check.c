/* Contradictions between keys. Each one is refused: a setting without effect is a hole that nobody
 * sees. */
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "config_impl.h"

#define LEAST_CHECK_MS 10

static bool shows(const struct px_service *s)
{
    return ratls_mode_shows(s->mode);
}

static bool judges(const struct px_service *s)
{
    return px_service_judges(s);
}

static bool lacks_accept(const struct px_service *s)
{
    return !s->accept.text && s->sni.n_parts == 0;
}

/* Then clients say where to. */
static bool asks_clients(const struct px_service *s)
{
    return s->protocol == PX_PROTOCOL_CONNECT_LISTEN || s->protocol == PX_PROTOCOL_SOCKS_LISTEN;
}

static bool lacks_connect(const struct px_service *s)
{
    return s->n_connect == 0 && !asks_clients(s) && s->purpose == PX_RELAY;
}

static bool connects_twice(const struct px_service *s)
{
    return s->n_connect > 0 && asks_clients(s);
}

static bool asks_attested_peers(const struct px_service *s)
{
    return !s->client && asks_clients(s);
}

static bool lacks_filter(const struct px_service *s)
{
    return asks_clients(s) && !s->filter[0].text;
}

/* The backend would take the request for a PROXY header. */
static bool greets_without_peer(const struct px_service *s)
{
    return s->plaintext_path[0] &&
           (s->protocol == PX_PROTOCOL_PROXY || s->protocol == PX_PROTOCOL_PROXY1);
}

static bool filters_nothing(const struct px_service *s)
{
    return s->filter[0].text && !asks_clients(s);
}

static bool knows_nobody_to_ask(const struct px_service *s)
{
    return s->users && !asks_clients(s);
}

static bool lacks_attester(const struct px_service *s)
{
    return shows(s) && !s->attester && s->purpose == PX_RELAY;
}

static bool begins_with_sim(const char *attester)
{
    return attester && strncmp(attester, "sim-", 4) == 0;
}

static bool is_simulated(const struct px_service *s)
{
    return begins_with_sim(s->attester) && !s->insecure_allow_sim_attester;
}

static bool simulates_devices(const struct px_service *s)
{
    for (size_t i = 0; s->device[i]; i++)
        if (begins_with_sim(s->device[i]) && !s->insecure_allow_sim_attester)
            return true;
    return false;
}

static bool cannot_show_devices(const struct px_service *s)
{
    return s->device[0] && s->proof == RATLS_LEVEL_KEY;
}

static bool lacks_policy(const struct px_service *s)
{
    return judges(s) && !s->policy && !s->store;
}

static bool has_two_policies(const struct px_service *s)
{
    return s->policy && s->stored_policy;
}

/* What the service manager opened is looked at by whoever takes it: px_listener_take(). */
static bool is_open_to_all(const struct px_service *s)
{
    return s->client && !s->accept.activation && !px_address_loopback(&s->accept) &&
           !s->insecure_plain_listen;
}

/* The handshake would end first, and tell the wrong reason. */
static bool opa_outlives_handshake(const struct px_service *s)
{
    return s->opa && s->opa_timeout_ms >= s->handshake_timeout_ms;
}

static bool lacks_ca_key(const struct px_service *s)
{
    return s->identity_ca_cert && !s->identity_ca_key;
}

static bool lacks_ca_cert(const struct px_service *s)
{
    return s->identity_ca_key && !s->identity_ca_cert;
}

static bool lacks_leave_for_none(const struct px_service *s)
{
    return s->mode == RATLS_NONE && !s->insecure_no_attestation && s->purpose == PX_RELAY;
}

static bool gives_needless_leave(const struct px_service *s)
{
    return (s->mode != RATLS_NONE || s->purpose != PX_RELAY) && s->insecure_no_attestation;
}

static bool accepts_twice(const struct px_service *s)
{
    return s->accept.text && s->sni.n_parts > 0;
}

static bool routes_as_client(const struct px_service *s)
{
    return s->client && s->sni.n_parts > 0;
}

static bool names_as_server(const struct px_service *s)
{
    return !s->client && s->sni.name;
}

static bool lacks_header_key(const struct px_service *s)
{
    return s->identity_header && !s->identity_header_key;
}

static bool tells_of_nobody(const struct px_service *s)
{
    return s->identity_header && (s->mode == RATLS_ATTEST || s->mode == RATLS_NONE);
}

/* Requests are framed and routed by these: there is no place for another meaning. Backends that put
 * names into variables do not tell _ from -. */
static bool takes_a_vital_header(const struct px_service *s)
{
    static const char *const vital[] = {"Host",    "Content-Length", "Transfer-Encoding",
                                        "Upgrade", "Connection",     "Proxy-Connection",
                                        "Trailer", "Keep-Alive",     "Expect",
                                        "TE"};

    char name[32] = "";

    if (!s->identity_header || strlen(s->identity_header) >= sizeof name)
        return false;
    for (size_t i = 0; s->identity_header[i]; i++)
        name[i] = s->identity_header[i] == '_' ? '-' : s->identity_header[i];
    for (size_t i = 0; i < PX_COUNT(vital); i++)
        if (strcasecmp(name, vital[i]) == 0)
            return true;
    return false;
}

static bool ends_with(const char *text, const char *ending)
{
    size_t len = strlen(text), tail = strlen(ending);

    return len > tail && strcasecmp(&text[len - tail], ending) == 0;
}

static bool has_archive(const struct px_service *s)
{
    return s->cert && (ends_with(s->cert, ".p12") || ends_with(s->cert, ".pfx") ||
                       strncmp(s->cert, "pkcs11:", strlen("pkcs11:")) == 0);
}

/* It would say who the peer is to the peer. */
static bool greets_its_peer(const struct px_service *s)
{
    return s->client && (s->protocol == PX_PROTOCOL_PROXY || s->protocol == PX_PROTOCOL_PROXY1);
}

static bool lacks_proxy(const struct px_service *s)
{
    return !s->proxy_tlv && s->protocol != PX_PROTOCOL_PROXY;
}

/* The addresses of connect speak TLS there. */
static bool asks_a_peer_in_plain(const struct px_service *s)
{
    return s->client && s->health.kind == PX_HEALTH_HTTP;
}

static const struct {
    bool (*broken)(const struct px_service *s);
    const char *key; /* whose line is named; that of [service] where the key is not written */
    const char *text;
} rules[] = {
    {lacks_accept, "accept", "accept is missing"},
    {asks_attested_peers, "protocol", "this protocol is for client = yes"},
    {lacks_connect, "connect", "connect is missing"},
    {connects_twice, "connect", "clients say where to: connect has no effect"},
    {lacks_filter, "protocol",
     "without a filter clients would be taken anywhere: filter is missing"},
    {greets_without_peer, "plaintext-path", "cannot go with protocol = proxy or proxy1"},
    {filters_nothing, "filter", "has no effect without protocol = connect-listen or socks-listen"},
    {knows_nobody_to_ask, "users",
     "has no effect without protocol = connect-listen or socks-listen"},
    {accepts_twice, "sni", "this service has what another one accepts: accept has no effect"},
    {routes_as_client, "sni", "SERVICE:PATTERN has no effect with client = yes"},
    {names_as_server, "sni", "a name has no effect with client = no: SERVICE:PATTERN is expected"},
    {takes_a_vital_header, "identity-header", "HTTP itself needs this header"},
    {tells_of_nobody, "identity-header", "in this mode nobody is judged: there is nothing to tell"},
    {lacks_header_key, "identity-header", "identity-header-key is missing"},
    {has_archive, "cert",
     "PKCS #12 and tokens are not supported: write certificates and key as PEM"},
    {greets_its_peer, "protocol", "proxy and proxy1 are for backends: no effect with client = yes"},
    {lacks_proxy, "proxy-tlv", "has no effect without protocol = proxy"},
    {asks_a_peer_in_plain, "health-check",
     "http is for backends: with client = yes the addresses of connect speak TLS"},
    {lacks_leave_for_none, "mode", "mode = none needs insecure-no-attestation = yes"},
    {gives_needless_leave, "insecure-no-attestation", "has no effect without mode = none"},
    {lacks_attester, "mode", "this mode shows evidence: attester is missing"},
    {is_simulated, "attester",
     "a simulated TEE protects nothing: needs insecure-allow-sim-attester = yes"},
    {simulates_devices, "device",
     "a simulated device protects nothing: needs insecure-allow-sim-attester = yes"},
    {cannot_show_devices, "device", "has no effect with proof = key: there they are not shown"},
    {lacks_policy, "mode",
     "without a policy every peer would be denied: policy or store is missing"},
    {has_two_policies, "stored-policy", "policy and stored-policy: one of them decides"},
    {is_open_to_all, "accept",
     "plain connections from other machines need insecure-plain-listen = yes"},
    {opa_outlives_handshake, "opa-timeout", "opa-timeout must be below handshake-timeout"},
    {lacks_ca_key, "identity-ca-cert", "identity-ca-key is missing"},
    {lacks_ca_cert, "identity-ca-key", "identity-ca-cert is missing"},
};

static enum ratls_err refuse(const struct px_text *t, size_t section, const char *key,
                             const char *text)
{
    const struct px_option *o = px_option_find(key);
    const struct px_entry *entry = px_text_find(t, section, o, NULL);
    struct px_where at = section > 0 ? t->sections[section - 1].at : t->at;

    if (!entry)
        entry = px_text_find(t, 0, o, NULL);
    return px_text_fail(t, entry ? entry->at : at, "%s", text);
}

/* What is wrong with who may read a file, or NULL. Where there is no file (in a worker), there is
 * nothing to read either. */
static const char *exposed(const char *path)
{
    struct stat st;

    if (!path || stat(path, &st))
        return NULL;
    if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return "group or others have access to the file of this key: chmod 600";
    if (st.st_uid != 0 && st.st_uid != geteuid())
        return "the file of this key belongs to another user: chown root";
    return NULL;
}

static enum ratls_err check_secrets(const struct px_text *t, size_t section, enum px_scope scope,
                                    const void *base)
{
    const struct px_option *o;

    for (size_t i = 0; (o = px_option_at(i)) != NULL; i++) {
        const char *file = NULL, *why = NULL;
        if (o->scope != scope || !o->secret)
            continue;
        for (size_t k = 0; !why && (file = px_secret_file(o, base, k)) != NULL; k++)
            why = exposed(file);
        if (why)
            return refuse(t, section, o->name, why);
    }
    return RATLS_OK;
}

static bool checks_too_often(const struct px_config *c)
{
    return c->trust_check_ms != 0 && c->trust_check_ms < LEAST_CHECK_MS;
}

static bool lacks_leave_for_no_sandbox(const struct px_config *c)
{
    return !c->sandbox && !c->insecure_no_sandbox;
}

static bool gives_leave_for_no_sandbox(const struct px_config *c)
{
    return c->sandbox && c->insecure_no_sandbox;
}

static bool has_no_syslog_socket(const struct px_config *c)
{
    return c->syslog_socket[0] != '/' ||
           strlen(c->syslog_socket) >= sizeof((struct sockaddr_un *)0)->sun_path;
}

static bool has_range_of_admins(const struct px_config *c)
{
    return c->admin.text && c->admin.n_ports != 1;
}

static bool shows_admin_to_others(const struct px_config *c)
{
    return c->admin.text && !c->admin.activation && !px_address_loopback(&c->admin);
}

static bool lacks_token(const struct px_config *c)
{
    return c->admin.host && !c->admin_token;
}

static bool lacks_admin(const struct px_config *c)
{
    return c->admin_token && !c->admin.text;
}

static bool confines_no_sandbox(const struct px_config *c)
{
    return c->sandbox_connect && !c->sandbox;
}

static bool confines_clients_choice(const struct px_config *c)
{
    for (size_t i = 0; c->sandbox_connect && i < c->n_services; i++)
        if (asks_clients(&c->services[i]))
            return true;
    return false;
}

static const struct {
    bool (*broken)(const struct px_config *c);
    const char *key, *text;
} process_rules[] = {
    {checks_too_often, "trust-check", "0, or at least 10ms"},
    {lacks_leave_for_no_sandbox, "sandbox", "sandbox = no needs insecure-no-sandbox = yes"},
    {gives_leave_for_no_sandbox, "insecure-no-sandbox", "has no effect with sandbox = yes"},
    {confines_no_sandbox, "sandbox-connect", "has no effect with sandbox = no"},
    {confines_clients_choice, "sandbox-connect", "the clients of a service choose the port"},
    {has_no_syslog_socket, "syslog-socket", "expected an absolute path below 108 bytes"},
    {has_range_of_admins, "admin", "expected one port"},
    {shows_admin_to_others, "admin", PX_ADMIN_IS_LOCAL},
    {lacks_token, "admin", PX_ADMIN_NEEDS_TOKEN},
    {lacks_admin, "admin-token", "admin is missing"},
};

static enum ratls_err check_process(const struct px_config *c, const struct px_text *t)
{
    for (size_t i = 0; i < PX_COUNT(process_rules); i++)
        if (process_rules[i].broken(c))
            return refuse(t, 0, process_rules[i].key, process_rules[i].text);
    return check_secrets(t, 0, PX_GLOBAL, c);
}

static size_t section_of(const struct px_text *t, const struct px_service *s)
{
    size_t i = 0;

    while (i < t->n_sections && strcmp(t->sections[i].name, s->section) != 0)
        i++;
    return i + 1;
}

/* Of keys written in the service itself: those for the moment of accepting, where another service
 * accepts. */
static enum ratls_err check_routed(const struct px_text *t, size_t section,
                                   const struct px_service *s)
{
    static const struct {
        const char *key, *begins;
    } idle[] = {{"plaintext-path", ""}, {"socket", "a:"}};

    for (size_t i = 0; s->sni.n_parts > 0 && i < PX_COUNT(idle); i++) {
        const struct px_option *o = px_option_find(idle[i].key);
        const struct px_entry *entry = NULL;
        while ((entry = px_text_find(t, section, o, entry)) != NULL)
            if (strncmp(entry->value, idle[i].begins, strlen(idle[i].begins)) == 0)
                return px_text_fail(t, entry->at, "%s has no effect with sni = SERVICE:PATTERN",
                                    idle[i].key);
    }
    return RATLS_OK;
}

/* Of services that show evidence only where they have an attester. */
static enum ratls_err check_shown(const struct px_text *t, size_t section,
                                  const struct px_service *s)
{
    for (size_t i = 0; i < t->n; i++) {
        const struct px_entry *entry = &t->entries[i];
        if (entry->section == section && entry->option->use == PX_SHOWS && !shows(s))
            return px_text_fail(t, entry->at, "%s has no effect without attester",
                                entry->option->name);
    }
    return RATLS_OK;
}

/* Likewise: those that need another one. */
static enum ratls_err check_needs(const struct px_text *t, size_t section,
                                  const struct px_service *s)
{
    for (size_t i = 0; i < t->n; i++) {
        const struct px_entry *entry = &t->entries[i];
        if (entry->section == section && entry->option->needs &&
            !px_option_is_set(px_option_find(entry->option->needs), s))
            return px_text_fail(t, entry->at, "%s needs %s", entry->option->name,
                                entry->option->needs);
    }
    return check_routed(t, section, s);
}

static bool is_line_of(const struct px_entry *entry, const struct px_part *part)
{
    size_t len = strlen(part->service);

    return strncmp(entry->value, part->service, len) == 0 && entry->value[len] == ':' &&
           strcmp(&entry->value[len + 1], part->pattern) == 0;
}

static enum ratls_err check_parts(const struct px_config *c, const struct px_text *t, size_t i)
{
    const struct px_service *s = &c->services[i];
    const struct px_option *o = px_option_find("sni");
    const struct px_entry *entry = NULL;

    for (size_t k = 0; k < s->sni.n_parts; k++) {
        const char *why = px_sni_unroutable(c, i, k);
        if (!why)
            continue;
        do
            entry = px_text_find(t, section_of(t, s), o, entry);
        while (entry && !is_line_of(entry, &s->sni.part[k]));
        return entry ? px_text_fail(t, entry->at, "%s", why) : refuse(t, 0, "sni", why);
    }
    return RATLS_OK;
}

static enum ratls_err refuse_if(const struct px_text *t, size_t section,
                                const struct px_contradiction *wrong)
{
    return wrong ? refuse(t, section, wrong->key, wrong->text) : RATLS_OK;
}

static enum ratls_err check_keys(const struct px_text *t, size_t section,
                                 const struct px_service *s)
{
    enum ratls_err e = check_needs(t, section, s);

    if (!e)
        e = refuse_if(t, section, px_authority_contradiction(s));
    if (!e)
        e = refuse_if(t, section, px_passport_contradiction(s));
    return e ? e : check_shown(t, section, s);
}

static enum ratls_err check_service(const struct px_config *c, const struct px_text *t, size_t i)
{
    const struct px_service *s = &c->services[i];
    const size_t section = section_of(t, s);
    enum ratls_err e = check_keys(t, section, s);

    for (size_t k = 0; k < PX_COUNT(rules) && !e; k++)
        if (rules[k].broken(s))
            return refuse(t, section, rules[k].key, rules[k].text);
    for (size_t k = 0; k < i && !e; k++)
        if (px_address_same(&c->services[k].accept, &s->accept))
            return refuse(t, section, "accept", "another service has the same accept");
    if (!e)
        e = refuse_if(t, section, px_identity_contradiction(s));
    if (!e)
        e = check_parts(c, t, i);
    return e ? e : check_secrets(t, section, PX_SERVICE, s);
}

enum ratls_err px_config_check(const struct px_config *c, const struct px_text *t)
{
    enum ratls_err e = check_process(c, t);

    if (!e && c->n_services == 0)
        return px_text_fail(t, t->at, "there is no [service]");
    for (size_t i = 0; !e && i < c->n_services; i++)
        e = check_service(c, t, i);
    return e;
}
