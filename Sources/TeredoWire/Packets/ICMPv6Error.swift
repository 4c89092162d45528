/// An ICMPv6 error about a packet that could not be delivered (RFC 4443 section 3).
public enum ICMPv6Error: Hashable, Sendable {
    /// Destination Unreachable, communication administratively prohibited (code 1).
    case administrativelyProhibited
    /// Destination Unreachable, address unreachable (code 3).
    case addressUnreachable
    /// Packet Too Big with the MTU of the link in octets.
    case packetTooBig(mtu: Int)
    /// Time Exceeded, hop limit exceeded in transit (code 0).
    case hopLimitExceeded

    /// The longest error packet, 1280 octets: more of the offending packet is not quoted.
    public static let maximumLength = TeredoConstants.mtu

    /// The ICMPv6 type.
    public var type: UInt8 {
        switch self {
        case .administrativelyProhibited, .addressUnreachable: ICMPv6.destinationUnreachable
        case .packetTooBig: ICMPv6.packetTooBig
        case .hopLimitExceeded: ICMPv6.timeExceeded
        }
    }

    /// The ICMPv6 code.
    public var code: UInt8 {
        switch self {
        case .administrativelyProhibited: 1
        case .addressUnreachable: 3
        case .packetTooBig, .hopLimitExceeded: 0
        }
    }

    /// Whether an error may be sent about `packet`: never about what is or could be an ICMPv6 error or redirect, about
    /// multicast destinations, or about sources that are unspecified, multicast, loopback or mapped (RFC 4443 section
    /// 2.4 (e), SEC-47).
    public static func mayBeSent(about packet: Span<UInt8>) -> Bool {
        guard let header = try? IPv6Header(validating: packet) else { return false }
        guard header.source.isValidSource, !header.destination.isMulticast else { return false }
        return !IPv6ExtensionHeaders.mayBeICMPv6Error(packet)
    }

    /// Appends the error about `packet`, sent from `source` to the packet's source, at most 1280 octets in all.
    ///
    /// `packet` must be a valid IPv6 packet and the output must have room for 1280 octets.
    public func encode(about packet: Span<UInt8>, from source: IPv6Address, into output: inout OutputSpan<UInt8>) {
        let quoted = min(packet.count, Self.maximumLength - TeredoConstants.ipv6HeaderLength - 8)
        let parameter: UInt32 = if case .packetTooBig(let mtu) = self { UInt32(mtu) } else { 0 }
        ICMPv6.encodePacket(
            type: type,
            code: code,
            source: source,
            destination: packet.ipv6Address(at: 8),
            hopLimit: 255,
            bodyLength: 4 + quoted,
            into: &output
        ) { body in
            body.append(bigEndian: parameter)
            body.append(copying: packet.extracting(0..<quoted))
        }
    }
}
