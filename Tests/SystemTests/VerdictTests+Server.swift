import FoundationEssentials
import TeredoLab
import TeredoLinux
import TeredoProtocol
import Testing

/// What servers answer, and from where they see this host.
extension SystemTests.VerdictTests {
    @Test(
        "a silent primary address beside a secondary one that answers has its name, whatever the NAT",
        arguments: [NATKind.portRestricted, .fullCone]
    )
    func silentPrimary(_ nat: NATKind) throws {
        let lab = try lab(nat: nat)
        defer { lab.close() }
        for rule in ["ip daddr \(KernelAddresses.server) udp dport 3544", "ip saddr \(KernelAddresses.server)"] {
            try block("\(rule) drop", "forward", on: .internet, in: lab)
            let report = try check(in: lab)
            #expect(report.verdict == "primary-silent", "\(rule)")
            #expect(!report.works)
            try unblock(.internet, in: lab)
        }
    }

    @Test("an answer that names another server, as one behind a port forwarding gives it, is not believed")
    func forwardedServer() throws {
        let lab = try lab()
        defer { lab.close() }
        let outside = "192.0.2.99"
        try lab.load(
            rules: """
                table ip forwarding {
                    chain prerouting {
                        type nat hook prerouting priority dstnat
                        ip daddr \(outside) udp dport 3544 dnat to \(KernelAddresses.server)
                    }
                }
                """,
            on: .internet
        )
        let report = try check(in: lab, server: outside)
        #expect(report.verdict == "answer-rejected")
        #expect(!report.works)
        #expect(report.problems.first?.description.contains("invalidAdvertisement") == true)
    }

    @Test("an answer without the proof that it knows the secret is not believed")
    func wrongSecret() throws {
        let lab = try lab()
        defer { lab.close() }
        let secrets = "\(lab.directory)/secrets"
        try Data("alice key\n".utf8).write(to: URL(filePath: secrets))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: secrets)
        let report = try check(in: lab, arguments: ["--secret-file", secrets])
        #expect(report.verdict == "answer-rejected")
        #expect(!report.works)
        #expect(report.problems.first?.description.contains("authenticationFailed") == true)
    }

    @Test("a NAT with a pool of addresses and two lines that share the load have their name")
    func severalAddresses() throws {
        let lab = try lab()
        defer { lab.close() }
        let (usual, other) = (KernelAddresses.box1, "203.0.113.2")
        // The first port that asks a server leaves from the usual address, all others from the other one.
        try lab[.box1].configure(
            """
            ip address add \(other)/28 dev wan
            nft flush chain ip nat postrouting
            nft add set ip nat first '{ type inet_service; flags dynamic; size 1; }'
            nft add rule ip nat postrouting oifname wan udp dport 3544 udp length '>' 50 \
            add @first '{ udp sport }' snat to \(usual)
            nft add rule ip nat postrouting oifname wan udp dport 3544 snat to \(other)
            nft add rule ip nat postrouting oifname wan masquerade
            """
        )
        let pool = try check(in: lab)
        #expect(pool.verdict == "several-addresses")
        #expect(pool.works)
        try lab[.box1].configure(
            """
            nft flush chain ip nat postrouting
            nft add rule ip nat postrouting oifname wan ip daddr \(KernelAddresses.secondaryServer) snat to \(other)
            nft add rule ip nat postrouting oifname wan snat to \(usual)
            """
        )
        let lines = try check(in: lab)
        #expect(lines.problems.map(\.name).prefix(2) == ["symmetric-nat", "several-addresses"])
        #expect(lines.works)
    }
}
