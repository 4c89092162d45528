import TeredoLinux

/// Room for one datagram or packet that a machine builds, allocated once.
@safe final class ScratchBuffer {
    private let memory: UnsafeMutableBufferPointer<UInt8>
    /// The number of octets built last.
    private(set) var count = 0

    /// Makes room for the longest datagram with all indications (see the contract of the machines).
    init(capacity: Int = 66_000) {
        unsafe memory = .allocate(capacity: capacity)
        unsafe memory.initialize(repeating: 0)
    }

    deinit {
        unsafe memory.deallocate()
    }

    /// Lets `body` build octets from the start of the buffer.
    func fill<Result>(_ body: (inout OutputSpan<UInt8>) -> Result) -> Result {
        var output = unsafe OutputSpan(buffer: memory, initializedCount: 0)
        let result = body(&output)
        count = unsafe output.finalize(for: memory)
        return result
    }

    /// Builds one packet of a super-packet in the buffer.
    func build(_ part: Int, of segmenter: PacketSegmenter) {
        count = unsafe segmenter.build(part, into: UnsafeMutableRawBufferPointer(memory))
    }

    /// Gives `body` the octets built last.
    func withOctets<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
        let octets = unsafe UnsafeBufferPointer(rebasing: memory[..<count])
        return body(unsafe octets.span)
    }
}
