/// The rules of docs/rules.txt that a capture can show to be broken.
package enum ExplainedRule: String, Hashable, Sendable, CaseIterable {
    case wellFormed = "V1"
    case unicastSource = "V2"
    case globalSource = "V3"
    case discoveryGroup = "V4"
    case serverTraffic = "V5"
    case ownDestination = "V6"
    case validSource = "V7"
    case linkLocalSource = "V8"
    case matchingSource = "V9"
    case multicastDestination = "V10"
    case validAdvertisement = "V11"
    case checksum = "V12"
    case originFromServer = "V13"
    case globalDestination = "V14"
    case authenticationOnSolicitations = "S6"
    case foreignNonce = "SEC-01"
    case missingAuthentication = "SEC-02"
    case repeatedNonce = "SEC-03"
    case neighborDiscovery = "SEC-05"
    case nonceOfBubble = "SEC-14"
    case sourceRouting = "SEC-20"
    case addressFlags = "SEC-21"
    case alternates = "SEC-23"
    case conePhase = "SEC-24"
    case largeICMPv6 = "SEC-42"
    case bubblePace = "SEC-45"
    case serverWithItself = "SEC-50"
    case congestionMarks = "SEC-61"
    case trailers = "TR-1"

    /// The identifier in docs/rules.txt.
    package var identifier: String { rawValue }

    /// What the rule says, in the words of docs/rules.txt.
    package var statement: String {
        switch self {
        case .wellFormed:
            "a datagram is authentication?, origin?, IPv6 packet, trailers; anything else is dropped"
        case .unicastSource: "the IPv4 source is unicast and the UDP source port not 0"
        case .globalSource: "a server accepts only global unicast IPv4 sources"
        case .discoveryGroup: "the discovery group is for well-formed discovery bubbles only"
        case .serverTraffic: "a pure server takes ICMPv6 and bubbles only"
        case .ownDestination:
            "the IPv6 destination is the node's own address, except for advertisements, discovery and keyed bubbles"
        case .validSource:
            "the IPv6 source is not multicast, unspecified, loopback, mapped or the node's own address"
        case .linkLocalSource: "link-local sources only in advertisements and bubbles, never handed to the host"
        case .matchingSource:
            "a Teredo source that does not match the observed endpoint needs one of the explicit exceptions"
        case .multicastDestination: "other multicast destinations are dropped"
        case .validAdvertisement: "an advertisement is valid and a solicitation is outstanding"
        case .checksum: "the ICMPv6 checksum of messages that the node consumes is right"
        case .originFromServer: "an origin indication comes only from the client's own server and port 3544"
        case .globalDestination:
            "nothing is sent to an embedded or indicated endpoint that is not global unicast"
        case .authenticationOnSolicitations: "authentication only on solicitations"
        case .foreignNonce: "an advertisement with another nonce changes nothing"
        case .missingAuthentication: "an advertisement without authentication element is dropped"
        case .repeatedNonce: "a nonce is never used twice"
        case .neighborDiscovery:
            "no neighbour discovery from the tunnel reaches the host, not even behind extension headers"
        case .nonceOfBubble: "a direct bubble without valid nonce is dropped"
        case .sourceRouting: "source routing is dropped"
        case .addressFlags: "12 random flag bits, the others 0, random service port"
        case .alternates: "alternate addresses do not amplify"
        case .conePhase: "the cone bit is 0 and the cone phase skipped by default"
        case .largeICMPv6: "a server forwards no ICMPv6 larger than 88 octets"
        case .bubblePace:
            "bubbles to a peer: one in 2 s; without a direct response a client sends four in 300 s, a relay four and then "
                + "one in 10 to 30 s"
        case .serverWithItself: "a server talks neither with itself nor to its own addresses"
        case .congestionMarks:
            "the outer ECN and DSCP are those of the packet inside, or 0; on the way in they are combined as RFC 6040 says"
        case .trailers:
            "trailers are read in their order; unknown ones are skipped, but for those that ask for the packet to be discarded"
        }
    }
}
