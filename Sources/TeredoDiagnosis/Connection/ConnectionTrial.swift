package import TeredoControl
package import TeredoHost
import TeredoLinux
import TeredoProtocol
package import TeredoWire

/// Has a running client find a peer, and watches on the control socket which path it finds; every key is always in the JSON.
package struct ConnectionTrial: Hashable, Sendable, Encodable {
    /// The way that was found: `direct`, `relay`, `transit`, or `none` within the time.
    package var path = PathKind.none
    /// Where packets go on UDP.
    @OrNull package var endpoint: UDPEndpoint?
    /// After how long there was a way, as far as the control socket tells.
    @JSONTimeOrNull<WholeMilliseconds> package var searchTime: Duration?
    /// How long an exchange with the peer took, when one was measured.
    @JSONTimeOrNull<TenthsOfMilliseconds> package var roundTrip: Duration?

    private enum CodingKeys: String, CodingKey {
        case path, endpoint
        case searchTime = "searchMilliseconds"
        case roundTrip = "roundTripMilliseconds"
    }

    /// How long it is tried.
    package static let timeLimit = Duration.seconds(8)

    /// Nothing found yet.
    package init() {}

    /// Tries; throws when the client cannot be asked, or no packet leaves.
    package static func run(to peer: IPv6Address, through query: ControlQuery) throws(ServiceError) -> Self {
        let knock = try ServiceError.wrapping { () throws(SystemError) in try UDPKnock(to: peer) }
        let start = MonotonicClock.now
        var nextKnock = start
        var trial = Self()
        while MonotonicClock.now < start + timeLimit {
            if MonotonicClock.now >= nextKnock {
                // Any packet has the client find the peer; each further one has it look for a better way.
                do { try knock.send() } catch { throw ServiceError(error) }
                nextKnock = nextKnock + knockInterval
            }
            if let found = try query.peer(peer), PathKind(found.path).isOpen {
                trial.searchTime = trial.searchTime ?? MonotonicClock.now - start
                trial.path = PathKind(found.path)
                trial.endpoint = found.endpoint
                trial.roundTrip = found.roundTrip
                // Packets may take the detour first and go directly a moment later.
                let isDecided = MonotonicClock.now >= start + detourPatience
                if found.path != .transit || isDecided { return trial }
            }
            Pause.sleep(.milliseconds(50))
        }
        return trial
    }

    private static let knockInterval = Duration.milliseconds(500)
    /// How long the direct way has time before the detour counts.
    private static let detourPatience = Duration.seconds(4)
}
