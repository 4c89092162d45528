import TeredoProtocol
import TeredoWire
import Testing

/// Follows the changes of path that a machine tells, and holds them to what its summaries say.
struct PathOracle {
    private struct Way: Equatable {
        var path: PeerSummary.Path
        var endpoint: UDPEndpoint?
    }

    private var ways: [IPv6Address: Way] = [:]
    /// Everything that was told.
    private(set) var changes: [PeerPathChange] = []

    /// Takes a change that was told.
    mutating func take(_ change: PeerPathChange) {
        changes.append(change)
        let previous = ways[change.address] ?? Way(path: .idle)
        #expect(previous == Way(path: change.previousPath, endpoint: change.previousEndpoint), "\(change)")
        ways[change.address] = change.path == .idle ? nil : Way(path: change.path, endpoint: change.endpoint)
    }

    /// Compares what was told with all peers as they are.
    func compare(_ summaries: [PeerSummary]) {
        var expected: [IPv6Address: Way] = [:]
        for summary in summaries where summary.path != .idle {
            let endpoint = summary.path == .contacting ? nil : summary.endpoint
            expected[summary.address] = Way(path: summary.path, endpoint: endpoint)
        }
        #expect(ways == expected)
    }
}
