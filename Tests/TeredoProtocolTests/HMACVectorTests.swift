import TeredoCrypto
import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

@Suite struct HMACVectorTests {
    static let key = Array("teredo-secret".utf8)

    /// The authentication value over an IPv6 packet with what stands before it.
    static func value(_ packet: [UInt8], origin: OriginIndication? = nil, confirmation: UInt8 = 0) -> [UInt8] {
        SecureQualification.authenticationValue(
            nonce: Samples.nonce,
            confirmation: confirmation,
            origin: origin,
            packet: packet.span,
            key: key,
            authenticator: HMACSHA1Authenticator()
        )
    }

    /// Whether a datagram parses and its authentication value is right.
    static func isAuthentic(_ bytes: [UInt8], key: [UInt8] = key) -> Bool {
        guard let datagram = try? TeredoDatagram(validating: bytes), let layout = datagram.authentication else {
            return false
        }
        return SecureQualification.verify(
            datagram,
            authentication: layout,
            in: bytes.span,
            key: key,
            authenticator: HMACSHA1Authenticator()
        )
    }

    /// The advertisement sample, authenticated.
    static func secureAdvertisement(confirmation: UInt8) -> [UInt8] {
        let origin = OriginIndication(Samples.mappedB)
        return encoded { output in
            AuthenticationEncapsulation(
                clientIdentifier: Array("client01".utf8),
                authenticationValue: value(Samples.advertisementPacket, origin: origin, confirmation: confirmation),
                nonce: Samples.nonce,
                confirmation: confirmation
            ).encode(into: &output)
            origin.encode(into: &output)
            output.append(octets: Samples.advertisementPacket)
        }
    }

    @Test("The authentication values of the worked messages (RFC 4380 section 5.2.2)")
    func workedExamples() {
        let origin = OriginIndication(Samples.mappedB)
        #expect(Self.value(Samples.solicitationPacket) == hex("7f105bec48fcc2fce0cba77ba6bb1b9728672268"))
        #expect(
            Self.value(Samples.advertisementPacket, origin: origin) == hex("a129b70d24b7db9e4692642be3c48b2a440b1d0f")
        )
        #expect(
            Self.value(Samples.advertisementPacket, origin: origin, confirmation: 1)
                == hex("27e4feb8a115e388646ab96bfcd6f0a675f59b7c")
        )
    }

    @Test("SEC-04: the worked messages verify, with trailers too, and not with another key")
    func verifies() {
        #expect(Self.isAuthentic(Samples.secureSolicitation))
        #expect(Self.isAuthentic(Samples.secureSolicitation + Samples.nonceTrailer))
        #expect(Self.isAuthentic(Self.secureAdvertisement(confirmation: 0)))
        #expect(Self.isAuthentic(Self.secureAdvertisement(confirmation: 1)))
        #expect(!Self.isAuthentic(Samples.secureSolicitation, key: Array("teredo-secret!".utf8)))
        #expect(!Self.isAuthentic(Samples.solicitation), "the null form holds no authentication value")
    }

    @Test(
        "SEC-04: any flipped bit behind the identifier makes the verification fail",
        arguments: [Samples.secureSolicitation, secureAdvertisement(confirmation: 0)]
    )
    func flippedBits(bytes: [UInt8]) {
        for bit in 12 * 8..<bytes.count * 8 {
            var flipped = bytes
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(!Self.isAuthentic(flipped), "bit \(bit % 8) of octet \(bit / 8)")
        }
    }

    @Test("SEC-04: a truncated authentication value is not accepted")
    func truncatedValue() {
        let short = encoded { output in
            AuthenticationEncapsulation(
                clientIdentifier: Array("client01".utf8),
                authenticationValue: Array(Self.value(Samples.solicitationPacket).prefix(19)),
                nonce: Samples.nonce
            ).encode(into: &output)
            output.append(octets: Samples.solicitationPacket)
        }
        #expect(!Self.isAuthentic(short))
    }
}
