import TeredoCrypto
import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoProtocol

@Suite struct EndpointCookieTests {
    private static let now = ProtocolInstant(nanoseconds: 1_000_000_000_000)

    private static func cookie(_ purpose: PurposeKeys.Purpose = .proof) -> EndpointCookie {
        var generator = SplitMix64(seed: 5)
        let keys = PurposeKeys(purpose, authenticator: HMACSHA1Authenticator(), using: &generator)
        return EndpointCookie(keys, lifetime: .seconds(60))
    }

    @Test("SEC-11: what was given to one client at one endpoint is good for no other client, address or port")
    func binding() {
        let cookie = Self.cookie()
        let client = Packets.peer().ipv6
        let place = UDPEndpoint(IPv4Address(203, 0, 113, 20), 5000)
        let value = cookie.value(for: client, at: place, now: Self.now)
        #expect(cookie.isGood(value, for: client, at: place, now: Self.now))
        let others = [
            (client, UDPEndpoint(IPv4Address(203, 0, 113, 21), 5000)),
            (client, UDPEndpoint(IPv4Address(203, 0, 113, 20), 5001)),
            (IPv6Address(rawValue: client.rawValue ^ 1), place),
            (.unspecified, place),
        ]
        for (address, endpoint) in others {
            #expect(!cookie.isGood(value, for: address, at: endpoint, now: Self.now), "\(address) at \(endpoint)")
        }
        #expect(!cookie.isGood(value, for: client, at: place, now: Self.now + .seconds(180)))
    }
}
