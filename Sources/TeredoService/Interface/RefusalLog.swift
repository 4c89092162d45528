import TeredoControl
import TeredoLinux
import TeredoSettings
import TeredoWire

/// Decides when refused packets are worth a line in the log: the first at once, and then at most one line a minute for all
/// that came since.
struct RefusalLog {
    private var logged = InboundRefusals()
    private var next: ProtocolInstant?

    /// The shortest time between two lines.
    static let pause = Duration.seconds(60)

    /// Takes note of what was refused so far; returns what to log, if anything.
    mutating func record(_ refusals: InboundRefusals, now: ProtocolInstant) -> String? {
        guard refusals.packets > logged.packets, next.map({ now >= $0 }) ?? true else { return nil }
        let before = Dictionary(logged.kinds.map { (Key($0), $0.packets) }) { $1 }
        let fresh = refusals.kinds.compactMap { kind -> InboundRefusals.Kind? in
            var kind = kind
            // What the filter forgot meanwhile begins again at zero.
            let count = before[Key(kind)] ?? 0
            kind.packets = kind.packets >= count ? kind.packets - count : kind.packets
            return kind.packets == 0 ? nil : kind
        }
        let since = InboundRefusals(packets: refusals.packets - logged.packets, kinds: fresh)
        logged = refusals
        next = now + Self.pause
        return InboundStatus(mode: .filtered, refusals: since).summary
    }

    private struct Key: Hashable {
        let source: IPv6Address
        let protocolNumber: UInt8
        let port: UInt16

        init(_ kind: InboundRefusals.Kind) {
            (source, protocolNumber, port) = (kind.source, kind.protocolNumber, kind.port)
        }
    }
}
