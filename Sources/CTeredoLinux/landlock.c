#define _GNU_SOURCE
#include "CTeredoConfinement.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "threads.h"

// Those of linux/landlock.h, which is older than the kernel on many systems. The numbers are those of all processors.
enum { CREATE_RULESET = 444, ADD_RULE = 445, RESTRICT_SELF = 446 };
enum { VERSION = 1, PATH_BENEATH = 1, NET_PORT = 2 };

struct ruleset {
    uint64_t files, network, scopes;
};

struct path_beneath {
    uint64_t access;
    int32_t parent;
} __attribute__((packed));

struct net_port {
    uint64_t access, port;
};

int teredo_landlock_version(void) {
    long version = syscall(CREATE_RULESET, NULL, 0, VERSION);
    return version < 0 ? 0 : (int)version;
}

int teredo_landlock_create(uint64_t files, uint64_t network, uint64_t scopes) {
    // An older kernel takes a longer structure whose further fields are 0.
    struct ruleset rules = {.files = files, .network = network, .scopes = scopes};
    return (int)syscall(CREATE_RULESET, &rules, sizeof rules, 0);
}

int teredo_landlock_allow(int rules, int place, uint64_t access) {
    struct path_beneath rule = {.access = access, .parent = place};
    return (int)syscall(ADD_RULE, rules, PATH_BENEATH, &rule, 0);
}

int teredo_landlock_allow_port(int rules, uint16_t port, uint64_t access) {
    struct net_port rule = {.access = access, .port = port};
    return (int)syscall(ADD_RULE, rules, NET_PORT, &rule, 0);
}

// The kernel does not tell which threads are confined.
enum { THREADS = 1024 };
static int enforced_rules = -1;
static atomic_int confined_count;
static atomic_int confined[THREADS];

static void confine_thread(int number) {
    (void)number;
    int saved = errno;
    if (syscall(RESTRICT_SELF, enforced_rules, 0) == 0) {
        int position = atomic_fetch_add(&confined_count, 1);
        if (position < THREADS) atomic_store(&confined[position], gettid());
    }
    errno = saved;
}

static int is_unconfined(const char *thread) {
    int number = atoi(thread), count = atomic_load(&confined_count);
    for (int i = 0; i < count && i < THREADS; i++) {
        if (atomic_load(&confined[i]) == number) return 0;
    }
    return 1;
}

int teredo_landlock_enforce(int rules) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
    enforced_rules = rules;
    // A place is counted before it is filled: what stood there the last time is no thread of this time.
    for (int i = 0; i < THREADS; i++) atomic_store(&confined[i], 0);
    atomic_store(&confined_count, 0);
    // The others first: of a new thread it is this one that makes it, and it makes none meanwhile.
    if (teredo_ask_other_threads(SIGRTMIN + 3, confine_thread, is_unconfined) != 0) return -1;
    return (int)syscall(RESTRICT_SELF, rules, 0);
}
