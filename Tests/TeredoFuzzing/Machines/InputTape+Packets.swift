import TeredoTestSupport
import TeredoWire

/// Packets that strangers may send: well-formed unless the input says otherwise, of few hosts, so that they meet.
extension InputTape {
    /// The servers that peers may have; the first one is that of the machine.
    static let servers = [IPv4Address(192, 0, 2, 1), IPv4Address(192, 0, 2, 33), IPv4Address(10, 0, 0, 1)]

    /// One of a few clients: most have an address that may be sent to.
    mutating func peer() -> TeredoAddress {
        let choice = octet()
        let address: IPv4Address =
            switch choice & 0x1F {
            case 0: IPv4Address(10, 0, 0, 1)
            case 1: IPv4Address(127, 0, 0, 1)
            case 2: IPv4Address(224, 0, 0, 1)
            case 3: IPv4Address(198, 51, 100, 7)
            case let number: IPv4Address(203, 0, 113, UInt8(number & 7) + 1)
            }
        return TeredoAddress(
            server: Self.servers[min(Int(choice >> 5), 2)],
            flags: TeredoFlags(rawValue: choice & 0x18 == 0x18 ? number16() : 0x1234),
            mappedEndpoint: UDPEndpoint(address, 5000 + UInt16(choice & 3))
        )
    }

    /// One of a few native hosts.
    mutating func native() -> IPv6Address { IPv6Address(high: 0x2400_0001_0000_0000, low: UInt64(choice(4)) + 1) }

    /// Where something of `peer` comes from: mostly from the endpoint in its address.
    mutating func source(of peer: TeredoAddress) -> UDPEndpoint {
        switch choice(6) {
        case 0: UDPEndpoint(peer.mappedEndpoint.address, number16())
        case 1: UDPEndpoint(IPv4Address(192, 168, 1, octet()), UInt16(octet()))
        case 2: UDPEndpoint(IPv4Address(rawValue: number32()), number16())
        default: peer.mappedEndpoint
        }
    }

    /// Up to three trailers; `nonces` are those that may be answered.
    mutating func trailers(_ peer: TeredoAddress, nonces: [UInt32]) -> [Trailer] {
        var trailers: [Trailer] = []
        for _ in 0..<choice(4) { trailers.append(trailer(peer, nonces: nonces)) }
        return trailers
    }

    private mutating func trailer(_ peer: TeredoAddress, nonces: [UInt32]) -> Trailer {
        switch choice(12) {
        case 0, 1: return .nonce(nonce(nonces))
        case 2: return .randomPort(number16())
        case 3: return .neighborDiscovery(flag() ? .solicitation : .advertisement)
        case 4:
            var endpoints: [UDPEndpoint] = []
            for _ in 0...choice(4) { endpoints.append(source(of: peer)) }
            return .alternateAddresses(endpoints)
        case 5: return .sender(peer.ipv6)
        case 6: return .sourceProof(number64())
        case 7: return .transitRelay(source(of: peer), returning: nonce(nonces))
        case 8:
            return .relaySiblings(
                RelaySiblings(answering: RelaySiblings(asking: number64() | 1), with: [source(of: peer)])
            )
        case 9: return .opaque(type: octet(), value: octets(choice(20)))
        default:
            let kind = TransitMessage.Kind(rawValue: UInt8(choice(10))) ?? .open
            return .transit(TransitMessage(kind, nonce: number64(), value: number64()))
        }
    }

    /// One of `nonces`, or any.
    mutating func nonce(_ nonces: [UInt32]) -> UInt32 {
        let choice = octet()
        return Int(choice) < nonces.count ? nonces[nonces.count - 1 - Int(choice)] : UInt32(choice)
    }

    /// A bubble with trailers behind it, and an origin indication before it where one is given.
    func bubble(
        from source: IPv6Address,
        to destination: IPv6Address,
        origin: UDPEndpoint? = nil,
        _ trailers: [Trailer]
    ) -> [UInt8] {
        encoded { output in
            if let origin { OriginIndication(origin).encode(into: &output) }
            TeredoBubble(source: source, destination: destination, hopLimit: 0).encode(into: &output)
            TrailerList(trailers).encode(into: &output)
        }
    }

    /// A packet with data, as long as the input says.
    mutating func packet(from source: IPv6Address, to destination: IPv6Address) -> [UInt8] {
        let length = flag() ? 20 : min(Int(number16()), 1400)
        let next: UInt8 = [17, 6, 58, 59, 0, 43, 44, 60][choice(8)]
        let header = IPv6Header(
            payloadLength: length,
            nextHeader: next,
            hopLimit: flag() ? 64 : octet(),
            source: source,
            destination: destination
        )
        let beginning = octets(choice(24))
        return encoded { output in
            header.encode(into: &output)
            for index in 0..<length { output.append(index < beginning.count ? beginning[index] : 0) }
        }
    }

    /// An echo message.
    mutating func echo(_ type: UInt8, from source: IPv6Address, to destination: IPv6Address) -> [UInt8] {
        ReferenceChecksum.repaired(
            encoded { output in
                IPv6Header(
                    payloadLength: 16,
                    nextHeader: 58,
                    hopLimit: 64,
                    source: source,
                    destination: destination
                ).encode(into: &output)
                output.append(octets: [type, 0, 0, 0])
                output.append(repeating: 7, count: 12)
            }
        )
    }

    /// `bytes` with up to three octets changed, and perhaps cut off.
    mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
        guard !bytes.isEmpty else { return bytes }
        var bytes = bytes
        for _ in 0...choice(3) { bytes[Int(number16()) % bytes.count] = octet() }
        if choice(4) == 0 { bytes.removeLast(Int(octet()) % bytes.count) }
        return bytes
    }
}
