import TeredoWire

/// What shows a server that a relay receives what is sent to the endpoint that it sends from.
///
/// It is a keyed hash of that endpoint, which only who receives there can return. The server stores nothing for it.
struct SourceProof: Sendable {
    private let key: [UInt8]
    private let authenticator: any MessageAuthenticator

    init(authenticator: any MessageAuthenticator, using generator: inout some RandomNumberGenerator) {
        key = (0..<20).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        self.authenticator = authenticator
    }

    /// The proof for whoever receives at `source`; good for 10 to 20 minutes.
    func value(for source: UDPEndpoint, now: ProtocolInstant) -> UInt64 { value(source, epoch: Self.epoch(now)) }

    /// Whether `proof` was given to `source` within the last 20 minutes.
    func isGood(_ proof: UInt64, from source: UDPEndpoint, now: ProtocolInstant) -> Bool {
        let epoch = Self.epoch(now)
        return proof == value(source, epoch: epoch) || proof == value(source, epoch: epoch - 1)
    }

    private static func epoch(_ now: ProtocolInstant) -> Int64 { now.nanoseconds / 600_000_000_000 }

    private func value(_ source: UDPEndpoint, epoch: Int64) -> UInt64 {
        let message = [UInt8](capacity: 14) { output in
            output.append(bigEndian: UInt64(bitPattern: epoch))
            output.append(bigEndian: source.address.rawValue)
            output.append(bigEndian: source.port)
        }
        return authenticator.hmacSHA1(key: key, message: message).span.bigEndianUInt64(at: 0)
    }
}
