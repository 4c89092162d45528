// What Swift's view of the C library lacks: batched datagram calls, epoll, signalfd, TUN, netlink and control messages.
// Every function is a thin wrapper; constants that are macros in C become enumerators. _GNU_SOURCE stays undefined here,
// because the C library's own module in Swift is built without it; what it would bring comes through syscall().
#pragma once

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/errqueue.h>
#include <linux/fib_rules.h>
#include <linux/filter.h>
#include <linux/if_addr.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "CTeredoConfinement.h"
#include "CTeredoFiles.h"
#include "CTeredoIsolation.h"
#include "CTeredoLinuxBPF.h"
#include "CTeredoPrivileges.h"
#include "CTeredoLinuxEcho.h"

// Gives back the pages of the program's own code and constants that are in memory.
void teredo_release_code(void);

// MARK: Batches of datagrams

/// Room for the control messages IP_PKTINFO, UDP_GRO or UDP_SEGMENT, IP_TOS and IP_TTL.
enum { TEREDO_CONTROL_LENGTH = CMSG_SPACE(sizeof(struct in_pktinfo)) + 3 * CMSG_SPACE(sizeof(int)) };

// Not in the headers of the C library, or not in those of every Linux that this is built on.
enum { TEREDO_SOL_UDP = 17, TEREDO_UDP_SEGMENT = 103, TEREDO_UDP_GRO = 104 };

/// The kernel's mmsghdr, which the C library declares for _GNU_SOURCE only.
struct teredo_message {
    struct msghdr msg_hdr;
    unsigned int msg_len;
};

/// One datagram of a batch: the arrays of iovec, address and control message behind a mmsghdr, in one piece.
struct teredo_slot {
    struct iovec vector;
    struct sockaddr_in address;
    union {
        char bytes[TEREDO_CONTROL_LENGTH];
        struct cmsghdr align;
    } control;
};

/// Points the messages at their slots once; later calls rewrite lengths only.
static inline void teredo_batch_prepare(struct teredo_message *messages, struct teredo_slot *slots, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        memset(&messages[i], 0, sizeof messages[i]);
        messages[i].msg_hdr.msg_name = &slots[i].address;
        messages[i].msg_hdr.msg_namelen = sizeof slots[i].address;
        messages[i].msg_hdr.msg_iov = &slots[i].vector;
        messages[i].msg_hdr.msg_iovlen = 1;
        messages[i].msg_hdr.msg_control = slots[i].control.bytes;
        messages[i].msg_hdr.msg_controllen = sizeof slots[i].control.bytes;
    }
}

/// recvmmsg without waiting; what the kernel changed in the `used` messages of the last call is restored first. The others
/// are left alone: a single datagram should not pay for touching all of them.
static inline int teredo_receive_batch(int fd, struct teredo_message *messages, struct teredo_slot *slots, uint32_t count,
                                       uint32_t used) {
    for (uint32_t i = 0; i < used; i++) {
        messages[i].msg_hdr.msg_namelen = sizeof slots[i].address;
        messages[i].msg_hdr.msg_controllen = sizeof slots[i].control.bytes;
        messages[i].msg_hdr.msg_flags = 0;
    }
    return (int)syscall(SYS_recvmmsg, fd, messages, count, MSG_DONTWAIT, NULL);
}

/// How many datagrams the kernel dropped at a socket since it was made, most of them because its buffer was full; -1 on error.
/// The number is the one that SO_RXQ_OVFL attaches to each datagram, without costs for any of them; it starts over at 2^32.
static inline int64_t teredo_receive_drops(int fd) {
    // <linux/sock_diag.h> has the places: SK_MEMINFO_DROPS is the last of nine. SO_MEMINFO came with Linux 4.12.
    enum { OPTION = 55, DROPS = 8 };
    uint32_t memory[DROPS + 1] = {0};
    socklen_t length = sizeof memory;
    if (getsockopt(fd, SOL_SOCKET, OPTION, memory, &length) != 0 || length < sizeof memory) return -1;
    return memory[DROPS];
}

