import TeredoChart
import TeredoWire

/// Explains captured packets, one after the other, from what it has seen before.
///
/// What it remembers is bounded, however long the capture is: ``PartyBook``, ``ConversationBook`` and the chart have a most of
/// entries, and the summary says when one of them was full.
package struct CaptureExplainer {
    /// What is asked for.
    package struct Options: Sendable {
        /// Only packets with this address are shown and drawn; all are learned from.
        package var address: ExplainedAddress?
        /// The most rows of the chart; 0 for none.
        package var chartRows = 100

        /// All packets, and a chart of 100 rows.
        package init() {}
    }

    private let options: Options
    var start: ProtocolInstant?
    var counts = PacketCounts()
    var book = PartyBook()
    var conversations = ConversationBook()
    var qualifications: [Int: Qualification] = [:]
    var recent = RecentDatagrams()
    var fragments = RecentFragments()
    private var chart: ChartRecorder
    private var findings: [ExplainedRule: CaptureSummary.RuleCount] = [:]
    private var shown: Set<UDPEndpoint> = []
    private var unknownLinkTypes: [LinkType] = []
    private var flagged: Set<IPv6Address> = []

    /// An explainer that has seen nothing.
    package init(_ options: Options = Options()) {
        self.options = options
        chart = ChartRecorder(limit: options.chartRows)
    }

    /// What there is to say of a packet; `nil` when it has nothing to do with Teredo, or was not asked for.
    package mutating func explain(_ packet: CapturedPacket) -> PacketNote? {
        counts.all += 1
        if start == nil { start = packet.time }
        if packet.bytes.count < packet.originalLength { counts.cut += 1 }
        guard packet.linkType.isSupported else {
            counts.unknownLink += 1
            if !unknownLinkTypes.contains(packet.linkType), unknownLinkTypes.count < 16 {
                unknownLinkTypes.append(packet.linkType)
            }
            return nil
        }
        guard var note = note(packet) else {
            counts.other += 1
            return nil
        }
        note.findings = onceForEachAddress(note)
        if let wanted = options.address, !note.involves(wanted) { return nil }
        count(note.findings, number: note.number)
        chart.note(note)
        return note
    }

    private mutating func note(_ packet: CapturedPacket) -> PacketNote? {
        switch NetworkPacket(in: packet) {
        case .other: return nil
        case .ipv6(let range): return nativeNote(packet, range)
        case .ipv4(let range):
            guard let ipv4 = IPv4Packet(packet.bytes.span, range) else { return nil }
            if ipv4.isFragment { counts.fragments += 1 }
            if ipv4.fragmentOffset > 0 { return fragmentNote(packet, ipv4) }
            if ipv4.protocolNumber == IPv4Packet.icmp { return icmpv4Note(packet, ipv4) }
            guard let datagram = ObservedDatagram(packet.bytes.span, in: ipv4) else { return nil }
            return teredoNote(packet, datagram)
        }
    }

    /// The flags of an address are remarked on once, as long as there is room to remember it.
    private mutating func onceForEachAddress(_ note: PacketNote) -> [Finding] {
        note.findings.filter { finding in
            guard finding.rule == .addressFlags, let source = note.reading?.header.source else { return true }
            guard flagged.count < PartyBook.partyLimit else { return false }
            return flagged.insert(source).inserted
        }
    }

    private mutating func count(_ found: [Finding], number: Int) {
        for finding in found {
            var entry = findings[finding.rule] ?? CaptureSummary.RuleCount(rule: finding.rule, firstPacket: number)
            switch finding.weight {
            case .violation: entry.violations += 1
            case .remark: entry.remarks += 1
            }
            findings[finding.rule] = entry
        }
    }

    /// Who is at an endpoint, and whether a line has to say where that is.
    mutating func place(_ endpoint: UDPEndpoint) -> PacketPlace {
        let party = book.note(.unknown, at: endpoint)
        let name = book.name(of: endpoint)
        let isNew =
            name != endpoint.description && shown.count < PartyBook.endpointLimit
            && shown.insert(endpoint).inserted
        return PacketPlace(endpoint: endpoint, role: book.role(of: endpoint), name: name, party: party, isNew: isNew)
    }

    /// What was seen up to now.
    package func summary(title: String) -> CaptureSummary {
        var omissions: [String] = []
        if book.isFull {
            omissions.append("Only the first \(PartyBook.partyLimit) parties have names.")
        }
        if conversations.isFull {
            omissions.append("Only the first \(ConversationBook.limit) conversations were followed.")
        }
        let wanted = options.address
        return CaptureSummary(
            counts: counts,
            parties: book.parties,
            clients: book.parties.indices.compactMap { number in
                qualifications[number].map { CaptureSummary.Client(party: number, qualification: $0) }
            },
            conversations: conversations.conversations.filter { conversation in
                let ends = [conversation.initiator, conversation.responder]
                return wanted?.matches(outer: conversation.relay.map { [$0] } ?? [], inner: ends) ?? true
            },
            findings: ExplainedRule.allCases.compactMap { findings[$0] },
            chart: chart.model(book.parties, title: title),
            omissions: omissions,
            unknownLinkTypes: unknownLinkTypes
        )
    }
}
