/// A router advertisement from a Teredo server to a client (RFC 4380 section 5.2.1).
public struct RouterAdvertisement: Hashable, Sendable {
    /// The server's link-local address.
    public let source: IPv6Address
    /// The link-local address that the client solicited with.
    public let destination: IPv6Address
    /// The primary server's IPv4 address out of the one prefix `2001:0:server::/64`.
    public let server: IPv4Address
    /// The MTU of the MTU option, 1280 to 65535; `nil` when there is none, as in Microsoft's advertisements.
    public let mtu: Int?

    /// The length that we send: header, message, prefix and MTU option, 96 octets.
    public static let length = TeredoConstants.ipv6HeaderLength + 16 + 32 + 8

    /// Makes an advertisement.
    public init(source: IPv6Address, destination: IPv6Address, server: IPv4Address, mtu: Int? = TeredoConstants.mtu) {
        self.source = source
        self.destination = destination
        self.server = server
        self.mtu = mtu
    }

    /// Reads and checks the IPv6 packet of an advertisement as a client must (RFC 4380 section 5.2.1, SEC-06);
    /// fails with the field that forbids to use it.
    ///
    /// Hop limits of 254 and 255 are accepted: Microsoft's servers were seen to send 254. The obsolete prefix
    /// 3ffe:831f::/32 is read as 2001::/32. The caller compares destination, server and state.
    public init(validating packet: Span<UInt8>) throws(WireError) {
        let header = try ICMPv6.validate(packet, type: ICMPv6.routerAdvertisement, minimumLength: 16)
        guard header.source.isLinkLocal else { throw .invalidField(.source) }
        guard header.destination.isLinkLocal else { throw .invalidField(.destination) }
        guard header.hopLimit >= 254 else { throw .invalidField(.hopLimit) }
        guard packet[41] == 0 else { throw .invalidField(.code) }
        var servers: [IPv4Address] = []
        var advertisedMTU: Int?
        try ICMPv6.forEachOption(in: packet, from: 56, to: header.packetLength) { type, range throws(WireError) in
            if type == Self.prefixOption {
                servers.append(try Self.server(inPrefixOption: packet.extracting(range)))
            } else if type == Self.mtuOption {
                advertisedMTU = try Self.mtu(inOption: packet.extracting(range))
            }
        }
        guard servers.count == 1 else { throw .invalidField(.prefixCount) }
        source = header.source
        destination = header.destination
        server = servers[0]
        mtu = advertisedMTU
    }

    /// Appends the IPv6 packet: lifetime 0, retransmission timer 2000 ms, prefix with infinite lifetimes, MTU.
    public func encode(into output: inout OutputSpan<UInt8>) {
        ICMPv6.encodePacket(
            type: ICMPv6.routerAdvertisement,
            code: 0,
            source: source,
            destination: destination,
            hopLimit: 255,
            bodyLength: 12 + 32 + (mtu == nil ? 0 : 8),
            into: &output
        ) { body in
            body.append(bigEndian: UInt32(0))
            body.append(bigEndian: UInt32(0))
            body.append(bigEndian: UInt32(2000))
            body.append(Self.prefixOption)
            body.append(4)
            body.append(64)
            body.append(0x40)
            body.append(bigEndian: UInt32.max)
            body.append(bigEndian: UInt32.max)
            body.append(bigEndian: UInt32(0))
            body.append(IPv6Address(high: 0x2001_0000 << 32 | UInt64(server.rawValue), low: 0))
            if let mtu {
                body.append(Self.mtuOption)
                body.append(1)
                body.append(bigEndian: UInt16(0))
                body.append(bigEndian: UInt32(mtu))
            }
        }
    }

    private static let prefixOption: UInt8 = 3
    private static let mtuOption: UInt8 = 5

    private static func server(inPrefixOption option: Span<UInt8>) throws(WireError) -> IPv4Address {
        guard option.count == 32, option[2] == 64 else { throw .invalidField(.prefix) }
        let prefix = option.bigEndianUInt32(at: 16)
        guard prefix == 0x2001_0000 || prefix == 0x3FFE_831F else { throw .invalidField(.prefix) }
        return IPv4Address(rawValue: option.bigEndianUInt32(at: 20))
    }

    private static func mtu(inOption option: Span<UInt8>) throws(WireError) -> Int {
        guard option.count == 8 else { throw .invalidField(.mtu) }
        let value = option.bigEndianUInt32(at: 4)
        guard (1280...65_535).contains(value) else { throw .invalidField(.mtu) }
        return Int(value)
    }
}
