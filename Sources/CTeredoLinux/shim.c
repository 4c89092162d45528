#include "CTeredoLinux.h"

char teredo_crash_path[TEREDO_UNIX_PATH_LENGTH + 1];

static void teredo_crashed(int number) {
    if (teredo_crash_path[0]) unlink(teredo_crash_path);
    signal(number, SIG_DFL);
    raise(number);
}

void teredo_unlink_on_crash(const char *path) {
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGABRT, SIGFPE};
    // A stack of its own, so that the handler runs after a stack overflow too.
    static char alternate[64 * 1024];
    stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = teredo_crashed;
    action.sa_flags = SA_ONSTACK;
    memset(teredo_crash_path, 0, sizeof teredo_crash_path);
    strncpy(teredo_crash_path, path, sizeof teredo_crash_path - 1);
    sigaltstack(&stack, NULL);
    for (size_t i = 0; i < sizeof crashes / sizeof crashes[0]; i++) sigaction(crashes[i], &action, NULL);
}
