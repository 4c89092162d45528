import TeredoWire

/// The key behind link-local bubble sources: lets a peer prove that it got our bubble, whatever port its NAT shows
/// (R9a, Y5).
struct BubbleKey: Sendable {
    private var keys: PurposeKeys

    init(authenticator: any MessageAuthenticator, using generator: inout some RandomNumberGenerator) {
        keys = PurposeKeys(.bubble, authenticator: authenticator, using: &generator)
    }

    /// Goes on with the keys of a fleet.
    mutating func adopt(_ fleet: FleetKey) { keys.adopt(fleet) }

    /// The link-local source for bubbles to the peer whose address embeds `endpoint`.
    ///
    /// Address and port of the claimed peer both go into the hash: proof for one peer is none for another (SEC-11).
    func source(forPeerAt endpoint: UDPEndpoint) -> IPv6Address { source(forPeerAt: endpoint, key: keys.making) }

    private func source(forPeerAt endpoint: UDPEndpoint, key: [UInt8]) -> IPv6Address {
        let message = [UInt8](capacity: 6) { message in
            message.append(bigEndian: endpoint.address.rawValue)
            message.append(bigEndian: endpoint.port)
        }
        let hash = keys.authenticator.hmacSHA1(key: key, message: message)
        return TeredoLinkLocal.keyed(identifier: hash.span.bigEndianUInt64(at: 0))
    }

    /// Whether a bubble to `destination` proves that its sender is the peer whose address embeds `endpoint`.
    func vouches(forPeerAt endpoint: UDPEndpoint, destination: IPv6Address) -> Bool {
        destination.isLinkLocal && keys.accepts { source(forPeerAt: endpoint, key: $0) == destination }
    }
}
