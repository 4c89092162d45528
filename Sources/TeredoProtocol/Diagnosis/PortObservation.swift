/// Concludes from pairs of internal and external ports how a NAT assigns ports (RFC 4787 section 4.2).
struct PortObservation: Hashable, Sendable {
    let internalPort: UInt16
    let externalPort: UInt16

    /// The rule behind `mappings`, one for each internal endpoint; `others` are further external ports of the NAT.
    static func assignment(of mappings: [Self], others: [UInt16]) -> NATReport.PortAssignment? {
        guard mappings.count >= 2 else { return nil }
        // One port may have been taken already.
        let kept = mappings.count { $0.internalPort == $0.externalPort }
        if kept >= max(2, mappings.count - 1) { return .preserved }
        // The order of allocation is not the order of sending when a datagram gets lost: only the set counts.
        let ports = Set(mappings.map(\.externalPort) + others).sorted()
        guard ports.count >= 3 else { return .other }
        let steps = zip(ports, ports.dropFirst()).map { Int($1) - Int($0) }.sorted()
        guard steps.allSatisfy({ $0 <= widestStep }) else { return .other }
        return .sequential(step: steps[steps.count / 2])
    }

    /// Neighbouring ports may belong to other hosts behind the NAT, but not many.
    private static let widestStep = 16
}
