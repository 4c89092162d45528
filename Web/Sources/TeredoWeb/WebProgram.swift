import FlyingSocks
import Glibc

/// The program at work: finds roles, watches them, and tells about them on HTTP.
package enum WebProgram {
    /// How many may watch the page at once.
    package static let viewerLimit = 8

    /// Works until it fails; throws what the person who started it has to know.
    package static func run(
        _ options: WebOptions,
        say: @escaping @Sendable (String) -> Void
    ) async throws(WebOptions.Problem) {
        let pool = SocketPool.make(maxEvents: 64)
        do { try await pool.prepare() } catch {
            throw WebOptions.Problem(description: "the system gives no epoll: \(error)")
        }
        var listening: [ListeningAddress] = []
        var sockets: [Socket] = []
        for wanted in options.listening {
            var address = wanted
            do throws(ControlFault) {
                sockets.append(try WebServer.listen(on: &address))
                listening.append(address)
            } catch {
                // A host without IPv6 has no ::1; nobody asked for it by name.
                if !options.isListeningNamed, wanted.isIPv6, !sockets.isEmpty { continue }
                throw WebOptions.Problem(
                    description: "cannot listen on \(wanted): \(words(error)); choose another with --listen"
                )
            }
        }
        let search = SocketSearch(directories: options.directories, paths: options.paths)
        let board = RoleBoard(viewerLimit: viewerLimit)
        let site = Site(
            rule: HostRule(listening: listening, names: options.names),
            scrape: MetricsScrape(search: search, pool: pool),
            board: board
        )
        let server = WebServer(site: site, board: board)
        var listeners: [AsyncSocket] = []
        for socket in sockets {
            do { listeners.append(try AsyncSocket(socket: socket, pool: pool)) } catch {
                throw WebOptions.Problem(description: "cannot listen: \(error)")
            }
        }
        for address in listening {
            say("listening on http://\(address)/")
            if !address.isLoopback {
                say("warning: whoever reaches \(address) can read everything here; nobody is asked for a password")
            }
        }
        let watch = RoleWatch(search: search, pool: pool, board: board)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await pool.run() }
            group.addTask { await watch.run() }
            for listener in listeners { group.addTask { await server.serve(listener) } }
            // None of them ends while all is well.
            await group.next()
            group.cancelAll()
        }
        throw WebOptions.Problem(description: "the system tells no longer which sockets are ready")
    }

    private static func words(_ fault: ControlFault) -> String {
        guard case .system(let message) = fault else { return "\(fault)" }
        return message
    }
}
