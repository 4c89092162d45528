package import TeredoWire

/// Computes authentication values over what stands behind them in a datagram (RFC 4380 section 5.2.2).
package enum SecureQualification {
    /// HMAC-SHA1 over nonce, confirmation, origin (if present) and IPv6 packet.
    package static func authenticationValue(
        nonce: UInt64,
        confirmation: UInt8,
        origin: OriginIndication?,
        packet: Span<UInt8>,
        key: [UInt8],
        authenticator: any MessageAuthenticator
    ) -> [UInt8] {
        let capacity = 9 + OriginIndication.length + packet.count
        let message = [UInt8](capacity: capacity) { message in
            message.append(bigEndian: nonce)
            message.append(confirmation)
            origin?.encode(into: &message)
            message.append(copying: packet)
        }
        return authenticator.hmacSHA1(key: key, message: message)
    }

    /// Whether the authentication value of a received datagram is right for `key` (SEC-04).
    package static func verify(
        _ datagram: TeredoDatagram,
        authentication: AuthenticationLayout,
        in bytes: Span<UInt8>,
        key: [UInt8],
        authenticator: any MessageAuthenticator
    ) -> Bool {
        let expected = authenticationValue(
            nonce: authentication.nonce(in: bytes),
            confirmation: authentication.confirmation(in: bytes),
            origin: datagram.origin,
            packet: bytes.extracting(datagram.packet),
            key: key,
            authenticator: authenticator
        )
        return authenticator.isEqual(expected, bytes.copy(authentication.authenticationValue))
    }
}
