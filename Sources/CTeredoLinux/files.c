#define _GNU_SOURCE
#include <fcntl.h>
#include <unistd.h>

#include "CTeredoFiles.h"

int teredo_open_place(int place, const char *name, int follows_link) {
    return openat(place, name, O_PATH | O_CLOEXEC | (follows_link ? 0 : O_NOFOLLOW));
}

int teredo_may_run(int file) { return faccessat(file, "", X_OK, AT_EACCESS | AT_EMPTY_PATH) == 0; }

int teredo_give_to_group(int file, uint32_t group) { return fchownat(file, "", (uid_t)-1, group, AT_EMPTY_PATH); }

const char *teredo_environment(int position) { return environ == NULL ? NULL : environ[position]; }

int teredo_spawn_plainly(posix_spawn_file_actions_t *actions, int given) {
    return posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1 + given);
}

int teredo_spawn_in(posix_spawn_file_actions_t *actions, const char *directory) {
    return posix_spawn_file_actions_addchdir_np(actions, directory);
}
