package import TeredoChart
package import TeredoExplanation
import TeredoHost
import TeredoWire

/// The explanation of a capture as people read it: a line for each packet, then the chart and what it all comes to.
package struct ExplanationText {
    private let characters: ChartCharacters
    /// Where lines are broken; `nil` to leave them whole.
    private let width: Int?

    /// Text in `characters`; broken into lines of `width` columns for a terminal, and a line a packet without it.
    package init(characters: ChartCharacters, width: Int?) {
        self.characters = characters
        self.width = width.map { max(40, $0) }
    }

    /// What there is to say of a packet: its line, and one for each rule.
    package func lines(_ note: PacketNote) -> [String] {
        let number = Self.right("\(note.number)", 6)
        let time = Self.right(note.elapsed.map { Decimals.text($0 / .seconds(1), digits: 6) } ?? "-", 11)
        var text = [note.source, note.destination].compactMap(\.self).map(Self.words).joined(separator: " → ")
        text += text.isEmpty ? note.headline : ": \(note.headline)"
        if let words = note.sureness.words { text += " (\(words))" }
        text += note.details.filter { !$0.isEmpty }.map { "; \($0)" }.joined()
        text += note.changes.map { " ⇒ \($0.sentence)" }.joined()
        var lines = broken(text, first: "\(number) \(time)  ", rest: Self.indent)
        for finding in note.findings {
            let weight = finding.weight == .violation ? "against" : "remark on"
            let sentence = "\(weight) \(finding.rule.identifier): \(finding.words) (\(finding.rule.statement))"
            lines += broken(sentence, first: Self.indent + "! ", rest: Self.indent + "  ")
        }
        return lines.map(characters.text)
    }

    private static let indent = String(repeating: " ", count: 20)

    private func broken(_ text: String, first: String, rest: String) -> [String] {
        guard let width else { return [first + text] }
        return WrappedText.lines(text, first: first, rest: rest, width: width)
    }

    private static func words(_ place: PacketPlace) -> String {
        guard place.isNew else { return place.endpoint.port == 0 ? "\(place.endpoint.address)" : place.name }
        return "\(place.name) (\(place.endpoint))"
    }

    private static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }

    /// What the capture comes to, without the chart.
    package func lines(_ summary: CaptureSummary, format: String) -> [String] {
        var lines = broken(Self.sentence(summary.counts, format), first: "", rest: "")
        for type in summary.unknownLinkTypes {
            lines.append("Packets with \(type) cannot be read.")
        }
        lines += summary.omissions
        lines += section("Who", parties(summary))
        lines += section("Qualification", qualifications(summary))
        lines += section("Conversations", conversations(summary))
        lines += section("Rules", rules(summary))
        return lines.map(characters.text)
    }

    private func section(_ title: String, _ lines: [String]) -> [String] { lines.isEmpty ? [] : ["", title] + lines }

    private static func sentence(_ counts: PacketCounts, _ format: String) -> String {
        var parts = ["\(counts.teredo) Teredo"]
        if counts.likely > 0 { parts[0] += " (\(counts.likely) of them likely)" }
        if counts.possible > 0 { parts.append("\(counts.possible) perhaps") }
        if counts.related > 0 { parts.append("\(counts.related) about it") }
        parts.append("\(counts.other) other")
        if counts.unknownLink > 0 { parts.append("\(counts.unknownLink) unreadable") }
        let packets = "\(counts.all) packet\(counts.all == 1 ? "" : "s")"
        var text = "\(packets) (\(format)): \(parts.joined(separator: ", "))."
        if counts.cut > 0 { text += " Of \(counts.cut) not all octets were captured." }
        if counts.fragments > 0 { text += " \(counts.fragments) are IPv4 fragments; nothing was reassembled." }
        return text
    }

    private func parties(_ summary: CaptureSummary) -> [String] {
        let known = summary.parties.filter { $0.role != .unknown && $0.role != .link }
        let shown = known.prefix(Self.rowLimit)
        var lines = shown.flatMap { party in
            let name = party.name + String(repeating: " ", count: max(0, 9 - party.name.count))
            let words =
                party.endpoints.map(\.description).joined(separator: ", ")
                + (party.address.map { ", \($0)" } ?? "")
            return broken(words, first: "  \(name)  ", rest: String(repeating: " ", count: 13))
        }
        if known.count > shown.count { lines.append("  and \(known.count - shown.count) more") }
        return lines
    }

    /// The most rows of a section.
    private static let rowLimit = 50

    private func qualifications(_ summary: CaptureSummary) -> [String] {
        var lines = summary.clients.prefix(Self.rowLimit).flatMap { client in
            let qualification = client.qualification
            var words = summary.parties[client.party].name
            if let mapped = qualification.mapped {
                words += ": mapped to \(mapped)"
                if let duration = qualification.duration { words += ", after \(TimeText.milliseconds(duration))" }
            } else {
                words += ": no valid answer"
            }
            words += "; \(qualification.solicitations) asked, \(qualification.advertisements) answered"
            return broken(words, first: "  ", rest: "    ")
        }
        if summary.clients.count > Self.rowLimit { lines.append("  and \(summary.clients.count - Self.rowLimit) more") }
        return lines
    }

    private func conversations(_ summary: CaptureSummary) -> [String] {
        var lines = summary.conversations.prefix(Self.rowLimit).flatMap { conversation in
            let ends = [conversation.initiator, conversation.responder].map(summary.name).joined(separator: " → ")
            return broken("\(ends): \(Self.words(conversation, summary))", first: "  ", rest: "    ")
        }
        let more = summary.conversations.count - Self.rowLimit
        if more > 0 { lines.append("  and \(more) more") }
        return lines
    }

    private static func words(_ conversation: Conversation, _ summary: CaptureSummary) -> String {
        let relay = conversation.relay.map(summary.name(at:)) ?? "a relay"
        var words =
            switch conversation.way {
            case .direct: "direct"
            case .link: "direct, on the link"
            case .relay: "through \(relay)"
            case .transit: "in transit through \(relay)"
            case nil: conversation.state == .refused ? "refused" : "not reached"
            }
        if let time = conversation.firstContact { words += ", first contact \(TimeText.milliseconds(time))" }
        let traffic = [("out", conversation.sent), ("back", conversation.received)].map { direction, traffic in
            "\(traffic.packets) \(direction) (\(OctetText.short(UInt64(traffic.octets))))"
        }
        return words + "; packets \(traffic.joined(separator: ", "))"
    }

    private func rules(_ summary: CaptureSummary) -> [String] {
        summary.findings.flatMap { finding in
            var counts: [String] = []
            if finding.violations > 0 { counts.append("\(finding.violations) against it") }
            if finding.remarks > 0 { counts.append("\(finding.remarks) remark\(finding.remarks == 1 ? "" : "s")") }
            let name = finding.rule.identifier
            let first = "  \(name)" + String(repeating: " ", count: max(0, 7 - name.count))
            return broken(
                "\(counts.joined(separator: ", ")), first in packet \(finding.firstPacket): \(finding.rule.statement)",
                first: first + "  ",
                rest: String(repeating: " ", count: 11)
            )
        }
    }
}
