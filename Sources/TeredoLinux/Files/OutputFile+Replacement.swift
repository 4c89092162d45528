import CTeredoLinux
import Glibc

extension OutputFile {
    /// Has the file at `path` hold `bytes`, for its owner only: whole or not at all, whenever this process is killed.
    ///
    /// The new file takes the place of an old one, so that nothing is written through a link, and whoever has the old one open
    /// keeps that. What is there and no plain file stays.
    package static func replace(path: String, with bytes: [UInt8]) throws(Failure) {
        try withDraft(of: path) { file, folder, draft, name throws(Failure) in
            do throws(SystemError) { try DescriptorContents.write(bytes, to: file) } catch {
                throw .system(code: error.code)
            }
            guard unsafe renameat(folder, draft, folder, name) == 0 else { throw .system(code: errno) }
        }
    }

    /// Throws where ``replace(path:with:)`` could not even begin; what is at `path` stays.
    package static func tryReplacing(path: String) throws(Failure) {
        try withDraft(of: path) { _, folder, draft, _ throws(Failure) in
            guard unsafe unlinkat(folder, draft, 0) == 0 else { throw .system(code: errno) }
        }
    }

    /// Makes an empty file beside `path`, which is removed where `body` throws; that gets both descriptors and both names.
    private static func withDraft(
        of path: String,
        _ body: (_ file: CInt, _ folder: CInt, _ draft: String, _ name: String) throws(Failure) -> Void
    ) throws(Failure) {
        let slash = path.lastIndex(of: "/")
        let folderPath = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
        // All else goes by this descriptor: what takes the folder's place meanwhile changes nothing.
        let folder = try owned(unsafe teredo_open_place(AT_FDCWD, folderPath, 1), folderPath)
        var status = stat()
        if unsafe fstatat(folder.rawValue, name, &status, AT_SYMLINK_NOFOLLOW) == 0 {
            guard status.st_mode & S_IFMT != S_IFLNK else { throw .symbolicLink }
            guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile }
        }
        let draft = ".\(name).new"
        // One that a killed process left.
        unsafe unlinkat(folder.rawValue, draft, 0)
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let file = try owned(unsafe openat(folder.rawValue, draft, flags, 0o600), draft)
        do throws(Failure) {
            try body(file.rawValue, folder.rawValue, draft, name)
        } catch {
            unsafe unlinkat(folder.rawValue, draft, 0)
            throw error
        }
    }

    private static func owned(_ descriptor: CInt, _ subject: String) throws(Failure) -> OwnedFileDescriptor {
        do { return try OwnedFileDescriptor(descriptor, "open", subject) } catch { throw .system(code: error.code) }
    }
}
