/// Nothing is delivered to the wrong host and nothing is altered: every payload carries sender, receiver and a number.
public struct DeliveryChecker: Sendable {
    private var sent: Set<[UInt8]> = []

    /// A checker that knows of no payload yet.
    public init() {}

    /// A payload from one host to another; remember to send it.
    public mutating func payload(from: HostName, to: HostName, number: Int, length: Int = 48) -> [UInt8] {
        let head = Array("\(from.rawValue)>\(to.rawValue)#\(number);".utf8)
        let payload = head + (head.count..<max(head.count, length)).map { UInt8(truncatingIfNeeded: $0 &* number) }
        sent.insert(payload)
        return payload
    }

    /// What is wrong with the arrivals of `host`; empty when all is well.
    ///
    /// Payloads in `hostile` are those of malicious nodes: in whose name they came is the matter of `ForgeryChecker`.
    public func violations(
        at host: HostName,
        in internet: SimulatedInternet,
        hostile: Set<[UInt8]> = []
    ) -> [String] {
        let stack = internet.stack(of: host)
        var violations: [String] = []
        if stack.misdelivered > 0 { violations.append("\(host.rawValue) got \(stack.misdelivered) foreign packets") }
        for arrival in stack.arrivals where !hostile.contains(arrival.payload) {
            if !sent.contains(arrival.payload) { violations.append("\(host.rawValue) got an altered packet") }
            let text = String(decoding: arrival.payload.prefix { $0 != UInt8(ascii: "#") }, as: UTF8.self)
            if !text.hasSuffix(">\(host.rawValue)") { violations.append("\(host.rawValue) got a packet for \(text)") }
        }
        return violations
    }
}
