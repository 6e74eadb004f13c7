/* What custody reads: bodies of records, JWE, headers of JWE, URLs of PKCS#11. The first byte
 * chooses; a record that is read is written the same way again. */
#include <stdlib.h>

#include "jwe.h"
#include "pkcs11_uri.h"
#include "sealed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void record(struct ratls_bytes in)
{
    struct ratls_buffer again = {0};
    struct rt_sealed s;
    enum ratls_err e = rt_sealed_read(in, &s, NULL);

    must(e == RATLS_OK || e == RATLS_E_SECRET_TAMPERED);
    if (e == RATLS_OK) {
        must(rt_sealed_write(&s, &again) == RATLS_OK);
        must(ratls_bytes_equal(rt_bytes_of(&again), in));
        must(rt_sealed_size(&s) <= RATLS_SECRET_VALUE_MAX);
    }
    ratls_buffer_free(&again);
    rt_sealed_free(&s);
}

static bool parses(struct ratls_bytes in, enum ratls_jwe_enc enc)
{
    struct rt_jwe j;
    enum ratls_err e = rt_jwe_parse(in, rt_jwe_enc_of(enc), &j, NULL);

    must(e == RATLS_OK || e == RATLS_E_JWE_FORMAT);
    must(e || j.sealed.len > RT_GCM_IV_LEN + RT_GCM_TAG_LEN);
    rt_jwe_free(&j);
    return e == RATLS_OK;
}

static void jwe(struct ratls_bytes in)
{
    const bool aes = parses(in, RATLS_JWE_A256GCM), sm4 = parses(in, RATLS_JWE_SM4_GCM);

    must(!aes || !sm4);
}

/* Behind a header of its own making. */
static void header(struct ratls_bytes in)
{
    struct rt_writer w = {0};
    char *text = malloc(rt_base64url_len(in.len) + 1);

    if (!text)
        return;
    rt_base64url(in, text);
    rt_put(&w, text, strlen(text));
    rt_put_bytes(&w, ratls_bytes_str(".AAAA.AAAAAAAAAAAAAAAA.AA.AAAAAAAAAAAAAAAAAAAAAA"));
    if (!w.bad)
        jwe(rt_written(&w));
    rt_writer_free(&w);
    free(text);
}

static void url(struct ratls_bytes in)
{
    struct rt_p11_uri uri;
    char *text = strndup((const char *)in.p, in.len);

    if (text && rt_p11_uri_parse(text, &uri, NULL) == RATLS_OK) {
        must(uri.module[0] == '/' && (uri.object.given || uri.id.given));
        must(uri.pin_file[0] == 0 || uri.pin_file[0] == '/');
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const tries[])(struct ratls_bytes) = {record, jwe, header, url};
    struct rt_reader r = rt_reader(ratls_bytes(data, size));
    const uint8_t which = rt_u8(&r) % RT_COUNT(tries);

    tries[which](rt_rest(&r));
    return 0;
}
