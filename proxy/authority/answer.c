/* Requests and their answers. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cjson/cJSON.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "answer.h"
#include "base64url.h"
#include "dpop.h"
#include "exchange.h"
#include "token_mint.h"

#define KEY_TEXT  PX_BASE64URL_TEXT(PX_SUBJECT_SPKI)
#define SECRETS   "/secrets/"
#define FORM_TYPE "application/x-www-form-urlencoded"

/* ---- tokens ---- */

static void count(const struct px_visit *v, enum px_counter c)
{
    px_stats_add(v->grant->stats, c, 1);
}

static void note_hex(struct px_line *line, const struct px_visit *v)
{
    if (v->subject->attested)
        px_line_hex(line, "peer_spki", ratls_bytes(v->subject->asker, sizeof v->subject->asker));
}

/* RFC 6749 s.5.2. `detail` may have what a peer wrote in it, and is for the log. */
static void refuse_for(const struct px_visit *v, enum px_oauth e, const char *why,
                       const char *detail)
{
    cJSON *json = cJSON_CreateObject();
    struct px_line line;

    px_line_begin(&line, "token_refused");
    px_line_text(&line, "service", v->grant->service);
    px_line_text(&line, "peer", v->subject->peer);
    px_line_text(&line, "reason", px_oauth_text(e));
    px_line_text(&line, "detail", detail);
    note_hex(&line, v);
    px_line_end(&line, &v->authority->log);
    count(v, (enum px_counter)(PX_TOKENS_REFUSED + (int)e - 1));
    if (e == PX_OAUTH_INVALID_CLIENT)
        px_answer_header(v->req, "WWW-Authenticate", "Bearer realm=\"ratls-proxy\"");
    if (e == PX_OAUTH_SLOW_DOWN)
        px_answer_header(v->req, "Retry-After", "1");
    cJSON_AddStringToObject(json, "error", px_oauth_text(e));
    cJSON_AddStringToObject(json, "error_description", why);
    px_answer_json(v->req, px_oauth_status(e), "application/json", json);
}

static void refuse(const struct px_visit *v, enum px_oauth e, const char *why)
{
    refuse_for(v, e, why, why);
}

static const char *subject_word(const struct px_visit *v, const struct px_minted *m)
{
    return m->appraiser[0] ? "result" : v->subject->of == PX_OF_EVIDENCE ? "evidence" : "channel";
}

static void note_token(const struct px_visit *v, const struct px_mint *what,
                       const struct px_minted *m)
{
    struct px_line line;

    px_line_begin(&line, "token");
    px_line_text(&line, "service", v->grant->service);
    px_line_text(&line, "peer", v->subject->peer);
    px_line_text(&line, "subject", subject_word(v, m));
    px_line_text(&line, "tee", v->subject->tee);
    px_line_text(&line, "measurement", v->subject->measurement);
    px_line_bool(&line, "simulated", v->subject->simulated);
    px_line_int(&line, "devices", (int64_t)v->subject->n_devices);
    px_line_text(&line, "audience", what->target);
    if (m->appraiser[0])
        px_line_text(&line, "appraiser", m->appraiser);
    if (what->dpop_jkt)
        px_line_text(&line, "dpop_jkt", what->dpop_jkt);
    px_line_text(&line, "jti", m->jti);
    px_line_text(&line, "kid", ratls_jwt_key_id(v->grant->keys[0]));
    px_line_int(&line, "lifetime_s", m->lifetime_s);
    note_hex(&line, v);
    px_line_end(&line, &v->authority->log);
}

/* RFC 8693 s.2.2.1. The token is no bearer token: it counts with the key of `cnf` only, and there
 * is no registered type that says so of TLS; of a proved key RFC 9449 s.5 has one. */
static void give(const struct px_visit *v, const struct px_mint *what, const struct px_minted *m)
{
    cJSON *json = cJSON_CreateObject();

    note_token(v, what, m);
    count(v, PX_TOKENS_ISSUED);
    cJSON_AddStringToObject(json, "access_token", (const char *)m->token.p);
    cJSON_AddStringToObject(json, "issued_token_type", PX_TYPE_JWT);
    cJSON_AddStringToObject(json, "token_type", what->dpop_jkt ? "DPoP" : "N_A");
    cJSON_AddNumberToObject(json, "expires_in", (double)m->lifetime_s);
    px_answer_json(v->req, 200, "application/json", json);
}

