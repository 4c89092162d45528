/// Whether a role can be asked, and if not, why.
package enum RoleCondition: Hashable, Sendable {
    /// Nobody has asked yet.
    case unknown
    /// It answers.
    case answers
    /// It takes the connection, or has it, and says nothing.
    case silent
    /// It is gone, and whether it left its socket behind.
    case ended(leavingSocket: Bool)
    /// This program may not ask it.
    case notPermitted
    /// What it says is no answer, and why.
    case rubbish(String)
    /// It does not want to answer, or the system does not let us ask.
    case refused(String)

    /// The condition that a fault leads to.
    package init(_ fault: ControlFault) {
        self =
            switch fault {
            case .ended(let leavingSocket): .ended(leavingSocket: leavingSocket)
            case .notPermitted: .notPermitted
            case .silent: .silent
            case .rubbish(let what): .rubbish(what)
            case .refused(let code, let message): .refused("\(message) (\(code))")
            case .system(let message): .refused(message)
            }
    }

    /// A word for programs: the page and a label of a metric.
    package var word: String {
        switch self {
        case .unknown: "unknown"
        case .answers: "answers"
        case .silent: "silent"
        case .ended: "ended"
        case .notPermitted: "notPermitted"
        case .rubbish: "rubbish"
        case .refused: "refused"
        }
    }

    /// A sentence for people about the role at `path`.
    package func sentence(for path: String) -> String {
        switch self {
        case .unknown: "The role at \(path) has not been asked yet."
        case .answers: "The role at \(path) answers."
        case .silent:
            "The role at \(path) does not answer: it hangs, is stopped, or the machine is overloaded. "
                + "Look at its log; restart it if that goes on."
        case .ended(leavingSocket: false): "The role at \(path) has ended: its control socket is gone."
        case .ended(leavingSocket: true):
            "The role at \(path) has ended without a farewell: the socket is there, and nobody listens. Look at its log."
        case .notPermitted:
            "teredo-web may not connect to \(path): make its user a member of the group that the socket belongs to "
                + "(teredo ROLE --control-group)."
        case .rubbish(let what):
            "What listens at \(path) does not speak the control protocol: \(what). "
                + "It is another program, or the versions of teredo and teredo-web do not fit."
        case .refused(let why): "The role at \(path) cannot be asked: \(why)."
        }
    }
}
