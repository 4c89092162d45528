import TeredoCrypto
import TeredoProtocol
import TeredoWire
import Testing

/// The client against real traffic of a Windows XP client with Microsoft's server.
@Suite struct ClientCaptureTests {
    /// Gives the nonce of the capture to the first solicitation; everything drawn before it is zero.
    struct ScriptedGenerator: RandomNumberGenerator, Sendable {
        let value: UInt64
        mutating func next() -> UInt64 { value }
    }

    @Test("Capture: our client qualifies with frame 7 and answers frame 31 as frame 32 does")
    func windowsTraffic() throws {
        let frames = try WindowsCapture.frames()
        let solicitation = try #require(frames[6])
        let advertisement = try #require(frames[7])
        let indirect = try #require(frames[31])
        let answer = try #require(frames[32])
        var configuration = ClientConfiguration()
        configuration.qualification.usesConePhase = true
        configuration.linkLocalIdentifier = 0x0000_FFFF_FFFF_FFFD
        configuration.localDiscovery.isOn = false
        configuration.transit = .off
        let now = ProtocolInstant(nanoseconds: 1)
        var client = TeredoClient(
            configuration: configuration,
            authenticator: HMACSHA1Authenticator(),
            generator: ScriptedGenerator(value: 0xCD56_6940_0B22_DF88),
            now: now
        )
        client.start(localEndpoint: solicitation.source, subnets: [], now: now)
        client.setServer(
            ServerAddresses(
                primary: solicitation.destination.address,
                secondary: solicitation.destination.address.successor
            ),
            now: now
        )
        let sent = [UInt8](capacity: 2000) { _ = client.pollTransmit(into: &$0) }
        let theirs = try TeredoDatagram(validating: solicitation.payload.span)
        let ours = try TeredoDatagram(validating: sent.span)
        #expect(ours.authentication == theirs.authentication)
        #expect(ours.header.source == theirs.header.source)
        #expect(
            client.handleDatagram(advertisement.payload.span, from: advertisement.source, on: .service, now: now)
                == .consumed
        )
        #expect(client.status == .qualified(.cone))
        #expect(client.mappedEndpoint == UDPEndpoint("70.55.215.234:3797"))
        #expect(client.mtu == 1280)
        // The Windows client used other flags: rewrite the destination of the bubble to our address.
        var bubble = indirect.payload
        let own = try #require(client.address?.ipv6)
        let destination = [UInt8](capacity: 16) { $0.append(own) }
        bubble.replaceSubrange(bubble.count - 16..<bubble.count, with: destination)
        #expect(client.handleDatagram(bubble.span, from: indirect.source, on: .service, now: now) == .consumed)
        var transmit: Transmit?
        let reply = [UInt8](capacity: 2000) { transmit = client.pollTransmit(into: &$0) }
        #expect(transmit?.destination == answer.destination)
        let replied = try TeredoDatagram(validating: reply.span)
        let expected = try TeredoDatagram(validating: answer.payload.span)
        #expect(replied.header.isBubble && expected.header.isBubble)
        #expect(replied.header.destination == expected.header.destination)
        #expect(replied.header.source == own)
    }
}
