import TeredoHost
import TeredoLinux
import TeredoWire

/// What can be asked for on the control socket; docs/control.md describes the answers.
package enum ControlMethod: String, CaseIterable, Sendable {
    case list
    case version
    case status
    case metrics
    case peers
    case check
    case ping
    case subscribe
    case reload
    case allow
    case deny
    case settings
    case set
    case drain

    /// What the method answers, in one sentence.
    package var summary: String {
        switch self {
        case .list: "the methods and their parameters"
        case .version: "the versions of the program and of this protocol"
        case .status: "the report of the role, as `teredo status --json` prints it"
        case .metrics: "everything that the role counts and measures, in the text format of Prometheus"
        case .peers: "the peers of a client or relay: proved ones first, then the most recently used"
        case .check: "what is in the way of the running client, and what to do about it"
        case .ping: "the outcome of one ICMPv6 echo request of the role; requests made meanwhile are answered first"
        case .subscribe: "the kinds of events, each of which follows on a line of its own when it happens"
        case .reload: "the outcome of reading the settings file again, as on SIGHUP"
        case .allow: "what may come in after traffic was let in; for root and the user of the role only"
        case .deny: "what may come in after that was taken back; for root and the user of the role only"
        case .settings: "the settings that hold, and where each came from"
        case .drain:
            "what is left to serve, after the role was withdrawn and told to end with that; for root and the user of the role only"
        case .set: "what became of settings that were changed; for root and the user of the role only"
        }
    }

    /// The parameters that the method takes; those that are not required may be left out.
    package var parameters: [ControlParameter] {
        switch self {
        case .list, .version, .status, .metrics, .check, .reload, .settings: []
        case .subscribe: [.exchangeEvents]
        case .peers: [.peerLimit, .peerAddress]
        case .ping: [.pingAddress, .pingTimeout]
        case .allow, .deny: [.inboundRule]
        case .set: [.settingChanges]
        case .drain: [.drainCancel, .drainIfAnnounced]
        }
    }

    /// Whether the method changes something, so that only one role may be asked.
    var isWriting: Bool { [.reload, .allow, .deny, .set, .drain].contains(self) }

    /// What to type after `teredo` to ask with it.
    var command: String {
        switch self {
        case .settings: "config show --running"
        case .allow, .deny: "\(rawValue) RULE"
        case .set: "set KEY=VALUE"
        default: rawValue
        }
    }
}

/// A parameter of a method: a whole number in a range, an IPv6 address, or traffic.
package struct ControlParameter: Hashable, Sendable, Codable {
    /// What a value may be.
    package enum Kind: String, Hashable, Sendable, Codable {
        /// A whole number.
        case number
        /// An IPv6 address as text.
        case address
        /// Traffic that may come in, as `--allow` takes it.
        case rule
        /// Settings with their values, a line for each.
        case settings
    }

    /// The name.
    package var name: String
    /// What it means, in a few words.
    package var summary: String
    /// What its value may be.
    package var type = Kind.number
    /// The least number.
    package var minimum: Int?
    /// The largest number.
    package var maximum: Int?
    /// The number when it is left out.
    package var defaultValue: Int?
    /// `true` when it must not be left out.
    package var required: Bool?

    /// What is allowed, in words.
    var allowed: String {
        if type == .rule { return "traffic such as tcp/22, udp/6000-6010, 'tcp/22 from 2001:db8::/32' or all" }
        if type == .settings { return "KEY=VALUE, or KEY for what held before, several on a line each" }
        guard let minimum, let maximum else { return "an IPv6 address" }
        return "from \(minimum) to \(maximum)"
    }

    /// What `value` says; `nil` when the method may not be asked with it.
    func argument(_ value: ControlValue) -> ControlArgument? {
        switch (type, value) {
        case (.number, .number(let number)):
            number >= minimum ?? .min && number <= maximum ?? .max ? .number(number) : nil
        case (.address, .text(let text)): IPv6Address(text).map { .address($0) }
        case (.rule, .text(let text)): InboundRule(text).map { .rule($0) }
        case (.settings, .text(let text)): .settings(text)
        case (.number, .text), (.address, .number), (.rule, .number), (.settings, .number): nil
        }
    }

    /// How many peers to list, and the numbers that are allowed.
    package static let peerLimits = 1...256
    /// How many peers are listed when nobody says.
    package static let usualPeerLimit = 100

    /// The largest number keeps an answer within what a socket takes at once.
    package static let peerLimit = Self(
        name: "limit",
        summary: "how many peers to list",
        minimum: peerLimits.lowerBound,
        maximum: peerLimits.upperBound,
        defaultValue: usualPeerLimit
    )

    /// Picks one peer out, however many there are.
    package static let peerAddress = Self(
        name: "address",
        summary: "the only peer to list, if it is known",
        type: .address
    )

    /// How many milliseconds to wait for the reply to an echo request, as far as that is allowed.
    package static let pingTimeouts = 1...10_000
    /// How many milliseconds that is when nobody says.
    package static let usualPingTimeout = 2000

    /// Whom to ping.
    package static let pingAddress = Self(
        name: "address",
        summary: "whom to ping",
        type: .address,
        required: true
    )

    /// Whether to be told of single messages too, of which there may be many.
    package static let exchangeEvents = Self(
        name: "exchanges",
        summary: "1 to be told of messages sent and received too",
        minimum: 0,
        maximum: 1,
        defaultValue: 0
    )

    /// What to let in, or no longer.
    package static let inboundRule = Self(
        name: "rule",
        summary: "the traffic, as --allow takes it",
        type: .rule,
        required: true
    )

    /// What to set.
    package static let settingChanges = Self(
        name: "changes",
        summary: "KEY=VALUE, or KEY for what held before, several on a line each",
        type: .settings,
        required: true
    )

    /// Whether to go on instead of ending.
    package static let drainCancel = Self(
        name: "cancel",
        summary: "1 to go on, and be announced again",
        minimum: 0,
        maximum: 1,
        defaultValue: 0
    )

    /// Whether to leave a role alone that has nothing to withdraw, or no time to wait.
    package static let drainIfAnnounced = Self(
        name: "ifAnnounced",
        summary: "1 to do nothing without announce-table, or with drain-timeout 0",
        minimum: 0,
        maximum: 1,
        defaultValue: 0
    )

    /// When to give up on the reply.
    package static let pingTimeout = Self(
        name: "timeout",
        summary: "how many milliseconds to wait for the reply",
        minimum: pingTimeouts.lowerBound,
        maximum: pingTimeouts.upperBound,
        defaultValue: usualPingTimeout
    )
}

/// The answer to `list`.
package struct ControlMethodList: Hashable, Sendable, Codable {
    /// One method.
    package struct Method: Hashable, Sendable, Codable {
        /// The name.
        package var name: String
        /// What it answers.
        package var summary: String
        /// What it takes.
        package var parameters: [ControlParameter]
    }

    /// All methods that the service knows.
    package var methods = ControlMethod.allCases.map {
        Method(name: $0.rawValue, summary: $0.summary, parameters: $0.parameters)
    }
}

/// The answer to `version`.
package struct ControlVersion: Hashable, Sendable, Codable {
    /// The version of the running program.
    package var program = ProgramVersion.text
    /// The version of the protocol of the control socket.
    package var control = ControlProtocol.version
}
