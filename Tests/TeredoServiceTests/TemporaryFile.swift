import FoundationEssentials

/// A file that is removed with the value that stands for it.
final class TemporaryFile: Sendable {
    let path: String

    init(contents: String = "") throws {
        path = FileManager.default.temporaryDirectory.path + "/teredo-test-\(UUID().uuidString)"
        try contents.write(toFile: path, atomically: false, encoding: .utf8)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func setPermissions(_ mode: Int) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }
}
