package import TeredoSettings

/// What a running server reports about itself.
package struct ServerStatus: Hashable, Sendable, Codable {
    package var role = Role.server
    /// `running`: a server has no other state.
    package var state = "running"
    /// The primary address and port.
    package var primary: String
    /// The secondary address and port; `nil` for a server with one address.
    package var secondary: String?
    /// Whether solicitations without authentication are refused.
    package var requiresAuthentication = false
    /// The number of client identifiers with a secret.
    package var secrets = 0
    /// Whether packets can leave for native IPv6 destinations (connectivity tests).
    package var forwardsNative = false
    /// How the kernel answers plain solicitations: `off`, `native` or `generic`.
    package var xdp = "off"
    /// The interfaces on which it does.
    package var xdpInterfaces: [String] = []
    /// How many it answered; the counters include them.
    package var xdpAnswered: UInt64 = 0
    /// How many threads answer.
    package var workers = 1
    /// Seconds since the service began.
    package var uptime = 0
    /// The data path.
    package var counters: StatusCounters

    /// Makes a report of a server on its endpoints.
    package init(primary: String, secondary: String?, counters: StatusCounters) {
        self.primary = primary
        self.secondary = secondary
        self.counters = counters
    }
}
