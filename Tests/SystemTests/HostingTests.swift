import TeredoLab
import TeredoLinux
import TeredoWire
import Testing

extension SystemTests {
    /// What those need who run the roles as services.
    @Suite struct HostingTests {
        @Test(
            "teredo bugreport of a qualified client holds its state, its peers and its log, but none of the addresses"
        )
        func bugReport() throws {
            try SystemTest.requirePrivileges()
            let (lab, addressA, addressB) = try SystemTest.runningLab()
            defer { lab.close() }
            #expect(try lab.ping("\(addressB)", from: .clientA).isReachable)
            let client = try #require(lab.roles.first { $0.host == .clientA && $0.role == .client })
            let socket = try #require(client.controlSocket)
            let output = try lab[.clientA].run([SystemTest.binary, "bugreport", "--control-socket", socket])
            #expect(output.isSuccess, "\(output)")
            let report = output.output
            #expect(report.contains("\"state\" : \"qualified\"") && report.contains("  direct  "), "\(report)")
            #expect(report.contains("Teredo address of the server [ipv4-"), "\(report)")
            let own = try lab[.clientA].run(["ip", "-o", "address"]).output.split { $0 == " " || $0 == "/" }.map(
                String.init
            )
            let addresses = own.filter { $0.contains(":") || $0.contains(".") }.filter {
                $0 != "127.0.0.1" && $0 != "::1"
            }
            #expect(addresses.contains("\(addressA)"), "\(own)")
            let secrets = addresses + ["\(addressB)", "\(addressB.mappedEndpoint.address)", KernelAddresses.server]
            for secret in secrets where secret.count > 4 {
                #expect(!report.contains(secret), "\(secret) survives in \(report)")
            }
        }
    }
}
