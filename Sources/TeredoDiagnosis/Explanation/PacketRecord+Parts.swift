import TeredoExplanation
import TeredoHost
import TeredoWire

/// Who is at an end of a datagram.
struct PlaceRecord: Encodable {
    let endpoint: UDPEndpoint
    let role: String
    let name: String

    init(_ place: PacketPlace) {
        endpoint = place.endpoint
        role = place.role.rawValue
        name = place.name
    }
}

/// The IPv6 header.
struct IPv6Record: Encodable {
    let source: IPv6Address
    let destination: IPv6Address
    let nextHeader: UInt8
    let hopLimit: UInt8
    let payloadOctets: UInt16

    init(_ header: IPv6Header) {
        source = header.source
        destination = header.destination
        nextHeader = header.nextHeader
        hopLimit = header.hopLimit
        payloadOctets = header.payloadLength
    }
}

/// The authentication encapsulation; identifier and value are told by their length only.
struct AuthenticationRecord: Encodable {
    let nonce: String
    let identifierOctets: Int
    let valueOctets: Int
    let confirmation: UInt8

    init(_ authentication: AuthenticationEncapsulation) {
        nonce = HexadecimalText.digits(authentication.nonce, count: 16)
        identifierOctets = authentication.clientIdentifier.count
        valueOctets = authentication.authenticationValue.count
        confirmation = authentication.confirmation
    }
}

/// A trailer: its type, its name and what is in it as text.
struct TrailerRecord: Encodable {
    let type: UInt8
    let name: String
    let value: String

    init(_ trailer: Trailer) {
        type = trailer.type
        (name, value) =
            switch trailer {
            case .nonce(let nonce): ("nonce", HexadecimalText.digits(UInt64(nonce), count: 8))
            case .alternateAddresses(let endpoints):
                ("alternateAddress", endpoints.map(\.description).joined(separator: " "))
            case .neighborDiscovery(.solicitation): ("neighborDiscovery", "solicitation")
            case .neighborDiscovery(.advertisement): ("neighborDiscovery", "advertisement")
            case .randomPort(let port): ("randomPort", "\(port)")
            case .sender(let address): ("sender", address.description)
            case .transit(let message): ("transit", "\(message.kind)")
            case .sourceProof(let proof): ("sourceProof", HexadecimalText.digits(proof, count: 16))
            case .relaySiblings(let siblings):
                ("relaySiblings", siblings.endpoints.map(\.description).joined(separator: " "))
            case .transitRelay(let relay, _): ("transitRelay", relay.description)
            case .opaque(_, let value):
                ("unknown", value.map { HexadecimalText.digits(UInt64($0), count: 2) }.joined())
            }
    }
}

/// What a packet leads to.
struct ChangeRecord: Encodable {
    let state: String
    let subject: String
    let text: String

    init(_ change: StateChange) {
        state = change.state.rawValue
        subject = change.subject
        text = change.words
    }
}

/// What a packet has against a rule.
struct FindingRecord: Encodable {
    let rule: String
    let weight: String
    let statement: String
    let text: String

    init(_ finding: Finding) {
        rule = finding.rule.identifier
        weight = finding.weight.rawValue
        statement = finding.rule.statement
        text = finding.words
    }
}