static inline int teredo_send_batch(int fd, struct teredo_message *messages, uint32_t count) {
    return (int)syscall(SYS_sendmmsg, fd, messages, count, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/// The length of each of the datagrams that UDP_GRO put together, 0 when there is one, and the type of service of all of them
/// and the address that they were sent to, both 0 unless the socket was asked to tell.
static inline uint32_t teredo_received(struct teredo_message *message, uint8_t *type_of_service, uint32_t *destination) {
    uint32_t segment = 0;
    *type_of_service = 0;
    *destination = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message->msg_hdr); c; c = CMSG_NXTHDR(&message->msg_hdr, c)) {
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TOS) {
            *type_of_service = *(const uint8_t *)CMSG_DATA(c);
        } else if (c->cmsg_level == TEREDO_SOL_UDP && c->cmsg_type == TEREDO_UDP_GRO) {
            int length;
            memcpy(&length, CMSG_DATA(c), sizeof length);
            segment = length > 0 ? (uint32_t)length : 0;
        } else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo info;
            memcpy(&info, CMSG_DATA(c), sizeof info);
            *destination = ntohl(info.ipi_spec_dst.s_addr);
        }
    }
    return segment;
}

/// Aims a message: destination, and interface and source when they are not 0.
static inline void teredo_address_message(struct teredo_message *message, uint32_t address, uint16_t port,
                                          int32_t interface_index, uint32_t source) {
    struct sockaddr_in *name = (struct sockaddr_in *)message->msg_hdr.msg_name;
    name->sin_family = AF_INET;
    name->sin_addr.s_addr = htonl(address);
    name->sin_port = htons(port);
    message->msg_hdr.msg_namelen = sizeof *name;
    if (interface_index == 0 && source == 0) {
        message->msg_hdr.msg_controllen = 0;
        return;
    }
    message->msg_hdr.msg_controllen = CMSG_SPACE(sizeof(struct in_pktinfo));
    struct cmsghdr *c = CMSG_FIRSTHDR(&message->msg_hdr);
    c->cmsg_level = IPPROTO_IP;
    c->cmsg_type = IP_PKTINFO;
    c->cmsg_len = CMSG_LEN(sizeof(struct in_pktinfo));
    struct in_pktinfo info = {.ipi_ifindex = interface_index, .ipi_spec_dst = {htonl(source)}, .ipi_addr = {0}};
    memcpy(CMSG_DATA(c), &info, sizeof info);
}

/// Gives an aimed message a type of service.
static inline void teredo_class_message(struct teredo_message *message, uint8_t type_of_service) {
    int value = type_of_service;
    struct cmsghdr *c = (struct cmsghdr *)((char *)message->msg_hdr.msg_control + message->msg_hdr.msg_controllen);
    message->msg_hdr.msg_controllen += CMSG_SPACE(sizeof value);
    c->cmsg_level = IPPROTO_IP;
    c->cmsg_type = IP_TOS;
    c->cmsg_len = CMSG_LEN(sizeof value);
    memcpy(CMSG_DATA(c), &value, sizeof value);
}

/// Gives an aimed message an IPv4 time to live of its own.
static inline void teredo_limit_message(struct teredo_message *message, uint8_t time_to_live) {
    struct cmsghdr *c = (struct cmsghdr *)((char *)message->msg_hdr.msg_control + message->msg_hdr.msg_controllen);
    int value = time_to_live;
    message->msg_hdr.msg_controllen += CMSG_SPACE(sizeof value);
    c->cmsg_level = IPPROTO_IP;
    c->cmsg_type = IP_TTL;
    c->cmsg_len = CMSG_LEN(sizeof value);
    memcpy(CMSG_DATA(c), &value, sizeof value);
}

