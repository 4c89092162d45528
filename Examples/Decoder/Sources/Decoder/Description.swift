import TeredoWire

/// What a UDP payload is, line by line, in the order of its octets.
func describe(_ payload: [UInt8]) -> [String] {
    let datagram: TeredoDatagram
    do {
        datagram = try TeredoDatagram(validating: payload.span)
    } catch {
        return ["no Teredo datagram: \(error)"]
    }
    var lines: [String] = []
    if datagram.authentication != nil, let value = try? AuthenticationEncapsulation(parsing: payload.span) {
        let kind = value.clientIdentifier.isEmpty ? "without a key" : "with a key"
        lines.append("authentication \(kind), nonce \(hexadecimal(value.nonce)), confirmation \(value.confirmation)")
    }
    if let origin = datagram.origin { lines.append("origin \(origin.endpoint)") }
    let packet = Array(payload[datagram.packet])
    lines.append(kind(of: packet, datagram.header))
    lines.append("from \(describe(datagram.header.source))")
    lines.append("to \(describe(datagram.header.destination))")
    do {
        let trailers = try TrailerList(parsing: Array(payload[datagram.trailers]).span).trailers
        lines += trailers.map { "trailer: \(describe($0))" }
    } catch {
        lines.append("trailers that make it invalid: \(error)")
    }
    return lines
}

/// What an IPv6 packet is for.
private func kind(of packet: [UInt8], _ header: IPv6Header) -> String {
    if header.isBubble { return "bubble" }
    if let solicitation = try? RouterSolicitation(validating: packet.span) {
        return "router solicitation" + (solicitation.coneBit ? " of the cone phase" : "")
    }
    if let advertisement = try? RouterAdvertisement(validating: packet.span) {
        return "router advertisement of \(advertisement.server)" + (advertisement.mtu.map { ", MTU \($0)" } ?? "")
    }
    if let echo = try? EchoMessage(validating: packet.span) {
        return "echo \(echo.kind), identifier \(echo.identifier), sequence \(echo.sequenceNumber)"
    }
    if let type = header.icmpv6Type(in: packet.span) { return "ICMPv6 of type \(type), \(header.payloadLength) octets" }
    return "data: next header \(header.nextHeader), \(header.payloadLength) octets"
}

/// An IPv6 address and, for one of Teredo, what is in it.
private func describe(_ address: IPv6Address) -> String {
    guard let teredo = TeredoAddress(address) else { return "\(address)" }
    return "\(address) (server \(teredo.server), mapped \(teredo.mappedEndpoint), flags \(teredo.flags))"
}

private func describe(_ trailer: Trailer) -> String {
    switch trailer {
    case .nonce(let nonce): "nonce \(hexadecimal(UInt64(nonce)))"
    case .transitRelay(let relay, _): "reached through \(relay)"
    case .alternateAddresses(let endpoints):
        "alternate addresses \(endpoints.map(\.description).joined(separator: ", "))"
    case .neighborDiscovery(let kind): "neighbour discovery, \(kind)"
    case .randomPort(let port): "random port \(port)"
    case .sender(let address): "sender \(describe(address))"
    case .transit(let message): "transit \(message.kind)"
    case .sourceProof: "source proof"
    case .relaySiblings: "relay siblings"
    case .opaque(let type, let value): "type \(type), \(value.count) octets"
    }
}

private func hexadecimal(_ number: UInt64) -> String { "0x" + String(number, radix: 16) }
