import FoundationEssentials
import TeredoLab
import TeredoLinux
import TeredoProtocol
import Testing

extension SystemTests {
    /// Every verdict of `teredo check` that a network can bring about, brought about.
    @Suite struct VerdictTests {
        /// The parts of the JSON form that the tests look at.
        struct Report: Decodable {
            struct Problem: Decodable {
                let name: String
                let description: String
            }
            let verdict: String
            let works: Bool
            let pathTakesFullSize: Bool?
            let problems: [Problem]
        }

        /// The report of a check on client A, and whether its exit status fits.
        func check(
            in lab: KernelLab,
            by binary: String = SystemTest.binary,
            server: String = KernelAddresses.server,
            arguments: [String] = [],
            wrapper: [String] = [],
            isPrivileged: Bool = true
        ) throws -> Report {
            let bounds = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]
            let command = [binary, "check", "--server", server, "--json"] + arguments
            let output = try lab[.clientA].run(
                wrapper + (isPrivileged ? [] : bounds) + command,
                limit: .seconds(60)
            )
            let report = try JSONDecoder().decode(Report.self, from: Data(output.output.utf8))
            #expect(output.isSuccess == report.works)
            return report
        }

        func lab(
            _ layout: KernelLayout = .separateSites,
            nat: NATKind = .portRestricted
        ) throws -> KernelLab {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab(layout, nat1: nat)
            try lab.waitUntilServing(lab.start(.server))
            return lab
        }

        /// A chain of a host with one rule.
        func block(_ rule: String, _ hook: String, on host: KernelHost, in lab: KernelLab) throws {
            try lab.load(
                rules: """
                    table inet blocked {
                        chain only {
                            type filter hook \(hook) priority filter
                            \(rule)
                        }
                    }
                    """,
                on: host
            )
        }

        func unblock(_ host: KernelHost, in lab: KernelLab) throws {
            try lab[host].configure("nft delete table inet blocked")
        }

        @Test("nothing in the way is 'works', without privileges it is said that a client needs them")
        func works() throws {
            let lab = try lab()
            defer { lab.close() }
            let report = try check(in: lab)
            #expect(report.verdict == "works")
            #expect(report.pathTakesFullSize == true)
            #expect(report.problems.map(\.name) == ["no-port-mapping", "no-hairpinning"])
            let unprivileged = try check(in: lab, isPrivileged: false)
            #expect(unprivileged.verdict == "works")
            #expect(unprivileged.problems.contains { $0.name == "no-permission" })
        }

        @Test("what this host's own firewall does is told from what the network does, and quickly")
        func firewalls() throws {
            let lab = try lab()
            defer { lab.close() }
            try block("udp dport 3544 drop", "output", on: .clientA, in: lab)
            let start = ContinuousClock.now
            #expect(try check(in: lab).verdict == "outbound-blocked")
            #expect(ContinuousClock.now - start < .seconds(6))
            try unblock(.clientA, in: lab)
            try block("udp dport 3544 reject with icmp type admin-prohibited", "forward", on: .box1, in: lab)
            #expect(try check(in: lab).verdict == "port-blocked")
            try unblock(.box1, in: lab)
            try block("udp sport 3544 drop", "input", on: .clientA, in: lab)
            #expect(try check(in: lab).verdict == "inbound-dropped")
        }

        @Test("a port that the network swallows is told from a server that is not there, and from silence")
        func silence() throws {
            let lab = try lab()
            defer { lab.close() }
            try block("udp dport 3544 drop", "forward", on: .internet, in: lab)
            #expect(try check(in: lab).verdict == "port-blocked")
            try unblock(.internet, in: lab)
            try block("ip daddr 192.0.2.0/24 drop", "forward", on: .internet, in: lab)
            #expect(try check(in: lab).verdict == "server-silent")
            try unblock(.internet, in: lab)
            #expect(try check(in: lab, server: KernelAddresses.relay).verdict == "no-server")
            #expect(try check(in: lab, server: "192.0.2.99").verdict == "server-silent")
        }

