// Preloaded into a program: its clocks run as the first two numbers of the file FAULT_CLOCK say, nanoseconds that are added to the time
// of day and to CLOCK_BOOTTIME. The second one is what a machine sees that was asleep.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static volatile const int64_t *shift(void) {
    static volatile const int64_t *numbers;
    static const int64_t none[2];
    if (!numbers) {
        const char *path = getenv("FAULT_CLOCK");
        int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
        void *at = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof none, PROT_READ, MAP_SHARED, fd, 0);
        if (fd >= 0) close(fd);
        numbers = at == MAP_FAILED ? none : at;
    }
    return numbers;
}

static void add(struct timespec *time, int64_t nanoseconds) {
    int64_t total = time->tv_sec * 1000000000ll + time->tv_nsec + nanoseconds;
    time->tv_sec = total / 1000000000ll, time->tv_nsec = total % 1000000000ll;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    long status = syscall(SYS_clock_gettime, clock, time);
    if (status == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) add(time, shift()[0]);
    if (status == 0 && clock == CLOCK_BOOTTIME) add(time, shift()[1]);
    return (int)status;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    time->tv_sec = now.tv_sec, time->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at) *at = now.tv_sec;
    return now.tv_sec;
}

// The kernel does not know of the shift: an absolute time that has passed by then is due at once.
int timerfd_settime(int fd, int flags, const struct itimerspec *new, struct itimerspec *old) {
    struct itimerspec own = *new;
    if (flags & TFD_TIMER_ABSTIME && (own.it_value.tv_sec || own.it_value.tv_nsec)) {
        add(&own.it_value, -shift()[1]);
        if (own.it_value.tv_sec < 0) own.it_value = (struct timespec){0, 1};
    }
    return (int)syscall(SYS_timerfd_settime, fd, flags, &own, old);
}
