// Privileges that are given up once everything is set up.
#pragma once

#include <stdint.h>

/// Finds a user by name; returns 0, or an errno value, ENOENT for a name that nobody has.
int teredo_find_user(const char *name, uint32_t *uid, uint32_t *gid);

/// Whether a user who is not root may do `mode` (W_OK and so on) to a path; the calling process must be root.
int teredo_user_may(const char *path, int mode, uint32_t uid, uint32_t gid);

/// Whether this thread could do `mode` to a path without the capabilities `without`, one bit each.
int teredo_may_without(const char *path, int mode, uint64_t without);

/// Leaves the calling thread those of its capabilities that are in `keep`, and whatever this process runs no others;
/// becomes another user first if `changes_user`. Returns -1 with errno when that cannot be done.
int teredo_reduce_privileges(uint64_t keep, int changes_user, uint32_t uid, uint32_t gid);

/// Makes effective what this thread is permitted: its program may have got capabilities from its file without that.
void teredo_use_permitted(void);

/// Lets no process of the same user look into this one or take control of it.
void teredo_forbid_tracing(void);

/// Takes all capabilities from all other threads and waits until they have none; -1 when that does not come about.
int teredo_empty_other_threads(void);
