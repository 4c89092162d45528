import TeredoWire

/// The random flag bits that go with server and mapped endpoint: drawn once and kept while both stay (RFC 5991 section
/// 3.3, SEC-21).
struct AddressMemory: Sendable {
    private var known: TeredoAddress?

    /// Begins with the address of before a restart, if there is one.
    init(_ remembered: TeredoAddress?) {
        known = remembered
    }

    /// The address for a mapping.
    mutating func address(
        server: IPv4Address,
        _ qualified: QualificationStateMachine.Qualified,
        using random: inout RandomSource
    ) -> TeredoAddress {
        if let known, known.server == server, known.mappedEndpoint == qualified.mappedEndpoint,
            known.flags.coneBit == qualified.coneBit
        {
            return known
        }
        let address = TeredoAddress(
            server: server,
            flags: TeredoFlags.random(coneBit: qualified.coneBit, using: &random),
            mappedEndpoint: qualified.mappedEndpoint
        )
        known = address
        return address
    }
}
