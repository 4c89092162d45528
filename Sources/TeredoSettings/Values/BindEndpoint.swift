import TeredoWire

/// The rules for an endpoint that a service port is bound to.
enum BindEndpoint {
    static func validate(_ endpoint: UDPEndpoint?) throws(ConfigurationError) {
        guard let endpoint else { return }
        guard !endpoint.address.isMulticast, endpoint.address != .broadcast else {
            throw ConfigurationError(
                "--bind",
                "\(endpoint.address) is not the address of a single host; give one of this host's, or 0.0.0.0 for all"
            )
        }
    }
}
