import TeredoHost
package import TeredoSimulator

/// One attempt to reach somebody with ICMPv6 echo requests.
package struct ReachabilityCheck: Codable, Hashable, Sendable {
    /// Who asked and who should answer.
    package var from: String
    package var to: String
    /// The address that was pinged.
    package var address: String
    /// Echo requests sent and echo replies received.
    package var sent: Int
    package var received: Int
    /// The round-trip times in milliseconds, in the order of the replies; the first one holds the set-up of the path.
    package var roundTripMilliseconds: [Double]
    /// What ought to come of it.
    package var expectation: Reachability
    /// Whether the first packets went through the transit relay.
    package var isTransit = false
    /// What came instead of a reply, if anything did.
    package var remark: String?

    /// Makes a check from its outcome.
    package init(
        from: String,
        to: String,
        address: String,
        sent: Int,
        received: Int,
        roundTripMilliseconds: [Double],
        expectation: Reachability
    ) {
        self.from = from
        self.to = to
        self.address = address
        self.sent = sent
        self.received = received
        self.roundTripMilliseconds = roundTripMilliseconds
        self.expectation = expectation
    }

    /// Looks into the exchange whether a relay passed a ping on.
    package mutating func findPath(in exchange: [TraceEntry]) {
        let ends = [from, to]
        isTransit =
            ends.allSatisfy { HostName(rawValue: $0)?.isClient == true }
            && exchange.contains {
                $0.sender == "relay" && $0.kind == .pingRequest && ends.contains($0.receiver ?? "")
            }
    }

    /// Whether anything came back.
    package var isReachable: Bool { received > 0 }

    /// Whether the outcome is no failure: only what should connect and does not is one.
    package var isAcceptable: Bool { isReachable || expectation != .connects }

    /// Who asked whom with the outcome, in a line or, where that is longer than `width`, in several.
    func line(width: Int) -> String {
        WrappedText.lines(sentence, first: "\(from) -> \(to): ", rest: "  ", width: width).joined(separator: "\n")
    }

    /// The outcome in a sentence: replies, times, verdict.
    package var sentence: String {
        guard isReachable else { return remark.map { "\(verdict), \($0)" } ?? verdict }
        let first = roundTripMilliseconds.first.map { ", first after \(LabReport.milliseconds($0))" } ?? ""
        let best = roundTripMilliseconds.min().map { ", best \(LabReport.milliseconds($0))" } ?? ""
        return "\(received)/\(sent)\(first)\(best): \(verdict)"
    }

    /// The outcome in a word or two.
    package var verdict: String {
        switch (isReachable, expectation) {
        case (true, .connects): isTransit ? "ok, through the transit relay" : "ok"
        case (true, _): "ok (not promised)"
        case (false, .connects): "FAILED"
        case (false, .cannotConnect): "no, as expected"
        case (false, .undetermined): "no (not promised)"
        }
    }
}
