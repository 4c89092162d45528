import CTeredoLinux

/// Sums up what the kernel dropped at a socket before anybody read it, most of it because the buffer was full.
///
/// The kernel's own number has 32 bits and begins anew when another socket takes the place of the one that is watched. Asking
/// is one system call, and datagrams cost nothing for it.
package struct ReceiveDropMeter: Sendable {
    /// Datagrams that were dropped, up to the last reading.
    package private(set) var total: UInt64 = 0
    private var last: UInt64 = 0

    /// Nothing dropped yet.
    package init() {}

    /// Asks the kernel, and returns all that was dropped; a kernel that does not tell changes nothing.
    @discardableResult
    package mutating func read(_ socket: borrowing UDPSocket) -> UInt64 {
        let answer = teredo_receive_drops(socket.descriptor)
        if answer >= 0 { note(UInt64(answer)) }
        return total
    }

    /// The kernel counted `count` drops of the socket so far.
    package mutating func note(_ count: UInt64) {
        // Less than before: the number started over.
        total += count < last ? count : count - last
        last = count
    }

    /// Another socket is watched from now on, of which nothing was dropped yet.
    package mutating func beginAnew() { last = 0 }
}
