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
        #expect(Set(object.maps.map(\.name)) == ["settings_map", "counters_map", "buckets_map", "forbidden_map"])
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
