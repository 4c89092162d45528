package import TeredoWire

/// How a client came to its address (RFC 4380 section 5.2.1).
package struct Qualification: Hashable, Sendable {
    /// How many nonces are remembered.
    private static let nonceLimit = 16

    /// How many solicitations were seen.
    package private(set) var solicitations = 0
    /// How many advertisements were seen.
    package private(set) var advertisements = 0
    /// The mapped endpoint that a server told last.
    package private(set) var mapped: UDPEndpoint?
    /// From the first solicitation to the first advertisement; `nil` when the capture does not show both.
    package private(set) var duration: Duration?
    private var start: ProtocolInstant?
    private var lastServer: UDPEndpoint?
    private var lastHadCone = false
    private var usesAuthentication = false
    private var nonces: [UInt64] = []
    /// The address that the mapping was told from.
    private var toldBy: IPv4Address?

    /// Takes a solicitation.
    mutating func ask(
        _ reading: TeredoReading,
        server: UDPEndpoint,
        time: ProtocolInstant?
    ) -> (change: (StateChange.State, String), findings: [Finding]) {
        var findings: [Finding] = []
        if solicitations == 0 { start = time }
        solicitations += 1
        if let nonce = reading.authentication?.nonce {
            usesAuthentication = true
            if nonces.contains(nonce) {
                findings.append(
                    Finding(.repeatedNonce, "the nonce \(HexadecimalText.digits(nonce, count: 16)) was used before")
                )
            }
            nonces.append(nonce)
            if nonces.count > Self.nonceLimit { nonces.removeFirst() }
        }
        lastServer = server
        lastHadCone = TeredoLinkLocal.coneBit(of: reading.header.source)
        if mapped != nil {
            let words = toldBy == server.address ? "asks again" : "asks another address of a server"
            return ((.refreshing, words), findings)
        }
        let phase = lastHadCone ? ", cone phase" : ""
        return ((.qualifying, "qualifying\(phase)" + (solicitations > 1 ? ", try \(solicitations)" : "")), findings)
    }

    /// Takes an advertisement.
    mutating func answer(
        _ reading: TeredoReading,
        from server: UDPEndpoint,
        time: ProtocolInstant?
    ) -> (change: (StateChange.State, String)?, findings: [Finding]) {
        advertisements += 1
        let findings = objections(to: reading)
        guard !findings.contains(where: { $0.weight == .violation }), let origin = reading.origin,
            (try? RouterAdvertisement(validating: reading.packet.span)) != nil
        else { return (nil, findings) }
        let before = mapped
        let isSameServer = toldBy == server.address
        if before == nil, let start, let time { duration = time - start }
        if before == nil || isSameServer {
            mapped = origin
            toldBy = server.address
        }
        guard let before else { return ((.qualified, qualified(origin, by: server)), findings) }
        if before == origin {
            let words = isSameServer ? "mapping kept" : "the same mapping as seen from there: no symmetric NAT"
            return ((.refreshed, words), findings)
        }
        return isSameServer
            ? ((.remapped, "mapped to \(origin) instead of \(before): a new address"), findings)
            : ((.symmetric, "mapped to \(origin) there and to \(before) before: a symmetric NAT"), findings)
    }

    private func qualified(_ origin: UDPEndpoint, by server: UDPEndpoint) -> String {
        let isCone = lastHadCone && lastServer?.address != server.address
        return "qualified, mapped to \(origin)" + (isCone ? ", cone NAT" : "")
    }

    private func objections(to reading: TeredoReading) -> [Finding] {
        guard solicitations > 0 else {
            return [Finding(.validAdvertisement, "no solicitation of this client was seen before", weight: .remark)]
        }
        guard let nonce = reading.authentication?.nonce else {
            return usesAuthentication
                ? [Finding(.missingAuthentication, "the solicitations have authentication, and this has none")] : []
        }
        guard !nonces.contains(nonce) else { return [] }
        let words = "no solicitation had the nonce \(HexadecimalText.digits(nonce, count: 16))"
        return [Finding(.foreignNonce, words)]
    }
}
