#include <sys/mman.h>
#include <unistd.h>

#include "base.h"

void rt_wipe(void *p, size_t n)
{
    if (p && n)
        explicit_bzero(p, n);
}

bool rt_ct_equal(const void *a, const void *b, size_t n)
{
    const volatile uint8_t *x = a, *y = b;
    uint8_t diff = 0;

    for (size_t i = 0; i < n; i++)
        diff = (uint8_t)(diff | (x[i] ^ y[i]));
    return diff == 0;
}

bool rt_all_zero(const void *p, size_t n)
{
    const volatile uint8_t *x = p;
    uint8_t seen = 0;

    for (size_t i = 0; i < n; i++)
        seen = (uint8_t)(seen | x[i]);
    return seen == 0;
}

static size_t whole_pages(size_t n)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);

    return (n + page - 1) / page * page;
}

void *rt_secret_alloc(size_t n)
{
    if (n == 0 || n > RT_MAX_FILE)
        return NULL;
    size_t len = whole_pages(n);
    void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return NULL;
    (void)mlock(p, len); /* RLIMIT_MEMLOCK may be small; swapping is then the operator's matter */
    if (madvise(p, len, MADV_DONTDUMP) != 0 || madvise(p, len, MADV_WIPEONFORK) != 0) {
        (void)munmap(p, len);
        return NULL;
    }
    return p;
}

void rt_secret_free(void *p, size_t n)
{
    if (!p)
        return;
    rt_wipe(p, n);
    (void)munmap(p, whole_pages(n));
}
