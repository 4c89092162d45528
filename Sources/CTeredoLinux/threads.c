#define _GNU_SOURCE
#include "threads.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "sanitizer.h"

enum { THREADS = 1024 };

unsigned long long teredo_thread_mask(const char *thread, const char *name) {
    char path[64], line[256];
    unsigned long long mask = 0;
    size_t length = strlen(name);
    snprintf(path, sizeof path, "/proc/self/task/%.16s/status", thread);
    FILE *file = fopen(path, "re");
    if (file == NULL) return 0;
    while (fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, name, length) != 0) continue;
        mask = strtoull(line + length, NULL, 16);
        break;
    }
    fclose(file);
    return mask;
}

#if defined(TEREDO_SANITIZED) && __has_feature(thread_sanitizer)
// ThreadSanitizer has a thread of its own, which takes no signal.
static int is_sanitizer(const char *thread, int number) {
    return teredo_thread_mask(thread, "SigBlk:") >> (number - 1) & 1;
}
#else
static int is_sanitizer(const char *thread, int number) {
    (void)thread;
    (void)number;
    return 0;
}
#endif

static int is_among(const int *threads, int count, int thread) {
    for (int i = 0; i < count; i++) {
        if (threads[i] == thread) return 1;
    }
    return 0;
}

// Each is asked once: a second signal could reach a thread that may by then not do any more what the handler does.
int teredo_ask_other_threads(int number, void (*handler)(int), int (*is_left)(const char *thread)) {
    int left = 1, count = 0, asked[THREADS];
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigfillset(&action.sa_mask);
    if (sigaction(number, &action, NULL) != 0) return -1;
    for (int attempt = 0; attempt < 2000 && left; attempt++) {
        DIR *threads = opendir("/proc/self/task");
        if (threads == NULL) break;
        left = 0;
        for (struct dirent *entry; (entry = readdir(threads)) != NULL;) {
            int thread = atoi(entry->d_name);
            if (thread <= 0 || thread == gettid() || !is_left(entry->d_name)) continue;
            if (is_sanitizer(entry->d_name, number)) continue;
            left = 1;
            if (count == THREADS || is_among(asked, count, thread)) continue;
            if (syscall(SYS_tgkill, getpid(), thread, number) == 0) asked[count++] = thread;
        }
        closedir(threads);
        struct timespec moment = {.tv_nsec = 1000000};
        if (left) nanosleep(&moment, NULL);
    }
    return left ? -1 : 0;
}
