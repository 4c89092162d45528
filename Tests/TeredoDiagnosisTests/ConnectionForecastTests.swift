import Foundation
import TeredoControlTestSupport
import TeredoProtocol
import TeredoWire
import Testing

@testable import TeredoControl
@testable import TeredoDiagnosis
@testable import TeredoHost

@Suite("Can we two connect?")
struct ConnectionForecastTests {
    private static let server = IPv4Address(192, 0, 2, 1)
    private static let mapped = UDPEndpoint(IPv4Address(198, 51, 100, 7), 4096)

    private static func peer(isCone: Bool = false, server: IPv4Address = server, last: UInt8 = 9) -> IPv6Address {
        TeredoAddress(
            server: server,
            flags: TeredoFlags(rawValue: isCone ? 0x8000 : 0x2CAD),
            mappedEndpoint: UDPEndpoint(IPv4Address(203, 0, 113, last), 40_000)
        ).ipv6
    }

    private static func seen(symmetric: Bool = false, kept: Bool? = nil) -> PeerStatus {
        PeerStatus(
            address: peer(),
            path: .direct,
            endpoint: UDPEndpoint(IPv4Address(203, 0, 113, 9), 40_000),
            symmetricNAT: symmetric,
            endpointKept: kept,
            extensions: true
        )
    }

    private static func forecast(
        _ own: Set<NATKind>,
        _ peer: IPv6Address = peer(),
        seen: PeerStatus? = nil,
        transit: Bool = false
    ) -> ConnectionForecast {
        ConnectionForecast(to: peer, own: own, mapped: mapped, observed: seen, server: server, hasTransit: transit)
    }

    @Test("behind an open NAT everybody is reached, whatever is not known of the other side")
    func open() {
        for own in [NATKind.none, .fullCone, .portRestrictedMapped] {
            let forecast = Self.forecast([own])
            #expect(forecast.outcome == .direct)
            #expect(forecast.otherPhrase == "not known")
        }
    }

    @Test("what is not known of the other side is left open, and the kinds that would be in the way are named")
    func unknown() {
        let alone = Self.forecast([.addressRestricted, .portRestricted])
        #expect(alone.outcome == .directOrNone)
        #expect(alone.obstacles == [.symmetricMapped, .symmetric, .addressSymmetric])
        #expect(
            alone.phrase
                == "directly, but not at all if the other NAT is symmetric-upnp, symmetric or address-symmetric: "
                + "no transit relay is known"
        )
        #expect(Self.forecast([.addressRestricted, .portRestricted], transit: true).outcome == .directOrTransit)
    }

    @Test("what a running client saw of the other side narrows it down, and so does a cone bit")
    func observed() {
        let symmetric = Self.forecast([.portRestricted], seen: Self.seen(symmetric: true))
        #expect(symmetric.other == NATKind.symmetricOnes)
        #expect(symmetric.outcome == .directOrNone)
        let kept = Self.forecast([.portRestricted], seen: Self.seen(kept: true))
        #expect(kept.outcome == .direct)
        let cone = Self.forecast([.symmetric], Self.peer(isCone: true))
        #expect(cone.other == [.none, .fullCone])
        #expect(cone.outcome == .direct)
    }

    @Test("two random-port symmetric NATs need the transit relay, and without one there is no way")
    func hopeless() {
        let seen = Self.seen(symmetric: true)
        #expect(Self.forecast([.symmetric], seen: seen, transit: true).outcome == .transit)
        #expect(Self.forecast([.symmetric], seen: seen).outcome == .none)
    }

    @Test("a client with several addresses is not heard through another server")
    func severalAddresses() {
        let elsewhere = Self.peer(isCone: true, server: IPv4Address(192, 0, 2, 77))
        #expect(Self.forecast([.addressSymmetric], Self.peer(isCone: true)).outcome == .direct)
        #expect(Self.forecast([.addressSymmetric], elsewhere).outcome == .none)
    }

    @Test("a native host is reached through a relay; two sides behind one address are told so")
    func others() throws {
        let native = try #require(IPv6Address("2400:1:0:3::1"))
        #expect(Self.forecast([.symmetric], native).outcome == .relay)
        let neighbour = TeredoAddress(
            server: Self.server,
            flags: TeredoFlags(rawValue: 0x2CAD),
            mappedEndpoint: UDPEndpoint(Self.mapped.address, 5000)
        ).ipv6
        #expect(Self.forecast([.fullCone], neighbour).isSameSite)
        #expect(Self.forecast([.fullCone], neighbour).phrase.contains("the NAT must hairpin"))
    }

    @Test("the rule is the table of docs/nat-matrix.md, with one server and with two", arguments: [true, false])
    func table(isSameServer: Bool) throws {
        let root = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let document = try String(contentsOf: root.appendingPathComponent("docs/nat-matrix.md"), encoding: .utf8)
        let title =
            isSameServer
            ? "## RFC 6081, both clients at one server" : "## Everything direct, each client at a server of its own"
        let section = try #require(document.components(separatedBy: title).dropFirst().first)
        let rows = section.components(separatedBy: "\n## ")[0].split(separator: "\n").filter { $0.hasPrefix("| **") }
        let kinds = NATKind.forgetfulOnes
        try #require(rows.count == kinds.count)
        for (own, row) in zip(kinds, rows) {
            let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }.dropFirst()
            for (other, cell) in zip(kinds, cells) {
                let isDirect = own.reachesDirectly(other) && (isSameServer || own != .addressSymmetric)
                #expect(isDirect == (cell != "–"), "\(own) \(other) \(cell)")
            }
        }
    }

    @Test("what a diagnosis found out leaves the kinds possible that it cannot tell apart")
    func possible() {
        var report = StatusSamples.restricted
        #expect(NATKind.possible(report, hasForwardedPort: false) == [.addressRestricted, .portRestricted])
        #expect(NATKind.possible(report, hasForwardedPort: true) == [.portRestrictedMapped])
        report.mapping = .dependent
        #expect(NATKind.possible(report, hasForwardedPort: false) == [.portPreservingSymmetric])
        #expect(NATKind.possible(report, hasForwardedPort: true) == [.symmetricMapped])
        report.portAssignment = nil
        #expect(NATKind.possible(report, hasForwardedPort: false).count == 4)
        report.usesSeveralAddresses = true
        #expect(NATKind.possible(report, hasForwardedPort: false) == [.addressSymmetric])
        report.mapping = nil
        #expect(NATKind.possible(report, hasForwardedPort: false).count == NATKind.allCases.count)
    }

    @Test("the verdict is what was tried, and what was predicted where nobody tried")
    func verdicts() throws {
        let forecast = Self.forecast([.symmetric], seen: Self.seen(symmetric: true))
        let untried = ConnectionReport(forecast, trial: nil)
        #expect(!untried.connects)
        #expect(untried.text.hasSuffix("Verdict: the two cannot connect."))
        var trial = ConnectionTrial()
        #expect(!ConnectionReport(forecast, trial: trial).connects)
        trial.path = .transit
        trial.endpoint = UDPEndpoint(IPv4Address(198, 51, 100, 1), 40_000)
        trial.searchTime = .milliseconds(340)
        let tried = ConnectionReport(forecast, trial: trial)
        #expect(tried.connects)
        #expect(tried.text.contains("Tried      : transit, 198.51.100.1:40000, found after 340 ms"), "\(tried.text)")
        let json = try JSONText.encode(tried, isPretty: false)
        #expect(json.contains(#""connects":true,"forecast":"none","natHere":["symmetric"]"#), "\(json)")
        #expect(try JSONText.encode(untried, isPretty: false).contains(#""tried":null"#))
    }
}
