import CTeredoLinux
import Glibc
package import TeredoWire

/// What became of a datagram to which nobody is expected to answer, as the network and this host tell.
package enum DeliveryOutcome: Hashable, Sendable {
    /// Nobody said anything: lost, or swallowed, or taken by a program that does not answer.
    case silent
    /// It arrived, and the destination says that no program listens there.
    case refused
    /// Somebody on the way says that it may not pass.
    case rejected(by: IPv4Address)
    /// Somebody on the way says that there is no way to the destination, or no such host.
    case unreachable(by: IPv4Address)
    /// It died at this router because of its hop limit.
    case expired(at: IPv4Address)
    /// The path takes IPv4 packets of this many octets only.
    case tooBig(mtu: Int)
    /// A firewall of this host does not let it out.
    case notLetOut
}

/// A single datagram whose fate is watched; it needs no privileges.
package final class DeliveryProbe {
    private let socket: OwnedFileDescriptor
    private let destination: IPv4Address
    private var known: DeliveryOutcome?

    /// Sends `length` octets, at least 40, that must not be fragmented, from the address of this host `source` when given.
    ///
    /// They are an IPv6 packet from nobody to nobody with nothing in it: no server answers that, and no analyser of traffic
    /// takes it for malformed.
    package init(
        to destination: UDPEndpoint,
        from source: IPv4Address? = nil,
        length: Int,
        hopLimit: Int? = nil
    ) throws(SystemError) {
        let subject = "UDP \(destination)"
        self.destination = destination.address
        socket = try OwnedFileDescriptor(
            teredo_socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0),
            "socket",
            subject
        )
        let descriptor = socket.rawValue
        _ = teredo_set_option(descriptor, CInt(IPPROTO_IP), IP_RECVERR, 1)
        // In one piece, and without regard to what the kernel remembers of the path: that may be ten minutes old.
        _ = teredo_set_option(descriptor, CInt(IPPROTO_IP), IP_MTU_DISCOVER, IP_PMTUDISC_PROBE)
        if let hopLimit { _ = teredo_set_option(descriptor, CInt(IPPROTO_IP), IP_TTL, CInt(hopLimit)) }
        if let source, teredo_bind_ipv4(descriptor, source.rawValue, 0) != 0 { throw SystemError("bind", subject) }
        guard teredo_connect_ipv4(descriptor, destination.address.rawValue, destination.port) == 0 else {
            throw SystemError("connect", subject)
        }
        var octets = [UInt8](repeating: 0, count: max(length, Self.headerLength))
        let payloadLength = octets.count - Self.headerLength
        octets[0] = 0x60
        octets[4] = UInt8(truncatingIfNeeded: payloadLength >> 8)
        octets[5] = UInt8(truncatingIfNeeded: payloadLength)
        octets[6] = UInt8(IPPROTO_NONE)
        guard unsafe send(descriptor, octets, octets.count, CInt(MSG_NOSIGNAL)) < 0 else { return }
        switch errno {
        case EPERM, EACCES: known = .notLetOut
        case EMSGSIZE: known = tooBig
        default: break
        }
    }

    /// The length of an IPv6 header.
    private static let headerLength = 40

    /// The descriptor, for an event loop: it is ready when there is word.
    package var descriptor: CInt { socket.rawValue }

    /// What became of it, waiting for word at most `limit`.
    package func outcome(within limit: Duration = .zero) -> DeliveryOutcome {
        if let known { return known }
        let deadline = MonotonicClock.now + limit
        guard socket.wait(for: POLLIN, until: deadline) == .ready else { return .silent }
        var error = teredo_delivery_error()
        guard unsafe teredo_take_delivery_error(socket.rawValue, &error, nil, 0) == 0 else { return .silent }
        let outcome = meaning(of: error)
        known = outcome
        return outcome
    }

    private func meaning(of error: teredo_delivery_error) -> DeliveryOutcome {
        guard error.is_icmp != 0 else { return error.number == EMSGSIZE ? tooBig : .silent }
        let offender = IPv4Address(rawValue: error.offender)
        switch (error.type, error.code) {
        case (Self.unreachable, Self.portUnreachable) where offender == destination: return .refused
        case (Self.unreachable, Self.fragmentationNeeded):
            return error.information > 0 ? .tooBig(mtu: Int(error.information)) : tooBig
        case (Self.unreachable, let code):
            return Self.prohibitions.contains(code) ? .rejected(by: offender) : .unreachable(by: offender)
        case (Self.timeExceeded, _): return .expired(at: offender)
        default: return .silent
        }
    }

    private var tooBig: DeliveryOutcome { .tooBig(mtu: max(0, Int(teredo_path_mtu(socket.rawValue)))) }

    // RFC 792.
    private static let unreachable: UInt32 = 3
    private static let portUnreachable: UInt32 = 3
    private static let fragmentationNeeded: UInt32 = 4
    /// Administratively prohibited in its three forms (RFC 1122, RFC 1812), and a port that another host speaks for.
    private static let prohibitions: Set<UInt32> = [portUnreachable, 9, 10, 13]
    private static let timeExceeded: UInt32 = 11
}