/// Has the kernel cut an aimed message into datagrams of `length` octets.
static inline void teredo_segment_message(struct teredo_message *message, uint16_t length) {
    struct cmsghdr *c = (struct cmsghdr *)((char *)message->msg_hdr.msg_control + message->msg_hdr.msg_controllen);
    message->msg_hdr.msg_controllen += CMSG_SPACE(sizeof length);
    c->cmsg_level = TEREDO_SOL_UDP;
    c->cmsg_type = TEREDO_UDP_SEGMENT;
    c->cmsg_len = CMSG_LEN(sizeof length);
    memcpy(CMSG_DATA(c), &length, sizeof length);
}

/// Whether the kernel knows UDP_SEGMENT: an old one would send everything as one datagram without a word.
static inline int teredo_has_segmentation(int fd) {
    int value;
    socklen_t length = sizeof value;
    return getsockopt(fd, TEREDO_SOL_UDP, TEREDO_UDP_SEGMENT, &value, &length) == 0;
}

// MARK: Sockets

static inline int teredo_socket(int domain, int type, int protocol) {
    return socket(domain, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
}

static inline int teredo_set_option(int fd, int level, int name, int value) {
    return setsockopt(fd, level, name, &value, sizeof value);
}

static inline int teredo_bind_ipv4(int fd, uint32_t address, uint16_t port) {
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(address)}};
    return bind(fd, (struct sockaddr *)&name, sizeof name);
}

static inline int teredo_connect_ipv4(int fd, uint32_t address, uint16_t port) {
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(address)}};
    return connect(fd, (struct sockaddr *)&name, sizeof name);
}

/// A TCP socket; a listening one may take over from one that ended a moment ago, and one for IPv6 takes nothing else.
static inline int teredo_stream_socket(int is_ipv6) {
    int fd = teredo_socket(is_ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
    if (fd < 0) return fd;
    teredo_set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (is_ipv6) teredo_set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    return fd;
}

static inline int teredo_bind_ipv6(int fd, const uint8_t address[16], uint16_t port) {
    struct sockaddr_in6 name = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    memcpy(&name.sin6_addr, address, 16);
    return bind(fd, (struct sockaddr *)&name, sizeof name);
}

static inline int teredo_connect_ipv6(int fd, const uint8_t address[16], uint16_t port) {
    struct sockaddr_in6 name = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    memcpy(&name.sin6_addr, address, 16);
    return connect(fd, (struct sockaddr *)&name, sizeof name);
}

/// The local port of an IPv4 or IPv6 socket; 0 when it has none.
static inline uint16_t teredo_local_port(int fd) {
    struct sockaddr_in6 name = {0};
    socklen_t length = sizeof name;
    if (getsockname(fd, (struct sockaddr *)&name, &length) != 0) return 0;
    // Both kinds have it in the same place.
    return ntohs(name.sin6_port);
}

/// Sends without delay, whatever is on its way.
static inline void teredo_send_at_once(int fd) { teredo_set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1); }

/// Closing resets the connection from now on.
static inline void teredo_reset_at_close(int fd) {
    struct linger linger = {.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
}

/// Two streams that are connected with each other.
static inline int teredo_stream_pair(int ends[2]) {
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends);
}

/// Divides the datagrams of sockets that share a port among them by the source address.
static inline int teredo_steer_by_source(int fd, uint32_t count) {
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, SKF_NET_OFF + 12),
        // Neighbouring addresses, which are often one network's, go different ways too.
        BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, 0x9E3779B1),
        BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 16),
        BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, count),
        BPF_STMT(BPF_RET | BPF_A, 0),
    };
    struct sock_fprog filter = {.len = sizeof program / sizeof program[0], .filter = program};
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &filter, sizeof filter);
}

static inline int teredo_local_ipv4(int fd, uint32_t *address, uint16_t *port) {
    struct sockaddr_in name;
    socklen_t length = sizeof name;
    int result = getsockname(fd, (struct sockaddr *)&name, &length);
    if (result == 0) {
        *address = ntohl(name.sin_addr.s_addr);
        *port = ntohs(name.sin_port);
    }
    return result;
}

