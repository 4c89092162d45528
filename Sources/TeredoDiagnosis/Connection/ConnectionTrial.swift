package import TeredoControl
package import TeredoHost
import TeredoLinux
package import TeredoWire

/// Has a running client find a peer, and watches on the control socket which path it finds.
package struct ConnectionTrial: Hashable, Sendable {
    /// The way that was found: `direct`, `relay`, `transit`, or `none` within the time.
    package var path = Self.none
    /// Where packets go on UDP.
    package var endpoint: String?
    /// After how many milliseconds there was a way, as far as the control socket tells.
    package var milliseconds: Int?
    /// How many milliseconds an exchange with the peer took, when one was measured.
    package var rttMilliseconds: Double?

    /// The path when there is none.
    package static let none = "none"
    /// How long it is tried.
    package static let limitSeconds = 8

    /// Nothing found yet.
    package init() {}

    /// Tries; throws when the client cannot be asked, or no packet leaves.
    package static func run(to peer: IPv6Address, through query: ControlQuery) throws(ServiceError) -> Self {
        let knock = try ServiceError.wrapping { () throws(SystemError) in try UDPKnock(to: peer) }
        let start = MonotonicClock.nanoseconds
        var nextKnock = start
        var trial = Self()
        while MonotonicClock.nanoseconds < start + Int64(limitSeconds) * second {
            if MonotonicClock.nanoseconds >= nextKnock {
                // Any packet has the client find the peer; each further one has it look for a better way.
                do { try knock.send() } catch { throw ServiceError(error) }
                nextKnock += second / 2
            }
            let found = try query.peers(limit: 256).peers.first { $0.address == peer.description }
            if let found, ways.contains(found.path) {
                trial.milliseconds = trial.milliseconds ?? Int((MonotonicClock.nanoseconds - start) / 1_000_000)
                trial.path = found.path
                trial.endpoint = found.endpoint
                trial.rttMilliseconds = found.rttMilliseconds
                // Packets may take the detour first and go directly a moment later.
                let isDecided = MonotonicClock.nanoseconds >= start + detourPatience
                if found.path != "transit" || isDecided { return trial }
            }
            Pause.sleep(.milliseconds(50))
        }
        return trial
    }

    private static let ways: Set<String> = ["direct", "relay", "transit"]
    private static let second: Int64 = 1_000_000_000
    /// How long the direct way has time before the detour counts.
    private static let detourPatience = 4 * second
}

extension ConnectionTrial: Encodable {
    private enum CodingKeys: String, CodingKey {
        case path, endpoint, milliseconds, rttMilliseconds
    }

    /// Encodes unknown values as null, so that every key is always there.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(path, forKey: .path)
        try container.encode(endpoint, forKey: .endpoint)
        try container.encode(milliseconds, forKey: .milliseconds)
        try container.encode(rttMilliseconds, forKey: .rttMilliseconds)
    }
}
