/// What a Teredo node looks for behind the IPv6 header of a packet that it delivers.
public enum IPv6ExtensionHeaders {
    /// Whether `packet` carries a type 0 routing header, or any routing header with segments left (SEC-20).
    ///
    /// Walks hop-by-hop, destination, routing and authentication headers; a fragment header ends the walk, as the
    /// node never reassembles inner packets (SEC-62). `packet` must be a valid IPv6 packet.
    public static func requiresSourceRouting(_ packet: Span<UInt8>) -> Bool {
        var next = packet[6]
        var offset = TeredoConstants.ipv6HeaderLength
        while offset + 8 <= packet.count {
            let length: Int
            switch next {
            case IPv6Header.NextHeader.hopByHop, IPv6Header.NextHeader.destinationOptions:
                length = (Int(packet[offset + 1]) + 1) * 8
            case IPv6Header.NextHeader.authentication:
                length = (Int(packet[offset + 1]) + 2) * 4
            case IPv6Header.NextHeader.routing:
                if packet[offset + 2] == 0 || packet[offset + 3] > 0 { return true }
                length = (Int(packet[offset + 1]) + 1) * 8
            default:
                return false
            }
            next = packet[offset]
            offset += length
        }
        return false
    }
}
