public import TeredoWire

/// What the connectivity tests of late tell about the relays towards native IPv6 (RFC 4380 section 5.2.9).
///
/// Nothing is sent to find it out: a client has no relay of its own that it could ask, and each native host may have
/// another. One silent host says little; several silent ones and none that answers say that no relay does.
public struct NativeReachability: Hashable, Sendable {
    /// How many native hosts were tested lately, at the wish of this host or with success.
    public let tested: Int
    /// How many of them answered their last test, or are heard right now.
    public let answered: Int
    /// When a test was last answered.
    public let lastAnswer: ProtocolInstant?
}

/// The outcomes of the last connectivity tests, one for each native host.
struct NativeTestRecord: Sendable {
    private struct Outcome: Sendable {
        let address: IPv6Address
        let instant: ProtocolInstant
        let isAnswered: Bool
    }

    private var outcomes: [Outcome] = []

    /// Notes how a test ended.
    mutating func record(_ address: IPv6Address, isAnswered: Bool, now: ProtocolInstant) {
        outcomes.removeAll { $0.address == address || now - $0.instant >= Self.memory }
        if outcomes.count == Self.limit { outcomes.removeFirst() }
        outcomes.append(Outcome(address: address, instant: now, isAnswered: isAnswered))
    }

    /// Forgets everything: another server, another network, other relays.
    mutating func removeAll() { outcomes = [] }

    /// What is known at `now`; `isHeard` tells which host is heard without a test.
    func reachability(now: ProtocolInstant, isHeard: (IPv6Address) -> Bool) -> NativeReachability {
        let heard = outcomes.map { $0.isAnswered && isHeard($0.address) }
        let recent = zip(outcomes, heard).filter { $1 || now - $0.instant < Self.memory }
        return NativeReachability(
            tested: recent.count,
            answered: recent.count { $0.0.isAnswered },
            lastAnswer: recent.last { $0.0.isAnswered }?.0.instant
        )
    }

    private static let limit = 16
    private static let memory = RFC4380.localPeerMemory
}

extension TeredoClient {
    /// What is known about relays towards native IPv6.
    public func nativeReachability(now: ProtocolInstant) -> NativeReachability {
        tests.reachability(now: now) { address in
            contacts.find(address).map { contacts[$0].isValid(now: now) } ?? false
        }
    }
}
