#define _GNU_SOURCE
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "CTeredoConfinement.h"
#include "calls.h"

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#ifdef ARCHITECTURE

// Both processors keep the lower half of an argument first.
enum { STEPS = 2048, LOWER = 0, UPPER = 4 };

struct program {
    unsigned short count;
    struct sock_filter steps[STEPS];
};

static void add(struct program *program, unsigned short code, uint32_t value, uint8_t holds, uint8_t fails) {
    struct sock_filter step = {.code = code, .jt = holds, .jf = fails, .k = value};
    // The table is far too short for that; a filter without an end is one that the kernel refuses.
    if (program->count < STEPS) program->steps[program->count++] = step;
}

static void load(struct program *program, size_t offset) {
    add(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void load_argument(struct program *program, int argument, int half) {
    load(program, offsetof(struct seccomp_data, args) + 8 * (size_t)argument + (size_t)half);
}

static void mask(struct program *program, uint32_t bits) { add(program, BPF_ALU | BPF_AND | BPF_K, bits, 0, 0); }

static void end(struct program *program, uint32_t verdict) { add(program, BPF_RET | BPF_K, verdict, 0, 0); }

// Goes on with the next step if the value is there, and `distance` steps farther if it is not.
static void require(struct program *program, uint32_t value, uint8_t distance) {
    add(program, BPF_JMP | BPF_JEQ | BPF_K, value, 0, distance);
}

static void allow_if(struct program *program, uint32_t value) {
    require(program, value, 1);
    end(program, SECCOMP_RET_ALLOW);
}

static void add_check(struct program *program, const struct call *call, int child) {
    switch (call->check) {
        case ANY: end(program, SECCOMP_RET_ALLOW); break;
        case FAILS: end(program, SECCOMP_RET_ERRNO | (call->value & SECCOMP_RET_DATA)); break;
        case IS:
            load_argument(program, call->argument, LOWER);
            allow_if(program, call->value);
            break;
        case HAS_NONE:
            load_argument(program, call->argument, LOWER);
            mask(program, call->value);
            allow_if(program, 0);
            break;
        case HAS_ALL:
            load_argument(program, call->argument, LOWER);
            mask(program, call->value);
            allow_if(program, call->value);
            break;
        case LACKS_ONE:
            load_argument(program, call->argument, LOWER);
            mask(program, call->value);
            add(program, BPF_JMP | BPF_JEQ | BPF_K, call->value, 1, 0);
            end(program, SECCOMP_RET_ALLOW);
            break;
        case IS_NULL:
            load_argument(program, call->argument, LOWER);
            require(program, 0, 3);
            load_argument(program, call->argument, UPPER);
            allow_if(program, 0);
            break;
        case IS_SELF:
            load_argument(program, call->argument, LOWER);
            allow_if(program, (uint32_t)getpid());
            break;
        case IS_CHILD:
            if (child <= 0) break;
            load_argument(program, call->argument, LOWER);
            allow_if(program, (uint32_t)child);
            break;
        case IS_SOCKET:
            load_argument(program, 0, LOWER);
            require(program, call->value >> 16, 6);
            load_argument(program, 1, LOWER);
            mask(program, ~(uint32_t)(SOCK_CLOEXEC | SOCK_NONBLOCK));
            require(program, call->value >> 8 & 0xFF, 3);
            load_argument(program, 2, LOWER);
            allow_if(program, call->value & 0xFF);
            break;
    }
}

static int is_needed(const struct call *call, uint32_t needs) { return call->needs == 0 || (call->needs & needs) != 0; }

// The lines of one call: what none of them allows ends the process.
static int add_call(struct program *program, int position, uint32_t needs, int child) {
    int number = teredo_calls[position].number, last = position, wanted = 0;
    for (; last < teredo_call_count && teredo_calls[last].number == number; last++) {
        wanted += is_needed(&teredo_calls[last], needs);
    }
    if (wanted == 0) return last;
    add(program, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 1, 0);
    unsigned short jump = program->count;
    add(program, BPF_JMP | BPF_JA, 0, 0, 0);
    for (; position < last; position++) {
        if (is_needed(&teredo_calls[position], needs)) add_check(program, &teredo_calls[position], child);
    }
    end(program, SECCOMP_RET_KILL_PROCESS);
    if (program->count < STEPS) program->steps[jump].k = (uint32_t)(program->count - jump - 1);
    return last;
}

int teredo_filter_calls(uint32_t needs, int child) {
    static struct program program;
    program.count = 0;
    // The numbers mean other calls to a processor that the kernel lets programs change to.
    load(&program, offsetof(struct seccomp_data, arch));
    add(&program, BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
    end(&program, SECCOMP_RET_KILL_PROCESS);
    load(&program, offsetof(struct seccomp_data, nr));
    for (int position = 0; position < teredo_call_count;) position = add_call(&program, position, needs, child);
    end(&program, SECCOMP_RET_KILL_PROCESS);
    struct sock_fprog filter = {.len = program.count, .filter = program.steps};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
    // Nothing foreign runs in here that a defence against speculation would have to hold back (Linux 4.17).
    unsigned flags = SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_SPEC_ALLOW;
    long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter);
    if (result < 0 && errno == EINVAL) {
        result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter);
    }
    // The number of a thread that could not be brought under the filter.
    if (result > 0) errno = ESRCH;
    return result == 0 ? 0 : -1;
}

#else

int teredo_filter_calls(uint32_t needs, int child) {
    (void)needs, (void)child;
    errno = ENOSYS;
    return -1;
}

#endif
