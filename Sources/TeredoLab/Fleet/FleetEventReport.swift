/// What an event in a fleet did to those who use it.
package struct FleetEventReport: Codable, Hashable, Sendable {
    /// What happened.
    package var event: FleetEvent
    /// To which member.
    package var member: String
    /// How long nobody may be without connectivity: one bubble exchange, and the time until nobody is led to the member any more.
    package var limitMilliseconds: Double
    /// How long it took until the router led nobody to the member; `nil` when it goes on to.
    package var withdrawnMilliseconds: Double?
    /// What became of each flow.
    package var gaps: [FleetGap]
    /// The first contacts meanwhile.
    package var contacts: [FleetContact]
    /// Where it was seen.
    package var seen: FleetEvidence
    /// How many exchanges of the clients of the load had no answer meanwhile.
    package var loadLost: Int
    /// What else went wrong.
    package var faults: [String]

    /// The longest gap of the flows of one kind whose ends are ours, in milliseconds.
    package func longest(_ kind: String) -> Double {
        gaps.filter { $0.kind == kind && !$0.isForeign }.compactMap(\.longestMilliseconds).max() ?? 0
    }

    /// What broke the promise, a sentence each.
    package var objections: [String] {
        var objections = faults
        for gap in gaps where !gap.isForeign {
            guard let longest = gap.longestMilliseconds else {
                objections.append("\(gap.kind) \(gap.flow): nothing comes")
                continue
            }
            if longest > limit(of: gap) { objections.append("\(gap.kind) \(gap.flow): nothing for \(Int(longest)) ms") }
            if !gap.isEstablished { objections.append("\(gap.kind) \(gap.flow): the flow broke") }
        }
        for contact in contacts where contact.milliseconds == nil {
            objections.append("\(contact.name): no contact in \(FleetContacts.limit) s")
        }
        if !seen.isComplete { objections.append("not seen everywhere: \(seen.letters)") }
        return objections
    }

    /// TCP waits longer than the outage: its timer doubles each time that nothing comes (RFC 6298 section 5.5).
    private func limit(of gap: FleetGap) -> Double {
        gap.kind == FleetFlow.Kind.tcp.rawValue ? 2 * limitMilliseconds : limitMilliseconds
    }

    /// Whether the promise was kept.
    package var isSuccess: Bool { objections.isEmpty }
}
