package import TeredoLinux
import TeredoWire

/// Everything that `teredo proxy` can be told.
package struct ProxyServiceConfiguration: Hashable, Sendable {
    /// The client that carries the connections; what it has for an interface does not count.
    package var client: ClientServiceConfiguration
    /// Where programs reach the proxy; empty for the usual loopback endpoints.
    package var listen: [StreamEndpoint] = []
    /// Whether these may be other addresses than loopback ones.
    package var listensAnywhere = false
    /// Whether the proxy does without its control socket when that cannot be made, because nobody asked for it.
    package var isControlSocketOptional = false

    /// The usual port of SOCKS proxies.
    package static let standardPort: UInt16 = 1080
    /// Where the proxy is unless it was told otherwise; a host without one of them has the other.
    package static let standardEndpoints = [
        StreamEndpoint(.ipv4(IPv4Address(127, 0, 0, 1)), port: standardPort),
        StreamEndpoint(.ipv6(.loopback), port: standardPort),
    ]

    /// The defaults with this client.
    package init(client: ClientServiceConfiguration) {
        self.client = client
    }

    /// Throws for the first value that cannot be used.
    package func validate() throws(ConfigurationError) {
        guard listen.count <= Self.endpointLimit else {
            throw ConfigurationError(
                "--listen",
                "\(listen.count) endpoints are too many; list at most \(Self.endpointLimit)"
            )
        }
        guard !listensAnywhere, let far = listen.first(where: { !$0.isLoopback }) else { return }
        throw ConfigurationError(
            "--listen",
            "\(far) is not loopback, and there is no password; see --listen-anywhere"
        )
    }

    /// Each has a descriptor.
    package static let endpointLimit = 8
}