static inline int teredo_membership(int fd, int join, uint32_t group, int32_t interface_index) {
    struct ip_mreqn request = {.imr_multiaddr = {htonl(group)}, .imr_address = {0}, .imr_ifindex = interface_index};
    return setsockopt(fd, IPPROTO_IP, join ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP, &request, sizeof request);
}

/// Sends a whole IPv6 packet, header included, to the destination inside it.
static inline ssize_t teredo_send_raw_ipv6(int fd, const uint8_t *packet, size_t count) {
    struct sockaddr_in6 name = {.sin6_family = AF_INET6};
    memcpy(&name.sin6_addr, packet + 24, 16);
    return sendto(fd, packet, count, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&name, sizeof name);
}

static inline int teredo_bind_unix(int fd, const char *path) {
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    strncpy(name.sun_path, path, sizeof name.sun_path - 1);
    return bind(fd, (struct sockaddr *)&name, sizeof name);
}

static inline int teredo_connect_unix(int fd, const char *path) {
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    strncpy(name.sun_path, path, sizeof name.sun_path - 1);
    return connect(fd, (struct sockaddr *)&name, sizeof name);
}

/// Sends a datagram to the socket at `path`; '@' begins a name in the abstract namespace.
static inline int teredo_send_unix(int fd, const char *path, const char *text, size_t count) {
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof name.sun_path) {
        errno = EINVAL;
        return -1;
    }
    memcpy(name.sun_path, path, length);
    if (path[0] == '@') name.sun_path[0] = 0;
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (path[0] == '@' ? 0 : 1));
    return sendto(fd, text, count, MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&name, size) < 0 ? -1 : 0;
}

/// The same with a descriptor, for who listens there to keep.
static inline int teredo_send_unix_descriptor(int fd, const char *path, const char *text, size_t count, int descriptor) {
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof name.sun_path) {
        errno = EINVAL;
        return -1;
    }
    memcpy(name.sun_path, path, length);
    if (path[0] == '@') name.sun_path[0] = 0;
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec part = {.iov_base = (void *)text, .iov_len = count};
    struct msghdr message = {
        .msg_name = &name,
        .msg_namelen = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (path[0] == '@' ? 0 : 1)),
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = control.room,
        .msg_controllen = sizeof control.room,
    };
    struct cmsghdr *c = CMSG_FIRSTHDR(&message);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(c), &descriptor, sizeof(int));
    return sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -1 : 0;
}

/// Sends octets to the other end of a UNIX socket, and a descriptor with them unless that is negative.
static inline ssize_t teredo_send_message(int fd, const void *octets, size_t count, int descriptor) {
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec part = {.iov_base = (void *)octets, .iov_len = count};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (descriptor >= 0) {
        message.msg_control = control.room;
        message.msg_controllen = sizeof control.room;
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(c), &descriptor, sizeof(int));
    }
    return sendmsg(fd, &message, MSG_NOSIGNAL);
}

/// Receives octets from a UNIX socket, and one descriptor at most; -1 for none.
static inline ssize_t teredo_receive_message(int fd, void *octets, size_t count, int flags, int *descriptor) {
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec part = {.iov_base = octets, .iov_len = count};
    // Padding is room for a second one, which nobody would close.
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.room, .msg_controllen = CMSG_LEN(sizeof(int))};
    *descriptor = -1;
    ssize_t result = recvmsg(fd, &message, flags | MSG_CMSG_CLOEXEC);
    struct cmsghdr *c = result < 0 ? NULL : CMSG_FIRSTHDR(&message);
    if (c != NULL && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int)))
        memcpy(descriptor, CMSG_DATA(c), sizeof(int));
    return result;
}

enum { TEREDO_UNIX_PATH_LENGTH = sizeof(((struct sockaddr_un *)0)->sun_path) - 1 };

static inline int teredo_accept(int fd) { return (int)syscall(SYS_accept4, fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK); }

// MARK: What becomes of a datagram

