import TeredoWire

/// An IPv4 endpoint that datagrams may be sent to, because it passed the filter (AP12, V14, SEC-34).
///
/// Only ``TeredoWire/GlobalUnicastFilter`` makes one, and a datagram leaves for one only (``Outbox``): whatever field an endpoint
/// came from (server field, origin, mapped or alternate endpoint, neighbour, random port, announced relay, the source of
/// an answer), it passed one test in one place.
struct Destination: Hashable, Sendable {
    let endpoint: UDPEndpoint

    fileprivate init(_ endpoint: UDPEndpoint) {
        self.endpoint = endpoint
    }

    /// An order that both ends of a way agree on: the lower address first, then the lower port.
    func precedes(_ other: Destination) -> Bool {
        (endpoint.address.rawValue, endpoint.port) < (other.endpoint.address.rawValue, other.endpoint.port)
    }

    /// The group of local discovery, with IPv4 TTL 1: the one multicast address that a client sends to (RFC 4380 section
    /// 5.2.8).
    static let discoveryGroup = Destination(UDPEndpoint(.teredoDiscovery, TeredoConstants.udpPort))
}

extension GlobalUnicastFilter {
    /// The endpoint as a destination; `nil` when nothing may be sent to it (V14, SEC-34).
    ///
    /// A relay that knows its node's own server may name it in `ownServer`: what it sends there stays on the node (I8).
    func destination(_ endpoint: UDPEndpoint, ownServer: IPv4Address? = nil) -> Destination? {
        let isOwnServer = endpoint.address == ownServer && endpoint.port != 0 && isGlobalUnicast(endpoint.address)
        return isOwnServer || mayBeSent(to: endpoint) ? Destination(endpoint) : nil
    }

    /// The Teredo port of a server as a destination.
    func destination(server: IPv4Address, ownServer: IPv4Address? = nil) -> Destination? {
        destination(UDPEndpoint(server, TeredoConstants.udpPort), ownServer: ownServer)
    }

    /// An endpoint inside one's own site as a destination: one that a peer lists as its own, or that a neighbour was heard
    /// from (SEC-23, SEC-35).
    func localDestination(_ endpoint: UDPEndpoint) -> Destination? {
        mayBeAlternate(endpoint) ? Destination(endpoint) : nil
    }
}

/// A destination that may not be known yet, in six octets: an optional would need one more, which an entry of the peer
/// table does not have.
struct PossibleDestination: Hashable, Sendable {
    /// The endpoint; 0.0.0.0 with port 0 while it is not known.
    let endpoint: UDPEndpoint

    init(_ destination: Destination?) {
        endpoint = destination?.endpoint ?? UDPEndpoint(.unspecified, 0)
    }

    var known: Destination? { endpoint.port == 0 ? nil : Destination(endpoint) }
}
