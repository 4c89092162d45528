/// An ICMPv4 message about a datagram of ours (RFC 792): what somebody on its way, or the host at its end, says became of it.
///
/// Anybody can send one. What it says counts only together with what it quotes (RFC 5927).
public struct ICMPv4Error: Hashable, Sendable {
    /// What became of the datagram.
    public enum Kind: Hashable, Sendable {
        /// It arrived at a host where nobody listens on the port, or that speaks no UDP.
        case portUnreachable
        /// There is no way to the host, or no such host.
        case hostUnreachable
        /// A firewall or an administrator does not let it pass.
        case prohibited
        /// It was too long for a link behind the reporter and might not be fragmented; the link takes IPv4 packets of so many
        /// octets, 0 when that was not said.
        case fragmentationNeeded(mtu: Int)
        /// It died because its time to live, or the time for its fragments, was used up.
        case timeExceeded
        /// Something else.
        case other
    }

    /// What is said.
    public let kind: Kind
    /// Who says it.
    public let reporter: IPv4Address
    /// Where the datagram was sent to.
    public let destination: UDPEndpoint

    /// Makes a message.
    public init(_ kind: Kind, by reporter: IPv4Address, about destination: UDPEndpoint) {
        self.kind = kind
        self.reporter = reporter
        self.destination = destination
    }

    /// Makes a message of the numbers of ICMPv4; `mtu` is that of the next hop in octets (RFC 1191).
    public init(type: UInt8, code: UInt8, mtu: Int = 0, by reporter: IPv4Address, about destination: UDPEndpoint) {
        self.init(Kind(type: type, code: code, mtu: mtu), by: reporter, about: destination)
    }
}

extension ICMPv4Error.Kind {
    /// The meaning of type and code (RFC 792, RFC 1122 section 3.2.2, RFC 1812 section 5.2.7).
    init(type: UInt8, code: UInt8, mtu: Int) {
        self =
            switch (type, code) {
            case (3, 2), (3, 3): .portUnreachable
            case (3, 4): .fragmentationNeeded(mtu: max(0, mtu))
            case (3, 9), (3, 10), (3, 13), (3, 14), (3, 15): .prohibited
            case (3, _): .hostUnreachable
            case (11, _): .timeExceeded
            default: .other
            }
    }

    /// Whether it says that nothing arrives.
    public var isUnreachable: Bool {
        switch self {
        case .portUnreachable, .hostUnreachable, .prohibited: true
        case .fragmentationNeeded, .timeExceeded, .other: false
        }
    }
}

extension ICMPv4Error: CustomStringConvertible {
    /// A phrase for people, such as `192.0.2.1 answered "port unreachable"`.
    public var description: String {
        let words =
            switch kind {
            case .portUnreachable: "port unreachable"
            case .hostUnreachable: "host unreachable"
            case .prohibited: "administratively prohibited"
            case .fragmentationNeeded: "fragmentation needed"
            case .timeExceeded: "time exceeded"
            case .other: "that something is wrong"
            }
        return "\(reporter) answered \"\(words)\""
    }
}
