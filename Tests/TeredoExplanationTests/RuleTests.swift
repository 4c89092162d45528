import Foundation
import TeredoExplanation
import TeredoTestSupport
import TeredoWire
import Testing

/// The rules that a capture can show to be broken: for each a datagram that breaks it and one that does not.
struct RuleTests {
    private typealias Datagram = (bytes: [UInt8], from: UDPEndpoint, to: UDPEndpoint)

    private static let server = UDPEndpoint(Samples.server, 3544)
    private static let mappedA = Samples.mappedA
    private static let mappedB = Samples.mappedB
    private static let relay = endpoint("198.51.100.9:3545")
    private static let native = ipv6("2001:db8::1")

    private static func packet(
        _ source: IPv6Address,
        _ destination: IPv6Address,
        next: UInt8 = 6,
        payload: [UInt8] = [UInt8](repeating: 0, count: 20),
        trafficClass: UInt32 = 0
    ) -> [UInt8] {
        var header = IPv6Header(
            payloadLength: payload.count,
            nextHeader: next,
            hopLimit: 64,
            source: source,
            destination: destination
        )
        header.trafficClassAndFlowLabel = trafficClass << 20
        return encoded { header.encode(into: &$0) } + payload
    }

    private static func bubble(_ source: IPv6Address, _ destination: IPv6Address) -> [UInt8] {
        encoded { TeredoBubble(source: source, destination: destination).encode(into: &$0) }
    }

    private static func echo(_ source: IPv6Address, _ destination: IPv6Address, octets: Int) -> [UInt8] {
        encoded {
            EchoMessage(
                kind: .request,
                source: source,
                destination: destination,
                identifier: 1,
                sequenceNumber: 1,
                data: [UInt8](repeating: 1, count: octets)
            ).encode(into: &$0)
        }
    }

    private static func address(_ mapped: String, flags: UInt16 = 0) -> IPv6Address {
        TeredoAddress(
            server: Samples.server,
            flags: TeredoFlags(rawValue: flags),
            mappedEndpoint: endpoint(mapped)
        ).ipv6
    }

    private static func nonce(_ last: UInt8) -> [UInt8] { [0, 1, 0, 0, 1, 2, 3, 4, 5, 6, 7, last, 0] }

    private static func changed(_ bytes: [UInt8], at offset: Int, to value: UInt8) -> [UInt8] {
        var bytes = bytes
        bytes[offset] = value
        return bytes
    }

    private static let a = address("157.60.0.1:4096")
    private static let b = address("131.107.0.1:8192")
    private static let solicitation: Datagram = (nonce(1) + Samples.solicitationPacket, mappedB, server)
    private static let advertisement: Datagram = (
        nonce(1) + Samples.originB + Samples.advertisementPacket, server, mappedB
    )