        @Test("a way that takes 1300 octets only is too narrow, wherever that is")
        func narrow() throws {
            let lab = try lab()
            defer { lab.close() }
            try lab[.internet].configure("ip link set dev server mtu 1300")
            let far = try check(in: lab)
            #expect(far.verdict == "small-mtu")
            #expect(far.works)
            #expect(far.pathTakesFullSize == false)
            try lab[.internet].configure("ip link set dev server mtu 1500")
            try lab[.clientA].configure("ip link set dev eth0 mtu 1300")
            #expect(try check(in: lab).verdict == "small-mtu")
        }

        @Test("a symmetric NAT, a firewall without NAT, and a carrier's NAT behind this host's own have their names")
        func translators() throws {
            let symmetric = try lab(nat: .symmetric)
            #expect(try check(in: symmetric).verdict == "symmetric-nat")
            symmetric.close()
            let open = try lab(nat: .none)
            try block("ct state new iifname \"eth0\" drop", "input", on: .clientA, in: open)
            #expect(try check(in: open).problems.map(\.name).contains("stateful-firewall"))
            open.close()
            let nested = try lab(.nested)
            defer { nested.close() }
            #expect(try check(in: nested).verdict == "carrier-nat")
        }

        @Test("a host without /dev/net/tun cannot run a client")
        func noDevice() throws {
            let lab = try lab()
            defer { lab.close() }
            let script = "mount -t tmpfs none /dev/net && exec \"$@\""
            let report = try check(in: lab, wrapper: ["unshare", "-m", "sh", "-c", script, "sh"])
            #expect(report.verdict == "tun-missing")
            #expect(!report.works)
        }

        /// A name server: an A record for every name but those that begin with "no", never an AAAA record. Names that begin with
        /// "sink" lead to this host, and those that begin with "two" also to an address where nobody is.
        private static let names = """
            import socket, struct
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.bind(("127.0.0.1", 53))
            print("ready")
            while True:
                query, sender = s.recvfrom(512)
                end = query.index(0, 12) + 5
                kind = struct.unpack("!H", query[end - 4:end - 2])[0]
                missing = query[13:15] == b"no"
                addresses = {b"si": ["127.0.0.1"], b"tw": ["192.0.2.1", "127.0.0.1", "192.0.2.99"]}
                addresses = addresses.get(query[13:15], ["192.0.2.1"])
                answers = len(addresses) if kind == 1 and not missing else 0
                head = query[:2] + (b"\\x81\\x83" if missing else b"\\x81\\x80") + struct.pack("!HHHH", 1, answers, 0, 0)
                record = b"\\xc0\\x0c\\0\\1\\0\\1\\0\\0\\0\\x3c\\0\\4"
                records = b"".join(record + socket.inet_aton(address) for address in addresses[:answers])
                s.sendto(head + query[12:end] + records, sender)
            """

        /// What runs a command with a name server at 127.0.0.1, asked `attempts` times with a second for each.
        private static func nameService(_ lab: KernelLab, attempts: Int) throws -> [String] {
            let file = "\(lab.directory)/resolv.conf"
            let settings = "nameserver 127.0.0.1\noptions timeout:1 attempts:\(attempts)\n"
            try settings.write(toFile: file, atomically: false, encoding: .utf8)
            return ["unshare", "-m", "sh", "-c", "mount --bind \(file) /etc/resolv.conf && exec \"$@\"", "sh"]
        }

        @Test("a silent name service, a name without address and hidden AAAA records have their names")
        func names() throws {
            try Python.require()
            let lab = try lab()
            defer { lab.close() }
            let wrapper = try Self.nameService(lab, attempts: 1)
            func verdict(_ name: String) throws -> String { try check(in: lab, server: name, wrapper: wrapper).verdict }
            #expect(try verdict("teredo.example.org") == "resolver-silent")
            let service = try Python.start(Self.names, on: .clientA, of: lab, name: "names")
            defer { service.stop() }
            #expect(try lab.wait(upTo: .seconds(10)) { service.lines.first == "ready" })
            #expect(try verdict("nobody.example.org") == "server-unresolved")
            #expect(try verdict("sink.example.org") == "server-unresolved")
            let two = try check(in: lab, server: "two.example.org", wrapper: wrapper)
            #expect(two.problems.contains { $0.name == "server-address-unusable" }, "\(two)")
            #expect(two.works)
            #expect(try verdict("teredo.example.org") == "aaaa-suppressed")
        }