/* RFC 8693 s.2.2.2: one that is invalid for any reason. */
static enum px_oauth fault_of_result(enum ratls_err e)
{
    static const enum ratls_err faults[] = {
        RATLS_E_TOKEN_FORMAT,   RATLS_E_TOKEN_TYPE,      RATLS_E_TOKEN_ALGORITHM,
        RATLS_E_TOKEN_KEY,      RATLS_E_TOKEN_SIGNATURE, RATLS_E_TOKEN_ISSUER,
        RATLS_E_TOKEN_AUDIENCE, RATLS_E_TOKEN_EXPIRED,   RATLS_E_TOKEN_NOT_YET_VALID,
        RATLS_E_TOKEN_NONCE,    RATLS_E_TOKEN_BINDING,   RATLS_E_TOKEN_STATUS,
        RATLS_E_LIMIT};

    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        if (faults[i] == e)
            return PX_OAUTH_INVALID_REQUEST;
    return PX_OAUTH_SERVER;
}

/* What the evidence says of itself is the asker's fault, the rest is ours. */
static enum px_oauth fault_of_evidence(enum ratls_err e)
{
    const bool theirs =
        ratls_err_class(e) == RATLS_CLASS_ATTESTATION || e == RATLS_E_LIMIT || e == RATLS_E_NONCE;

    return theirs ? PX_OAUTH_INVALID_REQUEST : PX_OAUTH_SERVER;
}

struct px_nonces *px_visit_nonces(const struct px_visit *v)
{
    return v->subject->attested ? v->authority->nonces : v->authority->open_nonces;
}

struct px_nonce_owner px_visit_owner(const struct px_visit *v)
{
    return (struct px_nonce_owner){v->subject->service,
                                   v->subject->attested ? v->subject->asker : NULL};
}

/* False: refused. */
static bool spend_nonce(const struct px_visit *v, const char *text, uint8_t out[PX_NONCE_LEN])
{
    static const struct {
        enum px_oauth e;
        const char *why;
    } wrong[] = {
        [PX_NONCE_UNKNOWN] = {PX_OAUTH_INVALID_REQUEST, "the nonce is none of this peer"},
        [PX_NONCE_OVER] = {PX_OAUTH_INVALID_REQUEST, "the nonce is too old"},
        [PX_NONCE_USED] = {PX_OAUTH_INVALID_REQUEST, "the nonce was used"},
        [PX_NONCE_FULL] = {PX_OAUTH_SLOW_DOWN, "too many nonces"},
    };
    const struct px_nonce_owner owner = px_visit_owner(v);
    const enum px_nonce_is is = px_nonce_spend(px_visit_nonces(v), &owner, text, out);

    if (is != PX_NONCE_GOOD)
        refuse(v, wrong[is].e, wrong[is].why);
    return is == PX_NONCE_GOOD;
}

/* A worker looks at bodies of this size, if there are not too many. */
static void refuse_unseen(const struct px_visit *v)
{
    if (px_request_header(v->req, "Transfer-Encoding"))
        refuse(v, PX_OAUTH_INVALID_REQUEST, "evidence needs a Content-Length");
    else if (evbuffer_get_length(evhttp_request_get_input_buffer(v->req)) > PX_EVIDENCE_BODY)
        refuse(v, PX_OAUTH_INVALID_REQUEST, "the evidence is too large");
    else
        refuse(v, PX_OAUTH_SLOW_DOWN, "too much evidence");
}

/* Is what the worker says about what is asked for? False: refused. */
static bool is_told(const struct px_visit *v, const struct px_exchange *x)
{
    const enum px_subject_of of = v->subject->of;
    const bool evidence = x->subject == PX_TAKES_EVIDENCE;

    if (of == PX_OF_BUSY)
        refuse(v, PX_OAUTH_SLOW_DOWN, "too much evidence");
    else if (evidence && of != PX_OF_EVIDENCE && of != PX_OF_REFUSED)
        refuse_unseen(v);
    else if (!evidence && of == PX_OF_REFUSED && v->subject->fault == RATLS_E_LIMIT)
        refuse(v, PX_OAUTH_SERVER, "more is known of the client than can be told");
    else if (!evidence && of != PX_OF_CHANNEL && !(x->result && of == PX_OF_NOBODY))
        refuse(v, PX_OAUTH_SERVER, "nothing is known of the client");
    else
        return true;
    return false;
}

/* Is the verdict on evidence a good one, about this nonce? False: refused. */
static bool is_proven(const struct px_visit *v, const uint8_t nonce[PX_NONCE_LEN])
{
    const struct px_subject *s = v->subject;

    if (s->of == PX_OF_REFUSED)
        refuse_for(v, fault_of_evidence(s->fault), ratls_err_text(s->fault), s->detail);
    else if (memcmp(s->nonce, nonce, PX_NONCE_LEN) != 0)
        refuse(v, PX_OAUTH_SERVER, "the verdict is about another nonce");
    else
        return true;
    return false;
}

