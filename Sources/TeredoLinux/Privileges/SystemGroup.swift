import Glibc

/// A group of users of this host.
package struct SystemGroup: Hashable, Sendable {
    /// Its name.
    package let name: String
    /// Its number.
    package let identifier: UInt32

    /// The group of this name; `nil` when there is none.
    package init?(named name: String) {
        guard let entry = unsafe getgrnam(name) else { return nil }
        self.name = name
        identifier = unsafe entry.pointee.gr_gid
    }
}
