#define _GNU_SOURCE
#include "CTeredoIntruder.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/netlink.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static long listen_by_tcp(void) {
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd < 0 ? -1 : bind(fd, (struct sockaddr *)&name, sizeof name);
}

static long read_memory(void) {
    char octet;
    // Whatever is there or not: the attempt gets as far as looking for it.
    struct iovec here = {&octet, 1}, there = {(void *)&errno, 1};
    long result = process_vm_readv(getppid(), &here, 1, &there, 1, 0);
    return result < 0 && errno == EFAULT ? 0 : result;
}

static long load_program(void) {
    // It returns 0.
    struct bpf_insn program[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K}, {.code = BPF_JMP | BPF_EXIT}};
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
    attributes.insns = (uint64_t)(uintptr_t)program;
    attributes.insn_cnt = 2;
    attributes.license = (uint64_t)(uintptr_t)"Apache-2.0";
    return syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof attributes);
}

static long find_map(void) {
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    long result = syscall(SYS_bpf, BPF_MAP_GET_NEXT_ID, &attributes, sizeof attributes);
    // There may be none.
    return result < 0 && errno == ENOENT ? 0 : result;
}

static long map_code(int from_writable) {
    int first = from_writable ? PROT_READ | PROT_WRITE : PROT_READ | PROT_WRITE | PROT_EXEC;
    void *page = mmap(NULL, 4096, first, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) return -1;
    return from_writable ? mprotect(page, 4096, PROT_READ | PROT_EXEC) : 0;
}

static long fork_once(void) {
    pid_t child = fork();
    if (child == 0) _exit(0);
    return child;
}

static long make_file(void) {
    char path[] = "/tmp/teredo-intruder-XXXXXX";
    int fd = mkstemp(path);
    if (fd >= 0) unlink(path);
    return fd;
}

static long try(enum teredo_intrusion attempt) {
    char *const arguments[] = {"true", NULL};
    switch (attempt) {
        case TEREDO_READ_FILE: return open("/usr/bin/env", O_RDONLY);
        case TEREDO_MAKE_FILE: return make_file();
        case TEREDO_LIST_FOLDER: return open("/var", O_RDONLY | O_DIRECTORY);
        case TEREDO_CHANGE_KERNEL: return open("/proc/sys/kernel/core_pattern", O_WRONLY);
        case TEREDO_USE_DEVICE: return open("/dev/zero", O_RDONLY);
        case TEREDO_RAW_SOCKET: return socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
        case TEREDO_PACKET_SOCKET: return socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ALL));
        case TEREDO_UNIX_SOCKET: return socket(AF_UNIX, SOCK_STREAM, 0);
        case TEREDO_OTHER_NETLINK: return socket(AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT);
        case TEREDO_FILTER_SOCKET: return socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
        case TEREDO_LISTEN: return listen_by_tcp();
        case TEREDO_EXECUTE: return execv("/usr/bin/true", arguments);
        case TEREDO_FORK: return fork_once();
        case TEREDO_TRACE: return ptrace(PTRACE_SEIZE, getppid(), NULL, NULL);
        case TEREDO_READ_MEMORY: return read_memory();
        case TEREDO_SIGNAL: return kill(getppid(), 0);
        // Where nothing can be mounted, so that nothing is.
        case TEREDO_MOUNT: return mount("none", "/nonexistent", "tmpfs", 0, NULL);
        case TEREDO_UNSHARE: return unshare(CLONE_NEWUTS);
        case TEREDO_MAP_CODE: return map_code(0);
        case TEREDO_MAKE_CODE: return map_code(1);
        case TEREDO_LOAD_PROGRAM: return load_program();
        case TEREDO_FIND_MAP: return find_map();
        case TEREDO_BE_DUMPED: return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    }
    return 0;
}

void teredo_be_alone(void) {
    int status;
    sigset_t none;
    sigemptyset(&none);
    pid_t child = fork();
    if (child == 0) {
        // The threads of a test runner block all signals.
        sigprocmask(SIG_SETMASK, &none, NULL);
        return;
    }
    if (child < 0 || waitpid(child, &status, 0) != child) abort();
    if (WIFEXITED(status)) _exit(WEXITSTATUS(status));
    signal(WTERMSIG(status), SIG_DFL);
    raise(WTERMSIG(status));
    abort();
}

int teredo_intrude(enum teredo_intrusion attempt) {
    errno = 0;
    return try(attempt) < 0 ? errno : 0;
}

int teredo_ask(int channel, const char *request, const char *beginning) {
    char answer[65536];
    if (send(channel, request, strlen(request), MSG_NOSIGNAL) < 0) return -1;
    ssize_t count = recv(channel, answer, sizeof answer, 0);
    size_t length = strlen(beginning);
    return count >= (ssize_t)length && memcmp(answer, beginning, length) == 0;
}
