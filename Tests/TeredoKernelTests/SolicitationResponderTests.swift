import Glibc
import TeredoKernel
import TeredoLinux
import TeredoNetworkSandbox
import TeredoWire
import Testing

@Suite struct SolicitationResponderTests {
    @Test("The embedded object of the server is whole")
    func embedded() throws {
        let object = try EmbeddedPrograms.server()
        #expect(object.programs.map(\.name) == ["solicitations"])
        #expect(
            Set(object.maps.map(\.name)) == [
                "settings_map", "counters_map", "buckets_map", "forbidden_map", "shares_map",
            ]
        )
        #expect(object.programs.allSatisfy { !$0.references.isEmpty })
    }

    private static let settings = SolicitationResponder.Settings(
        addresses: (IPv4Address(192, 0, 2, 1), IPv4Address(192, 0, 2, 2)),
        linkLocal: TeredoLinkLocal.server(IPv4Address(192, 0, 2, 1)),
        advertisement: [UInt8](repeating: 0, count: 96),
        forbidden: [],
        limits: ((10, 20), (4, 8)),
        bucketCount: 16
    )

    /// Settings for a wire in a namespace: the answers of a server at 192.0.2.1 and 192.0.2.3.
    private static func settings(
        source: (rate: Int, burst: Int) = (1000, 1000),
        solicitation: (rate: Int, burst: Int) = (1000, 1000)
    ) -> SolicitationResponder.Settings {
        let linkLocal = TeredoLinkLocal.server(IPv4Address(192, 0, 2, 1))
        let advertisement = RouterAdvertisement(
            source: linkLocal,
            destination: .unspecified,
            server: IPv4Address(192, 0, 2, 1)
        )
        return SolicitationResponder.Settings(
            addresses: (IPv4Address(192, 0, 2, 1), IPv4Address(192, 0, 2, 3)),
            linkLocal: linkLocal,
            advertisement: [UInt8](capacity: RouterAdvertisement.length) { advertisement.encode(into: &$0) },
            forbidden: [IPv4Prefix(IPv4Address(203, 0, 113, 0), length: 24)],
            permitted: [IPv4Prefix(IPv4Address(203, 0, 113, 128), length: 25)],
            limits: (source, solicitation),
            bucketCount: 64
        )
    }

    /// The lines that a program of SolicitationTraffic prints with the responder on the near end of its wire.
    private static func onWire(
        _ program: String,
        _ settings: SolicitationResponder.Settings = settings(),
        secondaryInterface: String = "wire0"
    ) throws -> (lines: [String], counters: SolicitationResponder.Counters) {
        guard Capability.bpf.isEffective, getuid() == 0 else {
            try Test.cancel("needs root for programs in the kernel")
        }
        if ChildProcess.executable(named: "python3") == nil { try Test.cancel("python3 is not installed") }
        return try NetworkSandbox.run {
            let script = """
                ip link set lo up
                ip link add wire0 type veth peer name wire1
                ip link set wire0 up
                ip link set wire1 up
                ip address add 192.0.2.1/24 dev wire0
                ip link add wire2 type veth peer name wire3
                ip link set wire2 up
                ip address add 192.0.2.3/32 dev \(secondaryInterface)
                """
            let wiring = try CommandOutput.run(["sh", "-e"], input: script, limit: .seconds(10))
            try #require(wiring.isSuccess, "\(wiring.error)")
            let responder = try SolicitationResponder(settings, mode: .auto)
            guard responder.attachment == .xdpGeneric else { throw SystemError("XDP", "wire0", code: EINVAL) }
            let template = settings.advertisement.map { octet in
                let digits = String(octet, radix: 16)
                return digits.count == 1 ? "0" + digits : digits
            }
            let command = ["python3", "-c", program, template.joined(), "\(settings.linkLocal)"]
            let output = try CommandOutput.run(command, limit: .seconds(60))
            try #require(output.isSuccess, "\(output.error)")
            return (output.output.split(separator: "\n").map(String.init), responder.counters)
        }
    }

    @Test("S1, S7a, V7, SEC-46, SEC-61: plain solicitations are answered octet by octet, all else goes up as it came")
    func kinds() throws {
        let (lines, counters) = try Self.onWire(SolicitationTraffic.kinds)
        #expect(lines == ["\(counters.answered) \(counters.octetsReceived) \(counters.octetsSent)"])
        #expect(counters.answered == 25 && counters.limited == 0)
    }

    @Test("An address on another interface does not answer for this one: userspace has the route")
    func otherInterface() throws {
        let (lines, counters) = try Self.onWire(SolicitationTraffic.otherAddress, secondaryInterface: "wire2")
        #expect(lines == ["up answered"])
        #expect(counters.answered == 1)
    }

    @Test(
        "SEC-40: of one IPv4 address what both buckets hold is answered, the rest is dropped and counted, and they fill again",
        arguments: [(5, 9), (9, 5)]
    )
    func limits(source: Int, solicitation: Int) throws {
        let settings = Self.settings(source: (1, source), solicitation: (1, solicitation))
        let (lines, counters) = try Self.onWire(SolicitationTraffic.limits, settings)
        #expect(lines == ["5 2 1"])
        #expect(counters.answered == 8 && counters.limited == 4 && counters.octetsReceived == 12 * 48)
    }

    @Test(
        "SEC-40: an endpoint that was answered is answered again 3 s later, whatever comes in the name of its IPv4 address"
    )
    func shares() throws {
        let settings = Self.settings(source: (1, 20), solicitation: (1, 20))
        let (lines, _) = try Self.onWire(SolicitationTraffic.shares, settings)
        #expect(
            lines == ["first answered", "at once nothing", "another port nothing", "later answered", "again nothing"]
        )
    }

    @Test("A denied address gets no answer here, whatever prefixes within the denied one are permitted")
    func denied() throws {
        var settings = Self.settings()
        settings.denied = [IPv4Prefix(.unspecified, length: 0)]
        let (_, counters) = try Self.onWire(SolicitationTraffic.limits, settings)
        #expect(counters.answered == 0 && counters.limited == 0 && counters.octetsReceived == 0)
    }

    @Test("An address that no interface has is an error that names it")
    func noInterface() throws {
        let error = try NetworkSandbox.run { () -> SystemError? in
            do {
                _ = try SolicitationResponder(Self.settings, mode: .generic)
                return nil
            } catch let error as SystemError { return error }
        }
        #expect(error?.subject.contains("192.0.2.1") == true)
        #expect(error?.remedy.contains("interface") == true)
    }
}
