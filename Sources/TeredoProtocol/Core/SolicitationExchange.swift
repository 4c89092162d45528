import TeredoWire

/// How a node behind a NAT solicits a server and judges the answers: client and NAT diagnosis do it alike.
struct SolicitationExchange: Sendable {
    /// The low 63 bits of the link-local source.
    var linkLocalIdentifier: UInt64
    /// The secret of secure qualification, if there is one.
    var secret: SharedSecret?
    /// Computes authentication values.
    var authenticator: any MessageAuthenticator
    /// Decides whether a mapped address can be true.
    var filter: GlobalUnicastFilter

    /// A valid advertisement with the endpoint that it reports.
    struct Answer {
        let advertisement: RouterAdvertisement
        let mappedEndpoint: UDPEndpoint
        let confirmation: UInt8
    }

    /// Why an advertisement is not accepted.
    struct Rejection: Error {
        let reason: DropReason
    }

    /// The link-local source of a solicitation.
    func linkLocal(coneBit: Bool) -> IPv6Address {
        IPv6Address(
            high: 0xFE80_0000_0000_0000,
            low: linkLocalIdentifier & 0x7FFF_FFFF_FFFF_FFFF | (coneBit ? 1 << 63 : 0)
        )
    }

    /// The datagram of a solicitation: authentication, in its null form without a secret, and the packet.
    func solicitation(nonce: UInt64, coneBit: Bool) -> [UInt8] {
        let packet = [UInt8](capacity: RouterSolicitation.length) { output in
            RouterSolicitation(source: linkLocal(coneBit: coneBit)).encode(into: &output)
        }
        var authentication = AuthenticationEncapsulation(nonce: nonce)
        if let secret {
            authentication.clientIdentifier = secret.clientIdentifier
            authentication.authenticationValue = SecureQualification.authenticationValue(
                nonce: nonce,
                confirmation: 0,
                origin: nil,
                packet: packet.span,
                key: secret.key,
                authenticator: authenticator
            )
        }
        return [UInt8](capacity: authentication.length + packet.count) { output in
            authentication.encode(into: &output)
            output.append(copying: packet.span)
        }
    }

    /// Checks nonce (SEC-01), authentication (SEC-02, SEC-04), origin and contents (SEC-06) of an advertisement from
    /// the server whose primary address is `server`, or one of `others`.
    func validate(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        nonce: UInt64,
        coneBit: Bool,
        server: IPv4Address?,
        orOneOf others: [IPv4Address] = []
    ) -> Result<Answer, Rejection> {
        guard let authentication = datagram.authentication, authentication.nonce(in: bytes) == nonce else {
            return .failure(Rejection(reason: .authenticationFailed))
        }
        let confirmation = authentication.confirmation(in: bytes)
        if let secret {
            guard bytes.copy(authentication.clientIdentifier) == secret.clientIdentifier,
                SecureQualification.verify(
                    datagram,
                    authentication: authentication,
                    in: bytes,
                    key: secret.key,
                    authenticator: authenticator
                )
            else { return .failure(Rejection(reason: .authenticationFailed)) }
        } else if confirmation != 0 {
            return .failure(Rejection(reason: .authenticationFailed))
        }
        let advertisement: RouterAdvertisement
        do {
            advertisement = try RouterAdvertisement(validating: bytes.extracting(datagram.packet))
        } catch {
            return .failure(Rejection(reason: error == .wrongChecksum ? .wrongChecksum : .invalidAdvertisement))
        }
        guard let origin = datagram.origin,
            advertisement.server == server || others.contains(advertisement.server),
            advertisement.destination == linkLocal(coneBit: coneBit),
            origin.endpoint.port != 0, filter.isGlobalUnicast(origin.endpoint.address)
        else { return .failure(Rejection(reason: .invalidAdvertisement)) }
        return .success(
            Answer(advertisement: advertisement, mappedEndpoint: origin.endpoint, confirmation: confirmation)
        )
    }
}
