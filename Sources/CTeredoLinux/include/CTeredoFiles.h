// Files by descriptor, and what a child process gets; the C library declares what this takes for _GNU_SOURCE only.
#pragma once

#include <spawn.h>
#include <stdint.h>

/// Opens what `name` is in the directory `place`, to look at and go on from: a link too, unless it is to be followed.
int teredo_open_place(int place, const char *name, int follows_link);

/// Whether the process may run the file that was opened.
int teredo_may_run(int file);

/// Gives the file that was opened to a group; -1 with errno when that is not allowed.
int teredo_give_to_group(int file, uint32_t group);

/// The entry of the environment with this number, from 0; NULL behind the last.
const char *teredo_environment(int position);

/// Has the child get the standard descriptors, those from 3 on that were given to it, and no others.
int teredo_spawn_plainly(posix_spawn_file_actions_t *actions, int given);

/// Has the child work in a directory.
int teredo_spawn_in(posix_spawn_file_actions_t *actions, const char *directory);
