import TeredoTestSupport
import TeredoWire
import Testing

@Suite struct ParserFuzzTests {
    /// Runs every parser over `bytes`; says what is inconsistent, `nil` when nothing is.
    static func inconsistency(in bytes: [UInt8]) -> String? {
        _ = try? AuthenticationEncapsulation(parsing: bytes)
        _ = try? OriginIndication(parsing: bytes)
        if let problem = trailerInconsistency(bytes) { return problem }
        guard let layout = try? TeredoDatagram(validating: bytes) else { return nil }
        if let authentication = layout.authentication {
            guard let value = try? AuthenticationEncapsulation(parsing: bytes),
                encoded(value.encode) == Array(bytes[..<authentication.length])
            else { return "authentication does not re-encode" }
        }
        if let origin = layout.origin {
            let start = layout.packet.lowerBound - OriginIndication.length
            guard encoded(origin.encode) == Array(bytes[start..<start + 8]) else { return "origin does not re-encode" }
        }
        guard layout.packet.upperBound == layout.trailers.lowerBound, layout.trailers.upperBound == bytes.count else {
            return "ranges do not cover the datagram"
        }
        let packet = Array(bytes[layout.packet])
        guard encoded(layout.header.encode) == Array(packet[..<40]) else { return "header does not re-encode" }
        return trailerInconsistency(Array(bytes[layout.trailers])) ?? messageInconsistency(packet)
            ?? addressInconsistency(layout.header.source)
    }

    private static func trailerInconsistency(_ bytes: [UInt8]) -> String? {
        guard let list = try? TrailerList(parsing: bytes) else { return nil }
        let again = encoded(capacity: 65_536, list.encode)
        guard again.count == list.length, again.count <= bytes.count else { return "trailers change their length" }
        guard (try? TrailerList(parsing: again)) == list else { return "trailers do not re-encode" }
        return nil
    }

    private static func messageInconsistency(_ packet: [UInt8]) -> String? {
        _ = IPv6ExtensionHeaders.requiresSourceRouting(packet)
        if let value = try? RouterSolicitation(validating: packet) {
            let again = encoded(value.encode)
            guard (try? RouterSolicitation(validating: again)) == value else { return "solicitation" }
        }
        if let value = try? RouterAdvertisement(validating: packet) {
            let again = encoded(value.encode)
            guard (try? RouterAdvertisement(validating: again)) == value else { return "advertisement" }
        }
        if let value = try? EchoMessage(validating: packet) {
            let again = encoded(capacity: 65_536) { value.encode(into: &$0) }
            guard (try? EchoMessage(validating: again)) == value else { return "echo message" }
        }
        if ICMPv6Error.mayBeSent(about: packet) {
            let error = encoded {
                ICMPv6Error.addressUnreachable.encode(about: packet.span, from: .allNodes, into: &$0)
            }
            guard error.count <= 1280, !ICMPv6Error.mayBeSent(about: error) else { return "error about an error" }
        }
        return nil
    }

    private static func addressInconsistency(_ address: IPv6Address) -> String? {
        guard IPv6Address(address.description) == address else { return "address does not survive its text" }
        guard let teredo = TeredoAddress(address) else { return nil }
        return teredo.ipv6 == address ? nil : "Teredo address does not survive taking apart"
    }

    @Test("SEC-37: 200 000 random and mutated datagrams never trap and re-encode consistently", arguments: 1...4)
    func mutatedDatagrams(seed: Int) {
        var mutator = DatagramMutator(seed: UInt64(seed))
        var parsed = 0
        for round in 0..<50_000 {
            let bytes = mutator.next()
            if let problem = Self.inconsistency(in: bytes) {
                Issue.record("seed \(seed), round \(round): \(problem) in \(bytes)")
                return
            }
            if (try? TeredoDatagram(validating: bytes)) != nil { parsed += 1 }
        }
        #expect(parsed > 5000, "the mutations must leave enough datagrams that parse")
    }

    @Test("SEC-37: random text never traps the address parsers", arguments: 1...2)
    func randomText(seed: Int) {
        var generator = SplitMix64(seed: UInt64(seed))
        let alphabet = Array("0123456789abcdefABCDEF::::....//%[]+- xé\u{301}")
        for _ in 0..<20_000 {
            let text = String(
                (0..<Int.random(in: 0...20, using: &generator)).map { _ in
                    alphabet[Int.random(in: alphabet.indices, using: &generator)]
                }
            )
            if let address = IPv6Address(text), IPv6Address(address.description) != address {
                Issue.record("\(text) is read as \(address)")
            }
            if let endpoint = UDPEndpoint(text), endpoint.description != text { Issue.record("\(text) as \(endpoint)") }
            if let address = IPv4Address(text), address.description != text { Issue.record("\(text) as \(address)") }
            _ = IPv4Prefix(text)
        }
    }
}
