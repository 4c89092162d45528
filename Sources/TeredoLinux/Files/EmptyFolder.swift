import Glibc

/// Folders that were made and turned out not to be needed.
package enum EmptyFolder {
    /// Removes a folder that has nothing in it; any other, and one that may not be removed, stays.
    package static func remove(_ path: String) { _ = unsafe rmdir(path) }
}
