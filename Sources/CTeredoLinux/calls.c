// The only table of what a role may ask of the kernel once it is set up. Each line has its reason.
#define _GNU_SOURCE
#include "calls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <linux/prctl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "CTeredoConfinement.h"

#define NAMES TEREDO_NEED_NAMES
#define DATAGRAMS TEREDO_NEED_DATAGRAMS
#define STREAMS TEREDO_NEED_STREAMS
#define INTERFACE TEREDO_NEED_INTERFACE
#define MAPS TEREDO_NEED_MAPS
#define PROGRAMS TEREDO_NEED_PROGRAMS
#define FILES TEREDO_NEED_FILES
#define THREADS TEREDO_NEED_THREADS
#define CHILDREN TEREDO_NEED_CHILDREN
#define ROLES TEREDO_NEED_ROLES
#define PINGS TEREDO_NEED_PINGS
#define CHANGES TEREDO_NEED_CHANGES
#define INTERFACES TEREDO_NEED_INTERFACES

enum { CLIENTS = NAMES | DATAGRAMS | STREAMS, WRITES = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND };

#define ALWAYS(call) {SYS_##call, 0, ANY, 0, 0}
#define FOR(call, needs) {SYS_##call, needs, ANY, 0, 0}
#define IF(call, needs, check, argument, value) {SYS_##call, needs, check, argument, value}

