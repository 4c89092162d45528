// What a build with a sanitizer of the compiler needs; in any other build nothing of this is there (scripts/sanitize).
#include "sanitizer.h"

#ifdef TEREDO_SANITIZED

#include <fcntl.h>
#include <limits.h>
#include <sanitizer/common_interface_defs.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

// In the program and not in its environment: roles and helpers are started with environments of their own. What the tests and the
// runtime of Swift allocate once is no leak. Nothing is named by a program of its own, which no role may start, and which would be
// needed where no role may read. The stack for signals is the program's own (teredo_unlink_on_crash): a sanitizer that has one for each
// thread would unmap it when the thread ends.
#define COMMON "exitcode=66:symbolize=0:use_sigaltstack=0:"

#if __has_feature(address_sanitizer)
const char *__asan_default_options(void);
// Freed memory is kept for a while, to see who still uses it: not so much of it that roles seem to grow.
const char *__asan_default_options(void) { return COMMON "detect_leaks=0:quarantine_size_mb=16"; }
#else
const char *__tsan_default_options(void);
const char *__tsan_default_options(void) { return COMMON "die_after_fork=0"; }
#endif

enum { FIRST = 512 };

// Opened before the program gives up files and privileges; far from the numbers that tests look at. A report is about to be written when
// the process is in no state to open a file.
__attribute__((constructor)) static void open_reports(void) {
    char path[PATH_MAX + sizeof TEREDO_REPORTS];
    ssize_t length = readlink("/proc/self/exe", path, PATH_MAX);
    if (length <= 0) return;
    path[length] = 0;
    char *name = strrchr(path, '/');
    if (name == NULL) return;
    snprintf(name + 1, sizeof TEREDO_REPORTS, "%s", TEREDO_REPORTS);
    int file = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (file < 0) return;
    int far = fcntl(file, F_DUPFD_CLOEXEC, FIRST);
    if (far >= 0) {
        close(file);
        file = far;
    }
    __sanitizer_set_report_fd((void *)(long)file);
}

#endif
