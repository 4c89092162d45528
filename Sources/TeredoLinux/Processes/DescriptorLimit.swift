import Glibc

/// How many descriptors this process may have open at once.
package enum DescriptorLimit {
    /// Has the process be allowed at least `count`, as far as the limit that only root can raise lets it; returns how many it may have
    /// where those are fewer, and otherwise `nil`.
    package static func provide(_ count: UInt64) -> UInt64? {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard unsafe getrlimit(resource, &limit) == 0, limit.rlim_cur < count else { return nil }
        guard limit.rlim_max >= count else { return UInt64(limit.rlim_max) }
        limit.rlim_cur = rlim_t(count)
        return unsafe setrlimit(resource, &limit) == 0 ? nil : UInt64(limit.rlim_cur)
    }
}
