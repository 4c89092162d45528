// Privileges that are given up once everything is set up.
#pragma once

#include <stdint.h>

/// Finds a user by name; returns 0, or an errno value, ENOENT for a name that nobody has.
int teredo_find_user(const char *name, uint32_t *uid, uint32_t *gid);

/// Whether a user who is not root may do `mode` (W_OK and so on) to a path; the calling process must be root.
int teredo_user_may(const char *path, int mode, uint32_t uid, uint32_t gid);

/// Whether this thread may do `mode` to a path, and could not without the capabilities `needed`, one bit each.
int teredo_takes(const char *path, int mode, uint64_t needed);

/// What a process is to be, and to keep.
struct teredo_reduction {
    /// The capabilities, one bit each.
    uint64_t keep;
    /// Whether it becomes the user `uid` with the group `gid`, and leaves its other groups.
    int changes_user;
    uint32_t uid, gid;
    /// Whether it becomes a member of `further_group` too.
    int has_further_group;
    uint32_t further_group;
};

/// Has all other threads give up what they might get by running a program, with the calling thread's right to do so; call it
/// before teredo_reduce_privileges. Returns -1 when a thread does not; without that right nothing is changed, and no harm done.
int teredo_bound_other_threads(void);

/// Leaves the calling thread those of its capabilities that are kept, and whatever this process runs no others. Returns -1 with
/// errno when that cannot be done.
int teredo_reduce_privileges(const struct teredo_reduction *wanted);

/// Makes effective what this thread is permitted: its program may have got capabilities from its file without that.
void teredo_use_permitted(void);

/// Lets no process of the same user look into this one or take control of it.
void teredo_forbid_tracing(void);

/// Has a crash leave no image of this process's memory, and lets no process of the same user look into it. A change of user undoes
/// the latter.
void teredo_hide_memory(void);

/// Takes all capabilities from all other threads and waits until they have none; -1 when that does not come about.
int teredo_empty_other_threads(void);
