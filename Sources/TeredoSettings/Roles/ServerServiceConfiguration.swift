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
    /// How many threads answer.
    package var workers = WorkerCount.standard
    /// The settings of the protocol.
    package var server: ServerConfiguration

    /// The defaults for a primary address; the secondary one is the next unless it is given.
    package init(primary: IPv4Address, secondary: IPv4Address?) {
        server = ServerConfiguration(primary: primary, secondary: secondary ?? primary.successor)
    }

    /// Throws for the first value that cannot be used.
    package func validate() throws(ConfigurationError) {
        for (option, address) in [("--address", server.primary), ("--secondary-address", server.secondary)] {
            if let address, let kind = IPv4AddressKind(address), !kind.isUsableInTests {
                throw ConfigurationError(option, "\(address) is \(kind): a server needs global IPv4 addresses")
            }
        }
        guard server.primary != server.secondary else {
            throw ConfigurationError(
                "--secondary-address",
                "\(server.primary) is also the primary address; a symmetric NAT could not be detected"
            )
        }
        if let relay = server.announcedTransitRelay {
            if let kind = IPv4AddressKind(relay.address), !kind.isUsableInTests {
                throw ConfigurationError(
                    "--announce-transit",
                    "\(relay.address) is \(kind): clients reach a transit relay at a global IPv4 address"
                )
            }
            guard relay.port != 0 else {
                throw ConfigurationError("--announce-transit", "port 0 is not allowed; give the relay's port")
            }
        }
        guard xdp == .off || !server.requiresSecureQualification else {
            throw ConfigurationError(
                "--xdp",
                "with --require-authentication every solicitation needs a secret, which the kernel does not have"
            )
        }
        try ControlSocketPath.validate(controlSocketPath)
        try WorkerCount.validate(workers)
        try Setting.rate.validate(server.limits.sourceRate)
        try Setting.solicitationRate.validate(server.limits.solicitationRate)
        try Setting.nativeRate.validate(server.limits.nativeRate)
    }
}
