#include <stdarg.h>
#include <stdio.h>

#include "base.h"

struct row {
    const char *reason;
    const char *text;
    enum ratls_class class_;
    enum ratls_alert alert;
};

static const struct row rows[] = {{"ok", "ok", RATLS_CLASS_NONE, RATLS_ALERT_CLOSE_NOTIFY},
#define X(code, reason, text, class_, alert)                                                       \
    {reason, text, RATLS_CLASS_##class_, RATLS_ALERT_##alert},
                                  RATLS_ERRORS(X)
#undef X
};
_Static_assert(RT_COUNT(rows) == RATLS_ERR_COUNT, "one row per code");

static const struct row *row_of(enum ratls_err e)
{
    return &rows[(unsigned)e < RATLS_ERR_COUNT ? e : RATLS_E_INTERNAL];
}

const char *ratls_err_reason(enum ratls_err e)
{
    return row_of(e)->reason;
}

const char *ratls_err_text(enum ratls_err e)
{
    return row_of(e)->text;
}

enum ratls_class ratls_err_class(enum ratls_err e)
{
    return row_of(e)->class_;
}

enum ratls_alert ratls_err_alert(enum ratls_err e)
{
    return row_of(e)->alert;
}

int ratls_err_is_want(enum ratls_err e)
{
    return e == RATLS_E_WANT_READ || e == RATLS_E_WANT_WRITE || e == RATLS_E_WANT_PROOF ||
           e == RATLS_E_WANT_POLICY;
}

static void keep_printable(char *s)
{
    for (; *s; s++)
        if (*s < 0x20 || *s > 0x7e)
            *s = '?';
}

enum ratls_err ratls_fail(struct ratls_error *err, enum ratls_err e, const char *fmt, ...)
{
    va_list ap;

    if (!err || err->code != RATLS_OK)
        return e;
    err->code = e;
    va_start(ap, fmt);
    (void)vsnprintf(err->detail, sizeof err->detail, fmt, ap);
    va_end(ap);
    keep_printable(err->detail);
    return e;
}

void rt_log(const struct ratls_env *env, enum ratls_log_level level, const char *fmt, ...)
{
    char line[512];
    va_list ap;

    if (!env || !env->log)
        return;
    va_start(ap, fmt);
    (void)vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    keep_printable(line);
    env->log(env->arg, level, line);
}
