import TeredoWire

/// Reads capture files, pcap and pcapng, from their octets as they arrive.
///
/// It keeps no more of a file than one packet, whatever the file says, and does no input of its own: hand it octets with
/// ``append(_:)``, and take packets from ``next()`` until there is none.
package struct CaptureDecoder {
    /// The longest packet in octets, as in Wireshark.
    package static let longestPacket = 262_144
    /// The longest header or block that is kept, in octets: a packet with its options.
    static let longestBlock = longestPacket + 65_536

    private enum Format {
        case unknown
        case pcap(PcapFormat)
        case pcapNG(PcapNGFormat)
    }

    private var queue = OctetQueue()
    private var format = Format.unknown
    /// How many packets were read.
    package private(set) var packetCount = 0
    /// The fault that ended the reading: nothing comes after it.
    private var fault: CaptureFileError?

    /// A decoder at the beginning of a file.
    package init() {}

    /// The format of the file, such as `pcapng`, as soon as it is known.
    package var formatName: String? {
        switch format {
        case .unknown: nil
        case .pcap: "pcap"
        case .pcapNG: "pcapng"
        }
    }

    /// Takes the next octets of the file.
    package mutating func append(_ bytes: ArraySlice<UInt8>) { queue.append(bytes) }

    /// The next packet; `nil` when more octets are needed for it.
    ///
    /// - Throws: What is wrong with the file, and again with each further call.
    package mutating func next() throws(CaptureFileError) -> CapturedPacket? {
        if let fault { throw fault }
        do throws(CaptureFileError) {
            return try decode()
        } catch {
            fault = error
            throw error
        }
    }

    /// Says that there are no more octets.
    ///
    /// - Throws: That the file ends in the middle of something, or holds nothing.
    package mutating func finish() throws(CaptureFileError) {
        if let fault { throw fault }
        if case .unknown = format {
            guard queue.count > 0 else { throw error(.empty) }
            throw error(queue.count < 4 ? .notACapture("it has \(queue.count) octets") : .truncated(missing: 1))
        }
        guard queue.count > 0 || queue.missing > 0 else { return }
        throw error(.truncated(missing: max(1, Int(clamping: queue.missing), wanted - queue.count)))
    }

    /// How many octets what comes next has, as far as that is known.
    private var wanted: Int {
        switch format {
        case .unknown: 4
        case .pcap(let format): format.recordLength(in: queue) ?? PcapFormat.recordHeaderLength
        case .pcapNG(let format): format.blockLength(in: queue) ?? PcapNGFormat.shortestBlock
        }
    }

    private func error(_ fault: CaptureFileError.Fault) -> CaptureFileError {
        CaptureFileError(fault, packet: packetCount + 1, offset: queue.offset)
    }

    private mutating func decode() throws(CaptureFileError) -> CapturedPacket? {
        let number = packetCount + 1
        let packet: CapturedPacket?
        switch format {
        case .unknown:
            guard try recognize() else { return nil }
            return try decode()
        case .pcap(let pcap):
            packet = try pcap.next(from: &queue, number: number)
        case .pcapNG(var pcapNG):
            // Not in two places at once, so that the interfaces are not copied for each packet.
            format = .unknown
            defer { format = .pcapNG(pcapNG) }
            packet = try pcapNG.next(from: &queue, number: number)
        }
        if packet != nil { packetCount += 1 }
        return packet
    }

    /// Finds out the format; `false` while too few octets are there.
    private mutating func recognize() throws(CaptureFileError) -> Bool {
        guard queue.count >= 4 else { return false }
        let magic = ByteReader(isBigEndian: true).number32(queue.octets, at: queue.start)
        if magic == PcapNGFormat.sectionHeader {
            format = .pcapNG(PcapNGFormat())
            return true
        }
        guard let reader = PcapFormat.reader(magic: magic) else { throw error(.notACapture(Self.kind(magic))) }
        guard queue.count >= PcapFormat.headerLength else { return false }
        format = .pcap(try PcapFormat(reading: &queue, reader))
        return true
    }

    /// What a file that begins so is, as people know it.
    private static func kind(_ magic: UInt32) -> String {
        switch magic {
        case _ where magic >> 16 == 0x1F8B: "it is compressed; try 'zcat FILE | teredo explain -'"
        case 0x28B5_2FFD: "it is compressed; try 'zstdcat FILE | teredo explain -'"
        case 0xFD37_7A58: "it is compressed; try 'xzcat FILE | teredo explain -'"
        case 0xA1B2_CD34, 0x34CD_B2A1: "it is of the kind that old versions of Linux wrote, with longer records"
        case 0x736E_6F6F: "it is a snoop file"
        default: "it begins with 0x\(HexadecimalText.digits(UInt64(magic), count: 8))"
        }
    }
}
