// ICMPv6 echo requests, and what the kernel says about those that came to nothing.
#pragma once

#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

/// A socket for echo requests: one that needs no privilege where the kernel allows that
/// (net.ipv4.ping_group_range), else a raw one; both begin with the ICMPv6 header.
static inline int teredo_echo_socket(void) {
    const int flags = SOCK_CLOEXEC | SOCK_NONBLOCK;
    int fd = socket(AF_INET6, SOCK_DGRAM | flags, IPPROTO_ICMPV6);
    if (fd < 0 && errno == EACCES) {
        fd = socket(AF_INET6, SOCK_RAW | flags, IPPROTO_ICMPV6);
        if (fd >= 0) {
            struct icmp6_filter filter;
            ICMP6_FILTER_SETBLOCKALL(&filter);
            ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
            setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof filter);
        }
    }
    if (fd >= 0) {
        int on = 1;
        setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on);
    }
    return fd;
}

static inline int teredo_echo_connect(int fd, const uint8_t *address) {
    struct sockaddr_in6 name = {.sin6_family = AF_INET6};
    memcpy(&name.sin6_addr, address, sizeof name.sin6_addr);
    return connect(fd, (struct sockaddr *)&name, sizeof name);
}

/// Takes one error off the queue of the socket, with the beginning of the message that it is about and the address that
/// sent it (zero when this host did); -1 when there is none.
static inline ptrdiff_t teredo_echo_error(int fd, uint8_t *quoted, size_t capacity, int *code, uint8_t *offender) {
    _Alignas(struct cmsghdr) char control[512];
    struct iovec part = {.iov_base = quoted, .iov_len = capacity};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t count = recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT);
    if (count < 0) return -1;
    *code = 0;
    memset(offender, 0, 16);
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
        if (c->cmsg_level != IPPROTO_IPV6 || c->cmsg_type != IPV6_RECVERR) continue;
        struct sock_extended_err error;
        struct sockaddr_in6 source;
        memcpy(&error, CMSG_DATA(c), sizeof error);
        *code = (int)error.ee_errno;
        if (c->cmsg_len < CMSG_LEN(sizeof error + sizeof source)) continue;
        memcpy(&source, CMSG_DATA(c) + sizeof error, sizeof source);
        if (source.sin6_family == AF_INET6) memcpy(offender, &source.sin6_addr, 16);
    }
    return count;
}
