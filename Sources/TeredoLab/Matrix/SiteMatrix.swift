import TeredoCrypto
import TeredoProtocol
import TeredoSimulator

/// Two clients behind one NAT, or behind two that are behind a third: what discovery, hairpinning and the extension of
/// RFC 6081 do for them.
struct SiteMatrix {
    private struct Row {
        let text: String
        let layout: InternetOptions.Layout
        let nat: NATKind
    }

    private struct Column {
        let text: String
        let usesDiscovery: Bool
        let hairpinning: ClientExtensions.Hairpinning
        let hasTransit: Bool
    }

    private static let rows = [
        Row(text: "one LAN", layout: .sameSite, nat: .portRestricted),
        Row(text: "two NATs behind a third", layout: .nested(.portRestricted), nat: .portRestricted),
        Row(
            text: "two NATs that forward ports, behind a third",
            layout: .nested(.portRestricted),
            nat: .portRestrictedMapped
        ),
        Row(text: "two symmetric NATs behind a third", layout: .nested(.portRestricted), nat: .symmetric),
    ]

    private static let columns = [
        Column(text: "neither", usesDiscovery: false, hairpinning: .off, hasTransit: false),
        Column(text: "discovery", usesDiscovery: true, hairpinning: .off, hasTransit: false),
        Column(text: "alternate endpoints", usesDiscovery: false, hairpinning: .sameMappedAddress, hasTransit: false),
        Column(text: "all and transit", usesDiscovery: true, hairpinning: .sameMappedAddress, hasTransit: true),
    ]

    func markdown() throws -> String {
        var lines = [
            "## One site, nested NATs",
            """

            The outermost NAT that the two share may turn around datagrams to its own external address or not (RFC 4787
            section 6). "Discovery" is multicast on the LAN (RFC 4380 section 5.2.8), "alternate endpoints" the hairpinning
            extension (RFC 6081 section 5.6). All NATs but the symmetric ones are port-restricted.

            """,
            "| where | hairpinning | " + Self.columns.map(\.text).joined(separator: " | ") + " |",
            "| --- | --- |" + String(repeating: " ---: |", count: Self.columns.count),
        ]
        for row in Self.rows {
            for (name, hairpinning) in [
                ("external source", NATBehavior.Hairpinning.externalSource), ("internal source", .internalSource),
                ("none", .none),
            ] {
                let cells = try Self.columns.map { try MatrixDocument.text(cell(row, $0, hairpinning)) }
                lines.append("| \(row.text) | \(name) | " + cells.joined(separator: " | ") + " |")
            }
        }
        return lines.joined(separator: "\n")
    }

    private func cell(_ row: Row, _ column: Column, _ hairpinning: NATBehavior.Hairpinning) throws -> NATMatrix.Cell {
        var options = InternetOptions(seed: 1)
        options.layout = row.layout
        options.natA = row.nat
        options.natB = row.nat
        options.recordsTrace = false
        options.fleet.hasTransit = column.hasTransit
        options.adjustNAT = { $0.hairpinning = hairpinning }
        options.adjustClient = { configuration in
            configuration.localDiscovery.isOn = column.usesDiscovery
            configuration.extensions.hairpinning = column.hairpinning
            if !column.hasTransit { configuration.transit = .off }
        }
        let internet = try SimulatedInternet(options: options, authenticator: HMACSHA1Authenticator())
        guard internet.qualify(within: .seconds(30)) else { return .offline }
        internet.run(for: .milliseconds(500))
        switch internet.ping(from: .clientA, to: .clientB) {
        case .reply(let time): return .connected(time)
        case .unreachable(let time): return .unreachable(time)
        case .timeout, .noAddress: return .silent
        }
    }
}
