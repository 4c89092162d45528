public import TeredoWire

/// The little of an IPv6 host that a simulation needs: it answers pings, sends marked data and remembers what came in.
public struct HostStack: Sendable {
    /// Marked data that came in.
    public struct Arrival: Hashable, Sendable {
        /// The sender's address.
        public let source: IPv6Address
        /// The octets of the packet behind the IPv6 header.
        public let payload: [UInt8]
        /// When it came.
        public let time: ProtocolInstant
    }

    /// An error that came in.
    public struct ErrorArrival: Hashable, Sendable {
        /// The ICMPv6 type.
        public let type: UInt8
        /// The ICMPv6 code.
        public let code: UInt8
        /// Where the packet in question went.
        public let destination: IPv6Address
        /// When the error came.
        public let time: ProtocolInstant
    }

    /// Data that came in, in order.
    public private(set) var arrivals: [Arrival] = []
    /// Errors that came in, in order.
    public private(set) var errors: [ErrorArrival] = []
    /// Pings that were answered: sequence number and time of the reply.
    public private(set) var replies: [UInt16: ProtocolInstant] = [:]
    /// Packets that came in for another address than the host's: never, if all is well.
    public private(set) var misdelivered = 0

    static let pingDataLength = 32

    /// Forgets what came in.
    mutating func forgetHistory() { self = HostStack() }

    /// Takes a packet in and returns the answer, if it asks for one.
    mutating func receive(_ packet: [UInt8], own: [IPv6Address], now: ProtocolInstant) -> [UInt8]? {
        guard let header = try? IPv6Header(validating: packet.span) else { return nil }
        guard own.contains(header.destination) else {
            misdelivered += 1
            return nil
        }
        guard header.nextHeader == IPv6Header.NextHeader.icmpv6 else {
            arrivals.append(Arrival(source: header.source, payload: Array(packet[40...]), time: now))
            return nil
        }
        if let echo = try? EchoMessage(validating: packet.span) {
            guard echo.kind == .request else {
                replies[echo.sequenceNumber] = now
                return nil
            }
            return [UInt8](capacity: echo.length) { echo.reply.encode(hopLimit: 64, into: &$0) }
        }
        if packet.count >= 88, let type = header.icmpv6Type(in: packet.span), ICMPv6.isError(type) {
            let quoted = [UInt8](packet[48...])
            errors.append(
                ErrorArrival(
                    type: type,
                    code: packet[41],
                    destination: quoted.span.ipv6Address(at: 24),
                    time: now
                )
            )
        }
        return nil
    }

    static func ping(from source: IPv6Address, to destination: IPv6Address, sequence: UInt16) -> [UInt8] {
        let data = (0..<pingDataLength).map { UInt8(truncatingIfNeeded: $0) }
        let echo = EchoMessage(
            kind: .request,
            source: source,
            destination: destination,
            identifier: 0x7E2E,
            sequenceNumber: sequence,
            data: data
        )
        return [UInt8](capacity: echo.length) { echo.encode(hopLimit: 64, into: &$0) }
    }

    static func data(from source: IPv6Address, to destination: IPv6Address, _ payload: [UInt8]) -> [UInt8] {
        [UInt8](capacity: 40 + payload.count) { output in
            IPv6Header(
                payloadLength: payload.count,
                nextHeader: IPv6Header.NextHeader.udp,
                hopLimit: 64,
                source: source,
                destination: destination
            ).encode(into: &output)
            output.append(copying: payload.span)
        }
    }
}
