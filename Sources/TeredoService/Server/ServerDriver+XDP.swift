import TeredoHost
import TeredoKernel
import TeredoLinux
import TeredoProtocol
import TeredoSettings
import TeredoWire

/// The answers to plain solicitations that the kernel gives for a server.
extension ServerDriver {
    /// The responder for a server, `nil` when none is wanted.
    ///
    /// Required authentication leaves nothing to answer without the secrets, so that asking for both is an error.
    static func responder(
        _ choice: XDPChoice,
        for server: ServerConfiguration,
        on local: ServerAddresses
    ) throws(ServiceError) -> SolicitationResponder? {
        guard let mode = choice.mode, server.secondary != nil, let secondary = local.secondary else { return nil }
        do {
            return try SolicitationResponder(settings(of: server, addresses: (local.primary, secondary)), mode: mode)
        } catch {
            throw ServiceError(
                "--xdp \(choice): \(error.subject): \(error.reason) (\(error.call))",
                remedy: (error.remedy.isEmpty ? "" : "\(error.remedy); ") + "or run without --xdp"
            )
        }
    }

    /// What the responder must know, so that its octets are those of ``TeredoServer``.
    private static func settings(
        of server: ServerConfiguration,
        addresses: (primary: IPv4Address, secondary: IPv4Address)
    ) -> SolicitationResponder.Settings {
        let linkLocal = TeredoLinkLocal.server(server.primary)
        let advertisement = RouterAdvertisement(
            source: linkLocal,
            destination: .unspecified,
            server: server.primary,
            mtu: server.mtu
        )
        let own = [server.primary, server.secondary].compactMap(\.self) + server.otherOwnAddresses
        let limits = server.limits
        return SolicitationResponder.Settings(
            addresses: addresses,
            linkLocal: linkLocal,
            advertisement: [UInt8](capacity: RouterAdvertisement.length) { advertisement.encode(into: &$0) },
            // S3, S4, V3: userspace refuses these, and counts why.
            forbidden: server.filter.refusedPrefixes + own.map { IPv4Prefix($0, length: 32) },
            permitted: server.filter.globalPrefixes,
            denied: server.denied.ipv4,
            limits: (
                (limits.source.rate, limits.source.burst), (limits.solicitation.rate, limits.solicitation.burst)
            ),
            bucketCount: limits.bucketCount
        )
    }
}

extension TrafficCounters {
    /// Adds what the responder did: it received, answered and dropped for this server.
    mutating func add(_ responder: SolicitationResponder.Counters) {
        datagramsReceived &+= responder.answered &+ responder.limited
        octetsReceived &+= responder.octetsReceived
        solicitations &+= responder.answered &+ responder.limited
        advertisements &+= responder.answered
        datagramsSent &+= responder.answered
        octetsSent &+= responder.octetsSent
        drops.record(.rateLimited, amount: responder.limited)
    }
}

extension XDPChoice {
    /// The mode of the responder; `nil` for none.
    fileprivate var mode: SolicitationResponder.Mode? {
        switch self {
        case .off: nil
        case .auto: .auto
        case .native: .native
        case .generic: .generic
        }
    }
}
