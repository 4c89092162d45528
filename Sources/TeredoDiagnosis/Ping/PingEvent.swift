package import TeredoControl
import TeredoHost
package import TeredoLinux
package import TeredoWire

/// What happens while an address is pinged; in JSON an object with the key `event`.
package enum PingEvent: Hashable, Sendable {
    /// A request was answered.
    case reply(sequence: Int, octets: Int, time: Duration, PingPath)
    /// A request was not answered in time; it still may be.
    case silence(sequence: Int, patience: Duration, PingPath)
    /// A request came to nothing, and who said so; `nil` for this host.
    case refusal(EchoRefusal, sequence: Int, by: IPv6Address?)
    /// Packets go another way than before.
    case pathChange(from: PingPath, to: PingPath)

    /// A line for people.
    package func text(_ address: String) -> String {
        switch self {
        case .reply(let sequence, let octets, let time, let path):
            "\(octets) octets from \(address): seq=\(sequence) time=\(PingSummary.text(time)) ms, \(path.phrase)"
        case .silence(let sequence, let patience, let path):
            "no answer to seq=\(sequence) within \(PingSummary.seconds(patience)), \(path.phrase)"
        case .refusal(let refusal, let sequence, let by):
            "seq=\(sequence): \(refusal.reason), says \(by?.description ?? "this host")"
        case .pathChange(let old, let new):
            "path changed: \(new.phrase); before: \(old.phrase)"
        }
    }
}

extension PingEvent: Encodable {
    private enum CodingKeys: String, CodingKey {
        case event
        case sequence
        case octets
        case roundTripMilliseconds
        case timeoutSeconds
        case path
        case endpoint
        case previousPath
        case previousEndpoint
        case cause
        case reason
        case source
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .reply(let sequence, let octets, let time, let path):
            try container.encode("reply", forKey: .event)
            try container.encode(sequence, forKey: .sequence)
            try container.encode(octets, forKey: .octets)
            try container.encode(Milliseconds.number(time), forKey: .roundTripMilliseconds)
            try path.encode(to: encoder)
        case .silence(let sequence, let patience, let path):
            try container.encode("silence", forKey: .event)
            try container.encode(sequence, forKey: .sequence)
            try container.encode(patience / .seconds(1), forKey: .timeoutSeconds)
            try path.encode(to: encoder)
        case .refusal(let refusal, let sequence, let by):
            try container.encode("refusal", forKey: .event)
            try container.encode(sequence, forKey: .sequence)
            try container.encode(refusal.cause, forKey: .cause)
            try container.encode(refusal.reason, forKey: .reason)
            try container.encodeIfPresent(by, forKey: .source)
        case .pathChange(let old, let new):
            try container.encode("pathChange", forKey: .event)
            try new.encode(to: encoder)
            try container.encode(old.path, forKey: .previousPath)
            try container.encodeIfPresent(old.endpoint, forKey: .previousEndpoint)
        }
    }
}
