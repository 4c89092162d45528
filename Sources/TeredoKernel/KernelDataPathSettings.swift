package import TeredoLinux
package import TeredoWire

extension KernelDataPath {
    /// Whose packets are carried.
    package enum Role: Hashable, Sendable {
        /// Those of a client with this address; none while it has none.
        case client(IPv6Address?)
        /// Those of native hosts with addresses in the prefixes; all global ones when there are none.
        case relay([IPv6Prefix])
        /// Those of this host's own native addresses.
        case hostRelay([IPv6Address])

        /// What the programs must know of it, beside the native addresses that are served.
        package var side: Side { if case .client(let own) = self { .client(own) } else { .natives } }
    }

    /// Which end of the tunnel this host is.
    package enum Side: Hashable, Sendable {
        /// That of a client with this address; nothing is carried while it has none.
        case client(IPv6Address?)
        /// That of native hosts, which the role serves.
        case natives
    }

    /// Where datagrams are taken from.
    package enum Reception: String, Hashable, Sendable {
        /// In the driver, before the kernel joins packets: for wires that carry single packets.
        case xdp
        /// After the kernel joined packets: for virtual links, which carry super-packets whole as long as no XDP program
        /// is attached.
        case ingress
    }

    /// What the path has to know.
    package struct Settings: Hashable, Sendable {
        /// The TUN interface.
        package var tunnel: NetworkInterface
        /// The interface that has the address of the service port; datagrams come and go through it, and through others that
        /// ``reach(_:)`` adds.
        package var underlying: NetworkInterface
        /// The service port with the address of the underlying interface.
        package var localEndpoint: UDPEndpoint
        /// Whose packets are carried.
        package var side: Side
        /// The MTU of the tunnel in octets.
        package var mtu = TeredoConstants.mtu
        /// For how long after the last reception a peer is sent to without asking userspace.
        package var freshness = Duration.seconds(25)
        /// The most peers.
        package var peerLimit = 65_536
        /// The most native prefixes, served or not.
        package var nativeLimit = 1024
        /// Where datagrams are taken from; `nil` for what suits each interface.
        package var reception: Reception?

        /// Makes settings.
        package init(tunnel: NetworkInterface, underlying: NetworkInterface, localEndpoint: UDPEndpoint, side: Side) {
            self.tunnel = tunnel
            self.underlying = underlying
            self.localEndpoint = localEndpoint
            self.side = side
        }

        /// The octets of `struct settings` in datapath.bpf.c, with the indices of the interfaces that lead to peers by number.
        func octets(mark: UInt32, ways: [Int: Int32]) -> [UInt8] {
            [UInt8](capacity: 48 + 4 * KernelDataPath.wayLimit) { output in
                func append(isClient: UInt16) {
                    output.append(bigEndian: isClient.byteSwapped)
                    output.append(bigEndian: UInt32(mtu).byteSwapped)
                    output.append(bigEndian: mark.byteSwapped)
                    // The next number has its natural place.
                    output.append(bigEndian: UInt32(0))
                    output.append(bigEndian: UInt64(freshness.wholeNanoseconds).byteSwapped)
                }
                output.append(bigEndian: UInt32(bitPattern: tunnel.index).byteSwapped)
                output.append(bigEndian: localEndpoint.address.rawValue)
                output.append(bigEndian: localEndpoint.port)
                if case .client(let own) = side {
                    append(isClient: 1)
                    output.append(own ?? .unspecified)
                } else {
                    append(isClient: 0)
                    output.append(IPv6Address.unspecified)
                }
                for way in 0..<KernelDataPath.wayLimit {
                    output.append(bigEndian: UInt32(bitPattern: ways[way] ?? 0).byteSwapped)
                }
            }
        }
    }
}

extension KernelDataPath {
    /// What the path carried since it was made.
    package struct Counters: Hashable, Sendable {
        /// Packets received from peers; a super-packet counts as the packets that it stands for.
        package var receivedPackets: UInt64 = 0
        /// Octets of them.
        package var receivedOctets: UInt64 = 0
        /// Packets sent to peers.
        package var sentPackets: UInt64 = 0
        /// Octets of them.
        package var sentOctets: UInt64 = 0
        /// Packets lost because the kernel had no room to change them.
        package var lostPackets: UInt64 = 0
        /// Packets dropped because they met congestion, and their transport knows no ECN (RFC 6040).
        package var congestedPackets: UInt64 = 0
    }

    /// What the path carried for one peer.
    package struct Activity: Hashable, Sendable {
        /// When something was last received, by ``MonotonicClock``.
        package var lastReception: ProtocolInstant
        /// When something was last sent; `nil` for never.
        package var lastTransmission: ProtocolInstant?
        /// Packets received and sent.
        package var packets: UInt64
        /// Octets of the packets received; those in a super-packet have one header together.
        package var octetsReceived: UInt64
        /// Octets of the packets sent, counted likewise.
        package var octetsSent: UInt64
        /// Octets received and sent.
        package var octets: UInt64 { octetsReceived &+ octetsSent }
    }
}

extension KernelDataPath.Role {
    /// The native addresses that are served and those within that are not: no Teredo (I5, Y10), no 6to4, whose IPv4
    /// address userspace judges (I9, Y11), and nothing but global unicast (I3, Y9).
    package func nativePrefixes(denied: [IPv6Prefix] = []) -> [IPv6Prefix: Bool] {
        let global = IPv6Prefix(IPv6Address(high: 0x2000 << 48, low: 0), length: 3)
        let teredo = IPv6Prefix(IPv6Address(high: 0x2001_0000 << 32, low: 0), length: 32)
        let sixToFour = IPv6Prefix(IPv6Address(high: 0x2002 << 48, low: 0), length: 16)
        var served: [IPv6Prefix]
        switch self {
        case .client: return [:]
        case .relay(let prefixes): served = prefixes.isEmpty ? [global] : prefixes
        case .hostRelay(let addresses): served = addresses.map { IPv6Prefix($0, length: 128) }
        }
        served = served.map { $0.length < 3 && $0.contains(global.address) ? global : $0 }
        served.removeAll {
            !global.contains($0.address) || teredo.contains($0.address) && $0.length >= 32
                || sixToFour.contains($0.address) && $0.length >= 16
        }
        var result: [IPv6Prefix: Bool] = [teredo: false, sixToFour: false]
        for prefix in served { result[prefix] = true }
        for prefix in denied { result[prefix] = false }
        // The longest prefix decides, and none within a denied one may say otherwise.
        for prefix in result.keys
        where denied.contains(where: { $0.length <= prefix.length && $0.contains(prefix.address) }) {
            result[prefix] = false
        }
        return result
    }
}
