package import FlyingSocks
import FoundationEssentials
import Glibc

/// A connection to the control socket of a role: lines of JSON in both directions (docs/control.md).
///
/// What the other end sends is bounded: a line by ``maximumLineLength``, and an answer by the patience of the caller.
package actor ControlLink {
    /// The most octets of one line: 256 peers need about 80,000, the metrics of a relay 40,000.
    package static let maximumLineLength = 1 << 20

    private let socket: AsyncSocket
    private var buffer: [UInt8] = []
    private var searched = 0
    private var lastIdentifier = 0
    private var events: [JSONValue] = []

    private init(socket: AsyncSocket) { self.socket = socket }

    /// Connects, which waits for nobody.
    package static func connect(to path: String, pool: some AsyncSocketPool) throws(ControlFault) -> ControlLink {
        do {
            let socket = try Socket(domain: AF_UNIX)
            do {
                let asynchronous = try AsyncSocket(socket: socket, pool: pool)
                // Done at once, or the role has not taken the connections before this one and will not take it either.
                try socket.connect(to: .unix(path: path))
                return ControlLink(socket: asynchronous)
            } catch {
                try? socket.close()
                throw error
            }
        } catch {
            throw fault(error, at: path)
        }
    }

    private static func fault(_ error: any Error, at path: String) -> ControlFault {
        switch error {
        case let fault as ControlFault: return fault
        case is TimeoutError, is CancellationError: return .silent
        case SocketError.blocked: return .silent
        case SocketError.disconnected: return .ended(leavingSocket: true)
        case SocketError.failed(_, let number, let message):
            switch number {
            case ENOENT, ENOTDIR: return .ended(leavingSocket: false)
            case ECONNREFUSED, ECONNRESET, EPIPE, ENOTSOCK: return .ended(leavingSocket: true)
            case EACCES, EPERM: return .notPermitted
            case EAGAIN: return .silent
            default: return .system(message)
            }
        default: return .system("\(error)")
        }
    }

    /// Closes the connection.
    package func close() { try? socket.close() }

    /// The events that came since the last call.
    package func takeEvents() -> [JSONValue] {
        defer { events = [] }
        return events
    }

    /// Waits until something happens, at most for `patience`; messages come all the time, and are no reason to end.
    package func waitForEvent(atMost patience: Duration) async throws(ControlFault) {
        let clock = ContinuousClock()
        let deadline = clock.now + patience
        do {
            while events.allSatisfy({ $0["exchange"] != nil }) {
                try note(try await nextValue(within: clock.now.duration(to: deadline)))
            }
        } catch ControlFault.silent {
            // Nothing happened, which is what usually happens.
        }
    }

    /// The result of `method`.
    package func ask(
        _ method: String,
        parameters: [String: JSONValue]? = nil,
        patience: Duration
    ) async throws(ControlFault) -> JSONValue {
        lastIdentifier += 1
        let identifier = lastIdentifier
        var request: [String: JSONValue] = [
            "version": .number(2), "id": .number(identifier), "method": .string(method),
        ]
        if let parameters { request["parameters"] = .object(parameters) }
        let line = Data((JSONValue.object(request).line + "\n").utf8)
        let clock = ContinuousClock()
        let deadline = clock.now + patience
        do {
            let socket = socket
            try await Deadline.within(patience) { try await socket.write(line) }
        } catch {
            throw Self.fault(error, at: "")
        }
        while true {
            let answer = try await nextValue(within: clock.now.duration(to: deadline))
            if answer["event"] != nil {
                try note(answer)
                continue
            }
            guard answer["version"]?.double == 2 else { throw .rubbish("an answer has no version, or another than 2") }
            // An answer that came too late belongs to a request that was given up.
            guard let id = answer["id"]?.double else {
                throw .rubbish("an answer does not say to which request it belongs")
            }
            guard id == Double(identifier) else { continue }
            if let result = answer["result"], result.members != nil { return result }
            guard let error = answer["error"], let code = error["code"]?.text else {
                throw .rubbish("an answer has neither a result nor an error")
            }
            throw .refused(code: code, message: error["message"]?.text ?? "without a reason")
        }
    }

    private func note(_ value: JSONValue) throws(ControlFault) {
        guard let kind = value["event"]?.text, value[kind]?.members != nil else {
            throw .rubbish("a line is neither an answer nor an event")
        }
        // Whoever reads is never far behind: more than this at once is a change of everything.
        if events.count == 256 { events.removeFirst() }
        events.append(value)
    }

    /// The next line as JSON.
    private func nextValue(within patience: Duration) async throws(ControlFault) -> JSONValue {
        let clock = ContinuousClock()
        let deadline = clock.now + patience
        while true {
            if let line = takeLine() {
                do { return try JSONParser.parse(line) } catch { throw .rubbish("it sends no JSON: \(error)") }
            }
            guard buffer.count <= Self.maximumLineLength else {
                throw .rubbish("a line has more than \(Self.maximumLineLength) octets")
            }
            let left = clock.now.duration(to: deadline)
            guard left > .zero else { throw .silent }
            do {
                try await Deadline.within(left) { try await self.fill() }
            } catch {
                throw Self.fault(error, at: "")
            }
        }
    }

    private func takeLine() -> [UInt8]? {
        guard let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) else {
            searched = buffer.count
            return nil
        }
        let line = Array(buffer[..<end])
        buffer.removeSubrange(...end)
        searched = 0
        return line
    }

    /// Reads what is there; the octets are in the buffer even if nobody waits for them any longer.
    private func fill() async throws {
        buffer.append(contentsOf: try await socket.read(atMost: 4096))
    }
}
