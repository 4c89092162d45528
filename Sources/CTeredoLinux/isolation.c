#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "CTeredoIsolation.h"

// Those of names follow the others.
enum { FIRST_NAME = 4, DESCRIPTORS = FIRST_NAME + 2 * TEREDO_NAME_SERVERS };

static int put(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    ssize_t count = write(fd, text, strlen(text));
    int saved = errno;
    close(fd);
    errno = saved;
    return count < 0 ? -1 : 0;
}

// The own ids and no others: what the command makes outside belongs to who runs it.
static int map_identity(unsigned uid, unsigned gid) {
    char line[64];
    if (put("/proc/self/setgroups", "deny") != 0 && errno != ENOENT) return -1;
    snprintf(line, sizeof line, "%u %u 1", uid, uid);
    if (put("/proc/self/uid_map", line) != 0) return -1;
    snprintf(line, sizeof line, "%u %u 1", gid, gid);
    return put("/proc/self/gid_map", line);
}

// The resolver's file lies in a tmpfs that only its bind mount keeps: nothing is left on any disk.
static int set_up_mounts(const char *resolver_file) {
    if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) return -1;
    if (access("/etc/resolv.conf", F_OK) == 0) {
        if (mount("teredo", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "size=64k,mode=0755") != 0) return -1;
        int fd = open("/tmp/resolv.conf", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        if (fd < 0 || write(fd, resolver_file, strlen(resolver_file)) < 0) return -1;
        fchmod(fd, 0644);
        close(fd);
        if (mount("/tmp/resolv.conf", "/etc/resolv.conf", NULL, MS_BIND, NULL) != 0) return -1;
        if (umount2("/tmp", MNT_DETACH) != 0) return -1;
    }
    // Where /proc is partly hidden, as in containers, the kernel refuses: then ps shows the processes outside.
    (void)!mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
    return 0;
}

static int bring_loopback_up(void) {
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    int result = ioctl(fd, SIOCSIFFLAGS, &request), saved = errno;
    close(fd);
    errno = saved;
    return result;
}

static void allow_plain_use(unsigned gid) {
    char range[64];
    snprintf(range, sizeof range, "%u %u", gid, gid);
    // None must succeed: without the first ping may want a privilege, and the second is seldom needed.
    put("/proc/sys/net/ipv4/ping_group_range", range);
    put("/proc/sys/net/ipv6/conf/default/disable_ipv6", "0");
    // For the interface, which is made from outside later: what strangers say by the tunnel configures nothing (SEC-05).
    put("/proc/sys/net/ipv6/conf/default/accept_ra", "0");
    put("/proc/sys/net/ipv6/conf/default/accept_redirects", "0");
    put("/proc/sys/net/ipv6/conf/default/autoconf", "0");
}

// Without groups it is for requests; with groups it hears of changes, and nobody waits at it.
static int open_netlink(int family, uint32_t groups) {
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | (groups ? SOCK_NONBLOCK : 0), family), one = 1;
    if (fd < 0) return -1;
    struct sockaddr_nl name = {.nl_family = AF_NETLINK, .nl_groups = groups};
    setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof one);
    setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof one);
    return bind(fd, (struct sockaddr *)&name, sizeof name) == 0 ? fd : -1;
}

static int open_names(int type, int index) {
    int fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -1;
    struct sockaddr_in name = {
        .sin_family = AF_INET, .sin_port = htons(53), .sin_addr = {htonl(INADDR_LOOPBACK + (uint32_t)index)}};
    if (bind(fd, (struct sockaddr *)&name, sizeof name) != 0) return -1;
    return type == SOCK_STREAM && listen(fd, 8) != 0 ? -1 : fd;
}

static int report(int channel, const int result[2], const int *descriptors, int count) {
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(DESCRIPTORS * sizeof(int))] = {0};
    struct iovec part = {.iov_base = (void *)result, .iov_len = 2 * sizeof(int)};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (count > 0) {
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int));
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
        memcpy(CMSG_DATA(c), descriptors, (size_t)count * sizeof(int));
    }
    return sendmsg(channel, &message, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

static int set_up(int *descriptors, unsigned uid, unsigned gid, const char *resolver_file, int name_servers) {
    if (map_identity(uid, gid) != 0) return TEREDO_ISOLATION_IDENTITY;
    if (bring_loopback_up() != 0) return TEREDO_ISOLATION_LOOPBACK;
    if (set_up_mounts(resolver_file) != 0) return TEREDO_ISOLATION_MOUNTS;
    allow_plain_use(gid);
    // A TUN descriptor makes its interface in the namespace that it was opened in.
    if ((descriptors[0] = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC)) < 0) return TEREDO_ISOLATION_TUN;
    uint32_t groups = RTMGRP_LINK | RTMGRP_IPV6_IFADDR | RTMGRP_IPV6_ROUTE;
    if ((descriptors[1] = open_netlink(NETLINK_ROUTE, 0)) < 0) return TEREDO_ISOLATION_NETLINK;
    if ((descriptors[2] = open_netlink(NETLINK_ROUTE, groups)) < 0) return TEREDO_ISOLATION_NETLINK;
    // A kernel without packet filters is no error here: it may be that none is wanted. Another socket stands in its place.
    if ((descriptors[3] = open_netlink(NETLINK_NETFILTER, 0)) < 0) descriptors[3] = dup(descriptors[1]);
    if (descriptors[3] < 0) return TEREDO_ISOLATION_NETLINK;
    for (int i = 0; i < name_servers; i++) {
        int *pair = descriptors + FIRST_NAME + 2 * i;
        if ((pair[0] = open_names(SOCK_DGRAM, i)) < 0) return TEREDO_ISOLATION_NAMES;
        if ((pair[1] = open_names(SOCK_STREAM, i)) < 0) return TEREDO_ISOLATION_NAMES;
    }
    return TEREDO_ISOLATED;
}

