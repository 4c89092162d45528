import TeredoWire

/// Keyed hashes of who is where, which only who receives there can return; nothing is stored for them.
///
/// A server gives them to relays, and a transit relay to clients. The clocks of the members of a fleet may differ by less than one
/// lifetime.
struct EndpointCookie: Sendable {
    private var keys: PurposeKeys
    /// In nanoseconds.
    private let lifetime: Int64

    /// Cookies that are good for one to two lifetimes.
    init(_ keys: PurposeKeys, lifetime: Duration) {
        self.keys = keys
        self.lifetime = lifetime.wholeNanoseconds
    }

    /// Goes on with the keys of a fleet.
    mutating func adopt(_ fleet: FleetKey) { keys.adopt(fleet) }

    /// The cookie for a client, if it is about one, at an endpoint; never 0.
    func value(for client: IPv6Address = .unspecified, at endpoint: UDPEndpoint, now: ProtocolInstant) -> UInt64 {
        value(client, endpoint, epoch: epoch(now), key: keys.making)
    }

    /// Whether a cookie was made for this client and endpoint within the last two lifetimes.
    func isGood(
        _ cookie: UInt64,
        for client: IPv6Address = .unspecified,
        at endpoint: UDPEndpoint,
        now: ProtocolInstant
    ) -> Bool {
        let epoch = epoch(now)
        return keys.accepts { key in
            cookie == value(client, endpoint, epoch: epoch, key: key)
                || cookie == value(client, endpoint, epoch: epoch - 1, key: key)
                // The clock of the member that made it may be ahead.
                || cookie == value(client, endpoint, epoch: epoch + 1, key: key)
        }
    }

    private func epoch(_ now: ProtocolInstant) -> Int64 { (now + keys.clockOffset).nanoseconds / lifetime }

    private func value(_ client: IPv6Address, _ endpoint: UDPEndpoint, epoch: Int64, key: [UInt8]) -> UInt64 {
        let message = [UInt8](capacity: 30) { output in
            output.append(bigEndian: UInt64(bitPattern: epoch))
            output.append(client)
            output.append(bigEndian: endpoint.address.rawValue)
            output.append(bigEndian: endpoint.port)
        }
        return keys.authenticator.hmacSHA1(key: key, message: message).span.bigEndianUInt64(at: 0) | 1
    }
}
