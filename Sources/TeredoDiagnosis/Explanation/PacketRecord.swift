import FoundationEssentials
package import TeredoExplanation
import TeredoHost
import TeredoWire

/// One packet in JSON, as docs/schema/explain.json describes it.
package struct PacketRecord: Encodable {
    /// The version of the form: it changes when a key goes or changes its meaning.
    package static let version = 1

    private let note: PacketNote

    /// The record of a note.
    package init(_ note: PacketNote) { self.note = note }

    private enum Key: String, CodingKey {
        case schemaVersion
        case kind
        case packet
        case offsetOctets
        case time
        case elapsedMilliseconds
        case sureness
        case message
        case text
        case source
        case destination
        case authentication
        case origin
        case ipv6
        case icmpv6Type
        case trailers
        case datagrams
        case isWhole
        case details
        case changes
        case findings
        case sameAsPacket
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(Self.version, forKey: .schemaVersion)
        try container.encode("packet", forKey: .kind)
        try container.encode(note.number, forKey: .packet)
        try container.encode(note.offset, forKey: .offsetOctets)
        try container.encode(note.time.map(Self.text), forKey: .time)
        try container.encode(note.elapsed.map(Milliseconds.number), forKey: .elapsedMilliseconds)
        try container.encode(note.sureness.rawValue, forKey: .sureness)
        try container.encode(note.kind.rawValue, forKey: .message)
        try container.encode(note.label, forKey: .text)
        try container.encode(note.source.map(PlaceRecord.init), forKey: .source)
        try container.encode(note.destination.map(PlaceRecord.init), forKey: .destination)
        try container.encode(note.details, forKey: .details)
        try container.encode(note.changes.map(ChangeRecord.init), forKey: .changes)
        try container.encode(note.findings.map(FindingRecord.init), forKey: .findings)
        try container.encode(note.sameAs, forKey: .sameAsPacket)
        let header = note.reading?.header ?? note.nativeHeader
        try container.encode(header.map(IPv6Record.init), forKey: .ipv6)
        try container.encode(note.reading?.authentication.map(AuthenticationRecord.init), forKey: .authentication)
        try container.encode(note.reading?.origin, forKey: .origin)
        try container.encode(note.reading?.icmpv6?.type, forKey: .icmpv6Type)
        try container.encode(note.reading?.trailers.map(TrailerRecord.init) ?? [], forKey: .trailers)
        try container.encode(note.reading?.pieces, forKey: .datagrams)
        try container.encode(note.reading?.isWhole, forKey: .isWhole)
    }

    /// The moment by RFC 3339 in UTC, with nanoseconds.
    static func text(_ time: ProtocolInstant) -> String {
        let (seconds, nanoseconds) = time.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        let isBefore = nanoseconds < 0
        let whole = isBefore ? seconds - 1 : seconds
        let fraction = String(isBefore ? nanoseconds + 1_000_000_000 : nanoseconds)
        let date = Date(timeIntervalSince1970: Double(whole)).formatted(.iso8601)
        return "\(date.dropLast()).\(String(repeating: "0", count: 9 - fraction.count))\(fraction)Z"
    }
}
