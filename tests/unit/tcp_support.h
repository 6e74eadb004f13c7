/* tcp_support.h - two ends of a TCP connection. */
#ifndef TCP_SUPPORT_H
#define TCP_SUPPORT_H

#include <criterion/criterion.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* The first one does not block. */
static inline void tcp_pair(int fd[2])
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    cr_assert_eq(bind(listener, (struct sockaddr *)&at, sizeof at), 0);
    cr_assert_eq(listen(listener, 1), 0);
    cr_assert_eq(getsockname(listener, (struct sockaddr *)&at, &len), 0);
    fd[0] = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(connect(fd[0], (struct sockaddr *)&at, len), 0);
    fd[1] = accept(listener, NULL, NULL);
    cr_assert_geq(fd[1], 0);
    cr_assert_eq(fcntl(fd[0], F_SETFL, O_NONBLOCK), 0);
    (void)close(listener);
}

/* What was said before is there by then. */
static inline void tcp_settle(void)
{
    const struct timespec soon = {.tv_nsec = 50000000};

    (void)nanosleep(&soon, NULL);
}

static inline void tcp_reset(int fd)
{
    const struct linger now = {.l_onoff = 1};

    cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now), 0);
    (void)close(fd);
    tcp_settle();
}

#endif
