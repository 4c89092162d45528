import TeredoCrypto
import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

/// What looks nearly right and must be refused.
@Suite struct ClientRefusalTests {
    @Test(
        "SEC-04: an advertisement with another client identifier is refused, though its authentication value is right"
    )
    func foreignIdentifier() throws {
        let secret = try #require(
            SharedSecret(clientIdentifier: Array("client01".utf8), key: Array("teredo-secret".utf8))
        )
        let foreign = try #require(
            SharedSecret(clientIdentifier: Array("client02".utf8), key: Array("teredo-secret".utf8))
        )
        let none = try #require(SharedSecret(clientIdentifier: Array("c".utf8), key: Array("teredo-secret".utf8)))
        var harness = ClientHarness { $0.secret = secret }
        harness.start()
        for other in [foreign, none] {
            #expect(harness.answer { $0.secret = other } == .drop(.authenticationFailed))
        }
        #expect(harness.client.address == nil)
        #expect(harness.answer { $0.secret = secret } == .consumed)
    }

    @Test(
        "V1: a data packet or bubble with an authentication encapsulation is dropped, from a trusted peer and from the server"
    )
    func authenticationOnData() {
        var harness = ClientHarness.qualified()
        let peer = Packets.peer()
        let packet = Packets.udp(from: peer.ipv6, to: harness.own)
        #expect(harness.receive(packet, from: peer.mappedEndpoint) != .drop(.unexpectedIndication))
        harness.forget()
        func authenticated(_ packet: [UInt8]) -> [UInt8] {
            [UInt8](capacity: 200) { output in
                AuthenticationEncapsulation(nonce: 7).encode(into: &output)
                output.append(copying: packet.span)
            }
        }
        for bytes in [packet, Packets.bubble(from: peer.ipv6, to: harness.own)] {
            for source in [peer.mappedEndpoint, harness.server] {
                #expect(
                    harness.receive(authenticated(bytes), from: source) == .drop(.unexpectedIndication),
                    "\(source)"
                )
            }
        }
        #expect(harness.delivered.isEmpty && harness.sent.isEmpty)
    }

    @Test(
        "V14: packets of an unproven native host are kept only when they come from an endpoint that may be sent to",
        arguments: [
            "10.9.9.9:53", "127.0.0.1:3545", "169.254.1.1:3545", "224.0.0.1:3545", "240.0.0.1:3545",
            "192.168.1.77:3545",
        ]
    )
    func holdsNothingOfForbiddenEndpoints(text: String) {
        var harness = ClientHarness.qualified()
        let packet = Packets.udp(from: ClientHarness.native, to: harness.own)
        let verdict = harness.receive(packet, from: endpoint(text))
        #expect(verdict == .drop(.forbiddenEndpoint) || verdict == .drop(.invalidIPv4Source))
        #expect(harness.echoes.isEmpty && harness.client.peerCount == 0, "and no test is made for them")
        harness.receive(packet, from: ClientHarness.relay)
        #expect(harness.echoes.count == 1)
    }
}
