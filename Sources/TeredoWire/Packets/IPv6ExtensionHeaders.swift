/// What a Teredo node looks for behind the IPv6 header of a packet that it delivers, or tells an error about.
public enum IPv6ExtensionHeaders {
    /// Whether `packet` carries a type 0 routing header, or any routing header with segments left (SEC-20).
    ///
    /// Walks hop-by-hop, destination, routing and authentication headers; a fragment header ends the walk, as the
    /// node never reassembles inner packets (SEC-62). `packet` must be a valid IPv6 packet.
    public static func requiresSourceRouting(_ packet: Span<UInt8>) -> Bool {
        var walk = Walk(packet)
        while walk.isAtExtension(of: packet), walk.next != IPv6Header.NextHeader.fragment {
            if walk.next == IPv6Header.NextHeader.routing {
                if packet[walk.offset + 2] == 0 || packet[walk.offset + 3] > 0 { return true }
            }
            walk.advance(in: packet)
        }
        return false
    }

    /// Whether `packet` is an ICMPv6 error or redirect, or could be one: the part that tells is in another fragment, or
    /// was cut off (RFC 4443 section 2.4 (e), SEC-47).
    ///
    /// Walks the headers that ``requiresSourceRouting(_:)`` walks, and fragment headers. `packet` must be a valid IPv6
    /// packet.
    public static func mayBeICMPv6Error(_ packet: Span<UInt8>) -> Bool {
        var walk = Walk(packet)
        var isLaterFragment = false
        while !isLaterFragment, walk.isAtExtension(of: packet) {
            if walk.next == IPv6Header.NextHeader.fragment {
                // The offset in units of 8 octets, above three bits of flags.
                isLaterFragment = packet.bigEndianUInt16(at: walk.offset + 2) & 0xFFF8 != 0
            }
            walk.advance(in: packet)
        }
        if isLaterFragment || walk.offset >= packet.count {
            return walk.next == IPv6Header.NextHeader.icmpv6 || walk.isExtension
        }
        guard walk.next == IPv6Header.NextHeader.icmpv6 else { return walk.isExtension }
        return ICMPv6.isError(packet[walk.offset]) || packet[walk.offset] == ICMPv6.redirect
    }

    /// A place in the chain of headers.
    private struct Walk {
        /// What stands at ``offset``.
        var next: UInt8
        var offset = TeredoConstants.ipv6HeaderLength

        init(_ packet: Span<UInt8>) { next = packet[6] }

        /// Whether a header that can be walked over stands here.
        var isExtension: Bool {
            switch next {
            case IPv6Header.NextHeader.hopByHop, IPv6Header.NextHeader.destinationOptions,
                IPv6Header.NextHeader.routing, IPv6Header.NextHeader.authentication, IPv6Header.NextHeader.fragment:
                true
            default: false
            }
        }

        /// Whether such a header stands here and its first eight octets, which tell its length, are there.
        func isAtExtension(of packet: Span<UInt8>) -> Bool { isExtension && offset + 8 <= packet.count }

        mutating func advance(in packet: Span<UInt8>) {
            let length =
                switch next {
                case IPv6Header.NextHeader.fragment: 8
                case IPv6Header.NextHeader.authentication: (Int(packet[offset + 1]) + 2) * 4
                default: (Int(packet[offset + 1]) + 1) * 8
                }
            next = packet[offset]
            offset += length
        }
    }
}
