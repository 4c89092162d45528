import TeredoLinux
package import TeredoSimulator

/// Watches the links of a kernel lab, and tells what happened there in the words of the simulator's charts.
package final class WireObserver {
    private let lab: KernelLab
    private var internet: PacketTap
    private var clientA: PacketTap
    private var clientB: PacketTap
    private let interfaces: [KernelHost: [Int32: String]]

    /// Starts watching.
    package init(_ lab: KernelLab) throws {
        self.lab = lab
        internet = try Self.tap(.internet, lab)
        clientA = try Self.tap(.clientA, lab)
        clientB = try Self.tap(.clientB, lab)
        var interfaces: [KernelHost: [Int32: String]] = [:]
        for host in [KernelHost.internet, .clientA, .clientB] {
            interfaces[host] = Self.names(in: try lab[host].run(["ip", "-o", "link"]).output)
        }
        self.interfaces = interfaces
    }

    /// What was sent since the last call.
    package func exchange() -> [TraceEntry] {
        let seen = internet.drain()
        let links: [(KernelHost, [PacketTap.Record])] = [(.clientA, clientA.drain()), (.clientB, clientB.drain())]
        var trace = WireTrace()
        trace.internet = seen.compactMap { WirePacket($0, interfaces: interfaces[.internet] ?? [:]) }
        for (client, records) in links {
            // The tunnel interface shows the packets a second time, without their envelope.
            trace.clients[client] = records.compactMap { record in
                let packet = WirePacket(record, interfaces: interfaces[client] ?? [:])
                return packet?.endpoints != nil && packet?.interface == "eth0" ? packet : nil
            }
        }
        return trace.entries()
    }

    private static func tap(_ host: KernelHost, _ lab: KernelLab) throws -> PacketTap {
        try PacketTap(namespace: "/proc/\(lab[host].processIdentifier)/ns/net")
    }

    /// The interfaces by index, from lines such as `3: box-1@if2: <BROADCAST…`.
    static func names(in output: String) -> [Int32: String] {
        var names: [Int32: String] = [:]
        for line in output.split(separator: "\n") {
            let parts = line.split(separator: ":")
            guard parts.count > 2, let index = Int32(parts[0]) else { continue }
            names[index] = String(parts[1].drop { $0 == " " }.prefix { $0 != "@" })
        }
        return names
    }
}
