import TeredoTestSupport
import TeredoWire

extension FuzzTarget {
    /// The parsers of TeredoWire: what they take is written again as it was, or means the same when it is read again.
    static let wire = [
        FuzzTarget("datagram", longestInput: 2048) { input throws(Violation) in try checkDatagram(input) },
        FuzzTarget("trailers", longestInput: 600) { input throws(Violation) in try checkTrailers(input) },
        FuzzTarget("discovery", longestInput: 1400) { input throws(Violation) in
            try checkDiscovery(input)
            // Most of what a fuzzer makes has a checksum that is wrong.
            try checkDiscovery(ReferenceChecksum.repaired(input))
        },
        FuzzTarget("addresses", longestInput: 100) { input throws(Violation) in try checkAddresses(input) },
    ]

    private static func checkDatagram(_ bytes: [UInt8]) throws(Violation) {
        let quote = QuotedDatagram(bytes.span)
        try Violation.unless(quote.packet.upperBound <= bytes.count, "the quoted packet is longer than the quote")
        guard let layout = try? TeredoDatagram(validating: bytes) else { return }
        if let authentication = layout.authentication {
            guard let value = try? AuthenticationEncapsulation(parsing: bytes) else {
                throw Violation("an authentication encapsulation that is valid cannot be read")
            }
            try Violation.unless(
                encoded(value.encode) == Array(bytes[..<authentication.length]),
                "the authentication changed"
            )
        }
        if let origin = layout.origin {
            let start = layout.packet.lowerBound - OriginIndication.length
            try Violation.unless(
                encoded(origin.encode) == Array(bytes[start..<start + 8]),
                "the origin indication changed"
            )
        }
        try Violation.unless(
            layout.packet.upperBound == layout.trailers.lowerBound && layout.trailers.upperBound == bytes.count,
            "packet and trailers are not the rest of the datagram"
        )
        let packet = Array(bytes[layout.packet])
        try Violation.unless(encoded(layout.header.encode) == Array(packet[..<40]), "the IPv6 header changed")
        try checkPacket(packet)
        try checkTrailers(Array(bytes[layout.trailers]))
    }

    private static func checkPacket(_ packet: [UInt8]) throws(Violation) {
        _ = IPv6ExtensionHeaders.requiresSourceRouting(packet)
        try checkDiscovery(packet)
        if let value = try? EchoMessage(validating: packet) {
            let again = encoded(capacity: 65_536) { value.encode(into: &$0) }
            try Violation.unless((try? EchoMessage(validating: again)) == value, "the echo message changed")
        }
        guard ICMPv6Error.mayBeSent(about: packet) else { return }
        let error = encoded { ICMPv6Error.addressUnreachable.encode(about: packet.span, from: .allNodes, into: &$0) }
        try Violation.unless(error.count <= 1280, "an error has \(error.count) octets")
        try Violation.unless(!ICMPv6Error.mayBeSent(about: error), "an error about an error may be sent")
    }

    private static func checkDiscovery(_ packet: [UInt8]) throws(Violation) {
        if let value = try? RouterSolicitation(validating: packet) {
            let again = encoded(value.encode)
            try Violation.unless((try? RouterSolicitation(validating: again)) == value, "the solicitation changed")
        }
        if let value = try? RouterAdvertisement(validating: packet) {
            let again = encoded(value.encode)
            try Violation.unless((try? RouterAdvertisement(validating: again)) == value, "the advertisement changed")
        }
    }

    private static func checkTrailers(_ bytes: [UInt8]) throws(Violation) {
        let demandsDiscard = TrailerList.demandDiscard(in: bytes.span)
        guard let list = try? TrailerList(parsing: bytes) else { return }
        try Violation.unless(!demandsDiscard, "a trailer that demands discarding was taken")
        let again = encoded(capacity: 65_536, list.encode)
        try Violation.unless(
            again.count == list.length && again.count <= bytes.count,
            "the trailers changed their length"
        )
        try Violation.unless((try? TrailerList(parsing: again)) == list, "the trailers changed")
        if let message = list.transit, message.kind == .announcement {
            let announced = TransitMessage(announcing: message.endpoint, nonce: message.nonce)
            try Violation.unless(announced.endpoint == message.endpoint, "the announced endpoint changed")
        }
    }

    /// Text of users and routers as addresses, and octets as addresses.
    private static func checkAddresses(_ input: [UInt8]) throws(Violation) {
        let text = String(decoding: input, as: UTF8.self)
        if let address = IPv6Address(text) {
            try Violation.unless(IPv6Address(address.description) == address, "\(address) does not survive its text")
        }
        if let address = IPv4Address(text) {
            try Violation.unless(address.description == text, "\(address) was \(text)")
        }
        if let endpoint = UDPEndpoint(text) {
            try Violation.unless(endpoint.description == text, "\(endpoint) was \(text)")
        }
        if let prefix = IPv6Prefix(text) {
            try Violation.unless(IPv6Prefix(prefix.description) == prefix, "\(prefix) does not survive its text")
        }
        if let prefix = IPv4Prefix(text) {
            try Violation.unless(IPv4Prefix(prefix.description) == prefix, "\(prefix) does not survive its text")
        }
        guard input.count >= 16 else { return }
        let address = input.span.ipv6Address(at: 0)
        try Violation.unless(IPv6Address(address.description) == address, "\(address) does not survive its text")
        guard let teredo = TeredoAddress(address) else { return }
        try Violation.unless(teredo.ipv6 == address, "\(address) does not survive being taken apart")
    }
}
