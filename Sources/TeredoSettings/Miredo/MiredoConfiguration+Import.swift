import TeredoWire

extension MiredoConfiguration {
    /// What a configuration of Miredo becomes.
    package struct Imported: Hashable, Sendable {
        /// The role that Miredo played.
        package let role: Role
        /// The settings file.
        package let text: String
        /// What has no counterpart or differs, one line each.
        package let notes: [String]
    }

    /// Converts every directive of Miredo 1.2.6; throws for values that Miredo would refuse too.
    package func imported() throws(ConfigurationError) -> Imported {
        let role = try role()
        var lines: [String] = []
        var notes: [String] = []
        for line in directives {
            func remark(_ text: String) { notes.append("\(path):\(line.number): \(line.name) \(line.value): \(text)") }
            switch try conversion(of: line, role: role) {
            case .setting(let setting, let value):
                guard let entry = SettingsFile.entry(setting.key, value) else {
                    remark(
                        "has quotation marks of both kinds, which a settings file cannot hold: set \(setting.key) yourself"
                    )
                    continue
                }
                lines.append(entry)
                if setting == .server, let server = PublicServer.gone(named: value) { remark(server.warning) }
            case .none: break
            case .note(let note): remark(note)
            }
        }
        if let bind = try bindEndpoint(role: role) { lines.append("\(Setting.bind.key): \(bind)") }
        if role == .relay, value("BindPort") == nil {
            notes.append("\(path): BindPort is missing: a fixed port is better for other relays and for firewalls")
        }
        if role != .server, value("InterfaceName") == nil {
            notes.append("\(path): InterfaceName is missing: the interface is called teredo here, and miredo in Miredo")
        }
        let head = ["# From \(path) of Miredo.", "role: \(role)"]
        return Imported(
            role: role,
            text: (head + lines + notes.map { "# \($0)" }).joined(separator: "\n"),
            notes: notes
        )
    }

    private enum Conversion {
        case setting(Setting, String)
        case none
        case note(String)
    }

    private func role() throws(ConfigurationError) -> Role {
        if value("ServerBindAddress") != nil { return .server }
        guard let type = value("RelayType") else {
            guard value("ServerAddress") != nil else {
                throw ConfigurationError(
                    path,
                    "names neither ServerAddress (a client) nor ServerBindAddress (a server)"
                )
            }
            return .client
        }
        switch type.value.lowercased() {
        case "client", "autoclient": return .client
        case "relay", "cone", "restricted": return .relay
        default:
            throw ConfigurationError(
                "\(path):\(type.number): RelayType",
                "'\(type.value)' is not allowed; Miredo knows client, autoclient, relay, cone, restricted"
            )
        }
    }

    private func conversion(of line: Line, role: Role) throws(ConfigurationError) -> Conversion {
        switch (line.name.lowercased(), role) {
        case ("relaytype", .client), ("relaytype", .relay):
            return line.value.lowercased() == "restricted"
                ? .note("became a relay, which needs a port that can be reached from everywhere") : .none
        case ("serveraddress", .client): return .setting(.server, line.value)
        case ("serveraddress2", .client):
            guard IPv4Address(line.value) != nil else {
                return .note("secondary-server takes an address, not a name; Miredo 1.2.6 never used it")
            }
            return .setting(.secondaryServer, line.value)
        case ("serverbindaddress", .server): return .setting(.address, try address(line))
        case ("serverbindaddress2", .server): return .setting(.secondaryAddress, try address(line))
        case ("interfacename", .client), ("interfacename", .relay): return .setting(.interface, line.value)
        case ("bindaddress", .client), ("bindaddress", .relay), ("bindport", .client), ("bindport", .relay):
            return .none
        case ("prefix", _):
            let isStandard = IPv6Address(line.value)?.isTeredo ?? false
            return isStandard ? .none : .note("no counterpart: the Teredo prefix is 2001::/32 and nothing else")
        case ("interfacemtu", _):
            return line.value == "1280" ? .none : .note("no counterpart: the MTU of Teredo is 1280")
        case ("syslogfacility", _):
            return .note("no counterpart: log lines go to standard error; set SyslogFacility= in the systemd unit")
        default:
            return Self.known.contains(line.name.lowercased())
                ? .note("means nothing for a \(role), not even in Miredo") : .note("is not a directive of Miredo 1.2.6")
        }
    }

    // Address and port are two directives there and one setting here.
    private func bindEndpoint(role: Role) throws(ConfigurationError) -> String? {
        guard role != .server, role == .relay || value("BindAddress") != nil || value("BindPort") != nil else {
            return nil
        }
        let host = try value("BindAddress").map { line throws(ConfigurationError) in try address(line) } ?? "0.0.0.0"
        guard let port = value("BindPort") else { return "\(host):0" }
        // With a sign in front it would be a port to Swift, and none to a settings file.
        guard port.value.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(port.value) else {
            throw ConfigurationError("\(path):\(port.number): BindPort", "'\(port.value)' is not a port, 0 to 65535")
        }
        return "\(host):\(number)"
    }

    private func address(_ line: Line) throws(ConfigurationError) -> String {
        guard IPv4Address(line.value) != nil else {
            throw ConfigurationError(
                "\(path):\(line.number): \(line.name)",
                "'\(line.value)' is not an IPv4 address; names are not looked up here, write the address instead"
            )
        }
        return line.value
    }
}
