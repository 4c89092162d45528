/// What can be asked for on the control socket; docs/control.md describes the answers.
package enum ControlMethod: String, CaseIterable, Sendable {
    case list
    case version
    case status
    case peers
    case check

    /// What the method answers, in one sentence.
    package var summary: String {
        switch self {
        case .list: "the methods and their parameters"
        case .version: "the versions of the program and of this protocol"
        case .status: "the report of the role, as `teredo status --json` prints it"
        case .peers: "the peers of a client or relay, proved ones first, those used last first"
        case .check: "what is in the way of the running client, and what to do about it"
        }
    }

    /// The parameters that the method takes; all are whole numbers, and all may be left out.
    package var parameters: [ControlParameter] {
        switch self {
        case .list, .version, .status, .check: []
        case .peers: [.peerLimit]
        }
    }
}

/// A parameter of a method: a whole number in a range.
package struct ControlParameter: Hashable, Sendable, Codable {
    /// The name.
    package var name: String
    /// What it means, in a few words.
    package var summary: String
    /// The least value.
    package var minimum: Int
    /// The largest value.
    package var maximum: Int
    /// The value when it is left out.
    package var defaultValue: Int

    /// The largest number keeps an answer within what a socket takes at once.
    package static let peerLimit = Self(
        name: "limit",
        summary: "how many peers to list",
        minimum: 1,
        maximum: 256,
        defaultValue: 100
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
