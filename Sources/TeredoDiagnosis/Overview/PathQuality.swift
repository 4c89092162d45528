package import TeredoControl
import TeredoHost
import TeredoProtocol

/// How good the paths to the peers are.
package struct PathQuality: Hashable, Sendable {
    private let peers: [PeerStatus]
    private let total: Int

    /// Sums up the peers that are listed, of `total`.
    package init(_ list: PeerList?, total: Int) {
        peers = list?.peers ?? []
        self.total = max(total, list?.total ?? 0)
    }

    /// How many peers there are, on which paths, and how long round trips take.
    package var phrase: String {
        guard total > 0 else { return "none" }
        let paths = PeerSummary.Path.allCases.compactMap { path -> String? in
            let count = peers.count { $0.path == path }
            return count == 0 ? nil : "\(count) \(path)"
        }
        var phrase = "\(total)" + (paths.isEmpty ? "" : ": " + paths.joined(separator: ", "))
        if !peers.isEmpty, peers.count < total { phrase += ", +\(total - peers.count) more" }
        return phrase + (times.map { "; round trip \($0)" } ?? "")
    }

    /// The shortest, the usual and the longest round trip.
    private var times: String? {
        let times = peers.compactMap(\.roundTrip).sorted()
        guard let shortest = times.first, let longest = times.last else { return nil }
        let (first, last) = (TimeText.milliseconds(shortest), TimeText.milliseconds(longest))
        return first == last ? first : "\(first) to \(last), median \(TimeText.milliseconds(times[times.count / 2]))"
    }
}
