import TeredoHost
package import TeredoProtocol
package import TeredoWire

/// The peers of a running client or relay, as many as were asked for.
package struct PeerList: Hashable, Sendable, Codable {
    /// How many peers are remembered.
    package var total: Int
    /// Those listed: the proved ones first, then the most recently used.
    package var peers: [PeerStatus]

    private enum CodingKeys: String, CodingKey {
        case total = "peerCount"
        case peers
    }

    /// A list of some of `total` peers.
    package init(total: Int, peers: [PeerStatus]) {
        self.total = total
        self.peers = peers
    }

    /// A table for people.
    package var text: String {
        guard !peers.isEmpty else { return "no peers" }
        let head = ["PEER", "PATH", "ENDPOINT", "HEARD", "RTT", "RECEIVED", "SENT", "NAT", "RFC 6081"]
        let rows = [head] + peers.map(Self.row)
        let widths = head.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        var lines = rows.map { row in
            zip(row, widths).dropLast().map { $0 + String(repeating: " ", count: $1 - $0.count) }
                .joined(separator: "  ") + "  " + row[row.count - 1]
        }
        if total > peers.count { lines.append("\(total - peers.count) more; --limit shows up to 256") }
        return lines.joined(separator: "\n")
    }

    /// Whether there is no NAT of a Teredo client, and nobody who would speak RFC 6081.
    private static func isNative(_ peer: PeerStatus) -> Bool { !peer.address.isTeredo }

    private static func nat(_ peer: PeerStatus) -> String {
        if isNative(peer) { return "-" }
        if peer.symmetricNAT { return "symmetric" }
        return peer.endpointKept == true ? "keeps endpoint" : "not known"
    }

    private static func row(_ peer: PeerStatus) -> [String] {
        [
            peer.address.description, peer.path.rawValue,
            peer.endpoint == UDPEndpoint(.unspecified, 0) ? "-" : peer.endpoint.description,
            peer.heard.map { "\(TimeText.duration($0)) ago" } ?? "not yet",
            peer.roundTrip.map(TimeText.milliseconds) ?? "-",
            peer.octetsReceived.map(OctetText.short) ?? "-", peer.octetsSent.map(OctetText.short) ?? "-", nat(peer),
            isNative(peer) ? "-" : peer.extensions ? "yes" : "not seen",
        ]
    }
}

extension PeerList {
    /// The list of a machine that remembers `total` peers.
    package init(_ peers: [PeerSummary], total: Int, now: ProtocolInstant) {
        self.init(total: total, peers: peers.map { PeerStatus($0, now: now) })
    }
}
