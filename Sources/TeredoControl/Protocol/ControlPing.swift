/// The answer to `ping`: what came of one echo request.
package struct ControlPing: Hashable, Sendable, Codable {
    /// Whether the reply came in time.
    package var answered = false
    /// How long that took.
    package var rttMilliseconds: Double?
    /// Which way packets went at the end, as in ``PingPath``.
    package var path: String
    /// Where packets went on UDP; absent when there was no way.
    package var endpoint: String?
    /// Why the request came to nothing, if anybody said so.
    package var reason: String?
    /// Who said so; absent for the host of the role.
    package var source: String?

    /// Nothing came.
    package init(_ path: PingPath) {
        self.path = path.path
        endpoint = path.endpoint
    }

    /// The reply came.
    package init(_ path: PingPath, milliseconds: Double) {
        self.init(path)
        answered = true
        rttMilliseconds = milliseconds
    }

    /// Somebody could do nothing with the request.
    package init(_ path: PingPath, refusal reason: String, by source: String?) {
        self.init(path)
        self.reason = reason
        self.source = source
    }
}
