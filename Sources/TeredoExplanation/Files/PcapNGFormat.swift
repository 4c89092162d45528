import TeredoWire

/// The format pcapng: sections of blocks, each with its length in front and behind.
struct PcapNGFormat {
    static let sectionHeader: UInt32 = 0x0A0D_0D0A
    static let shortestBlock = 12
    /// The most interfaces of a section that are kept in mind.
    static let interfaceLimit = 4096

    private enum BlockType {
        static let interface: UInt32 = 1
        static let obsoletePacket: UInt32 = 2
        static let simplePacket: UInt32 = 3
        static let enhancedPacket: UInt32 = 6
    }

    private var reader = ByteReader(isBigEndian: false)
    private var interfaces: [CaptureInterface] = []

    /// The length of the block that comes next, as far as it can be told.
    func blockLength(in queue: OctetQueue) -> Int? {
        guard queue.count >= Self.shortestBlock else { return nil }
        return Int(Self.reader(at: queue, or: reader).number32(queue.octets, at: queue.start + 4))
    }

    /// How the block that comes next is read: a section header brings its own order.
    private static func reader(at queue: OctetQueue, or current: ByteReader) -> ByteReader {
        let bigEndian = ByteReader(isBigEndian: true)
        guard bigEndian.number32(queue.octets, at: queue.start) == sectionHeader else { return current }
        return ByteReader(isBigEndian: bigEndian.number32(queue.octets, at: queue.start + 8) == 0x1A2B_3C4D)
    }

    mutating func next(from queue: inout OctetQueue, number: Int) throws(CaptureFileError) -> CapturedPacket? {
        while queue.count >= Self.shortestBlock {
            func error(_ fault: CaptureFileError.Fault) -> CaptureFileError {
                CaptureFileError(fault, packet: number, offset: queue.offset)
            }
            reader = Self.reader(at: queue, or: reader)
            let start = queue.start
            let type = reader.number32(queue.octets, at: start)
            let total = reader.number32(queue.octets, at: start + 4)
            if type == Self.sectionHeader {
                let magic = reader.number32(queue.octets, at: start + 8)
                guard magic == 0x1A2B_3C4D else { throw error(.byteOrder(magic)) }
            }
            guard total >= Self.shortestBlock, total.isMultiple(of: 4) else { throw error(.blockLength(total)) }
            guard Self.isRead(type) else {
                queue.skip(UInt64(total))
                continue
            }
            guard total <= CaptureDecoder.longestBlock else {
                throw error(.tooLong(octets: UInt64(total), limit: CaptureDecoder.longestBlock))
            }
            let length = Int(total)
            guard queue.count >= length else { return nil }
            let last = reader.number32(queue.octets, at: start + length - 4)
            guard last == total else { throw error(.lengthsDiffer(first: total, last: last)) }
            let body = queue.octets[(start + 8)..<(start + length - 4)]
            let packet: CapturedPacket?
            do throws(BlockFault) {
                packet = try read(type, body, number: number, offset: queue.offset)
            } catch {
                throw CaptureFileError(error.fault(of: total), packet: number, offset: queue.offset)
            }
            queue.skip(UInt64(length))
            if let packet { return packet }
        }
        return nil
    }

    /// Whether a block is looked into; others are passed over, whatever their length.
    private static func isRead(_ type: UInt32) -> Bool {
        switch type {
        case sectionHeader, BlockType.interface, BlockType.obsoletePacket, BlockType.simplePacket,
            BlockType.enhancedPacket:
            true
        default: false
        }
    }

    /// What is wrong inside of a block.
    private enum BlockFault: Error {
        case tooShort
        case version(Int, Int)
        case unknownInterface(Int)
        case tooManyInterfaces
        case tooLong(UInt32)

        func fault(of total: UInt32) -> CaptureFileError.Fault {
            switch self {
            case .tooShort: .blockLength(total)
            case .version(let major, let minor): .unsupportedVersion(major: major, minor: minor)
            case .unknownInterface(let number): .unknownInterface(number)
            case .tooManyInterfaces: .tooManyInterfaces(limit: PcapNGFormat.interfaceLimit)
            case .tooLong(let octets): .tooLong(octets: UInt64(octets), limit: CaptureDecoder.longestPacket)
            }
        }
    }

    private mutating func read(
        _ type: UInt32,
        _ body: ArraySlice<UInt8>,
        number: Int,
        offset: UInt64
    ) throws(BlockFault) -> CapturedPacket? {
        switch type {
        case Self.sectionHeader:
            guard body.count >= 16 else { throw .tooShort }
            let bytes = Array(body)
            let major = Int(reader.number16(bytes, at: 4))
            guard major == 1 else { throw .version(major, Int(reader.number16(bytes, at: 6))) }
            interfaces = []
            return nil
        case BlockType.interface:
            guard body.count >= 8 else { throw .tooShort }
            guard interfaces.count < Self.interfaceLimit else { throw .tooManyInterfaces }
            interfaces.append(CaptureInterface(body, reader))
            return nil
        default:
            return try packet(type, Array(body), number: number, offset: offset)
        }
    }

    private func packet(
        _ type: UInt32,
        _ body: [UInt8],
        number: Int,
        offset: UInt64
    ) throws(BlockFault) -> CapturedPacket {
        let isSimple = type == BlockType.simplePacket
        let header = isSimple ? 4 : 20
        guard body.count >= header else { throw .tooShort }
        let identifier =
            switch type {
            case BlockType.simplePacket: 0
            case BlockType.obsoletePacket: Int(reader.number16(body, at: 0))
            default: Int(reader.number32(body, at: 0))
            }
        guard interfaces.indices.contains(identifier) else { throw .unknownInterface(identifier) }
        let interface = interfaces[identifier]
        let original = reader.number32(body, at: isSimple ? 0 : 16)
        var kept = isSimple ? UInt32(clamping: body.count - header) : reader.number32(body, at: 12)
        if isSimple {
            kept = min(kept, original, interface.snapLength == 0 ? .max : interface.snapLength)
        }
        guard kept <= CaptureDecoder.longestPacket else { throw .tooLong(kept) }
        guard header + Int(kept) <= body.count else { throw .tooShort }
        let units = isSimple ? nil : UInt64(reader.number32(body, at: 4)) << 32 | UInt64(reader.number32(body, at: 8))
        return CapturedPacket(
            number: number,
            offset: offset,
            time: units.map(interface.time),
            linkType: interface.linkType,
            bytes: Array(body[header..<(header + Int(kept))]),
            originalLength: Int(original)
        )
    }
}
