package import TeredoWire

/// Asks every address of a name whether there is a Teredo server, and which; a machine without I/O.
///
/// A name stands for several servers, for one server's two addresses, or for addresses where nobody is: their answers tell.
package struct ServerSurvey: Sendable {
    /// What became of asking an address.
    package enum Finding: Hashable, Sendable {
        /// It did not answer so far.
        case silent
        /// It is a server, and answered after this time.
        case server(Duration)
        /// It is another address of the server with this primary address, and answered after this time.
        case secondary(of: IPv4Address, Duration)
        /// It answered with something that is not believed.
        case rejected(DropReason)
    }

    private struct Question: Sendable {
        let address: IPv4Address
        var attempts: [(nonce: UInt64, time: ProtocolInstant)] = []
        var finding = Finding.silent

        var isOpen: Bool {
            switch finding {
            case .silent, .rejected: true
            case .server, .secondary: false
            }
        }
    }

    private let exchange: SolicitationExchange
    private var generator: any RandomNumberGenerator & Sendable
    private var questions: [Question]
    private var outbox: [(destination: UDPEndpoint, bytes: [UInt8])] = []
    private var deadline: ProtocolInstant?

    /// A survey of addresses that has not begun; `generator` must be cryptographically secure outside tests (SEC-64).
    package init(
        of addresses: [IPv4Address],
        secret: SharedSecret?,
        filter: GlobalUnicastFilter,
        authenticator: any MessageAuthenticator,
        generator: any RandomNumberGenerator & Sendable
    ) {
        exchange = SolicitationExchange(
            linkLocalIdentifier: 0x0000_FFFF_FFFF_FFFF,
            secret: secret,
            authenticator: authenticator,
            filter: filter
        )
        self.generator = generator
        // SEC-34: whatever a name says, nothing goes to what cannot be a server.
        questions = addresses.filter { filter.destination(server: $0) != nil }.map { Question(address: $0) }
    }

    /// Begins: each address is asked three times at most, a second apart.
    package mutating func start(now: ProtocolInstant) { ask(now: now) }

    /// When ``handleTimeout(now:)`` has something to do; `nil` when the survey is over.
    package var nextTimeout: ProtocolInstant? { questions.contains(where: \.isOpen) ? deadline : nil }

    /// What was found out so far about each address, in the order in which they were given.
    package var findings: [(address: IPv4Address, finding: Finding)] { questions.map { ($0.address, $0.finding) } }

    /// Asks again those that did not answer, or ends the survey.
    package mutating func handleTimeout(now: ProtocolInstant) {
        guard let deadline, deadline <= now else { return }
        if questions.contains(where: { $0.attempts.count >= Self.attemptLimit && $0.isOpen }) {
            self.deadline = nil
        } else {
            ask(now: now)
        }
    }

    private mutating func ask(now: ProtocolInstant) {
        deadline = now + Self.pause
        for index in questions.indices where questions[index].isOpen {
            // SEC-03: 64 fresh random bits for each solicitation.
            let nonce = generator.next()
            questions[index].attempts.append((nonce, now))
            outbox.append(
                (
                    UDPEndpoint(questions[index].address, TeredoConstants.udpPort),
                    exchange.solicitation(nonce: nonce, coneBit: false)
                )
            )
        }
    }

    /// The next datagram to send, written into `output`, and where it goes; `nil` when there is none.
    package mutating func pollTransmit(into output: inout OutputSpan<UInt8>) -> UDPEndpoint? {
        guard let next = outbox.first, output.freeCapacity >= next.bytes.count else { return nil }
        outbox.removeFirst()
        output.append(copying: next.bytes.span)
        return next.destination
    }

    /// Takes a datagram that came in.
    package mutating func handleDatagram(_ bytes: Span<UInt8>, from source: UDPEndpoint, now: ProtocolInstant) {
        guard source.port == TeredoConstants.udpPort, let datagram = try? TeredoDatagram(validating: bytes),
            let nonce = datagram.authentication?.nonce(in: bytes),
            let index = questions.firstIndex(where: { $0.address == source.address && $0.isOpen }),
            let attempt = questions[index].attempts.first(where: { $0.nonce == nonce })
        else { return }
        let verdict = exchange.validate(
            datagram,
            in: bytes,
            nonce: nonce,
            coneBit: false,
            server: source.address,
            orOneOf: questions.map(\.address)
        )
        switch verdict {
        case .failure(let rejection):
            questions[index].finding = .rejected(rejection.reason)
        case .success(let answer):
            let server = answer.advertisement.server
            let time = now - attempt.time
            questions[index].finding = server == source.address ? .server(time) : .secondary(of: server, time)
        }
    }

    private static let attemptLimit = 3
    private static let pause = Duration.seconds(1)
}
