import CTeredoLinux

/// What the mount that a file is in allows.
package enum MountedFile {
    /// Whether nobody can change the file at `path`, because its file system is mounted for reading only.
    package static func isReadOnly(_ path: String) -> Bool { unsafe teredo_is_read_only(path) == 1 }
}
