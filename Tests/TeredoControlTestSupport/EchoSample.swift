import Foundation
package import TeredoControl
package import TeredoLinux
package import TeredoWire

/// An echo request to which the last group of the address says what happens.
package final class EchoSample: PingEcho {
    private let pipe = Pipe()
    private let address: IPv6Address

    /// Replies at once.
    package static let answering = "2001:db8::a"
    /// Says nothing.
    package static let silent = "2001:db8::b"
    /// A router refuses the request.
    package static let refused = "2001:db8::c"
    /// The request cannot leave.
    package static let unsendable = "2001:db8::d"
    /// There is no socket for it.
    package static let forbidden = "2001:db8::e"

    private init(_ address: IPv6Address) {
        self.address = address
    }

    /// Stands for a socket towards `address`.
    package static func open(_ address: IPv6Address) throws(SystemError) -> any PingEcho {
        if "\(address)" == forbidden { throw SystemError("socket", "echo", code: EACCES, remedy: "ping_group_range") }
        return EchoSample(address)
    }

    package var descriptor: CInt { pipe.fileHandleForReading.fileDescriptor }

    package func send() -> EchoRefusal? {
        if "\(address)" == Self.unsendable { return EchoRefusal(.noRoute, reason: "Network is unreachable") }
        if "\(address)" != Self.silent { pipe.fileHandleForWriting.write(Data([0])) }
        return nil
    }

    package func receive() -> EchoSocket.Arrival? {
        switch "\(address)" {
        case Self.answering: .reply(sequence: 1, octets: EchoSocket.length)
        case Self.refused:
            .refusal(
                EchoRefusal(.hostUnreachable, reason: "No route to host"),
                sequence: 1,
                by: IPv6Address("2001:db8::9")
            )
        default: nil
        }
    }
}
