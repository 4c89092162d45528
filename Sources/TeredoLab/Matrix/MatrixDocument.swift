import TeredoCrypto
import TeredoProtocol
import TeredoSimulator

/// The NAT matrix as a document: who reaches whom by which means, measured in the simulator (docs/nat-matrix.md).
///
/// A run is a function of nothing: the same program always writes the same document.
package struct MatrixDocument {
    /// One table: a matrix and what it shows.
    private struct Table {
        let title: String
        let text: String
        let matrix: NATMatrix
    }

    /// Makes the document.
    package init() {}

    /// Runs all matrices and writes the document in Markdown.
    ///
    /// - Throws: `ServerConfigurationError`, which the fixed configuration never causes.
    package func markdown() throws -> String {
        var lines = [Self.introduction, Self.legend]
        for table in Self.tables {
            lines += ["## \(table.title)", table.text, try Self.rows(table.matrix)]
        }
        lines += [
            Self.differences, try BoxMatrix().markdown(), try SiteMatrix().markdown(),
            try WayMatrix(seeds: 1).markdown(),
        ]
        return lines.joined(separator: "\n\n")
    }

    static func rows(_ matrix: NATMatrix, of kinds: [NATKind] = NATMatrix.kinds) throws -> String {
        var lines = [
            "| from \\ to | " + kinds.map(\.abbreviation).joined(separator: " | ") + " |",
            "| --- |" + String(repeating: " ---: |", count: kinds.count),
        ]
        var connected = 0
        for source in kinds {
            let cells = try kinds.map { destination in
                try matrix.cell(source, destination, authenticator: HMACSHA1Authenticator())
            }
            connected += cells.count(where: \.isConnected)
            lines.append("| **\(source.abbreviation)** | " + cells.map(text).joined(separator: " | ") + " |")
        }
        lines.append("\n\(connected) of \(kinds.count * kinds.count) connect.")
        return lines.joined(separator: "\n")
    }

    static func text(_ cell: NATMatrix.Cell) -> String {
        switch cell {
        case .connected(let time): "\(Int((time / .milliseconds(1)).rounded()))"
        case .unreachable: "–"
        case .offline: "off"
        case .silent: "?"
        }
    }

    private static var tables: [Table] {
        var twoServers = NATMatrix(.rfc6081)
        twoServers.usesTwoServers = true
        var everythingTwoServers = NATMatrix(.transit)
        everythingTwoServers.usesTwoServers = true
        return [
            Table(
                title: "RFC 4380 alone",
                text: "A client behind a symmetric NAT is off-line. This is what a client did in 2006.",
                matrix: NATMatrix(.rfc4380)
            ),
            Table(
                title: "RFC 6081, both clients at one server",
                text: "All six extensions, without anything of our own (`usesKeyedBubbles` off, no transit).",
                matrix: NATMatrix(.rfc6081)
            ),
            Table(
                title: "RFC 6081, each client at a server of its own",
                text: """
                    A server that keeps to RFC 4380 discards the bubbles of a client behind a symmetric NAT that belongs to
                    another server, because they come from an endpoint that is not in the client's address.
                    """,
                matrix: twoServers
            ),
            Table(
                title: "Everything direct, each client at a server of its own",
                text: """
                    The default without a transit relay. Bubbles with a link-local source pass every server; the sender trailer
                    ([trailers.md](trailers.md)) says whom they are from. The exception: address-symmetric NATs, whose
                    bubbles come from another IPv4 address than the one in the client's address.
                    """,
                matrix: {
                    var matrix = NATMatrix(.direct)
                    matrix.usesTwoServers = true
                    return matrix
                }()
            ),
            Table(
                title: "With transit",
                text: """
                    A relay with `--transit` that the server announces ([transit.md](transit.md)) carries packets where
                    no direct path is possible, and elsewhere until one is found.
                    """,
                matrix: NATMatrix(.transit)
            ),
            Table(
                title: "With transit, each client at a server of its own",
                text: "Both servers announce the same relay.",
                matrix: everythingTwoServers
            ),
        ]
    }

    private static let introduction = """
        # Who reaches whom

        <!-- Written by `teredo lab --matrix > docs/nat-matrix.md`; a test holds it to the program. Do not edit. -->

        Two clients, each behind a NAT; the row's client sends first. A number is the time in milliseconds from the first
        packet to its reply, in the simulator, where crossing the Internet takes 20 ms and crossing a LAN 1 ms:
        44 is the round trip of two clients that know each other, 88 more is one round trip to the server and one to the
        peer. "–" means that the host got an ICMPv6 "address unreachable" within 8 to 10 seconds, "off" that a client is
        off-line.
        """

    private static let legend = """
        | code | NAT, in the words of RFC 4787 |
        | --- | --- |
        | N0 | none |
        | FC | full cone: endpoint-independent mapping and filtering |
        | AR | address-restricted: endpoint-independent mapping, address-dependent filtering |
        | PR | port-restricted: endpoint-independent mapping, address- and port-dependent filtering |
        | UPR | as PR, with a port that the router forwards to the client (PCP, NAT-PMP or UPnP) |
        | USY | symmetric, with a port that the router forwards to the client |
        | PPS | symmetric, external port = internal port while that is free |
        | SQS | symmetric, external ports in sequence |
        | PS | symmetric, random external ports, one external address |
        | AS | symmetric, random external ports, several external addresses |

        Symmetric means: address- and port-dependent mapping and filtering.
        """

    private static let differences = """
        ## Where this differs from figure 1 of RFC 6081

        * **UPR** connects with everybody, like FC; the figure says "no" for UPR with PPS, SQS, PS and AS. A forwarded port lets
          everybody's datagrams in, so the nonce of symmetric NAT support is all that is needed.
        * **A symmetric client that sends first** needs no second bubble after two seconds: its peer answers the first indirect
          bubble once more, as soon as it has learned where the client is.
        * **PPS sends from its random port only when the peer has been heard**: an earlier datagram to the wrong one of the
          peer's ports would use up the external port that was announced. So PPS to PR takes one more round trip than in
          the RFC's example and does not depend on the NAT overloading ports.
        * **What is known of the own NAT** comes from every server address that answers, whichever is in use: a NAT that keeps port numbers
          keeps the service port's for one destination only, which may be a server that was silent. An echo test is made when the ports
          towards the two addresses are within 256 of each other, in either order, as others may lie between them and either mapping may be
          the older one.
        * **A random port serves for one exchange or connection**: a peer that was silent for 30 s and asks through its server is told a fresh
          one, since it does not hear the refreshes.
        * **SQS to PPS** fails as in the figure, PPS to SQS works as in the figure; the side that sends first matters.
        """
}
