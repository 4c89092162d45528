/// What the network says about datagrams of a server's.
extension TeredoServer {
    /// Counts an ICMPv4 error about an answer or a bubble: a server remembers nothing of clients that it could forget.
    public mutating func noteICMPError() { counters.icmpv4Errors &+= 1 }
}
