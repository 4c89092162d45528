// What a process may no longer do, whatever code runs in it: Landlock for files, TCP and signals, seccomp for system calls.
#pragma once

#include <stdint.h>

/// The version of Landlock that the kernel has; 0 for none.
int teredo_landlock_version(void);

/// Makes rules that refuse what they handle, one bit for each kind of access, but for what is allowed later; returns their descriptor.
int teredo_landlock_create(uint64_t files, uint64_t network, uint64_t scopes);

/// Allows access to an open file, or to everything below an open folder.
int teredo_landlock_allow(int rules, int place, uint64_t access);

/// Allows access to a TCP port.
int teredo_landlock_allow_port(int rules, uint16_t port, uint64_t access);

/// Holds all threads of the process to rules, for good; -1 when one of them could not be reached.
int teredo_landlock_enforce(int rules);

/// What a role still does once it is set up, one bit each, as far as system calls depend on it.
enum teredo_need {
    /// It looks host names up.
    TEREDO_NEED_NAMES = 1 << 0,
    /// It opens further UDP sockets.
    TEREDO_NEED_DATAGRAMS = 1 << 1,
    /// It connects by TCP: to routers, or to the metadata service of a cloud.
    TEREDO_NEED_STREAMS = 1 << 2,
    /// It has an interface, and looks at addresses, routes and rules.
    TEREDO_NEED_INTERFACE = 1 << 3,
    /// It asks maps of programs in the kernel.
    TEREDO_NEED_MAPS = 1 << 4,
    /// It puts programs into the kernel for another process.
    TEREDO_NEED_PROGRAMS = 1 << 5,
    /// It writes files.
    TEREDO_NEED_FILES = 1 << 6,
    /// It starts threads.
    TEREDO_NEED_THREADS = 1 << 7,
    /// It waits for processes that it started before.
    TEREDO_NEED_CHILDREN = 1 << 8,
    /// It makes roles, with interface and control socket, again and again.
    TEREDO_NEED_ROLES = 1 << 9,
    /// It pings for whoever asks.
    TEREDO_NEED_PINGS = 1 << 10,
    /// It changes addresses, routes and packet filters for another process.
    TEREDO_NEED_CHANGES = 1 << 11,
    /// It makes interfaces for another process.
    TEREDO_NEED_INTERFACES = 1 << 12,
};

/// Holds all threads of the process to the system calls that `needs` take, for good: anything else ends the process at once, by
/// SIGSYS. `child` is the process that may be sent signals, 0 for none. Returns -1 with errno when that is not to be had.
int teredo_filter_calls(uint32_t needs, int child);
