/// What a run of `ping` found.
package struct PingResult: Hashable, Sendable {
    /// Echo requests sent.
    package let sent: Int
    /// Echo replies received.
    package let received: Int
    /// The round-trip times in milliseconds, in the order of the replies.
    package let roundTrips: [Double]
    /// The error lines that ping printed, such as "Destination unreachable".
    package let errors: [String]

    /// Whether anything came back.
    package var isReachable: Bool { received > 0 }

    /// The shortest round-trip time in milliseconds.
    package var best: Double? { roundTrips.min() }

    /// Reads the output of iputils' `ping`.
    package init(output: String) {
        var sent = 0
        var received = 0
        var roundTrips: [Double] = []
        var errors: [String] = []
        for line in output.split(separator: "\n") {
            if let time = line.firstRange(of: "time=").map({ line[$0.upperBound...].prefix { $0 != " " } }) {
                roundTrips.append(Double(time) ?? 0)
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
        self.errors = errors
    }
}
