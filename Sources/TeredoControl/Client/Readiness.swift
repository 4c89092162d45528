package import TeredoHost
import TeredoWire

/// Whether a role has something to offer yet.
package enum Readiness: Hashable, Sendable {
    /// It has: the address of a client, or a word about another role.
    case ready(String)
    /// It has not: what is missing, and what to do if that stays so.
    case missing(String, remedy: String)

    /// Whether it has.
    package var isReady: Bool { if case .ready = self { true } else { false } }

    /// Asks the client that runs, or else the role that does; throws when nobody may ask.
    package init(asking query: ControlQuery) throws(ServiceError) {
        do {
            self.init(try query.status())
        } catch {
            guard !error.isForLackOfPrivilege else { throw error }
            // Of several roles the client is the one to wait for.
            if let client = (try? query.client()) ?? nil {
                self.init(.client(client.status))
            } else {
                self = .missing(error.message, remedy: error.remedy)
            }
        }
    }

    /// What the report of a role says.
    package init(_ report: StatusReport) {
        switch report {
        case .client(let status):
            if status.progress.state == .qualified, let address = status.identity.address {
                self = .ready(address.description)
            } else {
                let reason = status.progress.reason.map { ", \($0)" } ?? ""
                self = .missing(
                    "the client is \(status.progress.state.rawValue)\(reason)",
                    remedy: "ask 'teredo check' what is in its way"
                )
            }
        case .dormant(let status):
            self = .missing(
                "teredo auto is dormant, \(status.reason)",
                remedy: "'teredo auto --help' tells when it is a client"
            )
        case .server, .relay, .gateway: self = .ready("\(report.role): running")
        }
    }
}
