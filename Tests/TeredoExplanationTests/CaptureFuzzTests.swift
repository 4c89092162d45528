import TeredoChart
import TeredoExplanation
import TeredoTestSupport
import TeredoWire
import Testing

/// Files that somebody damaged, or made up.
struct CaptureFuzzTests {
    /// Reads, explains and draws a file; returns how many packets it had.
    @discardableResult
    private static func explain(_ file: [UInt8], piece: Int) -> Int {
        var decoder = CaptureDecoder()
        var explainer = CaptureExplainer()
        var rest = file[...]
        var count = 0
        do throws(CaptureFileError) {
            while !rest.isEmpty {
                decoder.append(rest.prefix(piece))
                rest = rest.dropFirst(piece)
                while let packet = try decoder.next() {
                    count += 1
                    #expect(packet.bytes.count <= CaptureDecoder.longestPacket)
                    _ = explainer.explain(packet)
                }
            }
            try decoder.finish()
        } catch {
            #expect(error.packet == count + 1 && error.offset <= UInt64(file.count))
            #expect(!error.description.isEmpty && !error.remedy.isEmpty)
        }
        let summary = explainer.summary(title: "fuzz")
        let lines = TextChart(summary.chart, ChartStyle(width: 80)).lines
        #expect(lines.allSatisfy { $0.count <= 80 })
        #expect(SVGDocument([summary.chart]).text.hasSuffix("</svg>\n"))
        return count
    }

    @Test(
        "SEC-37: no mutation of a valid file of any kind crashes or hangs the reader",
        arguments: 1...8 as ClosedRange<UInt64>
    )
    func mutations(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        func random(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &generator) }
        for format in CaptureWriter.Format.allCases {
            for link in CaptureWriter.Link.allCases {
                let file = CaptureDecoderTests.file(format, link, isBigEndian: random(2) == 0)
                for _ in 0..<12 {
                    var bytes = file
                    for _ in 0...random(6) {
                        let position = random(bytes.count)
                        switch random(5) {
                        case 0: bytes[position] = [0, 1, 4, 6, 0x7F, 0x80, 0xFF][random(7)]
                        case 1: bytes[position] ^= 1 << UInt8(random(8))
                        case 2: bytes.removeSubrange(position..<min(bytes.count, position + random(40)))
                        case 3: bytes.insert(contentsOf: generator.bytes(random(40)), at: position)
                        default: bytes.removeSubrange(position...)
                        }
                        if bytes.isEmpty { bytes = [0] }
                    }
                    Self.explain(bytes, piece: 1 + random(5000))
                }
            }
        }
    }

    @Test(
        "SEC-37: mutated datagrams in a valid file are explained or passed over",
        arguments: 1...4 as ClosedRange<UInt64>
    )
    func datagrams(seed: UInt64) {
        var mutator = DatagramMutator(seed: seed)
        var generator = SplitMix64(seed: seed)
        var writer = CaptureWriter(.pcap, .raw)
        let ends = ["131.107.0.1:8192", "206.73.118.1:3544", "157.60.0.1:4096", "192.168.1.2:1024", "224.0.0.253:3544"]
            .map(endpoint)
        for index in 0..<2000 {
            let pair = (0..<2).map { _ in ends[Int.random(in: 0..<ends.count, using: &generator)] }
            writer.append(mutator.next(), from: pair[0], to: pair[1], nanoseconds: UInt64(index) * 10_000_000)
        }
        #expect(Self.explain(writer.bytes, piece: 65_536) == 2000)
    }

    @Test("what is remembered is bounded, and the summary says so")
    func bounds() {
        var explainer = CaptureExplainer()
        for index in 0..<10_000 {
            let client = TeredoAddress(
                server: Samples.server,
                flags: TeredoFlags(rawValue: 0),
                mappedEndpoint: UDPEndpoint(IPv4Address(rawValue: 0x0B00_0000 + UInt32(index)), 4096)
            )
            let bubble = encoded { TeredoBubble(source: client.ipv6, destination: Samples.addressB).encode(into: &$0) }
            let packet = PcapFile.ipv4Packet(
                bubble,
                from: client.mappedEndpoint,
                to: UDPEndpoint(Samples.server, 3544)
            )
            let captured = CapturedPacket(
                number: index + 1,
                offset: 0,
                time: ProtocolInstant(nanoseconds: Int64(index) * 1_000_000),
                linkType: .raw,
                bytes: packet,
                originalLength: packet.count
            )
            #expect(explainer.explain(captured)?.sureness == .certain)
        }
        let summary = explainer.summary(title: "")
        #expect(summary.parties.count <= 1024 && summary.conversations.count == 4096)
        #expect(summary.omissions.count == 2, "\(summary.omissions)")
        #expect(summary.chart.rows.count <= 101 && summary.chart.participants.count <= 10)
        #expect(summary.chart.rows.last?.label.contains("not drawn") == true)
        #expect(summary.counts.certain == 10_000)
    }
}
