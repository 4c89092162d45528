import TeredoWire

extension WireError {
    /// What is wrong, as a phrase.
    package var explanation: String {
        switch self {
        case .truncated(let needed, let available): "\(available) octets where \(needed) are needed"
        case .wrongIndicator: "an indicator is neither 00 00 nor 00 01"
        case .notIPv6: "what should be an IPv6 packet does not begin with 6"
        case .jumbogram: "the IPv6 packet has no length, as a jumbogram"
        case .wrongType: "it is of another type"
        case .wrongChecksum: "the checksum is wrong"
        case .invalidField(let field):
            switch field {
            case .code: "the ICMPv6 code is not 0"
            case .source: "the IPv6 source is not link-local"
            case .destination: "the IPv6 destination is not the right one"
            case .hopLimit: "the hop limit is too low"
            case .option: "an option does not fit"
            case .prefixCount: "it does not have exactly one prefix"
            case .prefix: "its prefix is not Teredo's"
            case .mtu: "its MTU is out of range"
            case .trailer: "a trailer is of a length that its type forbids"
            }
        }
    }
}
