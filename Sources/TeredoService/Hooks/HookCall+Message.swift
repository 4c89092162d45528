import TeredoLinux
import TeredoWire

extension HookCall {
    /// Why a message is no call.
    package struct Malformation: Error, Hashable, Sendable {
        /// What is wrong.
        package let problem: String
    }

    /// The call as a message from a role to the process that runs its hook: `NAME=value`, a line each.
    package var message: String {
        var lines = ["STATE=\(event.rawValue)", "IFACE=\(interface.name)", "IFINDEX=\(interface.index)"]
        for (prefix, configuration) in [("", current), ("OLD_", previous)] {
            guard let configuration else { continue }
            lines.append("\(prefix)MTU=\(configuration.mtu)")
            if let address = configuration.address { lines.append("\(prefix)ADDRESS=\(address)") }
        }
        return lines.joined(separator: "\n")
    }

    /// Reads a message from a role that may have been taken over; `name` is the interface that the hook is for.
    ///
    /// Every value is made anew from what it was read as, so that nothing but numbers, addresses and words known here
    /// gets into the environment of the hook.
    package init(message: String, interface name: String) throws(Malformation) {
        var fields = try Self.fields(of: message)
        guard let word = fields.removeValue(forKey: "STATE"), let event = Event(rawValue: word) else {
            throw Malformation(problem: "STATE is not up, down or destroy")
        }
        guard fields.removeValue(forKey: "IFACE") == name else {
            throw Malformation(problem: "IFACE is not \(name)")
        }
        guard let text = fields.removeValue(forKey: "IFINDEX"), let index = Int32(text), index > 0 else {
            throw Malformation(problem: "IFINDEX is not the number of an interface")
        }
        let current = try Self.configuration(takenFrom: &fields, prefix: "")
        let previous = try Self.configuration(takenFrom: &fields, prefix: "OLD_")
        guard fields.isEmpty else { throw Malformation(problem: "there are more values than a call has") }
        let isSensible =
            switch event {
            case .up: current != nil
            case .down: current == nil && previous != nil
            case .destroy: current == nil
            }
        guard isSensible else { throw Malformation(problem: "MTU and OLD_MTU do not fit STATE=\(event.rawValue)") }
        self.init(event, NetworkInterface(name: name, index: index), current: current, previous: previous)
    }

    private static func fields(of message: String) throws(Malformation) -> [String: String] {
        var fields: [String: String] = [:]
        for line in message.split(separator: "\n", omittingEmptySubsequences: false) {
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2 else { throw Malformation(problem: "a line is not NAME=value") }
            guard fields.updateValue(parts[1], forKey: parts[0]) == nil else {
                throw Malformation(problem: "a value is given twice")
            }
        }
        return fields
    }

    private static func configuration(
        takenFrom fields: inout [String: String],
        prefix: String
    ) throws(Malformation) -> Configuration? {
        let (mtu, address) = (
            fields.removeValue(forKey: "\(prefix)MTU"), fields.removeValue(forKey: "\(prefix)ADDRESS")
        )
        guard let mtu else {
            guard address == nil else { throw Malformation(problem: "there is \(prefix)ADDRESS without \(prefix)MTU") }
            return nil
        }
        guard let octets = Int(mtu), (TeredoConstants.mtu...Int(UInt16.max)).contains(octets) else {
            throw Malformation(problem: "\(prefix)MTU is not a number from \(TeredoConstants.mtu) to \(UInt16.max)")
        }
        guard let address else { return Configuration(address: nil, mtu: octets) }
        guard let teredo = TeredoAddress(address) else {
            throw Malformation(problem: "\(prefix)ADDRESS is not a Teredo address")
        }
        return Configuration(address: teredo.ipv6, mtu: octets)
    }
}
