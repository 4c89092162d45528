import TeredoProtocol
import TeredoWire

/// The check that every received datagram passes, for data.
struct ParseData: Subject {
    static let summary = "validate a data packet of 1280 octets"
    private let datagram = Packets.udp(from: Packets.client(1).ipv6, to: Packets.native)

    func run(_ count: Int) throws -> Int {
        let bytes = datagram.span
        var sum = 0
        for _ in 0..<count { sum &+= try TeredoDatagram(validating: bytes).packet.upperBound }
        return sum
    }
}

/// The same for the longest of the usual control messages.
struct ParseAdvertisement: Subject {
    static let summary = "validate a router advertisement with authentication and origin"
    private let datagram: [UInt8]

    init() throws {
        var server = try ServerSolicitation.server()
        var verdict = ServerVerdict.drop(.malformed)
        let request = Packets.solicitation(nonce: 1)
        datagram = [UInt8](capacity: 2048) { output in
            verdict = server.handleDatagram(
                request.span,
                from: Packets.client(1).mappedEndpoint,
                on: .primary,
                now: Packets.start,
                into: &output
            )
        }
        guard case .reply = verdict else { throw SubjectError("the server answered with \(verdict)") }
    }

    func run(_ count: Int) throws -> Int {
        let bytes = datagram.span
        var sum = 0
        for _ in 0..<count { sum &+= try TeredoDatagram(validating: bytes).packet.upperBound }
        return sum
    }
}
