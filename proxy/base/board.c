/* The master's board. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "board.h"

#define READ_TRIES 64

struct px_board_memory {
    _Atomic uint32_t turn; /* odd while it is written */
    struct px_board board;
};

int px_board_create(struct px_board_memory **memory)
{
    const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL;
    int fd = memfd_create("ratls-board", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    void *at = MAP_FAILED;

    *memory = NULL;
    if (fd < 0)
        return -1;
    if (ftruncate(fd, sizeof **memory) == 0)
        at = mmap(NULL, sizeof **memory, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at != MAP_FAILED && fcntl(fd, F_ADD_SEALS, seals) == 0) {
        *memory = at;
        return fd;
    }
    int reason = errno;
    if (at != MAP_FAILED)
        (void)munmap(at, sizeof **memory);
    (void)close(fd);
    errno = reason;
    return -1;
}

struct px_board_memory *px_board_attach(int fd)
{
    struct stat st;

    if (fcntl(fd, F_GET_SEALS) < 0 || fstat(fd, &st) ||
        st.st_size != (off_t)sizeof(struct px_board_memory))
        return NULL;
    void *at = mmap(NULL, sizeof(struct px_board_memory), PROT_READ, MAP_SHARED, fd, 0);
    return at == MAP_FAILED ? NULL : at;
}

void px_board_detach(struct px_board_memory *m)
{
    if (m)
        (void)munmap(m, sizeof *m);
}

void px_board_write(struct px_board_memory *m, const struct px_board *b)
{
    if (!m)
        return;
    (void)atomic_fetch_add_explicit(&m->turn, 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    m->board = *b;
    (void)atomic_fetch_add_explicit(&m->turn, 1, memory_order_release);
}

bool px_board_read(const struct px_board_memory *m, struct px_board *out)
{
    for (int i = 0; i < READ_TRIES; i++) {
        uint32_t before = atomic_load_explicit(&m->turn, memory_order_acquire);
        *out = m->board;
        atomic_thread_fence(memory_order_acquire);
        if (before % 2 == 0 && atomic_load_explicit(&m->turn, memory_order_relaxed) == before)
            return out->n_services <= PX_MAX_SERVICES;
    }
    return false;
}
