#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "CTeredoPrivileges.h"
#include "threads.h"

struct capabilities {
    uint64_t effective, permitted, inheritable;
};

static int get_capabilities(struct capabilities *own) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {0};
    if (syscall(SYS_capget, &header, data) != 0) return -1;
    own->effective = data[0].effective | (uint64_t)data[1].effective << 32;
    own->permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
    own->inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
    return 0;
}

static int set_capabilities(struct capabilities wanted) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    for (int i = 0; i < 2; i++) {
        data[i].effective = (uint32_t)(wanted.effective >> 32 * i);
        data[i].permitted = (uint32_t)(wanted.permitted >> 32 * i);
        data[i].inheritable = (uint32_t)(wanted.inheritable >> 32 * i);
    }
    return (int)syscall(SYS_capset, &header, data);
}

int teredo_find_user(const char *name, uint32_t *uid, uint32_t *gid) {
    char buffer[16384];
    struct passwd entry, *found = NULL;
    int code = getpwnam_r(name, &entry, buffer, sizeof buffer, &found);
    if (found == NULL) return code == 0 ? ENOENT : code;
    *uid = entry.pw_uid;
    *gid = entry.pw_gid;
    return 0;
}

static int may(const char *path, int mode) {
    return syscall(SYS_faccessat2, AT_FDCWD, path, mode, AT_EACCESS) == 0;
}

// The ids for files belong to the thread alone: nobody else sees the change.
int teredo_user_may(const char *path, int mode, uint32_t uid, uint32_t gid) {
    int gid_before = setfsgid(gid), uid_before = setfsuid(uid);
    int result = may(path, mode);
    setfsuid((uid_t)uid_before);
    setfsgid((gid_t)gid_before);
    return result;
}

int teredo_takes(const char *path, int mode, uint64_t needed) {
    struct capabilities own, less;
    if (!may(path, mode) || get_capabilities(&own) != 0) return 0;
    less = own;
    less.effective &= ~needed;
    if (set_capabilities(less) != 0) return 1;
    int result = !may(path, mode);
    set_capabilities(own);
    return result;
}

static int forbid_more(void) {
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

// Only who has CAP_SETPCAP can do this; for the others no_new_privs has the same effect.
static void bound(uint64_t keep) {
    for (int i = 0; i < 64; i++) {
        if (!(keep >> i & 1)) prctl(PR_CAPBSET_DROP, i, 0, 0, 0);
    }
}

static int set_groups(const struct teredo_reduction *wanted) {
    gid_t groups[NGROUPS_MAX];
    int count = wanted->changes_user ? 0 : getgroups(NGROUPS_MAX - 1, groups);
    if (count < 0) return -1;
    if (!wanted->changes_user && !wanted->has_further_group) return 0;
    if (wanted->has_further_group) groups[count++] = wanted->further_group;
    int result = setgroups((size_t)count, groups);
    // Where that is forbidden, as in some containers, whoever gives a file to the group later says what is in the way.
    return wanted->changes_user ? result : 0;
}

int teredo_reduce_privileges(const struct teredo_reduction *wanted) {
    struct capabilities own;
    uint32_t uid = wanted->uid, gid = wanted->gid;
    if (get_capabilities(&own) != 0) return -1;
    bound(wanted->keep);
    if (wanted->changes_user && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0) return -1;
    if (set_groups(wanted) != 0) return -1;
    if (wanted->changes_user) {
        // The C library does this in all threads; those but this one lose their capabilities by it.
        if (setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0) return -1;
        prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0);
    }
    if (forbid_more() != 0) return -1;
    uint64_t left = own.permitted & wanted->keep;
    return set_capabilities((struct capabilities){.effective = left, .permitted = left});
}

void teredo_use_permitted(void) {
    struct capabilities own;
    if (get_capabilities(&own) != 0 || own.effective == own.permitted) return;
    own.effective = own.permitted;
    set_capabilities(own);
}

void teredo_forbid_tracing(void) { prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

void teredo_hide_memory(void) {
    // The limit alone does not hold where core_pattern is a pipe, and a change of ids might undo the other.
    struct rlimit none = {0};
    setrlimit(RLIMIT_CORE, &none);
    teredo_forbid_tracing();
}

static void empty(int number) {
    (void)number;
    int saved = errno;
    forbid_more();
    set_capabilities((struct capabilities){0});
    errno = saved;
}

static void bound_fully(int number) {
    (void)number;
    int saved = errno;
    bound(0);
    errno = saved;
}

// What a thread that has ended meanwhile has is nothing.
static int has_bounds(const char *thread) { return teredo_thread_mask(thread, "CapBnd:") != 0; }

// A thread that has ended meanwhile is not.
static int is_privileged(const char *thread) {
    char path[64], line[256];
    unsigned long long permitted = 0;
    int may_get_no_more = 1;
    snprintf(path, sizeof path, "/proc/self/task/%.16s/status", thread);
    FILE *file = fopen(path, "re");
    if (file == NULL) return 0;
    while (fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "CapPrm: %llx", &permitted) == 1) continue;
        if (sscanf(line, "NoNewPrivs: %d", &may_get_no_more) == 1) break;
    }
    fclose(file);
    return permitted != 0 || !may_get_no_more;
}

// Capabilities belong to threads, and only a thread itself can give them up: each is asked by a signal.
int teredo_empty_other_threads(void) { return teredo_ask_other_threads(SIGRTMIN + 1, empty, is_privileged); }

// After a change of user the other threads could not do it any more.
int teredo_bound_other_threads(void) {
    struct capabilities own;
    if (get_capabilities(&own) != 0) return -1;
    if (!(own.effective >> CAP_SETPCAP & 1)) return 0;
    return teredo_ask_other_threads(SIGRTMIN + 2, bound_fully, has_bounds);
}
