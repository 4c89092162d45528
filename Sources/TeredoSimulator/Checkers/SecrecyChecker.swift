import TeredoWire

/// No secret goes over the wire: not the key of secure qualification, in whatever packet (RFC 4380 section 5.2.2).
package struct SecrecyChecker: Checker {
    package private(set) var violations = Violations()
    private let secrets: [[UInt8]]

    /// A checker that looks for these octets.
    package init(secrets: [[UInt8]]) {
        self.secrets = secrets
    }

    package mutating func note(_ observation: Observation) {
        switch observation {
        case .sent(let datagram): look(in: datagram.payload, of: datagram.sender)
        case .enteredIPv6(let packet, by: let node, time: _): look(in: packet, of: node)
        case .received, .handedOver, .forgot: break
        }
    }

    private mutating func look(in octets: [UInt8], of node: String) {
        for secret in secrets where octets.count >= secret.count {
            for start in 0...(octets.count - secret.count)
            where octets[start] == secret[0] && octets[start..<(start + secret.count)].elementsEqual(secret) {
                violations.add("section 5.2.2: \(node) sent a secret")
            }
        }
    }
}
