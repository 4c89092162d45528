package import FlyingSocks

/// Asks all roles at once for their metrics, when somebody wants to have them.
package struct MetricsScrape: Sendable {
    /// How long a role may take, from the connection to the answer.
    package static let patience = Duration.milliseconds(700)

    private let search: SocketSearch
    private let pool: any AsyncSocketPool

    /// Asks the roles that `search` finds.
    package init(search: SocketSearch, pool: some AsyncSocketPool) {
        self.search = search
        self.pool = pool
    }

    /// The metrics of all roles; also those that ended and are still shown, which `known` are.
    package func run(known: [RoleSocket]) async -> MergedMetrics {
        let sockets = Set(search.sockets()).union(known).sorted()
        let answers = await withTaskGroup(of: (RoleSocket, Result<String, ControlFault>).self) { group in
            for socket in sockets {
                group.addTask {
                    do throws(ControlFault) {
                        return (socket, .success(try await text(of: socket)))
                    } catch {
                        return (socket, .failure(error))
                    }
                }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        var merged = MergedMetrics()
        for socket in sockets {
            switch answers[socket] {
            case .success(let text):
                do { try merged.add(text, of: socket) } catch {
                    merged.addFailure(RoleCondition.rubbish(error.description).sentence(for: socket.path), of: socket)
                }
            case .failure(let fault):
                merged.addFailure(RoleCondition(fault).sentence(for: socket.path), of: socket)
            case nil: break
            }
        }
        return merged
    }

    private func text(of socket: RoleSocket) async throws(ControlFault) -> String {
        let clock = ContinuousClock()
        let deadline = clock.now + Self.patience
        let link = try ControlLink.connect(to: socket.path, pool: pool)
        let result: JSONValue
        do throws(ControlFault) {
            result = try await link.ask("metrics", patience: clock.now.duration(to: deadline))
        } catch {
            await link.close()
            throw error
        }
        await link.close()
        guard let text = result["text"]?.text else { throw .rubbish("its metrics have no text") }
        return text
    }
}
