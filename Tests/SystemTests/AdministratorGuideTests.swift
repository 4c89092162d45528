import FoundationEssentials
import TeredoLinux
import TeredoNetworkSandbox
import Testing

extension SystemTests {
    /// The rules for packet filters in docs/administrator.md, as they are written there (SEC-26).
    @Suite struct AdministratorGuideTests {
        private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()

        /// The code block behind a mark.
        private static func rules(_ name: String) throws -> String {
            let text = try String(contentsOf: root.appending(path: "docs/administrator.md"), encoding: .utf8)
            let behind = try #require(text.split(separator: "<!-- rules: \(name) -->\n\n").dropFirst().first)
            let lines = behind.split(separator: "\n", omittingEmptySubsequences: false)
                .prefix { $0.hasPrefix("    ") || $0.isEmpty }
            return lines.map { String($0.dropFirst(4)) }.joined(separator: "\n") + "\n"
        }

        /// Sends the UDP payloads of the captured client, then datagrams of others, to a socket on loopback; prints how many
        /// there were of each and how many of each arrived.
        private static let play = """
            import os, socket, struct, sys
            data = open(sys.argv[1], 'rb').read()
            teredo, offset = [], 24
            while offset < len(data):
                length = struct.unpack_from('<I', data, offset + 8)[0]
                packet = data[offset + 16 + 14:offset + 16 + length]
                offset += 16 + length
                if len(packet) < 28 or packet[9] != 17 or 3797 not in struct.unpack_from('!HH', packet, 20): continue
                teredo.append(packet[28:20 + struct.unpack_from('!H', packet, 24)[0]])
            others = [b'\\x12\\x34\\x01\\0\\0\\1' + bytes(30), b'\\xc0' + os.urandom(1199), bytes(100), b'\\x60' + b'\\x21' * 99]
            receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            receiver.bind(('127.0.0.1', 0)); receiver.settimeout(0.3)
            sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            def arrived(payloads):
                count = 0
                for payload in payloads:
                    sender.sendto(payload, receiver.getsockname())
                    try: count += receiver.recv(4096) == payload
                    except TimeoutError: pass
                return count
            print(len(teredo), arrived(teredo), len(others), arrived(others))
            """

        /// What `play` prints, and what the counters in the chain `seen` say, with these rules in a namespace of their own.
        private static func outcome(of rules: String) throws -> (play: String, counter: String) {
            let capture = root.appending(path: "Tests/TeredoProtocolTests/Captures/windows-xp-microsoft-server.pcap")
                .path()
            let play = Self.play
            return try NetworkSandbox.run {
                func run(_ command: [String], input: String? = nil) throws -> String {
                    let result = try CommandOutput.run(command, input: input, limit: .seconds(60))
                    #expect(result.isSuccess, "\(command[0]): \(result.error)")
                    return result.output
                }
                _ = try run(["ip", "link", "set", "lo", "up"])
                _ = try run(["nft", "-f", "-"], input: rules)
                let line = try run(["python3", "-c", play, capture])
                return (line, try run(["nft", "list", "ruleset"]))
            }
        }

        @Test("SEC-26: the rules of the guide count a Windows client's Teredo, all of it and nothing else")
        func watch() throws {
            try Python.require()
            let outcome = try Self.outcome(of: Self.rules("watch"))
            #expect(outcome.play == "29 29 4 4\n")
            #expect(outcome.counter.contains("counter packets 29 "))
        }

        @Test("SEC-26: with 'counter drop' they drop it, and nothing else")
        func block() throws {
            try Python.require()
            let rules = try Self.rules("watch").replacing("    counter\n", with: "    counter drop\n")
            let outcome = try Self.outcome(of: rules)
            #expect(outcome.play == "29 0 4 4\n")
        }

        @Test(
            "SEC-26: the other tables of the guide are accepted by nft",
            arguments: ["block by port", "limit", "own server"]
        )
        func others(name: String) throws {
            let outcome = try Self.outcome(of: Self.rules(name))
            #expect(outcome.play == "29 29 4 4\n")
        }
    }
}
