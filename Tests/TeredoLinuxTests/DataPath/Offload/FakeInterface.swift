import Glibc
import TeredoLinux
import TeredoWire

/// Two ends of a channel that keeps packets apart, in the place of a TUN interface: what one end writes the other reads.
struct FakeInterface: ~Copyable {
    let ours: TUNQueue
    let theirs: TUNQueue

    /// Makes both ends with the same offloads; `room` limits what one write may carry.
    init(offloads: Set<Offload>, room: CInt = 8 << 20) throws {
        var ends: [CInt] = [0, 0]
        let kind = CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
        guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw SystemError("socketpair", "test") }
        var room = room
        for end in ends {
            let size = socklen_t(MemoryLayout<CInt>.size)
            if unsafe setsockopt(end, SOL_SOCKET, SO_SNDBUFFORCE, &room, size) != 0 {
                unsafe setsockopt(end, SOL_SOCKET, SO_SNDBUF, &room, size)
            }
        }
        let first = try OwnedFileDescriptor(ends[0], "socketpair", "test")
        let second = try OwnedFileDescriptor(ends[1], "socketpair", "test")
        ours = TUNQueue(first, offloads: offloads)
        theirs = TUNQueue(second, offloads: offloads)
    }

    /// Puts octets, header of virtio and packet, into the channel as the kernel would.
    func send(_ octets: [UInt8]) {
        _ = unsafe octets.withUnsafeBytes { unsafe Glibc.write(ours.descriptor, $0.baseAddress, $0.count) }
    }

    /// Everything that came to the other end, super-packets cut again.
    func packets() throws -> [[UInt8]] {
        let batch = try ReceiveBatch(capacity: 8)
        var result: [[UInt8]] = []
        while theirs.read(into: batch) {
            for index in 0..<batch.count {
                switch batch.content(index) {
                case .packet: result.append(batch.withOctets(index) { $0.copyAll() })
                case .superPacket(let segmenter): result += Self.cut(segmenter)
                case .unusable: result.append([])
                }
            }
        }
        return result
    }

    static func cut(_ segmenter: PacketSegmenter) -> [[UInt8]] {
        (0..<segmenter.count).map { index in
            unsafe [UInt8](unsafeUninitializedCapacity: segmenter.length(of: index)) { buffer, count in
                count = unsafe segmenter.build(index, into: UnsafeMutableRawBufferPointer(buffer))
            }
        }
    }
}
