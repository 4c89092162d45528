// Work that each thread of a process has to do for itself.
#pragma once

/// Has all other threads run `handler` as the handler of the signal `number`, once each, until `is_left` says of none that it has
/// not; the thread is given as its directory in /proc/self/task. Returns -1 when that does not come about within seconds.
int teredo_ask_other_threads(int number, void (*handler)(int), int (*is_left)(const char *thread));

/// The hexadecimal number of a line in /proc/self/task/THREAD/status, whose name ends with a colon; 0 for a thread that has ended.
unsigned long long teredo_thread_mask(const char *thread, const char *name);
