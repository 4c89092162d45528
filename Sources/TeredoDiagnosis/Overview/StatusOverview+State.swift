import TeredoControl
import TeredoHost
import TeredoProtocol
import TeredoWire

/// The state of a role in words.
extension StatusOverview {
    /// The word that decides, how it is to be taken, and what else there is to say.
    struct State {
        let word: String
        let style: StyledLine.Style
        let rest: String
    }

    var state: State {
        switch report {
        case .client(let status): Self.state(status)
        case .relay(let status): running(status.identity.uptime)
        case .server(let status): running(status.uptime)
        case .gateway(let status): running(status.uptime)
        case .dormant(let status):
            State(
                word: status.state.rawValue,
                style: .warning,
                rest: " for \(TimeText.duration(status.uptime)), \(status.reason)"
            )
        }
    }

    private func running(_ uptime: Duration) -> State {
        let worst = problems.first?.severity
        let style: StyledLine.Style = worst == .blocking ? .bad : worst == .limiting ? .warning : .good
        let word = report.isDraining ? RunningState.draining : .running
        return State(word: word.rawValue, style: style, rest: " for \(TimeText.duration(uptime))")
    }

    private static func state(_ status: ClientStatus) -> State {
        let progress = status.progress
        var rest = " for \(TimeText.duration(progress.age))"
        if let phase = progress.phase {
            rest += phase == .resolving ? ", resolving the server name" : ", \(phase) phase"
        }
        if let retry = progress.retry { rest += ", next attempt in \(TimeText.duration(retry))" }
        let style: StyledLine.Style =
            switch progress.state {
            case .qualified: .good
            case .qualifying: .warning
            case .offline: .bad
            }
        return State(word: progress.state.rawValue, style: style, rest: rest)
    }

    /// Where a role is: the address of a client, the endpoint of another role.
    var place: String {
        switch report {
        case .client(let status): status.identity.address?.description ?? status.progress.reason ?? "no address"
        case .relay(let status): status.identity.localEndpoint.description
        case .server(let status): status.primary.description
        case .gateway(let status): status.server.primary.description
        case .dormant(let status): status.reason
        }
    }
}
