import TeredoWire

/// Cookies that show that a client receives what is sent to the endpoint that it sends from; the relay stores nothing
/// for them.
struct TransitCookie: Sendable {
    private let key: [UInt8]
    private let authenticator: any MessageAuthenticator

    init(authenticator: any MessageAuthenticator, using generator: inout some RandomNumberGenerator) {
        key = (0..<20).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        self.authenticator = authenticator
    }

    /// The cookie for a client at an endpoint; good for 60 s to 120 s, never 0.
    func value(for client: IPv6Address, at endpoint: UDPEndpoint, now: ProtocolInstant) -> UInt64 {
        value(client, endpoint, epoch: Self.epoch(now))
    }

    /// Whether a cookie was made for this client and endpoint within the last two minutes.
    func isGood(_ cookie: UInt64, for client: IPv6Address, at endpoint: UDPEndpoint, now: ProtocolInstant) -> Bool {
        let epoch = Self.epoch(now)
        return cookie == value(client, endpoint, epoch: epoch) || cookie == value(client, endpoint, epoch: epoch - 1)
    }

    private static func epoch(_ now: ProtocolInstant) -> Int64 { now.nanoseconds / 60_000_000_000 }

    private func value(_ client: IPv6Address, _ endpoint: UDPEndpoint, epoch: Int64) -> UInt64 {
        let message = [UInt8](capacity: 30) { output in
            output.append(bigEndian: UInt64(bitPattern: epoch))
            output.append(client)
            output.append(bigEndian: endpoint.address.rawValue)
            output.append(bigEndian: endpoint.port)
        }
        return authenticator.hmacSHA1(key: key, message: message).span.bigEndianUInt64(at: 0) | 1
    }
}
