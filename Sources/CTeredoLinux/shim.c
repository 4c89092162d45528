#include "CTeredoLinux.h"

char teredo_crash_path[TEREDO_UNIX_PATH_LENGTH + 1];

static void teredo_crashed(int number) {
    if (teredo_crash_path[0]) unlink(teredo_crash_path);
    signal(number, SIG_DFL);
    raise(number);
}

void teredo_unlink_on_crash(const char *path) {
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGABRT, SIGFPE};
    memset(teredo_crash_path, 0, sizeof teredo_crash_path);
    strncpy(teredo_crash_path, path, sizeof teredo_crash_path - 1);
    for (size_t i = 0; i < sizeof crashes / sizeof crashes[0]; i++) signal(crashes[i], teredo_crashed);
}