/// Sends 8 zero octets in UDP over IPv6.
static inline ssize_t teredo_knock_ipv6(int fd, const uint8_t address[16], uint16_t port) {
    static const uint8_t payload[8];
    struct sockaddr_in6 name = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    memcpy(&name.sin6_addr, address, 16);
    return sendto(fd, payload, sizeof payload, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&name, sizeof name);
}

/// What the network says about a datagram that left a socket with IP_RECVERR: an ICMP message, or this host's own words.
struct teredo_delivery_error {
    int32_t is_icmp;
    uint32_t type;
    uint32_t code;
    int32_t number;
    uint32_t information;
    uint32_t offender;
    // Where the datagram was sent to, and how many octets of its payload were quoted.
    uint32_t address;
    uint16_t port;
    uint32_t quoted;
};

/// Takes the next word about a datagram, and what is quoted of its payload into `payload`; -1 when there is none.
static inline int teredo_take_delivery_error(int fd, struct teredo_delivery_error *error, void *payload, size_t capacity) {
    union {
        char bytes[CMSG_SPACE(sizeof(struct sock_extended_err) + sizeof(struct sockaddr_in)) + 128];
        struct cmsghdr align;
    } control;
    struct sockaddr_in name = {0};
    struct iovec part = {.iov_base = payload, .iov_len = capacity};
    struct msghdr message = {
        .msg_name = &name,
        .msg_namelen = sizeof name,
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
        .msg_controllen = sizeof control.bytes,
    };
    ssize_t quoted = recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT);
    if (quoted < 0) return -1;
    error->address = ntohl(name.sin_addr.s_addr);
    error->port = ntohs(name.sin_port);
    error->quoted = (uint32_t)quoted;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
        struct sock_extended_err said;
        struct sockaddr_in offender;
        if (c->cmsg_level != IPPROTO_IP || c->cmsg_type != IP_RECVERR) continue;
        if (c->cmsg_len < CMSG_LEN(sizeof said + sizeof offender)) continue;
        memcpy(&said, CMSG_DATA(c), sizeof said);
        memcpy(&offender, CMSG_DATA(c) + sizeof said, sizeof offender);
        error->is_icmp = said.ee_origin == SO_EE_ORIGIN_ICMP;
        error->type = said.ee_type;
        error->code = said.ee_code;
        error->number = (int32_t)said.ee_errno;
        error->information = said.ee_info;
        error->offender = offender.sin_family == AF_INET ? ntohl(offender.sin_addr.s_addr) : 0;
        return 0;
    }
    // Something was taken of which nothing is known.
    error->is_icmp = 0;
    return 0;
}

/// The longest packet that the path of a connected socket is known to take; -1 when that is not known.
static inline int teredo_path_mtu(int fd) {
    int value = 0;
    socklen_t length = sizeof value;
    return getsockopt(fd, IPPROTO_IP, IP_MTU, &value, &length) == 0 ? value : -1;
}

// MARK: TUN

// Of linux/if_tun.h since Linux 6.2.
enum { TEREDO_TUN_F_USO4 = 0x20, TEREDO_TUN_F_USO6 = 0x40 };

/// What a TUN interface may leave to its owner.
enum {
    TEREDO_TUN_TSO = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN,
    TEREDO_TUN_USO = TUN_F_CSUM | TEREDO_TUN_F_USO4 | TEREDO_TUN_F_USO6,
};

enum {
    TEREDO_TUN_EXCLUSIVE = IFF_TUN_EXCL,
    TEREDO_TUN_HEADER = IFF_VNET_HDR,
    TEREDO_TUN_QUEUES = IFF_MULTI_QUEUE,
};

/// Makes a TUN interface, or another queue of one; the name is replaced by the one that the kernel chose.
static inline int teredo_tun_create(int fd, char name[IFNAMSIZ], int flags) {
    struct ifreq request;
    memset(&request, 0, sizeof request);
    memcpy(request.ifr_name, name, IFNAMSIZ);
    request.ifr_flags = (short)(IFF_TUN | IFF_NO_PI | flags);
    int result = ioctl(fd, TUNSETIFF, &request);
    if (result == 0) memcpy(name, request.ifr_name, IFNAMSIZ);
    return result;
}

