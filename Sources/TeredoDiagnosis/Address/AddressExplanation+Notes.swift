import TeredoHost
import TeredoWire

/// What somebody who meets the address should know, and why a text is no Teredo address.
extension AddressExplanation {
    /// Remarks about unusual or unusable parts of the address; empty for an ordinary address.
    package var notes: [String] {
        flagNotes + endpointNotes
    }

    private var flagNotes: [String] {
        let flags = address.flags
        var notes: [String] = []
        if flags.coneBit {
            notes.append(
                "The cone bit is set: RFC 5991 asks clients to leave it clear, and peers and relays to ignore it."
            )
        }
        if flags.reservedBit {
            notes.append("The reserved bit z is set: senders leave it clear, receivers ignore it.")
        }
        if flags.universalBit || flags.groupBit {
            notes.append("U and G should be clear; receivers ignore them.")
        }
        if flags.randomBits == 0 {
            notes.append("The random bits are all zero, as before RFC 5991: the address is easy to guess.")
        }
        return notes
    }

    private var endpointNotes: [String] {
        var notes: [String] = []
        let mapped = address.mappedEndpoint
        if let kind = IPv4AddressKind(mapped.address) {
            notes.append(
                kind.isUsableInTests
                    ? "The mapped address \(mapped.address) is \(kind): not routable on the Internet, fine in a lab."
                    : "The mapped address \(mapped.address) is \(kind): no packet can be sent to this client."
            )
        }
        if mapped.port == 0 { notes.append("The mapped port is 0: no packet can be sent to this client.") }
        if let kind = IPv4AddressKind(address.server) {
            notes.append(
                kind.isUsableInTests
                    ? "The server address \(address.server) is \(kind): not routable on the Internet, fine in a lab."
                    : "The server address \(address.server) is \(kind): no bubble can reach this server."
            )
        }
        if mapped.address == address.server {
            notes.append("The mapped address is the server itself: relays and peers treat such an address as a loop.")
        }
        return notes
    }

    static func notAnAddress(_ text: String) -> ServiceError {
        if IPv4Address(text) != nil {
            return ServiceError(
                "\(text) is an IPv4 address, not a Teredo address",
                remedy: "give an IPv6 address in 2001::/32, or build one with --server and --mapped"
            )
        }
        return ServiceError(
            "'\(text)' is not an IPv6 address",
            remedy: "give an IPv6 address in 2001::/32 without brackets, prefix length or zone"
        )
    }

    static func notTeredo(_ address: IPv6Address) -> ServiceError {
        let reason =
            switch address {
            case _ where address.rawValue >> 96 == 0x3FFE_831F:
                "it lies in 3ffe:831f::/32, the experimental Teredo prefix that was withdrawn in 2006"
            case _ where address.isSixToFour: "it is a 6to4 address (2002::/16)"
            case _ where address.isLinkLocal: "it is link-local (fe80::/10)"
            case _ where address.isUniqueLocal: "it is unique local (fc00::/7)"
            case _ where address.isMulticast: "it is multicast (ff00::/8)"
            default: "it is not in 2001::/32"
            }
        return ServiceError(
            "\(address) is not a Teredo address: \(reason)",
            remedy: "Teredo addresses begin with 2001:0:, for example 2001:0:c000:201:2cad:d8ef:39cd:9ae8"
        )
    }
}
