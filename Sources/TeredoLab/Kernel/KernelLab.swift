import FoundationEssentials
import TeredoLinux
package import TeredoProtocol

/// A whole Teredo Internet of network namespaces on the running kernel: a server, a relay, a native IPv6 host, a
/// dual-stack host and two clients behind NAT boxes.
///
/// ```
///   server   relay   native   dual-stack
///      \       |       |       /
///       -------- internet -----
///          /             \
///   (carrier) box 1      box 2
///         |                |
///     client A         client B
/// ```
///
/// A lab belongs to one thread. Everything it made goes away with ``close()``, with its deinitialisation, and
/// (through ``ChildGuard``) when the process is killed.
package final class KernelLab {
    /// What happens, one line per step.
    package typealias Report = (String) -> Void

    /// How the sites are laid out.
    package let layout: KernelLayout
    /// The program that plays our roles.
    package let binary: String
    /// Where logs, control sockets and Miredo's configuration files of this lab are.
    package let directory: String
    package internal(set) var roles: [RunningRole] = []
    /// Whether our relay carries packets between clients and our server announces that.
    package var hasTransit = true
    /// The addresses that roles started from now on are told.
    package var roleAddresses = KernelRoleAddresses()
    let report: Report
    let childGuard: ChildGuard
    private var namespaces: [KernelHost: KernelNamespace] = [:]
    private var kinds: [KernelHost: NATKind] = [:]

    /// Builds the lab, with boxes of these kinds in front of client A and of client B.
    ///
    /// `binary` is the `teredo` program that plays our roles; `report` is told each step as it happens.
    package init(
        layout: KernelLayout = .separateSites,
        nat1: NATKind = .portRestricted,
        nat2: NATKind = .portRestricted,
        binary: String,
        report: @escaping Report = { _ in }
    ) throws {
        try KernelPrivileges.requirePrograms()
        self.layout = layout
        self.binary = binary
        self.report = report
        directory = try Self.makeDirectory()
        childGuard = try ChildGuard(removing: directory)
        do {
            for host in layout.hosts { namespaces[host] = try KernelNamespace(host, guardedBy: childGuard) }
            if layout == .fleet {
                try wireFleet()
            } else {
                try wire()
                try setNAT(of: .box1, to: nat1)
                if layout != .sameLAN { try setNAT(of: .box2, to: nat2) }
            }
        } catch {
            close()
            throw error
        }
    }

    deinit { close() }

    /// Stops all roles and removes all namespaces and files of the lab.
    package func close() {
        for role in roles where role.process.terminate(grace: .seconds(3)) == .signalled(Self.forbiddenCall) {
            report("\(role.role.rawValue) on \(role.host.rawValue): \(Self.refusal)")
        }
        roles = []
        for host in KernelHost.allCases { namespaces[host]?.close() }
        namespaces = [:]
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// What ``report`` is told of a role that the kernel ended because it asked for what its confinement does not let it have.
    package static let refusal = "the kernel ended it for a system call that no role makes (SIGSYS)"
    // SIGSYS on all processors that Swift runs on with Linux.
    private static let forbiddenCall: Int32 = 31

    /// The namespace of a host.
    package subscript(host: KernelHost) -> KernelNamespace {
        get throws {
            guard let namespace = namespaces[host] else {
                throw LabError.unsupported("a \(layout.rawValue) lab has no \(host.rawValue)")
            }
            return namespace
        }
    }

    /// The box in front of a client.
    package func box(of client: KernelHost) -> KernelHost {
        client == .clientB && layout != .sameLAN ? .box2 : .box1
    }

    /// The kind of a box.
    package func kind(of box: KernelHost) -> NATKind { kinds[box] ?? .none }

    /// Changes the kind of a NAT box and gives the clients behind it the addresses that fit.
    ///
    /// Connections that the box knows keep their translation: restart the clients, so that they use new ports.
    package func setNAT(of box: KernelHost, to kind: NATKind) throws {
        let clients: [KernelHost] =
            switch (box, layout) {
            case (.box1, .sameLAN): [.clientA, .clientB]
            case (.box1, _): [.clientA]
            default: [.clientB]
            }
        guard clients.count == 1 || kind.carriesSeveralClients else {
            throw LabError.unsupported("a \(kind.rawValue) box serves one client; a same-LAN lab has two")
        }
        guard layout != .nested || box != .box1 || kind != .none else {
            throw LabError.unsupported("box 1 of a nested lab must translate")
        }
        let outside = box == .box2 ? KernelAddresses.box2 : box1Outside
        let rules = kind.kernelRules(
            publicAddress: outside,
            client: KernelAddresses.privateClient(clients[0], layout)
        )
        try load(rules: rules, on: box)
        kinds[box] = kind
        for client in clients { try setAddress(of: client, isPublic: kind == .none) }
        report("\(box.rawValue) is now: \(kind.rawValue)")
    }

    /// Loads an nftables rule set on a host.
    package func load(rules: String, on host: KernelHost) throws {
        let output = try self[host].run(["nft", "-f", "-"], input: rules)
        guard output.isSuccess else {
            throw LabError.commandFailed(command: "nft -f - on \(host.rawValue)", detail: output.error + rules)
        }
    }

    /// Gives a client its address, replacing the one it has.
    package func setAddress(of client: KernelHost, isPublic: Bool, last: Int? = nil) throws {
        var address =
            isPublic
            ? KernelAddresses.publicClient(client, layout) : KernelAddresses.privateClient(client, layout)
        if let last, let dot = address.lastIndex(of: ".") { address = "\(address[..<dot]).\(last)" }
        let isSecondSite = box(of: client) == .box2
        let gateway =
            isPublic
            ? (isSecondSite ? "203.0.113.158" : "203.0.113.142") : (isSecondSite ? "192.168.2.1" : "192.168.1.1")
        try self[client].configure(
            """
            ip address flush dev eth0 scope global
            ip address add \(address)/\(isPublic ? 28 : 24) dev eth0
            ip route replace default via \(gateway)
            """
        )
    }

    /// Loses what the Internet carries to and from the server (an outage as the clients see it), or carries it again.
    package func setServerOutage(_ isOut: Bool) throws {
        try load(
            rules: isOut
                ? """
                table ip outage
                delete table ip outage
                table ip outage {
                    chain forward {
                        type filter hook forward priority filter
                        ip daddr 192.0.2.0/24 drop
                        ip saddr 192.0.2.0/24 drop
                    }
                }
                """
                : "table ip outage\ndelete table ip outage",
            on: .internet
        )
        report(isOut ? "the server is cut off" : "the server is back")
    }

    /// Makes the Internet lose some of the UDP datagrams that it carries.
    package func setLoss(perMille: Int) throws {
        try load(
            rules: """
                table ip loss
                delete table ip loss
                table ip loss {
                    chain forward {
                        type filter hook forward priority filter
                        meta l4proto udp numgen random mod 1000 < \(perMille) drop
                    }
                }
                """,
            on: .internet
        )
        report("the Internet loses \(perMille) of 1000 datagrams")
    }

    var box1Outside: String {
        layout == .nested ? KernelAddresses.box1BehindCarrier : KernelAddresses.box1
    }

    private static func makeDirectory() throws -> String {
        let base = ChildProcess.environmentVariable("TMPDIR") ?? "/tmp"
        let path =
            "\(base)/teredo-lab-\(ProcessInfo.processInfo.processIdentifier)-\(UInt32.random(in: 0...UInt32.max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }
}