static void mint(const struct px_visit *v, const struct px_exchange *x, const struct px_mint *what)
{
    struct ratls_error err = {0};
    struct px_minted m;

    enum ratls_err e = px_mint(v->authority->env, what, &m, &err);
    const char *detail = err.detail[0] ? err.detail : ratls_err_text(e);
    if (e && x->result)
        refuse_for(v, fault_of_result(e), ratls_err_text(e), detail);
    else if (e && x->evidence)
        refuse_for(v, fault_of_evidence(e), ratls_err_text(e), detail);
    else if (e)
        refuse(v, PX_OAUTH_SERVER, detail);
    else
        give(v, what, &m);
    ratls_buffer_free(&m.token);
}

/* Where neither channel nor evidence names a key, the request does. False: refused. */
static bool take_key(const struct px_visit *v, const struct px_exchange *x,
                     uint8_t key[PX_BASE64URL_MAX(KEY_TEXT)], struct px_mint *what)
{
    size_t len = 0;

    if (v->subject->of != PX_OF_NOBODY)
        return true;
    if (strlen(x->key) > KEY_TEXT || !px_base64url_get(x->key, key, &len)) {
        refuse(v, PX_OAUTH_INVALID_REQUEST, "cnf_key is no key in base64url");
        return false;
    }
    what->spki = ratls_bytes(key, len);
    return true;
}

/* A key that is proved beside that of an attested channel is its peer's. Without such a channel it
 * is nobody's, unless it is the key that evidence or result are bound to. False: refused. */
static bool prove_key(const struct px_visit *v, struct px_mint *what, struct px_dpop *dpop)
{
    const enum px_oauth e = px_dpop_judge(v, dpop);
    char due[RATLS_JWK_THUMB_LEN + 1] = "";

    if (e) {
        refuse_for(v, e, dpop->why, dpop->detail);
        return false;
    }
    if (!dpop->proof.jkt[0])
        return true;
    if (v->subject->of != PX_OF_CHANNEL &&
        (ratls_jwk_thumbprint(px_mint_key(what), due, NULL) != RATLS_OK ||
         strcmp(due, dpop->proof.jkt) != 0)) {
        refuse(v, PX_OAUTH_DPOP_PROOF, "the key is not the one of cnf_key");
        return false;
    }
    what->dpop_jkt = dpop->proof.jkt;
    return true;
}

static void exchange(const struct px_visit *v, const struct px_exchange *x)
{
    uint8_t nonce[PX_NONCE_LEN], key[PX_BASE64URL_MAX(KEY_TEXT)];
    struct px_mint what = {.grant = v->grant,
                           .subject = v->subject,
                           .target = x->target,
                           .result = ratls_bytes_str(x->result ? x->result : "")};
    struct px_dpop dpop;

    if (!is_told(v, x) || !take_key(v, x, key, &what) || !prove_key(v, &what, &dpop) ||
        (x->nonce && !spend_nonce(v, x->nonce, nonce)))
        return;
    if (x->nonce)
        what.nonce = ratls_bytes(nonce, sizeof nonce);
    if (x->subject == PX_TAKES_EVIDENCE && !is_proven(v, nonce))
        return;
    mint(v, x, &what);
}

static bool has_form(struct evhttp_request *req)
{
    const char *type = px_request_header(req, "Content-Type");
    const size_t len = strlen(FORM_TYPE);

    return type && strncasecmp(type, FORM_TYPE, len) == 0 &&
           (!type[len] || type[len] == ';' || type[len] == ' ');
}

static void answer_token(const struct px_visit *v)
{
    struct evbuffer *body = evhttp_request_get_input_buffer(v->req);
    const size_t len = evbuffer_get_length(body);
    struct px_form form = {0};
    struct px_exchange x;

    if (px_request_header(v->req, "Authorization")) {
        refuse(v, PX_OAUTH_INVALID_CLIENT, "the channel is what authenticates clients");
        return;
    }
    if (!has_form(v->req)) {
        refuse(v, PX_OAUTH_INVALID_REQUEST, "the body is " FORM_TYPE);
        return;
    }
    switch (px_form_read(ratls_bytes(evbuffer_pullup(body, -1), len), &form)) {
    case PX_FORM_NO_MEMORY:
        refuse(v, PX_OAUTH_SERVER, "memory");
        break;
    case PX_FORM_BAD:
        refuse(v, PX_OAUTH_INVALID_REQUEST, "the form is malformed");
        break;
    case PX_FORM_GOOD: {
        enum px_oauth e = px_exchange_judge(&form, v->grant->targets, v->grant->takes, &x);
        if (e)
            refuse(v, e, x.why);
        else
            exchange(v, &x);
    }
    }
    px_form_free(&form);
}

