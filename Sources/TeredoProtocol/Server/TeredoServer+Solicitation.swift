import TeredoWire

/// Solicitations and echo requests to the server itself (RFC 4380 section 5.3.2; rules S7a, D1 to D3).
extension TeredoServer {
    mutating func handleSolicitation(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        from source: UDPEndpoint,
        on socket: ServerSocket,
        now: ProtocolInstant,
        into output: inout OutputSpan<UInt8>
    ) -> ServerVerdict {
        let solicitation: RouterSolicitation
        do {
            solicitation = try RouterSolicitation(validating: bytes.extracting(datagram.packet))
        } catch {
            return .drop(error == .wrongChecksum ? .wrongChecksum : .sourceRefused)
        }
        counters.solicitations &+= 1
        guard limiters.admitSolicitation(from: source, now: now) else { return .drop(.rateLimited) }
        guard filter.mayBeSent(to: source) else { return .drop(.forbiddenEndpoint) }
        // RFC 5991 section 3.2: an answer from the same address would make a client believe in a cone NAT.
        guard !solicitation.coneBit || configuration.secondary != nil else { return .drop(.noSecondAddress) }
        let secret: SharedSecret?
        switch authenticate(datagram, in: bytes) {
        case .refused: return .drop(.secureQualificationFailed)
        case .accepted(let known): secret = known
        }
        let before = output.count
        let answersFromOther = solicitation.coneBit
        advertise(datagram, in: bytes, to: solicitation.source, source, secret: secret, into: &output)
        counters.advertisements &+= 1
        limiters.noteAnswer(to: source, now: now)
        let other: ServerSocket = socket == .primary ? .secondary : .primary
        return .reply(from: answersFromOther ? other : socket, to: source, count: output.count - before)
    }

    private enum Authentication {
        case refused
        case accepted(SharedSecret?)
    }

    /// S7a: in required mode identifier and value must be right; else a value is checked when the client is known.
    private func authenticate(_ datagram: TeredoDatagram, in bytes: Span<UInt8>) -> Authentication {
        let isRequired = configuration.requiresSecureQualification
        guard let layout = datagram.authentication, !layout.authenticationValue.isEmpty else {
            return isRequired ? .refused : .accepted(nil)
        }
        guard let secret = secrets[bytes.copy(layout.clientIdentifier)] else {
            return isRequired ? .refused : .accepted(nil)
        }
        let isRight = SecureQualification.verify(
            datagram,
            authentication: layout,
            in: bytes,
            key: secret.key,
            authenticator: authenticator
        )
        return isRight ? .accepted(secret) : .refused
    }

    /// Appends authentication (if the solicitation had one), origin and advertisement.
    private func advertise(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        to destination: IPv6Address,
        _ observed: UDPEndpoint,
        secret: SharedSecret?,
        into output: inout OutputSpan<UInt8>
    ) {
        let origin = OriginIndication(observed)
        let advertisement = RouterAdvertisement(
            source: linkLocal,
            destination: destination,
            server: configuration.primary,
            mtu: configuration.mtu
        )
        if let layout = datagram.authentication {
            let nonce = layout.nonce(in: bytes)
            if let secret {
                let packet = [UInt8](capacity: RouterAdvertisement.length) { advertisement.encode(into: &$0) }
                let isExpiring = configuration.expiringIdentifiers.contains(secret.clientIdentifier)
                let confirmation: UInt8 = isExpiring ? 1 : 0
                let value = SecureQualification.authenticationValue(
                    nonce: nonce,
                    confirmation: confirmation,
                    origin: origin,
                    packet: packet.span,
                    key: secret.key,
                    authenticator: authenticator
                )
                AuthenticationEncapsulation(
                    clientIdentifier: secret.clientIdentifier,
                    authenticationValue: value,
                    nonce: nonce,
                    confirmation: confirmation
                ).encode(into: &output)
            } else {
                output.append(bigEndian: UInt16(1))
                output.append(UInt8(layout.clientIdentifier.count))
                output.append(0)
                output.append(copying: bytes.extracting(layout.clientIdentifier))
                output.append(bigEndian: nonce)
                output.append(0)
            }
        }
        origin.encode(into: &output)
        advertisement.encode(into: &output)
    }

    /// D2: answers an echo request to the server's link-local address; D3: anything else to it is dropped.
    mutating func handleEcho(
        _ packet: Span<UInt8>,
        from source: UDPEndpoint,
        on socket: ServerSocket,
        now: ProtocolInstant,
        into output: inout OutputSpan<UInt8>
    ) -> ServerVerdict {
        guard configuration.answersEcho, let request = try? EchoMessage(validating: packet), request.kind == .request,
            request.source.isLinkLocal || TeredoAddress(request.source)?.mappedEndpoint == source
        else { return .drop(.unforwardableDestination) }
        guard packet.count - 40 <= configuration.maximumICMPv6Length else { return .drop(.forbiddenICMPv6) }
        guard limiters.admitEcho(from: source.address, now: now), filter.mayBeSent(to: source) else {
            return .drop(.rateLimited)
        }
        let before = output.count
        request.reply.encode(into: &output)
        return .reply(from: socket, to: source, count: output.count - before)
    }
}
