import TeredoTestSupport
import TeredoWire
import Testing

@Suite struct AuthenticationEncapsulationTests {
    @Test("The null form has 13 octets (RFC 4380 section 5.1.1)")
    func nullForm() throws {
        let value = AuthenticationEncapsulation(nonce: Samples.nonce)
        #expect(encoded(value.encode) == Samples.nullAuthentication)
        #expect(value.length == 13)
        #expect(try AuthenticationEncapsulation(parsing: Samples.nullAuthentication) == value)
    }

    @Test("The secure form lays out identifier, value, nonce and confirmation (RFC 4380 section 5.1.1)")
    func secureForm() throws {
        let value = AuthenticationEncapsulation(
            clientIdentifier: Array("client01".utf8),
            authenticationValue: hex("7f105bec48fcc2fce0cba77ba6bb1b9728672268"),
            nonce: Samples.nonce,
            confirmation: 0
        )
        #expect(encoded(value.encode) == Samples.secureAuthentication)
        #expect(value.length == 41)
        let layout = try AuthenticationLayout(validating: Samples.secureAuthentication)
        #expect(layout.clientIdentifier == 4..<12)
        #expect(layout.authenticationValue == 12..<32)
        #expect(layout.nonceOffset == 32)
        #expect(layout.confirmationOffset == 40)
        #expect(layout.length == 41)
        #expect(try AuthenticationEncapsulation(parsing: Samples.secureAuthentication) == value)
    }

    @Test(
        "Identifier and value of every size up to 255 octets each, 510 together",
        arguments: [(0, 1), (1, 0), (127, 128), (255, 0), (0, 255), (255, 255), (254, 255)]
    )
    func sizes(identifier: Int, value: Int) throws {
        let original = AuthenticationEncapsulation(
            clientIdentifier: [UInt8](repeating: 0x61, count: identifier),
            authenticationValue: [UInt8](repeating: 0xA5, count: value),
            nonce: .max,
            confirmation: 7
        )
        let bytes = encoded(original.encode)
        #expect(bytes.count == 13 + identifier + value)
        #expect(original.length == bytes.count)
        #expect(try AuthenticationEncapsulation(parsing: bytes) == original)
        let datagram = try TeredoDatagram(validating: (bytes + Samples.solicitationPacket))
        #expect(datagram.authentication?.length == bytes.count)
        #expect(datagram.packet == bytes.count..<bytes.count + 48)
        for count in [0, 3, 12, bytes.count - 9, bytes.count - 1] {
            let cut = Array(bytes[..<count])
            #expect(throws: WireError.self, "\(count) octets") { try AuthenticationLayout(validating: cut) }
        }
    }

    @Test("Another indicator fails")
    func wrongIndicator() {
        for start in ["00 00", "01 01", "60 01"] {
            let bytes = hex(start) + Samples.nullAuthentication[2...]
            #expect(throws: WireError.wrongIndicator) { try AuthenticationLayout(validating: bytes) }
        }
    }
}
