import TeredoLab
import TeredoLinux
import TeredoWire
import Testing

extension SystemTests {
    /// What is on the wire, judged by Wireshark.
    @Suite struct DissectionTests {
        @Test("tshark finds nothing malformed in all that passes the Internet of the lab")
        func wire() throws {
            try SystemTest.requirePrivileges()
            guard ChildProcess.executable(named: "tshark") != nil else { try Test.cancel("tshark is not installed") }
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let file = "\(lab.directory)/wire.pcapng"
            let capture = try ChildProcess(
                lab[.internet].inside(["tshark", "-q", "-i", "any", "-f", "udp", "-w", file]),
                output: .file("\(lab.directory)/tshark.log")
            )
            defer { capture.terminate() }
            // tshark says nothing when it begins to capture: the file's first octets tell.
            #expect(try lab.wait(upTo: .seconds(20)) { try size(file) > 0 })
            Pause.sleep(.seconds(1))
            for role in try [lab.start(.server), lab.start(.relay)] { try lab.waitUntilServing(role) }
            try lab.start(.client, on: .clientA)
            try lab.start(.client, on: .clientB)
            let addressA = try lab.qualifiedAddress(of: .clientA)
            let addressB = try lab.qualifiedAddress(of: .clientB)
            #expect(try lab.ping(KernelAddresses.native, from: .clientA).isReachable)
            #expect(try lab.ping("\(addressA)", from: .native).isReachable)
            #expect(try lab.ping("\(addressB)", from: .clientA).isReachable)
            Pause.sleep(.seconds(2))
            capture.terminate()
            let ports = [addressA.mappedEndpoint.port, addressB.mappedEndpoint.port, UInt16(KernelLab.relayPort)]
            let decoding = ports.flatMap { ["-d", "udp.port==\($0),teredo"] }
            let all = try CommandOutput.run(["tshark", "-r", file] + decoding + ["-Y", "teredo"], limit: .seconds(60))
            #expect(all.output.split(separator: "\n").count > 20, "\(all)")
            let filter = "_ws.malformed || _ws.expert.severity >= 6291456"
            let bad = try CommandOutput.run(["tshark", "-r", file] + decoding + ["-Y", filter], limit: .seconds(60))
            #expect(bad.output.isEmpty, "\(bad.output)")
        }

        private func size(_ file: String) throws -> Int {
            Int(try CommandOutput.run(["stat", "-c", "%s", file], limit: .seconds(2)).output.dropLast()) ?? 0
        }
    }
}
