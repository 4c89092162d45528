// What somebody would try who got code of their own to run in a role.
#pragma once

/// The attempts.
enum teredo_intrusion {
    TEREDO_READ_FILE,
    TEREDO_MAKE_FILE,
    TEREDO_LIST_FOLDER,
    TEREDO_CHANGE_KERNEL,
    TEREDO_USE_DEVICE,
    TEREDO_RAW_SOCKET,
    TEREDO_PACKET_SOCKET,
    TEREDO_UNIX_SOCKET,
    TEREDO_OTHER_NETLINK,
    TEREDO_FILTER_SOCKET,
    TEREDO_LISTEN,
    TEREDO_EXECUTE,
    TEREDO_FORK,
    TEREDO_TRACE,
    TEREDO_READ_MEMORY,
    TEREDO_SIGNAL,
    TEREDO_MOUNT,
    TEREDO_UNSHARE,
    TEREDO_MAP_CODE,
    TEREDO_MAKE_CODE,
    TEREDO_BE_DUMPED,
    TEREDO_LOAD_PROGRAM,
    TEREDO_FIND_MAP,
};

/// Goes on in a process of its own, which has one thread only as a role has when it starts; the former one ends as that ends.
void teredo_be_alone(void);

/// Makes an attempt; returns 0 when it succeeded, or errno.
int teredo_intrude(enum teredo_intrusion attempt);

/// Asks the process at the other end of a socket for something; 1 when its answer begins with this, -1 when it cannot be asked.
int teredo_ask(int channel, const char *request, const char *beginning);
