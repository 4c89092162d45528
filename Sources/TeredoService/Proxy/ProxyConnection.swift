import TeredoLinux
import TeredoProxy
import TeredoWire

/// A program at the proxy, and what became of its request.
final class ProxyConnection {
    /// How far it has come.
    enum Phase: Hashable {
        /// SOCKS is spoken.
        case negotiating
        /// The name is looked up.
        case resolving
        /// There is no Teredo address yet.
        case waiting
        /// The other side is being reached.
        case connecting
        /// Octets flow.
        case relaying
    }

    /// What it is known by among the descriptors.
    let number: Int
    let stream: ByteStream
    var phase = Phase.negotiating
    /// When the phase takes too long; `nil` once octets flow.
    var deadline: ProtocolInstant?
    var negotiation = SOCKSNegotiation()
    /// Where the program wants to go, and what is left to be tried of its addresses.
    var destination: SOCKSDestination?
    var candidates: [IPv6Address] = []
    /// What to answer when no candidate is left.
    var failure = SOCKSReply.hostUnreachable
    /// The connection of the stack.
    var remote: Int?
    /// The local port of that connection.
    var localPort: UInt16 = 0
    /// What the program sent and there was no room for yet.
    private var pending: [UInt8] = []
    private var isLocalEnded = false
    private var isRemoteEnded = false
    private var isRemoteToldEnd = false
    private var isLocalToldEnd = false
    private var wantsOutput = false

    /// Begins with a program that has said nothing yet.
    init(_ number: Int, _ stream: ByteStream, deadline: ProtocolInstant) {
        self.number = number
        self.stream = stream
        self.deadline = deadline
    }

    /// How a turn of moving octets ended.
    enum Outcome: Hashable {
        case goesOn
        /// Both sides have said all.
        case isOver
        /// A side broke off.
        case isBroken
    }

    /// Whether the loop is to tell of input, and of room for output.
    var interest: (input: Bool, output: Bool) {
        let reads =
            switch phase {
            case .negotiating: true
            case .relaying: pending.isEmpty && !isLocalEnded
            case .resolving, .waiting, .connecting: false
            }
        return (reads, wantsOutput)
    }

    /// Moves octets both ways, as far as there is room.
    func relay(_ stack: TCPStack, _ buffer: inout [UInt8]) -> Outcome {
        guard let remote else { return .isBroken }
        let outward = send(stack, remote, &buffer)
        guard outward, deliver(stack, remote) else { return .isBroken }
        return isRemoteToldEnd && isLocalToldEnd ? .isOver : .goesOn
    }

    /// What the program sent behind its request goes first.
    func beginRelaying() {
        phase = .relaying
        deadline = nil
        pending = negotiation.takeRest()
    }

    /// The other side sends no more than what was received so far.
    func noteRemoteEnd() { isRemoteEnded = true }

    /// Whether the loop is to tell of neither: what it tells all the same is that the program has hung up.
    var isIdle: Bool { interest == (false, false) }
    /// What the loop was asked to tell last; of input at first.
    var watched = (input: true, output: false)
    /// Whether the loop tells of nothing, because it would tell all the time that the program has hung up.
    var isUnwatched = false

    /// From the program to the other side: only what there is room for is read, so that the program feels how fast the other side is.
    private func send(_ stack: TCPStack, _ remote: Int, _ buffer: inout [UInt8]) -> Bool {
        if !pending.isEmpty {
            let sent = stack.send(pending.span, on: remote)
            pending.removeFirst(sent)
        }
        var rounds = 0
        while pending.isEmpty, !isLocalEnded, rounds < Self.roundsPerTurn {
            rounds += 1
            // Asked for none, the stack tells when there is room again.
            let room = max(1, min(buffer.count, stack.room(remote)))
            switch stream.read(into: &buffer, limit: room) {
            case .octets(let count):
                let sent = stack.send(buffer.span.extracting(0..<count), on: remote)
                if sent < count { pending = Array(buffer[sent..<count]) }
            case .nothing: rounds = Self.roundsPerTurn
            case .end: isLocalEnded = true
            case .broken: return false
            }
        }
        if isLocalEnded, pending.isEmpty, !isRemoteToldEnd {
            isRemoteToldEnd = true
            stack.endSending(remote)
        }
        return true
    }

    /// From the other side to the program: the window opens by what the program took.
    private func deliver(_ stack: TCPStack, _ remote: Int) -> Bool {
        var isBroken = false
        var isFull = false
        var isEmpty = false
        while !isBroken, !isFull, !isEmpty {
            isEmpty = !stack.read(remote) { octets in
                guard let count = stream.write(octets) else {
                    isBroken = true
                    return 0
                }
                isFull = count < octets.count
                return count
            }
        }
        wantsOutput = isFull
        if isRemoteEnded, isEmpty, !isLocalToldEnd {
            isLocalToldEnd = true
            stream.endWriting()
        }
        return !isBroken
    }

    /// So that one program does not keep the others waiting.
    private static let roundsPerTurn = 4
}
