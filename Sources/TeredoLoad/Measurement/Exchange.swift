/// What a client of the load says and waits to be answered.
package enum Exchange: Int, CaseIterable, Hashable, Sendable {
    /// Router solicitations of a client that has no address yet (RFC 4380 section 5.2.1).
    case qualification
    /// Router solicitations that keep the mapping alive (RFC 4380 section 5.2.5).
    case refresh
    /// The direct IPv6 connectivity test: an echo request through the server, answered through the relay (section 5.2.9).
    case echoTest
    /// Data to the native host and back, through the relay.
    case data
    /// An indirect bubble to another client, through the server (section 5.2.6).
    case bubble

    /// The name in reports.
    package var name: String {
        switch self {
        case .qualification: "qualification"
        case .refresh: "refresh"
        case .echoTest: "echo-test"
        case .data: "data"
        case .bubble: "bubble"
        }
    }
}
