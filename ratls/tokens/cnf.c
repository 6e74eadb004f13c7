/* Proof of possession (RFC 7800, RFC 8705 s.3.1, RFC 9449 s.6.1): whose token is it? */
#include <cjson/cJSON.h>

#include "json.h"
#include "token_check.h"

enum fit { FITS, DIFFERS, UNKNOWN };

static enum fit compare(const struct ratls_token_rules *rules, const cJSON *member)
{
    const char *text = cJSON_GetStringValue(member), *due = NULL;
    char cert[RATLS_JWK_THUMB_LEN + 1]; /* both are SHA-256 */

    if (strcmp(member->string, "jkt") == 0) {
        due = rules->jkt;
    } else if (strcmp(member->string, "x5t#S256") == 0 && rules->cert_sha256.len > 0) {
        rt_base64url(rules->cert_sha256, cert);
        due = cert;
    }
    if (!due)
        return UNKNOWN;
    return text && strcmp(text, due) == 0 ? FITS : DIFFERS;
}

static enum ratls_err check_absent(struct rt_token_check *c)
{
    const struct ratls_token_rules *rules = c->rules;

    if (rules->allow_bearer || (!rules->jkt && rules->cert_sha256.len == 0))
        return RATLS_OK;
    return ratls_fail(c->err, RATLS_E_TOKEN_BINDING, "token: it is not bound to a key ('cnf')");
}

static enum ratls_err check_members(struct rt_token_check *c, const cJSON *cnf)
{
    const cJSON *member;
    bool bound = true;

    cJSON_ArrayForEach(member, cnf)
    {
        const enum fit fit = compare(c->rules, member);
        if (fit == DIFFERS)
            return ratls_fail(c->err, RATLS_E_TOKEN_BINDING, "token: '%s' of 'cnf' is another one",
                              member->string);
        if (fit == UNKNOWN && !c->rules->allow_bearer)
            return ratls_fail(c->err, RATLS_E_TOKEN_BINDING,
                              "token: '%s' of 'cnf' cannot be compared with anything",
                              member->string);
        bound = bound && fit == FITS;
    }
    c->token->bound = bound;
    return RATLS_OK;
}

enum ratls_err rt_token_check_cnf(struct rt_token_check *c)
{
    const cJSON *cnf = rt_json_member(c->claims, "cnf");
    enum ratls_err e;

    if (cnf && (!cJSON_IsObject(cnf) || !cnf->child))
        return rt_token_malformed(c, "cnf");
    e = cnf ? check_members(c, cnf) : check_absent(c);
    ratls_claims_set_bool(c->token->claims, "token.bound", c->token->bound);
    return e;
}
