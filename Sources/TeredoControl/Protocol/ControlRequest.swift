/// A request on the control socket: one line of JSON.
package struct ControlRequest: Hashable, Sendable, Codable {
    /// The version of the protocol: 2.
    package var version = ControlProtocol.version
    /// A number of the caller's, which the answer repeats.
    package var id: Int?
    /// What is asked for; see ``ControlMethod``.
    package var method: String
    /// The parameters of the method.
    package var parameters: [String: ControlValue]?

    /// Makes a request of the current version.
    package init(_ method: ControlMethod, parameters: [String: ControlValue]? = nil) {
        self.method = method.rawValue
        self.parameters = parameters
    }
}

/// The value of a parameter.
package enum ControlValue: Hashable, Sendable {
    /// A whole number.
    case number(Int)
    /// Text.
    case text(String)
}

extension ControlValue: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Int.self) {
            self = .number(number)
        } else {
            self = .text(try container.decode(String.self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .number(let number): try container.encode(number)
        case .text(let text): try container.encode(text)
        }
    }
}