/// The name that the interface of a TUN descriptor has now, wherever it is; -1 when it is gone.
static inline int teredo_tun_name(int fd, char name[IFNAMSIZ]) {
    struct ifreq request;
    memset(&request, 0, sizeof request);
    int result = ioctl(fd, TUNGETIFF, &request);
    if (result == 0) memcpy(name, request.ifr_name, IFNAMSIZ);
    return result;
}

/// The flags that the interface of a TUN descriptor was made with; -1 when the descriptor is none.
static inline int teredo_tun_flags(int fd) {
    struct ifreq request;
    memset(&request, 0, sizeof request);
    return ioctl(fd, TUNGETIFF, &request) == 0 ? (unsigned short)request.ifr_flags : -1;
}

/* The number of rows of a terminal; -1 when the descriptor is none. */
static inline int teredo_terminal_rows(int fd) {
    struct winsize size;
    return ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_row : -1;
}

/* The number of columns of a terminal; -1 when the descriptor is none. */
static inline int teredo_terminal_columns(int fd) {
    struct winsize size;
    return ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : -1;
}

static inline int teredo_tun_set_header_length(int fd, int length) { return ioctl(fd, TUNSETVNETHDRSZ, &length); }

static inline int teredo_tun_set_offload(int fd, unsigned int flags) { return ioctl(fd, TUNSETOFFLOAD, (unsigned long)flags); }

static inline int teredo_open(const char *path) { return open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC); }

enum { TEREDO_INTERFACE_NAME_LENGTH = IFNAMSIZ };

/// Whether what is at a path can be changed by nobody, because its file system was mounted so; -1 when that is not known.
static inline int teredo_is_read_only(const char *path) {
    struct statvfs system;
    return statvfs(path, &system) == 0 ? (system.f_flag & ST_RDONLY) != 0 : -1;
}

// MARK: Pipes

/// A pipe whose ends no child inherits.
static inline int teredo_pipe(int ends[2]) { return (int)syscall(SYS_pipe2, ends, O_CLOEXEC); }

// MARK: Waiting

static inline int teredo_epoll_change(int epoll, int operation, int fd, uint32_t events, uint64_t token) {
    struct epoll_event event = {.events = events, .data = {.u64 = token}};
    return epoll_ctl(epoll, operation, fd, &event);
}

enum {
    TEREDO_EPOLL_ADD = EPOLL_CTL_ADD,
    TEREDO_EPOLL_REMOVE = EPOLL_CTL_DEL,
    TEREDO_EPOLL_CHANGE = EPOLL_CTL_MOD,
    TEREDO_EPOLL_IN = EPOLLIN,
    TEREDO_EPOLL_OUT = EPOLLOUT,
};

/// Waits for at most `nanoseconds`, or without end when it is negative; falls back to milliseconds on old kernels.
static inline int teredo_epoll_wait(int epoll, struct epoll_event *events, int count, int64_t nanoseconds) {
#ifdef SYS_epoll_pwait2
    struct timespec limit = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    long result = syscall(SYS_epoll_pwait2, epoll, events, count, nanoseconds < 0 ? NULL : &limit, NULL, (size_t)0);
    if (result >= 0 || errno != ENOSYS) return (int)result;
#endif
    int64_t milliseconds = nanoseconds < 0 ? -1 : (nanoseconds + 999999) / 1000000;
    return epoll_wait(epoll, events, count, milliseconds > INT32_MAX ? INT32_MAX : (int)milliseconds);
}

static inline uint64_t teredo_event_token(const struct epoll_event *event) { return event->data.u64; }

static inline int teredo_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

// Times on the clock of teredo_boot_time: a timer that is due while the machine sleeps fires when it wakes up.
static inline int teredo_timer(void) { return timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK); }

