package import TeredoHost
package import TeredoLinux
import TeredoProxy

/// One request to a SOCKS proxy.
package struct ProxyRequest: Hashable, Sendable {
    /// A name or an address in text, 1 to 255 octets.
    package let host: String
    /// The TCP port.
    package let port: UInt16

    /// Makes a request.
    package init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Has the proxy at the other end of `stream`, which was greeted, connect, and waits for that; throws, with the reason, when it
    /// did not.
    package func connect(_ stream: ByteStream) throws(ServiceError) {
        guard stream.writeAll(SOCKSClient.request(host, port: port)), let start = stream.readAll(5),
            let length = SOCKSClient.answerLength(start), stream.readAll(length - start.count) != nil
        else { throw Self.noProxy }
        let reply = SOCKSClient.reply(start)
        guard reply != .succeeded else { return }
        throw ServiceError("cannot connect to \(host) port \(port): \(reply.meaning)", remedy: Self.remedy(reply))
    }

    /// Whether the proxy at the other end goes on without a password; throws when it is none.
    ///
    /// `anyProxy` is whether it may be another than `teredo proxy`.
    package static func greet(_ stream: ByteStream, anyProxy: Bool) throws(ServiceError) -> Bool {
        guard stream.writeAll(SOCKSClient.greeting(anyProxy: anyProxy)),
            let answer = stream.readAll(SOCKSClient.greetingAnswerLength)
        else { throw Self.noProxy }
        return SOCKSClient.accepts(answer, anyProxy: anyProxy)
    }

    private static let noProxy = ServiceError(
        "the proxy hung up, or speaks no SOCKS 5",
        remedy: "see what listens there: ss -ltnp"
    )

    private static func remedy(_ reply: SOCKSReply) -> String {
        switch reply {
        case .networkUnreachable: "see 'teredo check --server ADDRESS' for what is in the way"
        case .hostUnreachable: "see whether the name has an IPv6 address: getent ahostsv6 NAME"
        case .connectionRefused: "nobody listens there: is it the right port?"
        case .timeToLiveExpired: "the host, or a filter before it, does not answer"
        case .notAllowed: "the address is none that others can reach, or somebody on the way forbids it"
        case .addressTypeNotSupported: "give a name, or an IPv6 address"
        default: "try again with --verbose and --server for a client of its own"
        }
    }
}
