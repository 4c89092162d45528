import CTeredoLinux

/// The memory of this process.
package enum ProcessMemory {
    /// Gives back the pages of the program's code and constants that are in memory.
    ///
    /// Most of them are of no use once arguments and settings are read. What is needed again comes from the page cache.
    package static func releaseCode() { teredo_release_code() }
}
