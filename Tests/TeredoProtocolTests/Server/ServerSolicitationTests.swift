import TeredoCrypto
import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

@Suite struct ServerSolicitationTests {
    typealias Harness = ServerHarness

    @Test(
        "D1: the cone bit chooses the address that answers",
        arguments: [
            (ServerSocket.primary, false, ServerSocket.primary), (.primary, true, .secondary),
            (.secondary, false, .secondary), (.secondary, true, .primary),
        ]
    )
    func answeringAddress(received: ServerSocket, coneBit: Bool, answering: ServerSocket) throws {
        var harness = try Harness()
        let outcome = harness.receive(Harness.solicitation(coneBit: coneBit), on: received)
        #expect(outcome.socket == answering)
        #expect(outcome.target == Harness.alice.mappedEndpoint)
    }

    @Test("D1: the length of an answer is that of what was appended, whatever was there before")
    func length() throws {
        var harness = try Harness()
        var verdict = ServerVerdict.drop(.malformed)
        let bytes = [UInt8](capacity: 4096) { output in
            for octet in 1...5 as ClosedRange<UInt8> { output.append(octet) }
            verdict = harness.server.handleDatagram(
                Harness.solicitation().span,
                from: Harness.alice.mappedEndpoint,
                on: .primary,
                now: harness.now,
                into: &output
            )
        }
        guard case .reply(_, _, let count) = verdict else {
            Issue.record("\(verdict)")
            return
        }
        #expect(count == bytes.count - 5 && bytes[5] == 0)
    }

    @Test(
        "D1, S7a: the advertisement names the primary server, the origin the observed endpoint",
        arguments: [
            ServerSocket.primary, .secondary,
        ]
    )
    func advertisement(socket: ServerSocket) throws {
        var harness = try Harness { $0.mtu = 1400 }
        let nonce = AuthenticationEncapsulation(nonce: 0x0123_4567_89AB_CDEF)
        let outcome = harness.receive(Harness.solicitation(authentication: nonce), on: socket)
        let advertisement = try #require(outcome.advertisement)
        #expect(advertisement.source == Harness.linkLocal)
        #expect(advertisement.destination == TeredoLinkLocal.client(coneBit: false))
        #expect(advertisement.server == Harness.primary)
        #expect(advertisement.mtu == 1400)
        #expect(outcome.datagram?.header.hopLimit == 255)
        #expect(outcome.origin == OriginIndication(Harness.alice.mappedEndpoint))
        #expect(try AuthenticationEncapsulation(parsing: outcome.bytes) == nonce)
        #expect(outcome.bytes.count == 117)
    }

    @Test("D1: the answer is octet for octet that of the worked example")
    func workedExample() throws {
        var harness = try Harness {
            $0.primary = Samples.server
            $0.secondary = Samples.server.successor
        }
        let outcome = harness.receive(Samples.solicitation, from: Samples.mappedB)
        #expect(outcome.bytes == Samples.advertisement)
    }

    @Test("D1: without authentication in the solicitation there is none in the answer")
    func withoutAuthentication() throws {
        var harness = try Harness()
        let outcome = harness.receive(Harness.solicitation())
        #expect(outcome.advertisement != nil)
        #expect(outcome.datagram?.authentication == nil)
    }

    @Test("D1: an unknown client identifier comes back as it was, without value")
    func unknownIdentifier() throws {
        var harness = try Harness()
        let theirs = AuthenticationEncapsulation(
            clientIdentifier: Array("nobody".utf8),
            authenticationValue: [1, 2, 3],
            nonce: 9
        )
        let outcome = harness.receive(Harness.solicitation(authentication: theirs))
        let ours = try AuthenticationEncapsulation(parsing: outcome.bytes)
        #expect(ours == AuthenticationEncapsulation(clientIdentifier: Array("nobody".utf8), nonce: 9))
    }

