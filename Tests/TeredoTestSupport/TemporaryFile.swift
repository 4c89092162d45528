import FoundationEssentials

/// A file that is removed with the value that stands for it.
package final class TemporaryFile: Sendable {
    /// Where it is.
    package let path: String

    /// Makes a file with these contents.
    package init(contents: String = "") throws {
        path = FileManager.default.temporaryDirectory.path + "/teredo-test-\(UUID().uuidString)"
        try contents.write(toFile: path, atomically: false, encoding: .utf8)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Sets its permissions.
    package func setPermissions(_ mode: Int) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }
}