/* ---- the rest ---- */

static void answer_nonce(const struct px_visit *v)
{
    char nonce[PX_NONCE_TEXT + 1], text[128];

    const struct px_nonce_owner owner = px_visit_owner(v);

    if (!px_nonce_make(px_visit_nonces(v), &owner, nonce)) {
        px_answer_problem(v->req, 503);
        return;
    }
    (void)snprintf(text, sizeof text, "{\"nonce\":\"%s\",\"expires_in\":%d}\n", nonce,
                   PX_NONCE_LIFE_S);
    px_answer(v->req, 200, "application/json", ratls_bytes_str(text));
}

static void answer_keys(const struct px_visit *v)
{
    px_answer(v->req, 200, "application/jwk-set+json",
              ratls_bytes(v->grant->jwks.p, v->grant->jwks.len));
}

static void answer_metadata(const struct px_visit *v)
{
    px_answer(v->req, 200, "application/json", ratls_bytes_str(v->grant->metadata));
}

static const struct route {
    const char *path;
    enum evhttp_cmd_type method;
    const char *allow;
    void (*answer)(const struct px_visit *v);
} routes[] = {
    {"/token", EVHTTP_REQ_POST, "POST", answer_token},
    {"/nonce", EVHTTP_REQ_POST, "POST", answer_nonce},
    {"/jwks", EVHTTP_REQ_GET, "GET", answer_keys},
    {"/.well-known/oauth-authorization-server", EVHTTP_REQ_GET, "GET", answer_metadata},
};

static const struct route *find_route(const char *path)
{
    for (size_t i = 0; path && i < sizeof routes / sizeof routes[0]; i++)
        if (strcmp(routes[i].path, path) == 0)
            return &routes[i];
    return NULL;
}

/* ---- who asks ---- */

/* Whoever has our socket and is not of our user got it by a mistake. */
static bool is_worker(struct evhttp_request *req)
{
    struct evhttp_connection *c = evhttp_request_get_connection(req);
    const int fd = bufferevent_getfd(evhttp_connection_get_bufferevent(c));
    struct ucred who;
    socklen_t len = sizeof who;

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0 && who.uid == geteuid();
}

static int admit(const struct px_visit *v)
{
    if (v->subject->expires <= v->authority->env->now(v->authority->env->arg))
        return 403;
    if (!v->grant && !v->custody)
        return 503;
    if (v->custody && v->subject->of != PX_OF_CHANNEL)
        return 403;
    struct px_rates *rates = v->subject->attested ? v->authority->rates : v->authority->open_rates;
    return px_rate_take(rates, v->subject->asker) ? 0 : 429;
}

static int check_route(const struct px_visit *v, const struct route *r)
{
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(v->req);

    if (!r)
        return 404;
    if (evhttp_request_get_command(v->req) != r->method) {
        px_answer_header(v->req, "Allow", r->allow);
        return 405;
    }
    return evhttp_uri_get_query(uri) ? 400 : 0;
}

static void route(const struct px_visit *v)
{
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(v->req);
    const char *path = uri ? evhttp_uri_get_path(uri) : NULL;
    const struct route *r = v->grant ? find_route(path) : NULL;
    int status = admit(v);

    if (status == 429 && r && r->answer == answer_token) {
        refuse(v, PX_OAUTH_SLOW_DOWN, "too many requests");
    } else if (status) {
        px_answer_problem(v->req, status);
    } else if (v->custody && path && strncmp(path, SECRETS, strlen(SECRETS)) == 0) {
        px_answer_secret(v, &path[strlen(SECRETS)], evhttp_uri_get_query(uri));
    } else if ((status = check_route(v, r)) != 0) {
        px_answer_problem(v->req, status);
    } else {
        r->answer(v);
    }
}

void px_authority_answer(struct evhttp_request *req, void *authority)
{
    struct px_authority *a = authority;
    unsigned n;
    const char *line = is_worker(req) ? px_request_only(req, PX_SUBJECT_FIELD, &n) : NULL;
    struct px_subject subject = {0};

    if (!line || !px_subject_read(line, a->secret, &subject)) {
        px_answer_header(req, "Connection", "close");
        px_answer_problem(req, 403);
    } else {
        const struct px_visit v = {.authority = a,
                                   .req = req,
                                   .subject = &subject,
                                   .grant = px_grants_find(a->grants, subject.service),
                                   .custody = px_custodies_find(&a->custodies, subject.service)};
        route(&v);
    }
    px_subject_free(&subject);
}
