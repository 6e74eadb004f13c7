/* What wolfSSL 5.5.4 keeps of a connection as long as it lives and never asks for again: most of
 * its memory. Only what its public functions can let go goes. */
#include <wolfssl/options.h>

#include <wolfssl/openssl/evp.h>
#include <wolfssl/ssl.h>

#include "tls_impl.h"

#include <malloc.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

/* ---- the peer's certificate ---- */

static pthread_once_t blank_once = PTHREAD_ONCE_INIT;
static WOLFSSL_EC_KEY *blank_key; /* counted, and never freed */
static WOLFSSL_X509_NAME *blank_name;

static void make_blanks(void)
{
    blank_key = wolfSSL_EC_KEY_new();
    blank_name = wolfSSL_X509_NAME_new();
}

/* Beside the key that checks CertificateVerify there is a second one, decoded for the OpenSSL
 * layer, of 17 KB. A blank one takes its place, the same for all. */
static void drop_key(const WOLFSSL_X509 *leaf)
{
    WOLFSSL_EVP_PKEY *key = wolfSSL_X509_PUBKEY_get(wolfSSL_X509_get_X509_PUBKEY(leaf));

    if (key && blank_key)
        (void)wolfSSL_EVP_PKEY_set1_EC_KEY(key, blank_key); /* set, though it cannot be encoded */
    wolfSSL_EVP_PKEY_free(key);
}

static void drop_names(WOLFSSL_X509 *leaf)
{
    if (!blank_name)
        return;
    (void)wolfSSL_X509_set_subject_name(leaf, blank_name);
    (void)wolfSSL_X509_set_issuer_name(leaf, blank_name);
}

struct ratls_bytes rt_tls_slim_leaf(const WOLFSSL_X509_STORE_CTX *store)
{
    WOLFSSL_X509 *leaf = store->error_depth == 0 ? store->current_cert : NULL;
    int len = 0;

    if (!leaf)
        return ratls_bytes(NULL, 0);
    (void)pthread_once(&blank_once, make_blanks);
    drop_key(leaf);
    drop_names(leaf);
    const unsigned char *der = wolfSSL_X509_get_der(leaf, &len);
    return ratls_bytes(der, der && len > 0 ? (size_t)len : 0);
}

/* ---- the session ---- */

static bool is_zero(const uint8_t *page, size_t len)
{
    return page[0] == 0 && memcmp(page, page + 1, len - 1) == 0;
}

/* Pages that hold nothing but zeros read as zeros again when the kernel has taken them back. */
static void give_back_zeros(uint8_t *p, size_t len)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *end = p + len, *from = p + (page - (uintptr_t)p % page) % page;

    while (from + page <= end) {
        uint8_t *to = from;
        while (to + page <= end && is_zero(to, page))
            to += page;
        if (to > from)
            (void)madvise(from, (size_t)(to - from), MADV_DONTNEED);
        from = to + page;
    }
}

/* 37 KB for two chains of certificates of 2 KB each: of evidence, nothing fits in. */
void rt_tls_slim_session(WOLFSSL *ssl)
{
    wolfSSL_Malloc_cb own_malloc = NULL;
    wolfSSL_Free_cb own_free = NULL;
    wolfSSL_Realloc_cb own_realloc = NULL;
    WOLFSSL_SESSION *session = wolfSSL_get_session(ssl);

    /* Memory of another allocator may be of another kind. */
    if (wolfSSL_GetAllocators(&own_malloc, &own_free, &own_realloc) == 0 && !own_malloc && session)
        give_back_zeros((uint8_t *)session, malloc_usable_size(session));
}
