import TeredoProtocol
import TeredoSimulator

/// What it does to clients when their NAT boxes remember stray packets, and what is done about it (docs/nat-matrix.md).
struct BoxMatrix {
    func markdown() throws -> String {
        var unlimited = NATMatrix(.direct)
        unlimited.adjustClient = { $0.limitsOpeners = false }
        var lines = [Self.introduction]
        lines += ["### Opening bubbles of full length", Self.before, try table(unlimited)]
        lines += ["### Opening bubbles that die just beyond one's own NATs", Self.after, try table(NATMatrix(.direct))]
        lines += ["### The same with transit", try table(NATMatrix(.transit))]
        var neighbours = NATMatrix(.transit)
        neighbours.routers = 0
        lines += ["### Boxes with no router between them, with transit", Self.neighbours, try table(neighbours)]
        return lines.joined(separator: "\n\n")
    }

    private func table(_ matrix: NATMatrix) throws -> String {
        try MatrixDocument.rows(matrix, of: NATMatrix.boxKinds)
    }

    private static let introduction = """
        ## Boxes that remember stray packets

        A Linux box that masquerades and whose input chain accepts (the host of containers or virtual machines, many
        hand-made routers) takes a datagram that no mapping admits for its own. Connection tracking remembers it for 30 s, and what
        the inside sends to that peer meanwhile leaves from another port. Boxes that drop or reject in the input chain remember
        nothing. AR+M, PR+M and PS+M are AR, PR and PS on a box with memory; both clients are at one server.
        `teredo check` names such a box with the verdict `stray-memory` ([remedies.md](remedies.md#stray-memory)).
        """

    private static let before = """
        Without the cure (`limitsOpeners` off), or where no router tells where datagrams die: the first direct bubble is
        remembered by the other box. Without transit.
        """

    private static let after = """
        The default. The client finds out how far its NATs are (the first router with a global address, by ICMPv4 "time
        exceeded"), and a direct bubble to a peer that is not known to be open gets no further than that. Without transit. The host
        of a pair that fails gets an error in 8 to 10 s.
        """

    private static let neighbours = """
        Two boxes whose outsides are on one link: what passes one reaches the other. Here transit carries what cannot go directly.
        """
}
