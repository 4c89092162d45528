import TeredoLinux

extension EventLoop {
    /// Waits and returns the tokens of what is ready.
    mutating func tokens(until deadline: Int64) -> [UInt64] {
        let count = wait(until: deadline)
        return (0..<count).map { token($0) }
    }
}
