import TeredoControl
import TeredoHost
import TeredoLinux
import TeredoWire

/// Has a running role send the echo requests of a ping: each on a connection of its own, because a role sends one at a time for
/// each.
final class RoleEcho {
    private final class Question {
        let stream: UnixStream
        var answer: [UInt8] = []

        init(path: String) throws(SystemError) {
            stream = try UnixStream(connectingTo: path)
        }
    }

    private let path: String
    private let request: [UInt8]
    private var loop: EventLoop
    private var questions: [UInt16: Question] = [:]

    /// How many requests may be outstanding: less than what a role admits, because others want to ask too.
    static let limit = 8

    /// Asks the role at `path`.
    init(path: String, address: IPv6Address, patience: Duration) throws(ServiceError) {
        self.path = path
        let line = try ControlProtocol.line(
            .ping,
            parameters: [
                ControlParameter.pingAddress.name: .text(address.description),
                ControlParameter.pingTimeout.name: .number(Int(patience / .milliseconds(1))),
            ]
        )
        request = Array((line + "\n").utf8)
        loop = try ServiceError.wrapping { () throws(SystemError) in try EventLoop() }
    }

    /// The numbers of the requests that are not answered yet.
    var outstanding: [UInt16] { questions.keys.sorted() }

    /// Sends a request.
    func send(sequence: UInt16) throws(ServiceError) {
        let question = try ServiceError.wrapping { () throws(SystemError) in
            let question = try Question(path: path)
            try loop.add(question.stream.descriptor, token: UInt64(sequence))
            return question
        }
        guard question.stream.write(request[...]) == request.count else { throw hungUp }
        questions[sequence] = question
    }

    /// Waits until `deadline` for what comes of any request; throws when the role cannot ping.
    func receive(until deadline: ProtocolInstant) throws(ServiceError) -> PingArrival? {
        for position in 0..<loop.wait(until: deadline) {
            let sequence = UInt16(truncatingIfNeeded: loop.token(position))
            guard let question = questions[sequence] else { continue }
            switch question.stream.read() {
            case .nothing: continue
            case .closed: throw hungUp
            case .octets(let octets): question.answer += octets
            }
            guard question.answer.last == UInt8(ascii: "\n") else { continue }
            let line = String(decoding: question.answer.dropLast(), as: UTF8.self)
            let answer = try ControlProtocol.result(ControlPing.self, in: line)
            questions[sequence] = nil
            if let arrival = PingArrival(sequence, answer) { return arrival }
        }
        return nil
    }

    private var hungUp: ServiceError {
        ServiceError("the role at \(path) hung up", remedy: "see its log")
    }
}
