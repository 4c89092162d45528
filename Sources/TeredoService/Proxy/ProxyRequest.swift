package import TeredoHost
package import TeredoLinux
import TeredoProxy
import TeredoWire

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
    ///
    /// `isOwnClient` is whether that proxy is within this process, which changes what to do about it.
    package func connect(_ stream: ByteStream, isOwnClient: Bool = false) throws(ServiceError) {
        guard stream.writeAll(SOCKSClient.request(host, port: port)), let start = stream.readAll(5),
            let length = SOCKSClient.answerLength(start), stream.readAll(length - start.count) != nil
        else { throw Self.noProxy }
        let reply = SOCKSClient.reply(start)
        guard reply != .succeeded else { return }
        throw ServiceError(
            "cannot connect to \(host) port \(port): \(reply.meaning)",
            remedy: Self.remedy(reply, isOwnClient)
        )
    }

    /// Whether the proxy at the other end goes on without a password; throws when it is none.
    ///
    /// `anyProxy` is whether it may be another than `teredo proxy`; `limit` is how long it may take to answer.
    package static func greet(
        _ stream: ByteStream,
        anyProxy: Bool,
        limit: Duration? = nil
    ) throws(ServiceError) -> Bool {
        let deadline = limit.map { MonotonicClock.now + $0 }
        guard stream.writeAll(SOCKSClient.greeting(anyProxy: anyProxy)),
            let answer = stream.readAll(SOCKSClient.greetingAnswerLength, until: deadline)
        else { throw Self.noProxy }
        return SOCKSClient.accepts(answer, anyProxy: anyProxy)
    }

    private static let noProxy = ServiceError(
        "the proxy hung up, does not answer, or speaks no SOCKS 5",
        remedy: "see what listens there: ss -ltnp"
    )

    private static func remedy(_ reply: SOCKSReply, _ isOwnClient: Bool) -> String {
        switch reply {
        case .networkUnreachable: "see 'teredo check --server ADDRESS' for what is in the way"
        case .hostUnreachable: "see whether the name has an IPv6 address: getent ahostsv6 NAME"
        case .connectionRefused: "nobody listens there: is it the right port?"
        case .timeToLiveExpired: "the host, or a filter before it, does not answer"
        case .notAllowed: "the address is none that others can reach, or somebody on the way forbids it"
        case .addressTypeNotSupported: "give a name, or an IPv6 address"
        case .noRoom: "try again later, or with --no-proxy and --server ADDRESS"
        default:
            isOwnClient
                ? "--verbose shows more"
                : "see the log of the proxy, or go without it: --no-proxy --server ADDRESS"
        }
    }
}
