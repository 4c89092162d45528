import CTeredoLinux
import Glibc
package import TeredoWire

/// Sends ICMPv6 echo requests to one address and takes the replies, without privileges where the kernel allows that.
package struct EchoSocket: ~Copyable {
    /// What came of a request.
    package enum Arrival: Hashable, Sendable {
        /// The reply to a request, with the octets of the ICMPv6 message.
        case reply(sequence: UInt16, octets: Int)
        /// Somebody on the way, or this host, could do nothing with a request.
        case refusal(EchoRefusal, sequence: UInt16, by: IPv6Address?)
    }

    private let owned: OwnedFileDescriptor
    private let destination: IPv6Address
    /// What tells our requests from those of others.
    private let token: UInt64

    /// The descriptor, for the event loop.
    package var descriptor: CInt { owned.rawValue }

    /// Opens a socket towards `destination`.
    package init(to destination: IPv6Address, token: UInt64) throws(SystemError) {
        let socket = try OwnedFileDescriptor(
            teredo_echo_socket(),
            "socket",
            "ICMPv6 echo requests",
            remedy: "use sudo, or allow everybody to ping: sysctl -w net.ipv4.ping_group_range='0 2147483647'"
        )
        let octets = [UInt8](capacity: 16) { $0.append(destination) }
        guard unsafe teredo_echo_connect(socket.rawValue, octets) == 0 else {
            throw SystemError("connect", "\(destination)", remedy: "this host has no IPv6 route to the address")
        }
        owned = socket
        self.destination = destination
        self.token = token
    }

    /// Sends a request; returns why it could not leave.
    package func send(sequence: UInt16) -> EchoRefusal? {
        let message = [UInt8](capacity: Self.length) { output in
            output.append(ICMPv6.echoRequest)
            // Code, and checksum and identifier, which the kernel fills in or does not need.
            output.append(repeating: 0, count: 5)
            output.append(bigEndian: sequence)
            output.append(bigEndian: token)
            output.append(repeating: 0, count: Self.length - 16)
        }
        let count = unsafe message.withUnsafeBufferPointer {
            unsafe Glibc.send(owned.rawValue, $0.baseAddress, $0.count, CInt(MSG_DONTWAIT))
        }
        guard count < 0 else { return nil }
        return EchoRefusal(SystemError("send", "\(destination)"))
    }

    /// Waits until `deadline` of ``MonotonicClock`` for what comes of any request; `nil` when nothing came, or a signal did.
    package func receive(until deadline: ProtocolInstant) -> Arrival? {
        while true {
            if let arrival = takeReply() ?? takeRefusal() { return arrival }
            guard owned.wait(for: POLLIN, until: deadline) == .ready else { return nil }
        }
    }

    private func takeReply() -> Arrival? {
        while true {
            var count = 0
            let message = unsafe [UInt8](unsafeUninitializedCapacity: Self.capacity) { buffer, filled in
                count = unsafe recv(owned.rawValue, buffer.baseAddress, buffer.count, CInt(MSG_DONTWAIT))
                filled = max(0, count)
            }
            // An error that waits in the queue shows here first, once.
            guard count >= 0 else { return nil }
            guard message.first == ICMPv6.echoReply, let sequence = sequence(in: message) else { continue }
            return .reply(sequence: sequence, octets: count)
        }
    }

    private func takeRefusal() -> Arrival? {
        var code: CInt = 0
        var offender = [UInt8](repeating: 0, count: 16)
        while true {
            var count = 0
            let quoted = unsafe [UInt8](unsafeUninitializedCapacity: Self.capacity) { buffer, filled in
                count = unsafe teredo_echo_error(
                    owned.rawValue,
                    buffer.baseAddress,
                    buffer.count,
                    &code,
                    &offender
                )
                filled = max(0, count)
            }
            guard count >= 0 else { return nil }
            guard let sequence = sequence(in: quoted) else { continue }
            let by = offender.span.ipv6Address(at: 0)
            return .refusal(
                EchoRefusal(SystemError("recv", "", code: code)),
                sequence: sequence,
                by: by == .unspecified ? nil : by
            )
        }
    }

    /// The number of our request that a message answers or quotes.
    private func sequence(in message: [UInt8]) -> UInt16? {
        guard message.count >= 16, message.span.bigEndianUInt64(at: 8) == token else { return nil }
        return message.span.bigEndianUInt16(at: 6)
    }

    /// The octets of a request, header included.
    package static let length = 64
    private static let capacity = 2048
}
