package import TeredoLinux
package import TeredoWire

/// Binds service ports, with errors that say which option to change.
package enum ServicePort {
    /// Binds `endpoint`; `option` is the one that named it.
    package static func bind(
        _ endpoint: UDPEndpoint,
        option: String,
        by binder: UDPSocket.Binder? = nil
    ) throws(ServiceError) -> UDPSocket {
        do {
            return try UDPSocket(bind: endpoint, by: binder)
        } catch {
            throw explain(error, endpoint, option)
        }
    }

    /// Binds `endpoint` for one of `lanes` threads that share it, each source address going to always the same one.
    package static func bind(_ endpoint: UDPEndpoint, option: String, lanes: Int) throws(ServiceError) -> UDPSocket {
        guard lanes > 1 else { return try bind(endpoint, option: option) }
        let socket = try share(endpoint, option: option)
        socket.steerBySource(among: lanes)
        return socket
    }

    /// Binds a random port: different clients behind one NAT should use different ports (RFC 4380 section 5.2), and
    /// an attacker should not guess it (SEC-64).
    package static func bindRandom(on address: IPv4Address, option: String) throws(ServiceError) -> UDPSocket {
        var generator = SystemRandomNumberGenerator()
        var attempts = 0
        while true {
            let endpoint = UDPEndpoint(address, UInt16.random(in: range, using: &generator))
            do {
                return try UDPSocket(bind: endpoint)
            } catch {
                attempts += 1
                guard error.isAddressInUse, attempts < attemptLimit else { throw explain(error, endpoint, option) }
            }
        }
    }

    private static let range: ClosedRange<UInt16> = 32_768...65_535
    private static let attemptLimit = 64

    private static func explain(_ error: SystemError, _ endpoint: UDPEndpoint, _ option: String) -> ServiceError {
        if error.isAddressNotAvailable {
            return ServiceError(
                "\(option): \(endpoint.address) is not an address of this host",
                remedy: "use one of: \(localAddresses)"
            )
        }
        if error.isAddressInUse {
            return ServiceError(
                "\(option): UDP port \(endpoint.port) of \(endpoint.address) is in use",
                remedy:
                    "stop the program that uses it ('ss -ulpn sport = :\(endpoint.port)' names it) or choose another"
            )
        }
        return ServiceError(error)
    }

    private static var localAddresses: String {
        let addresses = ((try? Netlink.ipv4Addresses()) ?? []).filter { !$0.isLoopback }
        guard !addresses.isEmpty else { return "none, this host has no IPv4 address that is up" }
        return addresses.map { "\($0.address) (\($0.interfaceName))" }.joined(separator: ", ")
    }

    /// Binds the service port of a client or relay: a random one unless `endpoint` names one.
    ///
    /// A port that threads are to share is bound alone first: it must not be another program's, who shares it too. A role that has no
    /// privileges any more is helped by `binder`.
    package static func bindService(
        _ endpoint: UDPEndpoint?,
        isShared: Bool,
        by binder: UDPSocket.Binder? = nil
    ) throws(ServiceError) -> UDPSocket {
        let found = try bindAlone(endpoint, by: binder)
        guard isShared else { return found }
        let bound = found.localEndpoint
        _ = consume found
        return try share(bound, option: "--bind", by: binder)
    }

    /// Binds another socket to a port that threads share.
    package static func share(
        _ endpoint: UDPEndpoint,
        option: String,
        by binder: UDPSocket.Binder? = nil
    ) throws(ServiceError) -> UDPSocket {
        do {
            return try UDPSocket(bind: endpoint, sharesPort: true, by: binder)
        } catch {
            throw explain(error, endpoint, option)
        }
    }

    private static func bindAlone(
        _ endpoint: UDPEndpoint?,
        by binder: UDPSocket.Binder?
    ) throws(ServiceError) -> UDPSocket {
        guard let endpoint, endpoint.port != 0 else {
            return try bindRandom(on: endpoint?.address ?? .unspecified, option: "--bind")
        }
        return try bind(endpoint, option: "--bind", by: binder)
    }
}
