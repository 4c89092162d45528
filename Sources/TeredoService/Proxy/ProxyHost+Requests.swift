import Logging
import TeredoHost
import TeredoLinux
import TeredoProxy
import TeredoWire

/// From a request to a connection.
extension ProxyHost {
    /// How long the stack tries one address when there is another, and the last one.
    static let attemptTime = (another: Duration.seconds(8), last: Duration.seconds(30))
    /// How long a name may take.
    static let resolutionTime = Duration.seconds(20)
    /// How many addresses of a name are tried.
    static let candidateLimit = 8

    /// Begins with what a program asked for.
    func begin(_ connection: ProxyConnection, _ destination: SOCKSDestination, now: ProtocolInstant) {
        connection.destination = destination
        guard !isFull else {
            refusedForRoom += 1
            // Always the same words, so that the log folds them.
            logger.notice("full: a request is refused, as there are \(Self.limit) connections already")
            return refuse(connection, connection.negotiation.isOwnClient ? .noRoom : .generalFailure)
        }
        switch destination.host {
        case .address(let address):
            connection.candidates = [address]
            connect(connection, now: now)
        case .name(let name):
            connection.phase = .resolving
            connection.deadline = now + Self.resolutionTime
            follow(connection)
            resolver.resolve(name, for: connection.number)
        }
    }

    /// Goes on with the addresses of a name.
    func take(_ answer: IPv6NameResolver.Answer, now: ProtocolInstant) {
        guard let connection = connections[answer.identifier], connection.phase == .resolving else { return }
        switch answer.addresses {
        case .success(let addresses):
            connection.candidates = Array(addresses.filter { !$0.isIPv4Mapped }.prefix(Self.candidateLimit))
            connect(connection, now: now)
        case .failure(let failure):
            let name = connection.destination?.description ?? ""
            switch failure {
            case .noAddress: logger.debug("\(name): the name has no IPv6 address")
            case .noAnswer: logger.debug("\(name): the name service does not answer")
            }
            refuse(connection, failure == .noAddress ? .hostUnreachable : .generalFailure)
        }
    }

    /// Begins a connection to the next address that can be reached, as soon as there is a Teredo address.
    func connect(_ connection: ProxyConnection, now: ProtocolInstant) {
        unbind(connection)
        while let candidate = connection.candidates.first {
            guard candidate.isGlobalScope else {
                connection.candidates.removeFirst()
                connection.failure = .notAllowed
                continue
            }
            guard candidate != address else {
                // The stack listens nowhere, and the packets to it would be lost.
                connection.candidates.removeFirst()
                connection.failure = .connectionRefused
                continue
            }
            guard address != nil else {
                connection.phase = .waiting
                connection.deadline = now + Self.qualificationTime
                return follow(connection)
            }
            connection.candidates.removeFirst()
            guard begin(connection, towards: candidate) else {
                connection.failure = .generalFailure
                continue
            }
            connection.phase = .connecting
            connection.deadline =
                now + (connection.candidates.isEmpty ? Self.attemptTime.last : Self.attemptTime.another)
            return follow(connection)
        }
        refuse(connection, connection.failure)
    }

    /// Ports and first numbers are random, so that nobody off the way can take part (RFC 6056, RFC 6528).
    private func begin(_ connection: ProxyConnection, towards candidate: IPv6Address) -> Bool {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<Self.portAttempts {
            connection.localPort = UInt16.random(in: 32_768...60_999, using: &generator)
            do throws(TCPStack.ConnectError) {
                let remote = try stack.connect(
                    to: candidate,
                    port: connection.destination?.port ?? 0,
                    from: connection.localPort,
                    firstNumber: UInt32.random(in: .min ... .max, using: &generator)
                )
                bind(connection, to: remote)
                return true
            } catch .noPlace {
                return false
            } catch {
                continue
            }
        }
        return false
    }

    private static let portAttempts = 16

    /// Tells the program that it is connected; returns `false` when it has gone.
    func establish(_ connection: ProxyConnection) -> Bool {
        guard answer(connection, SOCKSReply.succeeded.octets(address ?? .unspecified, port: connection.localPort))
        else {
            return false
        }
        connection.beginRelaying()
        return true
    }

    /// Tries the next address, or gives up.
    func handleFailure(of connection: ProxyConnection, now: ProtocolInstant) {
        if let remote = connection.remote, let failure = stack.failure(of: remote) {
            connection.failure = failure.reply
        }
        connect(connection, now: now)
    }

    /// Does what follows from a phase that takes too long.
    func handleDeadline(_ connection: ProxyConnection, now: ProtocolInstant) {
        switch connection.phase {
        case .negotiating: drop(connection.number)
        case .resolving: refuse(connection, .generalFailure)
        case .waiting: refuse(connection, .networkUnreachable)
        case .connecting:
            connection.failure = .timeToLiveExpired
            connect(connection, now: now)
        case .relaying: connection.deadline = nil
        }
    }

    private func refuse(_ connection: ProxyConnection, _ reply: SOCKSReply) {
        let name = connection.destination?.description ?? "a request"
        logger.debug("\(name): \(reply.meaning)")
        guard answer(connection, reply.octets()) else { return }
        drop(connection.number)
    }
}