// 0 stops the timer.
static inline int teredo_timer_set(int fd, int64_t nanoseconds) {
    struct itimerspec value = {.it_value = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000}};
    return timerfd_settime(fd, TFD_TIMER_ABSTIME, &value, NULL);
}

static inline int teredo_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

/// Ignores SIGXFSZ; for a role SIGHUP and SIGUSR1 are left waiting for its teredo_signal_descriptor().
static inline void teredo_prepare_signals(int is_role) {
    sigset_t set;
    signal(SIGXFSZ, SIG_IGN);
    if (!is_role) return;
    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
}

/// Blocks SIGINT, SIGTERM and SIGHUP for the process and makes them readable; SIGPIPE is ignored.
static inline int teredo_signal_descriptor(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGUSR1);
    signal(SIGPIPE, SIG_IGN);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) return -1;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* The signals of a program that has a terminal for itself as a descriptor; SIGPIPE is ignored. */
static inline int teredo_terminal_signals(void) {
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP};
    sigset_t set;
    sigemptyset(&set);
    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++) sigaddset(&set, numbers[i]);
    signal(SIGPIPE, SIG_IGN);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) return -1;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static inline int64_t teredo_boot_time(void) {
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

// MARK: Threads

/// Gives the calling thread a name of at most 15 octets, for top and the like.
static inline void teredo_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

// MARK: Privileges

/// The effective capabilities of this thread, one bit each; 0 when they cannot be read.
static inline uint64_t teredo_effective_capabilities(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    struct __user_cap_data_struct data[2];
    memset(data, 0, sizeof data);
    if (syscall(SYS_capget, &header, data) != 0) return 0;
    return data[0].effective | (uint64_t)data[1].effective << 32;
}

enum {
    TEREDO_CAP_NET_ADMIN = CAP_NET_ADMIN,
    TEREDO_CAP_NET_RAW = CAP_NET_RAW,
    TEREDO_CAP_DAC_OVERRIDE = CAP_DAC_OVERRIDE,
    TEREDO_CAP_NET_BIND_SERVICE = CAP_NET_BIND_SERVICE,
};

// MARK: Crashes

/// The file that a crash of this process removes.
extern char teredo_crash_path[TEREDO_UNIX_PATH_LENGTH + 1];

/// Installs handlers for the signals of a crash that unlink `path` and then let the signal take its course; an empty
/// path disarms them.
void teredo_unlink_on_crash(const char *path);

// MARK: Netlink

enum {
    TEREDO_MONITOR_GROUPS = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_IFADDR,
    TEREDO_IPV6_ROUTE_GROUP = RTMGRP_IPV6_ROUTE,
    TEREDO_IPV6_RULE_GROUP = 1 << (RTNLGRP_IPV6_RULE - 1),
};

/// Where the state of an interface for IPv6 has disable_ipv6 (DEVCONF_DISABLE_IPV6 of linux/ipv6.h, which does not go with
/// netinet/in.h).
enum { TEREDO_DISABLE_IPV6 = 26 };

/// Has dumps on a netlink socket filtered by what the request names (Linux 4.20); older kernels dump everything.
static inline void teredo_netlink_filter_dumps(int fd, int on) {
    setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on);
}

