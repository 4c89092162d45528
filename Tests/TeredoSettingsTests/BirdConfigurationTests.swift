import Foundation
import TeredoLinux
import TeredoWire
import Testing

@testable import TeredoSettings

@Suite("Configurations of BIRD")
struct BirdConfigurationTests {
    private static let upstream6 = BirdConfiguration.Neighbor.ipv6(IPv6Address("2001:db8::1") ?? .unspecified)
    private static let upstream4 = BirdConfiguration.Neighbor.ipv4(IPv4Address(198, 51, 100, 1))

    private static func configuration(
        _ role: Role,
        _ neighbors: [BirdConfiguration.Neighbor],
        bfd: Int? = 100,
        neighborSystem: Int = 4_200_000_000,
        addresses: [IPv4Address] = []
    ) -> BirdConfiguration {
        BirdConfiguration(
            role: role,
            table: 3544,
            routerIdentifier: IPv4Address(198, 51, 100, 10),
            localSystem: 64_512,
            neighbors: neighbors,
            neighborSystem: neighborSystem,
            bfdInterval: bfd,
            addresses: addresses,
            reserveMetric: 1_000_000
        )
    }

    private static let good: [BirdConfiguration] = [
        configuration(.relay, [upstream6]),
        configuration(.relay, [upstream6, .ipv6(IPv6Address("2001:db8::2") ?? .unspecified)], bfd: nil),
        configuration(.server, [upstream4], addresses: [IPv4Address(192, 0, 2, 1), IPv4Address(192, 0, 2, 2)]),
        configuration(.gateway, [upstream6, upstream4], addresses: [IPv4Address(192, 0, 2, 1)]),
        configuration(.relay, [upstream6], neighborSystem: 64_512),
        configuration(.relay, [upstream6], bfd: nil, neighborSystem: 64_512),
    ]

    @Test("BIRD takes each of them", arguments: good)
    func accepted(configuration: BirdConfiguration) throws {
        try configuration.validate()
        guard ChildProcess.executable(named: "bird") != nil else {
            try Test.cancel("bird is not installed (Debian: bird2)")
        }
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("bird-\(UUID().uuidString).conf")
        defer { try? FileManager.default.removeItem(at: file) }
        try configuration.text.write(to: file, atomically: true, encoding: .utf8)
        let output = try CommandOutput.run(["bird", "-p", "-c", file.path], limit: .seconds(10))
        #expect(output.isSuccess, "\(output.error)\(configuration.text)")
    }

    @Test("nothing leaves but what the role announces, and only over sessions of its family")
    func filters() {
        let relay = Self.good[0].text
        #expect(relay.contains("if ! (net ~ [ 2001::/32 ]) then reject;") && relay.contains("kernel table 3544;"))
        #expect(!relay.contains("ipv4") && relay.contains("bfd on;"))
        #expect(!Self.good[1].text.contains("bfd"))
        let server = Self.good[2].text
        #expect(server.contains("net ~ [ 192.0.2.1/32, 192.0.2.2/32 ]") && !server.contains("2001::"))
        let gateway = Self.good[3].text
        #expect(gateway.contains("filter teredo_export6") && gateway.contains("filter teredo_export4"))
        #expect(gateway.contains("neighbor 198.51.100.1") && gateway.contains("neighbor 2001:db8::1"))
        for text in Self.good.map(\.text) { #expect(text.contains("import none;") && !text.contains("export all")) }
    }

    private static let bad: [(BirdConfiguration, String)] =
        [
            (configuration(.relay, []), "--neighbor: is missing"),
            (configuration(.relay, [upstream4]), "--neighbor: 2001::/32"),
            (configuration(.server, [upstream4]), "--address"),
            (configuration(.server, [upstream6], addresses: [IPv4Address(192, 0, 2, 1)]), "--neighbor: addresses"),
            (configuration(.relay, [upstream6], bfd: 5), "--bfd-interval"),
            (
                configuration(.gateway, [upstream4, upstream6]),
                "--neighbor: there is nothing to announce to 198.51.100.1"
            ),
            (configuration(.relay, [upstream6, upstream6]), "--neighbor: 2001:db8::1 is given twice"),
            (configuration(.gateway, [upstream6, upstream4], addresses: [.unspecified]), "--address: 0.0.0.0"),
            (configuration(.relay, [upstream6, .ipv4(.unspecified)]), "--neighbor: 0.0.0.0"),
        ]
        + ["fe80::1", "::", "ff02::1"].map { text in
            (configuration(.relay, [.ipv6(IPv6Address(text) ?? .unspecified)]), "--neighbor: \(text) is not")
        }

    @Test("a router id of zeros is refused")
    func routerIdentifier() {
        var configuration = Self.good[0]
        configuration.routerIdentifier = .unspecified
        #expect(throws: ConfigurationError.self) { try configuration.validate() }
    }

    @Test("what would announce nothing is refused", arguments: bad)
    func refused(configuration: BirdConfiguration, message: String) {
        let error = #expect(throws: ConfigurationError.self) { try configuration.validate() }
        #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
    }
}
