/* Requests for tokens. */
#include "exchange.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- errors ---- */

static const struct {
    const char *text;
    int status;
} errors[PX_OAUTH_COUNT] = {{"", 200},
#define PX_X_ROW(code, text, status) {text, status},
                            PX_OAUTH_ERRORS(PX_X_ROW)
#undef PX_X_ROW
};

const char *px_oauth_text(enum px_oauth e)
{
    return errors[e].text;
}

int px_oauth_status(enum px_oauth e)
{
    return errors[e].status;
}

/* ---- judging ---- */

struct judged {
    const struct px_form *form;
    char *const *targets;
    unsigned takes;
    struct px_exchange *out;
};

static enum px_oauth refuse(const struct judged *j, enum px_oauth e, const char *why)
{
    j->out->why = why;
    return e;
}

static const char *get(const struct judged *j, const char *name)
{
    return px_form_get(j->form, name);
}

static bool is(const char *value, const char *expected)
{
    return value && strcmp(value, expected) == 0;
}

/* RFC 6749 s.3.2; RFC 8693 s.2.1 lets two of them repeat. */
static enum px_oauth judge_repeats(const struct judged *j)
{
    for (size_t i = 0; i < j->form->n; i++) {
        const char *name = j->form->field[i].name;
        if (!is(name, "audience") && !is(name, "resource") && px_form_count(j->form, name) > 1)
            return refuse(j, PX_OAUTH_INVALID_REQUEST, "a parameter is there twice");
    }
    return PX_OAUTH_GOOD;
}

/* The channel says who the client is; another way would be a second opinion. */
static enum px_oauth judge_client(const struct judged *j)
{
    static const char *const ways[] = {"client_secret", "client_assertion",
                                       "client_assertion_type"};

    for (size_t i = 0; i < COUNT(ways); i++)
        if (get(j, ways[i]))
            return refuse(j, PX_OAUTH_INVALID_CLIENT, "the channel is what authenticates clients");
    return PX_OAUTH_GOOD;
}

static enum px_oauth judge_grant(const struct judged *j)
{
    const char *grant = get(j, "grant_type");

    if (!grant)
        return refuse(j, PX_OAUTH_INVALID_REQUEST, "grant_type is missing");
    if (!is(grant, PX_GRANT_EXCHANGE))
        return refuse(j, PX_OAUTH_GRANT_TYPE, "the grant type is token exchange");
    return PX_OAUTH_GOOD;
}

/* The nonce is what tells a subject that was made for this request from any other. */
static enum px_oauth judge_brought(const struct judged *j, const char *token)
{
    const bool result = j->out->subject == PX_TAKES_RESULT;

    if (!token)
        return refuse(j, PX_OAUTH_INVALID_REQUEST, "subject_token is missing");
    if (!get(j, "nonce"))
        return refuse(j, PX_OAUTH_INVALID_REQUEST,
                      result ? "a result needs a nonce of this server"
                             : "evidence needs a nonce of this server");
    *(result ? &j->out->result : &j->out->evidence) = token;
    return PX_OAUTH_GOOD;
}

/* Who takes a token with him is named by its key; the channel has one of its own. */
static enum px_oauth judge_key(const struct judged *j)
{
    const bool channel = (j->takes & PX_TAKES_CHANNEL) != 0;

    j->out->key = get(j, "cnf_key");
    if (j->out->key && j->out->subject != PX_TAKES_EVIDENCE && channel)
        return refuse(j, PX_OAUTH_INVALID_REQUEST, "cnf_key is for evidence");
    if (!j->out->key && j->out->subject == PX_TAKES_RESULT && !channel)
        return refuse(j, PX_OAUTH_INVALID_REQUEST, "cnf_key is missing: whose result is it?");
    return PX_OAUTH_GOOD;
}

static unsigned subject_of(const struct judged *j, const char *type)
{
    static const struct {
        const char *type;
        unsigned bit;
    } types[] = {{PX_TYPE_CHANNEL, PX_TAKES_CHANNEL},
                 {PX_TYPE_JWT, PX_TAKES_RESULT},
                 {PX_TYPE_EVIDENCE, PX_TAKES_EVIDENCE}};

    for (size_t i = 0; i < COUNT(types); i++)
        if (is(type, types[i].type))
            return types[i].bit & j->takes;
    return 0;
}

