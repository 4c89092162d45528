import FoundationEssentials
import TeredoLinux
package import TeredoWire

/// What can be seen on the running network.
extension KernelLab {
    /// The global Teredo address on the interface `teredo` of a host, as the kernel has it.
    package func teredoAddress(of host: KernelHost) throws -> TeredoAddress? {
        let output = try self[host].run(["ip", "-6", "-o", "address", "show", "scope", "global"])
        for word in output.output.split(whereSeparator: \.isWhitespace) {
            let text = String(word.prefix { $0 != "/" })
            if let address = TeredoAddress(text) { return address }
        }
        return nil
    }

    /// Waits until the client on `host` has configured a Teredo address.
    package func qualifiedAddress(of host: KernelHost, limit: Duration = .seconds(20)) throws -> TeredoAddress {
        var address: TeredoAddress?
        let found = try wait(upTo: limit) {
            address = try teredoAddress(of: host)
            if address == nil, let client = roles.last(where: { $0.host == host && $0.role == .client }) {
                if let ending = client.process.poll() {
                    throw LabError.commandFailed(
                        command: "client on \(host.rawValue) ended with \(ending)",
                        detail: client.log
                    )
                }
            }
            return address != nil
        }
        guard found, let address else {
            let log = roles.filter { $0.host == host }.map(\.log).joined()
            throw LabError.timedOut("\(host.rawValue) has no Teredo address after \(limit); its log:\n\(log)")
        }
        report("\(host.rawValue) is qualified: \(address), mapped \(address.mappedEndpoint)")
        return address
    }

    /// Pings an address from a host: `count` echo requests, `interval` seconds apart.
    package func ping(
        _ address: String,
        from host: KernelHost,
        count: Int = 3,
        interval: Double = 0.2
    ) throws -> PingResult {
        let command = ["ping", "-6", "-n", "-c", "\(count)", "-i", "\(interval)", "-W", "3", address]
        let output = try self[host].run(command, limit: .seconds(10 + Double(count) * interval))
        return PingResult(output: output.output + output.error)
    }

    /// The resident memory of the processes of a role, in kibibytes.
    package func residentMemory(of running: RunningRole) -> Int {
        let path = "/proc/\(running.process.processIdentifier)/status"
        guard let status = try? String(contentsOfFile: path, encoding: .utf8) else { return 0 }
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return line.flatMap { $0.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } } ?? 0
    }

    /// What `teredo status --json` says of a role of ours; `nil` when it does not answer.
    package func status(of running: RunningRole) throws -> String? {
        try statusText(of: running, arguments: ["--json"])
    }

    /// What `teredo status` says of a role of ours, all rows of it unless `arguments` are others; `nil` when it does not answer.
    package func statusText(of running: RunningRole, arguments: [String] = ["--all"]) throws -> String? {
        guard let socket = running.controlSocket else { return nil }
        let output = try CommandOutput.run(
            [binary, "status", "--control-socket", socket] + arguments,
            limit: .seconds(5) * LabPatience.factor
        )
        // Status 3 is an answer too: the role runs, and has nothing to offer yet.
        let isAnswer = output.isSuccess || output.ending == .exited(3)
        return isAnswer ? output.output : nil
    }
}
