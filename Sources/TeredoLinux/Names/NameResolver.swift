import CTeredoLinux
import Glibc
package import TeredoWire

/// Resolves host names to IPv4 addresses on threads of its own; the event loop hears of the results.
package final class NameResolver: Sendable {
    /// A name with its IPv4 addresses, or why it has none.
    package typealias Result = (name: String, addresses: [IPv4Address], failure: Failure?)

    private let lookUps: BackgroundWork<Result>

    /// Makes a resolver.
    package init() throws(SystemError) { lookUps = try BackgroundWork(name: "names") }

    /// The descriptor that becomes readable when a result is there.
    package var descriptor: CInt { lookUps.descriptor }

    /// Starts a look-up beside those that are under way.
    package func resolve(_ name: String) {
        lookUps.start({ Self.result(for: name) }, orElse: (name, [], .noAnswer))
    }

    /// The results that came since the last call.
    package func takeResults() -> [Result] { lookUps.takeResults() }

    private static func result(for name: String) -> Result {
        do { return (name, try addresses(of: name), nil) } catch { return (name, [], error) }
    }

    /// Looks a name up and waits for the answer; empty when there is none.
    package static func lookUp(_ name: String) -> [IPv4Address] { result(for: name).addresses }

    /// Why a name has no address.
    package enum Failure: Error, Hashable, Sendable {
        /// The name service says that there is no such name, or none with an address of this kind.
        case noAddress
        /// The name service does not answer.
        case noAnswer
    }

    /// The IPv4 addresses of a name; waits for the answer.
    package static func addresses(of name: String) throws(Failure) -> [IPv4Address] {
        var addresses: [IPv4Address] = []
        try unsafe ask(name, family: AF_INET) { name in
            let address = unsafe name.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { name in
                IPv4Address(rawValue: UInt32(bigEndian: unsafe name.pointee.sin_addr.s_addr))
            }
            if !addresses.contains(address) { addresses.append(address) }
        }
        return addresses
    }

    /// Whether a name has IPv6 addresses, asked whether or not this host has any; waits for the answer.
    package static func hasIPv6Address(_ name: String) throws(Failure) -> Bool {
        do {
            try unsafe ask(name, family: AF_INET6) { _ in }
            return true
        } catch .noAddress {
            return false
        }
    }

    /// The IPv6 addresses of a name in the order of the system's resolver, whether or not this host has any; waits for the
    /// answer.
    package static func ipv6Addresses(of name: String) throws(Failure) -> [IPv6Address] {
        var addresses: [IPv6Address] = []
        try unsafe ask(name, family: AF_INET6) { name in
            let octets = unsafe name.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                unsafe $0.pointee.sin6_addr
            }
            let value = unsafe withUnsafeBytes(of: octets) { unsafe $0.loadUnaligned(as: UInt128.self) }
            let address = IPv6Address(rawValue: UInt128(bigEndian: value))
            if !addresses.contains(address) { addresses.append(address) }
        }
        return addresses
    }

    private static func ask(
        _ name: String,
        family: CInt,
        _ take: (UnsafeMutablePointer<sockaddr>) -> Void
    ) throws(Failure) {
        var hints = unsafe addrinfo()
        unsafe hints.ai_family = family
        unsafe hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = LookUpGuard.shared.watch { unsafe getaddrinfo(name, nil, &hints, &list) }
        guard status == 0 else { throw status == EAI_AGAIN || status == EAI_SYSTEM ? .noAnswer : .noAddress }
        defer { unsafe freeaddrinfo(list) }
        var entry = unsafe list
        while let current = unsafe entry {
            unsafe take(current.pointee.ai_addr)
            unsafe entry = current.pointee.ai_next
        }
    }
}
