package import TeredoHost
import TeredoProtocol
package import TeredoSettings
package import TeredoWire

/// What a running server reports about itself.
package struct ServerStatus: Hashable, Sendable, Codable {
    package var role = Role.server
    /// `running` or `draining`.
    package var state = RunningState.running
    /// The primary address and port.
    package var primary: UDPEndpoint
    /// The secondary address and port; `nil` for a server with one address.
    package var secondary: UDPEndpoint?
    /// Whether solicitations without authentication are refused.
    package var requiresAuthentication = false
    /// The number of client identifiers with a secret.
    package var secrets = 0
    /// Whether packets can leave for native IPv6 destinations (connectivity tests).
    package var forwardsNative = false
    /// How the kernel answers plain solicitations; never `auto`, which is but a wish.
    package var xdp = XDPChoice.off
    /// The interfaces on which it does.
    package var xdpInterfaces: [String] = []
    /// How many it answered; the counters include them.
    package var xdpAnswered: UInt64 = 0
    /// What is more than this is dropped.
    package var limits = ServerLimitsStatus(ServerLimits())
    /// How many threads answer.
    package var workers = 1
    /// What is announced; `nil` without a table for it, and in a gateway, whose relay says it.
    package var announcement: AnnouncementStatus?
    /// How far a server is that drains; `nil` for one that does not.
    package var drain: DrainStatus?
    /// How long the service has run.
    @JSONTime<Seconds> package var uptime: Duration = .zero
    /// The data path.
    package var counters: StatusCounters

    private enum CodingKeys: String, CodingKey {
        case role, state, primary, secondary, requiresAuthentication, secrets, forwardsNative, xdp, xdpInterfaces,
            xdpAnswered, limits, workers, announcement, drain
        case uptime = "uptimeSeconds"
        case counters
    }

    /// Makes a report of a server on its endpoints.
    package init(primary: UDPEndpoint, secondary: UDPEndpoint?, counters: StatusCounters) {
        self.primary = primary
        self.secondary = secondary
        self.counters = counters
    }
}
