/// What all roles look like now: watchers write, viewers read what is new to them.
package actor RoleBoard {
    private var views: [String: RoleView] = [:]
    private var removals: [(name: String, revision: UInt64)] = []
    private var revision: UInt64 = 0
    private var viewers: [Int: AsyncStream<Void>.Continuation] = [:]
    private var lastViewer = 0
    private let viewerLimit: Int

    /// An empty board, at which at most `viewerLimit` may look at once.
    package init(viewerLimit: Int) { self.viewerLimit = viewerLimit }

    // MARK: Watchers write

    /// A role was found.
    package func add(_ socket: RoleSocket) {
        guard views[socket.name] == nil else { return }
        views[socket.name] = RoleView(socket: socket, now: WallClock.milliseconds, revision: nextRevision())
        wake()
    }

    /// Nobody wants to know of a role any longer.
    package func remove(_ name: String) {
        guard views.removeValue(forKey: name) != nil else { return }
        removals = (removals + [(name, nextRevision())]).suffix(SocketSearch.limit)
        wake()
    }

    /// Changes what is known of a role.
    package func update(_ name: String, _ change: @Sendable (inout RoleView, UInt64) -> Void) {
        guard var view = views[name] else { return }
        let before = view.revision
        change(&view, nextRevision())
        views[name] = view
        if view.revision != before { wake() }
    }

    private func nextRevision() -> UInt64 {
        revision += 1
        return revision
    }

    private func wake() {
        for viewer in viewers.values { viewer.yield() }
    }

    // MARK: Viewers read

    /// What a role looks like.
    package func view(_ name: String) -> RoleView? { views[name] }

    /// All roles in order of their names.
    package var all: [RoleView] { views.values.sorted { $0.socket < $1.socket } }

    /// Begins to look: an element comes for each change, at most one waits; `nil` when too many look already.
    package func look() -> (viewer: Int, changes: AsyncStream<Void>)? {
        guard viewers.count < viewerLimit else { return nil }
        lastViewer += 1
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        viewers[lastViewer] = continuation
        continuation.yield()
        return (lastViewer, stream)
    }

    /// Ends to look.
    package func lookAway(_ viewer: Int) { viewers.removeValue(forKey: viewer)?.finish() }

    /// Wakes all viewers, so that those who are gone are noticed, and those who look know that we are there.
    package func beat() { wake() }

    /// What changed after `seen`, as data of an event for the page, and the number of the last change.
    package func changes(after seen: UInt64) -> (text: String, revision: UInt64) {
        let changed = all.filter { $0.revision > seen }.map { $0.json(after: seen, withSamples: seen == 0) }
        let removed = removals.filter { $0.revision > seen && views[$0.name] == nil }
            .map { JSONValue.string($0.name).line }
        let text =
            "{\"now\":\(WallClock.milliseconds),\"first\":\(seen == 0),\"roles\":[\(changed.joined(separator: ","))],"
            + "\"removed\":[\(removed.joined(separator: ","))]}"
        return (text, revision)
    }
}
