/// The addresses of a kernel lab; "public" IPv4 addresses come from the documentation ranges.
package enum KernelAddresses {
    package static let server = "192.0.2.1"
    package static let secondaryServer = "192.0.2.2"
    package static let relay = "198.51.100.1"
    package static let dualStack = "198.51.100.129"
    package static let serverIPv6 = "2400:1:0:1::1"
    package static let relayIPv6 = "2400:1:0:2::1"
    package static let native = "2400:1:0:3::1"
    package static let dualStackIPv6 = "2400:1:0:4::1"
    /// The outside of box 1 and of box 2.
    package static let box1 = "203.0.113.1"
    package static let box2 = "203.0.113.17"
    /// The outside of the carrier's NAT in a nested lab.
    package static let carrier = "203.0.113.33"
    /// The outside of box 1 when it is behind the carrier: shared address space (RFC 6598).
    package static let box1BehindCarrier = "100.64.1.2"

    /// The address of a client on the private LAN of its box.
    package static func privateClient(_ host: KernelHost, _ layout: KernelLayout) -> String {
        switch (host, layout) {
        case (.clientB, .sameLAN): "192.168.1.3"
        case (.clientB, _): "192.168.2.2"
        default: "192.168.1.2"
        }
    }

    /// The address of a client when its box translates nothing.
    package static func publicClient(_ host: KernelHost, _ layout: KernelLayout) -> String {
        switch (host, layout) {
        case (.clientB, .sameLAN): "203.0.113.130"
        case (.clientB, _): "203.0.113.145"
        default: "203.0.113.129"
        }
    }
}

/// Where the roles of a kernel lab are told to be.
///
/// Tests of networks with other addresses than the usual ones change this, and wire those addresses themselves.
package struct KernelRoleAddresses: Sendable {
    /// The primary address of the server, or of the gateway.
    package var server = KernelAddresses.server
    /// The secondary address of the server.
    package var secondaryServer = KernelAddresses.secondaryServer
    /// The address of the relay.
    package var relay = KernelAddresses.relay
    /// The server that clients are told; where a NAT stands before it, another address than its own.
    package var serverOfClients = KernelAddresses.server
}
