import FoundationEssentials
import TeredoLab
import TeredoLinux
import TeredoProtocol
import TeredoWire
import Testing

extension SystemTests {
    /// "Can we two connect?", asked by client A about client B and about a native host.
    @Suite struct ConnectionTests {
        private struct Report: Decodable {
            struct Trial: Decodable {
                let path: String
                let endpoint: String?
            }
            let connects: Bool
            let forecast: String
            let natHere: [String]
            let tried: Trial?
        }

        private func ask(_ peer: String, in lab: KernelLab) throws -> Report {
            let socket = try #require(lab.roles.first { $0.host == .clientA }?.controlSocket)
            let output = try lab[.clientA].run(
                [SystemTest.binary, "check", "--json", "--with", peer, "--control-socket", socket],
                limit: .seconds(60)
            )
            let report = try JSONDecoder().decode(Report.self, from: Data(output.output.utf8))
            #expect(output.isSuccess == report.connects)
            return report
        }

        @Test(
            "two clients behind port-restricted NATs connect directly, a native host through its relay, an idle address never"
        )
        func direct() throws {
            try SystemTest.requirePrivileges()
            let (lab, _, addressB) = try SystemTest.runningLab()
            defer { lab.close() }
            let peer = try ask(addressB.description, in: lab)
            #expect(peer.natHere == ["address-restricted", "port-restricted"])
            #expect(peer.forecast == "direct-or-transit")
            #expect(peer.tried?.path == "direct")
            #expect(peer.tried?.endpoint == addressB.mappedEndpoint.description)
            let native = try ask(KernelAddresses.native, in: lab)
            #expect(native.forecast == "relay")
            #expect(native.tried?.path == "relay")
            let nobody = TeredoAddress(
                server: addressB.server,
                flags: addressB.flags,
                mappedEndpoint: UDPEndpoint(addressB.mappedEndpoint.address, 9)
            )
            let missing = try ask(nobody.description, in: lab)
            #expect(!missing.connects)
            #expect(missing.tried?.path == "none")
        }

        @Test("behind two random-port symmetric NATs it is the transit relay, or nothing where there is none")
        func transit() throws {
            try SystemTest.requirePrivileges()
            let (lab, _, addressB) = try SystemTest.runningLab(nat1: .symmetric, nat2: .symmetric)
            defer { lab.close() }
            let peer = try ask(addressB.description, in: lab)
            #expect(peer.natHere == ["symmetric"])
            #expect(peer.forecast == "direct-or-transit")
            #expect(peer.tried?.path == "transit")
        }

        @Test("without a running client it is foretold only, and the answer says so")
        func untried() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab(nat1: .fullCone)
            defer { lab.close() }
            try lab.waitUntilServing(lab.start(.server))
            let output = try lab[.clientA].run(
                [
                    SystemTest.binary, "check", "--server", KernelAddresses.server, "--with",
                    "2001:0:c000:201:2cad:efff:39cc:9bf8",
                ],
                limit: .seconds(60)
            )
            #expect(output.isSuccess)
            #expect(output.output.contains("\nForecast   : directly\n"), "\(output.output)")
            #expect(output.output.contains("\nTried      : no: no client is running here"), "\(output.output)")
        }
    }
}
