/// Does something for as long as it may take.
enum Deadline {
    /// What `work` returns; throws ``TimeoutError`` when it is not done within `patience`.
    ///
    /// `work` is cancelled then, and has ended when this returns.
    static func within<Result: Sendable>(
        _ patience: Duration,
        _ work: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Result.self) { group in
            group.addTask { try await work() }
            group.addTask {
                try await Task.sleep(for: patience)
                throw TimeoutError()
            }
            defer { group.cancelAll() }
            guard let result = try await group.next() else { throw TimeoutError() }
            return result
        }
    }
}

/// Somebody took too long.
struct TimeoutError: Error {}
