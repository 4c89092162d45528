package import TeredoWire

/// What may come in through the tunnel unasked: some traffic, from everywhere or from a prefix.
package struct InboundRule: Hashable, Sendable {
    /// The traffic.
    package let traffic: Traffic
    /// Where it has to come from; `nil` for everywhere.
    package let source: IPv6Prefix?

    /// Makes a rule; `nil` stands for every source.
    package init(_ traffic: Traffic, from source: IPv6Prefix? = nil) {
        self.traffic = traffic
        self.source = source
    }

    /// Kinds of traffic.
    package enum Traffic: Hashable, Sendable {
        /// Everything.
        case all
        /// Some ports of a transport protocol of this host.
        case ports(Transport, ClosedRange<UInt16>)
    }

    /// The transport protocols that have ports.
    package enum Transport: String, Hashable, Sendable, CaseIterable {
        case tcp
        case udp

        /// The number in the header (IANA).
        package var number: UInt8 {
            switch self {
            case .tcp: 6
            case .udp: 17
            }
        }
    }
}

extension InboundRule: LosslessStringConvertible {
    /// Parses `all`, `tcp`, `tcp/22` or `udp/6000-6010`, each also followed by `from` and a prefix.
    package init?(_ description: String) {
        let words = description.split(separator: " ")
        guard let first = words.first, let traffic = Traffic(first) else { return nil }
        switch words.count {
        case 1: self.init(traffic)
        case 3 where words[1] == "from":
            guard let source = IPv6Prefix(String(words[2])) else { return nil }
            self.init(traffic, from: source.length == 0 ? nil : source)
        default: return nil
        }
    }

    /// The rule as people write it.
    package var description: String { source.map { "\(traffic.description) from \($0)" } ?? traffic.description }
}

extension InboundRule.Traffic {
    fileprivate init?(_ word: Substring) {
        if word == "all" {
            self = .all
            return
        }
        let parts = word.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = parts.first, let transport = InboundRule.Transport(rawValue: String(first)) else {
            return nil
        }
        switch parts.count {
        case 1: self = .ports(transport, 1...UInt16.max)
        case 2:
            let ends = parts[1].split(separator: "-", omittingEmptySubsequences: false).map(Self.port)
            guard let lower = ends.first ?? nil, let upper = ends.last ?? nil, ends.count <= 2, lower <= upper else {
                return nil
            }
            self = .ports(transport, lower...upper)
        default: return nil
        }
    }

    private static func port(_ digits: Substring) -> UInt16? {
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return UInt16(digits).flatMap { $0 == 0 ? nil : $0 }
    }

    fileprivate var description: String {
        switch self {
        case .all: "all"
        case .ports(let transport, 1...UInt16.max): transport.rawValue
        case .ports(let transport, let ports):
            ports.lowerBound == ports.upperBound
                ? "\(transport.rawValue)/\(ports.lowerBound)"
                : "\(transport.rawValue)/\(ports.lowerBound)-\(ports.upperBound)"
        }
    }
}