    /// The rule, datagrams of which the last one breaks it, and datagrams of which none does.
    private static let cases: [(rule: ExplainedRule, wrong: [Datagram], right: [Datagram])] = [
        (.wellFormed, [([0x45, 1, 2, 3], mappedA, server)], [(bubble(a, b), mappedA, server)]),
        (.unicastSource, [(bubble(a, b), endpoint("157.60.0.1:0"), server)], [(bubble(a, b), mappedA, server)]),
        (
            .globalSource,
            [(nonce(1) + hex("0000 dfff f5fffffe") + Samples.advertisementPacket, server, endpoint("10.0.0.1:8192"))],
            [advertisement]
        ),
        (
            .discoveryGroup, [(bubble(a, b), mappedA, endpoint("224.0.0.253:3544"))],
            [(bubble(a, .allNodes), mappedA, endpoint("224.0.0.253:3544"))]
        ),
        (.serverTraffic, [(packet(a, native), mappedA, server)], [(packet(a, native), mappedA, relay)]),
        (
            .ownDestination,
            [
                (packet(b, a), mappedB, mappedA), (packet(a, native), mappedA, relay),
                (packet(native, b), relay, mappedA),
            ],
            [(packet(b, a), mappedB, mappedA), (packet(native, a), relay, mappedA)]
        ),
        (.validSource, [(packet(ipv6("::1"), b), relay, mappedB)], [(packet(native, b), relay, mappedB)]),
        (
            .linkLocalSource, [(packet(ipv6("fe80::1"), b), relay, mappedB)],
            [(bubble(ipv6("fe80::1"), b), relay, server)]
        ),
        (
            .matchingSource, [(packet(a, b), endpoint("192.0.2.77:7"), mappedB)],
            [
                (packet(a, b), mappedA, mappedB), (packet(a, b), endpoint("192.168.1.2:4096"), mappedB),
                (hex("0000 efff 62c3fffe") + bubble(a, b), server, mappedB),
            ]
        ),
        (
            .multicastDestination, [(packet(a, .allNodes), mappedA, mappedB)],
            [(bubble(a, .allNodes), mappedA, endpoint("224.0.0.253:3544"))]
        ),
        (
            .validAdvertisement, [solicitation, (nonce(1) + Samples.advertisementPacket, server, mappedB)],
            [solicitation, advertisement]
        ),
        (
            .checksum, [(changed(solicitation.bytes, at: 13 + 47, to: 9), mappedB, server)],
            [solicitation]
        ),
        (
            .originFromServer, [(Samples.originA + bubble(a, b), relay, mappedB)],
            [(Samples.originA + bubble(a, b), server, mappedB)]
        ),
        (
            .globalDestination,
            [(packet(native, address("10.0.0.5:5000")), relay, endpoint("10.0.0.5:5000"))],
            [(packet(native, b), relay, mappedB)]
        ),
        (.authenticationOnSolicitations, [(nonce(1) + bubble(a, b), mappedA, server)], [solicitation]),
        (
            .foreignNonce, [solicitation, (nonce(2) + Samples.originB + Samples.advertisementPacket, server, mappedB)],
            [solicitation, advertisement]
        ),
        (
            .missingAuthentication, [solicitation, (Samples.originB + Samples.advertisementPacket, server, mappedB)],
            [solicitation, advertisement]
        ),
        (
            .repeatedNonce, [solicitation, solicitation],
            [solicitation, (nonce(2) + Samples.solicitationPacket, mappedB, server)]
        ),
        (
            .neighborDiscovery,
            [(packet(a, b, next: 58, payload: [135, 0, 0, 0] + [UInt8](repeating: 0, count: 20)), mappedA, mappedB)],
            [(echo(a, b, octets: 8), mappedA, mappedB)]
        ),
        (
            .nonceOfBubble,
            [
                (bubble(a, b) + Samples.nonceTrailer, mappedA, server),
                (bubble(b, a) + hex("0104 11223345"), mappedB, mappedA),
            ],
            [
                (bubble(a, b) + Samples.nonceTrailer, mappedA, server),
                (bubble(b, a) + Samples.nonceTrailer, mappedB, mappedA),
            ]
        ),
        (
            .sourceRouting,
            [(packet(a, b, next: 43, payload: hex("06 02 00 01 00000000") + b.octets + [0]), mappedA, mappedB)],
            [(packet(a, b, next: 43, payload: hex("06 02 02 00 00000000") + b.octets + [0]), mappedA, mappedB)]
        ),
        (
            .addressFlags,
            [(packet(address("157.60.0.1:4096", flags: 0x4001), b), mappedA, mappedB)],
            [(packet(address("157.60.0.1:4096", flags: 0x3CFF), b), mappedA, mappedB)]
        ),
        (
            .alternates, [(bubble(a, b) + hex("03 08 0000 ffffffff 1000"), mappedA, server)],
            [(bubble(a, b) + Samples.alternateAddressTrailer, mappedA, server)]
        ),
        (
            .conePhase,
            [
                (
                    Samples.nullAuthentication
                        + hex(
                            """
                            60000000 00083aff fe80 0000 0000 0000 8000 ffff ffff ffff ff02 0000 0000 0000 0000 0000 0000 0002
                            8500 fd36 0000 0000
                            """
                        ), mappedB, server
                )
            ],
            [solicitation]
        ),
        (
            .largeICMPv6, [(echo(a, native, octets: 81), mappedA, server)],
            [(echo(a, native, octets: 80), mappedA, server), (echo(native, a, octets: 500), relay, mappedA)]
        ),
        (.serverWithItself, [(bubble(b, a), server, server)], [(Samples.originB + bubble(b, a), server, mappedA)]),
        (
            .trailers, [(bubble(a, b) + hex("41 01 00"), mappedA, server)],
            [(bubble(a, b) + hex("81 01 00 c1 01 00"), mappedA, server)]
        ),
    ]

