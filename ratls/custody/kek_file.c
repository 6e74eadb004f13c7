/* A KEK in a file: 32 bytes, raw or as 64 hex digits. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "kek.h"
#include "secret_file.h"

enum { HEX_LEN = 2 * RT_AES_KEY_LEN, FILE_MODE = 0600 };

struct file_key {
    uint8_t key[RT_AES_KEY_LEN];
    uint8_t text[HEX_LEN + 3]; /* two line ends are one too many, and one more byte shows it */
};

static bool take_key(struct file_key *k, size_t len)
{
    size_t key_len = sizeof k->key;

    if (len == RT_AES_KEY_LEN) {
        memcpy(k->key, k->text, RT_AES_KEY_LEN);
        return true;
    }
    if (len == HEX_LEN + 1 && k->text[HEX_LEN] == '\n')
        len--;
    return len == HEX_LEN && rt_unhex((const char *)k->text, HEX_LEN, k->key, &key_len);
}

static void file_close(void *self)
{
    rt_secret_free(self, sizeof(struct file_key));
}

static enum ratls_err file_open(const struct ratls_env *env, const char *where, void **self,
                                struct ratls_error *err)
{
    struct file_key *k = rt_secret_alloc(sizeof *k);
    size_t len = sizeof k->text;

    (void)env;
    if (!k)
        return RATLS_E_NO_MEMORY;
    const struct rt_secret_file file = {where, RATLS_E_KEK};
    enum ratls_err e = *where == '/' ? rt_secret_file_read(&file, k->text, &len, err)
                                     : ratls_fail(err, RATLS_E_USAGE, "file:/PATH is absolute");
    if (!e && (!take_key(k, len) || rt_all_zero(k->key, sizeof k->key)))
        e = ratls_fail(err, RATLS_E_KEK, "%s: not 32 random bytes, raw or in hex", where);
    rt_wipe(k->text, sizeof k->text);
    if (e)
        file_close(k);
    else
        *self = k;
    return e;
}

/* In a forked child the key is zeros. */
static enum ratls_err file_seal(void *self, const struct rt_gcm *with, struct ratls_bytes plain,
                                uint8_t *sealed)
{
    const struct file_key *k = self;
    struct rt_gcm own = *with;

    own.key = k->key;
    return rt_all_zero(k->key, sizeof k->key) ? RATLS_E_STATE : rt_gcm_seal(&own, plain, sealed);
}

static enum ratls_err file_unseal(void *self, const struct rt_gcm *with, struct ratls_bytes sealed,
                                  uint8_t *plain, enum ratls_err forged)
{
    const struct file_key *k = self;
    struct rt_gcm own = *with;

    own.key = k->key;
    return rt_all_zero(k->key, sizeof k->key) ? RATLS_E_STATE
                                              : rt_gcm_open(&own, sealed, plain, forged);
}

const struct rt_kek_ops rt_kek_file = {
    .scheme = "file:",
    .open = file_open,
    .seal = file_seal,
    .unseal = file_unseal,
    .close = file_close,
};

/* ---- a new one ---- */

static bool write_key(int fd, const char *text, size_t len)
{
    ssize_t n = write(fd, text, len);

    return n == (ssize_t)len && fsync(fd) == 0;
}

enum ratls_err ratls_kek_new_file(const struct ratls_env *env, const char *path,
                                  struct ratls_error *err)
{
    uint8_t key[RT_AES_KEY_LEN];
    char text[HEX_LEN + 2];
    enum ratls_err e = RATLS_OK;

    if (env->random(env->arg, key, sizeof key) != 0)
        return RATLS_E_RANDOM;
    rt_hex(ratls_bytes(key, sizeof key), text);
    text[HEX_LEN] = '\n';
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
    if (fd < 0) {
        e = ratls_fail(err, errno == EEXIST ? RATLS_E_STATE : RATLS_E_IO, "%s: %s", path,
                       errno == EEXIST ? "it exists, and stays as it is" : "it cannot be made");
    } else if (!write_key(fd, text, HEX_LEN + 1)) {
        e = ratls_fail(err, RATLS_E_IO, "%s: it cannot be written", path);
        (void)unlink(path);
    }
    if (fd >= 0)
        (void)close(fd);
    rt_wipe(key, sizeof key);
    rt_wipe(text, sizeof text);
    return e;
}
