import FoundationEssentials
package import TeredoLinux
import TeredoWire

/// Starting and stopping the daemons.
extension KernelLab {
    /// The UDP port of the relays of a lab.
    package static let relayPort = 40_000

    /// Starts a role on a host and returns without waiting for it to be ready.
    ///
    /// Without a host it is the one made for the role (client A for a client). Further arguments are for our own
    /// program only, and so is another command in the place of the role's own, which takes the same options. Two of a role on
    /// one host need an `--interface` each, which names socket and log. A keeper is the service manager of the role.
    @discardableResult
    package func start(
        _ role: LabRole,
        as other: String? = nil,
        on host: KernelHost? = nil,
        by implementation: LabImplementation = .teredo,
        arguments: [String] = [],
        under keeper: ServiceKeeper? = nil
    ) throws -> RunningRole {
        let host = host ?? usualHost(of: role)
        let interface = arguments.firstIndex(of: "--interface").map { "-\(arguments[$0 + 1])" } ?? ""
        let name = "\(host.rawValue)-\(role.rawValue)\(interface)"
        let command: [String]
        var socket: String?
        switch implementation {
        case .teredo:
            let path =
                arguments.firstIndex(of: "--control-socket").map { arguments[$0 + 1] } ?? "\(directory)/\(name).sock"
            socket = path
            let words = self.command(of: role, socket: path)
            command = [binary, other ?? words[1]] + Self.words(words.dropFirst(2), besides: arguments) + arguments
        case .miredo:
            command = try miredo(role, named: name)
        }
        let logPath = "\(directory)/\(name).log"
        let process = try ChildProcess(
            self[host].inside((keeper?.wrapper ?? []) + command),
            output: .file(logPath),
            given: keeper?.descriptors ?? []
        )
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

    /// The command line of a role of ours.
    package func command(of role: LabRole, socket: String) -> [String] {
        [binary] + words(of: role) + ["--control-socket", socket]
    }

    /// Runs our program on a host, expecting it to end by itself soon.
    package func attempt(_ arguments: [String], on host: KernelHost) throws -> CommandOutput {
        let hasSocket = arguments.contains("--control-socket")
        let socket = hasSocket ? [] : ["--control-socket", "\(directory)/attempt.sock"]
        return try self[host].run([binary] + arguments + socket, limit: .seconds(10))
    }

    /// Waits until a server or relay answers on its control socket; Miredo has none and is given a moment instead.
    package func waitUntilServing(_ running: RunningRole, limit: Duration = .seconds(10)) throws {
        guard running.controlSocket != nil else {
            Pause.sleep(.milliseconds(300))
            return
        }
        let isServing = try wait(upTo: limit) {
            if let ending = running.process.poll() {
                throw LabError.commandFailed(
                    command: "\(running.role.rawValue) on \(running.host.rawValue) ended with \(ending)",
                    detail: running.log
                )
            }
            return try status(of: running) != nil
        }
        guard isServing else {
            throw LabError.timedOut("\(running.role.rawValue) does not serve after \(limit); its log:\n\(running.log)")
        }
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

    /// Waits until `condition` holds, at most `limit`, or longer on a slow machine (``LabPatience``); false when it did not.
    package func wait(upTo limit: Duration, until condition: () throws -> Bool) throws -> Bool {
        let deadline = MonotonicClock.now + limit * LabPatience.factor
        repeat {
            if Interruption.isRequested { throw LabError.interrupted }
            if try condition() { return true }
            Pause.sleep(.milliseconds(50))
        } while MonotonicClock.now < deadline
        return false
    }

    private func forget(_ running: RunningRole) {
        roles.removeAll { $0.process === running.process }
    }

    /// The host that is made for a role; client A for a client.
    package func usualHost(of role: LabRole) -> KernelHost {
        switch role {
        case .server, .gateway: .server
        case .relay: .relay
        case .hostRelay: .dualStack
        case .client: .clientA
        }
    }

    /// The options of the lab but for those that a test gives another value; there may be several servers.
    private static func words(_ usual: some Sequence<String>, besides arguments: [String]) -> [String] {
        var words: [String] = []
        var isLeftOut = false
        for word in usual {
            if word.hasPrefix("--") { isLeftOut = word != "--server" && arguments.contains(word) }
            if !isLeftOut { words.append(word) }
        }
        return words
    }

    private func words(of role: LabRole) -> [String] {
        let relay = "\(roleAddresses.relay):\(Self.relayPort)"
        return switch role {
        case .server:
            [
                "server", "--address", roleAddresses.server,
                "--secondary-address", roleAddresses.secondaryServer,
            ] + (hasTransit ? ["--announce-transit", relay] : [])
        case .relay: ["relay", "--bind", relay] + (hasTransit ? ["--transit"] : [])
        case .hostRelay: ["host-relay", "--bind", "\(KernelAddresses.dualStack):\(Self.relayPort)"]
        case .gateway: ["gateway", "--address", roleAddresses.server] + (hasTransit ? ["--transit"] : [])
        case .client: ["client", "--server", roleAddresses.serverOfClients]
        }
    }

    private func miredo(_ role: LabRole, named name: String) throws -> [String] {
        guard !KernelPrivileges.isInUserNamespace else {
            throw LabError.unsupported(KernelPrivileges.miredoNeedsRoot)
        }
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
            case .client: "RelayType client\nServerAddress \(roleAddresses.serverOfClients)\nInterfaceName teredo\n"
            case .relay: Self.miredoRelay(KernelAddresses.relay)
            case .hostRelay: Self.miredoRelay(KernelAddresses.dualStack)
            case .gateway: throw LabError.unsupported("Miredo cannot be server and relay in one process")
            }
        let file = "\(directory)/\(name).conf"
        try configuration.write(toFile: file, atomically: false, encoding: .utf8)
        return [path, "-f", "-u", "nobody", "-c", file, "-p", "\(directory)/\(name).pid"]
    }

    private static func miredoRelay(_ address: String) -> String {
        "RelayType cone\nInterfaceName teredo\nBindAddress \(address)\nBindPort \(relayPort)\n"
    }
}