static int shell_status(int status) { return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status); }

// A folder of PATH that may not be searched is no reason to say that a command may not be run.
static int is_found(const char *name) {
    const char *folders = getenv("PATH");
    if (strchr(name, '/') != NULL || folders == NULL) return 1;
    while (1) {
        size_t length = strcspn(folders, ":");
        char path[PATH_MAX];
        snprintf(path, sizeof path, "%.*s/%s", (int)length, folders, name);
        if (access(path, F_OK) == 0) return 1;
        if (folders[length] == 0) return 0;
        folders += length + 1;
    }
}

// The first process inside: its end ends all others. It reaps orphans and hands on the signals that the parent sends;
// those of a terminal the command gets from the terminal.
static int supervise(char *const arguments[]) {
    sigset_t all, before;
    sigemptyset(&all);
    static const int handled[] = {SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    for (size_t i = 0; i < sizeof handled / sizeof handled[0]; i++) sigaddset(&all, handled[i]);
    sigprocmask(SIG_BLOCK, &all, &before);
    pid_t command = fork();
    if (command < 0) return 126;
    if (command == 0) {
        // Whatever a role does with its own signals is none of the command's business (teredo_prepare_signals).
        sigdelset(&before, SIGHUP);
        sigdelset(&before, SIGUSR1);
        sigprocmask(SIG_SETMASK, &before, NULL);
        signal(SIGXFSZ, SIG_DFL);
        execvp(arguments[0], arguments);
        int code = errno == EACCES && !is_found(arguments[0]) ? ENOENT : errno;
        dprintf(2, "teredo: cannot run '%s': %s\n", arguments[0], strerror(code));
        _exit(code == ENOENT ? 127 : 126);
    }
    while (1) {
        siginfo_t info;
        int number = sigwaitinfo(&all, &info), status;
        if (number < 0) continue;
        if (number != SIGCHLD) {
            if (info.si_code == SI_USER) kill(command, number);
            continue;
        }
        for (pid_t ended; (ended = waitpid(-1, &status, WNOHANG)) > 0;) {
            if (ended == command) return shell_status(status);
        }
    }
}

int teredo_isolate(struct teredo_isolation *isolation, const char *resolver_file, int name_servers,
                   char *const arguments[]) {
    unsigned uid = geteuid(), gid = getegid();
    int ends[2], result[2] = {TEREDO_ISOLATED, 0}, descriptors[DESCRIPTORS];
    isolation->step = TEREDO_ISOLATION_NAMESPACES;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        isolation->code = errno;
        return -1;
    }
    int count = FIRST_NAME + 2 * name_servers;
    long flags = CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID | SIGCHLD;
    long pid = syscall(SYS_clone, flags, 0L, 0L, 0L, 0L);
    if (pid == 0) {
        close(ends[0]);
        // When the parent is killed, so is this process, and with it everything inside.
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        result[0] = set_up(descriptors, uid, gid, resolver_file, name_servers);
        result[1] = errno;
        char go;
        if (report(ends[1], result, descriptors, result[0] ? 0 : count) != 0 || result[0]) _exit(1);
        for (int i = 0; i < count; i++) close(descriptors[i]);
        _exit(read(ends[1], &go, 1) == 1 ? supervise(arguments) : 1);
    }
    isolation->code = errno;
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return -1;
    }
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof descriptors)];
    struct iovec part = {.iov_base = result, .iov_len = sizeof result};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t received = recvmsg(ends[0], &message, MSG_CMSG_CLOEXEC);
    struct cmsghdr *c = received == sizeof result ? CMSG_FIRSTHDR(&message) : NULL;
    if (c == NULL || c->cmsg_len != CMSG_LEN((size_t)count * sizeof(int))) {
        isolation->step = received == sizeof result && result[0] ? result[0] : TEREDO_ISOLATION_REPORT;
        isolation->code = received == sizeof result ? result[1] : EPROTO;
        close(ends[0]);
        waitpid((pid_t)pid, NULL, 0);
        return -1;
    }
    memcpy(descriptors, CMSG_DATA(c), (size_t)count * sizeof(int));
    isolation->pid = (int)pid;
    isolation->channel = ends[0];
    isolation->tun = descriptors[0];
    isolation->netlink = descriptors[1];
    isolation->monitor = descriptors[2];
    isolation->netfilter = descriptors[3];
    memcpy(isolation->names, descriptors + FIRST_NAME, (size_t)(count - FIRST_NAME) * sizeof(int));
    isolation->step = TEREDO_ISOLATED;
    return 0;
}

int teredo_isolation_wait(int pid) {
    int status;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) return 1;
    }
    return shell_status(status);
}

int teredo_read_signal_origin(int fd, int *from_terminal) {
    struct signalfd_siginfo info;
    if (read(fd, &info, sizeof info) != sizeof info) return 0;
    *from_terminal = info.ssi_code == SI_KERNEL;
    return (int)info.ssi_signo;
}

int32_t teredo_interface_index(int fd, const char *name) {
    struct ifreq request = {0};
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    return ioctl(fd, SIOCGIFINDEX, &request) == 0 ? request.ifr_ifindex : 0;
}
