/// The extensions of RFC 6081, each with its own switch; the defaults are safe ones (SEC-22).
///
/// The extensions depend on each other: without ``symmetricNAT`` there are no nonces, and so no UPnP, port-preserving,
/// sequential and hairpinning support; sequential support needs port-preserving support.
public struct ClientExtensions: Hashable, Sendable {
    /// Symmetric NAT support: nonces tell who sends from an unexpected endpoint (RFC 6081 section 5.2).
    public var symmetricNAT = true
    /// UPnP-enabled symmetric NAT: two clients reach each other at the endpoints that their routers forward (5.3).
    public var portMappedSymmetricNAT = true
    /// Port-preserving symmetric NAT: a random port that the NAT keeps is announced to the peer (5.4).
    public var portPreservingSymmetricNAT = true
    /// Sequential port-symmetric NAT: an echo test predicts the port that the NAT gives next (5.5).
    public var sequentialSymmetricNAT = true
    /// Hairpinning: to whom the local endpoints are told (5.6).
    public var hairpinning = Hairpinning.sameMappedAddress
    /// Server load reduction: idle peers are asked directly before their server is (5.7).
    public var serverLoadReduction = true

    /// Who learns the local endpoints of a client (SEC-22).
    public enum Hairpinning: String, Hashable, Sendable, CaseIterable {
        /// Nobody: the extension is off.
        case off
        /// Peers behind the same mapped IPv4 address, who are the only ones it helps in most networks.
        case sameMappedAddress = "same-address"
        /// Every peer, as RFC 6081 says; tells private addresses to strangers.
        case everyone
    }

    /// The defaults.
    public init() {}

    /// Everything off: plain RFC 4380.
    public static var none: Self {
        var extensions = Self()
        extensions.symmetricNAT = false
        extensions.serverLoadReduction = false
        return extensions
    }

    var usesPortMapping: Bool { symmetricNAT && portMappedSymmetricNAT }
    var usesRandomPorts: Bool { symmetricNAT && portPreservingSymmetricNAT }
    var usesEchoTests: Bool { usesRandomPorts && sequentialSymmetricNAT }
    var usesHairpinning: Bool { symmetricNAT && hairpinning != .off }
}
