package import TeredoLinux
package import TeredoWire

/// What a role tells the data path in the kernel about peers and native hosts, and learns of what was carried.
///
/// It takes descriptors, and no capability. Nothing is sent to an endpoint that
/// ``setPeer(_:endpoint:receptionEndpoint:through:keepsSuperPackets:lastReception:)`` did not give.
package struct KernelPathTables {
    private let peers: BPFMap
    private let natives: BPFMap
    private let counterMap: BPFMap
    /// The prefixes in the map.
    private var served: [IPv6Prefix: Bool] = [:]

    /// The tables in these maps, in which there is nothing yet.
    package init(peers: BPFMap, natives: BPFMap, counters: BPFMap) {
        (self.peers, self.natives, counterMap) = (peers, natives, counters)
    }

    /// Lets packets from and to a peer take the path, or changes where they go; its counters stay.
    ///
    /// They go through the interface with the number `way`, whose wire keeps super-packets whole or not.
    package func setPeer(
        _ address: IPv6Address,
        endpoint: UDPEndpoint,
        receptionEndpoint: UDPEndpoint,
        through way: Int = 0,
        keepsSuperPackets: Bool,
        lastReception: ProtocolInstant
    ) throws(SystemError) {
        let key = Self.key(address)
        let old = peers.numbers(key) ?? [UInt64](repeating: 0, count: 9)
        let heard = max(UInt64(clamping: lastReception.nanoseconds), old[2])
        let value = [UInt8](capacity: 72) { output in
            for endpoint in [endpoint, receptionEndpoint] {
                output.append(bigEndian: endpoint.address.rawValue)
                output.append(bigEndian: endpoint.port)
                output.append(bigEndian: UInt16(0))
            }
            output.append(bigEndian: heard.byteSwapped)
            for number in old[3...7] { output.append(bigEndian: number.byteSwapped) }
            output.append(bigEndian: UInt32(clamping: way).byteSwapped)
            output.append(bigEndian: UInt32(keepsSuperPackets ? 1 : 0).byteSwapped)
        }
        try peers.set(key, to: value)
    }

    /// Gives all packets of a peer back to userspace.
    package func removePeer(_ address: IPv6Address) { peers.remove(Self.key(address)) }

    /// What was carried for a peer; `nil` when it is not on the path.
    package func activity(of address: IPv6Address) -> KernelDataPath.Activity? {
        guard let numbers = peers.numbers(Self.key(address)) else { return nil }
        return KernelDataPath.Activity(
            lastReception: Self.instant(numbers[2]),
            lastTransmission: numbers[3] == 0 ? nil : Self.instant(numbers[3]),
            packets: numbers[4] &+ numbers[6],
            octetsReceived: numbers[5],
            octetsSent: numbers[7]
        )
    }

    /// Changes which native hosts are served: those that `role` serves, but for the prefixes that are `denied`; a client and a relay
    /// that serves nobody serve none.
    package mutating func serve(_ role: KernelDataPath.Role, denied: [IPv6Prefix] = []) throws(SystemError) {
        let wanted = role.nativePrefixes(denied: denied)
        for prefix in served.keys where wanted[prefix] == nil {
            natives.remove(Self.key(prefix))
            served[prefix] = nil
        }
        for (prefix, isServed) in wanted where served[prefix] != isServed {
            try natives.set(Self.key(prefix), to: [isServed ? 1 : 0, 0, 0, 0])
            served[prefix] = isServed
        }
    }

    /// What was carried since the path was made.
    package var counters: KernelDataPath.Counters {
        guard let numbers = counterMap.numbers([0, 0, 0, 0]) else { return KernelDataPath.Counters() }
        return KernelDataPath.Counters(
            receivedPackets: numbers[0],
            receivedOctets: numbers[1],
            sentPackets: numbers[2],
            sentOctets: numbers[3],
            lostPackets: numbers[4],
            congestedPackets: numbers[5]
        )
    }

    /// A time as the programs note it, by the same clock.
    private static func instant(_ time: UInt64) -> ProtocolInstant {
        ProtocolInstant(nanoseconds: Int64(clamping: time))
    }

    private static func key(_ address: IPv6Address) -> [UInt8] { [UInt8](capacity: 16) { $0.append(address) } }

    private static func key(_ prefix: IPv6Prefix) -> [UInt8] {
        [UInt8](capacity: 20) {
            $0.append(bigEndian: UInt32(prefix.length).byteSwapped)
            $0.append(prefix.address)
        }
    }
}
