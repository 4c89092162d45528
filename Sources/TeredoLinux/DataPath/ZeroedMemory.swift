import Glibc

/// Zeroed memory in whole pages, committed only where it is touched.
@safe package final class ZeroedMemory: @unchecked Sendable {
    /// The first octet, at the start of a page.
    package let base: UnsafeMutableRawPointer
    private let count: Int

    /// Reserves `count` octets.
    package init(count: Int) throws(SystemError) {
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
        let memory = unsafe mmap(nil, count, PROT_READ | PROT_WRITE, flags, -1, 0)
        guard let memory = unsafe memory, unsafe memory != MAP_FAILED else {
            throw SystemError("mmap", "\(count) octets of memory")
        }
        unsafe base = memory
        self.count = count
    }

    deinit {
        unsafe munmap(base, count)
    }
}
