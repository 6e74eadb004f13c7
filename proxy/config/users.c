/* Users and their passwords. */
#include <stdlib.h>
#include <string.h>

#include "credential.h"
#include "users.h"

#define BASIC_MAX (4 * (PX_MAX_USER_PASSWORD / 3 + 1) + 1)

_Static_assert(BASIC_MAX <= PX_CREDENTIAL_MAX, "every pair can be compared");

struct px_users {
    size_t n;
    char name[PX_MAX_USERS][PX_MAX_USER + 1];
    char basic[PX_MAX_USERS][BASIC_MAX];
};

/* ---- reading ---- */

struct reading {
    struct ratls_bytes rest;
    unsigned line;
    struct ratls_bytes names[PX_MAX_USERS];
};

static struct ratls_bytes take_line(struct reading *r)
{
    const uint8_t *end = memchr(r->rest.p, '\n', r->rest.len);
    size_t len = end ? (size_t)(end - r->rest.p) : r->rest.len;
    struct ratls_bytes line = ratls_bytes(r->rest.p, len);

    len += end != NULL;
    r->rest = ratls_bytes(&r->rest.p[len], r->rest.len - len);
    r->line++;
    if (line.len > 0 && line.p[line.len - 1] == '\r')
        line.len--;
    return line;
}

static bool has_control(struct ratls_bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.p[i] < 0x20 || text.p[i] == 0x7f)
            return true;
    return false;
}

static bool is_known(const struct reading *r, size_t n, struct ratls_bytes name)
{
    for (size_t i = 0; i < n; i++)
        if (ratls_bytes_equal(r->names[i], name))
            return true;
    return false;
}

/* What is wrong with a line that holds something, or NULL: it is a user. */
static const char *add(struct px_users *u, struct reading *r, struct ratls_bytes line)
{
    const uint8_t *colon = memchr(line.p, ':', line.len);
    const size_t len = colon ? (size_t)(colon - line.p) : 0;
    const size_t password = line.len - len - 1;

    if (has_control(line))
        return "a control character";
    if (len == 0 || len > PX_MAX_USER)
        return "expected USER:PASSWORD, USER with 1 to 255 bytes";
    if (password < PX_MIN_PASSWORD || password > PX_MAX_USER)
        return "expected a password of 8 to 255 bytes";
    if (u->n == PX_MAX_USERS)
        return "more than 64 users";
    r->names[u->n] = ratls_bytes(line.p, len);
    if (is_known(r, u->n, r->names[u->n]))
        return "this user was there already";
    memcpy(u->name[u->n], line.p, len);
    px_base64(line, u->basic[u->n++], BASIC_MAX);
    return NULL;
}

enum ratls_err px_users_parse(struct ratls_bytes text, struct px_users **out,
                              struct ratls_error *err)
{
    struct px_users *u = *out = calloc(1, sizeof *u);
    struct reading r = {.rest = text};
    const char *wrong = NULL;

    if (!u)
        return RATLS_E_NO_MEMORY;
    while (!wrong && r.rest.len > 0) {
        struct ratls_bytes line = take_line(&r);
        if (line.len > 0 && line.p[0] != '#')
            wrong = add(u, &r, line);
    }
    if (!wrong && u->n > 0)
        return RATLS_OK;
    px_users_free(u);
    *out = NULL;
    return wrong ? ratls_fail(err, RATLS_E_CONFIG, "line %u: %s", r.line, wrong)
                 : ratls_fail(err, RATLS_E_CONFIG, "there is no user in it");
}

void px_users_free(struct px_users *u)
{
    if (!u)
        return;
    explicit_bzero(u, sizeof *u);
    free(u);
}

/* ---- asking ---- */

/* All of them, whichever it is. */
const char *px_users_know_basic(const struct px_users *u, struct ratls_bytes basic)
{
    const char *known = NULL;

    for (size_t i = 0; i < u->n; i++)
        if (px_credential_equal(basic, u->basic[i]))
            known = u->name[i];
    return known;
}

const char *px_users_know(const struct px_users *u, struct ratls_bytes user,
                          struct ratls_bytes password)
{
    uint8_t pair[PX_MAX_USER_PASSWORD];
    char basic[BASIC_MAX];

    if (user.len == 0 || user.len > PX_MAX_USER || password.len == 0 ||
        password.len > PX_MAX_USER || memchr(user.p, ':', user.len))
        return NULL;
    memcpy(pair, user.p, user.len);
    pair[user.len] = ':';
    memcpy(&pair[user.len + 1], password.p, password.len);
    px_base64(ratls_bytes(pair, user.len + 1 + password.len), basic, sizeof basic);
    const char *known = px_users_know_basic(u, ratls_bytes_str(basic));
    explicit_bzero(pair, sizeof pair);
    explicit_bzero(basic, sizeof basic);
    return known;
}