const struct call teredo_calls[] = {
    // Packets. What moves them comes first: the kernel remembers the verdict on a call without conditions, older ones walk the table.
    ALWAYS(read),      // the interface, signals, bells between threads
    ALWAYS(write),     // the interface, bells, the log
    ALWAYS(writev),    // packets with a header before them
    ALWAYS(readv),     // the same
    ALWAYS(sendmmsg),  // datagrams, many at once
    ALWAYS(recvmmsg),  // the same
    ALWAYS(sendmsg),   // datagrams with a class of traffic; netlink
    ALWAYS(recvmsg),   // errors of the network; netlink
    ALWAYS(sendto),    // datagrams; service manager and journal
    ALWAYS(recvfrom),  // datagrams; control sockets
    // Waiting.
    ALWAYS(epoll_pwait2),  // each turn of an event loop
    ALWAYS(epoll_pwait),   // the same on older kernels
    ALWAYS(epoll_ctl),     // connections come and go
    ALWAYS(epoll_create1),     // an event loop for a thread, and for each role of auto
    ALWAYS(timerfd_create),    // its timer
    ALWAYS(timerfd_settime),   // the next deadline
    ALWAYS(eventfd2),          // bells between threads
    ALWAYS(ppoll),             // the C library's look-ups of names, files
    ALWAYS(pselect6),          // the same
    ALWAYS(futex),             // locks
    ALWAYS(restart_syscall),   // a wait goes on after a stop
    ALWAYS(nanosleep),         // short waits
    ALWAYS(clock_nanosleep),   // the same
    ALWAYS(sched_yield),       // locks that are taken for a moment
#ifdef SYS_epoll_wait
    ALWAYS(epoll_wait),  // as epoll_pwait
    ALWAYS(poll),        // as ppoll
    ALWAYS(select),      // as pselect6
#endif
    // Time and chance.
    ALWAYS(clock_gettime),  // where the kernel has no clock in memory
    ALWAYS(clock_getres),   // the same
    ALWAYS(gettimeofday),   // the same
#ifdef SYS_time
    ALWAYS(time),  // the same
#endif
    ALWAYS(getrandom),  // nonces, ports, keys
    // Memory. Nothing that can be written is run, and nothing becomes what can be run: libraries of the name service are mapped as such.
    IF(mmap, 0, LACKS_ONE, 2, PROT_WRITE | PROT_EXEC),  // allocation, stacks, libraries of the name service
    IF(mprotect, 0, HAS_NONE, 2, PROT_EXEC),            // stacks of threads, what the linker made ready
    ALWAYS(munmap),      // what was allocated is given back
    ALWAYS(mremap),      // large arrays grow
    ALWAYS(brk),         // allocation
    ALWAYS(madvise),     // unused memory is given back
    ALWAYS(membarrier),  // the Swift library's memory that many read
    // Sockets that exist.
    ALWAYS(accept4),      // control connections
    ALWAYS(getsockname),  // the own endpoint
    ALWAYS(getpeername),  // the C library's look-ups of names
    ALWAYS(getsockopt),   // errors, counts of drops, who connected
    ALWAYS(setsockopt),   // how far a datagram goes, buffers
    ALWAYS(shutdown),     // the end of a connection
    // New ones. What a router or name server is asked by is IPv4 or IPv6; no other family, and no raw or packet sockets.
    IF(socket, CLIENTS | INTERFACE, IS_SOCKET, 0, SOCKET(AF_INET, SOCK_DGRAM, 0)),  // further ports, facts of interfaces
    IF(socket, NAMES, IS_SOCKET, 0, SOCKET(AF_INET, SOCK_DGRAM, IPPROTO_UDP)),      // name servers
    IF(socket, CLIENTS, IS_SOCKET, 0, SOCKET(AF_INET, SOCK_STREAM, 0)),             // routers, name servers
    IF(socket, CLIENTS, IS_SOCKET, 0, SOCKET(AF_INET, SOCK_STREAM, IPPROTO_TCP)),   // the same
    IF(socket, NAMES, IS_SOCKET, 0, SOCKET(AF_INET6, SOCK_DGRAM, 0)),               // name servers with IPv6 addresses
    IF(socket, NAMES, IS_SOCKET, 0, SOCKET(AF_INET6, SOCK_DGRAM, IPPROTO_UDP)),     // the same
    IF(socket, NAMES, IS_SOCKET, 0, SOCKET(AF_INET6, SOCK_STREAM, 0)),              // the same, for long answers
    IF(socket, NAMES, IS_SOCKET, 0, SOCKET(AF_INET6, SOCK_STREAM, IPPROTO_TCP)),    // the same
    IF(socket, INTERFACE | NAMES | CHANGES, IS_SOCKET, 0, SOCKET(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE)),  // addresses, routes, rules
    IF(socket, CHANGES, IS_SOCKET, 0, SOCKET(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER)),        // packet filters
    IF(socket, ROLES, IS_SOCKET, 0, SOCKET(AF_UNIX, SOCK_STREAM, 0)),  // the control socket of the next role
    IF(socket, ROLES, IS_SOCKET, 0, SOCKET(AF_UNIX, SOCK_DGRAM, 0)),   // the service manager
    IF(socket, PINGS, IS_SOCKET, 0, SOCKET(AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6)),  // pings for whoever asks on the control socket
    // The C library asks caches of names (nscd, avahi, systemd-resolved) by UNIX sockets, at which other programs of root listen
    // too; refused, it asks the name servers. Pings are tried by a raw socket as well.
    IF(socket, 0, FAILS, 0, EACCES),
    ALWAYS(connect),                  // name servers, routers, pings; whether a control socket is stale
    FOR(bind, CLIENTS | INTERFACE | CHANGES),   // further ports; netlink
    FOR(listen, ROLES),               // the control socket of the next role
    // Interfaces.
    IF(ioctl, 0, IS, 1, TCGETS),               // whether standard error is a terminal
    IF(ioctl, 0, IS, 1, TIOCGWINSZ),           // how wide it is
    IF(ioctl, NAMES, IS, 1, FIONREAD),         // how long an answer of a name server is
    IF(ioctl, INTERFACE | INTERFACES, IS, 1, TUNGETIFF),    // what the interface is called now
    IF(ioctl, INTERFACE | PROGRAMS, IS, 1, SIOCGIFNAME),  // the same of others
    IF(ioctl, INTERFACE | INTERFACES | PROGRAMS, IS, 1, SIOCGIFINDEX),  // the other way round
    IF(ioctl, INTERFACE, IS, 1, SIOCGIFFLAGS),  // whether it is up
    IF(ioctl, INTERFACE | PROGRAMS, IS, 1, SIOCGIFMTU),  // how long packets may be
    IF(ioctl, PROGRAMS, IS, 1, SIOCGIFHWADDR),  // whether it is an Ethernet
    IF(ioctl, PROGRAMS, IS, 1, SIOCETHTOOL),    // what its driver can do
    IF(ioctl, ROLES | INTERFACES, IS, 1, TUNSETIFF),  // the interface of the next role, and its further queues
    IF(ioctl, ROLES, IS, 1, TUNSETOFFLOAD),     // its offloads
    IF(ioctl, ROLES, IS, 1, TUNSETVNETHDRSZ),   // the same
    IF(ioctl, 0, FAILS, 0, ENOTTY),             // what libraries ask of descriptors to find out what they are
    // Programs in the kernel.
    IF(bpf, MAPS | PROGRAMS, IS, 0, BPF_MAP_LOOKUP_ELEM),   // counters, who used a path
    IF(bpf, MAPS | PROGRAMS, IS, 0, BPF_MAP_UPDATE_ELEM),   // paths
    IF(bpf, MAPS | PROGRAMS, IS, 0, BPF_MAP_DELETE_ELEM),   // the same
    IF(bpf, PROGRAMS, IS, 0, BPF_MAP_CREATE),               // when the host has another network
    IF(bpf, PROGRAMS, IS, 0, BPF_PROG_LOAD),                // the same
    IF(bpf, PROGRAMS, IS, 0, BPF_LINK_CREATE),              // the same
    // Files. Which ones, Landlock says.
    IF(openat, FILES | CHANGES, ANY, 0, 0),             // settings, state; what the kernel tells in /proc
    IF(openat, 0, HAS_NONE, 2, WRITES),       // the same without writing
    ALWAYS(close),       // all of them
    ALWAYS(fstat),       // whose a file is, and of which kind
    ALWAYS(newfstatat),  // the same; whether resolv.conf has changed
    ALWAYS(statx),       // the same
    ALWAYS(statfs),      // whether a file system can be written to
    ALWAYS(fstatfs),     // the same
    ALWAYS(lseek),       // the time zone
    ALWAYS(pread64),     // libraries of the name service
    ALWAYS(getdents64),  // interfaces in /proc
    ALWAYS(readlinkat),  // the way of a file
    ALWAYS(faccessat),   // whether there is a file
    ALWAYS(faccessat2),  // the same
    ALWAYS(getcwd),      // paths that are not absolute
    ALWAYS(unlinkat),    // the control socket at the end; drafts of files
    FOR(renameat2, FILES),    // the new file takes the place of the old one, where there is no renameat
#ifdef SYS_renameat
    FOR(renameat, FILES),     // the same
#endif
    FOR(fsync, FILES | CHANGES),  // it is on the disk
    IF(mkdirat, FILES, FAILS, 0, EACCES),  // a folder that somebody removed meanwhile; the role says that it cannot write there
    FOR(umask, ROLES),        // permissions of the control socket
    FOR(fchownat, ROLES),     // its group
    IF(fsetxattr, FILES | CHANGES, FAILS, 0, ENOTSUP),  // Foundation notes the encoding of text that it writes, where that is possible
#ifdef SYS_open
    IF(open, FILES | CHANGES, ANY, 0, 0),        // as openat
    IF(open, 0, HAS_NONE, 1, WRITES),  // the same
    ALWAYS(stat),      // as newfstatat
    ALWAYS(lstat),     // the same
    ALWAYS(access),    // as faccessat
    ALWAYS(readlink),  // as readlinkat
    ALWAYS(unlink),    // as unlinkat
    FOR(rename, FILES),  // as renameat
    IF(mkdir, FILES, FAILS, 0, EACCES),  // as mkdirat
#endif
    // Descriptors: F_SETOWN, which has the kernel send signals, is not among these.
    IF(fcntl, 0, IS, 1, F_DUPFD),          // a second number
    IF(fcntl, 0, IS, 1, F_DUPFD_CLOEXEC),  // the same
    IF(fcntl, 0, IS, 1, F_GETFD),          // whether it is inherited
    IF(fcntl, 0, IS, 1, F_SETFD),          // the same
    IF(fcntl, 0, IS, 1, F_GETFL),          // whether it waits
    IF(fcntl, 0, IS, 1, F_SETFL),          // the same
    ALWAYS(dup),  // a second number
    FOR(dup3, DATAGRAMS),  // another service port takes the number of the former one
#ifdef SYS_dup2
    FOR(dup2, DATAGRAMS),  // the same
#endif
    // Threads. clone3 has its flags in memory, where a filter cannot look; the C library does with clone then.
    IF(clone3, 0, FAILS, 0, ENOSYS),
    IF(clone, THREADS | ROLES, HAS_ALL, 0, CLONE_THREAD | CLONE_VM | CLONE_SIGHAND),  // look-ups, hooks, workers of the next role
    ALWAYS(set_robust_list),  // each of them begins with it
    ALWAYS(rseq),             // the same
    IF(prctl, 0, IS, 0, PR_SET_NAME),           // its name
    IF(prctl, 0, FAILS, 0, EINVAL),             // the C library names its memory where the kernel has PR_SET_VMA
    ALWAYS(sched_getaffinity),  // how many processors there are
    ALWAYS(getcpu),             // where the kernel has no such page in memory
    ALWAYS(exit),               // the end of a thread
    ALWAYS(exit_group),         // of all
    // Processes. No other is begun, looked into or sent a signal.
    IF(tgkill, 0, IS_SELF, 0, 0),       // a trap of this program ends it by a signal, after the control socket is removed
    IF(kill, CHILDREN, IS_CHILD, 0, 0),  // signals for the command of 'teredo run'
    FOR(wait4, CHILDREN),               // its end, and that of the process that runs hooks
    FOR(waitid, CHILDREN),              // the same
    ALWAYS(signalfd4),       // signals, for each role of auto
    ALWAYS(rt_sigaction),    // a trap of this program
    ALWAYS(rt_sigprocmask),  // threads begin without signals
    ALWAYS(rt_sigreturn),    // the end of a handler
    ALWAYS(sigaltstack),     // a trap when the stack is used up
    ALWAYS(getpid),          // who this is
    ALWAYS(gettid),          // the same
    ALWAYS(getppid),         // the same
    ALWAYS(getuid),          // the same
    ALWAYS(geteuid),         // whose files may be read
    ALWAYS(getgid),          // the same
    ALWAYS(getegid),         // the same
    ALWAYS(getgroups),       // the same
    FOR(capget, ROLES),      // whether the next role can be made
    ALWAYS(getrusage),       // what it used so far
    IF(prlimit64, 0, IS_NULL, 2, 0),  // how many descriptors there may be
    ALWAYS(uname),           // which kernel it is
    ALWAYS(sysinfo),         // how much memory there is
};

const int teredo_call_count = sizeof teredo_calls / sizeof *teredo_calls;
