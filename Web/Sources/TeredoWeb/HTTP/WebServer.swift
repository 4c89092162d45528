package import FlyingSocks
import FoundationEssentials
import Glibc
import Synchronization

/// Accepts connections and answers what comes on them.
package final class WebServer: Sendable {
    private let site: Site
    private let board: RoleBoard
    private let limits: WebLimits
    private let connections = Mutex(0)

    /// A server for `site`, the events of which come from `board`.
    package init(site: Site, board: RoleBoard, limits: WebLimits = WebLimits()) {
        self.site = site
        self.limits = limits
        self.board = board
    }

    /// Listens on `address`; a port of 0 becomes the one that the system chose.
    package static func listen(on address: inout ListeningAddress) throws(ControlFault) -> Socket {
        do {
            let socket = try Socket(domain: address.isIPv6 ? AF_INET6 : AF_INET)
            do {
                try socket.setValue(true, for: .localAddressReuse)
                if address.isIPv6 {
                    // Somebody else may listen on the IPv4 addresses, and those who listen on all of both say so twice.
                    try socket.setValue(true, for: BoolSocketOption(level: Int32(IPPROTO_IPV6), name: IPV6_V6ONLY))
                    try socket.bind(to: sockaddr_in6.inet6(ip6: address.host, port: address.port))
                } else {
                    try socket.bind(to: sockaddr_in.inet(ip4: address.host, port: address.port))
                }
                try socket.listen(maxPendingConnection: 64)
                switch try socket.sockname() {
                case .ip4(_, let port), .ip6(_, let port): address.port = port
                case .unix: break
                }
                return socket
            } catch {
                try? socket.close()
                throw error
            }
        } catch SocketError.failed(_, _, let message) {
            throw .system(message)
        } catch {
            throw .system("\(error)")
        }
    }

    /// Accepts connections on `listener` until the task is cancelled.
    package func serve(_ listener: AsyncSocket) async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                let socket: AsyncSocket
                do { socket = try await listener.accept() } catch {
                    // Too many descriptors, or a connection that was given up at once: both pass.
                    try? await Task.sleep(for: .milliseconds(50))
                    continue
                }
                let isFull = connections.withLock { count in
                    guard count < limits.connections else { return true }
                    count += 1
                    return false
                }
                if isFull {
                    let refusal = Refusal.tooManyConnections.response.octets(withBody: true, keepsOpen: false)
                    _ = try? socket.socket.write(Data(refusal))
                    try? socket.close()
                    continue
                }
                group.addTask {
                    await self.serve(HTTPConnection(socket: socket, limits: self.limits))
                    self.connections.withLock { $0 -= 1 }
                }
            }
        }
    }

    private func serve(_ connection: HTTPConnection) async {
        do { try await answer(connection) } catch let refusal as Refusal {
            try? await connection.send(refusal.response.octets(withBody: true, keepsOpen: false))
            await connection.finish()
        } catch {
            // Nobody is there who could be told.
        }
        await connection.close()
    }

    private func answer(_ connection: HTTPConnection) async throws {
        for number in 1...limits.requests {
            guard let head = try await connection.nextHead() else { return }
            try site.admit(head)
            let wishes = head.values("connection").joined(separator: ",").lowercased()
            let keepsOpen = head.isPersistent && !wishes.contains("close") && number < limits.requests
            if head.path == Site.eventsPath {
                guard head.method == "GET" else { throw Refusal.method }
                return try await tellEvents(on: connection)
            }
            let response: Response
            do throws(Refusal) { response = try await site.response(to: head) } catch { response = error.response }
            try await connection.send(response.octets(withBody: head.method == "GET", keepsOpen: keepsOpen))
            guard keepsOpen else { return await connection.finish() }
        }
    }

    /// Tells what changes until nobody reads it any longer.
    private func tellEvents(on connection: HTTPConnection) async throws {
        guard let (viewer, changes) = await board.look() else { throw Refusal.tooManyViewers }
        do {
            try await connection.send(Response.eventStreamHead + Array("retry: 500\n\n".utf8))
            var seen: UInt64 = 0
            for await _ in changes {
                let (text, revision) = await board.changes(after: seen)
                seen = revision
                try await connection.send(Array("data: \(text)\n\n".utf8))
                // Several changes at once are one for the page.
                try await Task.sleep(for: .milliseconds(50))
            }
        } catch {
            await board.lookAway(viewer)
            throw error
        }
        await board.lookAway(viewer)
    }
}
