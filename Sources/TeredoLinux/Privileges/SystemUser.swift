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

    /// Whether the user and its group exist in the user namespace of this process.
    package var isMapped: Bool {
        Self.isMapped(userIdentifier, by: "/proc/self/uid_map")
            && Self.isMapped(groupIdentifier, by: "/proc/self/gid_map")
    }

    /// A line has the first number inside, the first outside, and how many follow.
    private static func isMapped(_ number: UInt32, by path: String) -> Bool {
        guard let file = try? PrivateFile(path: path, limit: 65_536) else { return true }
        return String(decoding: file.contents, as: UTF8.self).split(separator: "\n").contains { line in
            let numbers = line.split(separator: " ").compactMap { UInt64($0) }
            return numbers.count == 3 && (numbers[0]..<numbers[0] + numbers[2]).contains(UInt64(number))
        }
    }

    /// Whether this is the user with all privileges.
    package var isRoot: Bool { userIdentifier == 0 }

    /// Whether this process belongs to the user with all privileges.
    package static var isCurrentRoot: Bool { geteuid() == 0 }

    /// Whether this process may write to a folder that is there.
    package static func mayCurrentWrite(folder: String) -> Bool { unsafe access(folder, W_OK | X_OK) == 0 }

    /// Whether the user could make and remove files in a folder; asked by root.
    package func mayWrite(folder: String) -> Bool {
        unsafe teredo_user_may(folder, W_OK | X_OK, userIdentifier, groupIdentifier) != 0
    }

    /// Whether the user could read a file; asked by root.
    package func mayRead(file: String) -> Bool {
        unsafe teredo_user_may(file, R_OK, userIdentifier, groupIdentifier) != 0
    }

    /// Gives a folder to the user; nobody but root may be able to exchange it, and what is a link is not followed.
    package func own(folder: String) throws(SystemError) {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        try own(OwnedFileDescriptor(unsafe open(folder, flags), "open", folder), folder)
    }

    /// Makes a folder that is missing, with those above it that are missing too, and gives it to the user.
    ///
    /// Somebody else may own the folder that they go to: each is made in the one before by its descriptor, so that nothing is made
    /// or given away elsewhere, whatever is exchanged meanwhile.
    package func make(folder path: String) throws(SystemError) {
        var names = path.split(separator: "/")[...]
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
        let start = path.hasPrefix("/") ? "/" : "."
        var folder = try OwnedFileDescriptor(unsafe open(start, flags), "open", path)
        // What is there already, links included, is as the administrator named it.
        while let name = names.first {
            let next = unsafe openat(folder.rawValue, String(name), flags)
            if next < 0, errno == ENOENT { break }
            folder = try OwnedFileDescriptor(next, "open", path)
            names.removeFirst()
        }
        for name in names {
            guard unsafe mkdirat(folder.rawValue, String(name), 0o755) == 0 || errno == EEXIST else {
                throw SystemError("mkdir", path)
            }
            let made = unsafe openat(folder.rawValue, String(name), flags | O_NOFOLLOW)
            folder = try OwnedFileDescriptor(made, "open", path)
            try requireOwn(folder.rawValue, path)
        }
        try own(folder, path)
    }

    private func own(_ folder: borrowing OwnedFileDescriptor, _ path: String) throws(SystemError) {
        guard fchown(folder.rawValue, userIdentifier, groupIdentifier) == 0 else { throw SystemError("fchown", path) }
    }

    /// What was just made is root's, or was made at the same time for the same user.
    private func requireOwn(_ descriptor: CInt, _ path: String) throws(SystemError) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw SystemError("fstat", path) }
        guard status.st_uid == 0 || status.st_uid == userIdentifier else {
            throw SystemError(
                "fchown",
                path,
                code: ESTALE,
                remedy: "it belongs to another user than root; make it for the user of --user yourself"
            )
        }
    }
}
