package import TeredoExplanation
import TeredoHost
import TeredoWire

/// What a capture comes to in JSON, the last line of it, as docs/schema/explain.json describes it.
package struct SummaryRecord: Encodable {
    private let schemaVersion = PacketRecord.version
    private let kind = "summary"
    private let format: String
    private let packets: Packets
    private let parties: [PartyRecord]
    private let clients: [ClientRecord]
    private let conversations: [ConversationRecord]
    private let rules: [RuleRecord]
    private let omissions: [String]
    /// What is wrong with the file; `null` when it was read to its end.
    @OrNull private var error: String?

    /// The record of a summary; `error` says what is wrong with the file.
    package init(_ summary: CaptureSummary, format: String, error: String?) {
        self.format = format
        packets = Packets(summary.counts)
        parties = summary.parties.filter { $0.role != .unknown }.map(PartyRecord.init)
        clients = summary.clients.map { ClientRecord($0, summary) }
        conversations = summary.conversations.map(ConversationRecord.init)
        rules = summary.findings.map(RuleRecord.init)
        omissions = summary.omissions
        self.error = error
    }

    private struct Packets: Encodable {
        let all: Int
        let certain: Int
        let likely: Int
        let possible: Int
        let related: Int
        let other: Int
        let unreadable: Int
        let cut: Int
        let fragments: Int

        init(_ counts: PacketCounts) {
            all = counts.all
            certain = counts.certain
            likely = counts.likely
            possible = counts.possible
            related = counts.related
            other = counts.other
            unreadable = counts.unknownLink
            cut = counts.cut
            fragments = counts.fragments
        }
    }

    private struct PartyRecord: Encodable {
        let name: String
        let role: String
        let endpoints: [UDPEndpoint]
        @OrNull var address: IPv6Address?

        init(_ party: Party) {
            name = party.name
            role = party.role.rawValue
            endpoints = party.endpoints
            address = party.address
        }
    }

    private struct ClientRecord: Encodable {
        let name: String
        @OrNull var mappedEndpoint: UDPEndpoint?
        let solicitations: Int
        let advertisements: Int
        @JSONTimeOrNull<Milliseconds> var qualificationMilliseconds: Duration?

        init(_ client: CaptureSummary.Client, _ summary: CaptureSummary) {
            name = summary.parties[client.party].name
            mappedEndpoint = client.qualification.mapped
            solicitations = client.qualification.solicitations
            advertisements = client.qualification.advertisements
            qualificationMilliseconds = client.qualification.duration
        }
    }

    private struct ConversationRecord: Encodable {
        let initiator: IPv6Address
        let responder: IPv6Address
        let firstPacket: Int
        @OrNull var state: String?
        @OrNull var way: String?
        @OrNull var relay: UDPEndpoint?
        @JSONTimeOrNull<Milliseconds> var firstContactMilliseconds: Duration?
        let sentPackets: Int
        let sentOctets: Int
        let receivedPackets: Int
        let receivedOctets: Int

        init(_ conversation: Conversation) {
            initiator = conversation.initiator
            responder = conversation.responder
            firstPacket = conversation.firstPacket
            state = conversation.state?.rawValue
            way = conversation.way?.rawValue
            relay = conversation.relay
            firstContactMilliseconds = conversation.firstContact
            sentPackets = conversation.sent.packets
            sentOctets = conversation.sent.octets
            receivedPackets = conversation.received.packets
            receivedOctets = conversation.received.octets
        }
    }

    private struct RuleRecord: Encodable {
        let rule: String
        let statement: String
        let violations: Int
        let remarks: Int
        let firstPacket: Int

        init(_ count: CaptureSummary.RuleCount) {
            rule = count.rule.identifier
            statement = count.rule.statement
            violations = count.violations
            remarks = count.remarks
            firstPacket = count.firstPacket
        }
    }
}
