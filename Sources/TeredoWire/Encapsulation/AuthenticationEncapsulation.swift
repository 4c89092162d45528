/// The authentication encapsulation of solicitations and advertisements as a value (RFC 4380 section 5.1.1).
public struct AuthenticationEncapsulation: Hashable, Sendable {
    /// The client identifier, at most 255 octets; empty in the null form.
    public var clientIdentifier: [UInt8]
    /// The authentication value, at most 255 octets; empty in the null form, 20 with HMAC-SHA1.
    public var authenticationValue: [UInt8]
    /// The nonce: fresh in every solicitation, copied into its answer.
    public var nonce: UInt64
    /// The confirmation octet: 0 while the key is valid, other values ask the client to obtain a new key.
    public var confirmation: UInt8

    /// Makes an encapsulation; the defaults give the null form.
    ///
    /// Identifier and value are at most 255 octets long.
    public init(
        clientIdentifier: [UInt8] = [],
        authenticationValue: [UInt8] = [],
        nonce: UInt64,
        confirmation: UInt8 = 0
    ) {
        precondition(clientIdentifier.count <= 255 && authenticationValue.count <= 255)
        self.clientIdentifier = clientIdentifier
        self.authenticationValue = authenticationValue
        self.nonce = nonce
        self.confirmation = confirmation
    }

    /// Reads the encapsulation at the start of `bytes`; fails as ``AuthenticationLayout/init(validating:)`` does.
    public init(parsing bytes: Span<UInt8>) throws(WireError) {
        let layout = try AuthenticationLayout(validating: bytes)
        self.init(
            clientIdentifier: bytes.copy(layout.clientIdentifier),
            authenticationValue: bytes.copy(layout.authenticationValue),
            nonce: layout.nonce(in: bytes),
            confirmation: layout.confirmation(in: bytes)
        )
    }

    /// The length on the wire in octets.
    public var length: Int {
        AuthenticationLayout.minimumLength + clientIdentifier.count + authenticationValue.count
    }

    /// Appends the encapsulation.
    public func encode(into output: inout OutputSpan<UInt8>) {
        output.append(bigEndian: UInt16(1))
        output.append(UInt8(clientIdentifier.count))
        output.append(UInt8(authenticationValue.count))
        output.append(copying: clientIdentifier.span)
        output.append(copying: authenticationValue.span)
        output.append(bigEndian: nonce)
        output.append(confirmation)
    }
}
