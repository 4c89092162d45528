/// What moves the packets of trusted peers.
package enum DataPathChoice: String, Hashable, Sendable, CaseIterable {
    /// This program.
    case userspace
    /// The kernel; this program keeps it informed and handles everything else.
    case ebpf

    /// Throws for a choice that does not go with the number of threads.
    func validate(workers: Int) throws(ConfigurationError) {
        guard self == .userspace || workers == 1 else {
            throw ConfigurationError(
                "--datapath",
                "ebpf moves packets on every processor by itself; leave --workers out"
            )
        }
    }
}
