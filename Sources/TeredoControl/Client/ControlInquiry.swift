import TeredoHost
import TeredoLinux
import TeredoWire

/// A question that was put to the role at a control socket, and the answer that is to come.
final class ControlInquiry {
    /// The path of the socket.
    let path: String
    private let patience: Duration
    private let deadline: ProtocolInstant
    private let stream: Result<Connection, SystemError>

    /// The stream, for ``Result``.
    private final class Connection {
        let stream: UnixStream

        init(_ stream: consuming UnixStream) {
            self.stream = stream
        }
    }

    /// Sends `request`, a line.
    ///
    /// The role has `patience` for its answer, until `deadline`. What fails is thrown by ``answer(_:)``.
    init(_ request: String, at path: String, patience: Duration, until deadline: ProtocolInstant) {
        self.path = path
        self.patience = patience
        self.deadline = deadline
        stream = Result { () throws(SystemError) in
            let stream = try UnixStream(connectingTo: path)
            try stream.ask(request, until: deadline)
            return Connection(stream)
        }
    }

    /// Waits for the answer; throws when there is none, or none of this kind.
    func answer<Answer: Hashable & Sendable & Codable>(_ type: Answer.Type) throws(ServiceError) -> Answer {
        let line: String
        do {
            line = try stream.get().stream.answer(until: deadline)
        } catch  where error.isTimeout {
            throw ServiceError(
                "the role at \(path) does not answer within \(Seconds.roundedUp(patience)) s",
                remedy: "it is stopped or hung: look at its log, then restart it"
            )
        } catch {
            throw ServiceError(error)
        }
        let outcome: Result<Answer, ServiceError>
        do {
            outcome = try ControlProtocol.outcome(type, in: line)
        } catch {
            throw ServiceError("the role at \(path): \(error.message)", remedy: error.remedy)
        }
        return try outcome.get()
    }
}
