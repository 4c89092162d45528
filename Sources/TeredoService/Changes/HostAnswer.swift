import TeredoLinux
import TeredoWire

/// What came of a ``HostChange``.
enum HostAnswer: Hashable, Sendable {
    /// The host is as it was wanted.
    case done
    /// What the filter refused.
    case refusals(InboundRefusals)
    /// Whether another filter of the host looks at IPv6; `nil` when the kernel does not say.
    case otherFilters(Bool?)
    /// The interfaces that the data path in the kernel is on.
    case places([PathPlace])
    /// The kernel did not do it.
    case failed(SystemError)
    /// A role may not want that, or it is no change at all; why.
    case refused(String)
}

extension HostAnswer {
    /// The answer as a message: a word, and a line for each value.
    var message: String {
        switch self {
        case .done: "done"
        case .refusals(let refusals):
            (["refusals \(refusals.packets)"]
                + refusals.kinds.map { "\($0.source) \($0.protocolNumber) \($0.port) \($0.packets)" })
                .joined(separator: "\n")
        case .otherFilters(let found): "other-filters \(found.map { $0 ? "yes" : "no" } ?? "unknown")"
        case .places(let places): (["places"] + places.map(\.words)).joined(separator: "\n")
        case .failed(let error):
            (["failed \(error.code)"] + [error.call, error.subject, error.remedy].map(Self.line)).joined(
                separator: "\n"
            )
        case .refused(let problem): "refused\n\(problem)"
        }
    }

    /// Reads an answer; `nil` when it is none.
    init?(message: String) {
        let lines = message.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let words = lines[0].split(separator: " ").map(String.init)
        switch (words.first, words.count, lines.count) {
        case ("done", 1, 1): self = .done
        case ("refusals", 2, _):
            let kinds = lines.dropFirst().compactMap(Self.kind)
            guard let packets = UInt64(words[1]), kinds.count == lines.count - 1 else { return nil }
            self = .refusals(InboundRefusals(packets: packets, kinds: kinds))
        case ("other-filters", 2, 1):
            guard let found = ["yes": true, "no": false, "unknown": nil][words[1]] else { return nil }
            self = .otherFilters(found)
        case ("places", 1, _):
            let places = lines.dropFirst().compactMap { PathPlace(words: $0) }
            guard places.count == lines.count - 1 else { return nil }
            self = .places(places)
        case ("failed", 2, 4):
            guard let code = CInt(words[1]) else { return nil }
            self = .failed(SystemError(lines[1], lines[2], code: code, remedy: lines[3]))
        case ("refused", 1, 2): self = .refused(lines[1])
        default: return nil
        }
        guard self.message == message else { return nil }
    }

    private static func line(_ text: String) -> String { text.split(separator: "\n").joined(separator: " ") }

    private static func kind(_ line: String) -> InboundRefusals.Kind? {
        let words = line.split(separator: " ").map(String.init)
        guard words.count == 4, let source = IPv6Address(words[0]), let number = UInt8(words[1]),
            let port = UInt16(words[2]), let packets = UInt64(words[3])
        else { return nil }
        return InboundRefusals.Kind(source: source, protocolNumber: number, port: port, packets: packets)
    }
}
