import FlyingSocks

/// Where metrics are asked for: however many ask at once, each role is asked once.
///
/// A role closes the oldest connection when there are too many, so that whoever asks here again and again would shut out those who
/// ask the role themselves.
package actor MetricsDesk {
    /// How long an answer is given again.
    package static let freshness = Duration.milliseconds(250)

    private let scrape: MetricsScrape
    private let board: RoleBoard
    private var latest: (task: Task<String, Never>, end: ContinuousClock.Instant?)?

    /// A desk that asks by `scrape`, and for the roles on `board`.
    package init(scrape: MetricsScrape, board: RoleBoard) {
        self.scrape = scrape
        self.board = board
    }

    /// The metrics of all roles.
    package func text() async -> String {
        let clock = ContinuousClock()
        if let latest, latest.end.map({ $0.duration(to: clock.now) < Self.freshness }) ?? true {
            return await latest.task.value
        }
        let (scrape, board) = (scrape, board)
        let task = Task { await scrape.run(known: await board.all.map(\.socket)).text }
        latest = (task, nil)
        let text = await task.value
        latest = (task, clock.now)
        return text
    }
}
