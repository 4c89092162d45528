import CTeredoLinux
import Glibc

/// What a process may go on doing with a file, or with everything below a folder, when it may do nothing with all others.
package struct FileRule: Hashable, Sendable {
    /// The file or folder; where there is none, there is nothing to allow.
    package let path: String
    /// What may be done.
    package let use: Use

    /// What may be done with a file.
    package enum Use: Hashable, Sendable {
        /// It is read.
        case read
        /// It is read, and folders are listed.
        case look
        /// It is written to as it is.
        case change
        /// It is used as a device.
        case device
        /// It is removed.
        case remove
        /// Another one takes its place.
        case replace
        /// The same, and sockets are made.
        case serve
    }

    /// Allows that.
    package init(_ path: String, _ use: Use) {
        self.path = path
        self.use = use
    }

    /// What it takes to read the file at `path` again and again, whatever the administrator puts in its place meanwhile: its folder,
    /// unless that is a folder of the whole system such as `/etc`, and the one that a link leads to.
    package static func reading(again path: String) -> [FileRule] {
        let all = Set([path, realPath(path)].compactMap(\.self))
        return all.sorted().flatMap { path in
            let folder = folder(of: path)
            let isNarrow = (realPath(folder) ?? folder).split(separator: "/").count > 1
            return [FileRule(path, .read)] + (isNarrow ? [FileRule(folder, .read)] : [])
        }
    }

    /// The folder that a file is in.
    package static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Where a path leads, without links; `nil` when it leads nowhere.
    private static func realPath(_ path: String) -> String? {
        guard let found = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(found) }
        return unsafe String(cString: found)
    }

    /// The accesses of Landlock, one bit each.
    var accesses: LandlockAccess {
        switch use {
        case .read: .readFile
        case .look: [.readFile, .readFolder]
        case .change: [.readFile, .writeFile, .truncate]
        case .device: [.readFile, .writeFile, .control]
        case .remove: .removeFile
        case .replace: [.readFile, .writeFile, .truncate, .makeFile, .removeFile]
        case .serve: [.readFile, .writeFile, .truncate, .makeFile, .makeSocket, .removeFile]
        }
    }
}
