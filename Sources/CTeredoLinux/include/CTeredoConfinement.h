// What a process may no longer do, whatever code runs in it: Landlock for files, TCP and signals.
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
