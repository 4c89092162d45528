/// What stands behind the IPv6 header and the extension headers of a packet.
public struct IPv6UpperLayer: Hashable, Sendable {
    /// Which part of a fragmented packet a packet is.
    public enum Part: Hashable, Sendable {
        /// The packet is whole: no fragment, or an atomic one (RFC 6946).
        case whole
        /// The first fragment, in which all headers have to be (RFC 7112).
        case first
        /// A later fragment, which does not tell what it belongs to.
        case later
    }

    /// The protocol number; that of an extension header when the chain is cut off there.
    public let protocolNumber: UInt8
    /// Where its header begins, counted from the IPv6 header; the end of the packet or beyond when nothing of it is there.
    public let offset: Int
    /// Whether the packet is a fragment.
    public let part: Part
    /// Whether a routing header on the way is of type 0 or has segments left (SEC-20).
    public let requiresSourceRouting: Bool

    /// Whether the chain of headers ends before the upper layer is reached, or behind it nothing is left.
    public func isCut(in packet: Span<UInt8>) -> Bool {
        IPv6ExtensionHeaders.isExtension(protocolNumber) || offset >= packet.count
    }
}