    @Test(
        "V1 to V14, S6, SEC-01, SEC-02, SEC-03, SEC-05, SEC-14, SEC-20, SEC-21, SEC-23, SEC-24, SEC-42, SEC-50, TR-1: what breaks a rule is named by it",
        arguments: cases.indices
    )
    func rule(index: Int) {
        let (rule, wrong, right) = Self.cases[index]
        let broken = ExplainedCapture(wrong)
        #expect(broken.notes.count == wrong.count)
        #expect(broken.notes.last?.findings.contains { $0.rule == rule } == true, "\(rule): \(broken.findings)")
        #expect(broken.summary.findings.contains { $0.rule == rule }, "\(rule)")
        let sound = ExplainedCapture(right)
        #expect(sound.notes.count == right.count)
        #expect(!sound.notes.contains { $0.findings.contains { $0.rule == rule } }, "\(rule): \(sound.findings)")
    }

    @Test("V7: a bubble without any address is a probe, which is remarked on")
    func probe() {
        let capture = ExplainedCapture([(Self.bubble(.unspecified, .unspecified), Self.mappedA, Self.server)])
        #expect(capture.allFindings.isEmpty && capture.notes.isEmpty)
        let known = ExplainedCapture([
            Self.solicitation, (Self.bubble(.unspecified, .unspecified), Self.mappedB, Self.server),
        ])
        #expect(known.findings == [[], ["(V7)"]])
    }

    @Test("SEC-45: a bubble less than 2 s after the last one is named, unless the peer spoke meanwhile")
    func pace() {
        func capture(_ gap: UInt64, answer: Bool) -> ExplainedCapture {
            var writer = CaptureWriter(.pcap, .raw)
            writer.append(Self.bubble(Self.a, Self.b), from: Self.mappedA, to: Self.server, nanoseconds: 0)
            if answer {
                writer.append(Self.bubble(Self.b, Self.a), from: Self.mappedB, to: Self.mappedA, nanoseconds: 1)
            }
            // Another octet than before, so that it is not the same one seen again.
            writer.append(
                Self.bubble(Self.a, Self.b) + [0x81, 0],
                from: Self.mappedA,
                to: Self.server,
                nanoseconds: gap
            )
            return ExplainedCapture(writer.bytes)
        }
        #expect(capture(1_000_000_000, answer: false).allFindings == ["SEC-45"])
        #expect(capture(2_000_000_000, answer: false).allFindings.isEmpty)
        #expect(capture(1_000_000_000, answer: true).allFindings.isEmpty)
        let patient = ExplainedCapture((0..<5).map { _ in (Self.bubble(Self.a, Self.b), Self.mappedA, Self.server) })
        #expect(patient.findings == [[], [], [], [], ["(SEC-45)"]])
    }

    @Test("SEC-61: an ECN mark outside of a packet that knows no ECN is named")
    func congestionMarks() {
        func findings(outer: UInt8, inner: UInt32) -> [[String]] {
            var packet = PcapFile.ipv4Packet(
                Self.packet(Self.a, Self.b, trafficClass: inner),
                from: Self.mappedA,
                to: Self.mappedB
            )
            packet[1] = outer
            var writer = CaptureWriter(.pcap, .raw)
            writer.append(packet, nanoseconds: 0)
            return ExplainedCapture(writer.bytes).findings
        }
        #expect(findings(outer: 3, inner: 0) == [["SEC-61"]])
        #expect(findings(outer: 3, inner: 2) == [[]])
        #expect(findings(outer: 0, inner: 2) == [[]])
    }

    @Test("every rule that is named is one of docs/rules.txt, and says the same; every one has a test here")
    func statements() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(contentsOf: root.appendingPathComponent("docs/rules.txt"), encoding: .utf8)
        let rows = text.split(separator: "\n").map { $0.components(separatedBy: " | ") }.filter { $0.count == 3 }
        let rules = Dictionary(uniqueKeysWithValues: rows.map { ($0[0], $0[2]) })
        for rule in ExplainedRule.allCases { #expect(rules[rule.identifier] == rule.statement, "\(rule.identifier)") }
        let tested = Set(Self.cases.map(\.rule)).union([.bubblePace, .congestionMarks])
        #expect(tested == Set(ExplainedRule.allCases))
    }
}

extension IPv6Address {
    /// The 16 octets.
    fileprivate var octets: [UInt8] { encoded { $0.append(self) } }
}