    @Test("S7a, SEC-04: in required mode only the right identifier with the right value is answered")
    func required() throws {
        let secret = try #require(Harness.secret)
        var harness = try Harness {
            $0.requiresSecureQualification = true
            $0.secrets = [secret]
        }
        let outcome = harness.receive(Harness.secureSolicitation(secret))
        let answer = try AuthenticationEncapsulation(parsing: outcome.bytes)
        let datagram = try #require(outcome.datagram)
        #expect(answer.clientIdentifier == secret.clientIdentifier && answer.nonce == 7 && answer.confirmation == 0)
        let layout = try #require(datagram.authentication)
        func verifies(_ key: [UInt8]) -> Bool {
            SecureQualification.verify(
                datagram,
                authentication: layout,
                in: outcome.bytes.span,
                key: key,
                authenticator: HMACSHA1Authenticator()
            )
        }
        #expect(verifies(secret.key))
        #expect(!verifies(secret.key + [1]))
        let stranger = SharedSecret(clientIdentifier: Array("client02".utf8), key: secret.key)
        let wrongKey = SharedSecret(clientIdentifier: secret.clientIdentifier, key: Array("other".utf8))
        for bad in [
            Harness.solicitation(), Harness.solicitation(authentication: AuthenticationEncapsulation(nonce: 7)),
            Harness.secureSolicitation(stranger), Harness.secureSolicitation(wrongKey),
        ] {
            #expect(harness.receive(bad).dropped == .secureQualificationFailed)
        }
    }

    @Test("SEC-04: no solicitation with one flipped bit is answered in required mode")
    func everyBit() throws {
        let secret = try #require(Harness.secret)
        var harness = try Harness {
            $0.requiresSecureQualification = true
            $0.secrets = [secret]
        }
        let good = Harness.secureSolicitation(secret)
        for bit in 0..<good.count * 8 {
            var bad = good
            bad[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(harness.receive(bad).dropped != nil, "bit \(bit)")
        }
        #expect(harness.receive(good).advertisement != nil)
    }

    @Test("S7a, SEC-04: a known client with a wrong value is refused in every mode")
    func wrongValueInOptionalMode() throws {
        let secret = try #require(Harness.secret)
        var harness = try Harness { $0.secrets = [secret] }
        var bad = Harness.secureSolicitation(secret)
        bad[13] ^= 1
        #expect(harness.receive(bad).dropped == .secureQualificationFailed)
        #expect(harness.receive(Harness.secureSolicitation(secret)).advertisement != nil)
        #expect(harness.receive(Harness.solicitation()).advertisement != nil)
    }

    @Test("D1: the confirmation octet tells a client to fetch a new key")
    func expiringKey() throws {
        let secret = try #require(Harness.secret)
        var harness = try Harness {
            $0.secrets = [secret]
            $0.expiringIdentifiers = [secret.clientIdentifier]
        }
        let outcome = harness.receive(Harness.secureSolicitation(secret))
        #expect(try AuthenticationEncapsulation(parsing: outcome.bytes).confirmation == 1)
    }

    @Test("Capture: our server answers frame 6 as frame 7 does")
    func windowsTraffic() throws {
        let frames = try WindowsCapture.frames()
        let request = try #require(frames[6])
        let theirs = try #require(frames[7])
        var harness = try Harness {
            $0.primary = request.destination.address
            $0.secondary = theirs.source.address
        }
        // The capture was taken behind the NAT: the server saw what its answer tells.
        let expected = try TeredoDatagram(validating: theirs.payload)
        let mapped = try #require(expected.origin).endpoint
        let outcome = harness.receive(request.payload, from: mapped)
        #expect(outcome.socket == .secondary, "the cone bit is set")
        #expect(outcome.target == mapped && mapped == endpoint("70.55.215.234:3797"))
        let ours = try #require(outcome.datagram)
        let nonce = try AuthenticationEncapsulation(parsing: outcome.bytes).nonce
        #expect(nonce == (try AuthenticationEncapsulation(parsing: theirs.payload).nonce))
        #expect(ours.header.destination == expected.header.destination)
        let advertisement = try RouterAdvertisement(validating: Array(theirs.payload[expected.packet]))
        #expect(outcome.advertisement?.server == advertisement.server)
        #expect(outcome.advertisement?.source == advertisement.source)
        #expect(outcome.origin == expected.origin)
    }
}
