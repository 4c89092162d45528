import Glibc
import TeredoLinux
import TeredoWire

/// A channel in the place of a TUN interface, to fill the slots of a batch.
struct Channel: ~Copyable {
    let near: OwnedFileDescriptor
    let queue: TUNQueue
    let batch: ReceiveBatch

    init(offloads: Set<Offload>) throws {
        var ends: [CInt] = [-1, -1]
        // A failure shows in the descriptors, which stay as they are.
        let kind = CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
        _ = unsafe socketpair(AF_UNIX, kind, 0, &ends)
        let far = try OwnedFileDescriptor(ends[1], "socketpair", "microbenchmark")
        let near = try OwnedFileDescriptor(ends[0], "socketpair", "microbenchmark")
        let batch = try ReceiveBatch(capacity: 1)
        self.near = near
        self.batch = batch
        queue = TUNQueue(far, offloads: offloads)
    }

    /// Puts octets into the first slot, as if the kernel had.
    func fill(_ octets: [UInt8]) throws {
        let written = unsafe octets.withUnsafeBytes { unsafe write(near.rawValue, $0.baseAddress, $0.count) }
        guard written == octets.count, queue.read(into: batch) else { throw SubjectError("the channel took no packet") }
    }
}

/// The TCP segments of a bulk transfer.
enum Segments {
    static let count = 44
    static let payloadLength = 1208
    /// The headers of IPv6 and TCP with its timestamps.
    static let headerLength = 72

    /// A packet with its checksum, or with the sum over the pseudo-header alone as the kernel leaves it.
    static func packet(_ index: Int, payload: [UInt8], isComplete: Bool) -> [UInt8] {
        let source = Packets.native
        let target = Packets.client(3).ipv6
        let length = 32 + payload.count
        var segment: [UInt8] = [0x14, 0x51, 0x9C, 0x40]
        let sequence = UInt32(1000 + index * payloadLength)
        segment += (0..<4).map { UInt8(truncatingIfNeeded: sequence >> (24 - 8 * $0)) }
        segment += [0, 0, 0, 7, 0x80, 0x10, 1, 0xF4, 0, 0, 0, 0, 1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2] + payload
        var checksum = InternetChecksum()
        checksum.add(source)
        checksum.add(target)
        checksum.add(UInt32(length))
        checksum.add(UInt32(IPv6Header.NextHeader.tcp))
        if isComplete { checksum.add(segment.span) }
        let value = isComplete ? checksum.value : ~checksum.value
        segment[16] = UInt8(value >> 8)
        segment[17] = UInt8(value & 0xFF)
        let header = IPv6Header(
            payloadLength: length,
            nextHeader: IPv6Header.NextHeader.tcp,
            hopLimit: 64,
            source: source,
            destination: target
        )
        return [UInt8](capacity: 40) { header.encode(into: &$0) } + segment
    }
}

/// Cutting a super-packet of the host.
struct SplitSuperPacket: Subject {
    static let summary = "cut a TCP super-packet of 44 segments: one segment, checksum and copy included"
    private let batch: ReceiveBatch
    private let segmenter: PacketSegmenter
    private var target = [UInt8](repeating: 0, count: 2048)

    init() throws {
        // The header of virtio: checksum needed, TCP over IPv6, in the order of octets of this machine.
        let length = UInt16(Segments.payloadLength)
        let header: [UInt8] = [1, 4, 72, 0, UInt8(length & 0xFF), UInt8(length >> 8), 40, 0, 16, 0]
        let payload = [UInt8](repeating: 0x5A, count: Segments.count * Segments.payloadLength)
        let channel = try Channel(offloads: [.tso])
        try channel.fill(header + Segments.packet(0, payload: payload, isComplete: false))
        batch = channel.batch
        guard case .superPacket(let segmenter) = batch.content(0), segmenter.count == Segments.count else {
            throw SubjectError("not a super-packet of \(Segments.count) segments")
        }
        self.segmenter = segmenter
    }

    mutating func run(_ count: Int) throws -> Int {
        var sum = 0
        for index in 0..<count {
            sum &+= unsafe target.withUnsafeMutableBytes { unsafe segmenter.build(index % Segments.count, into: $0) }
        }
        return sum
    }
}

/// Putting the packets of a flow together.
struct CoalescePackets: Subject {
    static let summary = "put 44 TCP segments together for the host: one segment, checksum included"
    private let state: State
    private let train: [UInt8]

    /// What cannot be copied.
    private final class State {
        let channel: Channel
        let sink: TUNQueue
        let coalescer: PacketCoalescer

        init() throws {
            channel = try Channel(offloads: [])
            let nowhere = try OwnedFileDescriptor(unsafe open("/dev/null", O_WRONLY), "open", "/dev/null")
            sink = TUNQueue(nowhere, offloads: [.tcpCoalescing])
            coalescer = PacketCoalescer(offloads: [.tcpCoalescing])
        }
    }

    init() throws {
        state = try State()
        let payload = [UInt8](repeating: 0x5A, count: Segments.payloadLength)
        train = (0..<Segments.count).flatMap { Segments.packet($0, payload: payload, isComplete: true) }
        _ = try run(Segments.count)
        guard state.coalescer.superPackets == 1 else {
            throw SubjectError("\(Segments.count) segments became \(state.coalescer.superPackets) super-packets")
        }
    }

    mutating func run(_ count: Int) throws -> Int {
        let length = Segments.headerLength + Segments.payloadLength
        for index in 0..<count {
            let position = index % Segments.count
            if position == 0 {
                state.coalescer.flush(to: state.sink)
                // The headers were changed: the packets come anew, all in one slot as with UDP_GRO.
                try state.channel.fill(train)
            }
            let range = position * length..<(position + 1) * length
            state.coalescer.add(state.channel.batch, 0, range, to: state.sink)
        }
        state.coalescer.flush(to: state.sink)
        return state.coalescer.superPackets
    }
}
