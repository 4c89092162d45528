import FlyingSocks
import Foundation
import Synchronization

@testable import TeredoWeb

/// A control socket with a role behind it that does what a test says, at once and later.
final class FakeRole: Sendable {
    enum Manner: Sendable {
        /// Answers as a client does.
        case answers
        /// Takes requests and says nothing.
        case hangs
        /// Answers every request with this.
        case says(String)
        /// Sends without an end, and without the end of a line.
        case babbles
        /// Refuses to tell who subscribed.
        case refusesSubscribers
        /// Tells of a message after each answer, once somebody subscribed to them.
        case tellsExchanges
    }

    let path: String
    private let task: Task<Void, Never>
    private let socket: Socket
    private let box: Box

    init(at path: String, pool: some AsyncSocketPool, _ initial: Manner = .answers) throws {
        self.path = path
        unsafe unlink(path)
        socket = try Socket(domain: AF_UNIX)
        try socket.bind(to: sockaddr_un.unix(path: path))
        try socket.listen()
        let listener = try AsyncSocket(socket: socket, pool: pool)
        let box = Box()
        task = Task {
            await withDiscardingTaskGroup { group in
                while !Task.isCancelled, let connection = try? await listener.accept() {
                    group.addTask {
                        try? await box.serve(connection)
                        try? connection.close()
                    }
                }
            }
        }
        self.box = box
        box.manner.withLock { $0 = initial }
    }

    /// How many connected so far.
    var connections: Int { box.connections.withLock { $0 } }

    /// How many requests came so far.
    var requests: Int { box.requests.withLock { $0 } }

    /// Behaves otherwise from now on.
    func become(_ new: Manner) { box.manner.withLock { $0 = new } }

    /// Is in another state from now on.
    func enter(_ state: String) { box.state.withLock { $0 = state } }

    /// Ends, with or without its socket.
    func end(leavingSocket: Bool) async {
        task.cancel()
        await task.value
        try? socket.close()
        if !leavingSocket { unsafe unlink(path) }
    }

    private final class Box: Sendable {
        let manner = Mutex(Manner.answers)
        let state = Mutex("qualified")
        let connections = Mutex(0)
        let requests = Mutex(0)

        func serve(_ connection: AsyncSocket) async throws {
            connections.withLock { $0 += 1 }
            var buffer: [UInt8] = []
            while true {
                buffer += try await connection.read(atMost: 4096)
                while let end = buffer.firstIndex(of: 10) {
                    let line = Array(buffer[..<end])
                    buffer.removeSubrange(...end)
                    try await answer(JSONParser.parse(line), on: connection)
                }
            }
        }

        private func answer(_ request: JSONValue, on connection: AsyncSocket) async throws {
            let method = request["method"]?.text ?? ""
            requests.withLock { $0 += 1 }
            switch manner.withLock({ $0 }) {
            case .hangs: try await Task.sleep(for: .seconds(600))
            case .says(let text): try await connection.write(Data((text + "\n").utf8))
            case .babbles:
                while true { try await connection.write(Data(repeating: 0x20, count: 65536)) }
            case .refusesSubscribers where method == "subscribe":
                try await reply(
                    request,
                    ["error": .object(["code": .string("limitReached"), "message": .string("four subscribe")])],
                    on: connection
                )
            case .answers, .refusesSubscribers:
                try await reply(request, ["result": result(of: method)], on: connection)
            case .tellsExchanges:
                if method == "subscribe", request["parameters"]?["exchanges"]?.double == 1 {
                    try await reply(
                        request,
                        ["result": .object(["events": .array([.string("state"), .string("exchange")])])],
                        on: connection
                    )
                } else {
                    try await reply(request, ["result": result(of: method)], on: connection)
                }
                let event =
                    #"{"event":"exchange","exchange":{"count":2,"direction":"sent","endpoint":"192.0.2.1:3544","message":"bubble"},"version":2}"#
                try await connection.write(Data((event + "\n").utf8))
            }
        }

        private func reply(
            _ request: JSONValue,
            _ members: [String: JSONValue],
            on connection: AsyncSocket
        ) async throws {
            var answer = members
            answer["version"] = .number(2)
            answer["id"] = request["id"]
            try await connection.write(Data((JSONValue.object(answer).line + "\n").utf8))
        }

        private func result(of method: String) -> JSONValue {
            switch method {
            case "status":
                .object([
                    "role": .string("client"), "state": .string(state.withLock { $0 }), "uptimeSeconds": .number(5),
                ])
            case "peers": .object(["peerCount": .number(0), "peers": .array([])])
            case "check": .object(["verdict": .string("works"), "works": .boolean(true), "problems": .array([])])
            case "metrics": .object(["text": .string("# TYPE teredo_up gauge\nteredo_up{role=\"client\"} 1\n")])
            default: .object([:])
            }
        }
    }
}
