/// Why received bytes are not a valid Teredo datagram or message.
public enum WireError: Error, Hashable, Sendable {
    /// The bytes end before the structure does.
    case truncated(needed: Int, available: Int)
    /// The two octets of an indicator are not those expected.
    case wrongIndicator
    /// The version nibble of the IPv6 header is not 6.
    case notIPv6
    /// Payload length 0 with next header 0 would be a jumbogram, which Teredo cannot carry.
    case jumbogram
    /// The message is of another type, or has another next header, than expected.
    case wrongType
    /// A field has a value that the rules forbid; the text names field and rule.
    case invalidField(Field)
    /// The ICMPv6 checksum is wrong.
    case wrongChecksum

    /// The fields that a message is rejected for.
    public enum Field: String, Hashable, Sendable {
        /// ICMPv6 code other than 0.
        case code
        /// Source address of the wrong kind.
        case source
        /// Destination address of the wrong kind.
        case destination
        /// Hop limit other than allowed.
        case hopLimit
        /// Neighbour discovery option of length 0 or running past the message.
        case option
        /// Not exactly one prefix information option.
        case prefixCount
        /// Prefix length other than 64 or prefix not in 2001::/32.
        case prefix
        /// MTU option outside 1280...65535.
        case mtu
        /// Trailer with a length that its type forbids.
        case trailer
    }
}
