import TeredoWire

/// The last first fragments of Teredo datagrams, by which their later fragments are known.
struct RecentFragments {
    private static let limit = 64

    private struct Entry: Hashable {
        let source: IPv4Address
        let destination: IPv4Address
        let identification: UInt16
    }

    private var entries: [(Entry, first: Int, source: UDPEndpoint, destination: UDPEndpoint)] = []
    private var next = 0

    mutating func note(_ datagram: ObservedDatagram, number: Int) {
        let entry = Entry(
            source: datagram.source.address,
            destination: datagram.destination.address,
            identification: datagram.identification
        )
        let row = (entry, first: number, source: datagram.source, destination: datagram.destination)
        if entries.count < Self.limit {
            entries.append(row)
        } else {
            entries[next] = row
            next = (next + 1) % Self.limit
        }
    }

    /// The first fragment that belongs to a later one.
    func first(of packet: IPv4Packet) -> (number: Int, source: UDPEndpoint, destination: UDPEndpoint)? {
        let entry = Entry(
            source: packet.source,
            destination: packet.destination,
            identification: packet.identification
        )
        return entries.first { $0.0 == entry }.map { ($0.first, $0.source, $0.destination) }
    }
}
