package import TeredoWire

/// What there is to say of one packet.
package struct PacketNote: Hashable, Sendable {
    /// The number of the packet in the file.
    package let number: Int
    /// Where its record begins in the file, in octets.
    package let offset: UInt64
    /// When it was seen, since 1970; `nil` where the file does not tell.
    package let time: ProtocolInstant?
    /// The time since the first packet of the file.
    package let elapsed: Duration?
    /// From and to; `nil` for IPv6 outside of the tunnel.
    package var source: PacketPlace?
    package var destination: PacketPlace?
    /// How sure it is that it is Teredo.
    package var sureness: Sureness
    /// What it is.
    package let kind: MessageKind
    /// What it is, without its elements and trailers.
    package let headline: String
    /// What it is, in the words of a chart.
    package let label: String
    /// Its elements and trailers with their meaning, and what else there is to say.
    package var details: [String] = []
    /// What it leads to.
    package var changes: [StateChange] = []
    /// What it has against rules.
    package var findings: [Finding] = []
    /// Its contents; `nil` for what is not well-formed and for fragments.
    package var reading: TeredoReading?
    /// The header of a packet outside of the tunnel.
    package var nativeHeader: IPv6Header?
    /// The number of the packet that this one is, seen before at another place on its way.
    package var sameAs: Int?

    init(
        _ packet: CapturedPacket,
        start: ProtocolInstant?,
        _ kind: MessageKind,
        _ sureness: Sureness,
        headline: String,
        label: String? = nil
    ) {
        number = packet.number
        offset = packet.offset
        time = packet.time
        elapsed = packet.time.flatMap { time in start.map { time - $0 } }
        self.kind = kind
        self.sureness = sureness
        self.headline = headline
        self.label = label ?? headline
    }

    /// Whether `wanted` is one of its addresses: outside, inside, embedded in those, or its origin.
    package func involves(_ wanted: ExplainedAddress) -> Bool {
        let outer = [source?.endpoint, destination?.endpoint, reading?.origin].compactMap(\.self)
        let headers = [reading?.header, nativeHeader].compactMap(\.self)
        return wanted.matches(outer: outer, inner: headers.flatMap { [$0.source, $0.destination] })
    }
}
