/* Values that leave: for the operator, or out of a JWE. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "secrets.h"

/* Not through stdio, whose buffers nobody wipes. */
static bool write_out(struct ratls_bytes bytes)
{
    size_t done = 0;

    while (done < bytes.len) {
        ssize_t n = write(STDOUT_FILENO, bytes.p + done, bytes.len - done);
        if (n <= 0 && errno != EINTR)
            return false;
        done += n > 0 ? (size_t)n : 0;
    }
    return true;
}

static int give_out(struct ratls_bytes bytes, const char *path)
{
    if (path)
        return tool_write_secret(path, bytes, false) ? TOOL_OK : TOOL_ERROR;
    return write_out(bytes) ? TOOL_OK : tool_fail("standard output cannot be written");
}

bool secrets_enc(const char *text, enum ratls_jwe_enc *out)
{
    struct ratls_error err = {0};

    *out = RATLS_JWE_A256GCM;
    if (text && !ratls_jwe_enc_find(text, out)) {
        tool_fail("--enc is A256GCM or SGD_SM4_GCM");
        return false;
    }
    enum ratls_err e = ratls_jwe_enc_check(*out, &err);
    if (e)
        tool_fail_with("--enc", e, &err);
    return e == RATLS_OK;
}

static int give_jwe(const struct tool_args *args, enum ratls_jwe_enc enc, struct ratls_bytes value)
{
    struct ratls_buffer recipient = {0}, jwe = {0};
    struct ratls_error err = {0};

    if (!tool_read(tool_get(args, OPEN_TO), &recipient))
        return TOOL_ERROR;
    const struct ratls_jwe_key to = {ratls_bytes(recipient.p, recipient.len), enc};
    enum ratls_err e = ratls_secret_jwe(tool_env(), value, &to, &jwe, &err);
    int code = e ? tool_fail_with("jwe", e, &err)
                 : give_out(ratls_bytes(jwe.p, jwe.len), tool_get(args, OPEN_OUT));
    ratls_buffer_free(&jwe);
    ratls_buffer_free(&recipient);
    return code;
}

static enum ratls_err open_value(const struct tool_args *args, struct ratls_store *s,
                                 const struct secrets_ref *ref, struct ratls_secret_value **v,
                                 struct ratls_error *err)
{
    const struct ratls_secret_job what = {.name = ref->name,
                                          .version = ref->version,
                                          .author = items_author(tool_get(args, OPEN_AUTHOR))};
    struct ratls_kek *kek = NULL;
    enum ratls_err e = ratls_kek_open(tool_env(), tool_get(args, OPEN_KEK), &kek, err);

    if (!e)
        e = ratls_secret_open(s, kek, &what, v, err);
    ratls_kek_close(kek);
    return e;
}

int secrets_open(const struct tool_args *args)
{
    const bool reveal = tool_get(args, OPEN_REVEAL) != NULL;
    struct ratls_secret_value *v = NULL;
    enum ratls_jwe_enc enc;
    struct ratls_error err = {0};
    struct secrets_ref ref;

    if (reveal == (tool_get(args, OPEN_TO) != NULL))
        return tool_fail("--reveal gives the value in clear, --to FILE as JWE: one of them");
    if (reveal && tool_get(args, OPEN_ENC))
        return tool_fail("--enc is of a JWE: it needs --to");
    if (!secrets_enc(tool_get(args, OPEN_ENC), &enc) || !secrets_parse_ref(args->positional, &ref))
        return TOOL_ERROR;
    struct ratls_store *s = items_open(tool_get(args, OPEN_STORE), RATLS_STORE_WRITE);
    if (!s)
        return TOOL_ERROR;
    enum ratls_err e = open_value(args, s, &ref, &v, &err);
    ratls_store_close(s);
    if (e)
        return tool_fail_with("secret", e, &err);
    int code = reveal ? give_out(ratls_secret_value_bytes(v), tool_get(args, OPEN_OUT))
                      : give_jwe(args, enc, ratls_secret_value_bytes(v));
    ratls_secret_value_free(v);
    return code;
}

/* A line end behind it is what files have. */
static struct ratls_bytes without_line_end(const struct ratls_buffer *text)
{
    const size_t len = text->len;

    return ratls_bytes(text->p, len > 0 && text->p[len - 1] == '\n' ? len - 1 : len);
}

int secrets_decrypt(const struct tool_args *args)
{
    struct ratls_buffer jwe = {0}, key = {0};
    struct ratls_jwe_key own = {0};
    struct ratls_secret_value *v = NULL;
    struct ratls_error err = {0};
    int code = TOOL_ERROR;

    if (secrets_enc(tool_get(args, DECRYPT_ENC), &own.enc) && tool_read(args->positional, &jwe) &&
        tool_read(tool_get(args, DECRYPT_KEY), &key)) {
        own.key = ratls_bytes(key.p, key.len);
        enum ratls_err e =
            ratls_secret_jwe_open(tool_env(), without_line_end(&jwe), &own, &v, &err);
        code = e ? tool_fail_with("jwe", e, &err)
                 : give_out(ratls_secret_value_bytes(v), tool_get(args, DECRYPT_OUT));
    }
    ratls_secret_value_free(v);
    ratls_buffer_free(&key);
    ratls_buffer_free(&jwe);
    return code;
}