        /// A name server whose answers do not fit into a datagram, and that takes a connection for the rest and says nothing there. From
        /// then on its answers fit.
        private static let silentStream = """
            import socket, struct, threading
            listener = socket.create_server(("127.0.0.1", 53))
            taken = []
            threading.Thread(target=lambda: taken.append(listener.accept()), daemon=True).start()
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.bind(("127.0.0.1", 53))
            print("ready")
            while True:
                query, sender = s.recvfrom(512)
                end = query.index(0, 12) + 5
                isAnswered = taken and query[end - 3] == 1
                head = query[:2] + struct.pack("!HHHHH", 0x8180 if taken else 0x8380, 1, 1 if isAnswered else 0, 0, 0)
                record = b"\\xc0\\x0c\\0\\1\\0\\1\\0\\0\\0\\x3c\\0\\4" + socket.inet_aton("192.0.2.1")
                s.sendto(head + query[12:end] + (record if isAnswered else b""), sender)
            """

        @Test("a name server that takes a question by TCP and says nothing keeps nobody waiting for good")
        func silentStream() throws {
            try Python.require()
            let lab = try lab()
            defer { lab.close() }
            let wrapper = try Self.nameService(lab, attempts: 2)
            let service = try Python.start(Self.silentStream, on: .clientA, of: lab, name: "names")
            defer { service.stop() }
            #expect(try lab.wait(upTo: .seconds(10)) { service.lines.first == "ready" })
            let first = try check(in: lab, server: "teredo.example.org", wrapper: wrapper)
            #expect(["resolver-silent", "server-unresolved"].contains(first.verdict), "\(first)")
            #expect(try check(in: lab, server: "teredo.example.org", wrapper: wrapper).works)
        }

        @Test("a router whose address outside is not the one that the server sees stands behind another NAT")
        func doubleTranslation() throws {
            try SystemTest.requirePrivileges(miniupnpd: true)
            let lab = try lab()
            defer { lab.close() }
            let router = try lab.startPortMapper(on: .box1)
            defer { router.terminate() }
            // From here on the server sees the box's usual address and not the one that the router tells.
            try lab[.box1].configure(
                """
                nft flush chain ip nat postrouting
                nft add rule ip nat postrouting oifname wan masquerade
                """
            )
            Pause.sleep(.milliseconds(500))
            #expect(try check(in: lab).verdict == "double-nat")
        }

        @Test("a router that speaks UPnP and forwards nothing is told from one that speaks no protocol")
        func refusedPort() throws {
            try SystemTest.requirePrivileges(miniupnpd: true)
            let lab = try lab()
            defer { lab.close() }
            let router = try lab.startPortMapper(on: .box1, .upnp)
            router.terminate()
            // Without the rule that allows ports, as in a router whose owner permits nothing.
            let path = "\(lab.directory)/box-1-miniupnpd.conf"
            let permissive = try String(contentsOfFile: path, encoding: .utf8)
            let strict = permissive.replacing("allow 1024-65535 0.0.0.0/0 1024-65535\n", with: "")
            try strict.write(toFile: path, atomically: false, encoding: .utf8)
            let refusing = try ChildProcess(
                lab[.box1].inside(["miniupnpd", "-d", "-f", path, "-P", "\(lab.directory)/refusing.pid"]),
                output: .file("\(lab.directory)/refusing.log")
            )
            defer { refusing.terminate() }
            Pause.sleep(.milliseconds(500))
            #expect(try check(in: lab).problems.map(\.name).contains("port-mapping-refused"))
        }
    }
}
