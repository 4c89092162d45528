import CTeredoLinux
import Glibc

/// A user of this host.
package struct SystemUser: Hashable, Sendable {
    /// The name.
    package let name: String
    let userIdentifier: UInt32
    let groupIdentifier: UInt32

    /// Finds a user by name.
    package init(named name: String) throws(SystemError) {
        var (user, group): (UInt32, UInt32) = (0, 0)
        let code = unsafe teredo_find_user(name, &user, &group)
        guard code == 0 else { throw SystemError("getpwnam", "user \(name)", code: code) }
        self.name = name
        userIdentifier = user
        groupIdentifier = group
    }

    /// Whether this is the user with all privileges.
    package var isRoot: Bool { userIdentifier == 0 }

    /// Whether this process belongs to the user with all privileges.
    package static var isCurrentRoot: Bool { geteuid() == 0 }

    /// Whether the user could make and remove files in a folder; asked by root.
    package func mayWrite(folder: String) -> Bool {
        unsafe teredo_user_may(folder, W_OK | X_OK, userIdentifier, groupIdentifier) != 0
    }

    /// Whether the user could read a file; asked by root.
    package func mayRead(file: String) -> Bool {
        unsafe teredo_user_may(file, R_OK, userIdentifier, groupIdentifier) != 0
    }

    /// Gives a folder to the user.
    package func own(folder: String) throws(SystemError) {
        guard unsafe chown(folder, userIdentifier, groupIdentifier) == 0 else { throw SystemError("chown", folder) }
    }
}
