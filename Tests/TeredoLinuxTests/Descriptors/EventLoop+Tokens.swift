import TeredoLinux
import TeredoWire

extension EventLoop {
    /// Waits and returns the tokens of what is ready.
    mutating func tokens(until deadline: ProtocolInstant) -> [UInt64] {
        let count = wait(until: deadline)
        return (0..<count).map { token($0) }
    }
}
