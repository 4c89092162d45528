package import TeredoProtocol
package import TeredoWire

/// Everything that `teredo server` can be told.
package struct ServerServiceConfiguration: Hashable, Sendable {
    /// Where the control socket is made.
    package var controlSocketPath = ControlSocketPath.standard(for: .server)
    /// The group whose members may use the control socket; `nil` for root only.
    package var controlGroup: String?
    /// Whether the kernel answers plain solicitations.
    package var xdp = XDPChoice.off
    /// How the server is announced, and how it ends.
    package var announcement = AnnouncementConfiguration()
    /// How many threads answer.
    package var workers = WorkerCount.standard
    /// The addresses of this host to listen on.
    package private(set) var local: ServerAddresses
    /// The addresses that a 1:1 NAT has for them, in the same order; empty without one.
    package private(set) var publicAddresses: [IPv4Address] = []
    /// The settings of the protocol, with the addresses that clients use.
    package var server: ServerConfiguration

    /// The defaults for a primary address; the secondary one is the next unless it is given.
    package init(primary: IPv4Address, secondary: IPv4Address?) {
        local = ServerAddresses(primary: primary, secondary: secondary ?? primary.successor)
        server = ServerConfiguration(primary: primary, secondary: local.secondary)
    }

    /// Has the server listen on `secondary` too, or on its primary address only, and be known by its public addresses.
    package mutating func setAddresses(secondary: IPv4Address?, publicAddresses: [IPv4Address]) {
        local = ServerAddresses(primary: local.primary, secondary: secondary)
        self.publicAddresses = publicAddresses
        server.primary = publicAddresses.first ?? local.primary
        server.secondary = secondary.flatMap { publicAddresses.isEmpty ? $0 : publicAddresses.dropFirst().first }
    }

    /// The address that others know one of this host's by.
    package func publicAddress(of address: IPv4Address) -> IPv4Address {
        switch address {
        case local.primary: server.primary
        case local.secondary: server.secondary ?? address
        default: address
        }
    }

    /// Throws for the first value that cannot be used.
    package func validate() throws(ConfigurationError) {
        let prefixes = server.filter.globalPrefixes
        try InternalPrefix.validate(prefixes)
        try validateAddresses()
        if let relay = server.announcedTransitRelay {
            try GlobalAddress.validate(
                relay,
                option: "--announce-transit",
                purpose: "clients reach a transit relay at a global IPv4 address",
                internalPrefixes: prefixes
            )
        }
        guard xdp == .off || !server.requiresSecureQualification else {
            throw ConfigurationError(
                "--xdp",
                "with --require-authentication every solicitation needs a secret, which the kernel does not have"
            )
        }
        try server.denied.validate(
            sparing: [server.primary, server.secondary, local.primary, local.secondary].compactMap(\.self),
            "an address of this server"
        )
        try ControlSocketPath.validate(controlSocketPath)
        try WorkerCount.validate(workers)
        try announcement.validate()
        let limits = server.limits
        let rates = [
            (Setting.rate, limits.source), (.addressRate, limits.sourceAddress), (.relayRate, limits.relay),
            (.targetRate, limits.target), (.targetAddressRate, limits.targetAddress),
            (.solicitationRate, limits.solicitation), (.nativeRate, limits.native), (.echoRate, limits.echo),
        ]
        for (setting, limit) in rates { try setting.validate(limit.rate) }
        try Setting.rateTable.validate(limits.bucketCount)
    }

    private func validateAddresses() throws(ConfigurationError) {
        let prefixes = server.filter.globalPrefixes
        let options =
            publicAddresses.isEmpty ? ("--address", "--secondary-address") : ("--public-address", "--public-address")
        for (option, address) in [(options.0, server.primary), (options.1, server.secondary)] {
            guard let address, let kind = GlobalAddress.objection(to: address, internalPrefixes: prefixes) else {
                continue
            }
            let remedy =
                publicAddresses.isEmpty
                ? "; behind a 1:1 NAT give the public one with --public-address, inside a network of your own its prefix with "
                    + "--internal-prefix" : ""
            throw ConfigurationError(option, "\(address) is \(kind): a server needs global IPv4 addresses\(remedy)")
        }
        guard publicAddresses.count <= 2 else {
            throw ConfigurationError("--public-address", "a server has two addresses; give one for each")
        }
        guard publicAddresses.isEmpty || (publicAddresses.count == 2) == (local.secondary != nil) else {
            throw ConfigurationError(
                "--public-address",
                local.secondary == nil
                    ? "there are two, but the server has one address; give the other with --secondary-address"
                    : "there is one for \(local.primary) only; give the one of \(local.secondary ?? local.primary) too"
            )
        }
        guard local.primary != local.secondary else {
            throw ConfigurationError(
                "--secondary-address",
                "\(local.primary) is also the primary address; a symmetric NAT could not be detected"
            )
        }
        guard server.primary != server.secondary else {
            throw ConfigurationError(
                "--public-address",
                "\(server.primary) is there twice; a symmetric NAT could not be detected"
            )
        }
    }
}
