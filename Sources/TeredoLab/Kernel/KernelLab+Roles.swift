import FoundationEssentials
package import TeredoLinux

/// Starting and stopping the daemons.
extension KernelLab {
    /// The UDP port of the relays of a lab.
    package static let relayPort = 40_000

    /// Starts a role on a host and returns without waiting for it to be ready.
    ///
    /// - Parameters:
    ///   - role: the part to play.
    ///   - host: where; `nil` is the host made for it (client A for a client).
    ///   - implementation: whose program.
    ///   - arguments: further arguments, for our own program only.
    @discardableResult
    package func start(
        _ role: LabRole,
        on host: KernelHost? = nil,
        by implementation: LabImplementation = .teredo,
        arguments: [String] = []
    ) throws -> RunningRole {
        let host = host ?? Self.usualHost(of: role)
        let name = "\(host.rawValue)-\(role.rawValue)"
        let command: [String]
        var socket: String?
        switch implementation {
        case .teredo:
            let path = "\(directory)/\(name).sock"
            socket = path
            command = [binary] + Self.words(of: role) + ["--control-socket", path] + arguments
        case .miredo:
            command = try miredo(role, named: name)
        }
        let logPath = "\(directory)/\(name).log"
        let process = try ChildProcess(self[host].inside(command), output: .file(logPath))
        childGuard.add(process)
        let running = RunningRole(
            role: role,
            implementation: implementation,
            host: host,
            process: process,
            logPath: logPath,
            controlSocket: socket
        )
        roles.append(running)
        report("\(host.rawValue): \(implementation.rawValue) \(role.rawValue) started")
        return running
    }

    /// Ends a role as an operator does, with SIGTERM; returns how it ended.
    @discardableResult
    package func stop(_ running: RunningRole) -> ChildProcess.Ending? {
        forget(running)
        let ending = running.process.terminate()
        childGuard.drop(running.process)
        return ending
    }

    /// Ends a role with SIGKILL: it cannot clean up.
    package func kill(_ running: RunningRole) {
        forget(running)
        running.process.signal(9)
        running.process.terminate(grace: .zero)
        childGuard.drop(running.process)
    }

    /// Waits until `condition` holds, at most `limit`; false when it did not.
    package func wait(upTo limit: Duration, until condition: () throws -> Bool) throws -> Bool {
        let deadline = ContinuousClock.now + limit
        repeat {
            if Interruption.isRequested { throw LabError.interrupted }
            if try condition() { return true }
            Pause.sleep(.milliseconds(50))
        } while ContinuousClock.now < deadline
        return false
    }

    private func forget(_ running: RunningRole) {
        roles.removeAll { $0.process === running.process }
    }

    private static func usualHost(of role: LabRole) -> KernelHost {
        switch role {
        case .server: .server
        case .relay: .relay
        case .hostRelay: .dualStack
        case .client: .clientA
        }
    }

    private static func words(of role: LabRole) -> [String] {
        switch role {
        case .server:
            [
                "server", "--address", KernelAddresses.server,
                "--secondary-address", KernelAddresses.secondaryServer,
            ]
        case .relay: ["relay", "--bind", "\(KernelAddresses.relay):\(relayPort)"]
        case .hostRelay: ["host-relay", "--bind", "\(KernelAddresses.dualStack):\(relayPort)"]
        case .client: ["client", "--server", KernelAddresses.server]
        }
    }

    private func miredo(_ role: LabRole, named name: String) throws -> [String] {
        let program = role == .server ? "miredo-server" : "miredo"
        guard let path = ChildProcess.executable(named: program) else {
            throw LabError.missingProgram("\(program) is not installed; on Debian: apt install \(program)")
        }
        let configuration =
            switch role {
            case .server:
                """
                ServerBindAddress \(KernelAddresses.server)
                ServerBindAddress2 \(KernelAddresses.secondaryServer)

                """
            case .client: "RelayType client\nServerAddress \(KernelAddresses.server)\nInterfaceName teredo\n"
            case .relay: Self.miredoRelay(KernelAddresses.relay)
            case .hostRelay: Self.miredoRelay(KernelAddresses.dualStack)
            }
        let file = "\(directory)/\(name).conf"
        try configuration.write(toFile: file, atomically: false, encoding: .utf8)
        // A user namespace maps root only, so there is nobody else to become.
        let user = KernelPrivileges.isInUserNamespace ? "root" : "nobody"
        return [path, "-f", "-u", user, "-c", file, "-p", "\(directory)/\(name).pid"]
    }

    private static func miredoRelay(_ address: String) -> String {
        "RelayType cone\nInterfaceName teredo\nBindAddress \(address)\nBindPort \(relayPort)\n"
    }
}