static enum px_oauth judge_subject(const struct judged *j)
{
    const char *type = get(j, "subject_token_type"), *token = get(j, "subject_token");

    if (!type)
        return refuse(j, PX_OAUTH_INVALID_REQUEST, "subject_token_type is missing");
    j->out->subject = subject_of(j, type);
    if (j->out->subject == PX_TAKES_RESULT || j->out->subject == PX_TAKES_EVIDENCE)
        return judge_brought(j, token);
    if (is(type, PX_TYPE_CHANNEL) && !(j->takes & PX_TAKES_CHANNEL))
        return refuse(j, PX_OAUTH_INVALID_REQUEST, "this channel says nothing of its client");
    if (j->out->subject != PX_TAKES_CHANNEL)
        return refuse(j, PX_OAUTH_INVALID_REQUEST, "no such subject_token_type");
    if (token && !is(token, "channel"))
        return refuse(j, PX_OAUTH_INVALID_REQUEST, "subject_token is \"channel\"");
    return PX_OAUTH_GOOD;
}

static enum px_oauth judge_actor(const struct judged *j)
{
    const char *token = get(j, "actor_token"), *type = get(j, "actor_token_type");

    if (token && !type)
        return refuse(j, PX_OAUTH_INVALID_REQUEST, "actor_token_type is missing");
    if (type && !token)
        return refuse(j, PX_OAUTH_INVALID_REQUEST, "actor_token is missing");
    if (token)
        return refuse(j, PX_OAUTH_INVALID_REQUEST, "nobody acts for another here");
    return PX_OAUTH_GOOD;
}

static enum px_oauth judge_kind(const struct judged *j)
{
    const char *type = get(j, "requested_token_type");

    if (get(j, "scope"))
        return refuse(j, PX_OAUTH_INVALID_SCOPE, "there are no scopes");
    if (type && !is(type, PX_TYPE_JWT))
        return refuse(j, PX_OAUTH_INVALID_REQUEST, "no such requested_token_type");
    j->out->nonce = get(j, "nonce");
    return PX_OAUTH_GOOD;
}

static const char *find_target(const struct judged *j, const char *name)
{
    for (size_t i = 0; j->targets[i]; i++)
        if (strcmp(j->targets[i], name) == 0)
            return j->targets[i];
    return NULL;
}

static bool is_target(const char *name)
{
    return is(name, "audience") || is(name, "resource");
}

/* A token is for one target: what two of them may do with it is not the same question. */
static enum px_oauth judge_target(const struct judged *j)
{
    const char *found = NULL;

    for (size_t i = 0; i < j->form->n; i++) {
        const char *value = j->form->field[i].value;
        if (!is_target(j->form->field[i].name) || !*value)
            continue;
        const char *target = find_target(j, value);
        if (!target)
            return refuse(j, PX_OAUTH_INVALID_TARGET, "no tokens are for this target");
        if (found && found != target)
            return refuse(j, PX_OAUTH_INVALID_TARGET, "a token is for one target");
        found = target;
    }
    if (!found && j->targets[1])
        return refuse(j, PX_OAUTH_INVALID_REQUEST, "audience or resource is missing");
    j->out->target = found ? found : j->targets[0];
    return PX_OAUTH_GOOD;
}

enum px_oauth px_exchange_judge(const struct px_form *form, char *const *targets, unsigned takes,
                                struct px_exchange *out)
{
    static enum px_oauth (*const steps[])(const struct judged *) = {
        judge_repeats, judge_client, judge_grant, judge_subject,
        judge_key,     judge_actor,  judge_kind,  judge_target,
    };
    const struct judged j = {form, targets, takes, out};
    enum px_oauth e = PX_OAUTH_GOOD;

    *out = (struct px_exchange){0};
    for (size_t i = 0; i < COUNT(steps) && !e; i++)
        e = steps[i](&j);
    return e;
}
