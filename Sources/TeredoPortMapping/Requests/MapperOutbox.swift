import DequeModule
import TeredoWire

/// What a port mapper wants sent, until its owner takes it.
struct MapperOutbox: Sendable {
    private var transmits: Deque<RouterDatagram> = []
    private var exchanges: Deque<RouterExchange> = []
    private var lastIdentifier = 0

    /// Sends a datagram.
    mutating func send(_ bytes: [UInt8], to destination: UDPEndpoint) {
        transmits.append(RouterDatagram(destination: destination, bytes: bytes))
    }

    /// Sends a request over a connection of its own; returns the identifier of its answer.
    mutating func exchange(_ request: HTTPRequest, _ version: HTTPRequest.Version = .http11) -> Int {
        lastIdentifier += 1
        exchanges.append(
            RouterExchange(
                identifier: lastIdentifier,
                destination: request.location.host,
                request: request.octets(version)
            )
        )
        return lastIdentifier
    }

    mutating func takeTransmit() -> RouterDatagram? { transmits.popFirst() }

    mutating func takeExchange() -> RouterExchange? { exchanges.popFirst() }
}
