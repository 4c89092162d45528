import Glibc

/// A descriptor that is closed when its owner goes away.
package struct OwnedFileDescriptor: ~Copyable, Sendable {
    /// The descriptor, for calls; it stays owned by this value.
    package let rawValue: CInt

    /// Takes a descriptor over; a negative one becomes the error of `call`.
    package init(_ descriptor: CInt, _ call: String, _ subject: String, remedy: String = "") throws(SystemError) {
        guard descriptor >= 0 else { throw SystemError(call, subject, remedy: remedy) }
        rawValue = descriptor
    }

    deinit {
        _ = Glibc.close(rawValue)
    }
}
