import CTeredoLinux

/// What a role still does once it is set up, as far as its system calls depend on it; `calls.c` has the table.
package struct CallNeeds: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    private init(_ need: teredo_need) { rawValue = need.rawValue }

    /// It looks host names up.
    package static let names = Self(TEREDO_NEED_NAMES)
    /// It opens further UDP sockets.
    package static let datagrams = Self(TEREDO_NEED_DATAGRAMS)
    /// It connects by TCP.
    package static let streams = Self(TEREDO_NEED_STREAMS)
    /// It has an interface, and looks at addresses, routes and rules.
    package static let interface = Self(TEREDO_NEED_INTERFACE)
    /// It asks maps of programs in the kernel.
    package static let maps = Self(TEREDO_NEED_MAPS)
    /// It puts programs into the kernel for another process.
    package static let programs = Self(TEREDO_NEED_PROGRAMS)
    /// It writes files.
    package static let files = Self(TEREDO_NEED_FILES)
    /// It starts threads.
    package static let threads = Self(TEREDO_NEED_THREADS)
    /// It waits for processes that it started before.
    package static let children = Self(TEREDO_NEED_CHILDREN)
    /// It makes roles, with interface and control socket, again and again.
    package static let roles = Self(TEREDO_NEED_ROLES)
    /// It pings for whoever asks.
    package static let pings = Self(TEREDO_NEED_PINGS)
    /// It changes addresses, routes and packet filters for another process.
    package static let changes = Self(TEREDO_NEED_CHANGES)
    /// It makes interfaces for another process.
    package static let interfaces = Self(TEREDO_NEED_INTERFACES)
}
