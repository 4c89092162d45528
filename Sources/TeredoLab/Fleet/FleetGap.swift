/// What became of a flow while something happened.
package struct FleetGap: Codable, Hashable, Sendable {
    /// Which flow, such as `native > client-a`.
    package var flow: String
    /// `ping` or `TCP`.
    package var kind: String
    /// The longest time in which nothing came, in milliseconds, the pace of the flow included; `nil` when nothing came at all.
    package var longestMilliseconds: Double?
    /// How many echo requests had no answer, or numbers did not come.
    package var lost: Int
    /// Whether the flow is still the one that it was.
    package var isEstablished: Bool
    /// Whether one end is Miredo's, of whom nothing was promised.
    package var isForeign: Bool

    /// Looks at a flow between two moments, in seconds by the system clock.
    init(_ flow: FleetFlow, from begin: Double, to end: Double) {
        self.init(
            flow.arrivals,
            from: begin,
            to: end,
            flow: flow.name,
            kind: flow.kind.rawValue,
            isEstablished: flow.isEstablished,
            isForeign: flow.isForeign
        )
    }

    init(
        _ arrivals: [FleetFlow.Arrival],
        from begin: Double,
        to end: Double,
        flow: String,
        kind: String,
        isEstablished: Bool = true,
        isForeign: Bool = false
    ) {
        self.flow = flow
        self.kind = kind
        self.isEstablished = isEstablished
        self.isForeign = isForeign
        let within = arrivals.filter { (begin...end).contains($0.time) }
        let times = [begin] + within.map(\.time) + [end]
        let longest = (zip(times, times.dropFirst()).map { $1 - $0 }.max() ?? 0) * 1000
        longestMilliseconds = within.isEmpty ? nil : longest
        let numbers = Set(within.map(\.number))
        lost = numbers.min().flatMap { least in numbers.max().map { $0 - least + 1 - numbers.count } } ?? 0
    }
}
