import TeredoLinux
import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoDiagnosis
@testable import TeredoHost

@Suite("Addresses and names of hosts")
struct HostAddressTests {
    private static func service(
        _ ipv6: [String],
        ipv4: [String] = [],
        failure: NameResolver.Failure? = nil
    ) -> HostAddress.NameService {
        HostAddress.NameService(
            ipv6: { _ throws(NameResolver.Failure) in
                if let failure { throw failure }
                return ipv6.compactMap { IPv6Address($0) }
            },
            ipv4: { _ throws(NameResolver.Failure) in ipv4.compactMap { IPv4Address($0) } }
        )
    }

    @Test(
        "an address is taken as it is, and what cannot be a name is refused with the reason",
        arguments: [
            ("2001:db8::1", nil), ("host.example.org", nil), ("a_b", nil), ("host.example.org.", nil),
            ("3com.com", nil),
            ("192.0.2.1", "is an IPv4 address, and Teredo carries IPv6"), ("", "is neither"), ("a b", "is neither"),
            ("2001:db8::g", "is neither an IPv6 address nor a name"), ("-x", "is neither"), ("a..b", "is neither"),
            ("12.34", "is neither"), ("fe80::1%eth0", "is neither"), ("ä.example", "is neither"),
            (String(repeating: "a", count: 64), "is neither"), ("a/b", "is neither"),
        ]
    )
    func text(_ text: String, complaint: String?) {
        do {
            #expect(try HostAddress(text).literal == IPv6Address(text))
            #expect(complaint == nil)
        } catch {
            #expect(complaint.map { error.message.contains($0) } == true, "\(error)")
        }
    }

    @Test(
        "of several addresses a Teredo address is taken, else the first one that can be another host's",
        arguments: [
            (["2001:db8::1", "2001:db8::2"], "2001:db8::1"),
            (["2001:db8::1", "2001:0:c000:201:2cad:efff:39cc:9bf8"], "2001:0:c000:201:2cad:efff:39cc:9bf8"),
            (["fe80::1", "2001:db8::2"], "2001:db8::2"),
        ]
    )
    func prefers(addresses: [String], expected: String) throws {
        #expect(try HostAddress("host").resolve(by: Self.service(addresses)).description == expected)
    }

    @Test(
        "a name that leads nowhere says why, and what to do",
        arguments: [
            (
                Self.service([], failure: .noAnswer), "the name service does not answer, so 'host' has no address",
                "resolv.conf"
            ),
            (Self.service([], failure: .noAddress), "there is no host named 'host'", "spelled"),
            (
                Self.service([], ipv4: ["192.0.2.7"], failure: .noAddress),
                "the name 'host' has no IPv6 address, only 192.0.2.7", "ping(8)"
            ),
            (
                Self.service(["fe80::1"]), "the name 'host' leads to no other host: fe80::1 is link-local",
                "give the address"
            ),
        ]
    )
    func fails(service: HostAddress.NameService, message: String, remedy: String) throws {
        let error = try #require(throws: ServiceError.self) { try HostAddress("host").resolve(by: service) }
        #expect(error.message.hasPrefix(message) && error.remedy.contains(remedy), "\(error)")
    }

    @Test("an address needs no name service")
    func literal() throws {
        let silent = Self.service([], failure: .noAnswer)
        #expect(try HostAddress("2001:db8::1").resolve(by: silent) == ipv6("2001:db8::1"))
    }
}
