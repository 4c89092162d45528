/// Why a request gets no answer but that.
package enum Refusal: Error, Hashable, Sendable {
    /// It is not HTTP, or not well-formed.
    case malformed(String)
    /// Its head is too long.
    case tooLarge
    /// It is not of HTTP/1.
    case unsupportedVersion
    /// It brings something along, and nothing is wanted.
    case hasBody
    /// It wants to change something, and nothing can be changed.
    case method
    /// It was meant for another host: a name that leads here, but is not ours (DNS rebinding).
    case foreignHost(String)
    /// It comes from a page of somebody else.
    case foreignOrigin(String)
    /// There is nothing of that name.
    case notFound
    /// Too many are connected.
    case tooManyConnections
    /// Too many watch.
    case tooManyViewers
    /// The request did not come in time.
    case late

    /// The answer.
    package var response: Response {
        switch self {
        case .malformed(let why): Response(.badRequest, text: "This is no request that can be answered: \(why).")
        case .tooLarge:
            Response(
                .fieldsTooLarge,
                text: "The request has more than \(RequestHead.maximumLength) octets or "
                    + "\(RequestHead.maximumFieldCount) fields."
            )
        case .unsupportedVersion: Response(.versionNotSupported, text: "Only HTTP/1.1 and HTTP/1.0 are spoken here.")
        case .hasBody: Response(.contentTooLarge, text: "Nothing may be sent along with a request.")
        case .method:
            Response(
                .methodNotAllowed,
                fields: [("Allow", "GET, HEAD")],
                text: "This page can only be read: GET and HEAD."
            )
        case .foreignHost(let host):
            Response(
                .misdirected,
                text: "This is not the host '\(host)'. Use the address that teredo-web listens on; "
                    + "if it is to have this name, start it with --host NAME."
            )
        case .foreignOrigin(let origin):
            Response(.forbidden, text: "Pages of '\(origin)' may not read this one.")
        case .notFound: Response(.notFound, text: "There is nothing here. Try / or /metrics or /healthz.")
        case .tooManyConnections:
            Response(
                .unavailable,
                fields: [("Retry-After", "5")],
                text: "Too many are connected. Try again in a while."
            )
        case .tooManyViewers:
            Response(
                .unavailable,
                fields: [("Retry-After", "5")],
                text: "Too many watch this page already. Close one of them."
            )
        case .late: Response(.timeout, text: "The request did not come in time.")
        }
    }
}
