import Glibc

/// Reading to the end and writing to the end, through descriptors that block.
enum DescriptorContents {
    /// The octets up to the end, or the first that are more than `limit`.
    static func read(_ descriptor: CInt, limit: Int = .max) throws(SystemError) -> [UInt8] {
        var contents: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while contents.count <= limit {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SystemError("read", "descriptor \(descriptor)") }
            guard count > 0 else { break }
            contents += chunk[..<count]
        }
        return contents
    }

    /// Writes all octets; throws when not all of them were taken.
    static func write(_ bytes: [UInt8], to descriptor: CInt) throws(SystemError) {
        var offset = 0
        while offset < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(descriptor, buffer.baseAddress?.advanced(by: offset), buffer.count - offset)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw SystemError("write", "descriptor \(descriptor)") }
            offset += count
        }
    }
}
