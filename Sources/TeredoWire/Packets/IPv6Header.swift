/// The fixed IPv6 header, 40 octets (RFC 8200 section 3).
public struct IPv6Header: Hashable, Sendable {
    /// Traffic class and flow label: the low 28 bits of the first word.
    public var trafficClassAndFlowLabel: UInt32
    /// The number of octets behind the header.
    public var payloadLength: UInt16
    /// The protocol of what follows; see ``NextHeader``.
    public var nextHeader: UInt8
    /// The hop limit.
    public var hopLimit: UInt8
    /// The source address.
    public var source: IPv6Address
    /// The destination address.
    public var destination: IPv6Address

    /// Protocol numbers that Teredo looks at.
    public enum NextHeader {
        /// Hop-by-hop options.
        public static let hopByHop: UInt8 = 0
        /// TCP.
        public static let tcp: UInt8 = 6
        /// UDP.
        public static let udp: UInt8 = 17
        /// Routing header.
        public static let routing: UInt8 = 43
        /// Fragment header.
        public static let fragment: UInt8 = 44
        /// Authentication header.
        public static let authentication: UInt8 = 51
        /// ICMPv6.
        public static let icmpv6: UInt8 = 58
        /// No next header: a bubble when the payload is empty.
        public static let none: UInt8 = 59
        /// Destination options.
        public static let destinationOptions: UInt8 = 60
        /// Mobility header.
        public static let mobility: UInt8 = 135
        /// Host identity protocol.
        public static let hostIdentity: UInt8 = 139
        /// Shim6.
        public static let shim6: UInt8 = 140
    }

    /// Makes a header; traffic class and flow label are 0.
    public init(payloadLength: Int, nextHeader: UInt8, hopLimit: UInt8, source: IPv6Address, destination: IPv6Address) {
        trafficClassAndFlowLabel = 0
        self.payloadLength = UInt16(payloadLength)
        self.nextHeader = nextHeader
        self.hopLimit = hopLimit
        self.source = source
        self.destination = destination
    }

    /// Reads the header of a packet whose payload may be followed by other octets (V1).
    ///
    /// Fails when fewer than 40 octets or than 40 + payload length are there, when the version is not 6, and for a
    /// jumbogram.
    public init(validating bytes: Span<UInt8>) throws(WireError) {
        guard bytes.count >= 40 else { throw .truncated(needed: 40, available: bytes.count) }
        guard bytes[0] >> 4 == 6 else { throw .notIPv6 }
        trafficClassAndFlowLabel = bytes.bigEndianUInt32(at: 0) & 0x0FFF_FFFF
        payloadLength = bytes.bigEndianUInt16(at: 4)
        nextHeader = bytes[6]
        hopLimit = bytes[7]
        source = bytes.ipv6Address(at: 8)
        destination = bytes.ipv6Address(at: 24)
        guard bytes.count >= packetLength else { throw .truncated(needed: packetLength, available: bytes.count) }
        guard payloadLength != 0 || nextHeader != NextHeader.hopByHop else { throw .jumbogram }
    }

    /// The length of header and payload in octets.
    public var packetLength: Int { TeredoConstants.ipv6HeaderLength + Int(payloadLength) }

    /// Whether the packet is a bubble: next header 59 and payload length 0 (RFC 4380 section 2.8).
    public var isBubble: Bool { nextHeader == NextHeader.none && payloadLength == 0 }

    /// The ICMPv6 type of the packet that begins with this header; `nil` when no ICMPv6 message is right behind it.
    @inlinable
    public func icmpv6Type(in packet: Span<UInt8>) -> UInt8? {
        nextHeader == NextHeader.icmpv6 && payloadLength > 0 ? packet[TeredoConstants.ipv6HeaderLength] : nil
    }

    /// Appends the 40 octets of the header.
    public func encode(into output: inout OutputSpan<UInt8>) {
        output.append(bigEndian: 0x6000_0000 | trafficClassAndFlowLabel)
        output.append(bigEndian: payloadLength)
        output.append(nextHeader)
        output.append(hopLimit)
        output.append(source)
        output.append(destination)
    }
}