static inline int teredo_netlink_open(int family, uint32_t groups) {
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | (groups ? SOCK_NONBLOCK : 0), family);
    if (fd < 0) return fd;
    struct sockaddr_nl name = {.nl_family = AF_NETLINK, .nl_groups = groups};
    int one = 1;
    setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof one);
    setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&name, sizeof name) != 0) {
        int saved = errno;
        close(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

static inline int teredo_netlink_socket(uint32_t groups) { return teredo_netlink_open(NETLINK_ROUTE, groups); }

/// A socket for packet filters; what is made through it with an owner lasts as long as it.
static inline int teredo_netfilter_socket(void) { return teredo_netlink_open(NETLINK_NETFILTER, 0); }

/// The user at the other end of a connected UNIX socket; -1 when the kernel does not say.
static inline int64_t teredo_peer_user(int fd) {
    // struct ucred, which the C library shows with _GNU_SOURCE only.
    struct { int32_t pid; uint32_t uid, gid; } peer;
    socklen_t length = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 ? (int64_t)peer.uid : -1;
}

// MARK: Packet filters

/// What the headers of the kernel give as macros.
enum {
    TEREDO_NFT_MESSAGE = NFNL_SUBSYS_NFTABLES << 8,
    TEREDO_NFT_OWNER = 2,  // NFT_TABLE_F_OWNER, of Linux 5.12
};

// MARK: Listening to a network namespace

/// A packet that a tap saw: when, where, which way, and how long.
struct teredo_tap_record {
    int64_t nanoseconds;
    int32_t interface_index;
    uint8_t is_outgoing;
    uint16_t protocol;
    int64_t count;
};

/// Opens a packet socket in the network namespace of the caller.
static inline int teredo_tap_open_here(void) {
    int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ALL));
    if (fd < 0) return fd;
    int one = 1, octets = 8 << 20;
    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one);
    // Beyond what the system allows everybody where the privilege is there; else as far as allowed.
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &octets, sizeof octets) != 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &octets, sizeof octets);
    return fd;
}

/// Opens a packet socket in the network namespace at `path`; the calling thread is back in its own when this returns.
static inline int teredo_tap_open(const char *path) {
    int own = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (own < 0) return -1;
    int other = open(path, O_RDONLY | O_CLOEXEC);
    int fd = -1;
    if (other >= 0 && syscall(SYS_setns, other, CLONE_NEWNET) == 0) {
        fd = teredo_tap_open_here();
        int saved = errno;
        if (syscall(SYS_setns, own, CLONE_NEWNET) != 0) abort();
        errno = saved;
    }
    int saved = errno;
    if (other >= 0) close(other);
    close(own);
    errno = saved;
    return fd;
}

/// Opens a device such as that of TUN interfaces for the network namespace at `path`; the calling thread is back in its own when
/// this returns.
static inline int teredo_open_inside(const char *device, const char *path) {
    int own = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (own < 0) return -1;
    int other = open(path, O_RDONLY | O_CLOEXEC);
    int fd = -1;
    if (other >= 0 && syscall(SYS_setns, other, CLONE_NEWNET) == 0) {
        fd = teredo_open(device);
        int saved = errno;
        if (syscall(SYS_setns, own, CLONE_NEWNET) != 0) abort();
        errno = saved;
    }
    int saved = errno;
    if (other >= 0) close(other);
    close(own);
    errno = saved;
    return fd;
}

/// How many packets did not fit into the buffer of the socket since the last call.
static inline uint32_t teredo_tap_lost(int fd) {
    struct tpacket_stats stats = {0};
    socklen_t length = sizeof stats;
    return getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &length) == 0 ? stats.tp_drops : 0;
}

/// Takes the next packet; -1 when there is none.
static inline int teredo_tap_receive(int fd, void *buffer, size_t capacity, struct teredo_tap_record *record) {
    struct sockaddr_ll from = {0};
    struct iovec part = {.iov_base = buffer, .iov_len = capacity};
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct timespec))];
    struct msghdr message = {
        .msg_name = &from,
        .msg_namelen = sizeof from,
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = control,
        .msg_controllen = sizeof control,
    };
    ssize_t count = recvmsg(fd, &message, 0);
    if (count < 0) return -1;
    record->count = count;
    record->interface_index = from.sll_ifindex;
    record->is_outgoing = from.sll_pkttype == PACKET_OUTGOING;
    record->protocol = ntohs(from.sll_protocol);
    record->nanoseconds = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SO_TIMESTAMPNS) continue;
        struct timespec time;
        memcpy(&time, CMSG_DATA(c), sizeof time);
        record->nanoseconds = (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
    }
    return 0;
}
