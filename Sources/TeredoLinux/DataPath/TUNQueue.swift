import CTeredoLinux
import Glibc

/// One queue of a TUN interface: packets of the host come out, packets for the host go in.
package struct TUNQueue: ~Copyable, Sendable {
    private let owned: OwnedFileDescriptor?
    /// What takes the packets instead of the kernel; it belongs to the one thread that writes to the queue.
    private nonisolated(unsafe) let sink: (any PacketSink)?
    /// The offloads in force.
    package let offloads: Set<Offload>

    /// The descriptor, for the event loop; negative when there is none.
    package let descriptor: CInt
    /// Whether a header of virtio stands before each packet.
    package var hasVirtualHeaders: Bool { !offloads.isEmpty }

    /// Takes over a descriptor that gives and takes one packet at a time, with a header of virtio when there are offloads.
    package init(_ owned: consuming OwnedFileDescriptor, offloads: Set<Offload>) {
        descriptor = owned.rawValue
        self.owned = consume owned
        unsafe sink = nil
        self.offloads = offloads
    }

    /// A queue in this process: `sink` takes what is written, and nothing comes out.
    init(_ sink: any PacketSink) {
        descriptor = -1
        owned = nil
        unsafe self.sink = sink
        offloads = []
    }

    /// The same queue for another thread that writes packets; one that belongs to the kernel.
    package func shared() throws(SystemError) -> TUNQueue {
        TUNQueue(
            try OwnedFileDescriptor(fcntl(descriptor, F_DUPFD_CLOEXEC, 0), "fcntl", "TUN queue"),
            offloads: offloads
        )
    }

    /// Takes packets that the host sends, about `octetLimit` octets of them; returns `false` when there was none.
    package func read(into batch: ReceiveBatch, octetLimit: Int = .max) -> Bool {
        batch.read(from: descriptor, hasVirtualHeaders: hasVirtualHeaders, octetLimit: octetLimit)
    }

    /// Hands a packet to the host; returns `false` when the kernel refused it.
    @discardableResult
    package func write(_ packet: Span<UInt8>) -> Bool {
        unsafe packet.withUnsafeBytes { unsafe write($0) }
    }

    /// Hands a packet to the host; returns `false` when the kernel refused it.
    ///
    /// A checksum that the sender's kernel left to a network card that does not exist, on a virtual link, is completed.
    func write(_ packet: UnsafeRawBufferPointer) -> Bool {
        let field = unsafe TransportSegment.unfinishedChecksum(packet)
        guard hasVirtualHeaders else {
            guard let field else { return unsafe writeWhole(packet) }
            var copy = unsafe [UInt8](packet)
            return unsafe copy.withUnsafeMutableBytes {
                unsafe PacketSegmenter.completeChecksum($0, VirtioNetHeader(unfinishedChecksum: field))
                    && writeWhole(UnsafeRawBufferPointer($0))
            }
        }
        // All zero: a packet as it is.
        var header = [10 of UInt8](repeating: 0)
        return unsafe withUnsafeMutableBytes(of: &header) { header in
            if let field, let base = header.baseAddress {
                unsafe VirtioNetHeader(unfinishedChecksum: field).write(to: base)
            }
            var parts: [2 of iovec] = unsafe [
                iovec(iov_base: header.baseAddress, iov_len: header.count),
                iovec(iov_base: UnsafeMutableRawPointer(mutating: packet.baseAddress), iov_len: packet.count),
            ]
            return unsafe withUnsafeMutableBytes(of: &parts) { parts in
                guard let base = unsafe parts.assumingMemoryBound(to: iovec.self).baseAddress else { return false }
                return unsafe write(base, 2)
            }
        }
    }

    private func writeWhole(_ packet: UnsafeRawBufferPointer) -> Bool {
        if let sink = unsafe sink { return unsafe sink.take(packet.assumingMemoryBound(to: UInt8.self).span) }
        while true {
            if unsafe Glibc.write(descriptor, packet.baseAddress, packet.count) >= 0 { return true }
            guard errno == EINTR else { return false }
        }
    }

    /// Hands a packet in parts, the header of virtio first, to the host; returns `false` when the kernel refused it.
    func write(_ parts: UnsafePointer<iovec>, _ count: Int) -> Bool {
        while true {
            if unsafe writev(descriptor, parts, CInt(count)) >= 0 { return true }
            guard errno == EINTR else { return false }
        }
    }
}
