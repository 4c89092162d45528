import TeredoExplanation
import TeredoTestSupport
import TeredoWire
import Testing

/// Capture files of every kind, whole and damaged.
struct CaptureDecoderTests {
    static let client = endpoint("131.107.0.1:8192")
    static let server = endpoint("206.73.118.1:3544")
    static let start: UInt64 = 1_700_000_000_123_456_000

    /// A file with one datagram of every kind.
    static func file(
        _ format: CaptureWriter.Format,
        _ link: CaptureWriter.Link,
        isBigEndian: Bool
    ) -> [UInt8] {
        var writer = CaptureWriter(format, link, isBigEndian: isBigEndian)
        for (index, sample) in Samples.datagrams.enumerated() {
            writer.append(sample.bytes, from: client, to: server, nanoseconds: start + UInt64(index) * 1_000_000_000)
        }
        return writer.bytes
    }

    /// What was read of a file that arrives in pieces, and how that ended.
    static func read(
        _ bytes: [UInt8],
        piece: Int = .max
    ) -> (packets: [CapturedPacket], error: CaptureFileError?) {
        var decoder = CaptureDecoder()
        var packets: [CapturedPacket] = []
        var rest = bytes[...]
        do throws(CaptureFileError) {
            while !rest.isEmpty {
                decoder.append(rest.prefix(piece))
                rest = rest.dropFirst(piece)
                while let packet = try decoder.next() { packets.append(packet) }
            }
            try decoder.finish()
            return (packets, nil)
        } catch {
            return (packets, error)
        }
    }

    @Test(
        "every format in either order of octets gives the same packets, however it arrives",
        arguments: CaptureWriter.Format.allCases,
        CaptureWriter.Link.allCases
    )
    func formats(format: CaptureWriter.Format, link: CaptureWriter.Link) throws {
        for isBigEndian in [false, true] {
            let file = Self.file(format, link, isBigEndian: isBigEndian)
            for piece in [1, 7, 4096, .max] {
                let (packets, error) = Self.read(file, piece: piece)
                #expect(error == nil)
                try #require(packets.count == Samples.datagrams.count)
                for (index, packet) in packets.enumerated() {
                    let sample = PcapFile.ipv4Packet(Samples.datagrams[index].bytes, from: Self.client, to: Self.server)
                    #expect(packet.bytes == link.frame(sample))
                    #expect(packet.number == index + 1 && packet.linkType.rawValue == link.number)
                    let expected = Self.start + UInt64(index) * 1_000_000_000
                    let time = try #require(packet.time?.nanoseconds)
                    let slack: Int64 = format == .pcapNGBinary ? 1000 : 0
                    #expect(abs(time - Int64(expected)) <= slack, "\(time)")
                }
            }
        }
    }

    @Test("every explanation is the same whatever the link, the format and the order of octets are")
    func explanations() {
        func notes(_ file: [UInt8]) -> [PacketNote] {
            var explainer = CaptureExplainer()
            return Self.read(file).packets.compactMap { explainer.explain($0) }
        }
        let expected = notes(Self.file(.pcap, .raw, isBigEndian: false)).map { [$0.label] + $0.details }
        #expect(expected.count == Samples.datagrams.count)
        for format in CaptureWriter.Format.allCases {
            for link in CaptureWriter.Link.allCases {
                for isBigEndian in [false, true] {
                    let found = notes(Self.file(format, link, isBigEndian: isBigEndian)).map { [$0.label] + $0.details }
                    #expect(found == expected, "\(format) \(link) \(isBigEndian)")
                }
            }
        }
    }

