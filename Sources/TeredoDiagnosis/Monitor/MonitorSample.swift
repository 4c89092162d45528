package import TeredoControl
package import TeredoHost
import TeredoLinux
package import TeredoWire

/// What all roles said at one moment.
package struct MonitorSample: Sendable {
    /// What one role said.
    package struct Role: Sendable {
        /// Its control socket.
        package let path: String
        /// Its report, or why there is none.
        package let outcome: Result<StatusReport, ServiceError>
        /// Its peers; `nil` for a role without.
        package let peers: PeerList?

        /// Puts what a role said together.
        package init(path: String, outcome: Result<StatusReport, ServiceError>, peers: PeerList?) {
            self.path = path
            self.outcome = outcome
            self.peers = peers
        }
    }

    /// When it was.
    package let time: ProtocolInstant
    /// The roles that have a control socket.
    package let roles: [Role]
    /// Why nobody could be asked.
    package let failure: ServiceError?

    /// A moment when `roles` were there, or none for a reason.
    package init(time: ProtocolInstant, roles: [Role], failure: ServiceError? = nil) {
        self.time = time
        self.roles = roles
        self.failure = failure
    }

    /// Asks all roles that `query` leads to.
    package static func take(_ query: ControlQuery) -> Self {
        do throws(ServiceError) {
            let roles = try query.statuses().map { path, outcome in
                let peers = (try? outcome.get()).flatMap { query.at(path).peers(of: $0) }
                return Role(path: path, outcome: outcome, peers: peers)
            }
            return Self(time: MonotonicClock.now, roles: roles)
        } catch {
            return Self(time: MonotonicClock.now, roles: [], failure: error)
        }
    }
}
