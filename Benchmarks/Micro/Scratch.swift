/// Memory for what the machines write, allocated once.
@safe final class Scratch {
    private let memory: UnsafeMutableBufferPointer<UInt8>

    init(capacity: Int = 66_000) { unsafe memory = .allocate(capacity: capacity) }

    deinit { unsafe memory.deallocate() }

    /// Lets `body` append octets from the beginning.
    func fill<Result>(_ body: (inout OutputSpan<UInt8>) -> Result) -> Result {
        var output = unsafe OutputSpan(buffer: memory, initializedCount: 0)
        let result = body(&output)
        _ = unsafe output.finalize(for: memory)
        return result
    }
}
