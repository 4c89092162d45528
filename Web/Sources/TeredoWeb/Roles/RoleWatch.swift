package import FlyingSocks

/// Finds roles and has each one watched.
package struct RoleWatch: Sendable {
    /// How long a role that ended stays on the page.
    package static let memory = Duration.seconds(600)

    private let search: SocketSearch
    private let pool: any AsyncSocketPool
    private let board: RoleBoard

    /// Watches what `search` finds for `board`.
    package init(search: SocketSearch, pool: some AsyncSocketPool, board: RoleBoard) {
        self.search = search
        self.pool = pool
        self.board = board
    }

    private struct Watched {
        let task: Task<Void, Never>
        var seen: ContinuousClock.Instant
    }

    /// Watches until the task is cancelled.
    package func run() async {
        let clock = ContinuousClock()
        var watched: [RoleSocket: Watched] = [:]
        while !Task.isCancelled {
            let now = clock.now
            for socket in search.sockets() {
                if watched[socket] != nil {
                    watched[socket]?.seen = now
                } else if watched.count < SocketSearch.limit {
                    await board.add(socket)
                    let watcher = RoleWatcher(socket: socket, pool: pool, board: board)
                    watched[socket] = Watched(task: Task { await watcher.run() }, seen: now)
                }
            }
            for (socket, role) in watched where role.seen.duration(to: now) > Self.memory {
                role.task.cancel()
                watched[socket] = nil
                await board.remove(socket.name)
            }
            await board.beat()
            try? await Task.sleep(for: RoleWatcher.interval)
        }
        for role in watched.values { role.task.cancel() }
    }
}
