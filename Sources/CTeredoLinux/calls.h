// The system calls of a role that is set up: calls.c has the table, filter.c makes a filter of it.
#pragma once

#include <stdint.h>

/// What has to hold for a call to be allowed.
enum check {
    /// Nothing.
    ANY,
    /// The argument is the value.
    IS,
    /// The argument has none of the bits of the value.
    HAS_NONE,
    /// The argument has all bits of the value.
    HAS_ALL,
    /// The argument has not all bits of the value.
    LACKS_ONE,
    /// The argument is a null pointer.
    IS_NULL,
    /// The argument is this process.
    IS_SELF,
    /// The argument is the child that may be sent signals.
    IS_CHILD,
    /// The first three arguments are a family, a type and a protocol of sockets: what SOCKET makes of them.
    IS_SOCKET,
    /// It is not allowed, and the value is the error that the caller sees, who knows how to do without.
    FAILS,
};

#define SOCKET(family, type, protocol) ((uint32_t)(family) << 16 | (uint32_t)(type) << 8 | (uint32_t)(protocol))

/// A line of the table. Those of one call stand together: one that holds is enough, and where none holds the process ends.
struct call {
    int number;
    /// The needs of which one is enough; 0 when every role needs it.
    uint32_t needs;
    enum check check;
    int argument;
    uint32_t value;
};

extern const struct call teredo_calls[];
extern const int teredo_call_count;
