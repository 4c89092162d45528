package import TeredoHost
package import TeredoLinux
package import TeredoSettings
package import TeredoWire

/// What may come out of the tunnel, and what was refused.
package struct InboundStatus: Hashable, Sendable, Codable {
    /// Whether anything is refused at all.
    package var mode: InboundMode
    /// What may come in unasked while it is.
    package var allowed: [InboundRule]
    /// Whether another filter of the host looks at IPv6 packets; `nil` when the kernel does not say.
    @OrNull package var otherFilter: Bool?
    /// How many packets were refused.
    package var refusedPackets: UInt64
    /// Who was refused what, at most 16, the most frequent first.
    package var refused: [Refusal]

    /// Packets of one sender to one port that were refused.
    package struct Refusal: Hashable, Sendable, Codable {
        /// Who sent them.
        package var source: IPv6Address
        /// `tcp`, `udp`, or the number of another protocol.
        package var transport: String
        /// The port; `nil` for protocols without ports.
        @OrNull package var port: UInt16?
        /// How many.
        package var packets: UInt64

        private enum CodingKeys: String, CodingKey {
            case source
            case transport = "protocol"
            case port, packets
        }

        /// Puts what the filter counted into words.
        package init(_ kind: InboundRefusals.Kind) {
            let transport = InboundRule.Transport.allCases.first { $0.number == kind.protocolNumber }
            source = kind.source
            self.transport = transport?.rawValue ?? "\(kind.protocolNumber)"
            port = transport == nil ? nil : kind.port
            packets = kind.packets
        }

        /// The traffic, for people; what `--allow` takes where there is a port.
        package var traffic: String { port.map { "\(transport)/\($0)" } ?? "protocol \(transport)" }
    }

    /// Makes a report; nothing was refused unless given.
    package init(
        mode: InboundMode,
        allowed: [InboundRule] = [],
        otherFilter: Bool? = nil,
        refusals: InboundRefusals = InboundRefusals()
    ) {
        self.mode = mode
        self.allowed = allowed
        self.otherFilter = otherFilter
        refusedPackets = refusals.packets
        refused = refusals.kinds.map(Refusal.init).sorted(by: Self.precedes).prefix(Self.limit).map(\.self)
    }

    /// The most kinds of refused packets that are reported.
    private static let limit = 16

    private static func precedes(_ first: Refusal, _ second: Refusal) -> Bool {
        if first.packets != second.packets { return first.packets > second.packets }
        return (first.traffic, first.source.description) < (second.traffic, second.source.description)
    }

    /// Whether whatever the host listens on can be reached from everywhere.
    package var isExposed: Bool { mode == .open && otherFilter == false }

    /// What may come in, for people.
    package var text: String { rows.prefix(1).map(\.value).joined() }

    /// The lines for people.
    var rows: [(name: String, value: String)] {
        switch mode {
        case .open:
            let remark =
                switch otherFilter {
                case true?: "; another filter of this host looks at IPv6"
                case false?: "; no filter of this host looks at IPv6: whatever it listens on can be reached"
                case nil: ""
                }
            return [("Inbound", "open\(remark)")]
        case .filtered:
            let rules = allowed.map(\.description).joined(separator: ", ")
            var rows = [("Inbound", "filtered: answers and pings" + (rules.isEmpty ? " only" : ", and \(rules)"))]
            rows.append(("Refused", refusedPackets == 0 ? "nothing" : summary))
            return rows
        }
    }

    /// What may come in and what was refused, in one line for people.
    package var phrase: String {
        switch mode {
        case .open where otherFilter == true: return "open: what another filter of this host lets in"
        case .open: return "open: everything"
        case .filtered:
            let rules = allowed.isEmpty ? "nothing else" : allowed.map(\.description).joined(separator: ", ")
            return "filtered: answers, ping, \(rules)" + (refusedPackets == 0 ? "" : "; refused \(summary)")
        }
    }

    /// What a list of peers says of those who are no peers: that some were refused, or that nobody is; `nil` for nothing to tell.
    package var remark: String? {
        isExposed || mode == .filtered && refusedPackets > 0 ? "inbound: \(phrase)" : nil
    }

    /// How much was refused, and the most frequent kinds.
    package var summary: String {
        let shown = refused.prefix(3).map { "\($0.traffic) from \($0.source) (\($0.packets))" }
        let known = refused.prefix(3).reduce(0) { $0 &+ $1.packets }
        let rest = refusedPackets > known && !shown.isEmpty ? ["others (\(refusedPackets - known))"] : []
        let list = (shown + rest).joined(separator: ", ")
        return "\(refusedPackets) \(refusedPackets == 1 ? "packet" : "packets")" + (list.isEmpty ? "" : ": \(list)")
    }
}
