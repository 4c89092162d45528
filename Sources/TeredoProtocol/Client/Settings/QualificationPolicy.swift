/// What an administrator can set about the phases of qualification (RFC 4380 section 5.2.1).
public struct QualificationPolicy: Hashable, Sendable {
    /// Whether qualification begins with the cone phase of RFC 4380; off by default (RFC 5991 section 3.1,
    /// SEC-24).
    public var usesConePhase = false
    /// Whether the secondary server address is asked, to notice a symmetric NAT (RFC 4380 section 5.2.1).
    public var checksSecondaryServer = true
    /// Whether the client is qualified as soon as the primary address answered, and finds out the kind of NAT beside that; a
    /// silent secondary address leaves it unknown.
    ///
    /// Otherwise the secondary address is asked first, and its silence is a failure, by the letter of RFC 4380 section 5.2.1.
    public var acceptsSilentSecondary = true
    /// Whether the client goes off-line behind a symmetric NAT, as RFC 4380 says; by default it stays qualified and
    /// reaches whom keyed bubbles can reach.
    public var rejectsSymmetricNAT = false

    /// The defaults.
    public init() {}
}
