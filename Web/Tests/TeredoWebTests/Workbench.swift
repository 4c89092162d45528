import FlyingSocks
import Foundation
import Testing

@testable import TeredoWeb

/// A folder for sockets, a pool that runs, and a board that is watched, for as long as a test needs them.
struct Workbench {
    let folder: String
    let pool: any AsyncSocketPool
    let board = RoleBoard(viewerLimit: 2)
    let search: SocketSearch

    static func use(_ test: @Sendable @escaping (Workbench) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tw-\(UUID().uuidString.prefix(8))").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let pool = SocketPool.make()
        try await pool.prepare()
        let bench = Workbench(folder: folder, pool: pool, search: SocketSearch(directories: [folder]))
        let running = Task { try? await pool.run() }
        let watching = Task { await bench.watch() }
        let outcome = await Task { try await test(bench) }.result
        watching.cancel()
        running.cancel()
        await watching.value
        try outcome.get()
    }

    private func watch() async { await RoleWatch(search: search, pool: pool, board: board).run() }

    func path(_ name: String) -> String { "\(folder)/\(name).sock" }

    /// How long it takes until a role is in a condition that satisfies `isMet`.
    func time(of name: String, until isMet: (RoleView) -> Bool) async throws -> Duration {
        let clock = ContinuousClock()
        let start = clock.now
        while start.duration(to: clock.now) < .seconds(20) {
            if let view = await board.view(name), isMet(view) { return start.duration(to: clock.now) }
            try await Task.sleep(for: .milliseconds(10))
        }
        let condition = await board.view(name)?.condition
        Issue.record("\(name) is \(String(describing: condition))")
        return .seconds(20)
    }
}
