// A command in namespaces of its own: user, network, mount and process ids.
#pragma once

#include <stdint.h>

/// The most name servers that the C library asks, and so the most that are forwarded to.
enum { TEREDO_NAME_SERVERS = 3 };

/// The step of the isolation that failed.
enum teredo_isolation_step {
    TEREDO_ISOLATED = 0,
    TEREDO_ISOLATION_NAMESPACES,
    TEREDO_ISOLATION_IDENTITY,
    TEREDO_ISOLATION_MOUNTS,
    TEREDO_ISOLATION_LOOPBACK,
    TEREDO_ISOLATION_TUN,
    TEREDO_ISOLATION_NETLINK,
    TEREDO_ISOLATION_NAMES,
    TEREDO_ISOLATION_REPORT,
};

/// What the parent holds of an isolated process: descriptors that belong to the namespace inside.
struct teredo_isolation {
    int pid;
    /// Starts the command with one octet; ends when everything inside has ended.
    int channel;
    int tun;
    int netlink;
    /// A netlink socket that hears of changes inside.
    int monitor;
    /// For packet filters; a second number of `netlink` where the kernel has none.
    int netfilter;
    /// For each name server a UDP socket and a listening TCP socket on 127.0.0.1, 127.0.0.2 and so on.
    int names[2 * TEREDO_NAME_SERVERS];
    /// What failed, and its errno.
    int step;
    int code;
};

/// Makes the namespaces with a process that waits to run `arguments`; the calling process must have one thread only.
/// Returns 0, or -1 with step and code.
int teredo_isolate(struct teredo_isolation *isolation, const char *resolver_file, int name_servers,
                   char *const arguments[]);

/// Waits for the process and returns the exit status as a shell gives it: 128 + n after signal n.
int teredo_isolation_wait(int pid);

/// Reads a signal of a signalfd; `from_terminal` tells whether the terminal sent it, and so to the whole process group.
int teredo_read_signal_origin(int fd, int *from_terminal);

/// The index of an interface in the network namespace of a socket; 0 when there is none.
int32_t teredo_interface_index(int fd, const char *name);

/// Where a name server listens, in host order.
struct teredo_name_server {
    uint32_t address;
    uint16_t port;
};

/// Carries questions from the sockets inside to the name servers and answers back, unparsed; does not return.
void teredo_forward_names(const int *inside, const struct teredo_name_server *servers, int count);

/// Carries what there is, and waits up to `patience` milliseconds for something, without an end when that is negative;
/// `teredo_forget_names` was called before. One thread of a process may do this.
void teredo_forward_names_once(const int *inside, const struct teredo_name_server *servers, int count, int patience);

/// Gives up whatever is under way.
void teredo_forget_names(void);
