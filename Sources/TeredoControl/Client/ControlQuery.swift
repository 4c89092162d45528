import FoundationEssentials
package import TeredoHost
import TeredoLinux
import TeredoSettings
package import TeredoWire

/// Asks a running role on its control socket.
package struct ControlQuery: Sendable {
    private let controlSocketPath: String?
    private let directory: String
    private let patience: Duration

    /// Makes a query of one socket, or of the only one in `directory` that answers; a role gets `patience`.
    package init(
        controlSocketPath: String?,
        directory: String = ControlSocketPath.directory,
        patience: Duration = .seconds(5)
    ) {
        self.patience = patience
        self.controlSocketPath = controlSocketPath
        self.directory = directory
    }

    /// The report of the role.
    package func status() throws(ServiceError) -> StatusReport {
        try ask(StatusReport.self, .status)
    }

    /// Whether no role listens at any socket that is asked: one that answered before has ended.
    package var isAbandoned: Bool { listeners.isEmpty }

    /// This query for the one role that is asked, if one socket alone has a role that listens, whatever others start later.
    package var pinned: Self { listeners.count == 1 ? at(listeners[0]) : self }

    /// The sockets that are asked and take connections, of hung roles among them.
    private var listeners: [String] {
        (paths.isEmpty ? allPaths : paths).filter { path in
            do throws(SystemError) {
                _ = try UnixStream(connectingTo: path)
                return true
            } catch {
                return !error.isNobodyThere
            }
        }
    }

    /// The metrics of the role, or of all roles in the directory.
    ///
    /// A role that has a socket and does not answer is told by ``Metric/up`` and among the failures: monitoring must not lose
    /// the others, nor take the silence of one for nothing. Throws when there is nobody to ask, or nobody who may be asked.
    package func metrics() throws(ServiceError) -> RoleMetricsCollection {
        let request = try ControlProtocol.line(.metrics)
        var collection = RoleMetricsCollection()
        for inquiry in begin(request, at: allPaths) {
            let name = ControlSocketName(path: inquiry.path)
            do { collection.add(try inquiry.answer(MetricsReport.self), of: name) } catch {
                guard controlSocketPath == nil, !error.isForLackOfPrivilege else { throw error }
                collection.add(error, of: name)
            }
        }
        guard !collection.isEmpty else { throw nothingRuns }
        return collection
    }

    /// At most `limit` peers of the client or relay.
    package func peers(limit: Int) throws(ServiceError) -> PeerList {
        try ask(PeerList.self, .peers, parameters: [ControlParameter.peerLimit.name: .number(limit)])
    }

    /// Has the role read its settings again.
    package func reload() throws(ServiceError) -> ControlReload {
        try ask(ControlReload.self, .reload)
    }

    /// Has the role withdraw and end when nothing is left to serve, or calls that off.
    package func drain(_ order: DrainOrder) throws(ServiceError) -> ControlDrain {
        let parameters: [String: ControlValue] =
            switch order {
            case .begin: [:]
            case .beginIfAnnounced: [ControlParameter.drainIfAnnounced.name: .number(1)]
            case .cancel: [ControlParameter.drainCancel.name: .number(1)]
            }
        return try ask(ControlDrain.self, .drain, parameters: parameters)
    }

    /// What is in the way of the client, from what it knows already.
    package func check() throws(ServiceError) -> ClientCheck {
        try ask(ClientCheck.self, .check)
    }

    /// The settings of the role, and where they came from.
    package func settings() throws(ServiceError) -> SettingsReport {
        try ask(SettingsReport.self, .settings)
    }

    /// Sets each of `changes`, `KEY=VALUE` or `KEY`, or nothing.
    package func set(_ changes: [String]) throws(ServiceError) -> SettingsChangeReport {
        let parameters = [ControlParameter.settingChanges.name: ControlValue.text(changes.joined(separator: "\n"))]
        return try ask(SettingsChangeReport.self, .set, parameters: parameters)
    }

    /// Changes what may come in, and returns what may then.
    package func changeInbound(_ change: InboundChange) throws(ServiceError) -> InboundStatus {
        let (method, rule): (ControlMethod, InboundRule) =
            switch change {
            case .allow(let rule): (.allow, rule)
            case .deny(let rule): (.deny, rule)
            }
        let parameters = [ControlParameter.inboundRule.name: ControlValue.text(rule.description)]
        return try ask(InboundStatus.self, method, parameters: parameters)
    }

    /// What the running roles know about one peer: the answer of the first that knows it, `nil` when none does.
    package func peer(_ address: IPv6Address) throws(ServiceError) -> PeerStatus? {
        let request = try ControlProtocol.line(
            .peers,
            parameters: [ControlParameter.peerAddress.name: .text(address.description)]
        )
        let paths = paths
        guard !paths.isEmpty else { throw nothingRuns }
        var isAnswered = false
        var failures: [ServiceError] = []
        for inquiry in begin(request, at: paths) {
            do {
                if let peer = try inquiry.answer(PeerList.self).peers.first { return peer }
                isAnswered = true
            } catch {
                failures.append(error)
            }
        }
        if !isAnswered, let failure = ServiceError.mostTelling(failures) { throw failure }
        return nil
    }

    /// The sockets of the roles that may be running.
    package var paths: [String] {
        controlSocketPath.map { [$0] }
            ?? Role.allCases.map { ControlSocketPath.standard(for: $0, in: directory) }
            .filter { FileManager.default.fileExists(atPath: $0) }
    }

    /// The sockets of the roles that may be running, instances such as `client-home.sock` among them: in the order of the
    /// roles, then by name.
    package var allPaths: [String] {
        if let controlSocketPath { return [controlSocketPath] }
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: directory) else { return paths }
        return paths + ControlSocketPath.sockets(among: names, in: directory).filter { !paths.contains($0) }
    }

    /// A query of the role at one of the paths, with the patience of this one.
    package func at(_ path: String) -> Self { Self(controlSocketPath: path, directory: directory, patience: patience) }

    /// The report of each role that has a socket, or why it gives none; throws when there is nobody to ask.
    package func statuses() throws(ServiceError) -> [(path: String, outcome: Result<StatusReport, ServiceError>)] {
        let paths = allPaths
        guard !paths.isEmpty else { throw nothingRuns }
        return begin(try ControlProtocol.line(.status), at: paths).map { inquiry in
            do throws(ServiceError) {
                return (inquiry.path, .success(try inquiry.answer(StatusReport.self)))
            } catch {
                return (inquiry.path, .failure(error))
            }
        }
    }

    /// The running client; throws, with what is in the way, when none answers.
    package func requiredClient() throws(ServiceError) -> ClientStatus {
        var obstacle: ServiceError?
        var failures: [ServiceError] = []
        for (_, outcome) in try statuses() {
            switch outcome {
            case .success(.client(let status)): return status
            case .success(.dormant(let status)):
                obstacle = ServiceError(
                    "teredo auto is dormant here, \(status.reason)",
                    remedy: "'teredo auto --help' tells when it is a client"
                )
            case .success: continue
            case .failure(let failure): failures.append(failure)
            }
        }
        throw obstacle ?? ServiceError.mostTelling(failures)
            ?? ServiceError(
                "no client is running here, but other roles",
                remedy: "start one, for example: sudo teredo client --server ADDRESS"
            )
    }

    /// The running client; `nil` when none runs, or none that may be asked, unless its socket was named.
    ///
    /// `warn` is told of roles that have a socket and do not answer as they should.
    package func client(
        warn: (ServiceError) -> Void = { _ in }
    ) throws(ServiceError) -> (status: ClientStatus, path: String)? {
        if let controlSocketPath {
            guard case .client(let status) = try status() else {
                throw ServiceError(
                    "the role at \(controlSocketPath) is not a client",
                    remedy: "name the socket of a client with --control-socket"
                )
            }
            return (status, controlSocketPath)
        }
        let request = try ControlProtocol.line(.status)
        for inquiry in begin(request, at: paths) {
            do throws(ServiceError) {
                if case .client(let status) = try inquiry.answer(StatusReport.self) { return (status, inquiry.path) }
            } catch {
                if !error.isForLackOfPrivilege { warn(error) }
            }
        }
        return nil
    }

    private func ask<Result: Hashable & Sendable & Codable>(
        _ type: Result.Type,
        _ method: ControlMethod,
        parameters: [String: ControlValue]? = nil
    ) throws(ServiceError) -> Result {
        let request = try ControlProtocol.line(method, parameters: parameters)
        guard request.utf8.count <= ControlProtocol.maximumRequestLength else {
            throw ServiceError(
                "the request has \(request.utf8.count) octets; a role takes \(ControlProtocol.maximumRequestLength)",
                remedy: method == .set
                    ? "put the list into the settings file of the role and run: sudo teredo reload"
                    : "ask for less at once"
            )
        }
        if let controlSocketPath { return try send(request, to: controlSocketPath, type) }
        // Nothing may be changed in one role before it is known that there is no other.
        if method.isWriting {
            let path = try askAll(ControlVersion.self, try ControlProtocol.line(.version), for: method).path
            return try send(request, to: path, type)
        }
        return try askAll(type, request, for: method).result
    }

    /// Asks all roles in the directory; throws unless exactly one answers, naming the command of `purpose`.
    private func askAll<Result: Hashable & Sendable & Codable>(
        _ type: Result.Type,
        _ request: String,
        for purpose: ControlMethod
    ) throws(ServiceError) -> (path: String, result: Result) {
        var answers: [(path: String, result: Result)] = []
        var failures: [ServiceError] = []
        for inquiry in begin(request, at: paths.isEmpty ? allPaths : paths) {
            do {
                answers.append((inquiry.path, try inquiry.answer(type)))
            } catch {
                failures.append(error)
            }
        }
        if answers.count > 1 {
            let names = answers.map { ControlSocketName(path: $0.path).description }.joined(separator: ", ")
            throw ServiceError(
                "several roles are running: \(names)",
                remedy: "choose one, for example: teredo \(purpose.command) --control-socket \(answers[0].path)"
            )
        }
        if let only = answers.first { return only }
        if let failure = ServiceError.mostTelling(failures) { throw failure }
        throw nothingRuns
    }

    private var nothingRuns: ServiceError {
        ServiceError(
            "no role is running: there is no control socket in \(directory)",
            remedy: "start one, for example: sudo teredo client --server ADDRESS; or name its socket with "
                + "--control-socket"
        )
    }

    private func send<Result: Hashable & Sendable & Codable>(
        _ request: String,
        to path: String,
        _ type: Result.Type
    ) throws(ServiceError) -> Result {
        try ControlInquiry(request, at: path, patience: patience, until: MonotonicClock.now + patience).answer(type)
    }

    /// Asks all at once: roles that hang take no longer together than one of them does.
    private func begin(_ request: String, at paths: [String]) -> [ControlInquiry] {
        let deadline = MonotonicClock.now + patience
        return paths.map { ControlInquiry(request, at: $0, patience: patience, until: deadline) }
    }
}
