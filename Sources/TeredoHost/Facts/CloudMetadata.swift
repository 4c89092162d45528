package import TeredoLinux
package import TeredoWire

/// What the metadata service of a cloud says about the virtual machine that asks: nobody else there knows which public
/// address a 1:1 NAT has for it.
package struct CloudMetadata {
    /// Where the service is in every cloud that has one.
    package static let service = UDPEndpoint(IPv4Address(169, 254, 169, 254), 80)

    private let exchange: TCPExchange
    private let service: UDPEndpoint

    /// Prepares to ask.
    package init(service: UDPEndpoint = Self.service) throws(SystemError) {
        exchange = try TCPExchange()
        self.service = service
    }

    /// The public IPv4 address of this machine and whose way of asking brought it; `nil` when nobody answers, within seconds.
    package func publicAddress() -> (address: IPv4Address, cloud: String)? {
        let plain = answers(to: Self.questions.map(\.request))
        for (question, answer) in zip(Self.questions, plain) {
            if let address = Self.address(in: answer) { return (address, question.cloud) }
        }
        // Amazon's second version wants a token first.
        guard let token = Self.body(of: answers(to: [Self.tokenRequest])[0]), !token.isEmpty else { return nil }
        let request = Self.get("/latest/meta-data/public-ipv4", "X-aws-ec2-metadata-token: \(token)")
        return Self.address(in: answers(to: [request])[0]).map { ($0, "EC2") }
    }

    private func answers(to requests: [[UInt8]]) -> [[UInt8]?] {
        for (number, request) in requests.enumerated() {
            exchange.begin(number, with: service, request: request) {
                var received = 0
                return { part in
                    received += part.count
                    return received >= Self.limit ? .whole : .open
                }
            }
        }
        var answers: [[UInt8]?] = Array(repeating: nil, count: requests.count)
        var missing = requests.count
        while missing > 0 {
            for answer in exchange.takeAnswers() {
                answers[answer.identifier] = answer.octets
                missing -= 1
            }
            if missing > 0 { Pause.sleep(.milliseconds(20)) }
        }
        return answers
    }

    /// The address that the body of an answer consists of; `nil` for anything else, such as an error.
    static func address(in answer: [UInt8]?) -> IPv4Address? { body(of: answer).flatMap { IPv4Address($0) } }

    private static func body(of answer: [UInt8]?) -> String? {
        guard let answer else { return nil }
        // Octets, because a character of Swift may be a whole line end.
        let lines = answer.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
            String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
        }
        guard let status = lines.first?.split(separator: " "), status.count >= 2, status[0].hasPrefix("HTTP/1."),
            status[1] == "200", let end = lines.firstIndex(of: "")
        else { return nil }
        let body = lines[(end + 1)...].filter { !$0.isEmpty }
        // A token goes into a header line: it must not bring others with it.
        guard body.count == 1, let line = body.first, line.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return nil
        }
        return line
    }

    private static func get(_ path: String, _ header: String?, method: String = "GET") -> [UInt8] {
        let lines = ["\(method) \(path) HTTP/1.0", "Host: 169.254.169.254"] + [header].compactMap(\.self)
        return Array((lines + ["Connection: close", "", ""]).joined(separator: "\r\n").utf8)
    }

    private static let questions: [(cloud: String, request: [UInt8])] = [
        ("EC2", get("/latest/meta-data/public-ipv4", nil)),
        (
            "Google Cloud",
            get(
                "/computeMetadata/v1/instance/network-interfaces/0/access-configs/0/external-ip",
                "Metadata-Flavor: Google"
            )
        ),
        (
            "Azure",
            get(
                "/metadata/instance/network/interface/0/ipv4/ipAddress/0/publicIpAddress"
                    + "?api-version=2021-02-01&format=text",
                "Metadata: true"
            )
        ),
    ]

    private static let tokenRequest = get(
        "/latest/api/token",
        "X-aws-ec2-metadata-token-ttl-seconds: 60",
        method: "PUT"
    )

    private static let limit = 4096
}
