/* Keys about who peer and this side are, beside or without evidence: what they mean together, and
 * what of it is refused. */
#include <string.h>
#include <sys/stat.h>

#include "config_impl.h"

bool px_service_has_identity(const struct px_service *s)
{
    return ratls_mode_shows(s->mode) || s->cert;
}

static bool has_cas(const struct px_service *s)
{
    return s->ca_file || s->ca_path;
}

/* verifyPeer alone makes a list of peers out of CAfile, as in stunnel. */
bool px_service_chains(const struct px_service *s)
{
    return has_cas(s) && (!s->verify_peer || s->verify_chain);
}

static bool identifies(const struct px_service *s)
{
    return has_cas(s) || s->peer_spki[0];
}

static bool is_plain_server(const struct px_service *s)
{
    return s->mode == RATLS_NONE && !s->client;
}

static bool lacks_cert(const struct px_service *s)
{
    return is_plain_server(s) && !s->cert;
}

static bool lacks_cert_of_key(const struct px_service *s)
{
    return s->key && !s->cert;
}

/* Without `key` the key is in the file of `cert`. */
static bool has_open_cert(const struct px_service *s)
{
    struct stat st;

    return s->cert && !s->key && stat(s->cert, &st) == 0 && (st.st_mode & (S_IRWXG | S_IRWXO)) != 0;
}

static bool checks_unsigned_host(const struct px_service *s)
{
    return s->check_host[0] && !px_service_chains(s);
}

static bool checks_unsigned_ip(const struct px_service *s)
{
    return s->check_ip[0] && !px_service_chains(s);
}

static bool checks_unsigned_email(const struct px_service *s)
{
    return s->check_email[0] && !px_service_chains(s);
}

static bool revokes_nothing(const struct px_service *s)
{
    return s->crl_file && !px_service_chains(s);
}

static bool revokes_nothing_by_folder(const struct px_service *s)
{
    return s->crl_path && !px_service_chains(s);
}

static bool chains_to_nobody(const struct px_service *s)
{
    return s->verify_chain && !has_cas(s);
}

static bool lists_no_peer(const struct px_service *s)
{
    return s->verify_peer && !has_cas(s);
}

static bool pins_twice(const struct px_service *s)
{
    return s->verify_peer && s->peer_spki[0];
}

static bool takes_any_cert(const struct px_service *s)
{
    return s->require_cert && !ratls_mode_judges(s->mode) && !identifies(s);
}

#define UNSIGNED                                                                                   \
    "a self-signed name proves nothing: needs CAfile, and with verifyPeer = yes also "             \
    "verifyChain = yes"

#define UNSIGNED_LISTS                                                                             \
    "revocation lists need CAs to be of: CAfile, and with verifyPeer = yes also verifyChain = yes"

const struct px_contradiction *px_identity_contradiction(const struct px_service *s)
{
    static const struct {
        bool (*broken)(const struct px_service *s);
        struct px_contradiction says;
    } rules[] = {
        {lacks_cert, {"mode", "a server without attestation needs cert"}},
        {lacks_cert_of_key, {"key", "cert is missing"}},
        {has_open_cert,
         {"cert",
          "group or others have access to the file of cert, which holds the key: chmod 600, "
          "or set key"}},
        {checks_unsigned_host, {"checkHost", UNSIGNED}},
        {checks_unsigned_ip, {"checkIP", UNSIGNED}},
        {checks_unsigned_email, {"checkEmail", UNSIGNED}},
        {revokes_nothing, {"CRLfile", UNSIGNED_LISTS}},
        {revokes_nothing_by_folder, {"CRLpath", UNSIGNED_LISTS}},
        {chains_to_nobody, {"verifyChain", "CAfile is missing"}},
        {lists_no_peer, {"verifyPeer", "CAfile is missing"}},
        {pins_twice, {"peer-spki", "verifyPeer pins the keys of CAfile: one of them decides"}},
        {takes_any_cert,
         {"requireCert", "any certificate would do: CAfile or peer-spki is missing"}},
    };

    for (size_t i = 0; i < PX_COUNT(rules); i++)
        if (rules[i].broken(s))
            return &rules[i].says;
    return NULL;
}
