import TeredoWire

/// The last datagrams, by which one is known again that is captured a second time on its way, behind a NAT for example.
struct RecentDatagrams {
    private static let limit = 128
    private static let period = Duration.seconds(1)

    private struct Entry {
        let digest: UInt64
        let count: Int
        let source: UDPEndpoint
        let destination: UDPEndpoint
        let identification: UInt16
        let number: Int
        let time: ProtocolInstant?
    }

    /// A datagram that was seen before, and what changed meanwhile.
    struct Match {
        let number: Int
        let source: UDPEndpoint
        let destination: UDPEndpoint
    }

    private var entries: [Entry] = []
    private var next = 0

    /// The earlier sighting of a datagram, if there was one; remembers this one.
    mutating func match(_ datagram: ObservedDatagram, number: Int, time: ProtocolInstant?) -> Match? {
        let entry = Entry(
            digest: Self.digest(datagram.payload.span),
            count: datagram.payload.count,
            source: datagram.source,
            destination: datagram.destination,
            identification: datagram.identification,
            number: number,
            time: time
        )
        let found = entries.filter { Self.isSame($0, entry) }.max { $0.number < $1.number }
        if entries.count < Self.limit {
            entries.append(entry)
        } else {
            entries[next] = entry
            next = (next + 1) % Self.limit
        }
        return found.map { Match(number: $0.number, source: $0.source, destination: $0.destination) }
    }

    /// The identification of IPv4 stays on the way; where it is 0, the endpoints or the moment have to tell.
    private static func isSame(_ old: Entry, _ new: Entry) -> Bool {
        guard old.digest == new.digest, old.count == new.count, old.identification == new.identification else {
            return false
        }
        if let before = old.time, let now = new.time, now - before > period { return false }
        let isSameSource = old.source == new.source
        let isSameDestination = old.destination == new.destination
        return new.identification == 0 ? isSameSource != isSameDestination : isSameSource || isSameDestination
    }

    /// FNV-1a: what somebody makes up to be taken for another one is only said to be the same.
    private static func digest(_ bytes: Span<UInt8>) -> UInt64 {
        var digest: UInt64 = 0xCBF2_9CE4_8422_2325
        for index in bytes.indices { digest = (digest ^ UInt64(bytes[index])) &* 0x0000_0100_0000_01B3 }
        return digest
    }
}
