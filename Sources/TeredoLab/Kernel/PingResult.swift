/// What a run of `ping` found.
package struct PingResult: Hashable, Sendable {
    /// Echo requests sent.
    package let sent: Int
    /// Echo replies received.
    package let received: Int
    /// The round-trip times in milliseconds, in the order of the replies.
    package let roundTrips: [Double]
    /// The numbers of the requests that were answered, in the order of the replies; the first request has number 1.
    package let answered: [Int]
    /// The error lines that ping printed, such as "Destination unreachable".
    package let errors: [String]

    /// Whether anything came back.
    package var isReachable: Bool { received > 0 }

    /// Whether nothing was lost.
    ///
    /// A missing reply to the last request proves no loss: ping waits for it no longer than twice the longest round
    /// trip or the pause between two requests, and a busy machine may need longer.
    package var isComplete: Bool { isReachable && Set(1..<max(sent, 1)).isSubset(of: answered) }

    /// The shortest round-trip time in milliseconds.
    package var best: Double? { roundTrips.min() }

    /// Reads the output of iputils' `ping`.
    package init(output: String) {
        var sent = 0
        var received = 0
        var roundTrips: [Double] = []
        var answered: [Int] = []
        var errors: [String] = []
        for line in output.split(separator: "\n") {
            if let time = Self.value(of: "time=", in: line) {
                roundTrips.append(Double(time) ?? 0)
                Self.value(of: "icmp_seq=", in: line).flatMap { Int($0) }.map { answered.append($0) }
            } else if line.contains("packets transmitted") {
                let numbers = line.split(separator: " ")
                sent = numbers.first.flatMap { Int($0) } ?? 0
                received = numbers.count > 3 ? Int(numbers[3]) ?? 0 : 0
            } else if line.hasPrefix("From ") {
                errors.append(String(line))
            }
        }
        self.sent = sent
        self.received = received
        self.roundTrips = roundTrips
        self.answered = answered
        self.errors = errors
    }

    private static func value(of name: String, in line: Substring) -> Substring? {
        line.firstRange(of: name).map { line[$0.upperBound...].prefix { $0 != " " } }
    }
}