    @Test(
        "a file that ends too early gives what is whole and says where the rest is missing",
        arguments: [
            CaptureWriter.Format.pcap, .pcapNG,
        ]
    )
    func truncated(format: CaptureWriter.Format) throws {
        let file = Self.file(format, .ethernet, isBigEndian: false)
        let whole = Self.read(file).packets
        for count in 0..<file.count {
            let (packets, error) = Self.read(Array(file[..<count]))
            #expect(packets == Array(whole.prefix(packets.count)))
            let ends = whole.dropFirst().map(\.offset) + [UInt64(file.count)]
            #expect(packets.count == ends.filter { $0 <= UInt64(count) }.count)
            guard let error else {
                // Between two records nobody can tell that something is missing.
                #expect(count == Int(whole[packets.count].offset) || format == .pcapNG, "\(count)")
                continue
            }
            #expect(error.packet == packets.count + 1)
            #expect(error.offset <= UInt64(count))
        }
        let cut = Self.read(Array(file.dropLast(10))).error
        #expect(cut?.fault == .truncated(missing: 10))
        #expect(
            cut?.description
                == "packet 7, at octet \(whole[6].offset): the file ends too early: 10 octets are missing at least"
        )
    }

    private static func damaged(_ format: CaptureWriter.Format, at offset: Int, _ octets: [UInt8]) -> CaptureFileError?
    {
        var file = Self.file(format, .raw, isBigEndian: false)
        file.replaceSubrange(offset..<offset + octets.count, with: octets)
        return read(file).error
    }

    @Test("what is wrong is named")
    func faults() throws {
        #expect(Self.read([]).error?.fault == .empty)
        #expect(Self.read([1, 2]).error?.fault == .notACapture("it has 2 octets"))
        #expect(Self.read(Array("hello, world".utf8)).error?.fault == .notACapture("it begins with 0x68656c6c"))
        let compressed = Self.read([0x1F, 0x8B, 8, 0, 0]).error
        #expect(compressed?.description.contains("zcat FILE | teredo explain -") == true)
        #expect(Self.damaged(.pcap, at: 4, [9, 0])?.fault == .unsupportedVersion(major: 9, minor: 4))
        let long = Self.damaged(.pcap, at: 24 + 8, [0xFF, 0xFF, 0xFF, 0x7F])
        #expect(long == CaptureFileError(.tooLong(octets: 0x7FFF_FFFF, limit: 262_144), packet: 1, offset: 24))
        #expect(Self.damaged(.pcapNG, at: 8, [1, 2, 3, 4])?.fault == .byteOrder(0x0403_0201))
        #expect(Self.damaged(.pcapNG, at: 12, [2, 0])?.fault == .unsupportedVersion(major: 2, minor: 0))
        #expect(Self.damaged(.pcapNG, at: 28 + 4, [13, 0, 0, 0])?.fault == .blockLength(13))
        // The interface takes 24 octets behind the section's 28; the first packet comes then.
        #expect(Self.damaged(.pcapNG, at: 52 + 8, [7, 0, 0, 0])?.fault == .unknownInterface(7))
        #expect(Self.damaged(.pcapNG, at: 48, [28, 0, 0, 0])?.fault == .lengthsDiffer(first: 24, last: 28))
        let inside = Self.damaged(.pcapNG, at: 52 + 20, [0, 1, 0, 0])
        #expect(inside?.packet == 1 && inside?.offset == 52)
    }

    @Test("a fault is final: nothing that comes behind it is read")
    func final() throws {
        var decoder = CaptureDecoder()
        decoder.append([1, 2, 3, 4, 5][...])
        #expect(throws: CaptureFileError.self) { try decoder.next() }
        decoder.append(Self.file(.pcap, .raw, isBigEndian: false)[...])
        #expect(throws: CaptureFileError.self) { try decoder.next() }
        #expect(throws: CaptureFileError.self) { try decoder.finish() }
    }

    @Test("blocks that are not known are passed over, simple and obsolete packet blocks are read")
    func blocks() throws {
        var writer = CaptureWriter(.pcapNG, .raw)
        let packet = PcapFile.ipv4Packet(Samples.bubble, from: Self.client, to: Self.server)
        writer.append(block: 0x0000_0BAD, [UInt8](repeating: 7, count: 400_000))
        writer.append(block: 3, writer.word(UInt32(packet.count)) + packet)
        writer.append(
            block: 2,
            writer.half(0) + writer.half(9) + writer.word(0) + writer.word(5_000_000)
                + writer.word(UInt32(packet.count)) + writer.word(UInt32(packet.count)) + packet
        )
        let (packets, error) = Self.read(writer.bytes, piece: 1000)
        #expect(error == nil && packets.map(\.bytes) == [packet, packet])
        #expect(packets.map { $0.time?.nanoseconds } == [nil, 5_000_000_000])
        let interfaces = (0..<4097).reduce(into: CaptureWriter(.pcapNG, .raw)) { writer, _ in
            writer.append(block: 1, writer.half(1) + writer.half(0) + writer.word(0))
        }
        #expect(Self.read(interfaces.bytes).error?.fault == .tooManyInterfaces(limit: 4096))
    }

    @Test("one file may have sections in both orders of octets")
    func sections() {
        let file = Self.file(.pcapNG, .raw, isBigEndian: false) + Self.file(.pcapNG, .ethernet, isBigEndian: true)
        let (packets, error) = Self.read(file)
        #expect(error == nil && packets.count == 2 * Samples.datagrams.count)
        #expect(Set(packets.map(\.linkType)) == [.raw, .ethernet])
    }
}
