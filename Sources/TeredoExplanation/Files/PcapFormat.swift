import TeredoWire

/// The classic format of libpcap: a header of 24 octets, then records.
struct PcapFormat {
    static let headerLength = 24
    static let recordHeaderLength = 16

    private let reader: ByteReader
    private let isNanoseconds: Bool
    private let linkType: LinkType

    /// How a file that begins with `magic`, read with the most significant octet first, is read; `nil` for others.
    static func reader(magic: UInt32) -> (reader: ByteReader, isNanoseconds: Bool)? {
        switch magic {
        case 0xA1B2_C3D4: (ByteReader(isBigEndian: true), false)
        case 0xD4C3_B2A1: (ByteReader(isBigEndian: false), false)
        case 0xA1B2_3C4D: (ByteReader(isBigEndian: true), true)
        case 0x4D3C_B2A1: (ByteReader(isBigEndian: false), true)
        default: nil
        }
    }

    /// Reads the header, which is there as a whole.
    init(
        reading queue: inout OctetQueue,
        _ form: (reader: ByteReader, isNanoseconds: Bool)
    ) throws(CaptureFileError) {
        reader = form.reader
        isNanoseconds = form.isNanoseconds
        let start = queue.start
        let major = Int(reader.number16(queue.octets, at: start + 4))
        let minor = Int(reader.number16(queue.octets, at: start + 6))
        guard major == 2 else {
            throw CaptureFileError(
                .unsupportedVersion(major: major, minor: minor),
                packet: 1,
                offset: queue.offset
            )
        }
        // The upper half tells of a frame check sequence, which IP's own lengths leave out.
        linkType = LinkType(rawValue: UInt16(truncatingIfNeeded: reader.number32(queue.octets, at: start + 20)))
        queue.skip(UInt64(Self.headerLength))
    }

    /// The length of the record that comes next, as far as it can be told.
    func recordLength(in queue: OctetQueue) -> Int? {
        guard queue.count >= Self.recordHeaderLength else { return nil }
        return Self.recordHeaderLength + Int(reader.number32(queue.octets, at: queue.start + 8))
    }

    func next(from queue: inout OctetQueue, number: Int) throws(CaptureFileError) -> CapturedPacket? {
        guard let length = recordLength(in: queue) else { return nil }
        let kept = length - Self.recordHeaderLength
        guard kept <= CaptureDecoder.longestPacket else {
            throw CaptureFileError(
                .tooLong(octets: UInt64(kept), limit: CaptureDecoder.longestPacket),
                packet: number,
                offset: queue.offset
            )
        }
        guard queue.count >= length else { return nil }
        let start = queue.start
        let seconds = Int64(reader.number32(queue.octets, at: start))
        let fraction = Int64(reader.number32(queue.octets, at: start + 4))
        let packet = CapturedPacket(
            number: number,
            offset: queue.offset,
            time: ProtocolInstant(nanoseconds: seconds * 1_000_000_000 + fraction * (isNanoseconds ? 1 : 1000)),
            linkType: linkType,
            bytes: Array(queue.octets[(start + Self.recordHeaderLength)..<(start + length)]),
            originalLength: Int(reader.number32(queue.octets, at: start + 12))
        )
        queue.skip(UInt64(length))
        return packet
    }
}
