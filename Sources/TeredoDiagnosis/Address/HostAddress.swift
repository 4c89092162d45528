package import TeredoHost
import TeredoLinux
package import TeredoWire

/// The IPv6 address of another host, given as such or as a name.
package struct HostAddress: Hashable, Sendable {
    /// What was given.
    package let text: String

    /// What can be asked about a name.
    struct NameService: Sendable {
        /// The IPv6 addresses of a name.
        var ipv6: @Sendable (String) throws(NameResolver.Failure) -> [IPv6Address]
        /// The IPv4 addresses of a name.
        var ipv4: @Sendable (String) throws(NameResolver.Failure) -> [IPv4Address]

        /// The resolver of the system: files and name servers, as for every other program.
        static let ofSystem = Self(
            ipv6: { name throws(NameResolver.Failure) in try NameResolver.ipv6Addresses(of: name) },
            ipv4: { name throws(NameResolver.Failure) in try NameResolver.addresses(of: name) }
        )
    }

    /// Takes an IPv6 address, or what may be the name of a host; throws, with the reason, for everything else.
    package init(_ text: String) throws(ServiceError) {
        let remedy = "give an IPv6 address such as 2001:db8::1, or the name of a host"
        if IPv4Address(text) != nil {
            throw ServiceError("'\(text)' is an IPv4 address, and Teredo carries IPv6", remedy: remedy)
        }
        guard IPv6Address(text) != nil || Self.isName(text) else {
            throw ServiceError("'\(text)' is neither an IPv6 address nor a name", remedy: remedy)
        }
        self.text = text
    }

    /// The address; `nil` for a name.
    package var literal: IPv6Address? { IPv6Address(text) }

    /// The address, for a name that which the resolver of the system tells; waits for its answer.
    ///
    /// Of several addresses a Teredo address is preferred, because it leads to the host itself and needs no relay; else the
    /// first one counts that can be another host's.
    package func resolve() throws(ServiceError) -> IPv6Address { try resolve(by: .ofSystem) }

    /// The address as `service` tells it.
    func resolve(by service: NameService) throws(ServiceError) -> IPv6Address {
        if let literal { return literal }
        let addresses = try addresses(service)
        let usable = addresses.filter { PingTarget.obstacle($0) == nil }
        guard let address = usable.first(where: \.isTeredo) ?? usable.first else {
            throw ServiceError(
                "the name '\(text)' leads to no other host: \(addresses[0]) \(PingTarget.obstacle(addresses[0]) ?? "")",
                remedy: "give the address itself"
            )
        }
        return address
    }

    private func addresses(_ service: NameService) throws(ServiceError) -> [IPv6Address] {
        do {
            let addresses = try service.ipv6(text)
            if !addresses.isEmpty { return addresses }
        } catch {
            guard error == .noAddress else {
                throw ServiceError(
                    "the name service does not answer, so '\(text)' has no address",
                    remedy: "give the address itself, or see /etc/resolv.conf"
                )
            }
        }
        guard let ipv4 = try? service.ipv4(text), let first = ipv4.first else {
            throw ServiceError("there is no host named '\(text)'", remedy: "see whether it is spelled right")
        }
        throw ServiceError(
            "the name '\(text)' has no IPv6 address, only \(first)",
            remedy: "Teredo carries IPv6: ping(8) reaches that one, or give the Teredo address of the host"
        )
    }

    /// Letters, digits, hyphens and underscores between dots (RFC 1123, and what is in use).
    private static func isName(_ text: String) -> Bool {
        guard text.utf8.count <= 253, text.contains(where: { $0.isLetter }) else { return false }
        let labels = (text.hasSuffix(".") ? text.dropLast() : text[...]).split(
            separator: ".",
            omittingEmptySubsequences: false
        )
        return labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && !label.hasPrefix("-")
                && label.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) || $0 == "-" || $0 == "_" }
        }
    }
}
